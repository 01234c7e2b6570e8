//! The worker's messages. The page's types are generated from this file; nothing else crosses the boundary.

use crate::files::NamedBytes;
use serde::{Deserialize, Serialize};
use tsify::Tsify;
use unlearn_core::attack::{AttackEntry, AttackReport, AttackRequest};
use unlearn_core::lab::{Explanation, StepMemory};
use unlearn_core::report::{ForgetSpec, RunRequest};

/// What the page may ask of the engine.
#[derive(Serialize, Deserialize, Tsify)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Start the device and check its arithmetic. Answers [`Reply::Ready`].
    Start,
    /// Load a model package and the data it was trained on. Answers [`Reply::Loaded`].
    Load {
        /// Files of the model package.
        model: Vec<NamedBytes>,
        /// Files of the data set (a zip counts as one file).
        data: Vec<NamedBytes>,
    },
    /// Train the original model on the user's own data, on this device, in place of a package; what was loaded stays if it fails. Emits
    /// events; answers [`Reply::Loaded`].
    Train {
        /// Files of the data set (a zip counts as one file).
        data: Vec<NamedBytes>,
        /// Seed of start, order and dropout.
        seed: u32,
        /// Passes over the data.
        epochs: u32,
    },
    /// Take the package's Retrain (`retrain.safetensors`), which comes after the page is usable. Answers [`Reply::Done`].
    AddRetrain {
        /// Its content.
        #[serde(with = "serde_bytes")]
        #[tsify(type = "Uint8Array")]
        bytes: Vec<u8>,
    },
    /// One user's interactions. Answers [`Reply::User`].
    User {
        /// The user's number.
        user: u32,
    },
    /// What a forget spec selects, and what it will cost. Answers [`Reply::Selection`].
    Select {
        /// Method, forget spec, parameters.
        request: RunRequest,
    },
    /// Items by title, for picking. Answers [`Reply::Items`].
    Items {
        /// Part of a title, any case.
        query: String,
        /// At most so many.
        limit: u32,
    },
    /// The k best unseen items of a user, before and after. Answers [`Reply::Recommendations`].
    Recommend {
        /// The user's number.
        user: u32,
        /// How many, 1..=100.
        k: u32,
    },
    /// Unlearn. Emits events; answers [`Reply::Report`].
    Run {
        /// The request.
        request: RunRequest,
        /// Steps between two [`Checkpoint`]s; 0 for none.
        #[serde(default)]
        checkpoint_every: u32,
        /// Files of the checkpoint to go on from; none to begin.
        #[serde(default)]
        resume: Vec<NamedBytes>,
    },
    /// Train Retrain for this forget set on this device; later runs of the same set use it. Emits events; answers [`Reply::Report`]
    /// with the rows `original` and `retrain`.
    Retrain {
        /// What to leave out.
        forget: ForgetSpec,
        /// Seed.
        seed: u32,
    },
    /// What the models read of a person and an item, and how they answer. Answers [`Reply::Prompt`].
    Explain {
        /// The user's number.
        user: u32,
        /// The item's number.
        item: u32,
    },
    /// The adapter of the last run in PEFT's layout. Answers [`Reply::Adapter`].
    Adapter,
    /// The forgetting report of the last run, to be filed. Answers [`Reply::Record`].
    Record {
        /// When it is made, ISO 8601.
        made: String,
    },
    /// Which attacks there are, and what those of a request will cost. Answers [`Reply::AttackTable`].
    AttackTable {
        /// Attacks (all if none is named) and parameters.
        request: AttackRequest,
    },
    /// Attack what the last run left. Emits events; answers [`Reply::Attacks`].
    Attack {
        /// Attacks (all if none is named) and parameters.
        request: AttackRequest,
    },
    /// Drop the adapter and every figure of this device's runs. Answers [`Reply::Done`].
    Reset,
    /// Which cases the conformance page can run. Answers [`Reply::Cases`]. Not in the module `cpu`, nor are the next three.
    #[cfg(feature = "text")]
    Cases,
    /// Compute one of them. Answers [`Reply::Numbers`].
    #[cfg(feature = "text")]
    Conform {
        /// Its id.
        case: String,
    },
    /// Multiply matrices `[n, n]`, so many times, and read one number: for a clock. Answers [`Reply::Done`].
    #[cfg(feature = "text")]
    Product {
        /// Rows and columns.
        n: u32,
        /// How many products.
        times: u32,
    },
    /// Destroy the GPU device, as a driver's failure would: a drill. Answers [`Reply::Done`].
    #[cfg(feature = "text")]
    Lose,
}

