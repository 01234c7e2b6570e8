//! Reads a plan from a TOML file. Every error names the file and the line.

use super::plan::{Data, Forget, Plan};
use super::settings::Grid;
use crate::args::Usage;
use crate::io;
use crate::usage::told;
use anyhow::{Error, Result, anyhow};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use unlearn_core::report::Candidates;
use unlearn_core::unlearn::method;
use unlearn_core::unlearn::method::{MethodEntry, Preset};

/// The shipped model.
pub const SHIPPED: &str = "models/nano-ml-latest-small";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    #[serde(default = "three")]
    seeds: Spanned<Vec<u32>>,
    #[serde(default)]
    validate: bool,
    ranking: Option<Candidates>,
    #[serde(default = "yes")]
    retrain: bool,
    steps: Option<Spanned<u32>>,
    #[serde(default)]
    data: Vec<Spanned<DataTable>>,
    #[serde(default)]
    forget: Vec<Spanned<toml::Table>>,
    people: Option<Spanned<PeopleTable>>,
    #[serde(default)]
    method: Vec<MethodTable>,
}

/// People of every data set who ask one by one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleTable {
    /// How many.
    n: usize,
    /// Seed of the draw.
    #[serde(default = "one")]
    draw: u32,
    /// Fewest training rows of a person.
    #[serde(default = "twenty")]
    min_rows: usize,
}

const fn one() -> u32 {
    1
}

const fn twenty() -> usize {
    20
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataTable {
    model: PathBuf,
    #[serde(default)]
    files: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodTable {
    id: Spanned<String>,
    preset: Option<Spanned<String>>,
    presets: Option<Spanned<Vec<Spanned<String>>>>,
    label: Option<String>,
    steps: Option<Spanned<u32>>,
    #[serde(default)]
    params: BTreeMap<String, Spanned<toml::Value>>,
}

fn three() -> Spanned<Vec<u32>> {
    Spanned::new(0..0, vec![1, 2, 3])
}

const fn yes() -> bool {
    true
}

/// A file's path and text, to find the line for an error message.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, span: Option<Range<usize>>, what: impl Display) -> Error {
        let line = span.and_then(|span| self.text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        anyhow!("{}{line}: {what}", self.path.display()).context(Usage)
    }

    /// Resolves a path in the file: relative to the file if it exists there, otherwise to the working directory.
    fn resolve(&self, path: &Path) -> PathBuf {
        let beside = self.path.parent().map(|folder| folder.join(path));
        beside.filter(|beside| beside.exists()).unwrap_or_else(|| path.to_owned())
    }
}

/// Reads a plan file.
pub fn read(path: &Path) -> Result<Plan> {
    let bytes = io::read(path)?;
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("{}: must be UTF-8 text", path.display()).context(Usage))?;
    let source = Source { path, text: &text };
    let file: PlanFile = toml::from_str(&text).map_err(|error| source.error(error.span(), error.message()))?;
    let mut data = Vec::new();
    for table in &file.data {
        let (span, table) = (table.span(), table.get_ref());
        let files = table.files.iter().map(|path| source.resolve(path)).collect();
        data.push(
            Data::open(source.resolve(&table.model), files, file.people.is_some())
                .map_err(|error| source.error(Some(span), told(&error)))?,
        );
    }
    if data.is_empty() {
        data.push(Data::open(SHIPPED.into(), Vec::new(), file.people.is_some())?);
    }
    let mut forget = file.forget.iter().map(|table| forget_of(&source, table)).collect::<Result<Vec<_>>>()?;
    if let Some(people) = &file.people {
        let PeopleTable { n, draw, min_rows } = *people.get_ref();
        for (at, data) in data.iter().enumerate() {
            let drawn = data.draw(n, min_rows, draw);
            if drawn.is_empty() {
                let rule = format!(
                    "people: {} must have somebody with {min_rows} training rows or more, and n be at least 1",
                    data.manifest.dataset
                );
                return Err(source.error(Some(people.span()), rule));
            }
            forget.extend(drawn.into_iter().map(|user| Forget::person(user, at)));
        }
    }
    let steps = file.steps.as_ref().map(|steps| positive(&source, steps)).transpose()?;
    let mut settings = Vec::new();
    for table in &file.method {
        settings.extend(settings_of(&source, table, steps)?);
    }
    let name = path.file_stem().map_or_else(|| "compare".into(), |stem| stem.to_string_lossy().into_owned());
    let (seeds_at, seeds) = (file.seeds.span(), file.seeds.into_inner());
    let plan = Plan { name, data, forget, settings, seeds, validate: file.validate, ranking: file.ranking, retrain: file.retrain };
    plan.check().map_err(|error| {
        let at = Some(seeds_at).filter(|span| error.to_string().starts_with("seeds") && !span.is_empty());
        source.error(at, error)
    })?;
    Ok(plan)
}

