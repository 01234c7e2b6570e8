//! Tests of imported checkpoints against transformers and PEFT: logits at several positions, greedy continuations, adapters.

use super::repo;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use safetensors::SafeTensors;
use serde_json::Value;
use std::path::PathBuf;
use tokenizers::Tokenizer;
use unlearn_core::host::Files;
use unlearn_core::linear::LoraSpec;
use unlearn_core::model::{Decoder, Network, Targets, Trainable};
use unlearn_core::package::checkpoint::Checkpoint;
use unlearn_core::package::import::{ImportSpec, Quantisation, package};
use unlearn_core::package::manifest::{MODEL, Manifest, TOKENIZER};
use unlearn_core::package::weights::{Residency, floats};
use unlearn_core::package::{gguf, hf, peft, weights};
use unlearn_core::tensor::dropout::Dropout;
use unlearn_core::tensor::random::SeedRng;

const TEXT: &str = "tests/parity/fixtures/text";

/// The reference data written by the fixture script.
struct Fixture {
    bytes: Vec<u8>,
    json: Value,
}

impl Fixture {
    fn read(stem: &str) -> Self {
        let read = |ending: &str| std::fs::read(repo(TEXT).join(format!("{stem}.{ending}"))).expect("the fixture is committed");
        Self { bytes: read("safetensors"), json: serde_json::from_slice(&read("json")).expect("the fixture is JSON") }
    }

    fn logits(&self, name: &str) -> Vec<f32> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the fixture is safetensors");
        floats(tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).data())
    }
}

pub fn ints(value: &Value) -> Vec<u32> {
    value.as_array().expect("a list").iter().map(|n| n.as_u64().expect("a count") as u32).collect()
}

pub fn folder(name: &str) -> Files {
    let path = repo(TEXT).join(name);
    let entries = std::fs::read_dir(path).expect("the fixture is committed").map(|entry| entry.expect("it can be listed").path());
    entries
        .map(|path| {
            (path.file_name().expect("an entry has a name").to_string_lossy().into_owned(), std::fs::read(path).expect("it can be read"))
        })
        .collect()
}

pub fn tiny_gguf() -> Vec<u8> {
    std::fs::read(repo(TEXT).join("tiny.gguf")).expect("the fixture is committed")
}

pub fn import(model: Checkpoint, quantisation: Quantisation) -> Files {
    package(model, &ImportSpec { name: None, quantisation, template: unlearn_core::data::text::Template::Simple })
        .expect("the model can be imported")
}

/// A package's model, and the vocabulary row of every token.
pub fn load(files: &Files, residency: Residency) -> (Decoder, Vec<u32>) {
    let manifest = Manifest::read(files).expect("the package is whole");
    let bits = manifest.bits().expect("the quantisation is known");
    let model = weights::load(MODEL, &files[MODEL], &manifest.config, bits, residency, &Device::flex()).expect("the weights fit");
    let model = model.decoder().expect("a Llama decoder").clone();
    let kept = manifest.text.expect("it is a text package").kept;
    let mut rows = vec![0; kept.len()];
    kept.iter().enumerate().for_each(|(row, id)| rows[*id as usize] = row as u32);
    (model, rows)
}

pub fn tokens(ids: &[u32], rows: &[u32]) -> Tensor<2, Int> {
    let ids: Vec<i32> = ids.iter().map(|id| rows[*id as usize] as i32).collect();
    let n = ids.len();
    Tensor::from_data(TensorData::new(ids, [1, n]), &Device::flex())
}

