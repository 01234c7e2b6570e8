//! Architectures as key maps: for each one, the names of its tensors, sizes and settings in Hugging Face and GGUF files. Nothing else in `package`
//! names a tensor of a base model.
//!
//! # Adding a decoder of the Llama family
//!
//! It takes one new file, a few lines in two others, and the code for whatever no other architecture computes:
//!
//! 1. `package/architecture/NAME.rs`: its [`DecoderKeys`], mostly `..LLAMA`. `biases` lists the projections with a bias, a
//!    [`Part::HeadNorm`](keys::Part::HeadNorm) row in `block` declares a norm over each head, `own_head_dim` an independent head width.
//! 2. `package/architecture/mod.rs`: `mod NAME;` and an entry in [`ARCHITECTURES`].
//! 3. `model/config.rs`: its [`Variant`](crate::model::Variant), also listed in `Variant::ALL`, and what it has.
//! 4. `model/decoder.rs`, `attention.rs` or `block.rs`, for what no other architecture computes: [`Decoder::build`](crate::model::Decoder::build)
//!    requests the additional tensors, and `each_linear` or `each_norm` names them. A test here fails until both name the same ones.
//! 5. A fixture: a tiny random model with its logits (`tests/parity/`).
//!
//! Reading and writing both formats, packages, GGUF's row order, quantisation and error messages follow from the entry. The test
//! `package/toy.rs` takes an architecture that the table does not contain through both formats.

pub mod config;
pub mod decoder;
mod gemma3;
pub mod keys;
mod llama;
mod mistral;
mod positions;
mod qwen2;
mod qwen3;
pub mod slot;
mod t5;
pub mod windows;

use super::stored::Stored;
use crate::Result;
use crate::data::text::Specials;
use crate::model::{DecoderSpec, Spec, T5Spec};
use gemma3::GEMMA3;
use keys::DecoderKeys;
pub use llama::LLAMA;
use mistral::MISTRAL;
use qwen2::QWEN2;
use qwen3::QWEN3;
use serde_json::Value;
use slot::{Slot, Spare};
use std::collections::BTreeMap;

/// A supported architecture, which can be read and written.
#[derive(Debug, Clone, Copy)]
pub enum Architecture {
    /// A decoder with its key map, in both formats.
    Decoder(&'static DecoderKeys),
    /// T5, in Hugging Face's format only.
    T5,
}

/// All supported architectures. Of those with the same name in GGUF, the first one reads it.
pub const ARCHITECTURES: [Architecture; 6] = [
    Architecture::Decoder(&LLAMA),
    Architecture::Decoder(&MISTRAL),
    Architecture::Decoder(&QWEN2),
    Architecture::Decoder(&QWEN3),
    Architecture::Decoder(&GEMMA3),
    Architecture::T5,
];

/// The key maps of all decoders, by which GGUF files are read.
pub fn decoders() -> impl Iterator<Item = &'static DecoderKeys> {
    ARCHITECTURES.into_iter().filter_map(|architecture| match architecture {
        Architecture::Decoder(keys) => Some(keys),
        Architecture::T5 => None,
    })
}

/// All tensors of a model of this shape, in the order of a forward pass.
pub fn layout(spec: &Spec) -> Vec<Slot> {
    Published::of(spec).slots()
}

impl Architecture {
    /// The architecture with this `model_type`.
    ///
    /// # Errors
    /// If no architecture has it.
    pub fn named(model_type: &Value) -> Result<Self> {
        let found = ARCHITECTURES.into_iter().find(|architecture| model_type.as_str() == Some(architecture.model_type()));
        found.ok_or_else(|| {
            let known = ARCHITECTURES.map(Self::model_type).join(", ");
            let hint = if model_type == "gemma3" { ": this Gemma also sees images; take its text model alone" } else { "" };
            config::fail(format!("model_type must be one of {known}, got {model_type}{hint}"))
        })
    }

