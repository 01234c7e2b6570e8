//! The stored result of a finished cell: its report, and the machine it ran on.

use super::job::Cell;
use crate::io;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use unlearn_core::report::Report;

/// The result of a finished cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub key: String,
    pub cell: Cell,
    pub report: Report,
    /// Wall time of the whole process: loading, run and evaluation.
    pub wall_seconds: f64,
    pub host: HostFacts,
    /// When it ended, in UTC.
    pub date: String,
}

/// The machine it ran on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostFacts {
    pub name: String,
    pub cpu: String,
    pub n_cpus: usize,
    pub os: String,
    pub version: String,
}

impl HostFacts {
    /// Describes this machine.
    pub fn here() -> Self {
        let line = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpu = line("/proc/cpuinfo");
        let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).map_or("", |rest| rest.trim_start_matches([' ', '\t', ':']));
        Self {
            name: line("/proc/sys/kernel/hostname").trim().to_owned(),
            cpu: cpu.to_owned(),
            n_cpus: std::thread::available_parallelism().map_or(1, usize::from),
            os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// Path of a cell's result.
pub fn path(out: &Path, key: &str) -> PathBuf {
    out.join("cells").join(format!("{key}.json"))
}

/// The result of a finished cell; `None` if it is missing or incomplete.
pub fn read(out: &Path, cell: &Cell) -> Option<Record> {
    let bytes = io::read(&path(out, &cell.key())).ok()?;
    serde_json::from_slice::<Record>(&bytes).ok().filter(|record| record.cell == *cell && !record.report.methods.is_empty())
}
