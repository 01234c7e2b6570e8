//! U-CAN (utility-aware contrastive attenuation, arXiv 2602.23400): units that answer the forget rows and are of little use to the others are turned down,
//! not off. Forward passes only; nothing is trained.
//!
//! For unit j of a feed-forward layer, a_f and a_r are its mean |activation| on forget and on retain rows. Its risk is how much more it answers to the
//! forget rows, `r_j = max(0, a_f − a_r) / max_k (…)`; its utility is what it adds to the retain rows' state, `u_j = ‖W e_j‖ · ‖x_j‖_{D_r} / max_k (…)`. It is
//! multiplied by `c_j = exp(−κ r_j (1 − u_j))`, smooth and 1 where there is no risk. Both maxima are taken within a block.
//!
//! Derived: the paper's text names the three parts, the exact formulas are ours. The paper attenuates the dimensions of the adapter with which the
//! model was tuned; a nano has none, so the units of its feed-forward layers stand for them. Multiplying unit j is the adapter `ΔW = (c_j − 1) W e_j e_jᵀ`
//! on the output projection, as in DEPN, and only the units with the lowest c_j are changed, so that its rank is bounded.

use super::common::{scaling, student};
use crate::data::batch::LengthBucketSampler;
use crate::data::every_nth;
use crate::host::event::Phase;
use crate::host::{Host, LocalFuture};
use crate::linear::{Linear, Lora};
use crate::model::{Decoder, Model, Network, Trainable};
use crate::tensor::read;
use crate::unlearn::engine::calibrate::{Scaling, scaled};
use crate::unlearn::engine::plan::{Plan, Procedure};
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::engine::task::{Outcome, RunState, Stage, TaskSizes, UnlearnTask};
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use crate::{Error, Result};
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::sync::Arc;

/// Rows per pass.
const BATCH: usize = 64;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "ucan",
    label: "U-CAN",
    family: Family::Inner,
    citation: "Wu et al. 2026, arXiv 2602.23400",
    summary: "Units that react more to the forgotten rows than to others, and matter little to those, are turned down smoothly. Forward passes alone.",
    params: &[
        ParamEntry::int(
            "rows",
            "Rows looked at",
            "Forget rows, and as many retain rows, on which units are compared.",
            [1.0, 20000.0, 2048.0],
        ),
        ParamEntry::float("kappa", "κ, how far down", "Larger turns risky units further down.", [0.0, 100.0, 0.1, 4.0]),
        ParamEntry::int("units", "Units turned down", "At most so many in a block, the riskiest first.", [1.0, 512.0, 32.0]),
        student::SCALE,
    ],
    presets: &[
        Preset {
            id: "tuned",
            label: "Recommended",
            note: "On a nano it forgets next to nothing: none of a few settings moved the forgotten rows to what is expected of them.",
            params: &[],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "Few rows, since each is a pass of its own. Not tuned.",
            params: &[("rows", 64.0), ("units", 64.0)],
        },
    ],
    plan,
};

/// How units are compared, and how far they are turned down.
#[derive(Debug, Clone, Copy)]
struct AttenuationPlan {
    n_rows: usize,
    kappa: f64,
    most: usize,
    scaling: Scaling,
}

fn plan(p: &Params, _: &TaskSizes) -> Result<Plan> {
    Ok(Plan::Procedure(Arc::new(AttenuationPlan {
        n_rows: p["rows"] as usize,
        kappa: p["kappa"],
        most: p["units"] as usize,
        scaling: scaling(p),
    })))
}

impl Procedure for AttenuationPlan {
    fn stages(&self, sizes: &TaskSizes) -> Vec<Stage> {
        let (n_forget, n_retain) = (sizes.n_forget(), sizes.n_retain());
        vec![(Phase::Teachers, (n_forget.min(self.n_rows) + n_retain.min(self.n_rows)) as u32, 1.0), self.scaling.stage(n_forget)]
    }

