//! Rotary embeddings that were scaled for prompts longer than those of the first training.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// How frequencies are scaled, named as in `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rope_type", rename_all = "lowercase")]
pub enum RopeScaling {
    /// Every frequency is divided by the factor (arXiv 2306.15595).
    Linear {
        /// The factor.
        factor: f64,
    },
    /// Llama 3.1's: low frequencies are divided by the factor, high ones stay, those between are interpolated.
    Llama3 {
        /// The factor.
        factor: f64,
        /// Wavelengths above the original length divided by this are low frequencies.
        low_freq_factor: f64,
        /// Wavelengths below the original length divided by this are high frequencies.
        high_freq_factor: f64,
        /// Longest prompt of the first training.
        original_max_position_embeddings: f64,
    },
}

impl RopeScaling {
    /// What a frequency, in radians a position, is divided by.
    pub fn divisor(&self, frequency: f64) -> f64 {
        match *self {
            Self::Linear { factor } => factor,
            Self::Llama3 { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } => {
                let wavelength = TAU / frequency;
                if wavelength < length / high {
                    1.0
                } else if wavelength > length / low {
                    factor
                } else {
                    let smooth = (length / wavelength - low) / (high - low);
                    1.0 / ((1.0 - smooth) / factor + smooth)
                }
            }
        }
    }

    /// Checks that every frequency has a divisor.
    ///
    /// # Errors
    /// If a number is not one that can be computed with.
    pub fn validate(&self) -> Result<()> {
        let fine = |x: f64| (x as f32) > 0.0 && (x as f32).is_finite();
        let is_valid = match *self {
            Self::Linear { factor } => fine(factor),
            Self::Llama3 { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } => {
                [factor, low, high, length].into_iter().all(fine) && low < high
            }
        };
        if is_valid {
            Ok(())
        } else {
            Err(Error::setting("rope_scaling", "must have numbers above 0, the low factor below the high", format!("{self:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn llama_3_by_hand() {
        let scaling =
            RopeScaling::Llama3 { factor: 8.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_max_position_embeddings: 8192.0 };
        // Wavelengths 2000 (below 8192 / 4), 10000 (above 8192) and 4096: there smooth = (2 - 1) / 3, so 1 / ((2/3) / 8 + 1/3) = 2.4.
        let found = [2000.0, 10_000.0, 4096.0].map(|length| scaling.divisor(TAU / length));
        assert!(found.iter().zip([1.0, 8.0, 2.4]).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        assert!(scaling.validate().is_ok());
        let text = serde_json::to_string(&RopeScaling::Linear { factor: 8.0 }).unwrap();
        assert_eq!(text, r#"{"rope_type":"linear","factor":8.0}"#);
        assert!(
            RopeScaling::Linear { factor: 0.0 }.validate().unwrap_err().to_string().contains("rope_scaling: must have numbers above 0")
        );
    }
}
