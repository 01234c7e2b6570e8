//! UNDIAL (self-distillation with adjusted logits, arXiv 2402.10052): the student learns the original's own answers with the memorised token's logit
//! lowered.
//!
//! The loss is `γ CE(softmax(v_o − β e_y), softmax v_θ)` on forget rows, plus a retain term: bounded, and its minimum is known before the first step. With
//! two answers it lowers the log odds of the true answer by β, so β 10 teaches the other answer and a small β some doubt. Differs from the public code:
//! one answer token, so prompt positions are not trained; the retain term is the common one, since the paper has none.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::data::tokenizer::{NO, YES};
use crate::host::LocalFuture;
use crate::metric::softmax;
use crate::model::Network;
use crate::train::infer::answer_logits;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::{RunState, TaskSizes, UnlearnTask};
use crate::unlearn::engine::teachers::OwnTeacher;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "undial",
    label: "UNDIAL",
    family: Family::Teacher,
    citation: "Dong et al. 2024, arXiv 2402.10052",
    summary: "The model is its own teacher: it learns its answers to the forgotten rows anew, with the true answer’s logit lowered by a fixed amount. What it \
              may lose is bounded.",
    params: with_student!([
        ParamEntry::float("beta", "β, how far down", "By how much the true answer’s logit is lowered.", [0.0, 30.0, 0.05, 1.0]),
        ParamEntry::float("gamma", "γ, weight of forgetting", "How much the forget rows count.", [0.0, 10.0, 0.05, 2.0]),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 0.0),
    presets: presets!(brief; published "β 10 without a retain term, with the student of E2URec’s public code.",
        [("beta", 10.0), ("gamma", 1.0), ("alpha", 0.0), ("retain", 0.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let teacher = Teacher::Own(Arc::new(Lowered { beta: p["beta"] }));
    Ok(Plan::Student(student_plan(p, sizes, vec![Term::new(teacher, p["gamma"])], vec![retain_term(p)])?))
}

/// The original with the true answer's logit lowered.
#[derive(Debug)]
struct Lowered {
    beta: f64,
}

impl OwnTeacher for Lowered {
    fn precedes_request(&self) -> bool {
        false
    }

    fn n_asked(&self) -> usize {
        1
    }

    fn answers<'a>(&'a self, task: &'a UnlearnTask<'a>, rows: &'a [u32], state: RunState<'a>) -> LocalFuture<'a, Result<Vec<Vec<f64>>>> {
        Box::pin(async move {
            let logits = answer_logits(task.original, task.sets.encoded, rows, state.host, |_, _| {}).await?;
            let of_rows = logits.chunks_exact(task.original.head_vocab_size()).zip(task.sets.encoded.truth(rows));
            Ok(of_rows.map(|(logits, liked)| lowered(logits, liked, self.beta)).collect())
        })
    }
}

/// softmax(v − β e_y) `[width]`.
fn lowered(logits: &[f32], liked: bool, beta: f64) -> Vec<f64> {
    let mut logits = logits.to_vec();
    logits[if liked { YES } else { NO } as usize] -= beta as f32;
    softmax(&logits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_teacher_by_hand() {
        let mut logits = [-1e9f32; 6];
        (logits[NO as usize], logits[YES as usize]) = (0.0, 3f32.ln());
        let p = |liked, beta: f64| lowered(&logits, liked, beta)[YES as usize];
        // Odds of Yes: 3, lowered to 3 / 6, and raised to 3 · 2 where No is the true answer.
        assert!((p(true, 0.0) - 0.75).abs() < 1e-6 && (p(true, 6f64.ln()) - 1.0 / 3.0).abs() < 1e-6);
        assert!((p(false, 2f64.ln()) - 6.0 / 7.0).abs() < 1e-6);
    }
}
