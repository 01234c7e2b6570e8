//! A tiny language model with SmolLM2's tokenizer and random weights, for tests of the core and of the command line.

use burn::tensor::Device;
use flate2::read::GzDecoder;
use rand::SeedableRng;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use unlearn_core::data::DataHash;
use unlearn_core::data::interaction::Dataset;
use unlearn_core::data::text::{Answers, Template, TextSpec, needed_tokens};
use unlearn_core::host::Files;
use unlearn_core::linear::Bits;
use unlearn_core::model::{Decoder, DecoderSpec, PretrainSpec};
use unlearn_core::package::manifest::{FORMAT, MANIFEST, MODEL, Manifest, START, TOKENIZER};
use unlearn_core::package::weights;
use unlearn_core::report::Proxy;
use unlearn_core::tensor::random::SeedRng;

/// Padding (`<|im_end|>`), beginning, unknown (`<|endoftext|>`), line break, No, Yes.
pub const FIRST: [u32; 6] = [2, 1, 0, 198, 5230, 10539];

/// SmolLM2's `tokenizer.json`.
pub fn tokenizer() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/parity/fixtures/smollm2-tokenizer.json.gz");
    let packed = std::fs::read(path).expect("the fixture is there");
    let mut bytes = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("the fixture unpacks");
    bytes
}

/// Text settings that keep all tokens.
pub fn everything() -> TextSpec {
    let all: Vec<u32> = (0..49_152).collect();
    spec(Template::Compact, order(FIRST, &all))
}

/// Text settings that keep some tokens.
pub fn spec(template: Template, kept: Vec<u32>) -> TextSpec {
    TextSpec { template, kept, answers: Answers::default(), specials: Default::default(), rows: None, rank: None, eval_rows: None }
}

/// A tiny model spec.
pub fn tiny(vocab_size: usize) -> DecoderSpec {
    DecoderSpec {
        vocab_size,
        head_vocab_size: 6,
        hidden_size: 32,
        intermediate_size: 64,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        max_position_embeddings: 512,
        rms_norm_eps: 1e-5,
        rope_theta: 1e5,
        tie_word_embeddings: true,
        head_dim: None,
        attention: unlearn_core::model::AttentionSpec::PLAIN,
        variant: unlearn_core::model::Variant::Llama,
    }
}

/// A package with random weights. It keeps all tokens if there is no data set, otherwise those that the data set needs.
pub fn package(dataset: Option<&Dataset>, name: &str, start: bool) -> Files {
    package_of(2, dataset, name, start)
}

/// The same with so many layers.
pub fn package_of(n_layers: usize, dataset: Option<&Dataset>, name: &str, start: bool) -> Files {
    let bytes = tokenizer();
    let text = match dataset {
        Some(dataset) => {
            let kept = order(FIRST, &needed_tokens(dataset, &bytes, Template::Compact).expect("a byte-level tokenizer"));
            TextSpec { rows: Some(150), ..spec(Template::Compact, kept) }
        }
        None => everything(),
    };
    let config = DecoderSpec { num_hidden_layers: n_layers, ..tiny(text.kept.len()) };
    let model = Decoder::init(&config, &mut SeedRng::seed_from_u64(3), &Device::flex()).expect("a valid shape");
    let model = pollster::block_on(weights::write(&model, Bits::Eight)).expect("writes");
    let manifest = Manifest {
        format: FORMAT,
        name: "tiny".into(),
        source: None,
        dataset: name.into(),
        data: dataset.map(DataHash::of),
        licence: "none".into(),
        config: config.into(),
        quantisation: "q8".into(),
        training: PretrainSpec { epochs: 1, batch: 16, lr: 3e-3, ..PretrainSpec::default() },
        files: BTreeMap::new(),
        figures: Vec::new(),
        floor: None,
        floor_yes_no: None,
        cross_fit_error: None,
        baseline: None,
        proxy: Proxy::default(),
        text: Some(text),
        read: Default::default(),
    };
    let mut files = Files::from([
        (MODEL.to_owned(), model.clone()),
        (TOKENIZER.to_owned(), bytes),
        (MANIFEST.to_owned(), serde_json::to_vec(&manifest).expect("serialises")),
    ]);
    if start {
        files.insert(START.to_owned(), model);
    }
    files
}

/// `needed` in a package's order: `first`, then the others ascending.
pub fn order(first: [u32; 6], needed: &[u32]) -> Vec<u32> {
    let mut others: Vec<u32> = needed.iter().copied().filter(|id| !first.contains(id)).collect();
    others.sort_unstable();
    others.dedup();
    first.into_iter().chain(others).collect()
}
