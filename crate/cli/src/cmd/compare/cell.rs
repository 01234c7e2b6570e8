//! One cell, or the Retrain it is measured against, in a process of its own: so its peak memory is its own, and its failure too.

use super::reference;
use crate::args::Source;
use crate::host::Terminal;
use crate::io;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use unlearn_core::package::manifest::MANIFEST;
use unlearn_core::package::sha256;
use unlearn_core::report::{ForgetSpec, Report, RunRequest};

/// What a cell computes, and nothing of where: its hash is the cell's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    pub dataset: String,
    /// sha256 of the model package's manifest.
    pub manifest: String,
    pub request: RunRequest,
    /// Key of the Retrain that is trained where the package has none.
    pub reference: Option<String>,
}

impl Cell {
    /// sha256 of the canonical JSON.
    pub fn key(&self) -> String {
        key(self)
    }
}

/// What a trained Retrain is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub dataset: String,
    pub manifest: String,
    pub forget: ForgetSpec,
    pub seed: u32,
}

impl Reference {
    /// sha256 of the canonical JSON.
    pub fn key(&self) -> String {
        key(self)
    }
}

/// Field order and sorted maps make the JSON canonical; numbers are written so that they read back the same.
fn key(value: &impl Serialize) -> String {
    sha256(&serde_json::to_vec(value).unwrap_or_default())
}

/// An order to a process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    pub task: Task,
    pub model: PathBuf,
    pub files: Vec<PathBuf>,
    /// The run folder.
    pub out: PathBuf,
}

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    Cell(Cell),
    Reference(Reference),
}

impl Task {
    /// Key of what it makes.
    pub fn key(&self) -> String {
        match self {
            Self::Cell(cell) => cell.key(),
            Self::Reference(reference) => reference.key(),
        }
    }
}

/// What a finished cell leaves behind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub key: String,
    pub cell: Cell,
    pub report: Report,
    /// Of the whole process: loading, run and measuring.
    pub wall_seconds: f64,
    pub host: HostFacts,
    /// When it ended, UTC.
    pub date: String,
}

/// What it ran on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostFacts {
    pub name: String,
    pub cpu: String,
    pub n_cpus: usize,
    pub os: String,
    pub version: String,
}

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

/// Ends this process when whoever holds the other end of stdin is gone.
pub fn end_with_stdin() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(i32::from(crate::CANCELLED));
    });
}

/// Does what a job says and writes the result into the run folder.
pub async fn carry_out(job: &Job, host: &mut Terminal) -> Result<()> {
    let start = Instant::now();
    let mut lab = Source { model: job.model.clone(), data: job.files.clone() }.load()?;
    let (dataset, expected) = match &job.task {
        Task::Cell(cell) => (&cell.dataset, &cell.manifest),
        Task::Reference(reference) => (&reference.dataset, &reference.manifest),
    };
    let manifest = sha256(&io::read(&job.model.join(MANIFEST))?);
    ensure!(manifest == *expected, "{}: sha256 of {MANIFEST} must be {expected}, got {manifest}", job.model.display());
    ensure!(lab.dataset.name == *dataset, "the data must be {dataset}, got {}", lab.dataset.name);
    let cell = match &job.task {
        Task::Cell(cell) => cell,
        Task::Reference(wanted) => return reference::provide(&mut lab, wanted, &job.out, host).await.map(|_| ()),
    };
    let trained = match &cell.reference {
        Some(_) => {
            let (dataset, manifest) = (cell.dataset.clone(), cell.manifest.clone());
            let wanted = Reference { dataset, manifest, forget: cell.request.forget.clone(), seed: lab.manifest.training.seed };
            reference::provide(&mut lab, &wanted, &job.out, host).await?
        }
        None => None,
    };
    let mut report = lab.run(&cell.request, host).await?;
    if let Some(facts) = trained {
        facts.put_into(&mut report);
    }
    let wall_seconds = start.elapsed().as_secs_f64();
    let record = Record { key: cell.key(), cell: cell.clone(), report, wall_seconds, host: host_facts(), date: now() };
    write(&path(&job.out, &record.key), &record)
}

/// Where a cell's result lies.
pub fn path(out: &Path, key: &str) -> PathBuf {
    out.join("cells").join(format!("{key}.json"))
}

/// A finished cell's result; none if it is not there, or not whole.
pub fn read(out: &Path, cell: &Cell) -> Option<Record> {
    let bytes = io::read(&path(out, &cell.key())).ok()?;
    serde_json::from_slice::<Record>(&bytes).ok().filter(|record| record.cell == *cell && !record.report.methods.is_empty())
}

/// Writes JSON, the folder included.
pub fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    io::write(path, text.as_bytes())
}

fn host_facts() -> HostFacts {
    let line = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = line("/proc/cpuinfo");
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).map_or("", |rest| rest.trim_start_matches([' ', '\t', ':']));
    HostFacts {
        name: line("/proc/sys/kernel/hostname").trim().to_owned(),
        cpu: cpu.to_owned(),
        n_cpus: std::thread::available_parallelism().map_or(1, usize::from),
        os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

/// The time in UTC as `2026-01-31T12:00:00Z`.
pub fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    utc(seconds)
}

/// Days to a civil date: Howard Hinnant, "chrono-compatible low-level date algorithms".
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_by_the_shell() {
        // date -u -d @1709210096
        assert_eq!((utc(0), utc(1_709_210_096)), ("1970-01-01T00:00:00Z".into(), "2024-02-29T12:34:56Z".into()));
    }

    #[test]
    fn a_key_hangs_on_every_field() {
        let cell = Cell { dataset: "d".into(), manifest: "m".into(), request: RunRequest::default(), reference: None };
        let other = Cell { request: RunRequest { seed: 2, ..Default::default() }, ..cell.clone() };
        assert!(cell.key().len() == 64 && cell.key() == cell.clone().key() && cell.key() != other.key());
        let read: Cell = serde_json::from_str(&serde_json::to_string(&cell).unwrap()).unwrap();
        assert_eq!(read.key(), cell.key());
    }
}
