//! Bad-T (bad teacher), as compared in the E2URec paper: `CE_r + w · L_f`. L_f is the cross entropy of the flipped answer (the public code) or KL
//! to a randomly initialised model (the paper's text).

use super::common::{student, student_plan};
use super::presets::{language_model, published, with_student};
use crate::Result;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "badt",
    label: "Bad-T",
    family: Family::Paper,
    citation: "Chundawat et al. 2023, arXiv 2205.08096; as in arXiv 2403.03536",
    summary: "A bad teacher is followed on the forgotten rows: one that gives the opposite answer, or one that knows nothing. The true answers are kept \
              on the others.",
    params: with_student!([
        ParamEntry::float("w", "w, weight of the bad teacher", "How much the forget rows count.", [0.0, 5.0, 0.05, 0.3]),
        ParamEntry::choice(
            "teacher",
            "Bad teacher",
            "The opposite answer (the public code), or a model with random weights (the paper's text).",
            &[Choice { value: 0.0, label: "opposite answer" }, Choice { value: 1.0, label: "random model" }],
            0.0,
        ),
    ], lr 1e-3, stop 1.0),
    presets: &[
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "Chosen among eight settings on another forget set with a Retrain of its own.",
            params: &[],
        },
        Preset {
            id: "published",
            label: "As published",
            note: "The public code's settings: opposite answers at weight 0.2, rank 16 on query and value, constant rate.",
            params: published![("w", 0.2)],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "An adapter on the linear layers and small batches, as a model of a hundred million weights needs. Not tuned.",
            params: language_model![],
        },
        Preset {
            id: "random",
            label: "Random teacher",
            note: "The paper's text: KL to a model with random weights, with the public code's other settings.",
            params: published![("teacher", 1.0), ("w", 0.2)],
        },
    ],
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let teacher = if p["teacher"] == 0.0 { Teacher::Flipped } else { Teacher::Random };
    Ok(Plan::Student(student_plan(p, sizes, vec![Term::new(teacher, p["w"])], vec![Term::new(Teacher::Truth, 1.0)])?))
}
