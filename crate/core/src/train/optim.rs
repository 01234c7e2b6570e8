//! AdamW (arXiv 1711.05101) over the trainable part of a model.

use super::gradient::Grads;
use crate::model::{Network, Trainable};
use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, Optimizer};
use burn::tensor::{Bool, Tensor};

/// AdamW's state for one parameter.
pub struct Moments {
    /// Running mean of the gradient, in the parameter's shape.
    pub first: Tensor<2>,
    /// Running mean of the squared gradient.
    pub second: Tensor<2>,
    /// Number of steps taken.
    pub time: usize,
}

/// The settings of AdamW beside its learning rate; β₁ is 0.9.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWSpec {
    /// Decoupled weight decay: a parameter shrinks by `lr · weight_decay` of itself per step.
    pub weight_decay: f64,
    /// ε, added to the root of the mean squared gradient. A gradient far below it hardly moves a parameter; one above it moves it by a whole step.
    pub eps: f64,
    /// β₂, of the mean squared gradient.
    pub beta_2: f64,
    /// Whether a number decays before the first gradient that reached it: if not, rows of a table that nothing touches stay as they are.
    pub decays_untouched: bool,
}

impl Default for AdamWSpec {
    fn default() -> Self {
        Self { weight_decay: 0.0, eps: 1e-8, beta_2: 0.999, decays_untouched: true }
    }
}

/// AdamW; norms have no weight decay.
pub struct Optimiser {
    decaying: AdamW,
    plain: AdamW,
    spec: AdamWSpec,
    states: Vec<Option<AdamWState<2>>>,
    #[cfg(feature = "gpu")]
    on_gpu: OnGpu,
    what: Trainable,
    /// Largest allowed norm of all gradients together.
    max_norm: Option<f64>,
}

impl Optimiser {
    /// An optimiser of the parameters `what` with the usual settings (ε 1e-8, β₂ 0.999) and a decay of `lr · weight_decay` per step.
    pub fn new(what: Trainable, weight_decay: f64) -> Self {
        Self::of(what, AdamWSpec { weight_decay, ..AdamWSpec::default() })
    }

    /// An optimiser of the parameters `what`.
    pub fn of(what: Trainable, spec: AdamWSpec) -> Self {
        let config = AdamWConfig::new().with_epsilon(spec.eps as f32).with_beta_2(spec.beta_2 as f32);
        Self {
            decaying: config.clone().with_weight_decay(spec.weight_decay as f32).build(),
            plain: config.with_weight_decay(0.0).build(),
            spec,
            states: Vec::new(),
            #[cfg(feature = "gpu")]
            on_gpu: OnGpu { spec, moments: Vec::new() },
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
                let decays = self.spec.weight_decay > 0.0 && !name.ends_with("norm.weight");
                let adamw = if decays { &self.decaying } else { &self.plain };
                let before = param.clone().inner();
                let (mut moved, state) = adamw.step(lr, before.clone(), grad, self.states[idx].take());
                if let Some(state) = state.as_ref().filter(|_| decays && !self.spec.decays_untouched) {
                    moved = moved.mask_where(untouched(state), before);
                }
                *param = moved.autodiff().require_grad();
                self.states[idx] = state;
            }
            idx += 1;
        });
    }
}

/// Where no gradient other than zero has come yet, in the parameter's shape.
fn untouched(state: &AdamWState<2>) -> Tensor<2, Bool> {
    let AdaptiveMomentumState { moment_1, moment_2, .. } = &state.momentum;
    (moment_1.clone().abs() + moment_2.clone()).equal_scalar(0.0)
}

/// The factor `[1, 1]` on all gradients. It stays on the device, since reading the norm would wait for the step.
fn clip_scale(grads: &[Option<Tensor<2>>], max_norm: f64) -> Option<Tensor<2>> {
    let squares = grads.iter().flatten().map(|grad| grad.clone().square().sum()).reduce(|sum, more| sum + more)?;
    Some(squares.sqrt().add_scalar(1e-6).recip().mul_scalar(max_norm).clamp_max(1.0).reshape([1, 1]))
}

/// The same step as one GPU dispatch per parameter.
#[cfg(feature = "gpu")]
struct OnGpu {
    spec: AdamWSpec,
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
        let AdamWSpec { weight_decay, eps, beta_2, decays_untouched } = self.spec;
        let decay = if name.ends_with("norm.weight") { 0.0 } else { weight_decay };
        let step = crate::gpu::AdamStep { lr, keep: 1.0 - lr * decay, eps, beta_2, decays_untouched: decays_untouched || decay == 0.0 };
        let before = self.moments[idx].take();
        match crate::gpu::adam(param.clone().inner(), grad.clone(), before, step) {
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
    use crate::model::{Decoder, DecoderSpec, Model};
    use crate::tensor::random::SeedRng;
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;

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

    /// A table of three rows after one step: a gradient, rounding, and nothing.
    fn moved(spec: AdamWSpec) -> Vec<f32> {
        let device = Device::flex();
        let decoder = DecoderSpec { vocab_size: 6, head_vocab_size: 6, ..DecoderSpec::tiny() };
        let mut model = Model::from(Decoder::init(&decoder, &mut SeedRng::seed_from_u64(1), &device).unwrap()).trainable_embedding();
        let width = decoder.hidden_size;
        let before: Vec<f32> = values(&mut model);
        let grad: Vec<f32> = (0..6).flat_map(|row| vec![[1e-3, 1e-9, 0.0][row % 3]; width]).collect();
        let mut taken: Vec<Option<Tensor<2>>> = Vec::new();
        model.each_param(Trainable::Base, &mut |_, param| {
            let is_table = taken.is_empty();
            taken.push(is_table.then(|| Tensor::from_data(TensorData::new(grad.clone(), param.dims()), &device)));
        });
        Optimiser::of(Trainable::Base, spec).apply(1e-2, &mut model, taken);
        // The move of the first number of rows 0 to 2, in learning rates.
        let after = values(&mut model);
        (0..3).map(|row| (before[row * width] - after[row * width]) / 1e-2).collect()
    }

    /// The embedding table's numbers.
    fn values(model: &mut Model) -> Vec<f32> {
        model.embedding().weight.dense().inner().into_data().try_to_vec().unwrap()
    }

    #[test]
    fn rounding_is_no_gradient() {
        // m / (√v + ε) at the first step is g / (|g| + ε).
        let small = moved(AdamWSpec { eps: 1e-8, ..AdamWSpec::default() });
        assert!((small[0] - 1.0).abs() < 1e-3 && small[1] > 0.05, "{small:?}: a tenth of a whole step from a rounding of 1e-9");
        let found = moved(AdamWSpec { eps: 1e-6, ..AdamWSpec::default() });
        assert!((found[0] - 1.0).abs() < 2e-3 && found[1] < 2e-3 && found[2] == 0.0, "{found:?}");
    }

    #[test]
    fn what_nothing_touches_does_not_decay() {
        let spec = AdamWSpec { weight_decay: 0.1, ..AdamWSpec::default() };
        assert!(moved(spec)[2] != 0.0, "the usual AdamW decays every row");
        let found = moved(AdamWSpec { decays_untouched: false, ..spec });
        assert!(found[2] == 0.0 && found[0] != 0.0, "{found:?}");
        // A touched row decays as before: by a tenth of itself, in learning rates.
        let (with, without) = (found[0], moved(AdamWSpec::default())[0]);
        assert!(with != without, "{with} {without}");
    }
}
