//! AdamW (arXiv 1711.05101) over whatever part of the model trains.

use super::gradient::Grads;
use crate::model::{Network, Trainable};
use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, Optimizer};
use burn::tensor::Tensor;

/// What AdamW remembers of one parameter.
pub struct Moments {
    /// Running mean of the gradient, of the parameter's shape.
    pub first: Tensor<2>,
    /// Running mean of its square.
    pub second: Tensor<2>,
    /// Steps taken.
    pub time: usize,
}

/// AdamW with β 0.9 and 0.999, ε 1e-8; norms do not decay.
pub struct Optimiser {
    decaying: AdamW,
    plain: AdamW,
    states: Vec<Option<AdamWState<2>>>,
    #[cfg(feature = "gpu")]
    on_gpu: OnGpu,
    what: Trainable,
    /// Largest norm of all gradients together.
    max_norm: Option<f64>,
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
            max_norm: None,
        }
    }

    /// The same, which scales gradients down where their norm together is larger (Pascanu et al. 2013, arXiv 1211.5063).
    #[must_use]
    pub fn clipped(self, max_norm: f64) -> Self {
        Self { max_norm: Some(max_norm), ..self }
    }

    /// What it remembers of every parameter, in their order; none for one that never had a gradient.
    pub fn moments(&self) -> Vec<Option<Moments>> {
        let of = |state: &Option<AdamWState<2>>| {
            let AdaptiveMomentumState { time, moment_1, moment_2, .. } = state.as_ref()?.momentum.clone();
            Some(Moments { first: moment_1, second: moment_2, time })
        };
        #[cfg(feature = "gpu")]
        if !self.on_gpu.moments.is_empty() {
            let kept = |idx: usize| self.on_gpu.moments.get(idx)?.as_ref().map(crate::gpu::Moments::tensors);
            return self.states.iter().enumerate().map(|(idx, state)| of(state).or_else(|| kept(idx))).collect();
        }
        self.states.iter().map(of).collect()
    }

    /// Goes on from what another one remembered of the same parameters.
    pub fn restore(&mut self, moments: Vec<Option<Moments>>) {
        #[cfg(feature = "gpu")]
        let moments = self.on_gpu.restore(moments);
        let state = |Moments { first, second, time }| AdamWState {
            momentum: AdaptiveMomentumState { time, moment_1: first, moment_2: second, max_moment_2: None },
        };
        self.states = moments.into_iter().map(|moments| moments.map(state)).collect();
    }

    /// Moves every parameter that has a gradient.
    pub fn step(&mut self, lr: f64, model: &mut impl Network, grads: &mut Grads) {
        let mut taken = Vec::new();
        model.each_param(self.what, &mut |_, param| taken.push(grads.take(param)));
        self.apply(lr, model, taken);
    }

    /// Moves every parameter that has a gradient here, in their order.
    pub fn apply(&mut self, lr: f64, model: &mut impl Network, taken: Vec<Option<Tensor<2>>>) {
        let scale = self.max_norm.and_then(|max_norm| clip_scale(&taken, max_norm));
        let mut taken = taken.into_iter();
        let mut idx = 0;
        model.each_param(self.what, &mut |name, param| {
            if self.states.len() == idx {
                self.states.push(None);
            }
            if let Some(grad) = taken.next().flatten() {
                let grad = match &scale {
                    Some(scale) => grad * scale.clone(),
                    None => grad,
                };
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

/// What all gradients are scaled by, `[1, 1]`; it stays on the device, since a norm that is read would wait for the step.
fn clip_scale(grads: &[Option<Tensor<2>>], max_norm: f64) -> Option<Tensor<2>> {
    let squares = grads.iter().flatten().map(|grad| grad.clone().square().sum()).reduce(|sum, more| sum + more)?;
    Some(squares.sqrt().add_scalar(1e-6).recip().mul_scalar(max_norm).clamp_max(1.0).reshape([1, 1]))
}

/// The same step in one dispatch a parameter.
#[cfg(feature = "gpu")]
struct OnGpu {
    weight_decay: f64,
    moments: Vec<Option<crate::gpu::Moments>>,
}

#[cfg(feature = "gpu")]
impl OnGpu {
    /// Takes what kernels go on with; gives back what they cannot take.
    fn restore(&mut self, moments: Vec<Option<Moments>>) -> Vec<Option<Moments>> {
        let (taken, rest): (Vec<_>, Vec<_>) = moments
            .into_iter()
            .map(|one| match one.map(crate::gpu::Moments::from_tensors) {
                Some(Ok(taken)) => (Some(taken), None),
                Some(Err(given_back)) => (None, Some(given_back)),
                None => (None, None),
            })
            .unzip();
        self.moments = taken;
        rest
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn clipping_by_hand() {
        let device = Device::flex();
        let grad = |values: [f32; 2]| Some(Tensor::<2>::from_floats([values], &device));
        let scale = |grads: &[Option<Tensor<2>>]| clip_scale(grads, 1.0).unwrap().into_data().try_to_vec::<f32>().unwrap()[0];
        // The norm of (3, 0), nothing and (0, 4) together is 5.
        assert!((scale(&[grad([3.0, 0.0]), None, grad([0.0, 4.0])]) - 0.2).abs() < 1e-6);
        assert_eq!(scale(&[grad([0.3, 0.4])]), 1.0);
        assert!(clip_scale(&[None], 1.0).is_none());
    }
}
