//! SatImp (saturation × importance, arXiv 2505.11953): `−γ sg[p^β₁ (1 − p)^β₂] ℓ` on forget rows, plus a retain term. sg holds the weight fixed for the
//! gradient.
//!
//! p^β₁ is saturation: what is forgotten already is left alone. (1 − p)^β₂ is importance: of what is known, the less certain counts more, since it is
//! what fine-tuning taught and what moves most easily. An answer is one token, so the paper's weight of a token is here the weight of a row. Over
//! {No, Yes} p is seldom below a half, so the published β₁ 5 makes the weights small and γ large.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::presets::{presets, with_student};
use super::wga::GAMMA;
use crate::Result;
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "satimp",
    label: "SatImp",
    family: Family::Ascent,
    citation: "Yang et al. 2025, Exploring Criteria of Loss Reweighting, arXiv 2505.11953",
    summary: "Ascent with two weights: rows that are forgotten already are left alone, and so are those whose answer is too sure to move without harm.",
    params: with_student!([
        ParamEntry::float("saturation", "β₁, saturation", "Larger leaves an answer alone sooner once it has become improbable.", [0.0, 20.0, 0.05, 5.0]),
        ParamEntry::float("importance", "β₂, importance", "Larger leaves sure answers alone.", [0.0, 20.0, 0.05, 1.0]),
        GAMMA.default(3.0),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 0.0),
    presets: presets!(brief; published "The public code’s weights (β₁ 5, β₂ 1, γ 1, α 0.1, the true answers) with the student of E2URec’s public code.",
        [("saturation", 5.0), ("importance", 1.0), ("gamma", 1.0), ("alpha", 0.1), ("retain", 0.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let shape = LossShape::Weighted { saturation: p["saturation"], importance: p["importance"] };
    let forget = Term { shape, ..Term::new(Teacher::Truth, -p["gamma"]) };
    Ok(Plan::Student(student_plan(p, sizes, vec![forget], vec![retain_term(p)])?))
}
