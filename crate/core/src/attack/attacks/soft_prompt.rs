//! The dynamic unlearning attack (Yuan et al. 2024, arXiv 2408.10682): a prefix of the prompt is optimised on some forget rows to recover
//! Original's answers, and judged on the others. The weights stay unchanged.
//!
//! The prefix is either tokens, as in the paper, searched one position per step by the loss's first-order change and then by the loss itself
//! (greedy coordinate gradient: Zou et al. 2023, arXiv 2307.15043); or vectors optimised by gradient, which bound what tokens can reach. Adapted: a
//! prefix instead of a suffix, since the answer is read at the prompt's last token.
//!
//! What a prefix can achieve in general shows on Retrain, which is attacked in the same way.

use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, ORIGINAL, RETRAIN, UNLEARNED};
use crate::attack::entry::AttackEntry;
use crate::attack::judge::{Trio, conclusion, control, of_100, recovered, right};
use crate::attack::report::{Bar, Chart, Finding};
use crate::data::batch::{Encoded, LengthBucketSampler};
use crate::host::Host;
use crate::metric::{Quality, softmax};
use crate::model::{Chain, Model, Network, State};
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::train::gradient::of_state;
use crate::train::infer::answer_logits;
use crate::unlearn::engine::loss::soft_cross_entropy;
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::param::{Choice, ParamEntry, Params};
use crate::{Result, metric};
use burn::optim::{AdamWConfig, AdamWState, Optimizer};
use burn::tensor::{Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// Rows per forward pass when judging.
const EVAL_ROWS: usize = 64;
/// Cost of a gradient, in forward passes.
const GRADIENT_COST: f64 = 4.0;
/// Steps between two read-backs of the loss, which bound the queue of an asynchronous device.
const READ_EVERY: u32 = 20;

/// The attack's entry.
pub const ENTRY: AttackEntry = AttackEntry {
    id: "prompt",
    label: "Trained prompt",
    citation: "dynamic unlearning attack: Yuan et al. 2024, arXiv 2408.10682",
    summary: "The attacker puts a few vectors, or tokens, before each question and chooses them, on forgotten ratings that he has, to bring the \
              original answers back. If they do so for ratings that he has not, the memory was still in the weights.",
    params: &[
        ParamEntry::choice(
            "form",
            "Made of",
            "Vectors, which reach the most but need the model itself; or tokens, which can then be put to it by anybody who may ask it.",
            &[Choice { value: 0.0, label: "vectors" }, Choice { value: 1.0, label: "tokens" }],
            0.0,
        ),
        ParamEntry::int("vectors", "Vectors or tokens", "How many are put before the prompt.", [1.0, 64.0, 4.0]),
        ParamEntry::int("rows", "Ratings", "Forgotten ratings that the attacker has.", [1.0, 2000.0, 64.0]),
        ParamEntry::int("steps", "Steps", "Steps of training.", [1.0, 2000.0, 60.0]),
        ParamEntry::float("lr", "Learning rate", "AdamW's step size for the vectors.", [1e-4, 1.0, 1e-3, 0.03]),
        ParamEntry::int("batch", "Batch", "Rows a step.", [1.0, 256.0, 32.0]),
        ParamEntry::int("candidates", "Candidates", "Tokens tried a step, where tokens are sought.", [1.0, 256.0, 16.0]),
    ],
    text: &[("rows", 16.0), ("steps", 12.0), ("batch", 8.0), ("lr", 0.01), ("candidates", 4.0)],
    passes: |params, extent| {
        let n = extent.n_forget as f64;
        let had = params["rows"].min(n / 2.0);
        let trained = params["steps"] * (GRADIENT_COST + tried(params) as f64) * params["batch"].min(had);
        extent.forget() + had + (extent.n_models - 1) as f64 * (trained + n)
    },
    run: |ctx, params, clock, host| Box::pin(run(ctx, params, clock, host)),
};

/// Number of candidate tokens per step.
fn tried(params: &Params) -> usize {
    if params["form"] == 1.0 { params["candidates"] as usize } else { 0 }
}

async fn run(ctx: &AttackContext<'_>, params: &Params, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let Some(student) = ctx.student() else {
        return Ok(ENTRY.skipped("This method makes several models that answer together; one prompt for all of them is not trained here."));
    };
    let (encoded, rows) = (ctx.forget.encoded, &ctx.forget.rows);
    if rows.len() < 2 {
        return Ok(
            ENTRY.skipped("A single forgotten rating leaves none to judge: the attacker needs at least one, and one that he has not.")
        );
    }
    let longest = rows.iter().map(|row| encoded.n_tokens(*row)).max().unwrap_or(0);
    let room = ctx.original.spec().max_tokens().map_or(usize::MAX, |most| most.saturating_sub(longest));
    let n_vectors = (params["vectors"] as usize).min(room);
    if n_vectors == 0 {
        return Ok(ENTRY.skipped("The longest prompt fills all positions of the model: there is no room before it."));
    }
    let mut order = rows.clone();
    order.shuffle(&mut SeedRng::seed_from_u64(u64::from(ctx.seed)));
    let n_had = (params["rows"] as usize).min(rows.len() / 2).max(1);
    let (had, others) = order.split_at(n_had);
    let goal = answer_logits(ctx.original, encoded, had, host, |_, _| {}).await?;
    clock.pass(had.len() as f64, host);
    let goal: Vec<Vec<f64>> = goal.chunks_exact(goal.len() / had.len()).map(softmax).collect();

    let mut bars = Vec::new();
    let bar = |label: &str, name: &str, forget: Quality| Bar {
        label: label.into(),
        model: name.into(),
        right: right(&forget),
        forget,
        test: None,
    };
    let quality = ctx.quality(&Recommender::from(ctx.original.clone()), encoded, others, clock, host).await?;
    bars.push(bar("Original", ORIGINAL, quality));
    for (name, label, model) in [(UNLEARNED, "Unlearned", Some(student)), (RETRAIN, "Retrain", ctx.retrain)] {
        let Some(model) = model else { continue };
        let quality = ctx.quality(&Recommender::from(model.clone()), encoded, others, clock, host).await?;
        bars.push(bar(label, name, quality));
        let model = model.frozen();
        let attacker = Attacker { model: &model, encoded, rows: had, goal: &goal, n_vectors, params, seed: ctx.seed };
        let prefix = if tried(params) > 0 { attacker.search(clock, host).await? } else { attacker.train(clock, host).await? };
        let quality = quality_with_prefix(&model, &prefix, encoded, others, clock, host).await?;
        bars.push(bar(&format!("{label}, with the prompt"), name, quality));
    }
    let at = |idx: usize| bars.get(idx).map(|bar| bar.right);
    let original = bars[0].right;
    let before = Trio { original, unlearned: bars[1].right, retrain: at(3) };
    let after = Trio { original, unlearned: bars[2].right, retrain: at(4) };
    let error = ctx.error(original, others);
    let verdict = recovered(before, after, error);
    let sentence = format!(
        "With {n_vectors} {} before the question, chosen on {n_had} forgotten ratings, the model gets {} of 100 cases right among those that \
         the attacker does not have, {} without; the original gets {}, and {}. {}",
        if tried(params) > 0 { "tokens" } else { "vectors" },
        of_100(after.unlearned),
        of_100(before.unlearned),
        of_100(original),
        control(after.retrain, " with a prompt trained alike"),
        conclusion(verdict, before, error)
    );
    Ok(ENTRY.finding(verdict, sentence, after.figures(), error, Chart::Bars { bars }))
}

