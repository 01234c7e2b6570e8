//! SimNPO: NPO without the original, `−(2 / β) log σ(−(β / |y|) log p_θ(y) − δ)`; an answer is one token, so |y| is 1.

use super::curve::Curve;
use super::grad_diff::{ALPHA, RETAIN, retain_term};
use super::npo::{BETA, GAMMA};
use super::plan::{Plan, Setting, Teacher, Term, student, student_plan};
use super::presets::{presets, with_student};
use super::{Family, MethodEntry, ParamEntry, Params, Preset};
use crate::Result;

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

fn plan(p: &Params, setting: &Setting) -> Result<Plan> {
    let curve = Curve::Preference { beta: p["beta"], margin: p["delta"], beside_original: false };
    let forget = Term { curve, ..Term::new(Teacher::Truth, p["gamma"]) };
    Ok(Plan::Student(student_plan(p, setting, vec![forget], vec![retain_term(p)])?))
}
