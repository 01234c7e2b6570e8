//! The windows of a decoder's layers in its `config.json`.

use super::config::{fail, flag, number, refuse, size};
use super::keys::{DecoderKeys, PATTERN, Windows};
use super::positions::{self, FULL, SLIDING};
use crate::Result;
use crate::model::{DecoderSpec, Sliding};
use serde_json::{Value, json};

/// Key of the number of positions that one sees.
const WINDOW: &str = "sliding_window";
/// What transformers takes for the window if a file does not say.
const DEFAULT_WINDOW: usize = 4096;
/// Number of lower layers that have no window in Qwen's files, if they do not say.
const DEFAULT_FULL: usize = 28;
/// Most layers that are listed; a model of more is refused by its number of layers.
const MOST: usize = 1 << 10;
/// θ of the layers with a window in Gemma's files, if they do not say.
pub const LOCAL_THETA: f64 = 1e4;

/// The layers with a window.
///
/// # Errors
/// If a value has the wrong type, or names layers that the architecture does not have.
pub fn read(keys: &DecoderKeys, config: &Value, n_layers: usize) -> Result<Option<Sliding>> {
    let stated = match config.get(WINDOW) {
        None => Some(DEFAULT_WINDOW),
        Some(_) => size(config, WINDOW)?,
    };
    let layers = 0..n_layers.min(MOST);
    let theta = match keys.windows {
        Windows::Pattern => {
            Some(number(config, "rope_local_base_freq")?.or_else(|| positions::theta(config, SLIDING)).unwrap_or(LOCAL_THETA))
        }
        Windows::Never | Windows::All | Windows::Flagged => None,
    };
    let usual: Vec<usize> = match keys.windows {
        Windows::Never => return Ok(None),
        Windows::Flagged if !flag(config, "use_sliding_window")? => return Ok(None),
        Windows::All => layers.collect(),
        Windows::Flagged => layers.skip(size(config, "max_window_layers")?.unwrap_or(DEFAULT_FULL)).collect(),
        Windows::Pattern => {
            let every = size(config, "sliding_window_pattern")?.unwrap_or(PATTERN);
            if every == 0 {
                return refuse("sliding_window_pattern", "at least 1", every);
            }
            layers.filter(|layer| (layer + 1) % every != 0).collect()
        }
    };
    let layers = match named(config, n_layers)? {
        Some(other) if keys.windows == Windows::All && other != usual => {
            return refuse("layer_types", &format!("{SLIDING} in every layer"), &config["layer_types"]);
        }
        named => named.unwrap_or(usual),
    };
    match stated {
        _ if layers.is_empty() => Ok(None),
        None if keys.windows == Windows::Pattern => refuse(WINDOW, "a whole number", "null"),
        None => Ok(None),
        Some(window) => Ok(Some(Sliding { window, layers, theta })),
    }
}

/// The layers with a window that `layer_types` names.
fn named(config: &Value, n_layers: usize) -> Result<Option<Vec<usize>>> {
    let Some(types) = config["layer_types"].as_array() else { return Ok(None) };
    if types.len() != n_layers {
        return Err(fail(format!("layer_types must name all {n_layers} layers, got {}", types.len())));
    }
    if let Some(other) = types.iter().find(|kind| *kind != SLIDING && *kind != FULL) {
        return refuse("layer_types", &format!("{FULL} or {SLIDING}"), other);
    }
    Ok(Some((0..n_layers).filter(|layer| types[*layer] == SLIDING).collect()))
}

/// Writes the windows of a shape that the architecture can express.
pub fn write(keys: &DecoderKeys, spec: &DecoderSpec, config: &mut Value) {
    let sliding = spec.attention.sliding.as_ref();
    let types: Vec<&str> = (0..spec.num_hidden_layers).map(|layer| if spec.attention.slides(layer) { SLIDING } else { FULL }).collect();
    match keys.windows {
        Windows::Never => {}
        Windows::All => config[WINDOW] = json!(sliding.map(|sliding| sliding.window)),
        Windows::Flagged => {
            config["use_sliding_window"] = sliding.is_some().into();
            config[WINDOW] = json!(sliding.map(|sliding| sliding.window));
            if let Some(sliding) = sliding {
                config["max_window_layers"] = sliding.layers[0].into();
                config["layer_types"] = json!(types);
            }
        }
        Windows::Pattern => {
            config[WINDOW] = json!(sliding.map_or(DEFAULT_WINDOW, |sliding| sliding.window));
            config["layer_types"] = json!(types);
            config["rope_local_base_freq"] = json!(sliding.and_then(|sliding| sliding.theta).unwrap_or(LOCAL_THETA));
        }
    }
}
