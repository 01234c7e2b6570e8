//! The plan of a comparison: data sets × forget sets × methods and settings × seeds, as cells in a fixed order.

use super::job::{Cell, Job, Reference, Task};
use crate::args::data_of;
use crate::id::Names;
use crate::io;
use anyhow::{Context, Result, bail, ensure};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use unlearn_core::data::DataHash;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::source::read_dataset_as;
use unlearn_core::data::split::split;
use unlearn_core::package::manifest::{MANIFEST, Manifest, RETRAIN};
use unlearn_core::package::sha256;
use unlearn_core::report::{Candidates, RunRequest};
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::unlearn::method::MethodEntry;

/// Maximum number of cells; a larger grid would never finish and is probably a typing error.
const MAX_CELLS: usize = 100_000;

/// A model package and its data.
#[derive(Debug)]
pub struct Data {
    pub model: PathBuf,
    pub files: Vec<PathBuf>,
    /// sha256 of the package's manifest, which contains the hashes of all its other files.
    pub manifest_sha256: String,
    pub manifest: Manifest,
    /// Hashes of the data, which stand in the key of everything computed from them.
    pub hash: DataHash,
    /// Whether the package includes the Retrain of the standard forget set, trained on these data.
    pub has_retrain: bool,
    /// People with training rows and the number of their rows, ascending; empty if nobody will be drawn.
    pub people: Vec<(u32, usize)>,
    /// What the data call people and items.
    pub names: Names,
}

impl Data {
    /// `n` people with at least `min_rows` training rows, drawn by a seed; all of them if there are fewer. In the order of the draw.
    pub fn draw(&self, n: usize, min_rows: usize, seed: u32) -> Vec<u32> {
        let known = self.people.iter().filter(|(_, rows)| *rows >= min_rows).map(|(user, _)| *user);
        let mut drawn: Vec<u32> = known.collect();
        drawn.shuffle(&mut SeedRng::seed_from_u64(u64::from(seed)));
        drawn.truncate(n);
        drawn
    }

    /// Reads the manifest of the package and the data; the weights are read by the cells. `draws` says whether people will be drawn.
    pub fn open(model: PathBuf, files: Vec<PathBuf>, draws: bool) -> Result<Self> {
        let path = model.join(MANIFEST);
        ensure!(path.is_file(), "{}: a model package must have a {MANIFEST}", model.display());
        let bytes = io::read(&path)?;
        let manifest: Manifest = serde_json::from_slice(&bytes).with_context(|| format!("reading {}", path.display()))?;
        let dataset = read_dataset_as(&io::read_sources(&data_of(&manifest, &files)?)?, &manifest.read)?;
        let hash = DataHash::of(&dataset);
        let mut people: BTreeMap<u32, usize> = BTreeMap::new();
        if draws {
            split(&dataset)?.train.iter().for_each(|sample| *people.entry(sample.user).or_default() += 1);
        }
        let has_retrain = model.join(RETRAIN).is_file() && manifest.data_mismatch(&hash).is_none();
        Ok(Self {
            manifest_sha256: sha256(&bytes),
            manifest,
            hash,
            has_retrain,
            model,
            files,
            people: people.into_iter().collect(),
            names: Names::of(&dataset),
        })
    }
}

/// A forget set and its name.
#[derive(Debug)]
pub struct Forget {
    pub name: String,
    pub spec: ForgetSpec,
    /// The data set that it belongs to, by its place in the plan; every one if absent.
    pub of_data: Option<usize>,
    /// Whether it is one of many single people, who are told about together.
    pub person: bool,
}

impl Forget {
    /// A forget set; without a name, it is named after its contents.
    pub fn new(name: Option<String>, spec: ForgetSpec) -> Self {
        Self { name: name.unwrap_or_else(|| name_of(&spec)), spec, of_data: None, person: false }
    }

