//! Quark: the model learns to associate a reward token at the start of the prompt with how much an answer reveals, and then answers under the best
//! such token.
//!
//! In each step the student answers its forget rows under the best token. A row's reward is r = −|p − p_ref|; p is its probability of the true
//! answer and p_ref the mean for users the model never saw. r is quantised to K tokens. The loss is the cross entropy with that answer given the
//! row's token, `+ β KL(θ ‖ o) − γ H(θ)`. Derived, since the source was read for its settings only: with two answers, the sampled answer is
//! replaced by its expectation, and the quantiles of a pool by fixed steps of the reward. The tokens are K vectors in the place of the prompt's
//! first token; at the end the best one replaces that token, so the result is an ordinary adapter. Where the first token occurs again in a prompt,
//! it is replaced there too.

use super::common::{student, student_plan};
use super::presets::{presets, with_student};
use crate::data::tokenizer::{NO, YES};
use crate::metric::softmax;
use crate::model::{Model, Network};
use crate::tensor::dropout::Dropout;
use crate::tensor::read;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::soft_targets::SoftTargets;
use crate::unlearn::engine::step::{Step, StepFuture, StepInput, StepOutput};
use crate::unlearn::engine::task::{Sets, TaskSizes};
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use crate::{Error, Result};
use burn::tensor::{Int, Tensor, TensorData, activation};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "quark",
    label: "Quark",
    family: Family::Teacher,
    citation: "Lu et al. 2022, arXiv 2205.13636; for forgetting: DeMem, arXiv 2310.02453",
    summary: "A token in front of the prompt says how much an answer gives away. The model learns to tell by its own answers, then answers under the best token.",
    params: with_student!([
        ParamEntry::int("tokens", "K, reward tokens", "Steps in which the reward is told.", [2.0, 16.0, 5.0]),
        ParamEntry::float("beta", "β, weight of staying near", "How much KL to the original counts.", [0.0, 5.0, 0.01, 0.05]),
        ParamEntry::float("gamma", "γ, weight of entropy", "How much being unsure is rewarded.", [0.0, 5.0, 0.01, 0.06]),
        ParamEntry::float("reach", "Largest loss of reward", "Where the last token begins: |p − p_ref| is divided evenly below.", [0.05, 1.0, 0.05, 0.25]),
    ], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "K 5, β 0.05, γ 0.06 as read, and the student of E2URec’s public code.",
        [("targets", 2.0), ("tokens", 5.0), ("beta", 0.05), ("gamma", 0.06)]; text [("targets", 2.0)]),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let mut plan = student_plan(p, sizes, vec![Term::new(Teacher::Unseen, 1.0)], Vec::new())?;
    plan.step = Arc::new(QuarkStep { n_tokens: p["tokens"] as usize, beta: p["beta"], gamma: p["gamma"], reach: p["reach"] });
    Ok(Plan::Student(plan))
}

/// AdamW on the answers given the reward's token.
#[derive(Debug)]
struct QuarkStep {
    n_tokens: usize,
    beta: f64,
    gamma: f64,
    reach: f64,
}

impl Step for QuarkStep {
    fn cost(&self) -> f64 {
        1.7 // two more forward passes
    }

    /// Adds K rows for the tokens at the end of the embedding's adapter, best first.
    fn begin(&self, mut model: Model, sets: &Sets<'_>) -> Result<Model> {
        let first = first_token(sets);
        if let Some(row) = sets.forget.iter().find(|row| sets.encoded.row(**row).first() != Some(&first)) {
            let other = sets.encoded.row(*row).first().copied().unwrap_or_default();
            return Err(Error::setting("method", "needs prompts that begin with one token", format!("tokens {first} and {other}")));
        }
        let lora =
            model.embedding_mut().lora.as_mut().ok_or_else(|| Error::setting("targets", "must reach the embedding", "linear layers"))?;
        let code = lora.a.clone().inner();
        let row = code.clone().slice_dim(0, first as usize..first as usize + 1);
        let rows = std::iter::once(code).chain((0..self.n_tokens).map(|_| row.clone())).collect();
        lora.a = Tensor::cat(rows, 0).autodiff().require_grad();
        Ok(model)
    }