/// The attacker: which model to attack, on which rows, towards which answers `goal`.
struct Attacker<'a> {
    model: &'a Model,
    encoded: &'a Encoded,
    rows: &'a [u32],
    goal: &'a [Vec<f64>],
    n_vectors: usize,
    params: &'a Params,
    seed: u32,
}

impl Attacker<'_> {
    /// Random tokens among those that occur in the prompts.
    fn some_tokens(&self, rng: &mut SeedRng) -> Vec<i32> {
        let token = |_| {
            let row = self.encoded.row(self.rows[rng.random_range(0..self.rows.len())]);
            row[rng.random_range(0..row.len())] as i32
        };
        (0..self.n_vectors).map(token).collect()
    }

    /// The next batch of a sampler: its prompts and their target answers.
    fn next_batch(
        &self,
        sampler: &mut LengthBucketSampler,
        queue: &mut Vec<Vec<u32>>,
        rng: &mut SeedRng,
    ) -> (Tensor<2, Int>, Vec<Vec<f64>>) {
        if queue.is_empty() {
            *queue = sampler.epoch(self.params["batch"] as usize, rng);
        }
        let batch = queue.pop().unwrap_or_default();
        let goal = batch.iter().filter_map(|row| self.rows.iter().position(|had| had == row)).map(|at| self.goal[at].clone()).collect();
        (self.encoded.tensor(&batch, &self.model.device()), goal)
    }

    /// Prefix vectors `[m, d]` trained by AdamW.
    async fn train(&self, clock: &mut Clock, host: &mut dyn Host) -> Result<Tensor<2>> {
        let mut rng = SeedRng::seed_from_u64(u64::from(self.seed) + 2);
        let mut prefix = vectors(self.model, &self.some_tokens(&mut rng));
        let adamw = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(0.0).build();
        let mut state: Option<AdamWState<2>> = None;
        let (mut sampler, mut queue) = (LengthBucketSampler::new(self.encoded, self.rows.iter().copied()), Vec::new());
        for step in 1..=self.params["steps"] as u32 {
            let (tokens, goal) = self.next_batch(&mut sampler, &mut queue, &mut rng);
            let (value, grad) = loss_gradient(self.model, &prefix, tokens, &goal);
            if let Some(grad) = grad {
                let (moved, next) = adamw.step(self.params["lr"], prefix, grad, state.take());
                (prefix, state) = (moved, next);
            }
            if step.is_multiple_of(READ_EVERY) {
                read(value).await?;
            }
            clock.pass(GRADIENT_COST * goal.len() as f64, host);
            host.breathe().await?;
        }
        Ok(prefix)
    }

    /// Prefix vectors `[m, d]` of tokens found by search.
    async fn search(&self, clock: &mut Clock, host: &mut dyn Host) -> Result<Tensor<2>> {
        let mut rng = SeedRng::seed_from_u64(u64::from(self.seed) + 2);
        let mut chosen = self.some_tokens(&mut rng);
        let n_tried = tried(self.params);
        let (mut sampler, mut queue) = (LengthBucketSampler::new(self.encoded, self.rows.iter().copied()), Vec::new());
        for _ in 0..self.params["steps"] as u32 {
            let (tokens, goal) = self.next_batch(&mut sampler, &mut queue, &mut rng);
            let place = rng.random_range(0..chosen.len());
            chosen[place] = replaced(self.model, &chosen, place, n_tried, &tokens, &goal, host).await?;
            clock.pass((GRADIENT_COST + n_tried as f64) * goal.len() as f64, host);
        }
        Ok(vectors(self.model, &chosen))
    }
}

