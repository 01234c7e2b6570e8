//! The training settings of a model. They are part of its manifest, so that Retrain can be trained in the same way.

use serde::{Deserialize, Serialize};

/// How a nano is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PretrainSpec {
    /// Number of epochs.
    pub epochs: u32,
    /// Rows per step.
    pub batch: usize,
    /// Peak learning rate: warm-up over 3 % of the steps, then cosine decay to zero.
    pub lr: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Dropout on the embedding and on every residual branch.
    pub dropout: f64,
    /// Share of item tokens whose own row is dropped, leaving only their features and names.
    pub item_dropout: f64,
    /// Weight of the auxiliary rating loss.
    pub auxiliary: f64,
    /// Whether what a language model read in the titles is part of an item's vector; the data must have it then.
    #[serde(skip_serializing_if = "is_false")]
    pub titles: bool,
    /// Whether items have rows of their own; without, an item is only what its title says.
    #[serde(skip_serializing_if = "is_true")]
    pub item_rows: bool,
    /// Seed of the initial weights, the row order and dropout.
    pub seed: u32,
}

impl Default for PretrainSpec {
    fn default() -> Self {
        Self {
            epochs: 1,
            batch: 64,
            lr: 2.5e-3,
            weight_decay: 0.1,
            dropout: 0.2,
            item_dropout: 0.05,
            auxiliary: 0.5,
            titles: false,
            item_rows: true,
            seed: 2,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_true(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !*value
}
