//! The cells of a data set as one result: every line, the means with their intervals, the floor and the baseline.

use super::cell::Record;
use super::figures::{Figures, figures, nest};
use super::plan::{Plan, Planned, Setting};
use super::settings::is_ablation;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use unlearn_core::metric::{Interval, Paired, interval, paired_t};
use unlearn_core::report::{MethodFigures, Quality, SetSizes};

/// Version of the result's format.
const VERSION: u32 = 1;
/// Method and setting that the others are tested against.
const AGAINST: (&str, &str) = ("e2urec", "tuned");
/// Figures of which they are.
const TESTED: [(&str, &str); 3] = [("test_auc", "test.auc"), ("forget_auc", "forget.auc"), ("jsd", "forget.jsd")];

/// `result.json`: one data set.
#[derive(Serialize)]
pub struct DataResult {
    pub version: u32,
    pub dataset: String,
    pub model: String,
    pub model_manifest_sha256: String,
    pub forget_sets: Vec<ForgetSet>,
    pub methods: Vec<Line>,
    pub summary: Vec<Row>,
    /// Of the first forget set that has one.
    pub floor: Option<Floor>,
    pub baseline: Option<Quality>,
    /// Cells of the plan that are not in here.
    pub missing: usize,
    pub created_with: CreatedWith,
}

/// What holds for all lines of a forget set.
#[derive(Serialize)]
pub struct ForgetSet {
    pub name: String,
    pub sizes: SetSizes,
    /// Original, and Retrain where there is one.
    pub references: Vec<MethodFigures>,
    pub floor: Option<Floor>,
    pub baseline: Option<Quality>,
}

/// One cell.
#[derive(Serialize)]
pub struct Line {
    pub label: String,
    pub setting: String,
    pub forget_set: String,
    #[serde(flatten)]
    pub figures: MethodFigures,
    pub gap_closed: Option<f64>,
    pub device: String,
    pub wall_seconds: f64,
    pub host: String,
    pub key: String,
}

/// One setting over its seeds.
#[derive(Serialize)]
pub struct Row {
    pub id: String,
    pub label: String,
    pub setting: String,
    pub forget_set: String,
    pub params: BTreeMap<String, f64>,
    pub ablation: bool,
    pub n_seeds: usize,
    /// The report's figures, each a mean with half its interval's width.
    #[serde(flatten)]
    pub nested: serde_json::Map<String, Value>,
    /// Paired tests against the method that all are held against; none for itself.
    pub vs: Vec<Against>,
    #[serde(skip)]
    pub figures: BTreeMap<String, Interval>,
}

/// One figure's difference from another setting, seed by seed.
#[derive(Debug, Clone, Serialize)]
pub struct Against {
    /// The other's method.
    pub id: &'static str,
    /// The other's setting.
    pub setting: &'static str,
    /// Which figure.
    pub figure: &'static str,
    /// Mean of this row's minus the other's.
    pub difference: f64,
    /// Student's t.
    pub t: f64,
    /// Two-sided.
    pub p: f64,
    /// Seeds that both have.
    pub n: u32,
}

impl Row {
    /// A figure by its path.
    pub fn get(&self, path: &str) -> Option<Interval> {
        self.figures.get(path).copied()
    }
}

/// How far two Retrains of different seed are from each other: what no method can be expected to go below.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Floor {
    pub jsd: f64,
    pub sym_kl: f64,
    pub l2: f64,
    /// Mean distance of their forget-set AUCs.
    pub auc_distance: Option<f64>,
    /// Retrains it is the mean of; 1 for the package's own.
    pub n: usize,
}

/// Where a result comes from.
#[derive(Clone, Serialize)]
pub struct CreatedWith {
    pub command: String,
    pub version: &'static str,
    pub git_commit: Option<String>,
    pub date: String,
}