    /// One of many single people of a data set.
    pub fn person(user: u32, of_data: usize) -> Self {
        let spec = ForgetSpec { users: Some(vec![user]), ..Default::default() };
        Self { of_data: Some(of_data), person: true, ..Self::new(None, spec) }
    }

    fn is_standard(&self) -> bool {
        let standard = ForgetSpec { standard: Some(true), ..Default::default() };
        self.spec == standard
    }
}

fn name_of(spec: &ForgetSpec) -> String {
    let list = |word: &str, ids: &[u32]| {
        let shown: Vec<_> = ids.iter().take(3).map(u32::to_string).collect();
        let more = if ids.len() > 3 { format!(" and {} more", ids.len() - 3) } else { String::new() };
        format!("{word}{} {}{more}", if ids.len() == 1 { "" } else { "s" }, shown.join(", "))
    };
    if let Some(users) = &spec.users {
        list("user", users)
    } else if let Some(items) = &spec.items {
        list("item", items)
    } else if let Some(genre) = &spec.genre {
        format!("genre {genre}")
    } else if let Some((user, genre)) = &spec.interest {
        format!("{genre} of user {user}")
    } else if let Some(words) = &spec.words {
        format!("words {}", words.join(", "))
    } else if let Some(any) = &spec.any {
        format!("{} requests", any.len())
    } else if let Some(pairs) = &spec.interactions {
        format!("{} interactions", pairs.len())
    } else if let Some(percent) = spec.percent {
        let draw = spec.shuffle.map_or_else(String::new, |seed| format!(", draw {seed}"));
        format!("{percent} % of users{draw}")
    } else if let Some(percent) = spec.core {
        format!("{percent} % most active users")
    } else if let Some(percent) = spec.edge {
        format!("{percent} % least active users")
    } else {
        "standard".into()
    }
}

/// A method with the value of every parameter.
#[derive(Debug)]
pub struct MethodConfig {
    pub entry: &'static MethodEntry,
    pub label: String,
    /// The preset and what differs from it, e.g. `tuned, α 0.3`.
    pub setting: String,
    pub params: BTreeMap<String, f64>,
    pub steps: Option<u32>,
}

/// A complete comparison.
#[derive(Debug)]
pub struct Plan {
    /// Default name of the run folder.
    pub name: String,
    pub data: Vec<Data>,
    pub forget: Vec<Forget>,
    pub settings: Vec<MethodConfig>,
    pub seeds: Vec<u32>,
    pub validate: bool,
    /// What each next liked item is ranked among, if it is.
    pub ranking: Option<Candidates>,
    /// Whether to train a Retrain for forget sets that have none.
    pub retrain: bool,
}

/// A cell with its place in the plan. Two settings with equal values share a key, and therefore a run.
#[derive(Debug)]
pub struct Planned<'a> {
    pub key: String,
    pub cell: Cell,
    pub data: &'a Data,
    pub forget: &'a Forget,
    pub setting: &'a MethodConfig,
    /// The Retrain that must exist before the cell runs.
    pub reference: Option<Reference>,
}

impl Planned<'_> {
    /// The job that runs this cell.
    pub fn job(&self, out: &Path) -> Job {
        job(Task::Cell(self.cell.clone()), self.data, out)
    }

    /// The job that trains its Retrain.
    pub fn reference_job(&self, out: &Path) -> Option<Job> {
        Some(job(Task::Reference(self.reference.clone()?), self.data, out))
    }

    /// Human-readable name.
    pub fn name(&self) -> String {
        let (data, forget, setting) = (&self.data.manifest.name, &self.forget.name, &self.setting.setting);
        format!("{data}, {forget}: {} ({setting}), seed {}", self.setting.label, self.cell.request.seed)
    }
}

fn job(task: Task, data: &Data, out: &Path) -> Job {
    Job { task, model: data.model.clone(), files: data.files.clone(), out: out.to_owned() }
}

