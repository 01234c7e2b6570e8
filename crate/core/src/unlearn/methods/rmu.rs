//! RMU (representation misdirection): steers the hidden states of forget rows to a random direction and keeps those of retain rows.
//!
//! With h the states after one block, the loss is `mean |h_θ − c u|²` over the positions of forget rows `+ α mean |h_θ − h_o|²` over those of
//! retain rows; u is a random unit vector, drawn once. Adapted: c is a multiple of the original states' mean norm, since a nano's states have
//! smaller norms than a large model's.

use super::common::{student, student_plan};
use super::presets::{presets, with_student};
use crate::Result;
use crate::model::{Model, Network};
use crate::tensor::random::{SeedRng, uniform};
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::step::{Step, StepFuture, StepInput, StepOutput};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use burn::tensor::{Device, Int, Tensor};
use rand::SeedableRng;
use std::sync::Arc;

/// Seed of the direction: it must be the same in every step, also after a checkpoint.
const DIRECTION: u64 = 0x524D55;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "rmu",
    label: "RMU",
    family: Family::Inner,
    citation: "Li et al. 2024, The WMDP Benchmark, arXiv 2403.03218",
    summary: "The model’s inner states for the forgotten rows are steered to a random direction, and those for the others are kept as they were.",
    params: with_student!([
        ParamEntry::float("c", "c, length of the direction", "In mean lengths of the original’s states.", [0.0, 20.0, 0.05, 1.0]),
        ParamEntry::float("alpha", "α, weight of keeping", "How much the other rows’ states count.", [0.0, 2000.0, 0.5, 2.0]),
        ParamEntry::float("depth", "Depth", "Behind which block: 0 is the first, 1 the last but one.", [0.0, 1.0, 0.05, 0.5]),
    ], lr 1e-3, stop 1.0),
    presets: presets!(tuned; published "Weights of the order of the paper’s (c 6.5 on its models, α 1200, a quarter of the depth), and the student of E2URec’s public code.",
        [("c", 6.5), ("alpha", 1200.0), ("depth", 0.25)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    // Rows are sampled as for terms, but the step's loss uses states, not answers.
    let term = || vec![Term::new(Teacher::Truth, 1.0)];
    let mut plan = student_plan(p, sizes, term(), term())?;
    plan.step = Arc::new(RmuStep { c: p["c"], alpha: p["alpha"], depth: p["depth"] });
    Ok(Plan::Student(plan))
}

/// AdamW on the distances of the states.
#[derive(Debug)]
struct RmuStep {
    c: f64,
    alpha: f64,
    depth: f64,
}

impl Step for RmuStep {
    fn take<'a>(&'a self, at: StepInput<'a>) -> StepFuture<'a> {
        Box::pin(async move {
            let StepInput { model, optimiser, sets, batch: (forget, retain), lr, .. } = at;
            let device = model.device().autodiff();
            let original = model.without_adapter().frozen();
            let tokens = |rows: &[u32], device: &Device| sets.encoded.tensor(rows, device);
            let inner = model.device();
            let original_states = self.states(&original, tokens(forget, &inner));
            let goal = direction(original_states, self.c).autodiff();
            let mut loss = mean_square(self.states(model, tokens(forget, &device)) - goal);
            if !retain.is_empty() {
                let kept = self.states(&original, tokens(retain, &inner)).autodiff();
                loss = loss + mean_square(self.states(model, tokens(retain, &device)) - kept).mul_scalar(self.alpha);
            }
            let mut grads = loss.clone().backward().into();
            optimiser.step(lr, model, &mut grads);
            Ok(StepOutput::Loss(loss.inner()))
        })
    }
}

impl RmuStep {
    /// States after the block `[rows · seq, d]` for tokens `[rows, seq]`.
    fn states(&self, model: &Model, tokens: Tensor<2, Int>) -> Tensor<2> {
        let chain = model.chain(tokens.dims()[1]);
        let last = (self.depth * chain.n_blocks().saturating_sub(2) as f64).round() as usize;
        let mut state = chain.embed(tokens);
        for i in 0..=last {
            state = chain.block(i, state);
        }
        state.swap_remove(0)
    }
}

/// A random direction `[n, d]`, the same in every row, with norm `c` times the mean norm of `states` `[n, d]`.
fn direction(states: Tensor<2>, c: f64) -> Tensor<2> {
    let d = states.dims()[1];
    let u = uniform([1, d], 1.0, &mut SeedRng::seed_from_u64(DIRECTION), &states.device());
    let unit = u.clone() / u.square().sum().sqrt().reshape([1, 1]);
    let length = states.clone().square().sum_dim(1).sqrt().mean().mul_scalar(c).reshape([1, 1]);
    states.zeros_like() + unit * length
}

fn mean_square(x: Tensor<2>) -> Tensor<1> {
    x.square().mean()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_is_as_long_as_asked() {
        let states = Tensor::<2>::from_floats([[3.0, 4.0], [0.0, 1.0]], &Device::flex()); // lengths 5 and 1
        let goal: Vec<f32> = direction(states.clone(), 2.0).into_data().try_to_vec().unwrap();
        assert!((goal[0].hypot(goal[1]) - 6.0).abs() < 1e-5 && goal[..2] == goal[2..], "{goal:?}");
        let loss = mean_square(states.clone() - states.mul_scalar(2.0)).into_data().try_to_vec::<f32>().unwrap()[0];
        assert!((loss - 26.0 / 4.0).abs() < 1e-5); // 9 + 16 + 0 + 1 over four numbers
    }
}