    /// `model_type` in `config.json`.
    pub fn model_type(self) -> &'static str {
        match self {
            Self::Decoder(keys) => keys.model_type,
            Self::T5 => t5::MODEL_TYPE,
        }
    }

    /// The shape that a `config.json` describes.
    ///
    /// # Errors
    /// If the file is damaged, or describes a model that this program does not compute exactly.
    pub fn read(self, config: &Value) -> Result<Published> {
        Ok(match self {
            Self::Decoder(keys) => Published::Decoder(keys, decoder::spec(keys, config)?),
            Self::T5 => Published::T5(t5::spec(config)?),
        })
    }
}

/// A shape together with the names of its parts in published files.
#[derive(Debug, Clone)]
pub enum Published {
    /// A decoder.
    Decoder(&'static DecoderKeys, DecoderSpec),
    /// T5.
    T5(T5Spec),
}

impl Published {
    /// A shape with the names from the table.
    pub fn of(spec: &Spec) -> Self {
        match spec {
            Spec::Llama(spec) => {
                let keys = decoders().find(|keys| keys.variant == spec.variant);
                Self::Decoder(keys.expect("every variant has its entry in the table (tested)"), spec.clone())
            }
            Spec::T5(spec) => Self::T5(spec.clone()),
        }
    }

    /// The shape.
    pub fn spec(&self) -> Spec {
        match self {
            Self::Decoder(_, spec) => Spec::Llama(spec.clone()),
            Self::T5(spec) => Spec::T5(spec.clone()),
        }
    }

    /// The `config.json`; `dtype` is the type of the weights, as PyTorch names it.
    pub fn config(&self, specials: &Specials, dtype: &str) -> Value {
        match self {
            Self::Decoder(keys, spec) => decoder::config(keys, spec, specials, dtype),
            Self::T5(spec) => t5::config(spec, specials, dtype),
        }
    }

    /// All tensors, in the order of a forward pass.
    pub fn slots(&self) -> Vec<Slot> {
        match self {
            Self::Decoder(keys, spec) => keys.slots(spec),
            Self::T5(spec) => t5::slots(spec),
        }
    }

    /// What an unknown tensor in a Hugging Face folder is, if it may be there.
    pub fn spare(&self, name: &str) -> Option<Spare> {
        match self {
            Self::Decoder(keys, spec) => keys.spare(spec, name),
            Self::T5(spec) => t5::spare(spec, name),
        }
    }

    /// Adds the tensors that a Hugging Face folder omits because they equal others.
    pub fn complete(&self, tensors: &mut BTreeMap<String, Stored>) {
        if let Self::T5(spec) = self {
            t5::untie(spec, tensors);
        }
    }

