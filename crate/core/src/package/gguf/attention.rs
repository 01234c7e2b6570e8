//! What a decoder's attention does beyond plain Llama's, in GGUF: windows, scaled rotary embeddings, the divisor of the scores.
//!
//! Much of it is not in the file but in llama.cpp, by the name of the architecture: which layers of Gemma have a window, what divides its scores. What
//! llama.cpp would compute otherwise is refused when a file is written.

use super::read::Gguf;
use super::refuse::fail;
use super::write::Entry;
use crate::model::{AttentionSpec, DecoderSpec, RopeScaling, Sliding};
use crate::package::architecture::keys::{DecoderKeys, PATTERN, Windows};
use crate::package::architecture::windows::LOCAL_THETA;
use crate::{Error, Result};

/// The tensor with what Llama 3's scaling divides each frequency by.
pub const ROPE_FREQS: &str = "rope_freqs.weight";
const WINDOW: &str = "attention.sliding_window";
const LOCAL_BASE: &str = "rope.freq_base_swa";
const SCALING: [&str; 2] = ["rope.scaling.type", "rope.scaling.factor"];
/// Number of layers of the largest Gemma 3, 27B, whose scores llama.cpp divides by the root of hidden size / heads.
const LARGEST_GEMMA: usize = 62;
/// The low and the high factor of Llama 3's scaling, which GGUF does not state.
const LLAMA_3: [f64; 2] = [1.0, 4.0];
/// Lengths of the first training, of which Llama 3's is the first.
const FIRST_LENGTHS: [f64; 6] = [8192.0, 4096.0, 2048.0, 16_384.0, 32_768.0, 131_072.0];

/// The settings of a file, for a shape without them.
///
/// # Errors
/// If a value has the wrong type, or is not computed.
pub fn read(keys: &DecoderKeys, file: &Gguf<'_>, plain: &DecoderSpec) -> Result<AttentionSpec> {
    let sliding = match (keys.windows, file.int(&keys.metadata(WINDOW))?) {
        (Windows::Pattern, Some(window @ 1..)) => {
            let theta = file.float(&keys.metadata(LOCAL_BASE))?.map_or(LOCAL_THETA, as_written);
            let layers = pattern(plain.num_hidden_layers);
            (!layers.is_empty()).then_some(Sliding { window: window as usize, layers, theta: Some(theta) })
        }
        _ => None,
    };
    Ok(AttentionSpec { query_pre_attn_scalar: scalar(keys, plain), rope_scaling: scaling(keys, file, plain)?, sliding })
}

/// The layers with a window in llama.cpp: all but every sixth.
fn pattern(n_layers: usize) -> Vec<usize> {
    (0..n_layers).filter(|layer| (layer + 1) % PATTERN != 0).collect()
}

/// The number whose root divides the scores in llama.cpp, where it is not the width of a head.
fn scalar(keys: &DecoderKeys, spec: &DecoderSpec) -> Option<f64> {
    let by_heads = (spec.hidden_size / spec.num_attention_heads) as f64;
    (keys.scalar.is_some() && spec.num_hidden_layers == LARGEST_GEMMA && by_heads != spec.head_dim() as f64).then_some(by_heads)
}

fn scaling(keys: &DecoderKeys, file: &Gguf<'_>, spec: &DecoderSpec) -> Result<Option<RopeScaling>> {
    let [kind_key, factor_key] = SCALING.map(|key| keys.metadata(key));
    let factor = file.float(&factor_key)?.map(as_written).filter(|factor| *factor != 0.0 && *factor != 1.0);
    let linear = match (file.text(&kind_key)?, factor) {
        (None | Some("linear"), Some(factor)) => Some(RopeScaling::Linear { factor }),
        (None | Some("linear" | "none"), None) => None,
        (Some("none"), Some(factor)) => return Err(fail(format!("`{factor_key}` must be 1 or absent without a scaling, got {factor}"))),
        (Some(other), _) => {
            return Err(fail(format!("`{kind_key}` must be none, linear or absent, got {other}: this decoder does not compute it")));
        }
    };
    let Some(info) = file.tensor(ROPE_FREQS).filter(|_| keys.gguf_rope_freqs) else { return Ok(linear) };
    let half = spec.head_dim() / 2;
    if info.dims != [1, half] || info.form.is_quantised() {
        return Err(fail(format!("tensor `{ROPE_FREQS}` must be {half} numbers in F32, F16 or BF16, got {:?} {:?}", info.form, info.dims)));
    }
    let divisors = info.stored(|row| row).to_dense();
    if divisors.iter().all(|divisor| *divisor == 1.0) {
        return Ok(linear);
    }
    let factor = f64::from(divisors.iter().copied().fold(0.0, f32::max));
    let fits = |scaling: &RopeScaling| {
        let expected = scaled(spec, scaling);
        divisors.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() <= 1e-5 * expected)
    };
    let tried = FIRST_LENGTHS.map(|length| RopeScaling::Llama3 {
        factor: as_written(factor),
        low_freq_factor: LLAMA_3[0],
        high_freq_factor: LLAMA_3[1],
        original_max_position_embeddings: length,
    });
    match (linear, tried.into_iter().find(fits)) {
        (None, Some(scaling)) if scaling.validate().is_ok() => Ok(Some(scaling)),
        _ => Err(fail(format!(
            "tensor `{ROPE_FREQS}` must be Llama 3's scaling, with the factors 1 and 4: this decoder does not compute another"
        ))),
    }
}

