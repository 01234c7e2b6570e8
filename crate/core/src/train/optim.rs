//! AdamW (arXiv 1711.05101) over the trainable part of a model.

use super::gradient::Grads;
use crate::model::{Network, Trainable};
use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, Optimizer};
use burn::tensor::Tensor;

/// AdamW's state for one parameter.
pub struct Moments {
    /// Running mean of the gradient, in the parameter's shape.
    pub first: Tensor<2>,
    /// Running mean of the squared gradient.
    pub second: Tensor<2>,
    /// Number of steps taken.
    pub time: usize,
}

/// AdamW with β 0.9 and 0.999, ε 1e-8; norms have no weight decay.
pub struct Optimiser {
    decaying: AdamW,
    plain: AdamW,
    states: Vec<Option<AdamWState<2>>>,
    #[cfg(feature = "gpu")]
    on_gpu: OnGpu,
    what: Trainable,
    /// Largest allowed norm of all gradients together.
    max_norm: Option<f64>,
}

impl Optimiser {
    /// An optimiser of the parameters `what`, with a decay of `lr · weight_decay` per step.
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

    /// The same optimiser with gradient clipping: if the total norm is larger than `max_norm`, all gradients are scaled down (Pascanu et al. 2013,
    /// arXiv 1211.5063).
    #[must_use]
    pub fn clipped(self, max_norm: f64) -> Self {
        Self { max_norm: Some(max_norm), ..self }
    }

    /// The state of every parameter, in their order; `None` for one that never had a gradient.
    pub fn moments(&self) -> Vec<Option<Moments>> {
        let of = |state: &Option<AdamWState<2>>| {
            let AdaptiveMomentumState { time, moment_1, moment_2, .. } = state.as_ref()?.momentum.clone();
            Some(Moments { first: moment_1, second: moment_2, time })
        };
        #[cfg(feature = "gpu")]
        if !self.on_gpu.moments.is_empty() {
            let kept = |idx: usize| {
                let (first, second, time) = self.on_gpu.moments.get(idx)?.as_ref()?.tensors();
                Some(Moments { first, second, time })
            };
            return self.states.iter().enumerate().map(|(idx, state)| of(state).or_else(|| kept(idx))).collect();
        }
        self.states.iter().map(of).collect()
    }

    /// Restores the state that another optimiser had for the same parameters.
    pub fn restore(&mut self, moments: Vec<Option<Moments>>) {
        #[cfg(feature = "gpu")]
        let moments = self.on_gpu.restore(moments);
        let state = |Moments { first, second, time }| AdamWState {
            momentum: AdaptiveMomentumState { time, moment_1: first, moment_2: second, max_moment_2: None },
        };
        self.states = moments.into_iter().map(|moments| moments.map(state)).collect();
    }

    /// Updates every parameter that has a gradient.
    pub fn step(&mut self, lr: f64, model: &mut impl Network, grads: &mut Grads) {
        let mut taken = Vec::new();
        model.each_param(self.what, &mut |_, param| taken.push(grads.take(param)));
        self.apply(lr, model, taken);
    }

    /// Updates every parameter that has a gradient in `taken`, which is in the order of the parameters.
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

/// The factor `[1, 1]` on all gradients. It stays on the device, since reading the norm would wait for the step.
fn clip_scale(grads: &[Option<Tensor<2>>], max_norm: f64) -> Option<Tensor<2>> {
    let squares = grads.iter().flatten().map(|grad| grad.clone().square().sum()).reduce(|sum, more| sum + more)?;
    Some(squares.sqrt().add_scalar(1e-6).recip().mul_scalar(max_norm).clamp_max(1.0).reshape([1, 1]))
}

/// The same step as one GPU dispatch per parameter.
#[cfg(feature = "gpu")]
struct OnGpu {
    weight_decay: f64,
    moments: Vec<Option<crate::gpu::Moments>>,
}

#[cfg(feature = "gpu")]
impl OnGpu {
    /// Takes over the moments that the kernels support and returns the others.
    fn restore(&mut self, moments: Vec<Option<Moments>>) -> Vec<Option<Moments>> {
        let (taken, rest): (Vec<_>, Vec<_>) = moments
            .into_iter()
            .map(|one| {
                let taken = one.as_ref().and_then(|one| crate::gpu::Moments::from_tensors(&one.first, &one.second, one.time));
                let rest = if taken.is_some() { None } else { one };
                (taken, rest)
            })
            .unzip();
        self.moments = taken;
        rest
    }

    /// Updates the parameter; returns the gradient if there is no kernel for it.
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
