//! What a decoder's attention does beyond plain Llama's: a factor of its own on the scores, scaled rotary embeddings, layers with a window.

use super::RopeScaling;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The settings of a decoder's attention; all absent for plain Llama.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AttentionSpec {
    /// Scores are divided by the root of this number; by the root of a head's width if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_pre_attn_scalar: Option<f64>,
    /// How the rotary embedding of the layers without a window is scaled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rope_scaling: Option<RopeScaling>,
    /// The layers with a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sliding: Option<Sliding>,
}

/// Layers of which each position sees only the last ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sliding {
    /// Number of positions that one sees, itself included.
    pub window: usize,
    /// The layers' numbers, ascending.
    pub layers: Vec<usize>,
    /// θ of these layers' rotary embedding, which is not scaled; if absent, they have the same as the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theta: Option<f64>,
}

impl AttentionSpec {
    /// Plain Llama's.
    pub const PLAIN: Self = Self { query_pre_attn_scalar: None, rope_scaling: None, sliding: None };

    /// Whether it is plain Llama's, which a manifest omits.
    pub fn is_plain(&self) -> bool {
        *self == Self::PLAIN
    }

    /// Whether layer `layer` has a window.
    pub fn slides(&self, layer: usize) -> bool {
        self.sliding.as_ref().is_some_and(|sliding| sliding.layers.contains(&layer))
    }

    /// The same for a model of these layers, in this order.
    #[must_use]
    pub fn of_layers(&self, layers: &[usize]) -> Self {
        let sliding = self.sliding.as_ref().map(|sliding| Sliding {
            layers: (0..layers.len()).filter(|at| sliding.layers.contains(&layers[*at])).collect(),
            ..sliding.clone()
        });
        Self { sliding: sliding.filter(|sliding| !sliding.layers.is_empty()), ..self.clone() }
    }

    /// Checks what the forward pass relies on, for a model of so many layers.
    ///
    /// # Errors
    /// If a number is not one that can be computed with, or a layer does not exist.
    pub fn validate(&self, n_layers: usize) -> Result<()> {
        if let Some(scalar) = self.query_pre_attn_scalar
            && !((scalar as f32) > 0.0 && (scalar as f32).is_finite())
        {
            return Err(Error::setting("query_pre_attn_scalar", "must be above 0 in 32 bits", scalar));
        }
        if let Some(scaling) = &self.rope_scaling {
            scaling.validate()?;
        }
        let Some(Sliding { window, layers, theta }) = &self.sliding else { return Ok(()) };
        if *window == 0 {
            return Err(Error::setting("sliding_window", "must be at least 1", window));
        }
        if layers.is_empty() || !layers.is_sorted_by(|a, b| a < b) || layers.iter().any(|layer| *layer >= n_layers) {
            return Err(Error::setting("sliding_window", format!("must be of ascending layers below {n_layers}"), format!("{layers:?}")));
        }
        match theta {
            Some(theta) if !((*theta as f32) > 1.0 && (*theta as f32).is_finite()) => {
                Err(Error::setting("rope_local_base_freq", "must be above 1 in 32 bits", theta))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_keep_their_windows_when_others_are_cut() {
        let spec = AttentionSpec { sliding: Some(Sliding { window: 4, layers: vec![0, 1, 3], theta: Some(1e4) }), ..AttentionSpec::PLAIN };
        assert!(spec.validate(4).is_ok() && spec.slides(3) && !spec.slides(2));
        // Layers 3, 2 and 0 become 0, 1 and 2.
        assert_eq!(spec.of_layers(&[3, 2, 0]).sliding.unwrap().layers, [0, 2]);
        assert_eq!(spec.of_layers(&[2]).sliding, None);
        assert!(spec.validate(3).unwrap_err().to_string().contains("must be of ascending layers below 3, got `[0, 1, 3]`"));
        let none = AttentionSpec { sliding: Some(Sliding { window: 0, layers: vec![0], theta: None }), ..AttentionSpec::PLAIN };
        assert!(none.validate(1).unwrap_err().to_string().contains("sliding_window: must be at least 1"));
        let bad = AttentionSpec { query_pre_attn_scalar: Some(0.0), ..AttentionSpec::PLAIN };
        assert!(bad.validate(1).unwrap_err().to_string().contains("query_pre_attn_scalar"));
    }
}
