//! LAU (latent adversarial unlearning): forgetting that withstands perturbations of the hidden states towards remembering.
//!
//! The inner problem seeks a perturbation δ of the residual stream before one block that lowers the forget rows' loss, within ε at each position.
//! The outer step minimises the terms with δ in place: ascent (AdvGA) or NPO (AdvNPO), and a retain term. Adapted: ε is a share of each position's
//! own norm, since a nano's states have smaller norms than a large model's, and the block is given by its relative depth.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::npo::{BETA, GAMMA};
use super::presets::{presets, with_student};
use crate::Result;
use crate::model::{Model, Network};
use crate::train::gradient::ActivationOffset;
use crate::unlearn::engine::loss::{one_hot, soft_cross_entropy};
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::step::{Step, StepFuture, StepInput, StepOutput, pass_with_offset};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use burn::tensor::{Int, Tensor};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "lau",
    label: "LAU",
    family: Family::Ascent,
    citation: "Yuan et al. 2024, Towards Robust Knowledge Unlearning (LAU), arXiv 2408.10682",
    summary: "Before each step the inner state is pushed to where the forgotten rows are remembered best; what is learned must forget them even there.",
    params: with_student!([
        ParamEntry::choice(
            "outer",
            "Outer loss",
            "Ascent (AdvGA), or ascent with a brake (AdvNPO).",
            &[Choice { value: 0.0, label: "AdvGA" }, Choice { value: 1.0, label: "AdvNPO" }],
            1.0,
        ),
        BETA.default(1.0),
        GAMMA.default(0.7),
        ParamEntry::float("epsilon", "ε, reach of the push", "Longest push of a position, as a share of its own length.", [0.0, 4.0, 0.01, 0.05]),
        ParamEntry::int("inner_steps", "Inner steps", "Steps in which the push is sought.", [1.0, 32.0, 6.0]),
        ParamEntry::float("depth", "Depth of the push", "Before which block: 0 is the first, 1 the last.", [0.0, 1.0, 0.05, 0.0]),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "Six inner steps before the block at a seventh of the depth (layer 4 of 32 there), AdvNPO, and the student of E2URec’s public code.",
        [("epsilon", 0.5), ("depth", 0.15), ("beta", 0.1), ("gamma", 1.0), ("alpha", 1.0), ("retain", 1.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let truth = Term::new(Teacher::Truth, if p["outer"] == 0.0 { -p["gamma"] } else { p["gamma"] });
    let brake = LossShape::Preference { beta: p["beta"], margin: 0.0, beside_original: true };
    let forget = if p["outer"] == 0.0 { truth } else { Term { shape: brake, ..truth } };
    let mut plan = student_plan(p, sizes, vec![forget], vec![retain_term(p)])?;
    plan.step = Arc::new(LatentStep { epsilon: p["epsilon"], n_steps: p["inner_steps"] as u32, depth: p["depth"] });
    Ok(Plan::Student(plan))
}

/// AdamW on the terms, with the forget rows' states perturbed towards remembering.
#[derive(Debug)]
struct LatentStep {
    epsilon: f64,
    n_steps: u32,
    depth: f64,
}

impl Step for LatentStep {
    fn cost(&self) -> f64 {
        1.0 + 0.5 * f64::from(self.n_steps)
    }

    fn take<'a>(&'a self, at: StepInput<'a>) -> StepFuture<'a> {
        Box::pin(async move {
            let StepInput { model, optimiser, sets, batch, targets, lr, .. } = at;
            let forget = &batch.0;
            let labels = sets.encoded.truth(forget);
            let offset = self.push(model, sets.encoded.tensor(forget, &model.device().autodiff()), &labels);
            let mut pass = pass_with_offset(model, sets, batch, targets, Some(offset));
            optimiser.step(lr, model, &mut pass.grads);
            Ok(StepOutput::Logits(pass.logits))
        })
    }
}

impl LatentStep {
    /// The perturbation that most raises the probability of the true answers, for states `[rows · seq, d]` before the block.
    fn push(&self, model: &Model, tokens: Tensor<2, Int>, labels: &[bool]) -> ActivationOffset {
        let [n, seq] = tokens.dims();
        let frozen = model.frozen();
        let chain = frozen.chain(seq);
        let top = chain.n_blocks() - 1;
        let block = (self.depth * top as f64).round() as usize;
        let mut state = chain.embed(tokens.inner());
        for i in 0..block {
            state = chain.block(i, state);
        }
        let x = state[0].clone();
        let reach = x.clone().square().sum_dim(1).sqrt().mul_scalar(self.epsilon);
        let device = model.device().autodiff();
        let truth: Vec<Vec<f64>> = labels.iter().map(|liked| one_hot(*liked, model.head_vocab_size())).collect();
        let mut by = Tensor::<2>::zeros(x.dims(), &x.device());
        for _ in 0..self.n_steps {
            let leaf = by.clone().autodiff().require_grad();
            let mut state: Vec<_> = state.iter().map(|part| part.clone().autodiff()).collect();
            state[0] = x.clone().autodiff() + leaf.clone();
            for i in block..top {
                state = chain.block(i, state);
            }
            let mut grads = soft_cross_entropy(chain.answer(state), &truth, 1.0 / n as f64, &device).backward();
            let Some(grad) = leaf.grad_remove(&mut grads) else { break };
            by = within(by - unit(grad) * reach.clone().mul_scalar(2.0 / f64::from(self.n_steps)), &reach);
        }
        ActivationOffset { block, by }
    }
}

/// Rows scaled to length 1.
fn unit(x: Tensor<2>) -> Tensor<2> {
    let length = x.clone().square().sum_dim(1).sqrt();
    x / length.add_scalar(1e-12)
}

/// Rows clipped to length `reach` `[n, 1]`.
fn within(x: Tensor<2>, reach: &Tensor<2>) -> Tensor<2> {
    let length = x.clone().square().sum_dim(1).sqrt().add_scalar(1e-12);
    x * (reach.clone() / length).clamp_max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn a_push_by_hand() {
        let device = Device::flex();
        let x = Tensor::<2>::from_floats([[3.0, 4.0], [0.3, 0.4]], &device);
        let rows = |x: Tensor<2>| x.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(rows(unit(x.clone())), [0.6, 0.8, 0.6, 0.8]);
        let held = rows(within(x, &Tensor::from_floats([[1.0], [1.0]], &device)));
        assert!(held.iter().zip([0.6, 0.8, 0.3, 0.4]).all(|(found, wanted)| (found - wanted).abs() < 1e-6), "{held:?}");
    }
}