/// The embeddings `[m, d]` of tokens.
fn vectors(model: &Model, tokens: &[i32]) -> Tensor<2> {
    let tokens = Tensor::<1, Int>::from_data(TensorData::new(tokens.to_vec(), [tokens.len()]), &model.device());
    model.embedding().forward(tokens, None)
}

/// The best token for a position of `chosen`: the one with the smallest loss among the present one and the `n_tried` most promising ones.
async fn replaced(
    model: &Model,
    chosen: &[i32],
    place: usize,
    n_tried: usize,
    tokens: &Tensor<2, Int>,
    goal: &[Vec<f64>],
    host: &mut dyn Host,
) -> Result<i32> {
    let (value, Some(grad)) = loss_gradient(model, &vectors(model, chosen), tokens.clone(), goal) else { return Ok(chosen[place]) };
    let mut likely: Vec<i32> = (0..model.spec().vocab_size() as i32).collect();
    // Token v in this position changes the loss by (E_v − E) · gradient, to first order.
    let change = read(vectors(model, &likely).matmul(grad.slice_dim(0, place..place + 1).transpose())).await?;
    likely.sort_by(|a, b| change[*a as usize].total_cmp(&change[*b as usize]));
    likely.truncate(n_tried);
    let mut losses = vec![value];
    for token in &likely {
        let mut with = chosen.to_vec();
        with[place] = *token;
        losses.push(loss(answered(model, &vectors(model, &with), tokens.clone()), goal));
        host.breathe().await?;
    }
    let losses = read(Tensor::cat(losses, 0)).await?;
    let best = (0..losses.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b])).unwrap_or(0);
    Ok(if best == 0 { chosen[place] } else { likely[best - 1] })
}

/// Mean cross entropy of answer logits with `goal`.
fn loss(logits: Tensor<2>, goal: &[Vec<f64>]) -> Tensor<1> {
    let device = logits.device();
    soft_cross_entropy(logits, goal, 1.0 / goal.len() as f64, &device)
}

/// The loss on prompts with `prefix` `[m, d]` before each, and its gradient `[m, d]`, summed over the prompts since they share the prefix.
fn loss_gradient(model: &Model, prefix: &Tensor<2>, tokens: Tensor<2, Int>, goal: &[Vec<f64>]) -> (Tensor<1>, Option<Tensor<2>>) {
    let ([batch, seq], [m, d]) = (tokens.dims(), prefix.dims());
    let chain = model.chain(seq + m);
    let begin = before(&*chain, prefix, tokens);
    let (value, mut grads) = of_state(&*chain, begin, &|logits| loss(logits, goal));
    let grad = grads.first_mut().and_then(Option::take);
    (value, grad.map(|grad| grad.reshape([batch, seq + m, d]).slice([0..batch, 0..m]).sum_dim(0).reshape([m, d])))
}

/// Answer logits of prompts with `prefix` before each.
fn answered(model: &Model, prefix: &Tensor<2>, tokens: Tensor<2, Int>) -> Tensor<2> {
    let chain = model.chain(tokens.dims()[1] + prefix.dims()[0]);
    let mut state = before(&*chain, prefix, tokens);
    for i in 0..chain.n_blocks() - 1 {
        state = chain.block(i, state);
    }
    chain.answer(state)
}

