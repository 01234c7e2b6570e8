//! Command-line arguments shared by several commands, and their conversion to core types.

use crate::console::tell;
use crate::id::{Id, Names};
use crate::targets::{Input, manifest_in};
pub use crate::usage::Usage;
use crate::{adapter, io};
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::package::manifest::{MANIFEST, Manifest};
use unlearn_core::package::{file, parse_json};
use unlearn_core::report::Candidates;
use unlearn_core::session::Session;
use unlearn_core::unlearn::METHODS;
use unlearn_core::unlearn::method::MethodEntry;
use unlearn_core::unlearn::param::{ParamEntry, ParamKind};

/// Name of the device in reports.
pub const DEVICE: &str = "CPU (burn-flex, native SIMD)";

/// Where the data of the shipped packages are.
const USUAL_DATA: &str = "public/data";

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
    /// Loads the package and its data; with an adapter, the session is in the state after the run that wrote that adapter.
    pub fn load_with(&self, adapter_folder: Option<&Path>) -> Result<Session> {
        let mut session = self.load()?;
        if let Some(folder) = adapter_folder {
            let model = session.adapted(&adapter::read(folder)?).with_context(|| format!("the adapter in {}", folder.display()))?;
            session.unlearned = Some(model.into());
        }
        Ok(session)
    }

    /// The places that [`Source::load`] reads.
    pub fn inputs(&self) -> Vec<Input> {
        let usual = || Some(Path::new(USUAL_DATA).join(manifest_in(&self.model)?.dataset));
        let data = if self.data.is_empty() { usual().into_iter().collect() } else { self.data.clone() };
        data.into_iter().map(Input::Data).chain([Input::Model(self.model.clone())]).collect()
    }

    /// Loads the package and its data. If the data are not those the model was trained on, that is said on stderr.
    pub fn load(&self) -> Result<Session> {
        let package = io::read_package(&self.model)?;
        let packaged: Manifest = parse_json(MANIFEST, file(&package, MANIFEST)?)?;
        let data = data_of(&packaged, &self.data)?;
        let mut session = Session::load(&package, &io::read_sources(&data)?, &Device::flex(), DEVICE)
            .with_context(|| format!("loading {}", self.model.display()))?;
        session.compares_lists = true;
        if let Some(why) = &session.data_mismatch {
            tell(&format!("warning: {why}"));
        }
        if let Some(why) = session.weakness() {
            tell(&format!("warning: {why}"));
        }
        let template = |manifest: &Manifest| manifest.text.as_ref().map(|text| text.template);
        if template(&packaged) != template(&session.manifest) {
            tell("note: the prompts are in the compact wording, since some of the simple ones are longer than the model's context");
        }
        Ok(session)
    }
}

/// The files of a package's data: those given, or the usual folder of its dataset.
pub fn data_of(manifest: &Manifest, given: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let dataset = &manifest.dataset;
    let usual = Path::new(USUAL_DATA).join(dataset);
    if !usual.is_dir() {
        bail!("the model was trained on {dataset}, which is not at {}: name its folder or .zip by --data", usual.display());
    }
    Ok(vec![usual])
}

/// What to forget. One of them must be given: nobody forgets a fifth of all people by leaving something out.
#[derive(Args)]
#[group(multiple = false)]
pub struct What {
    /// The standard set: the paper's 20 % of the training users.
    #[arg(long)]
    pub standard: bool,
    /// All training rows of these users, by number or, where the data have words, by word.
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    pub user: Option<Vec<Id>>,
    /// All training rows whose target is one of these items, named in the same way.
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    pub item: Option<Vec<Id>>,
    /// All training rows whose target has this genre.
    #[arg(long)]
    pub genre: Option<String>,
    /// One person's interest: all training rows of this user whose target has this genre.
    #[arg(long, value_name = "USER:GENRE", value_parser = interest)]
    pub interest: Option<(u32, String)>,
    /// Sensitive items: all training rows whose target has one of these words in its title or genres.
    #[arg(long, value_name = "WORD,WORD", value_delimiter = ',')]
    pub words: Option<Vec<String>>,
    /// Single training rows as USER:ITEM.
    #[arg(long, value_name = "USER:ITEM,…", value_delimiter = ',', value_parser = pair)]
    pub interaction: Option<Vec<(u32, u32)>>,
    /// So many percent of the training users, drawn as the paper's 20 % are.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=90))]
    pub percent: Option<u32>,
    /// The N percent of the training users with the most training rows (CURE4Rec's core set, there 5).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=90))]
    pub core: Option<u32>,
    /// The N percent of the training users with the fewest training rows (CURE4Rec's edge set, there 5).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=90))]
    pub edge: Option<u32>,
    /// Several requests at once: a JSON list of what each names, `[{"users": [414]}, {"genre": "Horror"}]`.
    #[arg(long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(requests))]
    pub requests: Option<Requests>,
}