fn forget_of(source: &Source<'_>, table: &Spanned<toml::Table>) -> Result<Forget> {
    let fail = |what: String| source.error(Some(table.span()), format!("forget: {what}"));
    let mut fields = table.get_ref().clone();
    let name = match fields.remove("name") {
        None => None,
        Some(toml::Value::String(name)) if !name.trim().is_empty() => Some(name),
        Some(other) => return Err(fail(format!("name must be a text that is not empty, got {other}"))),
    };
    let spec = fields.try_into().map_err(|error: toml::de::Error| fail(error.message().to_owned()))?;
    Ok(Forget::new(name, spec))
}

fn positive(source: &Source<'_>, steps: &Spanned<u32>) -> Result<u32> {
    if *steps.get_ref() > 0 { Ok(*steps.get_ref()) } else { Err(source.error(Some(steps.span()), "steps: must be at least 1, got `0`")) }
}

fn settings_of(source: &Source<'_>, table: &MethodTable, steps: Option<u32>) -> Result<Vec<super::plan::MethodConfig>> {
    let id_at = || Some(table.id.span());
    let entry = method(table.id.get_ref()).map_err(|error| source.error(id_at(), error))?;
    let presets = presets_of(source, table, entry)?;
    let own_steps = table.steps.as_ref().map(|steps| positive(source, steps)).transpose()?;
    let steps = own_steps.or(steps);
    let mut values = Vec::new();
    for (key, given) in &table.params {
        let list = match given.get_ref() {
            toml::Value::Array(list) => list.iter().map(text_of).collect::<Option<Vec<_>>>(),
            one => text_of(one).map(|text| vec![text]),
        };
        let rule = || source.error(Some(given.span()), format!("{key}: must be a number, the name of a choice, or a list of them"));
        let list = list.filter(|list| !list.is_empty()).ok_or_else(rule)?;
        // Checks each value by itself first, so that the error can name its line.
        for text in &list {
            let alone = crate::args::parameters(entry, None, &[(key.clone(), text.clone())]);
            alone.map_err(|error| source.error(Some(given.span()), error.root_cause()))?;
        }
        values.push((key.clone(), list));
    }
    let n_points = values.iter().try_fold(1usize, |n, (_, list)| n.checked_mul(list.len()));
    if n_points.is_none_or(|n| n > 10_000) {
        return Err(source.error(id_at(), "params: a grid may have at most 10000 points, got more"));
    }
    let grids = presets.into_iter().map(|preset| Grid { entry, preset, label: table.label.as_deref(), values: &values, steps });
    let settings = grids.map(|grid| grid.settings()).collect::<Result<Vec<_>>>();
    let mut settings: Vec<_> = settings.map_err(|error| source.error(id_at(), error.root_cause()))?.into_iter().flatten().collect();
    if let Some(steps) = own_steps {
        settings.iter_mut().for_each(|setting| setting.setting.push_str(&format!(", {steps} steps")));
    }
    Ok(settings)
}

fn presets_of(source: &Source<'_>, table: &MethodTable, entry: &'static MethodEntry) -> Result<Vec<Option<&'static Preset>>> {
    let named: Vec<&Spanned<String>> = match (&table.preset, &table.presets) {
        (Some(one), Some(_)) => return Err(source.error(Some(one.span()), "preset: must not be given beside presets")),
        (Some(one), None) => vec![one],
        (None, Some(list)) if list.get_ref().is_empty() => {
            return Err(source.error(Some(list.span()), "presets: must name at least one, got none"));
        }
        (None, Some(list)) => list.get_ref().iter().collect(),
        (None, None) => return Ok(vec![entry.presets.first()]),
    };
    let known = || entry.presets.iter().map(|preset| preset.id).collect::<Vec<_>>().join(", ");
    let find = |name: &Spanned<String>| {
        let found = entry.presets.iter().find(|preset| preset.id == name.get_ref());
        found.ok_or_else(|| source.error(Some(name.span()), format!("preset: {} has {}, got `{}`", entry.id, known(), name.get_ref())))
    };
    named.into_iter().map(|name| find(name).map(Some)).collect()
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::Integer(n) => Some(n.to_string()),
        toml::Value::Float(x) => Some(x.to_string()),
        toml::Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
