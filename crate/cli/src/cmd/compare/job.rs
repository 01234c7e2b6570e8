//! The job of one process in a comparison: a cell, or the Retrain that cells are compared with. The job's hash names its result.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use unlearn_core::data::DataHash;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::package::sha256;
use unlearn_core::report::RunRequest;

/// What a cell computes, without any paths; its hash is the cell's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    pub dataset: String,
    /// Hashes of the data.
    pub data: DataHash,
    /// sha256 of the manifest of the model package.
    pub manifest: String,
    pub request: RunRequest,
    /// Key of the Retrain to train if the package has none.
    pub reference: Option<String>,
}

impl Cell {
    /// sha256 of the canonical JSON.
    pub fn key(&self) -> String {
        key(self)
    }
}

/// What determines a trained Retrain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub dataset: String,
    pub data: DataHash,
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
    sha256(&serde_json::to_vec(value).expect("numbers, strings and maps by strings have a JSON"))
}

/// A job for a process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    pub task: Task,
    pub model: PathBuf,
    pub files: Vec<PathBuf>,
    /// The run folder.
    pub out: PathBuf,
}

/// What the process should do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    Cell(Cell),
    Reference(Reference),
}

impl Task {
    /// Key of the result.
    pub fn key(&self) -> String {
        match self {
            Self::Cell(cell) => cell.key(),
            Self::Reference(reference) => reference.key(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_hangs_on_every_field() {
        let data = DataHash { ratings: "r".into(), metadata: "m".into() };
        let cell = Cell { dataset: "d".into(), data, manifest: "m".into(), request: RunRequest::default(), reference: None };
        assert!(cell.key().len() == 64 && cell.key() == cell.clone().key());
        let seed = Cell { request: RunRequest { seed: 2, ..Default::default() }, ..cell.clone() };
        let ratings = Cell { data: DataHash { ratings: "s".into(), ..cell.data.clone() }, ..cell.clone() };
        assert!([seed, ratings].iter().all(|other| other.key() != cell.key()));
        let read: Cell = serde_json::from_str(&serde_json::to_string(&cell).unwrap()).unwrap();
        assert_eq!(read.key(), cell.key());
    }
}