/// The results of all data sets.
pub fn summarise(plan: &Plan, cells: &[Planned<'_>], records: &HashMap<String, Record>, made: &CreatedWith) -> Vec<DataResult> {
    plan.data
        .iter()
        .map(|data| {
            let here: Vec<&Planned<'_>> = cells.iter().filter(|cell| std::ptr::eq(cell.data, data)).collect();
            let done: Vec<(&Planned<'_>, &Record)> = here.iter().filter_map(|cell| Some((*cell, records.get(&cell.key)?))).collect();
            let mut result = DataResult {
                version: VERSION,
                dataset: data.manifest.dataset.clone(),
                model: data.manifest.name.clone(),
                model_manifest_sha256: data.manifest_sha256.clone(),
                forget_sets: Vec::new(),
                methods: done.iter().filter_map(|(cell, record)| line(cell, record)).collect(),
                summary: Vec::new(),
                floor: None,
                baseline: None,
                missing: here.len() - done.len(),
                created_with: made.clone(),
            };
            for forget in &plan.forget {
                let of_set: Vec<_> = done.iter().copied().filter(|(cell, _)| std::ptr::eq(cell.forget, forget)).collect();
                result.forget_sets.extend(forget_set(&forget.name, &of_set));
                result.summary.extend(rows(plan, &of_set));
            }
            result.floor = result.forget_sets.iter().find_map(|set| set.floor);
            result.baseline = result.forget_sets.iter().find_map(|set| set.baseline);
            result
        })
        .collect()
}

fn line(cell: &Planned<'_>, record: &Record) -> Option<Line> {
    Some(Line {
        label: cell.setting.label.clone(),
        setting: cell.setting.setting.clone(),
        forget_set: cell.forget.name.clone(),
        figures: record.report.methods.last()?.clone(),
        gap_closed: record.report.gap_closed,
        device: record.report.device.clone(),
        wall_seconds: record.wall_seconds,
        host: record.host.name.clone(),
        key: cell.key.clone(),
    })
}

fn forget_set(name: &str, done: &[(&Planned<'_>, &Record)]) -> Option<ForgetSet> {
    let (_, first) = done.first()?;
    let n = first.report.methods.len().checked_sub(1)?;
    let baseline = done.iter().find_map(|(_, record)| record.report.baseline);
    let references = first.report.methods[..n].to_vec();
    Some(ForgetSet { name: name.to_owned(), sizes: first.report.sizes, references, floor: floor(done), baseline })
}

/// From cells that trained a Retrain with another seed than the reference's; else the package's.
fn floor(done: &[(&Planned<'_>, &Record)]) -> Option<Floor> {
    let mut seen: BTreeMap<&str, [f64; 4]> = BTreeMap::new();
    for (cell, record) in done {
        let Some((last, others)) = record.report.methods.split_last() else { continue };
        let Some(reference) = others.iter().find(|other| other.id == "retrain") else { continue };
        let forget = last.forget;
        if last.id == "retrain"
            && last.seed != reference.seed
            && let (Some(jsd), Some(sym_kl), Some(l2)) = (forget.jsd, forget.sym_kl, forget.l2)
        {
            let distance = forget.auc.zip(reference.forget.auc).map_or(f64::NAN, |(own, other)| (own - other).abs());
            seen.insert(&cell.key, [jsd, sym_kl, l2, distance]);
        }
    }
    if seen.is_empty() {
        let shipped = done.iter().find_map(|(_, record)| record.report.floor)?;
        return Some(Floor { jsd: shipped.jsd, sym_kl: shipped.sym_kl, l2: shipped.l2, auc_distance: None, n: 1 });
    }
    let mean = |k: usize| seen.values().map(|values| values[k]).sum::<f64>() / seen.len() as f64;
    let auc_distance = Some(mean(3)).filter(|distance| distance.is_finite());
    Some(Floor { jsd: mean(0), sym_kl: mean(1), l2: mean(2), auc_distance, n: seen.len() })
}

/// One setting's cells by seed.
type BySeed = BTreeMap<u32, Figures>;

fn rows(plan: &Plan, done: &[(&Planned<'_>, &Record)]) -> Vec<Row> {
    // Side by side: the Retrains of this very plan, where it has some, not the one of another day.
    let retrains = done.iter().filter_map(|(_, record)| record.report.methods.last()).filter(|last| last.id == "retrain");
    let here = interval(&retrains.map(|last| last.seconds).collect::<Vec<_>>()).map(|seconds| seconds.mean);
    let of = |setting: &Setting| -> BySeed {
        done.iter()
            .filter(|(cell, _)| std::ptr::eq(cell.setting, setting))
            .filter_map(|(cell, record)| Some((cell.cell.request.seed, all_figures(record, here)?)))
            .collect()
    };
    let name = done.first().map(|(cell, _)| cell.forget.name.clone()).unwrap_or_default();
    let against = plan.settings.iter().find(|setting| (setting.entry.id, setting.setting.as_str()) == AGAINST).map(of);
    plan.settings.iter().filter_map(|setting| row(setting, &name, &of(setting), against.as_ref())).collect()
}

fn all_figures(record: &Record, retrain_seconds: Option<f64>) -> Option<Figures> {
    let report = &record.report;
    let (last, others) = report.methods.split_last()?;
    let mut found = figures(last);
    found.extend(report.gap_closed.map(|gap| ("gap_closed".to_owned(), gap)));
    if let Some(retrain) = others.iter().find(|other| other.id == "retrain") {
        let whole = retrain_seconds.unwrap_or(retrain.seconds);
        found.extend((whole > 0.0).then(|| ("seconds_per_retrain".to_owned(), last.seconds / whole)));
        let distance = last.forget.auc.zip(retrain.forget.auc).map(|(own, other)| (own - other).abs());
        found.extend(distance.map(|distance| ("auc_distance".to_owned(), distance)));
    }
    Some(found)
}

fn row(setting: &Setting, forget_set: &str, cells: &BySeed, against: Option<&BySeed>) -> Option<Row> {
    if cells.is_empty() {
        return None;
    }
    let paths: BTreeSet<&String> = cells.values().flat_map(BTreeMap::keys).collect();
    let over = |path: &String| interval(&cells.values().filter_map(|figures| figures.get(path).copied()).collect::<Vec<_>>());
    let figures: BTreeMap<String, Interval> = paths.into_iter().filter_map(|path| Some((path.clone(), over(path)?))).collect();
    let nested = nest(figures.iter().map(|(path, mean)| (path.clone(), serde_json::to_value(mean).unwrap_or_default())));
    let is_itself = (setting.entry.id, setting.setting.as_str()) == AGAINST;
    let vs = match against {
        Some(other) if !is_itself => {
            TESTED.iter().filter_map(|(figure, path)| Some(held_against(figure, test(cells, other, path)?))).collect()
        }
        _ => Vec::new(),
    };
    Some(Row {
        id: setting.entry.id.into(),
        label: setting.label.clone(),
        setting: setting.setting.clone(),
        forget_set: forget_set.to_owned(),
        params: setting.params.clone(),
        ablation: is_ablation(setting),
        n_seeds: cells.len(),
        nested,
        vs,
        figures,
    })
}

fn held_against(figure: &'static str, Paired { mean_difference: difference, t, p, n }: Paired) -> Against {
    let (id, setting) = AGAINST;
    Against { id, setting, figure, difference, t, p, n }
}

/// Over the seeds that both have.
fn test(own: &BySeed, other: &BySeed, path: &str) -> Option<Paired> {
    let pairs = own.iter().filter_map(|(seed, figures)| Some((*figures.get(path)?, *other.get(seed)?.get(path)?)));
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.unzip();
    paired_t(&first, &second)
}
