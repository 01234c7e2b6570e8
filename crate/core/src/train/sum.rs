//! What the shards of a step add up to.

use burn::tensor::Tensor;

/// What shards add up to.
#[derive(Clone)]
pub struct Sum {
    /// Answer logits of the shards' rows, one shard after another `[rows, head_vocab]`.
    pub logits: Tensor<2>,
    /// The loss `[1]`.
    pub loss: Tensor<1>,
    /// The gradients, in the order of the parameters; `None` for one on which no shard's loss depends.
    pub grads: Vec<Option<Tensor<2>>>,
}

impl Sum {
    fn and(self, other: Self) -> Self {
        let grads = self.grads.into_iter().zip(other.grads).map(|pair| match pair {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        });
        Self { grads: grads.collect(), logits: Tensor::cat(vec![self.logits, other.logits], 0), loss: self.loss + other.loss }
    }
}

/// The sum of two, where there are two.
pub fn and(first: Option<Sum>, second: Option<Sum>) -> Option<Sum> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first.and(second)),
        (first, second) => first.or(second),
    }
}