/// Largest difference from the reference logits at the reference's positions, for every `stride`-th token.
fn difference(model: &Decoder, rows: &[u32], answer: &Value, expected: &[f32], stride: usize) -> f32 {
    let ids = ints(&answer["ids"]);
    let width = model.spec.head_vocab_size;
    let logits: Vec<f32> = model.all_logits(tokens(&ids, rows), None, Dropout::default()).try_into_vec_as().expect("a read-back");
    let positions = ints(&answer["positions"]).into_iter();
    let found = positions.flat_map(|at| rows.iter().step_by(stride).map(move |row| at as usize * width + *row as usize)).map(|i| logits[i]);
    let found: Vec<f32> = found.collect();
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The greedy continuation.
fn greedy(model: &Decoder, rows: &[u32], ids: &[u32], n: usize) -> Vec<u32> {
    let mut text = ids.to_vec();
    for _ in 0..n {
        let logits: Vec<f32> = model.answer_logits(tokens(&text, rows)).try_into_vec_as().expect("a read-back");
        let best = (0..rows.len()).max_by(|a, b| logits[rows[*a] as usize].total_cmp(&logits[rows[*b] as usize]));
        text.push(best.expect("there are tokens") as u32);
    }
    text.split_off(ids.len())
}

fn check(fixture: &Fixture, key: &str, model: &Decoder, rows: &[u32], bound: f32, stride: usize) {
    for (i, answer) in fixture.json[key].as_array().expect("a list").iter().enumerate() {
        let name = if key == "answers" { format!("logits.{i}") } else { format!("{key}.logits.{i}") };
        let off = difference(model, rows, answer, &fixture.logits(&name), stride);
        assert!(off < bound, "{name} is off by {off}");
        let expected = ints(&answer["greedy"]);
        assert_eq!(greedy(model, rows, &ints(&answer["ids"]), expected.len()), expected, "{name}");
    }
}

#[test]
fn a_gguf_of_every_type_answers_as_its_numbers_do() {
    let fixture = Fixture::read("tiny");
    let files = import(gguf::checkpoint(&tiny_gguf()).unwrap(), Quantisation::Keep);
    for residency in [Residency::Dense, Residency::Packed] {
        let (model, rows) = load(&files, residency);
        check(&fixture, "gguf", &model, &rows, 1e-4, 1);
    }
    let (model, rows) = load(&import(gguf::checkpoint(&tiny_gguf()).unwrap(), Quantisation::F32), Residency::Dense);
    check(&fixture, "gguf", &model, &rows, 1e-4, 1);
}

#[test]
fn a_hugging_face_folder_answers_as_in_transformers() {
    let fixture = Fixture::read("tiny");
    let checkpoint = hf::checkpoint(&folder("tiny-hf")).unwrap();
    for quantisation in [Quantisation::Keep, Quantisation::F32] {
        let (model, rows) = load(&import(checkpoint.clone(), quantisation), Residency::Packed);
        check(&fixture, "hf", &model, &rows, 1e-4, 1);
    }
    // Quantised, the answers are close. The tolerance follows from the block sizes, not from a reference.
    for (quantisation, bound) in [(Quantisation::Q8, 0.2), (Quantisation::Q4, 2.0)] {
        let (model, rows) = load(&import(checkpoint.clone(), quantisation), Residency::Packed);
        for (i, answer) in fixture.json["hf"].as_array().unwrap().iter().enumerate() {
            let off = difference(&model, &rows, answer, &fixture.logits(&format!("hf.logits.{i}")), 1);
            assert!(off > 1e-4 && off < bound, "{quantisation:?}: off by {off}");
        }
    }
}

#[test]
fn both_formats_give_the_tokenizer() {
    let fixture = Fixture::read("tiny");
    let from_gguf = import(gguf::checkpoint(&tiny_gguf()).unwrap(), Quantisation::Keep);
    for files in [from_gguf, import(hf::checkpoint(&folder("tiny-hf")).unwrap(), Quantisation::Keep)] {
        let tokenizer = Tokenizer::from_bytes(&files[TOKENIZER]).unwrap();
        for (text, answer) in fixture.json["texts"].as_array().unwrap().iter().zip(fixture.json["gguf"].as_array().unwrap()) {
            let encoded = tokenizer.encode(text.as_str().unwrap(), false).unwrap();
            assert_eq!(encoded.get_ids(), ints(&answer["ids"]));
        }
        let text = Manifest::read(&files).unwrap().text.unwrap();
        // end, begin, unknown (the folder names none, so the lowest free one), newline, No, Yes
        assert_eq!(text.kept[..4], [0, 1, 2, 3]);
        let id = |token: &str| tokenizer.token_to_id(token).unwrap();
        assert_eq!(text.kept[4..7], [id("No"), id("Yes"), 4]);
    }
}

/// PEFT's adapter in our reader, and ours in PEFT: the same seed writes the same files, for which the fixture has the logits that PEFT computed.
#[test]
fn adapters_go_to_peft_and_come_from_it() {
    let fixture = Fixture::read("tiny");
    let (base, rows) = load(&import(hf::checkpoint(&folder("tiny-hf")).unwrap(), Quantisation::Keep), Residency::Dense);
    check(&fixture, "adapter", &peft::load(&base, &folder("tiny-adapter")).unwrap(), &rows, 1e-4, 1);

    let mut rng = SeedRng::seed_from_u64(17);
    let mut ours = base.with_adapter(&LoraSpec { rank: 2, alpha: 6.0 }, Targets::Linear, &mut rng).frozen();
    // B starts at zero.
    ours.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().add_scalar(0.03));
    let files = pollster::block_on(peft::write(&ours, "tiny-hf")).unwrap();
    if let Some(out) = std::env::var_os("UNLEARN_WRITE_ADAPTER").map(PathBuf::from) {
        std::fs::create_dir_all(&out).unwrap();
        files.iter().for_each(|(name, bytes)| std::fs::write(out.join(name), bytes).unwrap());
    }
    assert_eq!(files, folder("our-adapter"));
    check(&fixture, "our_adapter", &ours, &rows, 1e-4, 1);
}

/// SmolLM2 itself, if `cargo xtask models smollm2` has downloaded it.
#[test]
fn smollm2_answers_as_in_transformers() {
    let path = std::env::var_os("UNLEARN_SMOLLM2").map_or_else(|| repo("models/smollm2-135m-instruct"), PathBuf::from);
    if !path.is_dir() {
        eprintln!("skipped: {} is not there; `cargo xtask models smollm2` gets it", path.display());
        return;
    }
    let names = [MODEL, TOKENIZER, unlearn_core::package::manifest::MANIFEST];
    let files: Files = names.map(|name| (name.to_owned(), std::fs::read(path.join(name)).expect("the package is whole"))).into();
    let fixture = Fixture::read("smollm2");
    let tokenizer = Tokenizer::from_bytes(&files[TOKENIZER]).unwrap();
    let answers = fixture.json["answers"].as_array().unwrap();
    for (text, answer) in fixture.json["prompts"].as_array().unwrap().iter().zip(answers) {
        assert_eq!(tokenizer.encode(text.as_str().unwrap(), false).unwrap().get_ids(), ints(&answer["ids"]));
    }
    let stride = fixture.json["stride"].as_u64().unwrap() as usize;
    let (packed, rows) = load(&files, Residency::Packed);
    for (i, answer) in answers.iter().enumerate() {
        let off = difference(&packed, &rows, answer, &fixture.logits(&format!("logits.{i}")), stride);
        eprintln!("prompt {i}, packed: largest difference of a logit {off:.2e}");
        assert!(off < 2e-2, "prompt {i} is off by {off}");
    }
    check(&fixture, "answers", &load(&files, Residency::Dense).0, &rows, 2e-2, stride);
}