/// Several requests read from a JSON file.
#[derive(Clone)]
pub struct Requests(Vec<ForgetSpec>, PathBuf);

fn requests(path: PathBuf) -> Result<Requests, String> {
    let told = |error: anyhow::Error| crate::usage::told(&error);
    let bytes = io::read(&path).map_err(told)?;
    // Some editors begin a file with a byte order mark.
    let read = serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
    let rule = |error| {
        let path = path.display();
        format!(
            "{path} must be a JSON list of requests, each with users, items, genre, interest, words, interactions, percent, core or edge: {error}"
        )
    };
    Ok(Requests(read.map_err(rule)?, path))
}

impl What {
    /// The file that the requests were read from.
    pub fn input(&self) -> Option<Input> {
        self.requests.as_ref().map(|Requests(_, path)| Input::File(path.clone()))
    }

    /// The forget set as a core `ForgetSpec`; an error if nothing is named. Without the data's names, before they are read, any word may be one.
    pub fn spec(&self, names: Option<&Names>) -> Result<ForgetSpec> {
        let (users, items) = (names.map(|names| names.users.as_slice()), names.map(|names| names.items.as_slice()));
        let spec = ForgetSpec {
            users: self.user.as_deref().map(|ids| Id::numbers(ids, "user", users)).transpose()?,
            items: self.item.as_deref().map(|ids| Id::numbers(ids, "item", items)).transpose()?,
            genre: self.genre.clone(),
            interest: self.interest.clone(),
            words: self.words.clone(),
            interactions: self.interaction.clone(),
            standard: self.standard.then_some(true),
            percent: self.percent,
            shuffle: None,
            core: self.core,
            edge: self.edge,
            any: self.requests.clone().map(|Requests(all, _)| all),
        };
        if spec == ForgetSpec::default() {
            let ways = "--user, --item, --genre, --interest, --words, --interaction, --percent, --core, --edge or --requests; --standard is the paper's 20 % \
                        of the training users";
            return Err(anyhow::anyhow!("what to forget is not named: give {ways}").context(Usage));
        }
        Ok(spec)
    }
}

fn interest(text: &str) -> Result<(u32, String), String> {
    let fail = || format!("must be USER:GENRE, got `{text}`");
    let (user, genre) = text.split_once(':').ok_or_else(fail)?;
    Ok((user.trim().parse().map_err(|_| fail())?, genre.trim().to_owned()))
}

fn pair(text: &str) -> Result<(u32, u32), String> {
    let fail = || format!("must be USER:ITEM, got `{text}`");
    let (user, item) = text.split_once(':').ok_or_else(fail)?;
    Ok((user.parse().map_err(|_| fail())?, item.parse().map_err(|_| fail())?))
}

/// Candidates beside a liked item.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum RankingCandidates {
    /// 99, drawn by a fixed seed.
    Sampled,
    /// All of them; some seconds a model.
    Full,
}

impl From<RankingCandidates> for Candidates {
    fn from(candidates: RankingCandidates) -> Self {
        match candidates {
            RankingCandidates::Sampled => Self::Sampled,
            RankingCandidates::Full => Self::Full,
        }
    }
}

/// Parses a number of rows.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "must be a whole number of at least 1".to_owned())
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
