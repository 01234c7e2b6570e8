//! DEPN: finds the neurons that hold the answers by integrated gradients and switches them off. Nothing is trained.
//!
//! The attribution of unit j of a feed-forward layer is `∫₀¹ ∂p(y) / ∂g_j dg` for a gate g on the layer's units, summed in m steps: what the unit
//! contributes to the probability of the answer. A unit belongs to a row if its attribution exceeds τ times the row's largest. Units that belong to
//! enough rows are erased, the most frequent first. Erasing unit j is the adapter `ΔW = −W e_j e_jᵀ` on the output projection, so the mask is a
//! LoRA, of rank the largest number of units erased in one block, and is exported as one. Adapted: the published attribution is at one masked
//! position; here all positions of a prompt share one gate.

use super::presets::recommended;
use crate::host::event::Phase;
use crate::host::{Host, LocalFuture};
use crate::linear::{Linear, Lora};
use crate::model::{Decoder, Model, Network, Trainable};
use crate::tensor::read;
use crate::train::gradient::{Memory, gradient};
use crate::unlearn::engine::loss::one_hot;
use crate::unlearn::engine::plan::{Plan, Procedure};
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::engine::task::{Outcome, RunState, Stage, TaskSizes, UnlearnTask};
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use crate::{Error, Result};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use std::sync::Arc;

/// Rows per pass.
const BATCH: usize = 32;

/// How neurons are found, and how many are erased.
#[derive(Debug, Clone, Copy, PartialEq)]
struct NeuronPlan {
    /// Number of forget rows examined, evenly spaced.
    pub n_rows: usize,
    /// m, the number of steps of the integral.
    pub n_steps: usize,
    /// τ: a unit belongs to a row if its attribution exceeds this share of the row's largest.
    pub tau: f64,
    /// Share of rows that an erased unit must belong to.
    pub frequency: f64,
    /// Largest number of erased units.
    pub most: usize,
}

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "depn",
    label: "DEPN",
    family: Family::Inner,
    citation: "Wu et al. 2023, arXiv 2310.20138",
    summary: "The units of the feed-forward layers that carry the forgotten rows’ answers are found and switched off. Nothing is trained.",
    params: &[
        ParamEntry::int("rows", "Rows looked at", "Forget rows on which units are sought.", [1.0, 5000.0, 256.0]),
        ParamEntry::int("steps", "m, steps of the integral", "How finely a unit’s share in the answer is measured.", [1.0, 100.0, 20.0]),
        ParamEntry::float(
            "tau",
            "τ, threshold",
            "Share of a row’s largest attribution above which a unit is the row’s.",
            [0.0, 1.0, 0.01, 0.1],
        ),
        ParamEntry::float("frequency", "Frequency", "Share of the rows that an erased unit must belong to.", [0.0, 1.0, 0.01, 0.3]),
        ParamEntry::int("erase", "Units erased", "At most so many, the most frequent first.", [1.0, 500.0, 10.0]),
    ],
    presets: &[
        recommended!(tuned),
        Preset {
            id: "published",
            label: "As published",
            note: "m 20, τ 0.1, frequency 0.5, and ten units, the fewest that the paper erases.",
            params: &[("steps", 20.0), ("tau", 0.1), ("frequency", 0.5), ("erase", 10.0)],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "Few rows and steps, since every block is integrated by itself. Not tuned.",
            params: &[("rows", 8.0), ("steps", 5.0), ("erase", 50.0)],
        },
    ],
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let n = |key: &str| p[key] as usize;
    let n_rows = n("rows").min(sizes.n_forget());
    Ok(Plan::Procedure(Arc::new(NeuronPlan { n_rows, n_steps: n("steps"), tau: p["tau"], frequency: p["frequency"], most: n("erase") })))
}

impl NeuronPlan {
    /// Number of gradient passes over a batch, per block.
    fn n_passes(&self, n_forget: usize) -> u32 {
        (self.n_steps * self.n_rows.min(n_forget).div_ceil(BATCH)) as u32
    }

    /// Cost of one such pass, in forward passes of a row.
    fn pass_cost(&self, n_forget: usize) -> f64 {
        3.0 * self.n_rows.min(n_forget).min(BATCH) as f64
    }
}

