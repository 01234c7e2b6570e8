//! `unlearn measure`: measures the figures of a package again.

use crate::args::Source;
use crate::host::Terminal;
use crate::targets::{self, Output, OutputKind};
use crate::{io, report};
use anyhow::{Context, Result};
use unlearn_core::package::manifest::MANIFEST;

/// Take the figures of a package's Original and Retrain again, and write them into its manifest: for a package that was made before a measure was there.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn measure --model models/nano-ml-latest-small
  unlearn measure --model small --data public/data/ml-latest-small --json

Models and floor stay as they are, and so do times, steps and settings of their training.")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let path = args.source.model.join(MANIFEST);
    if path.exists() {
        targets::check(&[], &[Output { flag: "model", path: &path, kind: OutputKind::File }])?;
    }
    let session = args.source.load()?;
    let mut manifest = session.manifest.clone();
    let (mut figures, _) = session.measure(host).await?;
    for new in &mut figures {
        let old =
            manifest.figures.iter().find(|old| old.id == new.id).with_context(|| format!("the package has no figures of {}", new.id))?;
        (new.seconds, new.steps, new.peak_bytes, new.params, new.trainable_params) =
            (old.seconds, old.steps, old.peak_bytes, old.params.clone(), old.trainable_params);
        (new.seed, new.source) = (old.seed, old.source.clone());
    }
    manifest.figures = figures;
    let mut text = serde_json::to_string_pretty(&manifest)?;
    text.push('\n');
    let written = io::deliver(&path, text.as_bytes());
    if written.is_ok() {
        host.say(format!("figures written to {}", path.display()));
    }
    let told = session.report_of(manifest)?;
    let printed = io::answer(&told, args.json, None, || report::models(&told));
    written.and(printed)
}
