//! `unlearn cell`: runs one cell, or the Retrain it is compared with, in a separate process, so that its peak memory and any failure are its own.

use super::job::{Job, Reference, Task};
use super::record::{self, HostFacts, Record};
use super::reference;
use crate::args::Source;
use crate::host::{CANCELLED, Terminal};
use crate::threads::together;
use crate::{clock, io};
use anyhow::{Context, Result, bail, ensure};
use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;
use unlearn_core::package::manifest::MANIFEST;
use unlearn_core::package::sha256;

/// Run one cell of a comparison.
#[derive(clap::Args)]
pub struct Args {
    /// The order as JSON in a file; stdin if absent.
    file: Option<PathBuf>,
    /// The order is stdin's first line; end when stdin ends, so that no process outlives the one that sent it.
    #[arg(long, conflicts_with = "file")]
    watch: bool,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let text = match &args.file {
        Some(path) => String::from_utf8_lossy(&io::read(path)?).into_owned(),
        None if args.watch => {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line).context("reading stdin")?;
            end_with_stdin();
            line
        }
        None => std::io::read_to_string(std::io::stdin()).context("reading stdin")?,
    };
    let job: Job = serde_json::from_str(&text).context("the order must be a cell's JSON")?;
    carry_out(&job, host).await
}

/// Ends this process when the process at the other end of stdin is gone.
pub fn end_with_stdin() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(i32::from(CANCELLED));
    });
}

/// Executes a job and writes the result into the run folder.
pub async fn carry_out(job: &Job, host: &mut Terminal) -> Result<()> {
    let start = Instant::now();
    let mut session = Source { model: job.model.clone(), data: job.files.clone() }.load()?;
    let (dataset, data, expected) = match &job.task {
        Task::Cell(cell) => (&cell.dataset, &cell.data, &cell.manifest),
        Task::Reference(reference) => (&reference.dataset, &reference.data, &reference.manifest),
    };
    let manifest = sha256(&io::read(&job.model.join(MANIFEST))?);
    ensure!(manifest == *expected, "{}: sha256 of {MANIFEST} must be {expected}, got {manifest}", job.model.display());
    ensure!(session.dataset.name == *dataset, "the data must be {dataset}, got {}", session.dataset.name);
    if let Some(other) = data.difference(&session.data_hash) {
        bail!("the data must be those the comparison was planned with, got a {dataset} with {other}");
    }
    let cell = match &job.task {
        Task::Cell(cell) => cell,
        Task::Reference(wanted) => return reference::provide(&mut session, wanted, &job.out, host).await.map(|_| ()),
    };
    let trained = match &cell.reference {
        Some(_) => {
            let (dataset, data, manifest) = (cell.dataset.clone(), cell.data.clone(), cell.manifest.clone());
            let wanted = Reference { dataset, data, manifest, forget: cell.request.forget.clone(), seed: session.manifest.training.seed };
            reference::provide(&mut session, &wanted, &job.out, host).await?
        }
        None => None,
    };
    let mut report = together(&mut session, host, async |session, host| session.run(&cell.request, host).await)?;
    if let Some(facts) = trained {
        facts.put_into(&mut report);
    }
    let wall_seconds = start.elapsed().as_secs_f64();
    let record = Record { key: cell.key(), cell: cell.clone(), report, wall_seconds, host: HostFacts::here(), date: clock::now() };
    io::write_json(&record::path(&job.out, &record.key), &record)
}
