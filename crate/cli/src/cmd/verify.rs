//! `unlearn verify`: checks that a forgetting report has not changed since it was sealed.

use crate::io;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::PathBuf;
use unlearn_core::record::verify;

/// Check the seal of a forgetting report.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn forget --user 414 --record report.json
  unlearn verify report.json

The seal is the sha256 of the report's content. It shows that nothing was changed by accident; it does not show who made it.")]
pub struct Args {
    /// The report, as `--record` and the page write it (.json).
    file: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let at = || args.file.display().to_string();
    let record: Value = serde_json::from_slice(&io::read(&args.file)?).with_context(at).context("the report must be JSON")?;
    verify(&record).with_context(at)?;
    io::print(&format!("{}: as it was sealed, {}", args.file.display(), record["sha256"].as_str().unwrap_or_default()))
}
