//! The worker's messages. The page's types are generated from this file; nothing else crosses the boundary.

use crate::files::NamedBytes;
use serde::{Deserialize, Serialize};
use tsify::Tsify;
use unlearn_core::attack::entry::AttackEntry;
use unlearn_core::attack::report::{AttackReport, AttackRequest};
use unlearn_core::data::ForgetSpec;
use unlearn_core::data::personal::{Match, Person, Shelf, ShelfSpec};
use unlearn_core::data::read_spec::ReadSpec;
use unlearn_core::data::sheet::Look;
use unlearn_core::report::RunRequest;
use unlearn_core::session::{Explanation, StepMemory, TeachReport, TeachSpec};

/// A command of the page to the engine.
#[derive(Serialize, Deserialize, Tsify)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Start the device and check its arithmetic. Answers [`Reply::Ready`].
    Start,
    /// Load a model package and the data it was trained on. Answers [`Reply::Loaded`].
    Load {
        /// Files of the model package.
        model: Vec<NamedBytes>,
        /// Files of the dataset (a zip counts as one file).
        data: Vec<NamedBytes>,
    },
    /// Look at the user's own files before training: the first rows as read, what was assumed, and what stands in the way. Answers [`Reply::Look`].
    Look {
        /// Files of the dataset (a zip counts as one file).
        data: Vec<NamedBytes>,
        /// How to read them; what is left out is found out.
        #[serde(default)]
        read: ReadSpec,
    },
    /// Train the original model on the user's own data, on this device, instead of loading a package. If it fails, the loaded session is kept.
    /// Emits events; answers [`Reply::Loaded`].
    Train {
        /// Files of the dataset (a zip counts as one file).
        data: Vec<NamedBytes>,
        /// How to read them; what is left out is found out.
        #[serde(default)]
        read: ReadSpec,
        /// Seed of initialisation, order and dropout.
        seed: u32,
        /// Epochs over the data.
        epochs: u32,
        /// Further models to train, each without a part of the people: their answers say what is expected of a model that never saw a person. 0 for none.
        #[serde(default)]
        folds: u32,
    },
    /// Read one person's own ratings, and match them to the loaded data's items. Answers [`Reply::Shelf`].
    Shelf {
        /// The export: one file, or the archive that a service gives.
        files: Vec<NamedBytes>,
        /// How to read it; what is left out is found out.
        #[serde(default)]
        spec: ShelfSpec,
    },
    /// Load a model package and teach it one more person on this device. If it fails, the loaded session is kept. Emits events; answers [`Reply::Loaded`].
    Teach {
        /// Files of the model package.
        model: Vec<NamedBytes>,
        /// Files of the dataset (a zip counts as one file).
        data: Vec<NamedBytes>,
        /// The person's ratings.
        person: Person,
        /// How they are taught.
        #[serde(default)]
        spec: TeachSpec,
    },
    /// Add the package's Retrain (`retrain.safetensors`), which is loaded after the page is usable. Answers [`Reply::Done`].
    AddRetrain {
        /// Contents of the file.
        #[serde(with = "serde_bytes")]
        #[tsify(type = "Uint8Array")]
        bytes: Vec<u8>,
    },
    /// Add the package's cross-fitted answers (`crossfit.safetensors`), which are loaded after the page is usable and before a run. Answers
    /// [`Reply::Done`].
    AddCrossFit {
        /// Contents of the file.
        #[serde(with = "serde_bytes")]
        #[tsify(type = "Uint8Array")]
        bytes: Vec<u8>,
    },
    /// One user's interactions. Answers [`Reply::User`].
    User {
        /// The user's id.
        user: u32,
    },
    /// What a request selects, and its expected cost. Answers [`Reply::Selection`].
    Select {
        /// Method, forget spec, parameters.
        request: RunRequest,
    },
    /// Items by title, for a picker. Answers [`Reply::Items`].
    Items {
        /// Part of a title, any case.
        query: String,
        /// Largest number of items to return.
        limit: u32,
    },
    /// The k best items that the user has not rated, before and after. Answers [`Reply::Recommendations`].
    Recommend {
        /// The user's id.
        user: u32,
        /// Number of recommendations, 1..=100.
        k: u32,
    },
    /// Unlearn. Emits events; answers [`Reply::Report`].
    Run {
        /// The request.
        request: RunRequest,
        /// Steps between two [`Checkpoint`]s; 0 for none.
        #[serde(default)]
        checkpoint_every: u32,
        /// Files of the checkpoint to resume from; empty to begin anew.
        #[serde(default)]
        resume: Vec<NamedBytes>,
    },
    /// Train Retrain for this forget set on this device; later runs of the same set use it. Emits events; answers [`Reply::Report`]
    /// with the rows `original` and `retrain`.
    Retrain {
        /// The rows to leave out.
        forget: ForgetSpec,
        /// Seed of the training.
        seed: u32,
    },
    /// The prompt for a user and an item, and the models' answers to it. Answers [`Reply::Prompt`].
    Explain {
        /// The user's id.
        user: u32,
        /// The item's id.
        item: u32,
    },
    /// The adapter of the last run in PEFT's layout. Answers [`Reply::Adapter`].
    Adapter,
    /// The forgetting report of the last run, to be filed. Answers [`Reply::Record`].
    Record {
        /// Time of the report, ISO 8601.
        made: String,
    },
    /// The available attacks, and the expected cost of those in a request. Answers [`Reply::AttackTable`].
    AttackTable {
        /// Attacks (all if empty) and their parameters.
        request: AttackRequest,
    },
    /// Attack the last run's model. Emits events; answers [`Reply::Attacks`].
    Attack {
        /// Attacks (all if empty) and their parameters.
        request: AttackRequest,
    },
    /// Drop the last run and all figures measured on this device. Answers [`Reply::Done`].
    Reset,
    /// The cases of the conformance page. Answers [`Reply::Cases`]. Not in the module `cpu`, nor are the next three.
    #[cfg(feature = "text")]
    Cases,
    /// Compute one conformance case. Answers [`Reply::Numbers`].
    #[cfg(feature = "text")]
    Conform {
        /// Id of the case.
        case: String,
    },
    /// Multiply matrices `[n, n]`, `times` times, and read one number back, for timing. Answers [`Reply::Done`].
    #[cfg(feature = "text")]
    Product {
        /// Rows and columns.
        n: u32,
        /// Number of products.
        times: u32,
    },
    /// Destroy the GPU device as a driver failure would, for testing. Answers [`Reply::Done`].
    #[cfg(feature = "text")]
    Lose,
}

