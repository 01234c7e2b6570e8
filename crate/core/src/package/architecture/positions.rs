//! The rotary embedding in a decoder's `config.json`: its base and its scaling, where older and newer files have them.

use super::config::{fail, refuse};
use crate::Result;
use crate::model::RopeScaling;
use serde::Deserialize;
use serde_json::Value;

/// Name of the layers without a window.
pub const FULL: &str = "full_attention";
/// Name of the layers with a window.
pub const SLIDING: &str = "sliding_attention";

/// θ of the layers of this kind in newer files, which have it beside the scaling: for all layers, or for each kind.
pub fn theta(config: &Value, layers: &str) -> Option<f64> {
    let parameters = &config["rope_parameters"];
    parameters[layers]["rope_theta"].as_f64().or_else(|| parameters["rope_theta"].as_f64())
}

/// The scaling of the layers without a window; that of the others must be none, where files can state it.
///
/// # Errors
/// If it is of a kind that is not computed, or lacks a number.
pub fn scaling(config: &Value) -> Result<Option<RopeScaling>> {
    partial_rotary(config)?;
    let mut found = None;
    for (key, of) in
        [("rope_scaling", None), ("rope_parameters", None), ("rope_parameters", Some(FULL)), ("rope_parameters", Some(SLIDING))]
    {
        let by_layers = config[key].get(FULL).or_else(|| config[key].get(SLIDING)).is_some();
        let value = match of {
            // Parameters for each kind of layers are read below.
            None if by_layers => continue,
            None => &config[key],
            Some(layers) => &config[key][layers],
        };
        partial_rotary(value)?;
        let of_value = read(value)?;
        if of == Some(SLIDING) && of_value.is_some() {
            return refuse("rope_parameters", "of type default where attention slides", value);
        }
        found = found.or(of_value);
    }
    Ok(found)
}

fn read(value: &Value) -> Result<Option<RopeScaling>> {
    let kind = value.get("rope_type").or_else(|| value.get("type"));
    match kind.and_then(Value::as_str) {
        Some("default") => Ok(None),
        // transformers takes parameters without a type for the usual ones.
        None if value.is_null() || (kind.is_none() && value.get("factor").is_none() && value.is_object()) => Ok(None),
        Some(kind @ ("linear" | "llama3")) => {
            let mut typed = value.clone();
            typed["rope_type"] = kind.into();
            RopeScaling::deserialize(&typed).map(Some).map_err(|e| fail(format!("rope_scaling of type {kind}: {e}")))
        }
        _ => refuse("rope_scaling", "null or of type default, linear or llama3", value),
    }
}

/// Refuses a model that rotates only a part of each head.
fn partial_rotary(of: &Value) -> Result<()> {
    let share = &of["partial_rotary_factor"];
    if !share.is_null() && share.as_f64() != Some(1.0) {
        return refuse("partial_rotary_factor", "1 or absent", share);
    }
    Ok(())
}
