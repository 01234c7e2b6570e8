//! The result as tables laid out like the paper's, for the terminal, Markdown and HTML alike.

use super::summary::{DataResult, ForgetSet, Row};
use crate::cmd::stats::cell;
use crate::report::number;
use unlearn_core::metric::Interval;
use unlearn_core::report::{MethodFigures, Quality};

/// A table of text; the first column is the line's name.
pub struct Table {
    pub caption: String,
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

/// A column: its head, the figure's path, its scale and digits.
type Column = (&'static str, &'static str, f64, usize);

const COLUMNS: [Column; 17] = [
    ("test AUC", "test.auc", 1.0, 4),
    ("test ACC", "test.acc", 1.0, 4),
    ("test LogLoss", "test.logloss", 1.0, 4),
    ("test ECE", "test.ece", 1.0, 4),
    ("neighbour AUC", "neighbour.auc", 1.0, 4),
    ("forget AUC", "forget.auc", 1.0, 4),
    ("forget JSD", "forget.jsd", 1.0, 5),
    ("JSD {Yes, No}", "forget.yes_no.jsd", 1.0, 5),
    ("forget L2", "forget.l2", 1.0, 4),
    ("MIA AUC", "forget.mia_auc", 1.0, 4),
    ("KS p", "forget.ks_p", 1.0, 3),
    ("gap closed %", "gap_closed", 100.0, 1),
    ("time s", "seconds", 1.0, 1),
    ("time/Retrain", "seconds_per_retrain", 1.0, 3),
    ("trainable params", "trainable_params", 1.0, 0),
    ("peak MB", "peak_bytes", 1e-6, 0),
    ("valid AUC", "valid.auc", 1.0, 4),
];

/// All tables of a forget set.
pub fn tables(result: &DataResult, set: &ForgetSet) -> Vec<Table> {
    let rows: Vec<&Row> = result.summary.iter().filter(|row| row.forget_set == set.name).collect();
    let columns: Vec<Column> =
        COLUMNS.into_iter().filter(|(_, path, ..)| *path != "valid.auc" || rows.iter().any(|row| row.get(path).is_some())).collect();
    let (ablated, whole): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.ablation);
    let mut all = vec![table("Methods", &columns, set, &whole)];
    if !ablated.is_empty() {
        let beside = whole.iter().filter(|row| ablated.iter().any(|part| part.id == row.id));
        let both: Vec<&Row> = beside.copied().chain(ablated.iter().copied()).collect();
        all.push(table("Ablations", &columns, set, &both));
    }
    all.extend(differences(&rows));
    all
}

fn table(caption: &str, columns: &[Column], set: &ForgetSet, rows: &[&Row]) -> Table {
    let mut lines: Vec<Vec<String>> = set.references.iter().map(|reference| reference_line(reference, columns)).collect();
    if let Some(floor) = set.floor {
        let value = |path: &str| match path {
            "forget.jsd" => Some(floor.jsd),
            "forget.l2" => Some(floor.l2),
            _ => None,
        };
        let name = if floor.n == 1 { "Floor (Retrain, another seed)".into() } else { format!("Floor (Retrain, {} other seeds)", floor.n) };
        lines.push(plain_line(name, columns, value));
    }
    if let Some(baseline) = set.baseline {
        lines.push(plain_line("Logistic baseline".into(), columns, |path| quality(&baseline, "test.", path)));
    }
    lines.extend(rows.iter().map(|row| {
        let name = std::iter::once(format!("{}, {}", row.label, row.setting));
        name.chain(columns.iter().map(|(_, path, scale, digits)| cell(row.get(path).map(|mean| scaled(mean, *scale, *digits)), *digits)))
            .collect()
    }));
    let head = std::iter::once("").chain(columns.iter().map(|column| column.0)).collect();
    Table { caption: caption.to_owned(), head, rows: lines }
}

fn reference_line(figures: &MethodFigures, columns: &[Column]) -> Vec<String> {
    let name = if figures.id == "original" {
        "Original"
    } else if figures.id == "retrain" {
        "Retrain"
    } else {
        &figures.id
    };
    let all = super::figures::figures(figures);
    let name = if figures.source == "shipped" { format!("{name} (shipped)") } else { name.to_owned() };
    plain_line(name, columns, |path| {
        let known = all.get(path).copied();
        // A time or size of zero is one that nobody measured.
        known.filter(|value| *value > 0.0 || !["seconds", "trainable_params", "peak_bytes"].contains(&path))
    })
}

fn plain_line(name: String, columns: &[Column], value: impl Fn(&str) -> Option<f64>) -> Vec<String> {
    let cells = columns.iter().map(|(_, path, scale, digits)| number(value(path).map(|value| value * scale), *digits));
    std::iter::once(name).chain(cells).collect()
}

fn quality(quality: &Quality, prefix: &str, path: &str) -> Option<f64> {
    match path.strip_prefix(prefix)? {
        "auc" => quality.auc,
        "acc" => Some(quality.acc),
        "logloss" => Some(quality.logloss),
        "ece" => quality.ece,
        _ => None,
    }
}

/// In the column's unit; counts that never differ need no interval.
fn scaled(interval: Interval, scale: f64, digits: usize) -> Interval {
    let half_width = interval.half_width.filter(|half| digits > 0 || *half > 0.0);
    Interval { mean: interval.mean * scale, half_width: half_width.map(|half| half * scale) }
}

/// Mean differences from the setting that all are held against.
fn differences(rows: &[&Row]) -> Option<Table> {
    let lines: Vec<Vec<String>> = rows
        .iter()
        .filter_map(|row| {
            let shown = |name: &str, digits: usize| match row.vs.iter().find(|against| against.figure == name) {
                Some(found) => format!("{:+.digits$} (p = {:.3}, n = {})", found.difference, found.p, found.n),
                None => "–".into(),
            };
            (!row.vs.is_empty())
                .then(|| vec![format!("{}, {}", row.label, row.setting), shown("test_auc", 4), shown("forget_auc", 4), shown("jsd", 5)])
        })
        .collect();
    let caption = "Difference from e2urec, tuned, seed by seed (paired t-test)".to_owned();
    (!lines.is_empty()).then(|| Table { caption, head: vec!["", "test AUC", "forget AUC", "forget JSD"], rows: lines })
}

/// What a forget set is, in one line.
pub fn heading(result: &DataResult, set: &ForgetSet) -> String {
    let sizes = set.sizes;
    format!("{}, forget set {}: {} rows to forget, {} stay, {} to test on", result.model, set.name, sizes.forget, sizes.retain, sizes.test)
}

/// What the numbers are.
pub fn notes(result: &DataResult) -> Vec<String> {
    let mut notes = vec![
        "Mean ± half the 95 % confidence interval (Student's t) over the seeds; a single seed has no interval.".to_owned(),
        "JSD and L2: mean distance from Retrain's answers on the forget set. The floor is the distance between two Retrains.".to_owned(),
        "MIA AUC: 0.5 means that an attacker cannot tell forgotten rows from rows never trained on. KS p: confidences against Retrain's."
            .to_owned(),
    ];
    if result.missing > 0 {
        notes.push(format!("{} cells of the plan are missing.", result.missing));
    }
    let made = &result.created_with;
    let commit = made.git_commit.as_ref().map_or_else(String::new, |commit| format!(", commit {commit}"));
    notes.push(format!("Made by `{}`, version {}{commit}, {}.", made.command, made.version, made.date));
    notes
}
