//! Parameters that several methods share (of a student, of an overfitted model, of shards), and the plan made from them.

use crate::linear::LoraSpec;
use crate::model::Targets;
use crate::train::optim::AdamWSpec;
use crate::unlearn::engine::calibrate::Scaling;
use crate::unlearn::engine::init::StudentSpec;
use crate::unlearn::engine::plan::{StudentPlan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::engine::teachers::{AugmentSpec, Overfit};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use crate::{Error, Result};

/// Upper limit on steps: a longer run is a typing error, and its schedule alone would fill the memory.
const MAX_STEPS: u32 = 100_000;

/// Choices of the layers that an adapter is attached to.
const TARGETS: &[Choice] = &[
    Choice { value: 0.0, label: "query and value" },
    Choice { value: 1.0, label: "all linear layers" },
    Choice { value: 2.0, label: "linear layers and item embedding" },
    Choice { value: 3.0, label: "item embedding" },
];

/// Parameters of every student, with E2URec's tuned values as defaults.
pub(super) mod student {
    use super::{Choice, ParamEntry, TARGETS};

    /// Which layers the adapter is attached to.
    pub const ADAPTER: ParamEntry =
        ParamEntry::choice("targets", "Adapter on", "Which layers the student's adapter reaches.", TARGETS, 2.0);
    /// Rank of the adapter.
    pub const RANK: ParamEntry = ParamEntry::int("rank", "LoRA rank", "Rank of the student's adapter.", [1.0, 64.0, 4.0]);
    /// Scale of the adapter (LoRA's α).
    pub const LORA_ALPHA: ParamEntry =
        ParamEntry::float("lora_alpha", "LoRA alpha", "The adapter's product is scaled by alpha / rank.", [0.5, 128.0, 0.5, 8.0]);
    /// Learning rate of the student.
    pub const LR: ParamEntry = ParamEntry::float("lr", "Learning rate", "AdamW's step size for the student.", [1e-6, 0.1, 1e-4, 3e-3]);
    /// Learning rate schedule.
    pub const DECAY: ParamEntry = ParamEntry::choice(
        "decay",
        "Learning-rate schedule",
        "Constant (the public code), or falling to zero over the run.",
        &[Choice { value: 0.0, label: "constant" }, Choice { value: 1.0, label: "cosine to zero" }],
        1.0,
    );
    /// Forget rows per step.
    pub const BATCH: ParamEntry =
        ParamEntry::int("batch", "Batch", "Forget rows a step; as many retain rows come beside them.", [1.0, 256.0, 32.0]);
    /// Epochs over the forget set.
    pub const EPOCHS: ParamEntry =
        ParamEntry::float("epochs", "Epochs", "Passes of the student over the forget set.", [0.1, 100.0, 0.1, 1.5]);
    /// ε of AdamW.
    pub const EPS: ParamEntry = ParamEntry::float(
        "eps",
        "ε of AdamW",
        "A gradient far below it moves nothing. It keeps rounding from becoming steps where the loss has no gradient yet, as that of KL at the first step.",
        [1e-10, 1e-2, 1e-7, 1e-6],
    );
    /// Weight decay of AdamW.
    pub const WEIGHT_DECAY: ParamEntry = ParamEntry::float(
        "weight_decay",
        "Weight decay",
        "What AdamW takes off the student's adapter in every step, as a share of the step size.",
        [0.0, 10.0, 0.01, 0.0],
    );
    /// Dropout on the adapter's inputs.
    pub const DROPOUT: ParamEntry = ParamEntry::float(
        "dropout",
        "LoRA dropout",
        "Share of the inputs of the adapter's linear layers that each step drops.",
        [0.0, 0.9, 0.05, 0.0],
    );
    /// Smallest number of steps.
    pub const MIN_STEPS: ParamEntry =
        ParamEntry::int("min_steps", "At least so many steps", "A floor for small forget sets.", [1.0, 10000.0, 40.0]);
    /// What the adapter's scale is fitted to.
    pub const SCALE: ParamEntry = ParamEntry::choice(
        "scale",
        "Adapter's scale",
        "After training, the adapter is made as strong as it must be for the forgotten rows to be answered as expected of a model that never saw them.",
        &[
            Choice { value: 0.0, label: "as trained" },
            Choice { value: 1.0, label: "expected loss" },
            Choice { value: 2.0, label: "expected AUC" },
            Choice { value: 3.0, label: "AUC from 1,000 rows, else loss" },
        ],
        0.0,
    );
    /// Whether to stop early.
    pub const STOP: ParamEntry = ParamEntry::choice(
        "stop",
        "Stop early",
        "End the run once the forgotten rows cost what is expected of a model that never saw them.",
        &[Choice { value: 0.0, label: "no" }, Choice { value: 1.0, label: "at the expected loss" }],
        0.0,
    );
}

/// Parameters of a model that is overfitted on the forget rows, for methods that need one.
pub(super) mod tuned {
    use super::{AdamWSpec, AugmentSpec, Overfit, ParamEntry, Params, TaskSizes};

    /// Learning rate of the overfitted model.
    pub const LR: ParamEntry = ParamEntry::float(
        "augment_lr",
        "Overfitted model's learning rate",
        "AdamW's step size for the model that learns the forget set by heart.",
        [1e-6, 0.1, 1e-5, 6e-3],
    );
    /// Batch size of the overfitted model.
    pub const BATCH: ParamEntry =
        ParamEntry::int("augment_batch", "Overfitted model's batch", "Rows a step of the overfitted model.", [1.0, 512.0, 128.0]);
    /// Epochs of the overfitted model over the forget set.
    pub const EPOCHS: ParamEntry =
        ParamEntry::float("augment_epochs", "Overfitted model's epochs", "Its passes over the forget set.", [0.1, 200.0, 0.5, 2.0]);

    /// The tuning spec; `what` selects an adapter of the student's kind or the whole embedding table.
    pub fn spec(p: &Params, what: Overfit, sizes: &TaskSizes) -> AugmentSpec {
        let batch = p["augment_batch"] as usize;
        // Overfitting a few rows takes this model fewer steps than the student needs to follow it.
        let steps = (p["augment_epochs"] * sizes.forget.n_batches(batch) as f64).max(p["min_steps"] / 4.0).ceil() as u32;
        AugmentSpec { what, lr: p["augment_lr"], steps, batch, adamw: AdamWSpec::default() }
    }
}

/// A student's plan from the parameters of [`student`]. A method without a choice of layers sets them itself.
///
/// # Errors
/// If the number of steps is out of range.
pub(super) fn student_plan(p: &Params, sizes: &TaskSizes, forget: Vec<Term>, retain: Vec<Term>) -> Result<StudentPlan> {
    let plan = StudentPlan::new(student_spec(p, sizes)?, p["batch"] as usize, forget, retain);
    Ok(StudentPlan { stop: p["stop"] == 1.0, scaling: scaling(p), ..plan })
}

/// The choice of [`student::SCALE`].
pub(super) fn scaling(p: &Params) -> Scaling {
    match p["scale"] as u32 {
        0 => Scaling::AsTrained,
        1 => Scaling::Loss,
        2 => Scaling::Auc,
        _ => Scaling::Suited,
    }
}

/// The choice of [`student::ADAPTER`]; the linear layers for a method without it.
pub(super) fn targets(p: &Params) -> Targets {
    match p.get(student::ADAPTER.id).copied().unwrap_or(1.0) as u32 {
        0 => Targets::QueryValue,
        1 => Targets::Linear,
        2 => Targets::LinearEmbedding,
        _ => Targets::Embedding,
    }
}

/// The student's spec from the parameters of [`student`].
///
/// # Errors
/// If the number of steps is out of range.
pub(super) fn student_spec(p: &Params, sizes: &TaskSizes) -> Result<StudentSpec> {
    let n_steps = sizes.steps.unwrap_or_else(|| epochs_as_steps(p, sizes.forget.n_batches(p["batch"] as usize)));
    if !(1..=MAX_STEPS).contains(&n_steps) {
        return Err(Error::setting("steps", format!("must be between 1 and {MAX_STEPS}"), n_steps));
    }
    let lora = LoraSpec { rank: p["rank"] as usize, alpha: p["lora_alpha"] };
    // A method whose student has these settings fixed has no parameters for them.
    let given = |id: &str, otherwise: f64| p.get(id).copied().unwrap_or(otherwise);
    let adamw = AdamWSpec {
        weight_decay: given(student::WEIGHT_DECAY.id, student::WEIGHT_DECAY.default),
        eps: given(student::EPS.id, student::EPS.default),
        decays_untouched: false,
        ..AdamWSpec::default()
    };
    let dropout = given(student::DROPOUT.id, student::DROPOUT.default);
    Ok(StudentSpec { lora, targets: targets(p), lr: p["lr"], cosine: p["decay"] == 1.0, n_steps, adamw, dropout })
}

/// Steps of the student's epochs, each of so many batches; at least as many as the parameters ask for.
pub(super) fn epochs_as_steps(p: &Params, n_batches: usize) -> u32 {
    (p["epochs"] * n_batches as f64).ceil().max(p["min_steps"]) as u32
}

/// Which loss preserves the other answers.
pub(super) const RETAIN: ParamEntry = ParamEntry::choice(
    "retain",
    "Retain loss",
    "The true answers of the other rows, or the original’s.",
    &[Choice { value: 0.0, label: "true answers" }, Choice { value: 1.0, label: "KL to the original" }],
    1.0,
);

/// The retain term that [`RETAIN`] selects, with weight [`ALPHA`].
pub(super) fn retain_term(p: &Params) -> Term {
    Term::new(if p["retain"] == 0.0 { Teacher::Truth } else { Teacher::Original }, p["alpha"])
}

/// α, the weight of the retain term.
pub(super) const ALPHA: ParamEntry =
    ParamEntry::float("alpha", "α, weight of the retain loss", "How much the other rows count.", [0.0, 10.0, 0.05, 1.0]);

/// Number of shards.
pub(super) const SHARDS: ParamEntry =
    ParamEntry::int("shards", "Shards", "Models, each over its own part of the training rows.", [2.0, 8.0, 2.0]);
/// Epochs of every shard.
pub(super) const EPOCHS: ParamEntry = ParamEntry::int("epochs", "Epochs", "Passes of every shard over its rows.", [1.0, 20.0, 1.0]);

/// Whether the named parameter is the adapter factor that is initialised to zero: B of a linear layer or of an embedding.
pub(super) fn is_grown(name: &str) -> bool {
    name.ends_with("lora_B.weight") || name.ends_with("lora_embedding_A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::batch::LengthCounts;

    /// 400 rows of a language model in 41 lengths make 63 batches of at most 16, not 25.
    #[test]
    fn an_epoch_is_as_many_steps_as_batches() {
        let forget: LengthCounts = (0..23).map(|k| (100 + k, 1)).chain((0..17).map(|k| (130 + k, 17))).chain([(150, 88)]).collect();
        assert_eq!((forget.n_rows(), forget.n_batches(16)), (400, 63));
        let sizes = TaskSizes { forget: forget.clone(), requests: vec![forget], ..TaskSizes::of_one_length(400, 4000) };
        let p = |pairs: &[(&str, f64)]| -> Params {
            let usual =
                [("rank", 4.0), ("lora_alpha", 8.0), ("lr", 1e-3), ("decay", 0.0), ("batch", 16.0), ("epochs", 1.0), ("min_steps", 1.0)];
            let tuned = [("augment_lr", 1e-3), ("augment_batch", 16.0), ("augment_epochs", 2.0)];
            usual.iter().chain(&tuned).chain(pairs).map(|(id, value)| ((*id).to_owned(), *value)).collect()
        };
        let n = |pairs: &[(&str, f64)]| student_spec(&p(pairs), &sizes).unwrap().n_steps;
        assert_eq!((n(&[]), n(&[("epochs", 1.5)]), n(&[("min_steps", 200.0)])), (63, 95, 200));
        assert_eq!(tuned::spec(&p(&[]), Overfit::Embedding, &sizes).steps, 126);
        // Rows of one length: as before.
        assert_eq!(student_spec(&p(&[]), &TaskSizes::of_one_length(400, 4000)).unwrap().n_steps, 25);
    }
}
