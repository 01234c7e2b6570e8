//! SimNPO (arXiv 2410.07163): NPO without the original, `−(2 / β) log σ(−(β / |y|) log p_θ(y) − δ)`. An answer is one token, so |y| is 1.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::npo::{BETA, GAMMA};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "simnpo",
    label: "SimNPO",
    family: Family::Ascent,
    citation: "Fan et al. 2024, Simplicity Prevails, arXiv 2410.07163",
    summary: "NPO that asks how probable an answer is, not how much more probable than before: rows that were never learned are left alone.",
    params: with_student!([
        BETA.default(1.0),
        ParamEntry::float("delta", "δ, margin", "How improbable an answer must become before it is left alone.", [0.0, 5.0, 0.05, 0.0]),
        GAMMA.default(0.6),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "open-unlearning’s weights (β 4.5, δ 0, γ 0.125, α 1, the true answers) with the student of E2URec’s public code.",
        [("beta", 4.5), ("delta", 0.0), ("gamma", 0.125), ("alpha", 1.0), ("retain", 0.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let shape = LossShape::Preference { beta: p["beta"], margin: p["delta"], beside_original: false };
    let forget = Term { shape, ..Term::new(Teacher::Truth, p["gamma"]) };
    Ok(Plan::Student(student_plan(p, sizes, vec![forget], vec![retain_term(p)])?))
}
