//! NegGrad, as the E2URec paper compares with it: descend on the retain rows, ascend on the forget rows, `CE_r − w · CE_f`.
//!
//! Ascent has no floor: too much of it turns the answers round, which marks the forgotten rows as surely as remembering them.

use super::plan::{Plan, Setting, Teacher, Term, student, student_plan};
use super::presets::{presets, with_student};
use super::{Family, MethodEntry, ParamEntry, Params, Preset};
use crate::Result;

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

fn plan(p: &Params, setting: &Setting) -> Result<Plan> {
    let forget = Term::new(Teacher::Truth, -p["w"]);
    Ok(Plan::Student(student_plan(p, setting, vec![forget], vec![Term::new(Teacher::Truth, 1.0)])?))
}
