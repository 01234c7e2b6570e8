//! EUL (efficient unlearning, arXiv 2310.20150): an adapter behind every feed-forward layer learns to answer differently on the forget rows.
//!
//! The loss is `α KL(o ‖ θ) + λ ℓ` on retain rows and `−min(KL(o ‖ θ), c) − γ ℓ` on forget rows. Adapted: the adapter is a LoRA on each
//! feed-forward layer's output projection, a linear map, as the fusion of several requests requires. The paper's masked-language-model term −γ L_LM
//! is the loss of the answer itself, since a recommender's head scores nothing else. The cap c is ours: in the paper's text the subtracted KL is
//! unbounded.

use super::common::{epochs_as_steps, student, student_plan};
use super::fuse::FusedStudents;
use super::presets::{recommended, with_student};
use crate::Result;
use crate::data::batch::LengthCounts;
use crate::model::Targets;
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "eul",
    label: "EUL",
    family: Family::Inner,
    citation: "Chen and Yang 2023, Unlearn What You Want to Forget, arXiv 2310.20150",
    summary: "An adapter on every feed-forward layer moves the forgotten rows’ answers away from the original’s, up to a bound, and keeps the others. \
              Adapters of several requests can be fused into one.",
    params: with_student!([
        ParamEntry::float("alpha", "α, weight of the original’s answers", "How much they count on the other rows.", [0.0, 5.0, 0.05, 0.8]),
        ParamEntry::float("lambda", "λ, weight of the true answers", "How much they count on the other rows.", [0.0, 5.0, 0.05, 1.0]),
        ParamEntry::float("gamma", "γ, weight of ascent", "How much the forget rows’ loss is pushed up.", [0.0, 5.0, 0.05, 0.2]),
        ParamEntry::float(
            "most",
            "Farthest, nats",
            "A larger distance from the original on forget rows is not asked for.",
            [0.001, 5.0, 0.001, 0.3],
        ),
        ParamEntry::choice(
            "fuse",
            "Several requests",
            "Whether each of several requests gets an adapter of its own, which are fused, or all of them one.",
            &[Choice { value: 0.0, label: "one adapter" }, Choice { value: 1.0, label: "fused" }],
            1.0,
        ),
    ], rank 16.0, lr 3e-3, stop 1.0),
    presets: &[
        recommended!(tuned),
        Preset {
            id: "published",
            label: "As published",
            note: "The paper’s weights (α 0.8, λ 1, γ 0.2), with a cap of one nat.",
            params: &[
                ("alpha", 0.8),
                ("lambda", 1.0),
                ("gamma", 0.2),
                ("most", 1.0),
                ("lr", 1e-3),
                ("decay", 0.0),
                ("batch", 16.0),
                ("epochs", 2.0),
                ("min_steps", 1.0),
                ("stop", 0.0),
            ],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "Small batches, as a model of a hundred million weights needs. Not tuned.",
            params: &[("rank", 8.0), ("lora_alpha", 16.0), ("lr", 1e-3), ("batch", 8.0), ("min_steps", 16.0)],
        },
    ],
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let away = Term { shape: LossShape::Capped { most: p["most"] }, ..Term::new(Teacher::Original, -1.0) };
    let forget = vec![away, Term::new(Teacher::Truth, -p["gamma"])];
    let retain = vec![Term::new(Teacher::Original, p["alpha"]), Term::new(Teacher::Truth, p["lambda"])];
    let fuses = sizes.requests.len() > 1 && p["fuse"] == 1.0;
    // Each request that is fused has a student of its own, and so batches of its own.
    let n_batches = |requests: &[LengthCounts]| requests.iter().map(|rows| rows.n_batches(p["batch"] as usize)).sum();
    let of_requests = || epochs_as_steps(p, n_batches(&sizes.requests));
    let sizes = TaskSizes { steps: if fuses { sizes.steps.or_else(|| Some(of_requests())) } else { sizes.steps }, ..sizes.clone() };
    let mut plan = student_plan(p, &sizes, forget, retain)?;
    plan.student.targets = Targets::FeedForward;
    Ok(if fuses { Plan::Procedure(Arc::new(FusedStudents(plan))) } else { Plan::Student(plan) })
}