impl Plan {
    /// Checks that the plan can be run.
    pub fn check(&self) -> Result<()> {
        for (what, n) in [("seeds", self.seeds.len()), ("method", self.settings.len())] {
            ensure!(n > 0, "{what}: must name at least one, got none");
        }
        unique("seeds", self.seeds.iter().map(u32::to_string))?;
        ensure!(
            !self.forget.is_empty(),
            "forget: must name at least one; `[[forget]]` with `standard = true` is the paper's 20 % of users"
        );
        for at in 0..self.data.len() {
            unique("forget", self.forgets_of(at).map(|forget| forget.name.clone()))?;
        }
        unique("data", self.data.iter().map(|data| data.manifest_sha256.clone()))?;
        unique("method", self.settings.iter().map(|setting| format!("{} ({})", setting.entry.id, setting.setting)))?;
        let n =
            [self.data.len(), self.forget.len(), self.settings.len(), self.seeds.len()].iter().try_fold(1usize, |n, k| n.checked_mul(*k));
        ensure!(n.is_some_and(|n| n <= MAX_CELLS), "a plan may have at most {MAX_CELLS} cells, got more");
        Ok(())
    }

    /// The forget sets of the data set at this place.
    fn forgets_of(&self, at: usize) -> impl Iterator<Item = &Forget> {
        self.forget.iter().filter(move |forget| forget.of_data.is_none_or(|of_data| of_data == at))
    }

    /// All cells in order.
    pub fn cells(&self) -> Vec<Planned<'_>> {
        let mut cells = Vec::new();
        for (at, data) in self.data.iter().enumerate() {
            for forget in self.forgets_of(at) {
                for setting in &self.settings {
                    cells.extend(self.seeds.iter().map(|seed| self.planned(data, forget, setting, *seed)));
                }
            }
        }
        cells
    }

    fn planned<'a>(&self, data: &'a Data, forget: &'a Forget, setting: &'a MethodConfig, seed: u32) -> Planned<'a> {
        let request = RunRequest {
            method: setting.entry.id.into(),
            forget: forget.spec.clone(),
            params: setting.params.clone(),
            steps: setting.steps,
            seed,
            eval_every: 0,
            validate: self.validate,
            ranking: self.ranking,
        };
        let needs = self.retrain && !(forget.is_standard() && data.has_retrain);
        let (dataset, manifest) = (data.manifest.dataset.clone(), data.manifest_sha256.clone());
        let reference = needs.then(|| Reference {
            dataset: dataset.clone(),
            data: data.hash.clone(),
            manifest: manifest.clone(),
            forget: forget.spec.clone(),
            seed: data.manifest.training.seed,
        });
        let cell = Cell { dataset, data: data.hash.clone(), manifest, request, reference: reference.as_ref().map(Reference::key) };
        Planned { key: cell.key(), cell, data, forget, setting, reference }
    }
}

fn unique(what: &str, names: impl Iterator<Item = String>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.clone()) {
            bail!("{what}: every one must differ, got `{name}` twice");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forget_sets_name_themselves() {
        let named = |json: &str| Forget::new(None, serde_json::from_str(json).unwrap()).name;
        assert_eq!(named(r#"{"standard": true}"#), "standard");
        assert_eq!(named(r#"{"users": [1]}"#), "user 1");
        assert_eq!(named(r#"{"items": [1, 2, 3, 4, 5]}"#), "items 1, 2, 3 and 2 more");
        assert_eq!((named(r#"{"core": 5}"#), named(r#"{"edge": 5}"#)), ("5 % most active users".into(), "5 % least active users".into()));
        assert_eq!(named(r#"{"percent": 5, "shuffle": 43}"#), "5 % of users, draw 43");
    }

    #[test]
    fn twice_is_once_too_often() {
        assert_eq!(
            unique("seeds", ["1", "1"].map(str::to_owned).into_iter()).unwrap_err().to_string(),
            "seeds: every one must differ, got `1` twice"
        );
    }
}
