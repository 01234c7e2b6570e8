//! GradDiff (gradient difference), as in TOFU and open-unlearning: `−γ ℓ(D_f) + α R(D_r)`. R is the loss of the answers or KL to the original.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};

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

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    Ok(Plan::Student(student_plan(p, sizes, vec![Term::new(Teacher::Truth, -p["gamma"])], vec![retain_term(p)])?))
}
