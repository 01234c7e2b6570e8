//! Names in PEFT's files.

use crate::Error;

/// File of the adapter's settings.
pub const CONFIG: &str = "adapter_config.json";
/// File of the adapter's weights.
pub const WEIGHTS: &str = "adapter_model.safetensors";
/// What PEFT puts before the base model's names.
pub(super) const PREFIX: &str = "base_model.model.";
/// The output layer.
pub(super) const HEAD: &str = "lm_head";

/// An error about the settings.
pub(super) fn in_config(reason: impl Into<String>) -> Error {
    Error::package(CONFIG, reason)
}

/// An error about the weights.
pub(super) fn in_weights(reason: impl Into<String>) -> Error {
    Error::package(WEIGHTS, reason)
}