impl Procedure for NeuronPlan {
    fn stages(&self, sizes: &TaskSizes) -> Vec<Stage> {
        vec![(Phase::Teachers, sizes.n_blocks as u32 * self.n_passes(sizes.n_forget()), self.pass_cost(sizes.n_forget()))]
    }

    fn run<'a>(&'a self, task: &'a UnlearnTask<'a>, state: RunState<'a>) -> LocalFuture<'a, Result<Outcome>> {
        Box::pin(erase_neurons(self, task, state))
    }
}

/// Finds the neurons and erases them.
///
/// # Errors
/// If no unit belongs to enough rows, the model has no feed-forward layers of this kind, the device fails or the host cancels.
async fn erase_neurons(plan: &NeuronPlan, task: &UnlearnTask<'_>, state: RunState<'_>) -> Result<Outcome> {
    let RunState { progress, host, .. } = state;
    let Model::Llama(mut model) = task.original.without_adapter() else {
        return Err(Error::setting("method", "needs a decoder with gated feed-forward layers", "T5"));
    };
    let forget = task.sets.forget;
    let n = plan.n_rows.min(forget.len());
    let mut rows: Vec<u32> = (0..n).map(|k| forget[k * forget.len() / n]).collect();
    // Sorted so that a batch has rows of one length.
    rows.sort_by_key(|row| task.sets.encoded.n_tokens(*row));
    let total = model.blocks.len() as u32 * plan.n_passes(forget.len());
    progress.expect(Phase::Teachers, total);
    let (mut found, mut done) = (Vec::new(), 0);
    for batch in rows.chunk_by(|a, b| task.sets.encoded.n_tokens(*a) == task.sets.encoded.n_tokens(*b)).flat_map(|rows| rows.chunks(BATCH))
    {
        let mut of_rows = vec![Vec::new(); batch.len()];
        for block in 0..model.blocks.len() {
            let of_block = attributions(&mut model, task, batch, block, plan.n_steps, host).await?;
            done += plan.n_steps as u32;
            progress.at(Phase::Teachers, done.min(total), total, host);
            of_rows.iter_mut().zip(of_block).for_each(|(row, of_block)| row.extend(of_block));
        }
        found.extend(of_rows);
    }
    let width = model.spec.intermediate_size;
    let units = chosen(&found, plan);
    if units.is_empty() {
        return Err(Error::setting("frequency", "must leave a unit to erase: no unit belongs to so many rows", plan.frequency));
    }
    erase(&mut model, &units, width);
    let model = Model::Llama(model);
    let trainable_params = model.n_params(Trainable::Adapter);
    Ok(Outcome { model: Recommender::from(model.frozen()), n_steps: 0, trainable_params, calibration: None, aside_ms: 0.0 })
}

/// Contribution of each unit of a block to p(true answer), one row per prompt `[rows, ff]`.
async fn attributions(
    model: &mut Decoder,
    task: &UnlearnTask<'_>,
    rows: &[u32],
    block: usize,
    n_steps: usize,
    host: &mut dyn Host,
) -> Result<Vec<Vec<f64>>> {
    let encoded = task.sets.encoded;
    let (seq, width) = (encoded.n_tokens(rows[0]), model.spec.intermediate_size);
    let device = model.device().autodiff();
    // The last block computes one position per prompt, the others all positions.
    let n_each = if block + 1 == model.blocks.len() { 1 } else { seq };
    let truth: Vec<f32> =
        rows.iter().flat_map(|row| one_hot(encoded.labels[*row as usize], model.spec.head_vocab_size)).map(|p| p as f32).collect();
    let truth = Tensor::<2>::from_data(TensorData::new(truth, [rows.len(), model.spec.head_vocab_size]), &device);
    let mut sums = vec![vec![0.0; width]; rows.len()];
    for step in 1..=n_steps {
        let factor =
            Tensor::<2>::ones([rows.len() * n_each, width], &device).mul_scalar(step as f64 / n_steps as f64).detach().require_grad();
        model.blocks[block].mlp.scale = Some(factor.clone());
        let p = |logits: Tensor<2>| (activation::softmax(logits, 1) * truth.clone()).sum();
        let mut pass = gradient(model, encoded.tensor(rows, &device), Memory::suited_to(model), &p);
        if let Some(grad) = pass.grads.take(&factor) {
            let grad = grad.reshape([rows.len(), n_each, width]).sum_dim(1).reshape([rows.len(), width]);
            for (sum, grad) in sums.iter_mut().zip(read(grad).await?.chunks_exact(width)) {
                sum.iter_mut().zip(grad).for_each(|(sum, grad)| *sum += f64::from(*grad) / n_steps as f64);
            }
        }
        host.breathe().await?;
    }
    model.blocks[block].mlp.scale = None;
    Ok(sums)
}

