//! p(Yes), the number from which all figures of a recommender are computed.

use crate::data::tokenizer::{NO, YES};

/// p(Yes) of each row by softmax over {Yes, No}, for logits `[rows, width]`.
pub fn p_yes(logits: &[f32], width: usize) -> Vec<f64> {
    logits.chunks_exact(width).map(|row| 1.0 / (1.0 + f64::from(row[NO as usize] - row[YES as usize]).exp())).collect()
}