    fn take<'a>(&'a self, at: StepInput<'a>) -> StepFuture<'a> {
        Box::pin(async move {
            let StepInput { model, optimiser, sets, batch: (forget, _), targets, lr, .. } = at;
            let width = model.head_vocab_size();
            let best = vec![0; forget.len()];
            let mut frozen = model.frozen();
            frozen.set_lora_dropout(Dropout::default()); // the answers to learn from are those that it would give
            let answers = read(self.logits(&frozen, sets, forget, &best)).await?;
            let token_of_row: Vec<usize> =
                forget.iter().zip(answers.chunks_exact(width)).map(|(row, logits)| self.token(*row, logits, targets, sets)).collect();
            let device = model.device().autodiff();
            let matrix = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [forget.len(), width]), &device);
            let given = matrix(answers.chunks_exact(width).flat_map(softmax).map(|p| p as f32).collect());
            let original = model.without_adapter().frozen();
            let original_log_p =
                activation::log_softmax(original.answer_logits(sets.encoded.tensor(forget, &model.device())), 1).autodiff();
            let logits = self.logits(model, sets, forget, &token_of_row);
            let log_u = activation::log_softmax(logits.clone(), 1);
            let u = log_u.clone().exp();
            let (beta, gamma) = (self.beta, self.gamma);
            // CE(given, u) + β Σ u (ln u − ln o) + γ Σ u ln u
            let terms =
                given.neg() * log_u.clone() + u.clone() * (log_u.clone() - original_log_p).mul_scalar(beta) + (u * log_u).mul_scalar(gamma);
            let loss = terms.sum().div_scalar(forget.len() as f64);
            let mut grads = loss.clone().backward().into();
            optimiser.step(lr, model, &mut grads);
            Ok(StepOutput::Loss(loss.inner()))
        })
    }

    /// Moves the best token into the first token's place and removes the added rows.
    fn end(&self, mut model: Model, sets: &Sets<'_>) -> Model {
        let Some(lora) = model.embedding_mut().lora.as_mut() else { return model };
        let code = lora.a.clone().inner();
        let first = first_token(sets) as usize;
        let n_tokens = code.dims()[0] - self.n_tokens;
        let part = |from: usize, to: usize| code.clone().slice_dim(0, from..to);
        lora.a = Tensor::cat(vec![part(0, first), part(n_tokens, n_tokens + 1), part(first + 1, n_tokens)], 0).autodiff().require_grad();
        model
    }
}

impl QuarkStep {
    /// The index of the token of a row's reward; 0 is the best.
    fn token(&self, row: u32, logits: &[f32], targets: &SoftTargets, sets: &Sets<'_>) -> usize {
        let answer = if sets.encoded.labels[row as usize] { YES } else { NO } as usize;
        quantised(-(softmax(logits)[answer] - targets.of(row).soft[answer]).abs(), self.n_tokens, self.reach)
    }

    /// Answer logits `[rows, head_vocab]` with each row's token in the place of the prompt's first token.
    fn logits(&self, model: &Model, sets: &Sets<'_>, rows: &[u32], tokens: &[usize]) -> Tensor<2> {
        let first = first_token(sets);
        let seq = sets.encoded.n_tokens(rows[0]);
        let device = model.embedding().lora.as_ref().map_or_else(|| model.device(), |lora| lora.a.device());
        let n_known = model.spec().vocab_size();
        let mut ids = Vec::with_capacity(rows.len() * seq);
        let mut own = Vec::with_capacity(rows.len() * seq);
        for (row, token) in rows.iter().zip(tokens) {
            for id in sets.encoded.row(*row).iter() {
                own.push(*id as i32);
                ids.push(if *id == first { (n_known + token) as i32 } else { *id as i32 });
            }
        }
        let tensor = |ids: Vec<i32>| Tensor::<1, Int>::from_data(TensorData::new(ids, [rows.len() * seq]), &device);
        let chain = model.chain(seq);
        // The base embedding looks up the first token itself; the adapter looks up the reward token.
        let own = tensor(own);
        let mut state = chain.embed(own.clone().reshape([rows.len(), seq]));
        state[0] = model.embedding().forward(tensor(ids), Some(own));
        for i in 0..chain.n_blocks() - 1 {
            state = chain.block(i, state);
        }
        chain.answer(state)
    }
}

/// The token with which every prompt begins. It is read from the first prompt; [`Step::begin`] has checked that all prompts agree.
fn first_token(sets: &Sets<'_>) -> u32 {
    sets.forget.first().and_then(|row| sets.encoded.row(*row).first().copied()).unwrap_or_default()
}

/// The step, of `n`, that a reward −d falls into: 0 for d near 0, the last for d ≥ `reach`.
fn quantised(reward: f64, n: usize, reach: f64) -> usize {
    ((-reward / reach * n as f64) as usize).min(n - 1)
}

#[cfg(test)]
mod tests {
    use super::quantised;

    #[test]
    fn rewards_by_hand() {
        let token = |reward| quantised(reward, 5, 0.5);
        assert_eq!([0.0, -0.09, -0.11, -0.45, -0.5, -1.0].map(token), [0, 0, 1, 4, 4, 4]);
    }
}
