//! The one person whom a model was taught after it was made, as a file of its package: their ratings, and what the model answered to them before it was
//! taught, which is what a model that never saw them answers.
//!
//! The file is personal. It never leaves the device by itself, and nothing else of a package has the ratings.

use super::parse_json;
use crate::data::personal::Person;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// File of the person.
pub const PERSON: &str = "person.json";

/// The file's contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taught {
    /// Their ratings.
    pub person: Person,
    /// log (p(Yes) / p(No)) of the model before it was taught, for every row that it was taught.
    pub untaught: Vec<f64>,
}

impl Taught {
    /// The file.
    ///
    /// # Errors
    /// If an answer is not finite.
    pub fn write(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(Error::json("the person"))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        parse_json(PERSON, bytes)
    }

    /// Checks that there is an answer for every row.
    ///
    /// # Errors
    /// If not.
    pub fn check(&self, n_rows: usize) -> Result<()> {
        if self.untaught.len() != n_rows {
            let found = self.untaught.len();
            return Err(Error::package(PERSON, format!("must have an answer for each of {n_rows} rows, got {found}")));
        }
        Ok(())
    }
}
