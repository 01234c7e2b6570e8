//! Training on wrong answers: the forget rows with the opposite answer (relabelling) or a random one drawn once per row, and the retain rows with
//! their own.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "flipped",
    label: "Flipped label",
    family: Family::Ascent,
    citation: "Graves et al. 2021, Amnesiac Machine Learning, arXiv 2010.10981; Golatkar et al. 2020, arXiv 1911.04933",
    summary: "The forgotten rows are taught anew with wrong answers: the other one each, or a coin’s. Bad-T’s public code is the first of these.",
    params: with_student!([
        ParamEntry::float("gamma", "γ, weight of the wrong answers", "How much the forget rows count.", [0.0, 10.0, 0.05, 0.3]),
        ParamEntry::choice(
            "answer",
            "Answer taught",
            "The other answer, or one drawn at random once a row.",
            &[Choice { value: 0.0, label: "the other one" }, Choice { value: 1.0, label: "a coin’s" }],
            0.0,
        ),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "Relabelling with the other answer at weight 1, with the student of E2URec’s public code.",
        [("gamma", 1.0), ("answer", 0.0), ("alpha", 1.0), ("retain", 0.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let teacher = if p["answer"] == 0.0 { Teacher::Flipped } else { Teacher::Coin };
    Ok(Plan::Student(student_plan(p, sizes, vec![Term::new(teacher, p["gamma"])], vec![retain_term(p)])?))
}
