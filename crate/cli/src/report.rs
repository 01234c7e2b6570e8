//! Reports as tables for people.

use std::fmt::Write;
use unlearn_core::report::{MethodFigures, Report};

/// One line a model, and the floor.
pub fn models(report: &Report) -> String {
    let sizes = report.sizes;
    let mut out =
        format!("{} on {}, {}: {} rows to forget, {} stay\n\n", report.model, report.dataset, report.device, sizes.forget, sizes.retain);
    let head = ["", "test AUC", "ACC", "logloss", "forget AUC", "ACC", "logloss", "JSD", "sym KL", "L2", "seconds", "steps", "parameters"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(report.methods.iter().map(row));
    if let Some(floor) = report.floor {
        let mut cells = vec!["floor".to_owned()];
        cells.extend(std::iter::repeat_n(String::new(), 6));
        cells.extend([floor.jsd, floor.sym_kl].map(|v| format!("{v:.5}")));
        cells.push(format!("{:.4}", floor.l2));
        rows.push(cells);
    }
    out.push_str(&table(&rows));
    out
}

/// Text of a report: the models, the share of the gap that was closed, the proxy.
pub fn text(report: &Report) -> String {
    let mut out = models(report);
    out.push('\n');
    let _ = match report.gap_closed {
        Some(share) => writeln!(out, "closed {:.1} % of the gap in forget AUC between Original and Retrain", 100.0 * share),
        None => writeln!(out, "no Retrain for this forget set: divergences and the closed gap are not known (--retrain trains one)"),
    };
    let proxy = report.proxy;
    if let Some(n) = report.evaluated_rows {
        let _ = writeln!(out, "figures on at most {n} rows of every set, evenly spaced");
    }
    if let Some(n) = report.unknown_tokens.filter(|n| *n > 0) {
        let _ = writeln!(out, "{n} tokens of the prompts are unknown to the model");
    }
    let _ = writeln!(
        out,
        "proxy: log loss on the forget set {:.4} before, {:.4} after; on users never trained on {:.4}",
        proxy.forget_before, proxy.forget_after, proxy.unseen
    );
    out
}

fn row(figures: &MethodFigures) -> Vec<String> {
    let (test, forget) = (figures.test, figures.forget);
    let name = if figures.source == "shipped" { format!("{} (shipped)", figures.id) } else { figures.id.clone() };
    vec![
        name,
        number(test.auc, 4),
        number(Some(test.acc), 4),
        number(Some(test.logloss), 4),
        number(forget.auc, 4),
        number(Some(forget.acc), 4),
        number(Some(forget.logloss), 4),
        number(forget.jsd, 5),
        number(forget.sym_kl, 5),
        number(forget.l2, 4),
        number(Some(figures.seconds).filter(|s| *s > 0.0), 1),
        if figures.steps > 0 { figures.steps.to_string() } else { "–".into() },
        if figures.trainable_params > 0 { figures.trainable_params.to_string() } else { "–".into() },
    ]
}

/// A number, or a dash where there is none.
pub fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".into(), |value| format!("{value:.digits$}"))
}

/// Columns lined up: the first to the left, the others to the right.
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
