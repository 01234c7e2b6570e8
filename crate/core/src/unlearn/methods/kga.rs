//! KGA (knowledge gap alignment, arXiv 2305.06535): on forget rows the student should diverge from a model that knows them as much as the original
//! diverges from one that knows fresh data.
//!
//! The loss is `| KL(A_f ‖ θ) on D_f − KL(o ‖ A_n) on D_n | + w KL(o ‖ θ) on D_r`. A_f and A_n are the original tuned on the forget rows D_f and on
//! fresh rows D_n: validation rows of users without training rows. Adapted: A_f and A_n are adapters on the original instead of whole models, and
//! every step has retain rows, where the paper's code takes ten such steps after each alignment.

use super::common::{student, student_plan, tuned};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::engine::teachers::Overfit;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "kga",
    label: "KGA",
    family: Family::Teacher,
    citation: "Wang et al. 2023, arXiv 2305.06535",
    summary: "Two models tuned by heart, one on the forgotten rows and one on rows nobody learned, show how far apart knowing and not knowing are. The \
              student takes that distance from the first, and keeps the original’s other answers.",
    params: with_student!([
        ParamEntry::float("keep", "Weight of keeping", "How much the original’s answers to the others count.", [0.0, 10.0, 0.05, 4.0]),
        tuned::LR,
        tuned::BATCH,
        tuned::EPOCHS.default(5.0),
    ], lr 3e-3, stop 0.0),
    presets: presets!(tuned; published "The paper’s loss with equal weights and the student of E2URec’s public code.",
        [("keep", 1.0), ("augment_lr", 1e-3), ("augment_batch", 16.0)]; text [("augment_lr", 2e-3), ("augment_batch", 8.0)]),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let mut plan = student_plan(p, sizes, Vec::new(), vec![Term::new(Teacher::Original, p["keep"])])?;
    let tuned = tuned::spec(p, Overfit::Adapter(plan.student.lora, plan.student.targets), sizes);
    plan.forget.push(Term { shape: LossShape::Gap, ..Term::new(Teacher::Tuned(tuned), 1.0) });
    Ok(Plan::Student(plan))
}
