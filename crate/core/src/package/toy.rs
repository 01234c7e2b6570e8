//! Test of a decoder that the table does not contain, through both formats: its key map is all that they need.
//!
//! It has its own tensor names, biases, a norm over each head and an independent head width. No model code computes it.

use super::architecture::keys::{DecoderKeys, Part, TensorKeys};
use super::architecture::{Architecture, LLAMA, Published};
use super::checkpoint::{Checkpoint, Kind, Rows, Slot};
use super::gguf::Gguf;
use super::stored::Stored;
use super::{gguf, hf};
use crate::host::Files;
use crate::model::{DecoderSpec, Spec};
use serde_json::json;
use std::collections::BTreeMap;

const TOY: DecoderKeys = DecoderKeys {
    model_type: "toy",
    class: "ToyForCausalLM",
    gguf: "toy",
    block: &[
        TensorKeys { part: Part::Norm, hf: "h.{i}.ln", gguf: "blk.{i}.norm" },
        TensorKeys { part: Part::Query, hf: "h.{i}.q", gguf: "blk.{i}.q" },
        TensorKeys { part: Part::HeadNorm, hf: "h.{i}.q_norm", gguf: "blk.{i}.qn" },
        TensorKeys { part: Part::Key, hf: "h.{i}.k", gguf: "blk.{i}.k" },
        TensorKeys { part: Part::Output, hf: "h.{i}.o", gguf: "blk.{i}.o" },
    ],
    biases: &[Part::Query, Part::Key],
    own_head_dim: true,
    ..LLAMA
};
static KEYS: DecoderKeys = TOY;
/// The same map, but GGUF has the rows in the published order.
static PLAIN: DecoderKeys = DecoderKeys { gguf_turns_neighbours: false, ..TOY };

/// Two heads of width 6 with d = 8.
fn spec() -> DecoderSpec {
    DecoderSpec { head_dim: Some(6), num_key_value_heads: 1, ..tied() }
}

fn tied() -> DecoderSpec {
    let vocab_size = 72;
    DecoderSpec { vocab_size, head_vocab_size: vocab_size, tie_word_embeddings: true, ..DecoderSpec::tiny() }
}

/// A checkpoint in which every value of every tensor is different.
fn checkpoint(keys: &'static DecoderKeys) -> Checkpoint {
    let tokenizer = include_bytes!("../../../../tests/parity/fixtures/text/tiny-hf/tokenizer.json").to_vec();
    let mut at = 0.0;
    let mut next = || {
        at += 1.0;
        at
    };
    let stored = |slot: Slot| {
        let values: Vec<f32> = (0..slot.dims[0] * slot.dims[1]).map(|_| next()).collect();
        (slot.name, Stored::from_floats(&values, slot.dims))
    };
    let tensors = keys.slots(&spec()).into_iter().map(stored).collect();
    Checkpoint { name: None, licence: None, spec: Spec::Llama(spec()), tokenizer, specials: Default::default(), tensors }
}

#[test]
fn biases_and_norms_of_a_head_have_their_places() {
    let slots = KEYS.slots(&spec());
    let shown: Vec<_> = slots.iter().map(|slot| (slot.name.as_str(), slot.gguf.as_deref().unwrap(), slot.dims, slot.kind)).collect();
    let expected = [
        ("model.embed_tokens.weight", "token_embd.weight", [72, 8], Kind::Weight),
        ("h.0.ln.weight", "blk.0.norm.weight", [1, 8], Kind::Gain),
        ("h.0.q.weight", "blk.0.q.weight", [12, 8], Kind::Weight),
        ("h.0.q.bias", "blk.0.q.bias", [1, 12], Kind::Bias),
        ("h.0.q_norm.weight", "blk.0.qn.weight", [1, 6], Kind::Gain),
        ("h.0.k.weight", "blk.0.k.weight", [6, 8], Kind::Weight),
        ("h.0.k.bias", "blk.0.k.bias", [1, 6], Kind::Bias),
        ("h.0.o.weight", "blk.0.o.weight", [8, 12], Kind::Weight),
        ("model.norm.weight", "output_norm.weight", [1, 8], Kind::Gain),
    ];
    assert_eq!(shown, expected);
    assert_eq!((slots[0].rows, slots[3].rows, slots[7].rows), (Rows::Tokens, Rows::RotaryHeads(2), Rows::Plain));
    assert!(PLAIN.slots(&spec()).iter().all(|slot| !matches!(slot.rows, Rows::RotaryHeads(_))));
}