/// What a run can go on from after `step` steps; told like an event. A file takes the place of an earlier one of its name, others stay.
#[derive(Serialize, Tsify)]
#[serde(tag = "type", rename = "checkpoint")]
pub struct Checkpoint {
    /// Step of the student.
    pub step: u32,
    /// New files.
    pub files: Vec<NamedBytes>,
}

/// What steers a run in progress; handled between two steps.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Stand still after the current step.
    Pause,
    /// Go on.
    Resume,
    /// One step, then stand still.
    Step,
    /// End the run; nothing of it is kept.
    Cancel,
}

/// A case of the conformance page.
#[cfg(feature = "text")]
#[derive(Serialize, Tsify)]
pub struct CaseSummary {
    /// What a query names it by.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Largest difference that counts as right, relative to a tensor's largest number.
    pub bound: f64,
}

/// A tensor of a case.
#[cfg(feature = "text")]
#[derive(Serialize, Tsify)]
pub struct Numbers {
    /// `y` for a result, `dx` for the gradient of x.
    pub name: String,
    /// Row-major.
    pub values: Vec<f32>,
}

/// A user who can be chosen.
#[derive(Serialize, Tsify)]
pub struct UserSummary {
    /// The user's number.
    pub user: u32,
    /// Training rows: what forgetting the user means.
    pub n_train: u32,
    /// All ratings.
    pub n_ratings: u32,
    /// Whether the user is one of the paper's 20 %.
    pub standard: bool,
}

/// A genre that can be chosen.
#[derive(Serialize, Tsify)]
pub struct GenreSummary {
    /// Its name.
    pub name: String,
    /// Training rows whose target has it.
    pub n_train: u32,
}

/// An item with its title.
#[derive(Serialize, Tsify)]
pub struct ItemSummary {
    /// The item's number.
    pub item: u32,
    /// Title with the year.
    pub title: String,
    /// Genres; authors where the data has no genres.
    pub genres: Vec<String>,
    /// Training rows with this target.
    pub n_train: u32,
}

/// One rating of a user, newest last.
#[derive(Serialize, Tsify)]
pub struct UserRow {
    /// The item's number.
    pub item: u32,
    /// Title with the year.
    pub title: String,
    /// Genres; authors where the data has no genres.
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
}

/// An attack that can be made.
#[derive(Serialize, Tsify)]
pub struct AttackOffer {
    /// Its entry in the attack table.
    pub entry: AttackEntry,
    /// Every parameter with the value that suits the model, those of the request over it.
    pub params: std::collections::BTreeMap<String, f64>,
    /// Expected seconds on this device; null before a run, or before the device was timed.
    pub seconds: Option<f64>,
}

/// One recommended item.
#[derive(Serialize, Tsify)]
pub struct Recommendation {
    /// The item's number.
    pub item: u32,
    /// Title with the year.
    pub title: String,
    /// Genres; authors where the data has no genres.
    pub genres: Vec<String>,
    /// p(Yes).
    pub p_yes: f32,
    /// Rank, from 1.
    pub rank: u32,
    /// Rank in the other list (before ↔ after), from 1; null without a run.
    pub other_rank: Option<u32>,
}

