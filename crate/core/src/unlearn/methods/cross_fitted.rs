//! Cross-fitted teacher: a forget row's target is what a model that was never trained on it answers, as kept in the package.
//!
//! Cross-fitting has answered every training row by models of other folds (`train/cross_fit.rs`): for a whole person by models without the person, for a
//! single rating by models without the rating. The target is `p(Yes) = σ(log odds)` over {No, Yes}, all other tokens have 0. The student is trained on
//! it with soft cross entropy, `γ CE(p, θ)` on forget rows, plus a retain term. It is the leave-one-out ensemble (arXiv 2309.16082) with the teachers'
//! answers computed once, when the package was made, so that a request asks no other model. Derived: no publication is known to us. Retrain is not
//! used. Where nothing is expected, as for items and genres, there is no target and the run is refused.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::presets::{language_model, recommended, with_student};
use crate::data::tokenizer::{NO, YES};
use crate::host::LocalFuture;
use crate::model::Network;
use crate::unlearn::engine::expected::Expected;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::{RunState, TaskSizes, UnlearnTask};
use crate::unlearn::engine::teachers::OwnTeacher;
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use crate::{Error, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "crossfit",
    label: "Cross-fitted teacher",
    family: Family::Teacher,
    citation: "After Liu and Kalinli 2023, arXiv 2309.16082; cross-fitting: Chernozhukov et al. 2018, arXiv 1608.00060",
    summary: "A forgotten row learns what models that never saw its person, or that rating, answered when the package was made. Needs a package with \
              cross-fitted answers.",
    params: with_student!([
        ParamEntry::float("gamma", "γ, weight of forgetting", "How much the forget rows count.", [0.0, 10.0, 0.05, 8.0]),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 0.0),
    presets: &[
        recommended!(brief),
        Preset {
            id: "closer",
            label: "Followed more closely",
            note: "Half the weight and five epochs: nearer to the teacher at the same validation AUC, but three times the steps.",
            params: &[("gamma", 4.0), ("epochs", 5.0)],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "An adapter on the linear layers and small batches, as a model of a hundred million weights needs. Not tuned.",
            params: language_model![],
        },
    ],
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let teacher = Teacher::Own(Arc::new(CrossFitted));
    Ok(Plan::Student(student_plan(p, sizes, vec![Term::new(teacher, p["gamma"])], vec![retain_term(p)])?))
}

/// A teacher that knows the expected answers.
#[derive(Debug)]
struct CrossFitted;

impl OwnTeacher for CrossFitted {
    /// The answers are part of the package; no model is trained for them, before the request or after.
    fn precedes_request(&self) -> bool {
        false
    }

    fn answers<'a>(&'a self, task: &'a UnlearnTask<'a>, rows: &'a [u32], _: RunState<'a>) -> LocalFuture<'a, Result<Vec<Vec<f64>>>> {
        Box::pin(async move {
            let Some(expected) = task.expected else {
                let rule = "follows cross-fitted answers, and there are none for this request: they are part of a package, for whole people and for \
                            single ratings";
                return Err(Error::setting("method", rule, ENTRY.id));
            };
            targets(expected, task.sets.forget, rows, task.original.head_vocab_size())
        })
    }
}

/// The targets `[rows][width]` of some of the forget rows `forget`, to which `expected` belongs in this order.
///
/// # Errors
/// If a row is not in the forget set: nothing is expected of it.
fn targets(expected: &Expected, forget: &[u32], rows: &[u32], width: usize) -> Result<Vec<Vec<f64>>> {
    let of: HashMap<u32, f64> = forget.iter().copied().zip(expected.p_yes()).collect();
    let target = |row: &u32| {
        let yes = of.get(row).ok_or_else(|| Error::setting("terms", "cross-fitted answers are for forget rows", row))?;
        let mut target = vec![0.0; width];
        (target[NO as usize], target[YES as usize]) = (1.0 - yes, *yes);
        Ok(target)
    };
    rows.iter().map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_by_hand() {
        let expected = Expected { log_odds: vec![3f64.ln(), 0.0] };
        // The forget set need not be ascending: an attack's is in the order of its people.
        let found = targets(&expected, &[9, 4], &[4, 9], 6).unwrap();
        assert_eq!(found[0], [0.0, 0.0, 0.0, 0.0, 0.5, 0.5]);
        assert!((found[1][YES as usize] - 0.75).abs() < 1e-12 && (found[1].iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(targets(&expected, &[9, 4], &[5], 6).unwrap_err().to_string().contains("for forget rows"));
    }
}
