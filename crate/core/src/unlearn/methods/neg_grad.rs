//! NegGrad, as compared in the E2URec paper: descent on the retain rows and ascent on the forget rows, `CE_r − w · CE_f`.
//!
//! Ascent is unbounded: too much of it inverts the answers, which reveals the forget rows as clearly as remembering them.

use super::common::{student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "neggrad",
    label: "NegGrad",
    family: Family::Paper,
    citation: "Golatkar et al. 2020, arXiv 1911.04933; as in arXiv 2403.03536",
    summary: "The loss on the forgotten rows is pushed up while the loss on the others is kept down. Simple and quick, but nothing says when to stop.",
    params: with_student!([
        ParamEntry::float("w", "w, weight of ascent", "How much the forget rows' loss is pushed up.", [0.0, 5.0, 0.05, 0.7]),
    ], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "The public code's settings: w 0.2, rank 16 on query and value, constant rate.", [("w", 0.2)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let forget = Term::new(Teacher::Truth, -p["w"]);
    Ok(Plan::Student(student_plan(p, sizes, vec![forget], vec![Term::new(Teacher::Truth, 1.0)])?))
}
