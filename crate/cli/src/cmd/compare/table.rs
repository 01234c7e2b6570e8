//! The result as tables in the layout of the paper's, shared by terminal, Markdown and HTML.

use super::interval::{Interval, cell};
use super::summary::{DataResult, ForgetSet, Row};
use crate::report::{measured, written};
use unlearn_core::metric::table::shown_in;
use unlearn_core::metric::{MetricEntry, MetricGroup, Quality, Shown};
use unlearn_core::report::MethodFigures;

/// A table of text; the first column is the name of the row.
pub struct Table {
    pub caption: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// All tables of a forget set.
pub fn tables(result: &DataResult, set: &ForgetSet) -> Vec<Table> {
    let rows: Vec<&Row> = result.summary.iter().filter(|row| row.forget_set == set.name).collect();
    let columns: Vec<&MetricEntry> =
        shown_in(Shown::Documents).filter(|metric| !metric.rare || rows.iter().any(|row| row.get(metric.path).is_some())).collect();
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

fn table(caption: &str, columns: &[&MetricEntry], set: &ForgetSet, rows: &[&Row]) -> Table {
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
        name.chain(columns.iter().map(|metric| cell(row.get(metric.path).map(|mean| scaled(mean, metric)), metric.digits))).collect()
    }));
    let head = std::iter::once(String::new());
    let head = head.chain(columns.iter().map(|metric| format!("{}{}", metric.label, metric.format.scale().1))).collect();
    Table { caption: caption.to_owned(), head, rows: lines }
}

fn reference_line(figures: &MethodFigures, columns: &[&MetricEntry]) -> Vec<String> {
    let name = if figures.id == "original" {
        "Original"
    } else if figures.id == "retrain" {
        "Retrain"
    } else {
        &figures.id
    };
    let all = crate::figures::figures(figures);
    let name = if figures.source == "shipped" { format!("{name} (shipped)") } else { name.to_owned() };
    plain_line(name, columns, |path| measured(&all, path))
}

fn plain_line(name: String, columns: &[&MetricEntry], value: impl Fn(&str) -> Option<f64>) -> Vec<String> {
    let cells = columns.iter().map(|metric| written(metric, value(metric.path)));
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

/// Converts to the column's unit; counts that never differ need no interval.
fn scaled(interval: Interval, metric: &MetricEntry) -> Interval {
    let (scale, _) = metric.format.scale();
    let half_width = interval.half_width.filter(|half| metric.digits > 0 || *half > 0.0);
    Interval { mean: interval.mean * scale, half_width: half_width.map(|half| half * scale) }
}

/// Mean differences from the setting that all others are tested against.
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
    (!lines.is_empty()).then(|| Table {
        caption,
        head: ["", "test AUC", "forget AUC", "forget JSD"].map(str::to_owned).to_vec(),
        rows: lines,
    })
}

/// The plan's single people, if it has some.
pub fn people(result: &DataResult) -> Vec<Table> {
    if result.people.is_empty() {
        return Vec::new();
    }
    let head = [
        "",
        "people",
        "rise of Retrain",
        "closed %",
        "r.m.s. error",
        "of two Retrains",
        "within twice that %",
        "JSD",
        "test AUC − Original’s",
        "others’ lists kept %",
        "s",
        "s in all",
    ];
    let lines = result.people.iter().map(|row| {
        let percent = |interval: Option<Interval>| {
            cell(
                interval
                    .map(|Interval { mean, half_width }| Interval { mean: 100.0 * mean, half_width: half_width.map(|half| 100.0 * half) }),
                0,
            )
        };
        let plain = |value: Option<f64>, digits: usize| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"));
        vec![
            format!("{}, {}", row.label, row.setting),
            row.n_people.to_string(),
            cell(row.rise, 4),
            percent(row.closed),
            format!("{:.4}", row.error),
            plain(row.error_of_retrain, 4),
            plain(row.within.map(|share| 100.0 * share), 0),
            cell(row.jsd, 5),
            cell(row.test_auc, 4),
            percent(row.lists_kept),
            cell(row.seconds, 2),
            cell(row.wall_seconds, 1),
        ]
    });
    let caption = format!("{}: people who ask one by one, each beside a Retrain of its own", result.model);
    let quantiles = result.people.iter().map(|row| {
        std::iter::once(format!("{}, {}", row.label, row.setting)).chain(row.quantiles.iter().map(|at| format!("{at:+.4}"))).collect()
    });
    let of_hundred = ["", "5th", "25th", "50th", "75th", "95th of 100"];
    vec![
        Table { caption, head: head.map(str::to_owned).to_vec(), rows: lines.collect() },
        Table {
            caption: "Loss on their rows minus Retrain’s, nats".into(),
            head: of_hundred.map(str::to_owned).to_vec(),
            rows: quantiles.collect(),
        },
    ]
}

/// One-line description of a forget set.
pub fn heading(result: &DataResult, set: &ForgetSet) -> String {
    let sizes = set.sizes;
    format!("{}, forget set {}: {} rows to forget, {} stay, {} to test on", result.model, set.name, sizes.forget, sizes.retain, sizes.test)
}

/// Notes that explain the numbers.
pub fn notes(result: &DataResult) -> Vec<String> {
    let mut notes = vec![
        "Mean ± half the 95 % confidence interval (Student's t) over the seeds; a single seed has no interval.".to_owned(),
        "The floor is the distance between two Retrains.".to_owned(),
    ];
    let told = [MetricGroup::Forget, MetricGroup::Distance, MetricGroup::Traces];
    let told = shown_in(Shown::Documents).filter(|metric| told.contains(&metric.group));
    notes.extend(told.map(|metric| format!("{} (better: {}): {}.", metric.label, metric.better.words().1, metric.help)));
    if result.missing > 0 {
        notes.push(format!("{} cells of the plan are missing.", result.missing));
    }
    let made = &result.created_with;
    let commit = made.git_commit.as_ref().map_or_else(String::new, |commit| format!(", commit {commit}"));
    notes.push(format!("Made by `{}`, version {}{commit}, {}.", made.command, made.version, made.date));
    notes
}
