//! A soft prompt (Yuan et al. 2024, arXiv 2408.10682: dynamic unlearning attack): a few vectors before the prompt, trained on some forgotten rows
//! to bring Original's answers back, and judged on the others. The attack of the paper searches a suffix of tokens; vectors are what it could
//! reach at most, and can be found by gradient. The weights stay as they are.
//!
//! What a prefix can do in general shows on Retrain, to which the same is done.

use super::AttackEntry;
use super::judge::{Trio, conclusion, control, of_100, recovered, right};
use super::report::{Bar, Chart, Finding};
use super::scene::{Clock, ORIGINAL, RETRAIN, Scene, UNLEARNED, finding, labels, skipped};
use crate::data::batch::{Dealer, Encoded};
use crate::linear::random::SeedRng;
use crate::metric::softmax;
use crate::model::{Chain, Model, Network, State};
use crate::report::Quality;
use crate::train::gradient::of_state;
use crate::train::host::Host;
use crate::train::infer::{answer_logits, read};
use crate::unlearn::teachers::soft_cross_entropy;
use crate::unlearn::{ParamEntry, Params, Recommender};
use crate::{Result, metric};
use burn::optim::{AdamWConfig, AdamWState, Optimizer};
use burn::tensor::{Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// Rows that go through the model at once when they are judged.
const JUDGED: usize = 64;

pub const ENTRY: AttackEntry = AttackEntry {
    id: "prompt",
    label: "Trained prompt",
    citation: "dynamic unlearning attack: Yuan et al. 2024, arXiv 2408.10682",
    summary: "The attacker puts a few vectors before each question and trains them, on forgotten ratings that he has, to bring the original \
              answers back. If they do so for ratings that he has not, the memory was still in the weights.",
    params: &[
        ParamEntry::int("vectors", "Vectors", "How many are put before the prompt.", [1.0, 64.0, 4.0]),
        ParamEntry::int("rows", "Ratings", "Forgotten ratings that the attacker has.", [1.0, 2000.0, 64.0]),
        ParamEntry::int("steps", "Steps", "Steps of training.", [1.0, 2000.0, 60.0]),
        ParamEntry::float("lr", "Learning rate", "AdamW's step size for the vectors.", [1e-4, 1.0, 1e-3, 0.03]),
        ParamEntry::int("batch", "Batch", "Rows a step.", [1.0, 256.0, 32.0]),
    ],
    text: &[("rows", 16.0), ("steps", 12.0), ("batch", 8.0), ("lr", 0.01)],
    passes: |params, extent| {
        let n = extent.n_forget as f64;
        let had = params["rows"].min(n / 2.0);
        let trained = params["steps"] * 4.0 * params["batch"].min(had);
        extent.forget() + had + (extent.n_models - 1) as f64 * (trained + n)
    },
};

pub async fn run<H: Host>(scene: &Scene<'_>, params: &Params, clock: &mut Clock, host: &mut H) -> Result<Finding> {
    let Some(student) = scene.student() else {
        return Ok(skipped(
            &ENTRY,
            "This method makes several models that answer together; one prompt for all of them is not trained here.",
        ));
    };
    let (encoded, rows) = (scene.forget.encoded, &scene.forget.rows);
    if rows.len() < 2 {
        return Ok(skipped(
            &ENTRY,
            "A single forgotten rating leaves none to judge: the attacker needs at least one, and one that he has not.",
        ));
    }
    let longest = rows.iter().map(|row| encoded.n_tokens(*row)).max().unwrap_or(0);
    let room = scene.original.spec().max_tokens().map_or(usize::MAX, |most| most.saturating_sub(longest));
    let n_vectors = (params["vectors"] as usize).min(room);
    if n_vectors == 0 {
        return Ok(skipped(&ENTRY, "The longest prompt fills all positions of the model: there is no room before it."));
    }
    let mut order = rows.clone();
    order.shuffle(&mut SeedRng::seed_from_u64(u64::from(scene.seed)));
    let n_had = (params["rows"] as usize).min(rows.len() / 2).max(1);
    let (had, others) = order.split_at(n_had);
    let goal = answer_logits(scene.original, encoded, had, host, |_, _| {}).await?;
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
    let quality = scene.quality(&Recommender::from(scene.original.clone()), encoded, others, clock, host).await?;
    bars.push(bar("Original", ORIGINAL, quality));
    for (name, label, model) in [(UNLEARNED, "Unlearned", Some(student)), (RETRAIN, "Retrain", scene.retrain)] {
        let Some(model) = model else { continue };
        let quality = scene.quality(&Recommender::from(model.clone()), encoded, others, clock, host).await?;
        bars.push(bar(label, name, quality));
        let model = model.frozen();
        let prefix = train(&model, encoded, had, &goal, n_vectors, params, scene.seed, clock, host).await?;
        let quality = judged(&model, &prefix, encoded, others, clock, host).await?;
        bars.push(bar(&format!("{label}, trained prompt"), name, quality));
    }
    let at = |idx: usize| bars.get(idx).map(|bar| bar.right);
    let original = bars[0].right;
    let before = Trio { original, unlearned: bars[1].right, retrain: at(3) };
    let after = Trio { original, unlearned: bars[2].right, retrain: at(4) };
    let error = scene.error(original, others);
    let verdict = recovered(before, after, error);
    let sentence = format!(
        "With {n_vectors} vectors before the question, trained on {n_had} forgotten ratings, the model gets {} of 100 cases right among those that \
         the attacker does not have, {} without; the original gets {}, and {}. {}",
        of_100(after.unlearned),
        of_100(before.unlearned),
        of_100(original),
        control(after.retrain, " with a prompt trained alike"),
        conclusion(verdict, before, error)
    );
    Ok(finding(&ENTRY, verdict, sentence, after.figures(), error, Chart::Bars { bars }))
}

/// Vectors `[m, d]` that draw the model's answers on `rows` to `goal`.
#[expect(clippy::too_many_arguments, reason = "one private caller shape: whose prompt, trained on what, towards what, how")]
async fn train<H: Host>(
    model: &Model,
    encoded: &Encoded,
    rows: &[u32],
    goal: &[Vec<f64>],
    n_vectors: usize,
    params: &Params,
    seed: u32,
    clock: &mut Clock,
    host: &mut H,
) -> Result<Tensor<2>> {
    let mut rng = SeedRng::seed_from_u64(u64::from(seed) + 2);
    let device = model.device();
    // They begin as vectors of tokens that the prompts have.
    let tokens: Vec<i32> = (0..n_vectors)
        .map(|_| {
            let row = encoded.row(rows[rng.random_range(0..rows.len())]);
            row[rng.random_range(0..row.len())] as i32
        })
        .collect();
    let tokens = Tensor::<1, Int>::from_data(TensorData::new(tokens, [n_vectors]), &device);
    let mut prefix = model.embedding().forward(tokens, None);
    let adamw = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(0.0).build();
    let mut state: Option<AdamWState<2>> = None;
    let mut dealer = Dealer::new(encoded, rows.iter().copied());
    let mut queue = Vec::new();
    for step in 1..=params["steps"] as u32 {
        if queue.is_empty() {
            queue = dealer.epoch(params["batch"] as usize, &mut rng);
        }
        let batch = queue.pop().unwrap_or_default();
        let targets: Vec<Vec<f64>> =
            batch.iter().filter_map(|row| rows.iter().position(|had| had == row)).map(|at| goal[at].clone()).collect();
        let chain = model.chain(encoded.n_tokens(batch[0]) + n_vectors);
        let begin = before(&*chain, &prefix, encoded.tensor(&batch, &device));
        let autodiff = device.clone().autodiff();
        let loss = |logits| soft_cross_entropy(logits, &targets, 1.0 / batch.len() as f64, &autodiff);
        let (value, mut grads) = of_state(&*chain, begin, &loss);
        if let Some(grad) = grads.first_mut().and_then(Option::take) {
            // Each row has the same vectors before it: their gradients add up.
            let [n, d] = grad.dims();
            let grad =
                grad.reshape([batch.len(), n / batch.len(), d]).slice([0..batch.len(), 0..n_vectors]).sum_dim(0).reshape([n_vectors, d]);
            let (moved, next) = adamw.step(params["lr"], prefix, grad, state.take());
            (prefix, state) = (moved, next);
        }
        if step.is_multiple_of(20) {
            read(value).await?;
        }
        clock.pass(4.0 * batch.len() as f64, host);
        host.breathe().await?;
    }
    Ok(prefix)
}

/// What a model's blocks begin with: the prompts' vectors `[batch · seq, d]`, with `prefix` `[m, d]` before each → `[batch · (m + seq), d]`.
fn before(chain: &dyn Chain, prefix: &Tensor<2>, tokens: Tensor<2, Int>) -> State {
    let [batch, seq] = tokens.dims();
    let [m, d] = prefix.dims();
    let mut state = chain.embed(tokens);
    let rows = state[0].clone().reshape([batch, seq, d]);
    let prefix = prefix.clone().reshape([1, m, d]).repeat_dim(0, batch);
    state[0] = Tensor::cat(vec![prefix, rows], 1).reshape([batch * (m + seq), d]);
    state
}

/// Quality on `rows` with `prefix` before each.
async fn judged<H: Host>(
    model: &Model,
    prefix: &Tensor<2>,
    encoded: &Encoded,
    rows: &[u32],
    clock: &mut Clock,
    host: &mut H,
) -> Result<Quality> {
    let (device, [m, _]) = (model.device(), prefix.dims());
    let (mut p, mut truth) = (Vec::new(), Vec::new());
    for batch in Dealer::new(encoded, rows.iter().copied()).in_order(|_| JUDGED) {
        let chain = model.chain(encoded.n_tokens(batch[0]) + m);
        let mut state = before(&*chain, prefix, encoded.tensor(batch, &device));
        for i in 0..chain.n_blocks() - 1 {
            state = chain.block(i, state);
        }
        let logits = read(chain.answer(state)).await?;
        p.extend(crate::lab::p_yes(&logits, logits.len() / batch.len()));
        truth.extend(labels(encoded, batch));
        clock.pass(batch.len() as f64, host);
        host.breathe().await?;
    }
    Ok(metric::quality(&p, &truth))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DecoderSpec, Spec};
    use burn::tensor::Device;

    /// The gradient that the vectors are moved by, against differences of the loss.
    #[test]
    fn the_gradient_of_a_prefix() {
        let spec = DecoderSpec { vocab_size: 24, head_vocab_size: 16, intermediate_size: 16, num_hidden_layers: 2, ..DecoderSpec::tiny() };
        let device = Device::flex();
        let mut rng = SeedRng::seed_from_u64(5);
        let model = Model::init(&Spec::Llama(spec), &mut rng, &device).expect("a valid spec");
        let tokens = Tensor::<2, Int>::from_ints([[1, 20, 7, 3], [1, 22, 9, 3]], &device);
        let targets: Vec<Vec<f64>> = [4, 5].iter().map(|at| (0..16).map(|k| if k == *at { 1.0 } else { 0.0 }).collect()).collect();
        let start: Vec<f32> = (0..16).map(|k| (k as f32 * 0.7).sin()).collect();
        let run = |values: &[f32]| {
            let prefix = Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, 8]), &device);
            let chain = model.chain(6);
            let autodiff = device.clone().autodiff();
            let loss = |logits| soft_cross_entropy(logits, &targets, 0.5, &autodiff);
            let (value, mut grads) = of_state(&*chain, before(&*chain, &prefix, tokens.clone()), &loss);
            let grad = grads.remove(0).expect("a gradient").reshape([2, 6, 8]).slice([0..2, 0..2]).sum_dim(0);
            let floats = |data: TensorData| data.try_to_vec::<f32>().expect("floats");
            (floats(value.into_data())[0], floats(grad.into_data()))
        };
        let (_, grad) = run(&start);
        assert_eq!(grad.len(), 16);
        for at in [0, 5, 11] {
            let moved = |by: f32| {
                let mut values = start.clone();
                values[at] += by;
                run(&values).0
            };
            let slope = (moved(0.02) - moved(-0.02)) / 0.04;
            assert!((slope - grad[at]).abs() < 2e-3 + 0.02 * slope.abs(), "entry {at}: {slope} by difference, {} by gradient", grad[at]);
        }
        assert!(grad.iter().any(|g| g.abs() > 1e-3), "{grad:?}");
    }
}
