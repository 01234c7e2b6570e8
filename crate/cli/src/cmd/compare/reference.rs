//! The Retrain of a forget set whose package brings none: trained once a run folder, then read by every cell that is measured against it.

use super::cell::{Reference, write};
use crate::host::Terminal;
use crate::io;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use unlearn_core::lab::Lab;
use unlearn_core::report::{MethodFigures, Report};

/// What its weights do not tell: how they were made.
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

    /// Completes the Retrain's own line of a report (the last line is the method's).
    pub fn put_into(&self, report: &mut Report) {
        let n = report.methods.len().saturating_sub(1);
        for figures in report.methods[..n].iter_mut().filter(|figures| figures.id == "retrain") {
            (figures.seed, figures.seconds, figures.steps) = (self.seed, self.seconds, self.steps);
            (figures.trainable_params, figures.peak_bytes) = (self.trainable_params, self.peak_bytes);
        }
    }
}

/// Where the weights lie; the facts beside them.
pub fn path(out: &Path, key: &str) -> PathBuf {
    out.join("references").join(format!("{key}.safetensors"))
}

/// Gives the lab the Retrain of a forget set: the package's own, the run folder's, or one that is trained now and written there. A seed gives
/// one Retrain, so two processes may both train it. All cells use the written weights, also the one that trained them.
pub async fn provide(lab: &mut Lab, wanted: &Reference, out: &Path, host: &mut Terminal) -> Result<Option<Facts>> {
    let selection = lab.select(&wanted.forget)?;
    if lab.retrain_source(&selection).is_some() {
        return Ok(None);
    }
    let weights = path(out, &wanted.key());
    let facts = weights.with_extension("json");
    if let Some(known) = read(&facts)
        && weights.is_file()
    {
        lab.add_reference(&wanted.forget, &io::read(&weights)?).with_context(|| format!("reading {}", weights.display()))?;
        return Ok(Some(known));
    }
    let report = lab.retrain(&wanted.forget, wanted.seed, host).await?;
    let made = Facts::of(report.methods.last().context("a Retrain has figures")?);
    let bytes = lab.retrain_weights(&selection).await?;
    write(&facts, &made)?;
    io::write(&weights, &bytes)?;
    lab.add_reference(&wanted.forget, &bytes)?;
    Ok(Some(made))
}

fn read(path: &Path) -> Option<Facts> {
    serde_json::from_slice(&io::read(path).ok()?).ok()
}
