//! NPO with sharpness-aware minimisation: the forget loss is taken at the nearby point where forgetting is worst, so that a little relearning does
//! not undo it.
//!
//! Each step takes the gradient of the forget terms at `θ + ρ g / ‖g‖`, g being their gradient at θ, and that of the retain terms at θ itself.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::npo;
use super::presets::{presets, with_student};
use crate::Result;
use crate::model::{Model, Network, Trainable};
use crate::train::gradient::Grads;
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::step::{Step, StepFuture, StepInput, StepOutput, pass};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use burn::tensor::Tensor;
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "sam",
    label: "NPO + SAM",
    family: Family::Ascent,
    citation: "Fan et al. 2025, Towards LLM Unlearning Resilient to Relearning Attacks, arXiv 2502.05374; SAM: arXiv 2010.01412",
    summary: "NPO whose forgetting must hold for every model nearby, so that a few forgotten rows shown again do not undo it. Three passes a step.",
    params: with_student!([
        npo::BETA.default(1.0),
        npo::GAMMA.default(1.0),
        ParamEntry::float("rho", "ρ, how far nearby", "Length of the move, of all the adapter’s numbers together.", [0.0, 5.0, 0.001, 0.01]),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "The paper’s ρ 0.01 with open-unlearning’s weights for NPO and the student of E2URec’s public code.",
        [("rho", 0.01), ("beta", 0.1), ("gamma", 1.0), ("alpha", 1.0), ("retain", 0.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let mut plan = student_plan(p, sizes, vec![npo::term(p)], vec![retain_term(p)])?;
    plan.step = Arc::new(SamStep { rho: p["rho"] });
    Ok(Plan::Student(plan))
}

/// AdamW on the gradient of the forget terms at the perturbed point plus that of the retain terms at the current point.
#[derive(Debug)]
struct SamStep {
    rho: f64,
}

impl Step for SamStep {
    fn cost(&self) -> f64 {
        1.5 // the forget rows twice, the retain rows once
    }

    fn take<'a>(&'a self, at: StepInput<'a>) -> StepFuture<'a> {
        Box::pin(async move {
            let StepInput { model, optimiser, sets, batch: (forget, retain), targets, lr, .. } = at;
            let alone = (forget.clone(), Vec::new());
            let mut here = pass(model, sets, &alone, targets);
            let nearby = moved(model, &taken(model, &mut here.grads), self.rho);
            let mut there = pass(&nearby, sets, &alone, targets);
            let mut grads = taken(&nearby, &mut there.grads);
            let mut logits = vec![here.logits];
            if !retain.is_empty() {
                // A batch of forget rows alone was rescaled to weight 1; this restores the terms' own weight.
                let weight = targets.of(forget[0]).weight;
                let mut kept = pass(model, sets, &(Vec::new(), retain.clone()), targets);
                for (grad, kept) in grads.iter_mut().zip(taken(model, &mut kept.grads)) {
                    *grad = grad.take().map(|grad| grad.mul_scalar(weight)).into_iter().chain(kept).reduce(|sum, more| sum + more);
                }
                logits.push(kept.logits);
            }
            optimiser.apply(lr, model, grads);
            Ok(StepOutput::Logits(Tensor::cat(logits, 0)))
        })
    }
}

/// Removes and returns the gradients of the adapter's parameters, in their order.
fn taken(model: &Model, grads: &mut Grads) -> Vec<Option<Tensor<2>>> {
    let mut taken = Vec::new();
    model.clone().each_param(Trainable::Adapter, &mut |_, param| taken.push(grads.take(param)));
    taken
}

/// The model with its adapter moved by `rho` along the gradient.
fn moved(model: &Model, grads: &[Option<Tensor<2>>], rho: f64) -> Model {
    let squares = grads.iter().flatten().map(|grad| grad.clone().square().sum()).reduce(|sum, more| sum + more);
    let Some(squares) = squares else { return model.clone() };
    let scale = squares.sqrt().add_scalar(1e-12).recip().mul_scalar(rho).reshape([1, 1]);
    let mut moved = model.clone();
    let mut grads = grads.iter();
    moved.each_param(Trainable::Adapter, &mut |_, param| {
        if let Some(grad) = grads.next().and_then(Option::as_ref) {
            *param = (param.clone().inner() + grad.clone() * scale.clone()).autodiff().require_grad();
        }
    });
    moved
}