    /// Checks that the architecture's files can express the shape.
    ///
    /// # Errors
    /// If the shape has an independent head width and the architecture does not.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Decoder(keys, spec) => keys.check(spec),
            Self::T5(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::Weight;
    use crate::model::{AttentionSpec, Model, Network, Projection, Sliding, Variant};
    use crate::tensor::random::SeedRng;
    use burn::tensor::{Device, Tensor};
    use keys::Size;
    use rand::SeedableRng;
    use slot::Kind;

    /// At least one shape of every architecture, tied and untied.
    fn shapes() -> Vec<Spec> {
        let t5 = |feed_forward_proj, tie_word_embeddings| {
            let sizes = (9, 8, 3, 4, 2, 1, 5);
            let (vocab_size, d_model, d_kv, d_ff, num_layers, num_decoder_layers, num_heads) = sizes;
            Spec::T5(T5Spec {
                vocab_size,
                head_vocab_size: 6,
                d_model,
                d_kv,
                d_ff,
                num_layers,
                num_decoder_layers,
                num_heads,
                relative_attention_num_buckets: 8,
                relative_attention_max_distance: 16,
                layer_norm_epsilon: 1e-6,
                feed_forward_proj,
                tie_word_embeddings,
            })
        };
        let mut shapes = vec![t5(Projection::Relu, true), t5(Projection::GatedGelu, false)];
        for variant in Variant::ALL {
            let tiny = DecoderSpec { variant, num_key_value_heads: 1, num_hidden_layers: 2, ..DecoderSpec::tiny() };
            shapes.push(DecoderSpec { tie_word_embeddings: true, head_dim: Some(6), ..tiny.clone() }.into());
            let slides = Some(Sliding { window: 2, layers: vec![0], theta: Some(1e3) });
            let attention = AttentionSpec { sliding: slides, query_pre_attn_scalar: Some(9.0), ..AttentionSpec::PLAIN };
            shapes.push(DecoderSpec { attention, ..tiny.clone() }.into());
            shapes.push(tiny.into());
        }
        shapes
    }

    #[test]
    fn models_are_built_from_what_their_checkpoints_have() {
        let device = Device::flex();
        for spec in shapes() {
            let mut asked = Vec::new();
            let mut model = Model::build(&spec, &device, |name, dims| {
                asked.push((name.to_owned(), dims));
                Ok(Weight::Dense(Tensor::zeros(dims, &device)))
            })
            .unwrap();
            asked.sort();
            let mut slots: Vec<_> = layout(&spec).into_iter().map(|slot| (slot.name, slot.dims)).collect();
            slots.sort();
            assert_eq!(asked, slots);
            let mut visited = Vec::new();
            model.each_weight(&mut |name, weight| visited.push((name.to_owned(), weight.dims())));
            let n_weights: usize = visited.iter().map(|(_, dims)| dims[0] * dims[1]).sum();
            assert_eq!(spec.n_weights(), n_weights as u64);
            let mut matrices: Vec<_> = layout(&spec).into_iter().filter(|slot| slot.kind == Kind::Weight).map(|slot| slot.name).collect();
            matrices.sort();
            let mut names: Vec<_> = visited.iter().map(|(name, _)| name.clone()).collect();
            names.sort();
            assert_eq!(names, matrices);
            model.each_norm(&mut |name, gain| visited.push((name.to_owned(), gain.dims())));
            visited.sort();
            assert_eq!(visited, slots);
            assert!(Model::init(&spec, &mut SeedRng::seed_from_u64(1), &device).is_ok());
        }
    }

    #[test]
    fn every_variant_is_in_the_table_once_and_names_every_size() {
        for variant in Variant::ALL {
            assert_eq!(decoders().filter(|keys| keys.variant == variant).count(), 1, "{variant:?}");
        }
        for keys in decoders() {
            for size in Size::ALL {
                assert_eq!(keys.sizes.iter().filter(|of| of.size == size).count(), 1, "{}: {size:?}", keys.model_type);
            }
            // A manifest names a variant in the same way as `config.json`.
            assert_eq!(serde_json::to_value(keys.variant).unwrap(), keys.model_type);
        }
    }

    #[test]
    fn a_width_of_its_own_is_for_architectures_that_have_one() {
        let tiny = DecoderSpec::tiny();
        let told = |variant, head_dim| {
            Published::of(&DecoderSpec { variant, head_dim, ..tiny.clone() }.into()).check().err().map(|e| e.to_string())
        };
        assert_eq!((told(Variant::Qwen2, None), told(Variant::Qwen2, Some(4)), told(Variant::Llama, Some(6))), (None, None, None));
        let refused = told(Variant::Qwen2, Some(6)).unwrap();
        assert!(refused.contains("must be hidden_size / num_attention_heads, 4, in qwen2, got `6`"), "{refused}");
    }

    #[test]
    fn windows_are_for_architectures_that_have_them() {
        let told = |variant, layers: &[usize], theta: Option<f64>| {
            let sliding = Some(Sliding { window: 3, layers: layers.to_vec(), theta });
            let attention = AttentionSpec { sliding, ..AttentionSpec::PLAIN };
            let spec = DecoderSpec { variant, num_hidden_layers: 2, attention, ..DecoderSpec::tiny() };
            Published::of(&spec.into()).check().err().map(|e| e.to_string())
        };
        assert_eq!(
            (told(Variant::Mistral, &[0, 1], None), told(Variant::Qwen3, &[1], None), told(Variant::Gemma3, &[0], Some(1e4))),
            (None, None, None)
        );
        let refused = told(Variant::Llama, &[0], None).unwrap();
        assert!(refused.contains("sliding_window: must be one that llama has, got `3 in layers [0]`"), "{refused}");
        assert!(told(Variant::Mistral, &[1], None).is_some() && told(Variant::Gemma3, &[1], None).is_some());
    }
}