/// The units to erase, as indices into a row's attributions: those that belong to enough rows, by frequency, then by total attribution.
fn chosen(attributions: &[Vec<f64>], plan: &NeuronPlan) -> Vec<usize> {
    let n_units = attributions.first().map_or(0, Vec::len);
    let mut units: Vec<(usize, usize, f64)> = (0..n_units).map(|unit| (unit, 0, 0.0)).collect();
    for row in attributions {
        let largest = row.iter().copied().fold(0.0, f64::max);
        for (unit, value) in row.iter().enumerate().filter(|(_, value)| **value > 0.0 && **value >= plan.tau * largest) {
            units[unit].1 += 1;
            units[unit].2 += value;
        }
    }
    let needed = plan.frequency * attributions.len() as f64;
    units.retain(|(_, n_rows, _)| *n_rows > 0 && *n_rows as f64 >= needed);
    units.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.total_cmp(&a.2)));
    units.truncate(plan.most);
    units.into_iter().map(|(unit, _, _)| unit).collect()
}

/// Attaches the adapter that cancels the units to the output projections.
fn erase(model: &mut Decoder, units: &[usize], width: usize) {
    let of_block = |block: usize| units.iter().filter(|unit| *unit / width == block).map(|unit| unit % width).collect::<Vec<_>>();
    // PEFT files have one rank, so all blocks share it.
    let rank = (0..model.blocks.len()).map(|block| of_block(block).len()).max().unwrap_or(1);
    let device = model.device();
    for block in 0..model.blocks.len() {
        model.blocks[block].mlp.down.lora = Some(without(&model.blocks[block].mlp.down, &of_block(block), rank, &device));
    }
}

/// The adapter `s B A = −W Σ e_j e_jᵀ` for W `[out, in]`: row k of A is e_j, column k of B is −W e_j, the rest is zero.
fn without(layer: &Linear, units: &[usize], rank: usize, device: &Device) -> Lora {
    let weight = layer.weight.dense();
    let [d_out, d_in] = weight.dims();
    let mut rows = vec![0f32; rank * d_in];
    units.iter().enumerate().for_each(|(k, unit)| rows[k * d_in + unit] = 1.0);
    let a = Tensor::<2>::from_data(TensorData::new(rows, [rank, d_in]), device);
    let b = if units.is_empty() {
        Tensor::zeros([d_out, rank], device)
    } else {
        let ids: Vec<i32> = units.iter().map(|unit| *unit as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [units.len()]), device);
        let columns = weight.select(1, ids).neg();
        if units.len() == rank { columns } else { Tensor::cat(vec![columns, Tensor::zeros([d_out, rank - units.len()], device)], 1) }
    };
    Lora { a, b, scale: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::Weight;

    #[test]
    fn units_by_hand() {
        let plan = NeuronPlan { n_rows: 3, n_steps: 1, tau: 0.5, frequency: 0.6, most: 5 };
        // Unit 0 belongs to all three rows, unit 1 to two, unit 2 to one; unit 3 never contributes.
        let rows = [vec![1.0, 0.6, 0.1, -1.0], vec![0.5, 1.0, 0.2, 0.0], vec![0.9, 0.1, 1.0, -0.5]];
        assert_eq!(chosen(&rows, &plan), [0, 1]);
        assert_eq!(chosen(&rows, &NeuronPlan { most: 1, ..plan }), [0]);
        assert_eq!(chosen(&rows, &NeuronPlan { frequency: 0.0, ..plan }), [0, 1, 2]);
    }

    #[test]
    fn an_erased_unit_adds_nothing() {
        let device = Device::flex();
        let weight = Tensor::<2>::from_floats([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], &device);
        let mut layer = Linear::new(Weight::Dense(weight));
        layer.lora = Some(without(&layer, &[1], 2, &device));
        let y = layer.forward(Tensor::from_floats([[1.0, 10.0, 100.0]], &device)).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(y, [301.0, 604.0]);
    }
}
