//! The aggregated result of a data set: every cell, means with confidence intervals, the floor and the baseline.

use super::interval::{Interval, interval};
use super::paired::{Paired, paired_t};
use super::people::{PeopleRow, people};
use super::plan::{MethodConfig, Plan, Planned};
use super::record::Record;
use super::settings::is_ablation;
use crate::figures::{Figures, figures, nest};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use unlearn_core::data::DataHash;
use unlearn_core::metric::Quality;
use unlearn_core::report::{MethodFigures, SetSizes};

/// Version of the result format.
const VERSION: u32 = 1;
/// The method and setting that all others are tested against.
const AGAINST: (&str, &str) = ("e2urec", "tuned");
/// The figures that are tested.
const TESTED: [(&str, &str); 3] = [("test_auc", "test.auc"), ("forget_auc", "forget.auc"), ("jsd", "forget.jsd")];

/// `result.json`: the result of one data set.
#[derive(Serialize)]
pub struct DataResult {
    pub version: u32,
    pub dataset: String,
    pub model: String,
    pub model_manifest_sha256: String,
    /// Hashes of the data: the figures hold for no other.
    pub data: DataHash,
    pub forget_sets: Vec<ForgetSet>,
    pub methods: Vec<Line>,
    pub summary: Vec<Row>,
    /// The plan's single people, one line for each setting.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PeopleRow>,
    /// The floor of the first forget set that has one.
    pub floor: Option<Floor>,
    pub baseline: Option<Quality>,
    /// Number of planned cells that have no result yet.
    pub missing: usize,
    pub created_with: CreatedWith,
}

/// What all rows of a forget set share.
#[derive(Serialize)]
pub struct ForgetSet {
    pub name: String,
    pub sizes: SetSizes,
    /// Original, and Retrain if there is one.
    pub references: Vec<MethodFigures>,
    pub floor: Option<Floor>,
    pub baseline: Option<Quality>,
}

/// The result of one cell.
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

/// One setting, aggregated over its seeds.
#[derive(Serialize)]
pub struct Row {
    pub id: String,
    pub label: String,
    pub setting: String,
    pub forget_set: String,
    pub params: BTreeMap<String, f64>,
    pub ablation: bool,
    pub n_seeds: usize,
    /// The report's figures, each as a mean with half its interval's width.
    #[serde(flatten)]
    pub nested: serde_json::Map<String, Value>,
    /// Paired tests against the method in `AGAINST`; empty for that method itself.
    pub vs: Vec<Against>,
    #[serde(skip)]
    pub figures: BTreeMap<String, Interval>,
}

/// The difference of one figure from another setting, paired by seed.
#[derive(Debug, Clone, Serialize)]
pub struct Against {
    /// The other setting's method.
    pub id: &'static str,
    /// The other setting.
    pub setting: &'static str,
    /// The figure.
    pub figure: &'static str,
    /// Mean of this setting's value minus the other's.
    pub difference: f64,
    /// Student's t.
    pub t: f64,
    /// Two-sided p-value.
    pub p: f64,
    /// Number of seeds that both settings have.
    pub n: u32,
}

impl Row {
    /// The figure at a path.
    pub fn get(&self, path: &str) -> Option<Interval> {
        self.figures.get(path).copied()
    }
}

/// The distance between two Retrains with different seeds: no method can be expected to get below it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Floor {
    pub jsd: f64,
    pub sym_kl: f64,
    pub l2: f64,
    /// Mean distance of their forget-set AUCs.
    pub auc_distance: Option<f64>,
    /// Number of Retrains it is averaged over; 1 for the package's own.
    pub n: usize,
}

/// How a result was made.
#[derive(Clone, Serialize)]
pub struct CreatedWith {
    pub command: String,
    pub version: &'static str,
    pub git_commit: Option<String>,
    pub date: String,
}

/// Aggregates the results of all data sets.
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
                data: data.hash.clone(),
                forget_sets: Vec::new(),
                methods: done.iter().filter_map(|(cell, record)| line(cell, record)).collect(),
                summary: Vec::new(),
                people: people(plan, &done),
                floor: None,
                baseline: None,
                missing: here.len() - done.len(),
                created_with: made.clone(),
            };
            for forget in plan.forget.iter().filter(|forget| !forget.person) {
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

/// The floor, from cells that trained a Retrain with another seed than the reference; otherwise from the package.
fn floor(done: &[(&Planned<'_>, &Record)]) -> Option<Floor> {
    let mut seen: BTreeMap<&str, [f64; 4]> = BTreeMap::new();
    for (cell, record) in done {
        let Some((last, others)) = record.report.methods.split_last() else { continue };
        let Some(reference) = others.iter().find(|other| other.id == "retrain") else { continue };
        let forget = &last.forget;
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

/// Figures of one setting's cells, by seed.
type BySeed = BTreeMap<u32, Figures>;

fn rows(plan: &Plan, done: &[(&Planned<'_>, &Record)]) -> Vec<Row> {
    // Prefers the time of Retrains from this plan, if any, because they were measured alongside the other cells.
    let retrains = done.iter().filter_map(|(_, record)| record.report.methods.last()).filter(|last| last.id == "retrain");
    let here = interval(&retrains.map(|last| last.seconds).collect::<Vec<_>>()).map(|seconds| seconds.mean);
    let of = |setting: &MethodConfig| -> BySeed {
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

fn row(setting: &MethodConfig, forget_set: &str, cells: &BySeed, against: Option<&BySeed>) -> Option<Row> {
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

/// Paired test over the seeds that both settings have.
fn test(own: &BySeed, other: &BySeed, path: &str) -> Option<Paired> {
    let pairs = own.iter().filter_map(|(seed, figures)| Some((*figures.get(path)?, *other.get(seed)?.get(path)?)));
    paired_t(&pairs.collect::<Vec<_>>())
}
