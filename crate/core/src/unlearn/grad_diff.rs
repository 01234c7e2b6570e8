//! GradDiff (gradient difference), as in TOFU and open-unlearning: `−γ ℓ(D_f) + α R(D_r)`, R the answers' loss or KL to the original.

use super::plan::{Plan, Setting, Teacher, Term, student, student_plan};
use super::presets::{presets, with_student};
use super::{Choice, Family, MethodEntry, ParamEntry, Params, Preset};
use crate::Result;

/// What holds the other answers.
pub(super) const RETAIN: ParamEntry = ParamEntry::choice(
    "retain",
    "Retain loss",
    "The true answers of the other rows, or the original’s.",
    &[Choice { value: 0.0, label: "true answers" }, Choice { value: 1.0, label: "KL to the original" }],
    1.0,
);

/// The term of [`RETAIN`].
pub(super) fn retain_term(p: &Params) -> Term {
    Term::new(if p["retain"] == 0.0 { Teacher::Truth } else { Teacher::Original }, p["alpha"])
}

/// α, its weight.
pub(super) const ALPHA: ParamEntry =
    ParamEntry::float("alpha", "α, weight of the retain loss", "How much the other rows count.", [0.0, 10.0, 0.05, 1.0]);

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "graddiff",
    label: "GradDiff",
    family: Family::Ascent,
    citation: "Maini et al. 2024, TOFU, arXiv 2401.06121; after Liu et al. 2022, arXiv 2203.12817",
    summary: "Ascent on the forgotten rows and descent on the others in one step, with a weight each. NegGrad is the same with the true answers.",
    params: with_student!([
        ParamEntry::float("gamma", "γ, weight of ascent", "How much the forget rows’ loss is pushed up.", [0.0, 10.0, 0.05, 0.5]),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "open-unlearning’s weights (γ 1, α 1, the true answers) with the student of E2URec’s public code.",
        [("gamma", 1.0), ("alpha", 1.0), ("retain", 0.0)]; text []),
    plan,
};

fn plan(p: &Params, setting: &Setting) -> Result<Plan> {
    Ok(Plan::Student(student_plan(p, setting, vec![Term::new(Teacher::Truth, -p["gamma"])], vec![retain_term(p)])?))
}
