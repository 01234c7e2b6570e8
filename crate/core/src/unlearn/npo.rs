//! NPO (negative preference optimisation): `(2 / β) log(1 + (p_θ(y) / p_o(y))^β)` on forget rows, beside a retain term.
//!
//! Its gradient is that of ascent, times how far the answer is still more probable than it may be: the slope ends where ascent would run away.

use super::curve::Curve;
use super::grad_diff::{ALPHA, RETAIN, retain_term};
use super::plan::{Plan, Setting, Teacher, Term, student, student_plan};
use super::presets::{presets, with_student};
use super::{Family, MethodEntry, ParamEntry, Params, Preset};
use crate::Result;

/// β.
pub(super) const BETA: ParamEntry = ParamEntry::float(
    "beta",
    "β, how soon it is enough",
    "Larger fades sooner once an answer has become improbable.",
    [0.01, 20.0, 0.05, 2.0],
);
/// γ.
pub(super) const GAMMA: ParamEntry =
    ParamEntry::float("gamma", "γ, weight of forgetting", "How much the forget rows count.", [0.0, 10.0, 0.05, 0.5]);

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "npo",
    label: "NPO",
    family: Family::Ascent,
    citation: "Zhang et al. 2024, arXiv 2404.05868",
    summary: "Ascent with a brake: an answer is pushed away less and less, the less probable it is than under the original model.",
    params: with_student!([BETA, GAMMA, ALPHA, RETAIN], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "open-unlearning’s weights (β 0.1, γ 1, α 1, the true answers) with the student of E2URec’s public code.",
        [("beta", 0.1), ("gamma", 1.0), ("alpha", 1.0), ("retain", 0.0)]; text []),
    plan,
};

/// The term over the forget rows.
pub(super) fn term(p: &Params) -> Term {
    let curve = Curve::Preference { beta: p["beta"], margin: 0.0, beside_original: true };
    Term { curve, ..Term::new(Teacher::Truth, p["gamma"]) }
}

fn plan(p: &Params, setting: &Setting) -> Result<Plan> {
    Ok(Plan::Student(student_plan(p, setting, vec![term(p)], vec![retain_term(p)])?))
}
