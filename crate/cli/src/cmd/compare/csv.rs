//! `result.csv`: one row per cell.

use super::summary::{DataResult, Line};
use crate::figures::figures;
use anyhow::{Context, Result};
use std::collections::BTreeSet;

/// The content of `result.csv`, RFC 4180.
pub fn csv(results: &[DataResult]) -> Result<Vec<u8>> {
    let lines = || results.iter().flat_map(|result| &result.methods);
    let paths: BTreeSet<String> = lines().flat_map(|line| figures(&line.figures).into_keys()).collect();
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let names = ["dataset", "model", "forget_set", "method", "label", "setting", "seed", "params", "device", "source", "host", "key"];
    let head = names.into_iter().map(str::to_owned).chain(paths.iter().map(|path| path.replace('.', "_")));
    out.write_record(head.chain(["gap_closed", "wall_seconds"].map(str::to_owned)))?;
    for result in results {
        for line in &result.methods {
            out.write_record(record(result, line, &paths)?)?;
        }
    }
    out.into_inner().map_err(|error| error.into_error()).context("writing the table")
}

fn record(result: &DataResult, line: &Line, paths: &BTreeSet<String>) -> Result<Vec<String>> {
    let own = &line.figures;
    let (seed, params) = (own.seed.to_string(), serde_json::to_string(&own.params)?);
    let texts = [&result.dataset, &result.model, &line.forget_set, &own.id, &line.label, &line.setting, &seed, &params];
    let mut cells: Vec<String> = texts.into_iter().chain([&line.device, &own.source, &line.host, &line.key]).cloned().collect();
    let values = figures(own);
    let ends = [line.gap_closed, Some(line.wall_seconds)];
    let numbers = paths.iter().map(|path| values.get(path).copied()).chain(ends);
    cells.extend(numbers.map(|number| number.map_or_else(String::new, |number| number.to_string())));
    Ok(cells)
}