/// What a scaling divides each frequency by.
fn scaled(spec: &DecoderSpec, scaling: &RopeScaling) -> Vec<f32> {
    let dim = spec.head_dim();
    (0..dim / 2).map(|i| scaling.divisor(spec.rope_theta.powf(i as f64 * -2.0 / dim as f64)) as f32).collect()
}

/// The tensor [`ROPE_FREQS`] of a shape, if its scaling is Llama 3's.
pub fn rope_freqs(spec: &DecoderSpec) -> Option<Vec<f32>> {
    let scaling = spec.attention.rope_scaling.as_ref().filter(|scaling| matches!(scaling, RopeScaling::Llama3 { .. }))?;
    Some(scaled(spec, scaling))
}

/// The metadata of a shape, without the architecture's prefix.
///
/// # Errors
/// If llama.cpp would compute something else from the file.
pub fn entries(keys: &DecoderKeys, spec: &DecoderSpec) -> Result<Vec<(&'static str, Entry)>> {
    let refuse = |what: &str, must: String, got: String| Err(Error::setting(what, format!("{must}, in GGUF: export it to hf"), got));
    let (attention, mut entries) = (&spec.attention, Vec::new());
    match &attention.rope_scaling {
        Some(RopeScaling::Linear { factor }) => {
            entries.push((SCALING[0], Entry::Text("linear".into())));
            entries.push((SCALING[1], Entry::Number(*factor)));
        }
        Some(RopeScaling::Llama3 { low_freq_factor, high_freq_factor, .. })
            if !keys.gguf_rope_freqs || [*low_freq_factor, *high_freq_factor] != LLAMA_3 =>
        {
            return refuse("rope_scaling", "must be none, linear or Llama 3's own".into(), format!("{:?}", attention.rope_scaling));
        }
        Some(RopeScaling::Llama3 { .. }) | None => {}
    }
    if attention.query_pre_attn_scalar != scalar(keys, spec) {
        return refuse("query_pre_attn_scalar", "must be the width of a head".into(), format!("{:?}", attention.query_pre_attn_scalar));
    }
    match &attention.sliding {
        Some(Sliding { window, layers, theta: Some(theta) })
            if keys.windows == Windows::Pattern && *layers == pattern(spec.num_hidden_layers) =>
        {
            let window = u32::try_from(*window).map_err(|_| Error::setting("sliding_window", "must fit in 32 bits", window))?;
            entries.push((WINDOW, Entry::Count(window)));
            entries.push((LOCAL_BASE, Entry::Number(*theta)));
        }
        Some(Sliding { window, .. }) if *window >= spec.max_position_embeddings && keys.windows != Windows::Pattern => {}
        Some(Sliding { window, layers, .. }) => {
            let must = match keys.windows {
                Windows::Pattern => "must be in all layers but every sixth".to_owned(),
                _ => format!("must hide nothing of a prompt of {} tokens", spec.max_position_embeddings),
            };
            return refuse("sliding_window", must, format!("{window} in layers {layers:?}"));
        }
        // Without the window, llama.cpp does not open the file.
        None if keys.windows == Windows::Pattern => return refuse("sliding_window", "must be there".into(), "none".into()),
        None => {}
    }
    Ok(entries)
}

/// The decimal number that a binary32 was written from: 9.99999975e-6 becomes 1e-5, as in `config.json`.
pub fn as_written(x: f64) -> f64 {
    (x as f32).to_string().parse().unwrap_or(x)
}
