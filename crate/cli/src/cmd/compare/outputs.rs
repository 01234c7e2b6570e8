//! Writes the files of a comparison into its run folder.

use super::csv::csv;
use super::html::html;
use super::markdown::markdown;
use super::summary::{CreatedWith, DataResult};
use super::table::{heading, tables};
use crate::report::table;
use crate::{clock, io};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Writes `result.json`, `result.csv`, `result.md` and `report.html`. Returns the content of the first, and whether all could be written.
pub fn write(out: &Path, results: &[DataResult]) -> Result<(Value, Result<()>)> {
    let value = match results {
        [one] => serde_json::to_value(one)?,
        several => json!({ "datasets": several }),
    };
    let files = [("result.csv", csv(results)?), ("result.md", markdown(results).into_bytes()), ("report.html", html(results).into_bytes())];
    let written = files.iter().try_for_each(|(name, bytes)| io::write(&out.join(name), bytes));
    let written = written.and_then(|()| io::write_json(&out.join("result.json"), &value));
    Ok((value, written))
}

/// Writes each data set's result as `DATASET.json` for the page: compact, and without what concerns only the run itself.
pub fn publish(folder: &Path, results: &[DataResult]) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    for result in results {
        let mut value = serde_json::to_value(result)?;
        for line in value["methods"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            ["histogram", "host", "key", "wall_seconds"].iter().for_each(|name| drop(line.remove(*name)));
        }
        io::write(&folder.join(format!("{}.json", result.dataset)), format!("{value}\n").as_bytes())?;
    }
    Ok(())
}

/// The tables for the terminal.
pub fn text(results: &[DataResult]) -> String {
    let mut out = String::new();
    for result in results {
        for set in &result.forget_sets {
            out.push_str(&format!("{}\n", heading(result, set)));
            for part in tables(result, set) {
                let head: Vec<String> = part.head.iter().map(|cell| (*cell).to_owned()).collect();
                let lines: Vec<Vec<String>> = std::iter::once(head).chain(part.rows).collect();
                out.push_str(&format!("\n{}\n{}", part.caption, table(&lines)));
            }
            out.push('\n');
        }
        for part in super::table::people(result) {
            let lines: Vec<Vec<String>> = std::iter::once(part.head).chain(part.rows).collect();
            out.push_str(&format!("\n{}\n{}", part.caption, table(&lines)));
        }
    }
    out
}

/// The current invocation of the program.
pub fn created_with() -> CreatedWith {
    let arguments = std::env::args_os().skip(1).map(|text| text.to_string_lossy().into_owned());
    let arguments = arguments.map(|text| if text.contains([' ', '"', '\'']) { format!("{text:?}") } else { text });
    let command = std::iter::once("unlearn".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ");
    CreatedWith { command, version: env!("CARGO_PKG_VERSION"), git_commit: git_commit(), date: clock::now() }
}

/// The commit of the sources that this program was built from, if they still exist.
fn git_commit() -> Option<String> {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(["-C", env!("CARGO_MANIFEST_DIR")]).args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_none_or(|lines| !lines.is_empty());
    Some(if changed { format!("{commit} with changes") } else { commit })
}
