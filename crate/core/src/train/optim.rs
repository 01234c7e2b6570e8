//! AdamW (arXiv 1711.05101) over whatever part of the model trains.

use super::gradient::Grads;
use crate::model::{Network, Trainable};
use burn::optim::{AdamW, AdamWConfig, AdamWState, Optimizer};
#[cfg(feature = "gpu")]
use burn::tensor::Tensor;

/// AdamW with β 0.9 and 0.999, ε 1e-8; norms do not decay.
pub struct Optimiser {
    decaying: AdamW,
    plain: AdamW,
    states: Vec<Option<AdamWState<2>>>,
    #[cfg(feature = "gpu")]
    on_gpu: OnGpu,
    what: Trainable,
}

impl Optimiser {
    /// An optimiser for `what`, decaying by `lr · weight_decay` a step.
    pub fn new(what: Trainable, weight_decay: f64) -> Self {
        let config = AdamWConfig::new().with_epsilon(1e-8);
        Self {
            decaying: config.clone().with_weight_decay(weight_decay as f32).build(),
            plain: config.with_weight_decay(0.0).build(),
            states: Vec::new(),
            #[cfg(feature = "gpu")]
            on_gpu: OnGpu { weight_decay, moments: Vec::new() },
            what,
        }
    }

    /// Moves every parameter that has a gradient.
    pub fn step(&mut self, lr: f64, model: &mut impl Network, grads: &mut Grads) {
        let mut idx = 0;
        model.each_param(self.what, &mut |name, param| {
            if self.states.len() == idx {
                self.states.push(None);
            }
            if let Some(grad) = grads.take(param) {
                #[cfg(feature = "gpu")]
                let Some(grad) = self.on_gpu.step(lr, idx, name, param, grad) else {
                    idx += 1;
                    return;
                };
                let adamw = if name.ends_with("norm.weight") { &self.plain } else { &self.decaying };
                let (moved, state) = adamw.step(lr, param.clone().inner(), grad, self.states[idx].take());
                *param = moved.autodiff().require_grad();
                self.states[idx] = state;
            }
            idx += 1;
        });
    }
}

/// The same step in one dispatch a parameter.
#[cfg(feature = "gpu")]
struct OnGpu {
    weight_decay: f64,
    moments: Vec<Option<crate::gpu::Moments>>,
}

#[cfg(feature = "gpu")]
impl OnGpu {
    /// Moves the parameter; gives the gradient back where there is no kernel for it.
    fn step(&mut self, lr: f64, idx: usize, name: &str, param: &mut Tensor<2>, grad: Tensor<2>) -> Option<Tensor<2>> {
        self.moments.resize_with(self.moments.len().max(idx + 1), || None);
        let decay = if name.ends_with("norm.weight") { 0.0 } else { self.weight_decay };
        let before = self.moments[idx].take();
        match crate::gpu::adam(param.clone().inner(), grad.clone(), before, lr, 1.0 - lr * decay, 1e-8) {
            Some((moved, moments)) => {
                *param = moved.autodiff().require_grad();
                self.moments[idx] = Some(moments);
                None
            }
            None => Some(grad),
        }
    }
}
