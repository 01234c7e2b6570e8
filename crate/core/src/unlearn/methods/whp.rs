//! Who's Harry Potter: the student learns the answers of a model that has no information to go by.
//!
//! With g the original o tuned on the forget rows, the target is `v = v_b − α ReLU(v_g − v_o)`, trained on the forget rows alone. v_b is o's answer
//! to the same prompt with every item of the history replaced by “a movie” (`[unk]` for a nano). Adapted: the paper has a dictionary of names and
//! their generic counterparts; here the items of a user's history are the names, and the item in question stays. α about 5 is a survey's value.

use super::common::{student, student_plan, tuned};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::calibrate::Alpha;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::engine::teachers::{LogitDifference, Overfit};
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "whp",
    label: "Who’s Harry Potter",
    family: Family::Teacher,
    citation: "Eldan and Russinovich 2023, arXiv 2310.02238",
    summary: "A model that knows the forgotten rows by heart shows what is theirs; the student learns the answers without it, as if the history named nothing.",
    params: with_student!([
        ParamEntry::float("alpha", "α, strength of forgetting", "How far the answers step back from what the overfitted model knows.", [0.0, 10.0, 0.05, 4.0]),
        ParamEntry::choice(
            "generic",
            "Answers to begin from",
            "The original’s to a history that names nothing, or to the history itself.",
            &[Choice { value: 0.0, label: "the history itself" }, Choice { value: 1.0, label: "nothing named" }],
            1.0,
        ),
        ParamEntry::choice(
            "tuned",
            "Overfitted model",
            "Which of its numbers are tuned.",
            &[Choice { value: 0.0, label: "adapter" }, Choice { value: 1.0, label: "embedding" }],
            1.0,
        ),
        tuned::LR,
        tuned::BATCH,
        tuned::EPOCHS,
    ], lr 1e-3, stop 0.0),
    presets: presets!(tuned; published "α 5 as told of the paper, histories that name nothing, with the student of E2URec’s public code.",
        [("alpha", 5.0), ("generic", 1.0), ("tuned", 0.0), ("augment_lr", 1e-3), ("augment_batch", 16.0)];
        text [("tuned", 0.0), ("augment_lr", 2e-3), ("augment_batch", 8.0)]),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let mut plan = student_plan(p, sizes, Vec::new(), Vec::new())?;
    let what = if p["tuned"] == 0.0 { Overfit::Adapter(plan.student.lora, plan.student.targets) } else { Overfit::Embedding };
    let augment = tuned::spec(p, what, sizes);
    let teacher =
        Teacher::Forgetting { augment, alpha: Alpha::Given(p["alpha"]), difference: LogitDifference::Relu, generic: p["generic"] == 1.0 };
    plan.forget.push(Term::new(teacher, 1.0));
    Ok(Plan::Student(plan))
}