    fn run<'a>(&'a self, task: &'a UnlearnTask<'a>, state: RunState<'a>) -> LocalFuture<'a, Result<Outcome>> {
        Box::pin(attenuate(self, task, state))
    }
}

/// Finds risky units of little use and turns them down.
///
/// # Errors
/// If the model has no feed-forward layers of this kind, no unit is risky, the device fails or the host cancels.
async fn attenuate(plan: &AttenuationPlan, task: &UnlearnTask<'_>, state: RunState<'_>) -> Result<Outcome> {
    let RunState { progress, host, .. } = state;
    let Model::Llama(mut model) = task.original.without_adapter() else {
        return Err(Error::setting("method", "needs a decoder with gated feed-forward layers", "T5"));
    };
    let sets = [task.sets.forget, task.sets.retain].map(|rows| every_nth(rows, plan.n_rows));
    let total = (sets[0].len() + sets[1].len()) as u32;
    progress.expect(Phase::Teachers, total);
    let mut done = 0;
    let mut tell = |host: &mut dyn Host, n: usize| {
        done += n as u32;
        progress.at(Phase::Teachers, done, total, host);
    };
    let forget = activations(&model, task, &sets[0], host, &mut tell).await?;
    let retain = activations(&model, task, &sets[1], host, &mut tell).await?;
    let mut kept = Vec::new();
    for (block, (forget, retain)) in model.blocks.iter().zip(forget.iter().zip(&retain)) {
        let columns = read(block.mlp.down.weight.dense().square().sum_dim(0).sqrt().reshape([1, forget.mean.len()])).await?;
        kept.push(turned_down(&factors(forget, retain, &columns, plan.kappa), plan.most));
    }
    // PEFT files have one rank, so all blocks share it.
    let rank = kept.iter().map(Vec::len).max().unwrap_or(0);
    if rank == 0 {
        return Err(Error::setting("kappa", "must turn a unit down: none reacts more to the forgotten rows", plan.kappa));
    }
    let device = model.device();
    for (block, units) in model.blocks.iter_mut().zip(&kept) {
        block.mlp.down.lora = Some(multiplied(&block.mlp.down, units, rank, &device));
    }
    let model = Model::Llama(model).frozen();
    let trainable_params = model.n_params(Trainable::Adapter);
    let (model, calibration) = scaled(plan.scaling, model, task, progress, host).await?;
    Ok(Outcome { model: Recommender::from(model), n_steps: 0, trainable_params, calibration, aside_ms: 0.0 })
}

/// How the units of a block react to some rows.
#[derive(Debug, Clone, Default)]
struct Reaction {
    /// Mean |activation| `[ff]`.
    mean: Vec<f64>,
    /// Root mean square activation `[ff]`.
    norm: Vec<f64>,
}

/// The reaction of every block's units to `rows`.
///
/// # Errors
/// If the device fails or the host cancels.
async fn activations(
    model: &Decoder,
    task: &UnlearnTask<'_>,
    rows: &[u32],
    host: &mut dyn Host,
    tell: &mut impl FnMut(&mut dyn Host, usize),
) -> Result<Vec<Reaction>> {
    let width = model.spec.intermediate_size;
    let mut sums = vec![(Reaction { mean: vec![0.0; width], norm: vec![0.0; width] }, 0.0); model.blocks.len()];
    for batch in LengthBucketSampler::new(task.sets.encoded, rows.iter().copied()).in_order(|_| BATCH) {
        let units = model.units(task.sets.encoded.tensor(batch, &model.device()));
        for ((sum, n), x) in sums.iter_mut().zip(units) {
            *n += x.dims()[0] as f64;
            let both = read(Tensor::cat(vec![x.clone().abs().sum_dim(0), x.square().sum_dim(0)], 0)).await?;
            for (to, from) in sum.mean.iter_mut().chain(&mut sum.norm).zip(both) {
                *to += f64::from(from);
            }
        }
        tell(host, batch.len());
        host.breathe().await?;
    }
    for (sum, n) in &mut sums {
        sum.mean.iter_mut().for_each(|sum| *sum /= n.max(1.0));
        sum.norm.iter_mut().for_each(|sum| *sum = (*sum / n.max(1.0)).sqrt());
    }
    Ok(sums.into_iter().map(|(sum, _)| sum).collect())
}

