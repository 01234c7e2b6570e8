//! The forgetting report of the last run.

use super::state::Session;
use crate::data::select::Selection;
use crate::data::split::Sample;
use crate::package::sha256;
use crate::record::{Evidence, record};
use crate::{Error, Result};
use std::collections::HashSet;
impl Session {
    /// The forgetting report of the last run, with the findings of attacks on it. `made` is the time of the report (ISO 8601).
    ///
    /// # Errors
    /// If there was no run.
    pub fn record(&self, made: &str) -> Result<serde_json::Value> {
        let run = self.last.as_ref().and_then(|report| Some((report, report.request.as_ref()?)));
        let (report, request) = run.ok_or_else(|| Error::setting("report", "needs a finished run", "none"))?;
        record(report, &self.evidence(&self.select(&request.forget)?), &self.findings, made)
    }

    fn evidence(&self, selection: &Selection) -> Evidence {
        let rows = |rows: &[u32]| {
            let line = |row: &u32| {
                let Sample { user, item, rating, time, .. } = &self.split.train[*row as usize];
                format!("{user},{item},{rating},{time}\n")
            };
            sha256(rows.iter().map(line).collect::<String>().as_bytes())
        };
        let people: HashSet<u32> = selection.forget.iter().map(|row| self.split.train[*row as usize].user).collect();
        Evidence {
            data: self.loaded.data.clone(),
            manifest_sha256: self.loaded.manifest_sha256.clone(),
            forget_sha256: rows(&selection.forget),
            retain_sha256: rows(&selection.retain),
            people: people.len() as u32,
        }
    }
}
