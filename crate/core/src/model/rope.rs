//! Rotary position embedding (arXiv 2104.09864) in the half-split layout of published Llama checkpoints.

use super::{DecoderSpec, RopeScaling};
use burn::tensor::{Device, Tensor, TensorData};
use std::borrow::Cow;
use std::ops::Range;

/// Positions with tables made in advance. Prompts are shorter; for a model's full context the tables would take hundreds of megabytes.
const READY: usize = 4096;

/// Sine and cosine tables, and `rotate_half` as a signed permutation matrix.
#[derive(Debug, Clone)]
pub struct Rope {
    ready: Tables,
    rotate: Tensor<2>, // [head_dim, head_dim]
    /// Positions in which each pair of numbers turns by one radian.
    periods: Vec<f64>,
}

/// Tables of some positions `[1, len, head_dim]`.
#[derive(Debug, Clone)]
struct Tables {
    cos: Tensor<3>,
    sin: Tensor<3>,
}

impl Rope {
    /// The rotary embedding of the layers without a window.
    pub fn new(spec: &DecoderSpec, device: &Device) -> Self {
        Self::with(spec, spec.rope_theta, spec.attention.rope_scaling.as_ref(), device)
    }

    /// The rotary embedding of the layers with a window; `None` if it is the others'.
    pub fn of_window(spec: &DecoderSpec, device: &Device) -> Option<Self> {
        Some(Self::with(spec, spec.attention.sliding.as_ref()?.theta?, None, device))
    }

    fn with(spec: &DecoderSpec, theta: f64, scaling: Option<&RopeScaling>, device: &Device) -> Self {
        let dim = spec.head_dim();
        let half = dim / 2;
        let period = |i: usize| {
            let plain = theta.powf(i as f64 * 2.0 / dim as f64);
            plain * scaling.map_or(1.0, |scaling| scaling.divisor(1.0 / plain))
        };
        let periods: Vec<f64> = (0..half).map(period).collect();
        // rotate_half(x) = [-x₂, x₁] is linear. As a matrix product, its gradient is another product instead of a pair of padded copies.
        let mut rotate = vec![0f32; dim * dim];
        for i in 0..half {
            rotate[(half + i) * dim + i] = -1.0;
            rotate[i * dim + half + i] = 1.0;
        }
        Self {
            ready: Tables::new(&periods, 0..spec.max_position_embeddings.min(READY), device),
            rotate: Tensor::from_data(TensorData::new(rotate, [dim, dim]), device),
            periods,
        }
    }

    /// Rotates x `[batch · seq, heads · head_dim]`, in which every row covers the given `seq` positions.
    pub fn rotate(&self, x: Tensor<2>, positions: Range<usize>) -> Tensor<2> {
        let ([n, width], head_dim) = (x.dims(), 2 * self.periods.len());
        let (tables, positions) = if positions.end <= self.ready.cos.dims()[1] {
            (Cow::Borrowed(&self.ready), positions)
        } else {
            let n = positions.len();
            (Cow::Owned(Tables::new(&self.periods, positions, &self.rotate.device())), 0..n)
        };
        #[cfg(feature = "gpu")]
        if let Some(y) = crate::gpu::rotate(x.clone(), &tables.cos, &tables.sin, &positions) {
            return y;
        }
        let (seq, heads) = (positions.len(), width / head_dim);
        let table = |t: &Tensor<3>| t.clone().slice([0..1, positions.clone()]).repeat_dim(2, heads); // [1, seq, width]
        let turned = x.clone().reshape([n * heads, head_dim]).matmul(self.rotate.clone());
        let by_pos = |x: Tensor<2>| x.reshape([n / seq, seq, width]);
        let turned = turned.reshape([n / seq, seq, width]);
        (by_pos(x) * table(&tables.cos) + turned * table(&tables.sin)).reshape([n, width])
    }
}

impl Tables {
    fn new(periods: &[f64], positions: Range<usize>, device: &Device) -> Self {
        let (len, half) = (positions.len(), periods.len());
        let table = |f: fn(f64) -> f64| {
            let angle = |k: usize| (positions.start + k / (2 * half)) as f64 / periods[k % half];
            let values: Vec<f32> = (0..len * 2 * half).map(|k| f(angle(k)) as f32).collect();
            Tensor::from_data(TensorData::new(values, [1, len, 2 * half]), device)
        };
        Self { cos: table(f64::cos), sin: table(f64::sin) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables that are made when they are needed have the same numbers as those that are ready.
    #[test]
    fn positions_beyond_the_tables_are_computed() {
        let device = Device::flex();
        let spec = DecoderSpec { max_position_embeddings: READY + 8, ..DecoderSpec::tiny() };
        let x = Tensor::<2>::from_floats([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]], &device);
        let values = |rope: &Rope, at: usize| rope.rotate(x.clone(), at..at + 1).into_data().try_to_vec::<f32>().unwrap();
        let mut rope = Rope::new(&spec, &device);
        assert_eq!(rope.ready.cos.dims(), [1, READY, 4]);
        let ready = values(&rope, 77);
        rope.ready = Tables::new(&rope.periods, 0..1, &device);
        assert_eq!(values(&rope, 77), ready);
        // By hand, for the pair (1, 3) of the first head at frequency 1: 1 cos 5000 - 3 sin 5000.
        let found = values(&rope, 5000)[0];
        assert!((f64::from(found) - (5000f64.cos() - 3.0 * 5000f64.sin())).abs() < 1e-5, "{found}");
    }
}