/// c_j of every unit of a block; `columns` are the lengths ‖W e_j‖.
fn factors(forget: &Reaction, retain: &Reaction, columns: &[f32], kappa: f64) -> Vec<f64> {
    let shares = |values: Vec<f64>| {
        let most = values.iter().copied().fold(0.0, f64::max);
        values.into_iter().map(|value| if most > 0.0 { value / most } else { 0.0 }).collect::<Vec<_>>()
    };
    let risk = shares(forget.mean.iter().zip(&retain.mean).map(|(f, r)| (f - r).max(0.0)).collect());
    let utility = shares(columns.iter().zip(&retain.norm).map(|(w, x)| f64::from(*w) * x).collect());
    risk.iter().zip(&utility).map(|(risk, utility)| (-kappa * risk * (1.0 - utility)).exp()).collect()
}

/// The units with the lowest factors below 1, at most `most`, as (unit, factor).
fn turned_down(factors: &[f64], most: usize) -> Vec<(usize, f64)> {
    let mut units: Vec<(usize, f64)> = factors.iter().copied().enumerate().filter(|(_, factor)| *factor < 1.0).collect();
    units.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    units.truncate(most);
    units
}

/// The adapter `B A = W Σ (c_j − 1) e_j e_jᵀ` for W `[out, in]`: row k of A is e_j, column k of B is (c_j − 1) W e_j, the rest is zero.
fn multiplied(layer: &Linear, units: &[(usize, f64)], rank: usize, device: &Device) -> Lora {
    let weight = layer.weight.dense();
    let [d_out, d_in] = weight.dims();
    let (mut rows, mut gains) = (vec![0f32; rank * d_in], vec![0f32; rank]);
    let mut ids = vec![0i32; rank];
    for (k, (unit, factor)) in units.iter().enumerate() {
        rows[k * d_in + unit] = 1.0;
        gains[k] = (factor - 1.0) as f32;
        ids[k] = *unit as i32;
    }
    let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [rank]), device);
    let gains = Tensor::<2>::from_data(TensorData::new(gains, [1, rank]), device);
    let b = weight.select(1, ids) * gains;
    debug_assert_eq!(b.dims(), [d_out, rank], "one column a unit");
    Lora { a: Tensor::from_data(TensorData::new(rows, [rank, d_in]), device), b, scale: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::Weight;

    #[test]
    fn factors_by_hand() {
        let forget = Reaction { mean: vec![3.0, 2.0, 1.0], norm: Vec::new() };
        let retain = Reaction { mean: vec![1.0, 1.0, 2.0], norm: vec![1.0, 2.0, 1.0] };
        // Risks 2, 1 and 0 of 2; utilities 1, 4 and 1 of 4: exponents −κ · 1 · ¾, −κ · ½ · 0 and 0.
        let found = factors(&forget, &retain, &[1.0, 2.0, 1.0], 2.0);
        assert!((found[0] - (-1.5f64).exp()).abs() < 1e-12 && found[1] == 1.0 && found[2] == 1.0, "{found:?}");
        assert_eq!(turned_down(&found, 3), [(0, found[0])]);
        assert_eq!(turned_down(&[0.5, 0.2, 0.3], 2), [(1, 0.2), (2, 0.3)]);
    }

    #[test]
    fn a_unit_adds_its_share() {
        let device = Device::flex();
        let mut layer = Linear::new(Weight::Dense(Tensor::from_floats([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], &device)));
        layer.lora = Some(multiplied(&layer, &[(1, 0.25)], 2, &device));
        let y = layer.forward(Tensor::from_floats([[1.0, 10.0, 100.0]], &device)).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(y, [306.0, 616.5]); // 1 + ¼ · 20 + 300 and 4 + ¼ · 50 + 600
    }
}
