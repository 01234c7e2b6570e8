//! KGA (knowledge gap alignment): the student is to be as far from a model that knows the forget rows as the original is from one that knows fresh data.
//!
//! `| KL(A_f ‖ θ) on D_f − KL(o ‖ A_n) on D_n | + w KL(o ‖ θ) on D_r`, with A_f and A_n the original tuned on the forget rows D_f and on fresh
//! rows D_n: validation rows of people without a training row. Adapted: A_f and A_n are adapters on the original instead of whole models, and every step
//! has retain rows, where the paper's code takes ten such steps after each alignment.

use super::curve::Curve;
use super::plan::{Plan, Setting, Teacher, Term, student, student_plan, tuned};
use super::presets::{presets, with_student};
use super::teachers::Overfit;
use super::{Family, MethodEntry, ParamEntry, Params, Preset};
use crate::Result;

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

fn plan(p: &Params, setting: &Setting) -> Result<Plan> {
    let mut plan = student_plan(p, setting, Vec::new(), vec![Term::new(Teacher::Original, p["keep"])])?;
    let tuned = tuned::spec(p, Overfit::Adapter(plan.student.lora, plan.student.targets), setting);
    plan.forget.push(Term { curve: Curve::Gap, ..Term::new(Teacher::Tuned(tuned), 1.0) });
    Ok(Plan::Student(plan))
}