/// What the page says of a model.
#[derive(Serialize, Tsify)]
pub struct ModelFacts {
    /// `items` (a nano: one token an item) or `text` (a language model).
    pub kind: String,
    /// Wording of a language model's prompts.
    pub template: Option<String>,
    /// Blocks.
    pub layers: u32,
    /// Width of a token's vector.
    pub width: u32,
    /// Tokens.
    pub vocabulary: u32,
    /// Rows of a set that figures are taken on, where the model is too large for all.
    pub evaluated_rows: Option<u32>,
    /// Bytes of its weights in memory.
    pub weight_bytes: u64,
}

/// What the engine answers.
#[derive(Serialize, Tsify)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one reply exists at a time, and it is turned into a JavaScript object at once")]
pub enum Reply {
    /// The device works, or why it does not.
    Ready {
        /// `cpu` or `gpu`.
        kind: String,
        /// For the badge, e.g. `CPU · burn-flex, SIMD128` or the adapter's name.
        device: String,
        /// The self-test; the engine is not to be used if one is not ok.
        checks: Vec<unlearn_core::selftest::Check>,
        /// Losses and logits of the self-test's small run, to be compared between devices.
        trace: Vec<f32>,
    },
    /// Model and data fit and are ready.
    Loaded {
        /// Package name.
        model: String,
        /// Data set key.
        dataset: String,
        /// Numbers in the model.
        n_params: u32,
        /// Its shape.
        about: ModelFacts,
        /// Users with at least one training row, ascending.
        users: Vec<UserSummary>,
        /// Genres, most rows first.
        genres: Vec<GenreSummary>,
        /// The method table: controls are generated from it.
        methods: Vec<unlearn_core::unlearn::MethodEntry>,
        /// Figures shipped with the package (original, retrain) and what they were measured on.
        shipped: Vec<unlearn_core::report::MethodFigures>,
        /// Sizes for the standard forget set.
        sizes: unlearn_core::report::SetSizes,
        /// Divergence between two Retrains of different seed on the standard forget set.
        floor: Option<unlearn_core::report::Divergence>,
        /// The stand-in for Retrain, for the standard forget set.
        proxy: unlearn_core::report::Proxy,
        /// Test-set quality of the logistic baseline; null where it was not computed.
        baseline: Option<unlearn_core::report::Quality>,
    },
    /// Answer to [`Command::User`].
    User {
        /// The user's number.
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
        /// Expected seconds of the run on this device, from a timed step; null before the first timing.
        seconds: Option<f64>,
        /// Expected seconds to train Retrain for this set here.
        retrain_seconds: Option<f64>,
        /// Whether a Retrain is at hand for this set: `shipped`, `this device`, or null.
        retrain: Option<String>,
        /// What a step will hold in memory; null where whole models are trained.
        memory: Option<StepMemory>,
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
        /// Items that were compared: a large model is asked about the most rated ones only.
        n_compared: u32,
        /// Items that could have been.
        n_candidates: u32,
    },
    /// Answer to [`Command::Explain`].
    Prompt {
        /// Title of the item.
        title: String,
        /// The original model's reading.
        before: Explanation,
        /// The unlearned model's; null before a run, and where it is several models.
        after: Option<Explanation>,
    },
    /// Answer to [`Command::Run`] and [`Command::Retrain`].
    Report {
        /// The report.
        report: Box<unlearn_core::report::Report>,
    },
    /// Answer to [`Command::AttackTable`].
    AttackTable {
        /// One an attack.
        attacks: Vec<AttackOffer>,
    },
    /// Answer to [`Command::Attack`].
    Attacks {
        /// What they found.
        report: Box<AttackReport>,
    },
    /// Answer to [`Command::Cases`].
    #[cfg(feature = "text")]
    Cases {
        /// All of them, simple ones first.
        cases: Vec<CaseSummary>,
    },
    /// Answer to [`Command::Conform`].
    #[cfg(feature = "text")]
    Numbers {
        /// The result, or results, and the gradients.
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
    /// Nothing to answer.
    Done,
}
