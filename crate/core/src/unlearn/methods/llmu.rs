//! LLMU: `−ε₁ ℓ(D_f) + ε₂ ℓ(x_f, a random answer) + ε₃ KL(o ‖ θ)`, the last on retain rows.
//!
//! Adapted: the random answer is Yes or No with equal probability, drawn once per row. The paper takes it from another prompt's completion.

use super::common::{student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "llmu",
    label: "LLMU",
    family: Family::Ascent,
    citation: "Yao et al. 2023, Large Language Model Unlearning, arXiv 2310.10683",
    summary: "Ascent on the forgotten rows, a coin’s answers taught for them, and the original’s answers kept for the others.",
    params: with_student!([
        ParamEntry::float("ascent", "ε₁, weight of ascent", "How much the forget rows’ loss is pushed up.", [0.0, 5.0, 0.05, 0.3]),
        ParamEntry::float("random", "ε₂, weight of random answers", "How much the coin’s answers count.", [0.0, 5.0, 0.05, 0.25]),
        ParamEntry::float("keep", "ε₃, weight of keeping", "How much the original’s answers to the others count.", [0.0, 10.0, 0.05, 1.0]),
    ], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "The public code’s weights (0.5, 1, 1) with the student of E2URec’s public code.",
        [("ascent", 0.5), ("random", 1.0), ("keep", 1.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let forget = vec![Term::new(Teacher::Truth, -p["ascent"]), Term::new(Teacher::Coin, p["random"])];
    Ok(Plan::Student(student_plan(p, sizes, forget, vec![Term::new(Teacher::Original, p["keep"])])?))
}
