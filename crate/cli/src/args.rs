//! Command-line arguments shared by several commands, and their conversion to core types.

use crate::io;
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use clap::Args;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::host::Files;
use unlearn_core::package::manifest::Manifest;
use unlearn_core::package::peft;
use unlearn_core::session::Session;
use unlearn_core::unlearn::METHODS;
use unlearn_core::unlearn::method::MethodEntry;
use unlearn_core::unlearn::param::{ParamEntry, ParamKind};

/// Name of the device in reports.
pub const DEVICE: &str = "CPU (burn-flex, native SIMD)";

/// Marks an error as wrong usage (exit code 2). It is attached as context to the error that says what was wrong.
#[derive(Debug, Clone, Copy)]
pub struct Usage;

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("usage")
    }
}

/// A model package and the data it was trained on.
#[derive(Args)]
pub struct Source {
    /// Folder of the model package.
    #[arg(long, value_name = "DIR", default_value = "models/nano-ml-latest-small")]
    pub model: PathBuf,
    /// Its data: a folder, a .zip, or the files themselves [default: public/data/DATASET].
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub data: Vec<PathBuf>,
}

impl Source {
    /// Loads the package and its data; with `adapter`, the session is in the state after the run that wrote that adapter.
    pub fn load_with(&self, adapter: Option<&Path>) -> Result<Session> {
        let mut session = self.load()?;
        if let Some(folder) = adapter {
            let files = [peft::CONFIG, peft::WEIGHTS].map(|name| Ok((name.to_owned(), io::read(&folder.join(name))?)));
            let files = files.into_iter().collect::<Result<Files>>()?;
            let model = peft::load(&session.original, &files).with_context(|| format!("the adapter in {}", folder.display()))?;
            session.unlearned = Some(model.into());
        }
        Ok(session)
    }

    /// Loads the package and its data.
    pub fn load(&self) -> Result<Session> {
        let package = io::read_package(&self.model)?;
        let data = if self.data.is_empty() {
            let dataset = Manifest::read(&package)?.dataset;
            let usual = PathBuf::from("public/data").join(&dataset);
            if !usual.is_dir() {
                bail!("the model was trained on {dataset}, which is not at {}: name its folder or .zip by --data", usual.display());
            }
            vec![usual]
        } else {
            self.data.clone()
        };
        Session::load(&package, &io::read_sources(&data)?, &Device::flex(), DEVICE)
            .with_context(|| format!("loading {}", self.model.display()))
    }
}

/// What to forget; the standard set if nothing is named.
#[derive(Args)]
#[group(multiple = false)]
pub struct What {
    /// The paper's 20 % of the training users (default).
    #[arg(long)]
    pub standard: bool,
    /// All training rows of these users.
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    pub user: Option<Vec<u32>>,
    /// All training rows whose target is one of these items.
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    pub item: Option<Vec<u32>>,
    /// All training rows whose target has this genre.
    #[arg(long)]
    pub genre: Option<String>,
    /// Single training rows as USER:ITEM.
    #[arg(long, value_name = "USER:ITEM,…", value_delimiter = ',', value_parser = pair)]
    pub interaction: Option<Vec<(u32, u32)>>,
    /// So many percent of the training users, drawn as the paper's 20 % are.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=90))]
    pub percent: Option<u32>,
    /// Several requests at once: a JSON list of what each names, `[{"users": [414]}, {"genre": "Horror"}]`.
    #[arg(long, value_name = "FILE", value_parser = requests)]
    pub requests: Option<Requests>,
}

/// Several requests read from a JSON file.
#[derive(Clone)]
pub struct Requests(Vec<ForgetSpec>);

fn requests(path: &str) -> Result<Requests, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("reading {path}: {error}"))?;
    let read = serde_json::from_slice(&bytes);
    read.map(Requests)
        .map_err(|error| format!("{path} must be a JSON list of requests, each with users, items, genre, interactions or percent: {error}"))
}

impl What {
    /// The forget set as a core `ForgetSpec`.
    pub fn spec(&self) -> ForgetSpec {
        let (users, items, genre, interactions) = (self.user.clone(), self.item.clone(), self.genre.clone(), self.interaction.clone());
        let (percent, any) = (self.percent, self.requests.clone().map(|Requests(all)| all));
        let one = users.is_some() || items.is_some() || genre.is_some() || interactions.is_some();
        let named = one || percent.is_some() || any.is_some();
        ForgetSpec { users, items, genre, interactions, standard: (!named).then_some(true), percent, shuffle: None, any }
    }
}

fn pair(text: &str) -> Result<(u32, u32), String> {
    let fail = || format!("must be USER:ITEM, got `{text}`");
    let (user, item) = text.split_once(':').ok_or_else(fail)?;
    Ok((user.parse().map_err(|_| fail())?, item.parse().map_err(|_| fail())?))
}

/// Parses `KEY=VALUE`, the value of `--param`.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("must be KEY=VALUE, got `{text}`"))?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// The parameters of a preset (the first if `preset` is `None`), overridden by `given`. A choice may be given by its label.
pub fn parameters(entry: &MethodEntry, preset: Option<&str>, given: &[(String, String)]) -> Result<BTreeMap<String, f64>> {
    let mut params = BTreeMap::new();
    if let Some(id) = preset {
        let found = entry.presets.iter().find(|preset| preset.id == id);
        let known = || entry.presets.iter().map(|preset| preset.id).collect::<Vec<_>>().join(", ");
        let preset = found.with_context(|| format!("preset: {} has {}, got `{id}`", entry.id, known())).context(Usage)?;
        params.extend(preset.params.iter().map(|(key, value)| ((*key).to_owned(), *value)));
    }
    for (key, text) in given {
        params.insert(key.clone(), value_of(entry.params, key, key, text)?);
    }
    entry.resolve(&params).context(Usage)
}

/// The numeric value of `text` for the parameter `key`; a choice may be given by its label. `name` is the parameter's name in error messages.
pub fn value_of(params: &[ParamEntry], key: &str, name: &str, text: &str) -> Result<f64> {
    let choices = params.iter().find(|param| param.id == key).map_or(&[][..], |param| param.choices);
    let labelled = choices.iter().find(|choice| choice.label.eq_ignore_ascii_case(text)).map(|choice| choice.value);
    labelled.or_else(|| text.parse().ok()).with_context(|| format!("{name}: must be a number, got `{text}`")).context(Usage)
}

/// Help text that lists every method of the method table with its presets and parameters.
pub fn methods_help(examples: &str) -> String {
    let mut text = examples.to_owned();
    for entry in METHODS {
        let _ = write!(text, "\n\nMethod {}: {} ({})\n{}\n  presets:\n", entry.id, entry.label, entry.citation, entry.summary);
        for preset in entry.presets {
            let _ = writeln!(text, "    {:14} {}. {}", preset.id, preset.label, preset.note);
        }
        text.push_str("  parameters (--param KEY=VALUE):\n");
        for param in entry.params {
            let _ = writeln!(text, "    {:14} {}", param.id, about(param));
        }
    }
    text.trim_end().to_owned()
}

/// Description of a parameter: its purpose, its range or choices, and its default.
pub fn about(param: &ParamEntry) -> String {
    let range = match param.kind {
        ParamKind::Choice => param.choices.iter().map(|choice| format!("{} {}", choice.value, choice.label)).collect::<Vec<_>>().join(", "),
        _ => format!("{} to {}", param.min, param.max),
    };
    format!("{} [{range}; default {}]", param.help, param.default)
}
