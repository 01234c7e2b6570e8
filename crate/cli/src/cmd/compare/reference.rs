//! The Retrain of a forget set for which the package has none. It is trained once per run folder, then read by every cell that is compared with it.

use super::job::Reference;
use crate::host::Terminal;
use crate::io;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use unlearn_core::report::{MethodFigures, Report};
use unlearn_core::session::Session;

/// How the Retrain was made; its weights do not contain this.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Facts {
    seed: u32,
    seconds: f64,
    steps: u32,
    trainable_params: u64,
    peak_bytes: Option<u64>,
}

impl Facts {
    fn of(figures: &MethodFigures) -> Self {
        let MethodFigures { seed, seconds, steps, trainable_params, peak_bytes, .. } = *figures;
        Self { seed, seconds, steps, trainable_params, peak_bytes }
    }

    /// Completes Retrain's own row of a report (the last row is the method's).
    pub fn put_into(&self, report: &mut Report) {
        let n = report.methods.len().saturating_sub(1);
        for figures in report.methods[..n].iter_mut().filter(|figures| figures.id == "retrain") {
            (figures.seed, figures.seconds, figures.steps) = (self.seed, self.seconds, self.steps);
            (figures.trainable_params, figures.peak_bytes) = (self.trainable_params, self.peak_bytes);
        }
    }
}

/// Path of the weights; the facts are stored next to them.
pub fn path(out: &Path, key: &str) -> PathBuf {
    out.join("references").join(format!("{key}.safetensors"))
}

/// Gives the session the Retrain of a forget set: the package's own, the run folder's, or one that is trained now and stored there. A seed determines
/// the Retrain, so two processes may both train it. All cells use the stored weights, including the one that trained them.
pub async fn provide(session: &mut Session, wanted: &Reference, out: &Path, host: &mut Terminal) -> Result<Option<Facts>> {
    let selection = session.select(&wanted.forget)?;
    if session.retrain_source(&selection).is_some() {
        return Ok(None);
    }
    let weights = path(out, &wanted.key());
    let facts = weights.with_extension("json");
    if let Some(known) = read(&facts)
        && weights.is_file()
    {
        session.add_reference(&wanted.forget, &io::read(&weights)?).with_context(|| format!("reading {}", weights.display()))?;
        return Ok(Some(known));
    }
    let report = session.retrain(&wanted.forget, wanted.seed, host).await?;
    let made = Facts::of(report.methods.last().context("a Retrain has figures")?);
    let bytes = session.retrain_weights(&selection).await?;
    io::write_json(&facts, &made)?;
    io::write(&weights, &bytes)?;
    session.add_reference(&wanted.forget, &bytes)?;
    Ok(Some(made))
}

fn read(path: &Path) -> Option<Facts> {
    serde_json::from_slice(&io::read(path).ok()?).ok()
}