/// A checkpoint to resume a run from after `step` steps; sent like an event. A file replaces an earlier one of the same name; others stay.
#[derive(Serialize, Tsify)]
#[serde(tag = "type", rename = "checkpoint")]
pub struct Checkpoint {
    /// Step of the student.
    pub step: u32,
    /// New or changed files.
    pub files: Vec<NamedBytes>,
}

/// A control of a run in progress, handled between two steps.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Pause after the current step.
    Pause,
    /// Continue.
    Resume,
    /// Do one step, then pause.
    Step,
    /// Cancel the run; nothing of it is kept.
    Cancel,
}

/// A case of the conformance page.
#[cfg(feature = "text")]
#[derive(Serialize, Tsify)]
pub struct CaseSummary {
    /// Id of the case in queries.
    pub id: String,
    /// Display name.
    pub title: String,
    /// Largest allowed difference, relative to a tensor's largest number.
    pub bound: f64,
}

/// A tensor of a case.
#[cfg(feature = "text")]
#[derive(Serialize, Tsify)]
pub struct Numbers {
    /// `y` for the result, `dx` for the gradient with respect to x.
    pub name: String,
    /// Values, row-major.
    pub values: Vec<f32>,
}

/// A user who can be selected.
#[derive(Serialize, Tsify)]
pub struct UserSummary {
    /// The user's id.
    pub user: u32,
    /// What the data call the user, if that is no number.
    pub name: Option<String>,
    /// Number of training rows, which forgetting the user would remove.
    pub n_train: u32,
    /// Number of all ratings.
    pub n_ratings: u32,
    /// Whether the user is among the paper's 20 % to forget.
    pub standard: bool,
}

/// A genre that can be selected.
#[derive(Serialize, Tsify)]
pub struct GenreSummary {
    /// Its name.
    pub name: String,
    /// Number of training rows whose target has it.
    pub n_train: u32,
}

