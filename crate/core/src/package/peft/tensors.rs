//! `adapter_model.safetensors`: the tensors sorted by module and role.

use super::names::{PREFIX, WEIGHTS, in_config, in_weights};
use crate::Result;
use crate::package::bytes::{floats, halves, parse};
use half::bf16;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;

/// A matrix of floats; a vector is `[1, n]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dense {
    pub dims: [usize; 2],
    pub values: Vec<f32>,
}

/// What is known of one module's adapter.
#[derive(Debug, Default)]
pub(super) struct Factors {
    /// Factor A: `[r, in]`, for an embedding `[r, vocab]`.
    pub a: Option<Dense>,
    /// Factor B: `[out, r]`, for an embedding `[d, r]`.
    pub b: Option<Dense>,
    /// Whether these are the factors of an embedding.
    pub is_embedding: bool,
    /// DoRA's magnitudes: one for each output `[1, out]`, for an embedding one for each column `[1, d]`.
    pub magnitude: Option<Dense>,
}

/// All tensors of an adapter.
#[derive(Debug, Default)]
pub(super) struct Tensors {
    /// Factors by module.
    pub factors: BTreeMap<String, Factors>,
    /// Whole weights that take the place of the base's, by their published name (`modules_to_save`).
    pub saved: BTreeMap<String, Dense>,
    /// Whole weights of the base, as PEFT saves them beside an embedding's factors, by module.
    pub bases: BTreeMap<String, Dense>,
    /// Rows of a table that take the place of single tokens' rows, by module (`trainable_token_indices`).
    pub tokens: BTreeMap<String, Dense>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    A,
    B,
    EmbeddingA,
    EmbeddingB,
    Magnitude,
    Tokens,
    Saved,
    Base,
}

/// The parts of names by which roles are told.
const MARKS: [(&str, Role); 7] = [
    (".lora_A", Role::A),
    (".lora_B", Role::B),
    (".lora_embedding_A", Role::EmbeddingA),
    (".lora_embedding_B", Role::EmbeddingB),
    (".lora_magnitude_vector", Role::Magnitude),
    (".token_adapter.trainable_tokens_delta", Role::Tokens),
    (".modules_to_save", Role::Saved),
];

impl Tensors {
    /// Reads the file. `published` gives the published name of a module, if the model has it.
    ///
    /// # Errors
    /// If the file is damaged, or a tensor is of no kind that is computed; the message names it.
    pub fn read(bytes: &[u8], published: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let file = parse(WEIGHTS, bytes)?;
        let (mut all, mut adapter) = (Self::default(), None::<String>);
        let mut views = file.tensors();
        views.sort_by(|a, b| a.0.cmp(&b.0)); // so that the same file gives the same error
        for (name, view) in views {
            let (module, role, of) = role(&name)?;
            if let Some(of) = of
                && *adapter.get_or_insert_with(|| of.to_owned()) != of
            {
                let other = adapter.unwrap_or_default();
                return Err(in_weights(format!("holds two adapters, `{other}` and `{of}`: save one alone")));
            }
            let module = published(module).ok_or_else(|| in_weights(format!("tensor `{name}`: the model has no `{module}`")))?;
            let value = dense(&name, &view)?;
            let twice = match role {
                Role::Saved => all.saved.insert(format!("{module}.weight"), value).is_some(),
                Role::Base => all.bases.insert(module, value).is_some(),
                Role::Tokens => all.tokens.insert(module, value).is_some(),
                Role::A | Role::B | Role::EmbeddingA | Role::EmbeddingB | Role::Magnitude => {
                    let factors = all.factors.entry(module).or_default();
                    factors.is_embedding |= matches!(role, Role::EmbeddingA | Role::EmbeddingB);
                    let place = match role {
                        Role::A | Role::EmbeddingA => &mut factors.a,
                        Role::Magnitude => &mut factors.magnitude,
                        _ => &mut factors.b,
                    };
                    place.replace(value).is_some()
                }
            };
            if twice {
                return Err(in_weights(format!("has tensor `{name}` under two names")));
            }
        }
        Ok(all)
    }
}

