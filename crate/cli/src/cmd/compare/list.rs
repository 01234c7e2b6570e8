//! The individual cells of a plan: `--list` and `--cell`, with which other programs (`tools/ray_compare.py`) schedule them.

use super::job::Reference;
use super::plan::Planned;
use super::{cell, record, reference};
use crate::args::Usage;
use crate::host::Terminal;
use crate::io;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;

/// Prints the Retrains to train and the cells, with their state.
pub fn print(cells: &[Planned<'_>], out: &Path, json: bool) -> Result<()> {
    let entries = entries(cells, out);
    if json {
        return io::print(&serde_json::to_string_pretty(&entries)?);
    }
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let line = |entry: &Value| format!("{}  {}  {}", text(entry, "state"), &text(entry, "key")[..12], text(entry, "name"));
    io::print(&entries.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn entries(cells: &[Planned<'_>], out: &Path) -> Vec<Value> {
    let state = |done: bool| if done { "done" } else { "left" };
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    for planned in cells {
        if let Some(key) = planned.reference.as_ref().map(Reference::key)
            && seen.insert(key.clone())
        {
            let name = format!("{}, {}: Retrain", planned.data.manifest.name, planned.forget.name);
            let state = state(reference::path(out, &key).is_file());
            entries.push(json!({ "kind": "reference", "key": key, "state": state, "name": name }));
        }
    }
    for planned in cells {
        let request = &planned.cell.request;
        entries.push(json!({
            "kind": "cell",
            "key": planned.key,
            "state": state(record::read(out, &planned.cell).is_some()),
            "name": planned.name(),
            "dataset": planned.cell.dataset,
            "forget_set": planned.forget.name,
            "method": request.method,
            "setting": planned.setting.setting,
            "seed": request.seed,
            "needs": planned.cell.reference,
        }));
    }
    entries
}

/// Runs the cell or Retrain with this key (for a cell, a unique prefix is enough), unless it is done, and prints its result.
pub async fn run_one(key: &str, cells: &[&Planned<'_>], out: &Path, fresh: bool, host: &mut Terminal) -> Result<()> {
    let retrain = |planned: &&Planned<'_>| planned.reference.as_ref().is_some_and(|reference| reference.key() == key);
    if let Some(job) = cells.iter().copied().find(retrain).and_then(|planned| planned.reference_job(out)) {
        cell::carry_out(&job, host).await?;
        return io::print(&serde_json::to_string_pretty(&json!({ "kind": "reference", "key": key }))?);
    }
    let mut found = cells.iter().filter(|planned| planned.key.starts_with(key));
    let planned = found.next().filter(|_| !key.is_empty());
    let planned =
        planned.filter(|_| found.next().is_none()).with_context(|| format!("cell: must be the key of one cell of --list, got `{key}`"));
    let planned = planned.context(Usage)?;
    if fresh || record::read(out, &planned.cell).is_none() {
        cell::carry_out(&planned.job(out), host).await?;
    }
    let record = record::read(out, &planned.cell).context("the cell's result was just written")?;
    io::print(&serde_json::to_string_pretty(&record)?)
}
