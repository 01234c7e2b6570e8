//! Reports as plain-text tables.

use crate::figures::{Figures, figures};
use std::fmt::Write;
use unlearn_core::metric::table::{head, shown_in};
use unlearn_core::metric::{MetricEntry, Shown};
use unlearn_core::report::{MethodFigures, Report};

/// How many of the rated items the data describe. The share is rounded down, so that 100 % are all.
pub fn described(n_described: usize, n_rated: usize) -> String {
    let tenths = 1000 * n_described / n_rated.max(1);
    let digit = if tenths.is_multiple_of(10) { String::new() } else { format!(".{}", tenths % 10) };
    format!("{n_described} of {n_rated} rated items ({}{digit} %) are described", tenths / 10)
}

/// Table with one row per model, and the floor.
pub fn models(report: &Report) -> String {
    let sizes = report.sizes;
    let note = report.data_mismatch.as_ref().map_or_else(String::new, |why| format!("{why}\n"));
    let mut out = note
        + &format!("{} on {}, {}: {} rows to forget, {} stay\n\n", report.model, report.dataset, report.device, sizes.forget, sizes.retain);
    let columns: Vec<&MetricEntry> = shown_in(Shown::Run).collect();
    let mut rows = vec![std::iter::once("").chain(columns.iter().map(|metric| head(metric, Shown::Run))).map(str::to_owned).collect()];
    rows.extend(report.methods.iter().map(|figures| row(figures, &columns)));
    if let Some(floor) = report.floor {
        let value = |metric: &&MetricEntry| match metric.path {
            "forget.jsd" => Some(floor.jsd),
            "forget.sym_kl" => Some(floor.sym_kl),
            "forget.l2" => Some(floor.l2),
            _ => None,
        };
        let cells = columns.iter().map(|metric| value(metric).map_or_else(String::new, |value| written(metric, Some(value))));
        rows.push(std::iter::once("floor".to_owned()).chain(cells).collect());
    }
    out.push_str(&table(&rows));
    out
}

/// A report as text: the models, the share of the gap that was closed, and the proxy.
pub fn text(report: &Report) -> String {
    let mut out = models(report);
    out.push('\n');
    let _ = match report.gap_closed {
        Some(share) => writeln!(out, "closed {:.1} % of the gap in forget AUC between Original and Retrain", 100.0 * share),
        None => writeln!(out, "no Retrain for this forget set: divergences and the closed gap are not known (--retrain trains one)"),
    };
    for (line, ranking) in report.methods.iter().filter_map(|line| Some((line, line.ranking?))) {
        let _ = writeln!(
            out,
            "{}: the next liked item of {} users among {:.0} candidates: HR@10 {:.4}, NDCG@10 {:.4}",
            line.id, ranking.users, ranking.candidates, ranking.hr_10, ranking.ndcg_10
        );
    }
    let proxy = report.proxy;
    if let Some(n) = report.evaluated_rows {
        let _ = writeln!(out, "figures on at most {n} rows of every set, evenly spaced");
    }
    if let Some(n) = report.unknown_tokens.filter(|n| *n > 0) {
        let _ = writeln!(out, "{n} tokens of the prompts are unknown to the model");
    }
    if let Some(why) = &report.baseline_missing {
        let _ = writeln!(out, "no logistic baseline: {why}");
    }
    match (&report.expected, &report.expected_missing) {
        (Some(expected), _) => {
            let error = expected.error.map_or_else(String::new, |error| format!(" ± {error:.4}"));
            let _ = writeln!(
                out,
                "expected of a model that never saw them (cross-fitted): log loss {:.4}{error}, AUC {}",
                expected.logloss,
                number(expected.auc, 4)
            );
        }
        (None, Some(why)) => {
            let _ = writeln!(out, "nothing is known of a model that never saw them without Retrain: {why}");
        }
        _ => {}
    }
    if let Some(found) = &report.calibration {
        let alpha = found.alpha.map_or_else(String::new, |alpha| format!("α {alpha:.3}, "));
        let matched = if found.matched.is_empty() { "as trained".into() } else { format!("by the expected {}", found.matched) };
        let _ = writeln!(out, "calibrated: {alpha}adapter × {:.3} ({matched})", found.scale);
    }
    let _ = writeln!(
        out,
        "proxy: log loss on the forget set {:.4} before, {:.4} after; on users never trained on {:.4}",
        proxy.forget_before, proxy.forget_after, proxy.unseen
    );
    out
}

fn row(line: &MethodFigures, columns: &[&MetricEntry]) -> Vec<String> {
    let name = if line.source == "shipped" { format!("{} (shipped)", line.id) } else { line.id.clone() };
    let all = figures(line);
    std::iter::once(name).chain(columns.iter().map(|metric| written(metric, measured(&all, metric.path)))).collect()
}

/// A figure in its metric's scale and precision, as in documents, without the unit.
pub fn written(metric: &MetricEntry, value: Option<f64>) -> String {
    number(value.map(|value| value * metric.format.scale().0), metric.digits)
}

/// The figure at a path. A time, count or size of zero means that it was not measured.
pub fn measured(all: &Figures, path: &str) -> Option<f64> {
    all.get(path).copied().filter(|value| *value > 0.0 || !["seconds", "steps", "trainable_params", "peak_bytes"].contains(&path))
}

/// A number, or a dash if there is none.
pub fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".into(), |value| format!("{value:.digits$}"))
}

/// Aligns columns: the first one left, the others right.
pub fn table(rows: &[Vec<String>]) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..n_columns).map(|k| rows.iter().filter_map(|row| row.get(k)).map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let line: Vec<String> = row
            .iter()
            .enumerate()
            .map(
                |(k, cell)| {
                    if k == 0 { format!("{cell:<width$}", width = widths[k]) } else { format!("{cell:>width$}", width = widths[k]) }
                },
            )
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["".into(), "ä".into()], vec!["ab".into(), "1.5".into()]];
        assert_eq!(table(&rows), "      ä\nab  1.5\n");
    }
}
