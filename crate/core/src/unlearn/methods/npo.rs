//! NPO (negative preference optimisation, arXiv 2404.05868): `(2 / β) log(1 + (p_θ(y) / p_o(y))^β)` on forget rows, plus a retain term.
//!
//! Its gradient is that of ascent, weighted by how probable the answer still is relative to the original. It fades where plain ascent would
//! diverge.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};

/// β: a larger value makes the gradient fade sooner.
pub(super) const BETA: ParamEntry = ParamEntry::float(
    "beta",
    "β, how soon it is enough",
    "Larger fades sooner once an answer has become improbable.",
    [0.01, 20.0, 0.05, 2.0],
);
/// γ, the weight of the forget term.
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

/// The shaped term over the forget rows.
pub(super) fn term(p: &Params) -> Term {
    let shape = LossShape::Preference { beta: p["beta"], margin: 0.0, beside_original: true };
    Term { shape, ..Term::new(Teacher::Truth, p["gamma"]) }
}

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    Ok(Plan::Student(student_plan(p, sizes, vec![term(p)], vec![retain_term(p)])?))
}
