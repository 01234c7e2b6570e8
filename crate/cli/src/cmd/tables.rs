//! `unlearn tables`: regenerates the files derived from core's tables of metrics and data formats: a document, and two modules of the page.

use crate::io;
use anyhow::{Context, Result};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use unlearn_core::data::formats::{FORMATS, labels};
use unlearn_core::metric::table::{METRICS, head};
use unlearn_core::metric::{MetricEntry, MetricGroup, Shown};

/// Write docs/metrics.md and web/js/tables from the tables of metrics and data formats.
#[derive(clap::Args)]
pub struct Args {
    /// The checkout.
    #[arg(default_value = ".", value_name = "FOLDER")]
    root: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    for (name, text) in files() {
        let path = args.root.join(name);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        io::write(&path, text.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// Path within the checkout and content of each file.
fn files() -> [(&'static str, String); 3] {
    [("docs/metrics.md", document()), ("web/js/tables/metrics.js", metrics_module()), ("web/js/tables/formats.js", formats_module())]
}

fn document() -> String {
    let mut text = "# Metrics\n\nWritten by `unlearn tables` from `crate/core/src/metric/table.rs`; do not edit. “Path” is where a figure stands in a line of a report.\n"
        .to_owned();
    for (group, _, title) in MetricGroup::ALL {
        let _ = write!(
            text,
            "\n## {title}\n\n| metric | path | better | what it says | formula | source |\n| --- | --- | --- | --- | --- | --- |\n"
        );
        for metric in METRICS.iter().filter(|metric| metric.group == group) {
            let caveat = metric.caveat();
            let help = if caveat.is_empty() { metric.help.to_owned() } else { format!("{}. {caveat}", metric.help) };
            let cells = [metric.label, &format!("`{}`", metric.path), metric.better.words().1, &help, metric.formula, metric.citation];
            let _ = writeln!(text, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
    }
    text
}

fn metrics_module() -> String {
    let shown = |metric: &&MetricEntry| metric.is_in(Shown::Figures) || metric.is_in(Shown::Comparison);
    let row = |metric: &MetricEntry| {
        let group = MetricGroup::ALL.iter().find(|(group, ..)| *group == metric.group).map_or("", |(_, key, _)| key);
        let tables = [(Shown::Figures, "figures"), (Shown::Comparison, "comparison"), (Shown::Main, "main")];
        let shown: Vec<&str> = tables.iter().filter(|(table, _)| metric.is_in(*table)).map(|(_, key)| *key).collect();
        // The column heads of the Compare tab do not include the group's name.
        MetricLine {
            id: metric.id,
            path: metric.path,
            label: head(metric, Shown::Comparison),
            short: metric.short,
            group,
            format: metric.format.key(),
            digits: metric.page_digits,
            better: metric.better.words().0,
            of_retrain: metric.of_retrain,
            shown,
            rare: metric.rare,
            help: metric.help,
            formula: metric.formula,
            citation: metric.citation,
            caveat: metric.caveat(),
        }
    };
    let groups = MetricGroup::ALL.map(|(_, id, label)| GroupLine { id, label });
    let mut text = module("The metrics that the page's tables show.");
    constant(&mut text, "import('../types.d.ts').MetricGroup[]", "METRIC_GROUPS", &lines(&groups));
    constant(
        &mut text,
        "import('../types.d.ts').MetricEntry[]",
        "METRICS",
        &lines(&METRICS.iter().filter(shown).map(row).collect::<Vec<_>>()),
    );
    text
}

fn formats_module() -> String {
    let files = || FORMATS.iter().flat_map(|format| format.files);
    let mut names: Vec<&str> = files().filter(|file| file.pattern.is_none()).map(|file| file.name).collect();
    let mut endings: Vec<&str> = files().filter_map(|file| file.pattern).flat_map(|pattern| pattern.endings).copied().collect();
    let mut ratings: Vec<&str> =
        FORMATS.iter().filter_map(|format| format.files.first()).map(|file| file.name.trim_start_matches('…')).collect();
    ratings.retain(|name| !name.contains('…'));
    for list in [&mut names, &mut endings, &mut ratings] {
        list.sort_unstable();
        list.dedup();
    }
    let mut text = module(
        "The data formats that can be read: their words, their files' names, those with the ratings, and ends of names of files that only a look tells.",
    );
    constant(&mut text, "string", "FORMAT_LABELS", &value(&labels(FORMATS)));
    constant(&mut text, "string[]", "FILE_NAMES", &value(&names));
    constant(&mut text, "string[]", "RATINGS_NAMES", &value(&ratings));
    constant(&mut text, "string[]", "FILE_ENDINGS", &value(&endings));
    text
}

fn module(what: &str) -> String {
    format!("// @ts-check\n// {what} Written by `unlearn tables` from core's tables; do not edit.\n")
}

fn constant(text: &mut String, kind: &str, name: &str, value: &str) {
    let _ = writeln!(text, "\n/** @type {{{kind}}} */\nexport const {name} = {value};");
}

/// A JavaScript list with one element per line.
fn lines(rows: &[impl Serialize]) -> String {
    let lines: Vec<String> = rows.iter().map(|row| format!("  {},\n", value(row))).collect();
    format!("[\n{}]", lines.concat())
}

/// A value as JSON, which is also JavaScript; text and numbers always serialise.
fn value(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A metric in the form that the page reads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetricLine {
    id: &'static str,
    path: &'static str,
    label: &'static str,
    short: &'static str,
    group: &'static str,
    format: &'static str,
    digits: usize,
    better: &'static str,
    of_retrain: Option<f64>,
    shown: Vec<&'static str>,
    rare: bool,
    help: &'static str,
    formula: &'static str,
    citation: &'static str,
    caveat: String,
}

#[derive(Serialize)]
struct GroupLine {
    id: &'static str,
    label: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_checkout_is_as_the_tables_say() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (name, text) in files() {
            let found = std::fs::read_to_string(root.join(name)).unwrap_or_default();
            assert!(found == text, "{name} is stale: `cargo run -p unlearn-cli -- tables` writes it anew");
        }
    }
}