/// The input of a model's blocks: the prompts' embeddings `[batch · seq, d]` with `prefix` `[m, d]` before each, that is `[batch · (m + seq), d]`.
fn before(chain: &dyn Chain, prefix: &Tensor<2>, tokens: Tensor<2, Int>) -> State {
    let [batch, seq] = tokens.dims();
    let [m, d] = prefix.dims();
    let mut state = chain.embed(tokens);
    let rows = state[0].clone().reshape([batch, seq, d]);
    let prefix = prefix.clone().reshape([1, m, d]).repeat_dim(0, batch);
    state[0] = Tensor::cat(vec![prefix, rows], 1).reshape([batch * (m + seq), d]);
    state
}

/// Quality on `rows` with `prefix` before each prompt.
async fn quality_with_prefix(
    model: &Model,
    prefix: &Tensor<2>,
    encoded: &Encoded,
    rows: &[u32],
    clock: &mut Clock,
    host: &mut dyn Host,
) -> Result<Quality> {
    let device = model.device();
    let (mut p, mut truth) = (Vec::new(), Vec::new());
    for batch in LengthBucketSampler::new(encoded, rows.iter().copied()).in_order(|_| EVAL_ROWS) {
        let logits = read(answered(model, prefix, encoded.tensor(batch, &device))).await?;
        p.extend(crate::metric::p_yes(&logits, logits.len() / batch.len()));
        truth.extend(encoded.truth(batch));
        clock.pass(batch.len() as f64, host);
        host.breathe().await?;
    }
    Ok(metric::quality(&p, &truth))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Quiet;
    use crate::model::{DecoderSpec, Spec};
    use burn::tensor::Device;

    /// A model of 24 tokens, two prompts, and their target answers.
    fn question() -> (Model, Tensor<2, Int>, Vec<Vec<f64>>) {
        let spec = DecoderSpec { vocab_size: 24, head_vocab_size: 16, intermediate_size: 16, num_hidden_layers: 2, ..DecoderSpec::tiny() };
        let device = Device::flex();
        let model = Model::init(&Spec::Llama(spec), &mut SeedRng::seed_from_u64(5), &device).expect("a valid spec");
        let tokens = Tensor::from_ints([[1, 20, 7, 3], [1, 22, 9, 3]], &device);
        (model, tokens, [4, 5].iter().map(|at| (0..16).map(|k| if k == *at { 1.0 } else { 0.0 }).collect()).collect())
    }

    /// The gradient with respect to the vectors, compared with finite differences of the loss.
    #[test]
    fn the_gradient_of_a_prefix() {
        let (model, tokens, targets) = question();
        let start: Vec<f32> = (0..16).map(|k| (k as f32 * 0.7).sin()).collect();
        let run = |values: &[f32]| {
            let prefix = Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, 8]), &model.device());
            let (value, grad) = loss_gradient(&model, &prefix, tokens.clone(), &targets);
            let floats = |data: TensorData| data.try_to_vec::<f32>().expect("floats");
            (floats(value.into_data())[0], floats(grad.expect("a gradient").into_data()))
        };
        let (_, grad) = run(&start);
        assert_eq!(grad.len(), 16);
        for at in [0, 5, 11] {
            let moved = |by: f32| {
                let mut values = start.clone();
                values[at] += by;
                run(&values).0
            };
            let difference = (moved(0.02) - moved(-0.02)) / 0.04;
            assert!(
                (difference - grad[at]).abs() < 2e-3 + 0.02 * difference.abs(),
                "entry {at}: {difference} by difference, {} by gradient",
                grad[at]
            );
        }
        assert!(grad.iter().any(|g| g.abs() > 1e-3), "{grad:?}");
    }

    /// With every token tried, the chosen one is the best of all.
    #[test]
    fn the_best_token_is_found() {
        let (model, tokens, goal) = question();
        for place in [0, 1] {
            let with = |token: i32| {
                let mut chosen = [7, 21];
                chosen[place] = token;
                loss(answered(&model, &vectors(&model, &chosen), tokens.clone()), &goal).into_scalar::<f32>()
            };
            let best = (0..24).min_by(|a, b| with(*a).total_cmp(&with(*b))).expect("there are tokens");
            let found =
                pollster::block_on(replaced(&model, &[7, 21], place, 24, &tokens, &goal, &mut Quiet::default())).expect("finds one");
            assert_eq!(found, best);
            // With few tokens tried, the chosen one is never worse than the present one.
            let few = pollster::block_on(replaced(&model, &[7, 21], place, 2, &tokens, &goal, &mut Quiet::default())).expect("finds one");
            assert!(with(few) <= with([7, 21][place]));
        }
    }
}
