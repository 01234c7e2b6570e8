//! Gradient ascent (knowledge unlearning): raises the loss on the forget rows until it reaches that of unseen rows.
//!
//! The loss is `−ℓ(D_f)` alone. Nothing preserves the other answers, so the result depends on when it stops.

use super::common::{student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::Params;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "ascent",
    label: "Gradient ascent",
    family: Family::Ascent,
    citation: "Jang et al. 2023, Knowledge Unlearning, arXiv 2210.01504",
    summary: "The loss on the forgotten rows is pushed up until it is what people cost whom the model never saw. The quickest method, and nothing \
              holds the other answers.",
    params: with_student!([], on 3.0, lr 1e-3, stop 1.0),
    presets: presets!(tuned; published "The paper's loss and its early stop, which it reads off unseen data, with the student of E2URec's public code.",
        [("epochs", 20.0), ("stop", 1.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    Ok(Plan::Student(student_plan(p, sizes, vec![Term::new(Teacher::Truth, -1.0)], Vec::new())?))
}
