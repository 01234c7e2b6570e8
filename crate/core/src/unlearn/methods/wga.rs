//! WGA (weighted gradient ascent, arXiv 2502.19301): `−γ sg[p^β] ℓ` on forget rows, plus a retain term. sg holds the weight fixed for the gradient.
//!
//! The weight p^β takes back what makes plain ascent diverge: its gradient is (1 − p), largest where the answer is already improbable. An answer is one
//! token, so the paper's weight of a token is here the weight of a row.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};

/// γ, the weight of the weighted ascent.
pub(super) const GAMMA: ParamEntry =
    ParamEntry::float("gamma", "γ, weight of ascent", "How much the forget rows’ loss is pushed up.", [0.0, 100.0, 0.05, 0.5]);

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "wga",
    label: "WGA",
    family: Family::Ascent,
    citation: "Wang et al. 2025, Rethinking LLM Unlearning Objectives, arXiv 2502.19301",
    summary: "Ascent in which a row counts the more, the better its answer is still known: what is forgotten is left alone.",
    params: with_student!([
        ParamEntry::float("beta", "β, how soon it is enough", "Larger leaves an answer alone sooner once it has become improbable.", [0.0, 20.0, 0.05, 2.0]),
        GAMMA,
        ALPHA,
        RETAIN,
    ], lr 1e-3, stop 0.0),
    presets: presets!(brief; published "open-unlearning’s weights (β 1, γ 1, α 1, the true answers) with the student of E2URec’s public code.",
        [("beta", 1.0), ("gamma", 1.0), ("alpha", 1.0), ("retain", 0.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let shape = LossShape::Weighted { saturation: p["beta"], importance: 0.0 };
    let forget = Term { shape, ..Term::new(Teacher::Truth, -p["gamma"]) };
    Ok(Plan::Student(student_plan(p, sizes, vec![forget], vec![retain_term(p)])?))
}
