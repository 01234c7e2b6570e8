//! T5's relative position bias: each head adds to its scores a value that depends only on the bucketed distance between two positions.

use super::T5Spec;
use burn::tensor::{Int, Tensor, TensorData};

/// The position biases of a stack. They belong to the first block, and all blocks share them.
#[derive(Debug, Clone)]
pub struct PositionBias {
    /// Bias of every bucket and head `[buckets, heads]`.
    pub table: Tensor<2>,
    max_distance: usize,
}

impl PositionBias {
    pub(super) fn new(table: Tensor<2>, spec: &T5Spec) -> Self {
        Self { table, max_distance: spec.relative_attention_max_distance }
    }

    /// The biases between all pairs of `seq` positions, in both directions `[1, heads, seq, seq]`.
    pub fn both_ways(&self, seq: usize) -> Tensor<4> {
        let [n_buckets, heads] = self.table.dims();
        let at = |k: usize| bucket((k % seq) as i64 - (k / seq) as i64, n_buckets, self.max_distance) as i32;
        let ids: Vec<i32> = (0..seq * seq).map(at).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [seq * seq]), &self.table.device());
        let rows = self.table.clone().select(0, ids); // [seq · seq, heads]
        rows.transpose().reshape([1, heads, seq, seq])
    }
}

/// The bucket of a key at `distance` after the query (before it if negative), for bidirectional attention: one bucket per small distance, then
/// buckets of growing width up to `max_distance`. Computed in binary32, as published, since a boundary may be met exactly.
pub fn bucket(distance: i64, n_buckets: usize, max_distance: usize) -> usize {
    let half = n_buckets / 2;
    let n_single = half / 2;
    let behind = if distance > 0 { half } else { 0 };
    let distance = distance.unsigned_abs() as usize;
    if distance < n_single {
        return behind + distance;
    }
    let widths = (max_distance as f64 / n_single as f64).ln() as f32;
    let further = (distance as f32 / n_single as f32).ln() / widths * (half - n_single) as f32;
    behind + (n_single + further as usize).min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn buckets_by_hand() {
        // 32 buckets up to 128: 16 per direction, 8 of them for single distances; then bounds at 8 · (16)^(k/8): 8, 11.3, 16, 22.6, 32, …
        let found = [0, -1, -7, -8, -11, -12, -16, -22, -23, -127, -128, -999, 1, 8, 128].map(|distance| bucket(distance, 32, 128));
        assert_eq!(found, [0, 1, 7, 8, 8, 9, 10, 10, 11, 15, 15, 15, 17, 24, 31]);
    }
}