/// An item with its title.
#[derive(Serialize, Tsify)]
pub struct ItemSummary {
    /// The item's id.
    pub item: u32,
    /// Title with the year.
    pub title: String,
    /// Genres; authors if the data have no genres.
    pub genres: Vec<String>,
    /// Number of training rows with this target.
    pub n_train: u32,
}

/// One rating of a user, newest last.
#[derive(Serialize, Tsify)]
pub struct UserRow {
    /// The item's id.
    pub item: u32,
    /// Title with the year.
    pub title: String,
    /// Genres; authors if the data have no genres.
    pub genres: Vec<String>,
    /// Stars.
    pub rating: f32,
    /// Seconds since 1970, or the row number.
    pub time: f64,
    /// `train`, `valid`, `test`, or `context` (too early to be a sample).
    pub set: String,
    /// p(Yes) of the original model for this row; null for context.
    pub before: Option<f32>,
    /// p(Yes) after the last run; null without one.
    pub after: Option<f32>,
    /// p(Yes) expected of a model that never saw the user (cross-fitted); null where that is not known, and for rows that were not trained on.
    pub expected: Option<f32>,
}

/// An attack that can be carried out.
#[derive(Serialize, Tsify)]
pub struct AttackOffer {
    /// Its entry in the attack table.
    pub entry: AttackEntry,
    /// All parameters: the defaults for this kind of model, with those of the request over them.
    pub params: std::collections::BTreeMap<String, f64>,
    /// Expected seconds on this device; null before a run, or before the device was timed.
    pub seconds: Option<f64>,
}

/// One recommended item.
#[derive(Serialize, Tsify)]
pub struct Recommendation {
    /// The item's id.
    pub item: u32,
    /// Title with the year.
    pub title: String,
    /// Genres; authors if the data have no genres.
    pub genres: Vec<String>,
    /// The model's p(Yes).
    pub p_yes: f32,
    /// Rank, from 1.
    pub rank: u32,
    /// Rank in the other list (before ↔ after), from 1; null without a run.
    pub other_rank: Option<u32>,
}

/// Facts about a model, for display.
#[derive(Serialize, Tsify)]
pub struct ModelFacts {
    /// `items` (a nano: one token per item) or `text` (a language model).
    pub kind: String,
    /// Wording of a language model's prompts.
    pub template: Option<String>,
    /// Number of transformer blocks.
    pub layers: u32,
    /// Hidden size.
    pub width: u32,
    /// Number of tokens in the vocabulary.
    pub vocabulary: u32,
    /// Largest number of rows per set that figures are taken on; null if all are.
    pub evaluated_rows: Option<u32>,
    /// Bytes of the weights in memory.
    pub weight_bytes: u64,
}

