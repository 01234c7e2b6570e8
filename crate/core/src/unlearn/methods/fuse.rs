//! Fusion of several requests: adapters that were trained separately are fused by regression (EUL, arXiv 2310.20150, section 3.3).
//!
//! For each layer the fused map W minimises the distance to what each adapter W_i does on its own inputs X_i (rows), `Σ |X_i W − X_i W_i|²`, so `W
//! = (Σ G_i)⁻¹ Σ G_i W_i` with `G_i = X_iᵀ X_i`. With W_i = s_i A_iᵀ B_iᵀ this is a LoRA again, whose rank is the sum of theirs: its A has the rows
//! of `((Σ G_i)⁻¹ G_i A_iᵀ)ᵀ`, its B the columns of s_i B_i. Derived: exact for linear adapters, which the published ones are not.

use crate::data::batch::{LengthBucketSampler, LengthCounts};
use crate::host::event::Phase;
use crate::host::{Host, LocalFuture, WithoutCheckpoints};
use crate::linear::Lora;
use crate::model::{Decoder, Model, Network, Trainable};
use crate::tensor::cholesky::{factorise, solve};
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::unlearn::engine::init::StudentSpec;
use crate::unlearn::engine::plan::{Procedure, StudentPlan};
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::engine::student;
use crate::unlearn::engine::task::{Outcome, RunState, Sets, Stage, TaskSizes, UnlearnTask};
use crate::{Error, Result};
use burn::tensor::{Tensor, TensorData};
use rand::SeedableRng;

/// Largest number of a request's forget rows from which its inputs X_i are taken.
const ROWS: usize = 512;
/// Ridge added to the diagonal, as a share of its mean: inputs that never occur would leave the matrix singular.
const RIDGE: f64 = 1e-4;

/// A procedure that trains one student per request and fuses their adapters.
#[derive(Debug)]
pub(super) struct FusedStudents(pub StudentPlan);

impl Procedure for FusedStudents {
    fn stages(&self, sizes: &TaskSizes) -> Vec<Stage> {
        self.0.stages(sizes)
    }

    fn n_steps(&self) -> u32 {
        self.0.student.n_steps
    }

    fn student(&self) -> Option<&StudentPlan> {
        Some(&self.0)
    }

    fn run<'a>(&'a self, task: &'a UnlearnTask<'a>, state: RunState<'a>) -> LocalFuture<'a, Result<Outcome>> {
        Box::pin(fuse(&self.0, task, state))
    }
}

/// Trains one adapter per request, each as if it were the only request, and fuses them.
///
/// # Errors
/// If a request has no row of its own, the model is not a decoder, the device fails or the host cancels.
async fn fuse(plan: &StudentPlan, task: &UnlearnTask<'_>, state: RunState<'_>) -> Result<Outcome> {
    let RunState { progress, host, .. } = state;
    // A checkpoint of one student is not a checkpoint of the whole procedure.
    let host: &mut dyn Host = &mut WithoutCheckpoints(host);
    let (mut members, mut n_steps, mut aside_ms) = (Vec::new(), 0, 0.0);
    let n_batches = |part: &[u32]| LengthCounts::new(task.sets.encoded, part).n_batches(plan.batch) as f64;
    let n_batches_of_all: f64 = task.requests.iter().map(|part| n_batches(part)).sum();
    for part in task.requests {
        progress.begin_part(Phase::Teachers);
        progress.begin_part(Phase::Student);
        progress.begin_part(Phase::Calibrate);
        // Rows of the other requests are not retained either.
        let sets = Sets { forget: part, ..task.sets };
        let share = n_batches(part) / n_batches_of_all;
        let steps = ((f64::from(plan.student.n_steps) * share).round() as u32).max(1);
        let plan = StudentPlan { student: StudentSpec { n_steps: steps, ..plan.student }, ..plan.clone() };
        let expected = task.expected.map(|expected| expected.of(task.sets.forget, part));
        let task = UnlearnTask { sets, expected: expected.as_ref(), ..*task };
        let outcome = student::run(&plan, &task, progress, host, async |_, _, _, _| Ok(())).await?;
        n_steps += outcome.n_steps;
        aside_ms += outcome.aside_ms;
        let Recommender::One(Model::Llama(member)) = outcome.model else {
            return Err(Error::setting("method", "fuses adapters of a decoder", "another model"));
        };
        let gram = gram(&member, task.sets, part, host).await?;
        members.push((*member, gram));
    }
    let model = fused(&members).await?;
    let trainable_params = model.n_params(Trainable::Adapter);
    Ok(Outcome { model: Recommender::from(Model::Llama(Box::new(model))), n_steps, trainable_params, calibration: None, aside_ms })
}

