//! The flags of a simple comparison, converted into a plan.

use super::plan::{Data, Forget, Plan};
use super::settings::{Grid, ablation};
use crate::args::{RankingCandidates, Source, Usage, What, assignment};
use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use unlearn_core::unlearn::{METHODS, method};

/// The contents of a plan file, as flags.
#[derive(clap::Args)]
pub struct Flags {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub what: What,
    /// Methods.
    #[arg(long, default_value = "e2urec", value_delimiter = ',', value_parser = PossibleValuesParser::new(METHODS.iter().map(|entry| entry.id)))]
    pub method: Vec<String>,
    /// Presets; a method takes those it has.
    #[arg(long, default_value = "tuned,published", value_delimiter = ',', value_name = "ID,ID")]
    pub preset: Vec<String>,
    /// A setting over every preset's.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    pub param: Vec<(String, String)>,
    /// Also every method without the parts of its loss that it can leave out, from its first preset.
    #[arg(long)]
    pub ablations: bool,
    /// Seeds.
    #[arg(long, default_value = "1,2,3", value_delimiter = ',', value_name = "N,N")]
    pub seeds: Vec<u32>,
    /// Optimiser steps of every run [default: by the method].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Option<u32>,
    /// Validation figures too, for tuning.
    #[arg(long)]
    pub validate: bool,
    /// Also rank each user's next liked item, beside 99 items that the user never rated or beside all of them: HR and NDCG, for nanos.
    #[arg(long, value_enum, value_name = "CANDIDATES")]
    pub ranking: Option<RankingCandidates>,
    /// Train Retrain for this forget set first, where the package has none.
    #[arg(long)]
    pub retrain: bool,
}

/// Ids of the flags that a plan file replaces.
pub const INSTEAD_OF_FILE: [&str; 22] = [
    "model",
    "data",
    "standard",
    "user",
    "item",
    "genre",
    "interest",
    "words",
    "interaction",
    "percent",
    "core",
    "edge",
    "method",
    "preset",
    "param",
    "ablations",
    "seeds",
    "steps",
    "validate",
    "ranking",
    "retrain",
    "What",
];

/// Builds the plan.
pub fn plan(flags: &Flags) -> Result<Plan> {
    let values: Vec<(String, Vec<String>)> = flags.param.iter().map(|(key, value)| (key.clone(), vec![value.clone()])).collect();
    let mut settings = Vec::new();
    let mut ablations = Vec::new();
    for id in &flags.method {
        let entry = method(id)?;
        let presets: Vec<_> = flags.preset.iter().filter_map(|id| entry.presets.iter().find(|preset| preset.id == id)).collect();
        for preset in &presets {
            settings.extend(Grid { entry, preset: Some(preset), label: None, values: &values, steps: flags.steps }.settings()?);
        }
        if let (true, Some(param), Some(preset)) = (flags.ablations, ablation(entry), presets.first()) {
            let parts = param.choices.iter().skip(1).map(|choice| choice.label.to_owned()).collect();
            let values: Vec<_> = values.iter().filter(|(key, _)| key != param.id).cloned().chain([(param.id.to_owned(), parts)]).collect();
            ablations.extend(Grid { entry, preset: Some(preset), label: None, values: &values, steps: flags.steps }.settings()?);
        }
    }
    let known = || METHODS.iter().flat_map(|entry| entry.presets).map(|preset| preset.id).collect::<Vec<_>>().join(", ");
    let some = (!settings.is_empty()).then_some(());
    some.with_context(|| format!("preset: must be one of {}, got `{}`", known(), flags.preset.join(","))).context(Usage)?;
    if flags.ablations && ablations.is_empty() {
        return Err(anyhow::anyhow!("ablations: need a method that can leave out a part of its loss, got {}", flags.method.join(",")))
            .context(Usage);
    }
    settings.extend(ablations);
    flags.what.spec(None)?; // reports what is missing before a large file is read
    let data = Data::open(flags.source.model.clone(), flags.source.data.clone(), false)?;
    let spec = flags.what.spec(Some(&data.names))?;
    let plan = Plan {
        name: "compare".into(),
        data: vec![data],
        forget: vec![Forget::new(None, spec)],
        settings,
        seeds: flags.seeds.clone(),
        validate: flags.validate,
        ranking: flags.ranking.map(Into::into),
        retrain: flags.retrain,
    };
    plan.check().context(Usage)?;
    Ok(plan)
}
