//! F-Learning (task vectors): `θ = o − λ (tune(o; D_f) − o)`, then tuned on retain rows.
//!
//! With LoRA, tuning adds the product s B_g A_g to a weight, and the student starts at −λ times it. Only one factor is scaled, since scaling both
//! would subtract λ² times the product. The same adapter is then trained on the retain rows.

use super::common::{is_grown, student, student_plan, tuned};
use super::presets::{presets, with_student};
use crate::Result;
use crate::host::LocalFuture;
use crate::model::{Model, Network, Trainable};
use crate::unlearn::engine::init::{StudentInit, StudentSpec};
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::{RunState, TaskSizes, UnlearnTask};
use crate::unlearn::engine::teachers::{AugmentSpec, Overfit, overfit};
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "flearning",
    label: "F-Learning",
    family: Family::Inner,
    citation: "Ni et al. 2024, Forgetting before Learning, arXiv 2311.08011; task vectors: Ilharco et al. 2023, arXiv 2212.04089",
    summary: "What learning the forgotten rows once more adds to the model is taken off it, then the others are learned again.",
    params: with_student!([
        ParamEntry::float("lambda", "λ, how far back", "How much of what tuning on the forget rows added is taken off.", [0.0, 5.0, 0.05, 0.5]),
        tuned::LR.default(3e-3),
        tuned::BATCH.default(32.0),
        tuned::EPOCHS.default(1.0),
    ], lr 3e-4, stop 0.0),
    presets: presets!(tuned; published "λ 0.5, within the range the paper sweeps, and the student of E2URec’s public code.",
        [("lambda", 0.5), ("augment_lr", 1e-3), ("augment_batch", 16.0)]; text [("augment_lr", 1e-3), ("augment_batch", 8.0)]),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let mut plan = student_plan(p, sizes, Vec::new(), vec![Term::new(Teacher::Truth, 1.0)])?;
    let tuned = tuned::spec(p, Overfit::Adapter(plan.student.lora, plan.student.targets), sizes);
    plan.init = Arc::new(Negated { tuned, lambda: p["lambda"] });
    Ok(Plan::Student(plan))
}

/// Starts as far from the original as tuning on the forget rows leads, in the opposite direction.
#[derive(Debug)]
struct Negated {
    /// How the original is tuned; the adapter is the student's.
    tuned: AugmentSpec,
    /// λ, the factor on the subtracted task vector.
    lambda: f64,
}

impl StudentInit for Negated {
    fn tuning(&self) -> Option<AugmentSpec> {
        Some(self.tuned)
    }

    fn init<'a>(
        &'a self,
        task: &'a UnlearnTask<'a>,
        spec: &'a StudentSpec,
        resumed: bool,
        state: RunState<'a>,
    ) -> LocalFuture<'a, Result<Model>> {
        Box::pin(async move {
            let RunState { rng, progress, host } = state;
            if resumed {
                return Ok(task.original.with_adapter(&spec.lora, spec.targets, rng));
            }
            let mut model = overfit(task.original, task.sets.encoded, task.sets.forget, &self.tuned, rng, progress, host).await?;
            negate(&mut model, self.lambda);
            Ok(model)
        })
    }
}

/// Multiplies every adapter's product by −λ.
fn negate(model: &mut Model, lambda: f64) {
    model.each_param(Trainable::Adapter, &mut |name, param| {
        if is_grown(name) {
            *param = param.clone().inner().mul_scalar(-lambda).autodiff().require_grad();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::{LoraSpec, Weight};
    use crate::model::{Decoder, DecoderSpec, Targets};
    use crate::tensor::random::{SeedRng, normal};
    use burn::tensor::{Device, Tensor};
    use rand::SeedableRng;

    #[test]
    fn the_product_is_subtracted_not_the_factors() {
        let spec = DecoderSpec::tiny();
        let rng = &mut SeedRng::seed_from_u64(2);
        let base = Decoder::init(&spec, rng, &Device::flex()).unwrap();
        let mut tuned = Model::from(base.with_adapter(&LoraSpec { rank: 2, alpha: 4.0 }, Targets::LinearEmbedding, rng));
        tuned.each_param(Trainable::Adapter, &mut |_, param| {
            *param = normal(param.dims(), 0.5, rng, &Device::flex()).autodiff().require_grad()
        });
        let mut back = tuned.clone();
        negate(&mut back, 0.5);
        let numbers = |x: Tensor<2>| x.inner().into_data().try_to_vec::<f32>().unwrap();
        let table = |model: &Model| {
            let Weight::Dense(weight) = &model.embedding().weight else { panic!("a dense table") };
            (numbers(model.embedding().merged()), numbers(weight.clone()))
        };
        let ((there, zero), (here, _)) = (table(&tuned), table(&back));
        for ((there, here), zero) in there.iter().zip(&here).zip(&zero) {
            assert!((here - zero + 0.5 * (there - zero)).abs() < 1e-5, "{here} {zero} {there}");
        }
        let mut deltas = Vec::new();
        for model in [&mut tuned, &mut back] {
            model.each_linear(&mut |name, linear| {
                if name.ends_with("down_proj") {
                    deltas.push(numbers(linear.merged() - linear.weight.dense().autodiff()));
                }
            });
        }
        assert!(deltas[0].iter().zip(&deltas[1]).all(|(there, here)| (here + 0.5 * there).abs() < 1e-5));
    }
}