/// The Gram matrix `Xᵀ X` of every block's output projection inputs over a request's rows, row-major `[ff, ff]`.
async fn gram(model: &Decoder, sets: Sets<'_>, rows: &[u32], host: &mut dyn Host) -> Result<Vec<Vec<f64>>> {
    let width = model.spec.intermediate_size;
    let mut sums = vec![vec![0.0; width * width]; model.blocks.len()];
    let mut sampler = LengthBucketSampler::new(sets.encoded, rows.iter().copied());
    let mut n_rows = 0;
    for batch in sampler.epoch(32, &mut SeedRng::seed_from_u64(0)) {
        let products: Vec<Tensor<2>> =
            model.units(sets.encoded.tensor(&batch, &model.device())).into_iter().map(|x| x.clone().transpose().matmul(x)).collect();
        for (sum, product) in sums.iter_mut().zip(products) {
            sum.iter_mut().zip(read(product).await?).for_each(|(sum, value)| *sum += f64::from(value));
        }
        host.breathe().await?;
        n_rows += batch.len();
        if n_rows >= ROWS {
            break;
        }
    }
    Ok(sums)
}

/// One model fused from several that differ only in the adapters of their output projections.
async fn fused(members: &[(Decoder, Vec<Vec<f64>>)]) -> Result<Decoder> {
    let mut model = members[0].0.without_adapter();
    let width = model.spec.intermediate_size;
    let device = model.device();
    for block in 0..model.blocks.len() {
        let mut sum = vec![0.0; width * width];
        for (_, grams) in members {
            sum.iter_mut().zip(&grams[block]).for_each(|(sum, value)| *sum += value);
        }
        let mean = (0..width).map(|i| sum[i * width + i]).sum::<f64>() / width as f64;
        (0..width).for_each(|i| sum[i * width + i] += RIDGE * mean + f64::MIN_POSITIVE);
        factorise(&mut sum, width);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (member, grams) in members {
            let Some(lora) = &member.blocks[block].mlp.down.lora else { continue };
            let rows = read(lora.a.clone()).await?;
            for row in rows.chunks_exact(width) {
                let product: Vec<f64> =
                    grams[block].chunks_exact(width).map(|g| g.iter().zip(row).map(|(g, a)| g * f64::from(*a)).sum()).collect();
                a.extend(solve(&sum, &product).into_iter().map(|value| value as f32));
            }
            b.push(lora.b.clone().mul_scalar(lora.scale));
        }
        if !b.is_empty() {
            let rank = a.len() / width;
            let a = Tensor::from_data(TensorData::new(a, [rank, width]), &device);
            model.blocks[block].mlp.down.lora = Some(Lora { a, b: Tensor::cat(b, 1), scale: 1.0 });
        }
    }
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::LoraSpec;
    use crate::model::{DecoderSpec, Targets};
    use burn::tensor::Device;

    /// Equal adapters are fused to the same map, whatever their inputs were; one without inputs has no weight.
    #[test]
    fn like_adapters_stay() {
        let spec = DecoderSpec::tiny();
        let rng = &mut SeedRng::seed_from_u64(1);
        let base = Decoder::init(&spec, rng, &Device::flex()).unwrap();
        let mut member = base.with_adapter(&LoraSpec { rank: 2, alpha: 4.0 }, Targets::FeedForward, rng);
        member.each_param(Trainable::Adapter, &mut |name, param| {
            if name.ends_with("lora_B.weight") {
                *param = crate::tensor::random::normal(param.dims(), 1.0, rng, &Device::flex());
            }
        });
        let member = member.frozen();
        let mut other = member.clone();
        other.blocks[0].mlp.down.lora.as_mut().unwrap().scale = -7.0;
        let diagonal = |values: [f64; 6]| vec![(0..36).map(|k| if k / 6 == k % 6 { values[k % 6] } else { 0.0 }).collect::<Vec<_>>()];
        let (some, none) = (diagonal([1.0, 2.0, 3.0, 1.0, 5.0, 1.0]), diagonal([0.0; 6]));
        let delta = |model: &Decoder| {
            (model.blocks[0].mlp.down.merged() - base.blocks[0].mlp.down.merged()).into_data().try_to_vec::<f32>().unwrap()
        };
        let wanted = delta(&member);
        for members in
            [[(member.clone(), some.clone()), (member.clone(), diagonal([4.0, 1.0, 1.0, 2.0, 0.5, 1.0]))], [(member, some), (other, none)]]
        {
            let found = delta(&pollster::block_on(fused(&members)).unwrap());
            let worst = found.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let size = wanted.iter().map(|value| value.abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3 * size, "{worst} of {size}"); // the ridge causes 1e-4
        }
    }
}