/// The module of a tensor, its role there, and the adapter's name if the tensor's name has it (PEFT leaves it out).
fn role(name: &str) -> Result<(&str, Role, Option<&str>)> {
    let Some(inside) = name.strip_prefix("_orig_mod.").unwrap_or(name).strip_prefix(PREFIX) else {
        return Err(in_weights(format!("tensor `{name}` must begin with `{PREFIX}`, as PEFT writes it")));
    };
    let inside = inside.strip_prefix("_orig_mod.").unwrap_or(inside);
    for (mark, role) in MARKS {
        let Some((module, rest)) = inside.split_once(mark) else { continue };
        // `.lora_A` is followed by `.weight`, or by `.NAME.weight` where the adapter's name was kept.
        let Some(rest) = (if rest.is_empty() { Some("") } else { rest.strip_prefix('.') }) else { continue };
        if rest == "bias" || rest.ends_with(".bias") {
            let setting = if role == Role::Saved { "modules_to_save" } else { "lora_bias" };
            return Err(in_config(format!("{setting}: tensor `{name}` is a bias, and the layers of this model have none")));
        }
        let of = if rest == "weight" { "" } else { rest.strip_suffix(".weight").unwrap_or(rest) };
        if of.contains('.') {
            break;
        }
        return Ok((module, role, Some(of).filter(|of| !of.is_empty())));
    }
    if let Some(module) = inside.strip_suffix(".base_layer.weight") {
        return Ok((module, Role::Base, None));
    }
    if inside.ends_with(".bias") {
        return Err(in_config(format!("bias: tensor `{name}` is a bias, and the layers of this model have none")));
    }
    match inside.strip_suffix(".weight") {
        Some(module) if !inside.contains(".lora_") => Ok((module, Role::Saved, None)),
        _ => Err(in_weights(format!("tensor `{name}` is none that PEFT writes for LoRA"))),
    }
}

fn dense(name: &str, view: &TensorView<'_>) -> Result<Dense> {
    let dims = match view.shape() {
        [n] => [1, *n],
        [rows, cols] => [*rows, *cols],
        other => return Err(in_weights(format!("tensor `{name}` must be a vector or a matrix, got {other:?}"))),
    };
    let values = match view.dtype() {
        Dtype::F32 => floats(view.data()),
        Dtype::F16 => halves(view.data()),
        Dtype::BF16 => view.data().as_chunks::<2>().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
        other => return Err(in_weights(format!("tensor `{name}` must be F32, F16 or BF16, got {other:?}"))),
    };
    if values.iter().any(|x| !x.is_finite()) {
        return Err(in_weights(format!("tensor `{name}` has a number that is not finite")));
    }
    Ok(Dense { dims, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_role() {
        let found =
            |name: &str| role(&format!("{PREFIX}{name}")).map(|(module, role, of)| (module.to_owned(), role, of.map(str::to_owned)));
        for (name, module, expected, of) in [
            ("a.q.lora_A.weight", "a.q", Role::A, None),
            ("a.q.lora_B.default.weight", "a.q", Role::B, Some("default")),
            ("e.lora_embedding_A", "e", Role::EmbeddingA, None),
            ("e.lora_embedding_B.default", "e", Role::EmbeddingB, Some("default")),
            ("a.q.lora_magnitude_vector", "a.q", Role::Magnitude, None),
            ("a.q.lora_magnitude_vector.default.weight", "a.q", Role::Magnitude, Some("default")),
            ("e.token_adapter.trainable_tokens_delta", "e", Role::Tokens, None),
            ("lm_head.weight", "lm_head", Role::Saved, None),
            ("lm_head.modules_to_save.default.weight", "lm_head", Role::Saved, Some("default")),
            ("e.base_layer.weight", "e", Role::Base, None),
        ] {
            assert_eq!(found(name).unwrap(), (module.to_owned(), expected, of.map(str::to_owned)), "{name}");
        }
        for (name, says) in [
            ("a.q.lora_B.bias", "lora_bias: tensor"),
            ("a.q.bias", "bias: tensor"),
            ("a.q.ia3_l", "is none that PEFT writes for LoRA"),
            ("a.q.lora_E", "is none that PEFT writes for LoRA"),
            ("a.q.lora_A.x.y.weight", "is none that PEFT writes for LoRA"),
        ] {
            let told = found(name).unwrap_err().to_string();
            assert!(told.contains(says), "{name}: {told}");
        }
        assert!(role("model.q.lora_a").unwrap_err().to_string().contains("must begin with `base_model.model.`"));
    }
}
