//! Inverted dropout.

use super::random::{SeedRng, dropout_mask};
use burn::tensor::Tensor;
use rand::SeedableRng;

/// Distance between the seeds of a step's parts: odd and far from those of other steps.
const PART: u64 = 0x9e37_79b9_7f4a_7c15;

/// Dropout in one step; a rate of 0, the default, switches it off.
///
/// The mask follows from seed, stream and shape alone, on every device: a layer that runs twice in a step, as it does block by block, has the same mask
/// twice, and a run that is resumed has the masks that it would have had.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Dropout {
    /// Share of the numbers that is dropped, below 1.
    pub rate: f64,
    /// Seed of the step's masks.
    pub seed: u64,
    /// Which place in the model it is.
    pub stream: u64,
}

impl Dropout {
    /// Dropout in a step of a run, as the model's first place has it.
    pub fn of_step(rate: f64, seed: u32, step: u32) -> Self {
        Self { rate, seed: u64::from(seed) << 32 | u64::from(step), stream: 0 }
    }

    /// The same at another place of the model, with masks of its own.
    #[must_use]
    pub fn at(self, stream: u64) -> Self {
        Self { stream, ..self }
    }

    /// The same for one part of a step's rows: parts have masks of their own, and the first those of a step that is not divided.
    #[must_use]
    pub fn of_part(self, part: usize) -> Self {
        Self { seed: self.seed.wrapping_add((part as u64).wrapping_mul(PART)), ..self }
    }

    /// x `[n, d]` with a random share of it set to zero, and the rest scaled up, so that the mean is preserved.
    pub fn apply(self, x: Tensor<2>) -> Tensor<2> {
        if self.rate == 0.0 {
            return x;
        }
        let mut rng = SeedRng::seed_from_u64(self.seed);
        rng.set_stream(self.stream);
        let mask = dropout_mask(x.dims(), self.rate, &mut rng, &x.device());
        x * mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn a_seed_decides_what_is_dropped() {
        let of = |seed: u64, stream: u64| -> Vec<f32> {
            let x = Tensor::ones([100, 40], &Device::flex());
            Dropout { rate: 0.25, seed, stream }.apply(x).into_data().try_to_vec().unwrap()
        };
        let dropped = of(1, 2);
        let share = dropped.iter().filter(|x| **x == 0.0).count() as f64 / 4000.0;
        assert!((share - 0.25).abs() < 0.03, "{share}");
        assert!(dropped.iter().all(|x| *x == 0.0 || (x - 4.0 / 3.0).abs() < 1e-6));
        assert_eq!(dropped, of(1, 2));
        assert!(dropped != of(1, 3) && dropped != of(2, 2), "another layer and another step drop others");
    }
}
