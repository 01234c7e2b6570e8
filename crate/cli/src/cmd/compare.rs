//! `unlearn compare`: methods × presets × seeds on one forget set, as means with 95 % intervals.

use super::stats::cell;
use crate::args::{Source, Usage, What, assignment, parameters};
use crate::host::Terminal;
use crate::io;
use crate::report::{number, table};
use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use unlearn_core::metric::{Interval, interval};
use unlearn_core::report::{Divergence, ForgetSpec, MethodFigures, Proxy, Report, RunRequest, SetSizes};
use unlearn_core::unlearn::{METHODS, method};

/// Compare methods and settings over several seeds.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn compare                                          tuned and published E2URec, seeds 1, 2, 3
  unlearn compare --preset tuned --ablations --out compare.json
  unlearn compare --preset tuned --param alpha=0.5 --seeds 1,2,3,4,5 --validate --json

A row's interval is the mean's 95 % confidence interval (Student's t) over the seeds.")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    what: What,
    /// Methods.
    #[arg(long, default_value = "e2urec", value_delimiter = ',', value_parser = PossibleValuesParser::new(METHODS.iter().map(|entry| entry.id)))]
    method: Vec<String>,
    /// Presets; a method takes those it has.
    #[arg(long, default_value = "tuned,published", value_delimiter = ',', value_name = "ID,ID")]
    preset: Vec<String>,
    /// A setting over every preset's.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    param: Vec<(String, String)>,
    /// Also E2URec without forgetting and without remembering, from the first preset.
    #[arg(long)]
    ablations: bool,
    /// Seeds.
    #[arg(long, default_value = "1,2,3", value_delimiter = ',', value_name = "N,N")]
    seeds: Vec<u32>,
    /// Optimiser steps of every run [default: by the method].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Validation figures too, for tuning.
    #[arg(long)]
    validate: bool,
    /// Train Retrain for this forget set first, where the package has none.
    #[arg(long)]
    retrain: bool,
    /// Write the JSON to this file too.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// One line: a method with its settings.
struct Setting {
    method: String,
    label: String,
    params: BTreeMap<String, f64>,
}

#[derive(Serialize)]
struct Comparison {
    dataset: String,
    model: String,
    device: String,
    forget: ForgetSpec,
    sizes: SetSizes,
    seeds: Vec<u32>,
    references: Vec<MethodFigures>,
    floor: Option<Divergence>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    method: String,
    setting: String,
    params: BTreeMap<String, f64>,
    gap_closed: Option<Interval>,
    test_auc: Option<Interval>,
    test_auc_change: Option<Interval>,
    test_logloss: Option<Interval>,
    valid_auc: Option<Interval>,
    valid_logloss: Option<Interval>,
    forget_auc: Option<Interval>,
    forget_logloss: Option<Interval>,
    jsd: Option<Interval>,
    sym_kl: Option<Interval>,
    l2: Option<Interval>,
    seconds: Option<Interval>,
    proxy: Vec<Proxy>,
    runs: Vec<MethodFigures>,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let settings = settings(args)?;
    let mut lab = args.source.load()?;
    let forget = args.what.spec();
    let selection = lab.select(&forget).context(Usage)?;
    if args.retrain && lab.retrain_source(&selection).is_none() {
        host.label = "retrain".into();
        lab.retrain(&forget, lab.manifest.training.seed, host).await?;
    }
    let mut rows = Vec::new();
    let mut references: Vec<MethodFigures> = Vec::new();
    let mut floor = None;
    for setting in settings {
        let mut reports = Vec::new();
        for seed in &args.seeds {
            host.label = format!("{} {} seed {seed}", setting.method, setting.label);
            let request = RunRequest {
                method: setting.method.clone(),
                forget: forget.clone(),
                params: setting.params.clone(),
                steps: args.steps,
                seed: *seed,
                eval_every: 0,
                validate: args.validate,
            };
            let report = lab.run(&request, host).await?;
            references = report.methods[..report.methods.len() - 1].to_vec();
            floor = report.floor;
            reports.push(report);
        }
        let row = summarise(setting, reports);
        host.say(format!("{} {}: gap closed {}, test AUC {}", row.method, row.setting, cell(row.gap_closed, 3), cell(row.test_auc, 4)));
        rows.push(row);
    }
    let comparison = Comparison {
        dataset: lab.dataset.name.clone(),
        model: lab.manifest.name.clone(),
        device: crate::args::DEVICE.into(),
        forget,
        sizes: lab.sizes(&selection),
        seeds: args.seeds.clone(),
        references,
        floor,
        rows,
    };
    io::answer(&comparison, args.json, args.out.as_deref(), || text(&comparison))
}

fn settings(args: &Args) -> Result<Vec<Setting>> {
    let mut settings = Vec::new();
    for id in &args.method {
        let entry = method(id)?;
        for preset in args.preset.iter().filter(|preset| entry.presets.iter().any(|known| known.id == preset.as_str())) {
            let params = parameters(entry, Some(preset), &args.param)?;
            settings.push(Setting { method: id.clone(), label: preset.clone(), params });
        }
    }
    let known = || METHODS.iter().flat_map(|entry| entry.presets).map(|preset| preset.id).collect::<Vec<_>>().join(", ");
    let some = if settings.is_empty() { None } else { Some(()) };
    some.with_context(|| format!("preset: must be one of {}, got `{}`", known(), args.preset.join(","))).context(Usage)?;
    if args.ablations {
        let whole = settings
            .iter()
            .find(|setting| setting.method == "e2urec")
            .context("ablations: need e2urec among the methods")
            .context(Usage)?;
        let (preset, params) = (whole.label.clone(), whole.params.clone());
        for (value, name) in [(1.0, "without forgetting"), (2.0, "without remembering")] {
            let mut params = params.clone();
            params.insert("terms".into(), value);
            settings.push(Setting { method: "e2urec".into(), label: format!("{preset}, {name}"), params });
        }
    }
    Ok(settings)
}

fn summarise(setting: Setting, reports: Vec<Report>) -> Row {
    let over = |value: &dyn Fn(&Report, &MethodFigures) -> Option<f64>| {
        interval(&reports.iter().filter_map(|report| value(report, report.methods.last()?)).collect::<Vec<_>>())
    };
    Row {
        gap_closed: over(&|report, _| report.gap_closed),
        test_auc: over(&|_, run| run.test.auc),
        test_auc_change: over(&|report, run| Some(run.test.auc? - report.methods.first()?.test.auc?)),
        test_logloss: over(&|_, run| Some(run.test.logloss)),
        valid_auc: over(&|_, run| run.valid?.auc),
        valid_logloss: over(&|_, run| Some(run.valid?.logloss)),
        forget_auc: over(&|_, run| run.forget.auc),
        forget_logloss: over(&|_, run| Some(run.forget.logloss)),
        jsd: over(&|_, run| run.forget.jsd),
        sym_kl: over(&|_, run| run.forget.sym_kl),
        l2: over(&|_, run| run.forget.l2),
        seconds: over(&|_, run| Some(run.seconds)),
        proxy: reports.iter().map(|report| report.proxy).collect(),
        runs: reports.iter().filter_map(|report| report.methods.last().cloned()).collect(),
        method: setting.method,
        setting: setting.label,
        params: setting.params,
    }
}

fn text(comparison: &Comparison) -> String {
    let validated = comparison.rows.iter().any(|row| row.valid_auc.is_some());
    let mut head = vec!["", "gap closed %", "test AUC", "forget AUC", "forget logloss", "JSD", "seconds"];
    if validated {
        head.push("valid AUC");
    }
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    for reference in &comparison.references {
        let forget = reference.forget;
        let mut cells = vec![
            reference.id.clone(),
            String::new(),
            number(reference.test.auc, 4),
            number(forget.auc, 4),
            number(Some(forget.logloss), 4),
        ];
        cells.extend([number(forget.jsd, 5), number(Some(reference.seconds).filter(|s| *s > 0.0), 1)]);
        if validated {
            cells.push(number(reference.valid.and_then(|valid| valid.auc), 4));
        }
        rows.push(cells);
    }
    if let Some(floor) = comparison.floor {
        let mut cells = vec!["floor".to_owned()];
        cells.extend(std::iter::repeat_n(String::new(), 4));
        cells.push(number(Some(floor.jsd), 5));
        rows.push(cells);
    }
    for row in &comparison.rows {
        let percent = row.gap_closed.map(|gap| Interval { mean: 100.0 * gap.mean, half_width: gap.half_width.map(|half| 100.0 * half) });
        let mut cells = vec![format!("{} {}", row.method, row.setting), cell(percent, 1), cell(row.test_auc, 4), cell(row.forget_auc, 4)];
        cells.extend([cell(row.forget_logloss, 4), cell(row.jsd, 5), cell(row.seconds, 1)]);
        if validated {
            cells.push(cell(row.valid_auc, 4));
        }
        rows.push(cells);
    }
    let sizes = comparison.sizes;
    let unseen = comparison.rows.iter().flat_map(|row| &row.proxy).map(|proxy| proxy.unseen).next();
    format!(
        "{} on {}: {} rows to forget, {} stay; {} seeds\n\n{}\nlog loss on users never trained on: {}",
        comparison.model,
        comparison.dataset,
        sizes.forget,
        sizes.retain,
        comparison.seeds.len(),
        table(&rows),
        number(unseen, 4)
    )
}