#[test]
fn a_folder_is_read_and_written_by_the_map() {
    let before = checkpoint(&KEYS);
    let files = hf::write_as(&Published::Decoder(&KEYS, spec()), &before, Stored::clone).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&files[hf::CONFIG]).unwrap();
    assert_eq!(
        (&config["model_type"], &config["architectures"], &config["head_dim"]),
        (&json!("toy"), &json!(["ToyForCausalLM"]), &json!(6))
    );
    let toy = Architecture::Decoder(&KEYS);
    assert_eq!(hf::read(toy, &config, &files).unwrap(), before);
    // A head width that equals hidden size / heads is not stored in the spec.
    let mut usual = config.clone();
    usual["head_dim"] = 4.into();
    assert_eq!(toy.read(&usual).unwrap().spec(), Spec::Llama(DecoderSpec { num_key_value_heads: 1, ..tied() }));
    // The table itself does not contain this architecture.
    assert!(
        hf::checkpoint(&files)
            .unwrap_err()
            .to_string()
            .contains("model_type must be one of llama, mistral, qwen2, qwen3, gemma3_text, t5, got \"toy\"")
    );
}

#[test]
fn a_gguf_is_read_and_written_by_the_map() {
    for keys in [&KEYS, &PLAIN] {
        let before = checkpoint(keys);
        let bytes = gguf::write_as(keys, &spec(), &before).unwrap();
        let file = Gguf::parse(&bytes).unwrap();
        assert_eq!((file.int("toy.attention.key_length").unwrap(), file.int("toy.block_count").unwrap()), (Some(6), Some(1)));
        let after = gguf::read_as(keys, &file).unwrap();
        assert_eq!((&after.spec, &after.tensors), (&before.spec, &before.tensors));
        // The bias has the same order as the rows of its weight: for six rows, 0 3 1 4 2 5.
        let values = file.tensor("blk.0.k.bias").unwrap().stored(|row| row).to_dense();
        let first = before.tensors["h.0.k.bias"].to_dense()[0];
        let order = if keys.gguf_turns_neighbours { [0.0, 3.0, 1.0, 4.0, 2.0, 5.0] } else { [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] };
        assert_eq!(values, order.map(|k| first + k));
        let rows = file.tensor("blk.0.k.weight").unwrap().stored(|row| row).to_dense();
        let first = before.tensors["h.0.k.weight"].to_dense()[0];
        assert_eq!(rows.iter().step_by(8).copied().collect::<Vec<_>>(), order.map(|k| first + 8.0 * k));
        assert!(
            gguf::checkpoint(&bytes).unwrap_err().to_string().contains("general.architecture must be llama, qwen2, qwen3, gemma3, got toy")
        );
    }
}

/// The same files, read with a map that does not declare the bias.
#[test]
fn a_bias_that_the_map_has_not_is_refused() {
    static UNBIASED: DecoderKeys = DecoderKeys { biases: &[Part::Key], ..TOY };
    let before = checkpoint(&KEYS);
    let files: Files = hf::write_as(&Published::Decoder(&KEYS, spec()), &before, Stored::clone).unwrap();
    let config = serde_json::from_slice(&files[hf::CONFIG]).unwrap();
    let told = hf::read(Architecture::Decoder(&UNBIASED), &config, &files).unwrap_err().to_string();
    assert!(told.contains("has the tensor `h.0.q.bias`, which a plain Llama-family decoder of this shape has not"), "{told}");
    let bytes = gguf::write_as(&KEYS, &spec(), &before).unwrap();
    let told = gguf::read_as(&UNBIASED, &Gguf::parse(&bytes).unwrap()).unwrap_err().to_string();
    assert!(told.contains("has the tensor `blk.0.q.bias`, which a plain Llama-family decoder of this shape has not"), "{told}");
    // Conversely, a bias that the map declares must be present.
    let mut without: BTreeMap<_, _> = before.tensors.clone();
    without.remove("h.0.q.bias");
    let fewer = Checkpoint { tensors: without, ..before };
    let files = hf::write_as(&Published::Decoder(&UNBIASED, spec()), &fewer, Stored::clone).unwrap();
    let told = hf::read(Architecture::Decoder(&KEYS), &config, &files).unwrap_err().to_string();
    assert!(told.contains("tensor `h.0.q.bias` is missing"), "{told}");
}