/// A reply of the engine.
#[derive(Serialize, Tsify)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one reply exists at a time, and it is turned into a JavaScript object at once")]
pub enum Reply {
    /// Result of starting the device.
    Ready {
        /// `cpu` or `gpu`.
        kind: String,
        /// Display name, such as `CPU · burn-flex, SIMD128` or the adapter's name.
        device: String,
        /// Checks of the self-test; the engine must not be used if one failed.
        checks: Vec<unlearn_core::selftest::Check>,
        /// Losses and logits of the self-test's small run, for a comparison between devices.
        trace: Vec<f32>,
    },
    /// Model and data were loaded.
    Loaded {
        /// Package name.
        model: String,
        /// Dataset key.
        dataset: String,
        /// Hashes of the data.
        data: unlearn_core::data::DataHash,
        /// Why neither the package's figures nor its Retrain are used: the data are not those it was trained on. Null if they are.
        data_mismatch: Option<String>,
        /// What a person should know about how the data were read; sentences without a final dot.
        notes: Vec<String>,
        /// Number of items that anybody rated.
        n_rated: u32,
        /// Number of these that the data describe.
        n_described: u32,
        /// Number of the model's parameters.
        n_params: u64,
        /// Facts about the model.
        about: ModelFacts,
        /// Users with at least one training row, ascending.
        users: Vec<UserSummary>,
        /// Users of the data from whom nothing was learned, ascending: there is nothing to forget.
        never_learned: Vec<UserSummary>,
        /// Genres, most rows first.
        genres: Vec<GenreSummary>,
        /// The method table, from which controls are generated.
        methods: Vec<unlearn_core::unlearn::MethodEntry>,
        /// Figures shipped with the package (original, retrain), with their source.
        shipped: Vec<unlearn_core::report::MethodFigures>,
        /// Set sizes for the standard forget set.
        sizes: unlearn_core::report::SetSizes,
        /// Divergence between two Retrains of different seeds on the standard forget set.
        floor: Option<unlearn_core::metric::Divergence>,
        /// The proxy for Retrain, for the standard forget set.
        proxy: unlearn_core::report::Proxy,
        /// Test-set quality of the logistic baseline; null if it was not computed.
        baseline: Option<unlearn_core::metric::Quality>,
        /// That the model is worse than that baseline, in words; null if it is not, or that is not known yet.
        weakness: Option<String>,
        /// What teaching the model one more person did; null if nobody was taught.
        taught: Option<TeachReport>,
    },
    /// Answer to [`Command::Look`].
    Look {
        /// What was seen.
        look: Box<Look>,
    },
    /// Answer to [`Command::Shelf`].
    Shelf {
        /// The ratings as read.
        shelf: Box<Shelf>,
        /// What each is matched to, in the same order.
        matches: Vec<Match>,
        /// The items that are named there.
        items: Vec<ItemSummary>,
    },
    /// Answer to [`Command::User`].
    User {
        /// The user's id.
        user: u32,
        /// All ratings, oldest first.
        rows: Vec<UserRow>,
    },
    /// Answer to [`Command::Select`].
    Selection {
        /// Sizes of the sets.
        sizes: unlearn_core::report::SetSizes,
        /// Users with at least one forget row.
        n_users: u32,
        /// Student steps of the run, defaults filled in.
        steps: u32,
        /// Expected time of the run on this device, s, from a timed forward pass; null before the first timing.
        seconds: Option<f64>,
        /// Expected time to train Retrain for this set on this device, s.
        retrain_seconds: Option<f64>,
        /// Source of an available Retrain for this set: `shipped`, `this device`, or null.
        retrain: Option<String>,
        /// Estimated memory of a step; null if whole models are trained.
        memory: Option<StepMemory>,
        /// What a model that never saw these rows is expected to answer (cross-fitted); null if that is not known.
        expected: Option<unlearn_core::report::Expectation>,
        /// Why nothing is expected; null if something is.
        expected_missing: Option<String>,
    },
    /// Answer to [`Command::Items`].
    Items {
        /// Matches, most training rows first.
        items: Vec<ItemSummary>,
    },
    /// Answer to [`Command::Recommend`].
    Recommendations {
        /// The original model's best.
        before: Vec<Recommendation>,
        /// The unlearned model's best; null before a run.
        after: Option<Vec<Recommendation>>,
        /// Number of items that were ranked: a large model ranks only the most-rated ones.
        n_compared: u32,
        /// Number of items that could be ranked.
        n_candidates: u32,
    },
    /// Answer to [`Command::Explain`].
    Prompt {
        /// Title of the item.
        title: String,
        /// The original model's answer and attention.
        before: Explanation,
        /// The unlearned model's; null before a run, and if it consists of several models.
        after: Option<Explanation>,
    },
    /// Answer to [`Command::Run`] and [`Command::Retrain`].
    Report {
        /// The report.
        report: Box<unlearn_core::report::Report>,
    },
    /// Answer to [`Command::AttackTable`].
    AttackTable {
        /// One entry per attack.
        attacks: Vec<AttackOffer>,
    },
    /// Answer to [`Command::Attack`].
    Attacks {
        /// The findings.
        report: Box<AttackReport>,
    },
    /// Answer to [`Command::Cases`].
    #[cfg(feature = "text")]
    Cases {
        /// All cases, simple ones first.
        cases: Vec<CaseSummary>,
    },
    /// Answer to [`Command::Conform`].
    #[cfg(feature = "text")]
    Numbers {
        /// The result or results, and the gradients.
        tensors: Vec<Numbers>,
    },
    /// Answer to [`Command::Adapter`].
    Adapter {
        /// `adapter_config.json` and `adapter_model.safetensors`.
        files: Vec<NamedBytes>,
    },
    /// Answer to [`Command::Record`].
    Record {
        /// `report.json`, sealed by its own hash, and `report.html`, a page to be printed.
        files: Vec<NamedBytes>,
    },
    /// The command was carried out and has no result.
    Done,
}
