//! PCGU (partitioned contrastive gradient unlearning): updates only those rows of weights whose gradients for the remembered answer and its
//! alternative are most opposed.
//!
//! g₁ is the gradient of the remembered answer's logit, g₂ that of the other answer's. Weights are partitioned by output row, and the rows with the
//! lowest cos(g₁, g₂) descend g₁ with plain SGD. Adapted: the rows are those of each adapter's factor B (for the embedding's, one row per token).
//! The other factor keeps its initial value, so a row of ΔW changes if and only if its row of B does.

use super::common::{is_grown, student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::data::tokenizer::{NO, YES};
use crate::model::{Model, Network, Trainable};
use crate::tensor::read;
use crate::train::gradient::{GradOutput, Memory, gradient};
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::step::{Step, StepFuture, StepInput, StepOutput};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use burn::tensor::{Tensor, TensorData};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "pcgu",
    label: "PCGU",
    family: Family::Inner,
    citation: "Yu et al. 2023, Unlearning Bias in Language Models by Partitioning Gradients, ACL Findings",
    summary: "Only the few rows of weights move in which the remembered answer and the other one pull apart most; the rest of the model is not touched.",
    params: with_student!([
        ParamEntry::float("share", "Share of rows that move", "Of all rows of the adapter, in each step.", [0.001, 1.0, 0.005, 0.1]),
    ], lr 3e-3, stop 1.0),
    presets: presets!(costly; published "A tenth of the rows at the paper’s step size (1e-5, for whole weights), rank 16 on query and value.",
        [("share", 0.1), ("lr", 1e-5), ("stop", 0.0)]; text [("lr", 5e-3)]),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let mut plan = student_plan(p, sizes, vec![Term::new(Teacher::Truth, -1.0)], Vec::new())?;
    plan.step = Arc::new(PcguStep { share: p["share"] });
    Ok(Plan::Student(plan))
}

/// SGD on those rows of the adapter where the two gradients are most opposed.
#[derive(Debug)]
struct PcguStep {
    share: f64,
}

impl Step for PcguStep {
    fn cost(&self) -> f64 {
        2.0
    }

    fn take<'a>(&'a self, at: StepInput<'a>) -> StepFuture<'a> {
        Box::pin(async move {
            let StepInput { model, sets, batch: (forget, _), lr, .. } = at;
            let labels = sets.encoded.truth(forget);
            let tokens = || sets.encoded.tensor(forget, &model.device().autodiff());
            let mut remembered = logit_gradient(model, tokens(), &labels);
            let others: Vec<bool> = labels.iter().map(|liked| !liked).collect();
            let mut other = logit_gradient(model, tokens(), &others);
            let mut pairs = Vec::new();
            model.clone().each_param(Trainable::Adapter, &mut |name, param| {
                let pair = (remembered.grads.take(param), other.grads.take(param));
                pairs.push(if let (true, (Some(g1), Some(g2))) = (is_grown(name), pair) { Some((g1, g2)) } else { None });
            });
            let mut cosines = Vec::new();
            for (g1, g2) in pairs.iter().flatten() {
                cosines.push(cosine(&read(g1.clone()).await?, &read(g2.clone()).await?, g1.dims()[1]));
            }
            let highest = threshold(&cosines.concat(), self.share);
            let mut cosines = cosines.into_iter();
            let mut pairs = pairs.into_iter();
            model.each_param(Trainable::Adapter, &mut |_, param| {
                if let Some((g1, _)) = pairs.next().flatten() {
                    let rows: Vec<f32> = cosines.next().unwrap_or_default().iter().map(|cos| f32::from(*cos <= highest)).collect();
                    let moves = Tensor::<2>::from_data(TensorData::new(rows.clone(), [rows.len(), 1]), &g1.device());
                    *param = (param.clone().inner() - (g1 * moves).mul_scalar(lr)).autodiff().require_grad();
                }
            });
            Ok(StepOutput::Logits(remembered.logits))
        })
    }
}

/// The gradient of the mean logit of the given answers.
fn logit_gradient(model: &Model, tokens: Tensor<2, burn::tensor::Int>, liked: &[bool]) -> GradOutput {
    let ids: Vec<i32> = liked.iter().map(|liked| if *liked { YES } else { NO } as i32).collect();
    let ids = Tensor::<2, burn::tensor::Int>::from_data(TensorData::new(ids, [liked.len(), 1]), &tokens.device());
    gradient(model, tokens, Memory::suited_to(model), &|logits| logits.gather(1, ids.clone()).mean())
}

/// cos of the rows of two matrices `[n, width]`. A row without a gradient gets the largest value, so it is never updated.
fn cosine(a: &[f32], b: &[f32], width: usize) -> Vec<f64> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let of = |(a, b): (&[f32], &[f32])| {
        let length = (dot(a, a) * dot(b, b)).sqrt();
        if length > 0.0 { dot(a, b) / length } else { f64::INFINITY }
    };
    a.chunks_exact(width).zip(b.chunks_exact(width)).map(of).collect()
}

/// The largest cosine among the lowest `share` of the rows that have a gradient.
fn threshold(cosines: &[f64], share: f64) -> f64 {
    let mut finite: Vec<f64> = cosines.iter().copied().filter(|cos| cos.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    let n = ((finite.len() as f64 * share).ceil() as usize).clamp(1, finite.len().max(1));
    finite.get(n - 1).copied().unwrap_or(f64::NEG_INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_by_hand() {
        // Rows: opposed, orthogonal, parallel, without a gradient.
        let cosines = cosine(&[1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0], &[-2.0, 0.0, 0.0, 3.0, 2.0, 2.0, 1.0, 1.0], 2);
        assert!((cosines[0] + 1.0).abs() < 1e-12 && cosines[1] == 0.0 && (cosines[2] - 1.0).abs() < 1e-12 && cosines[3] == f64::INFINITY);
        assert_eq!((threshold(&cosines, 0.3), threshold(&cosines, 0.5)), (-1.0, 0.0)); // one and two of three
        assert_eq!(threshold(&[f64::INFINITY], 1.0), f64::NEG_INFINITY);
    }
}
