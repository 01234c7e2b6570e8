//! Tests of T5, original and v1.1, against transformers and PEFT: answers, buckets, gradients, adapters, tokens; and of a run on an imported package.

use super::repo;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use safetensors::SafeTensors;
use serde_json::Value;
use std::path::PathBuf;
use tokenizers::Tokenizer;
use unlearn_core::host::Files;
use unlearn_core::linear::LoraSpec;
use unlearn_core::model::{Model, Network, Targets, Trainable, t5};
use unlearn_core::package::export::Numbers;
use unlearn_core::package::import::{ImportSpec, Quantisation, package};
use unlearn_core::package::manifest::{MODEL, Manifest, TOKENIZER};
use unlearn_core::package::weights::{Residency, floats};
use unlearn_core::package::{export, hf, peft, weights};
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::train::gradient::{Memory, gradient};
use unlearn_core::unlearn::engine::loss::soft_cross_entropy;

const T5: &str = "tests/parity/fixtures/t5";
const KINDS: [&str; 2] = ["original", "v1_1"];

/// The reference data written by the fixture script.
struct Fixture {
    bytes: Vec<u8>,
    json: Value,
}

impl Fixture {
    fn read() -> Self {
        let read = |ending: &str| std::fs::read(repo(T5).join(format!("t5.{ending}"))).expect("the fixture is committed");
        Self { bytes: read("safetensors"), json: serde_json::from_slice(&read("json")).expect("the fixture is JSON") }
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the fixture is safetensors");
        floats(tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).data())
    }

    /// Prompts of different lengths, or the rows of the batch.
    fn rows(&self, kind: &str, key: &str) -> Vec<Vec<u32>> {
        self.json[kind][key].as_array().expect("a list").iter().map(ints).collect()
    }
}

fn ints(value: &Value) -> Vec<u32> {
    value.as_array().expect("a list").iter().map(|n| n.as_u64().expect("a count") as u32).collect()
}

pub fn folder(name: &str) -> Files {
    let entries =
        std::fs::read_dir(repo(T5).join(name)).expect("the fixture is committed").map(|entry| entry.expect("it can be listed").path());
    let named = |path: PathBuf| {
        (path.file_name().expect("an entry has a name").to_string_lossy().into_owned(), std::fs::read(path).expect("it can be read"))
    };
    entries.map(named).collect()
}

pub fn import(kind: &str, quantisation: Quantisation) -> Files {
    let checkpoint = hf::checkpoint(&folder(kind)).expect("the folder is a model");
    let template = unlearn_core::data::text::Template::Simple;
    package(checkpoint, &ImportSpec { name: Some(kind.into()), quantisation, template }).expect("it can be imported")
}

/// A package's model, and the vocabulary row of every token.
fn load(files: &Files, residency: Residency) -> (Model, Vec<u32>) {
    let manifest = Manifest::read(files).expect("the package is whole");
    let bits = manifest.bits().expect("the quantisation is known");
    let model = weights::load(MODEL, &files[MODEL], &manifest.config, bits, residency, &Device::flex()).expect("the weights fit");
    let kept = manifest.text.expect("it is a text package").kept;
    let mut rows = vec![0; kept.len()];
    kept.iter().enumerate().for_each(|(row, id)| rows[*id as usize] = row as u32);
    (model, rows)
}

fn tokens(prompts: &[Vec<u32>], rows: &[u32], device: &Device) -> Tensor<2, Int> {
    let ids: Vec<i32> = prompts.iter().flatten().map(|id| rows[*id as usize] as i32).collect();
    Tensor::from_data(TensorData::new(ids, [prompts.len(), prompts[0].len()]), device)
}

fn largest(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Maximum difference of a model's answers from the reference's, in the tokenizer's order.
fn difference(fixture: &Fixture, kind: &str, what: &str, model: &Model, rows: &[u32]) -> f32 {
    let off = |(i, prompt): (usize, &Vec<u32>)| {
        let batch = std::slice::from_ref(prompt);
        let logits: Vec<f32> = model.answer_logits(tokens(batch, rows, &Device::flex())).try_into_vec_as().expect("a read-back");
        let found: Vec<f32> = rows.iter().map(|row| logits[*row as usize]).collect();
        largest(&found, &fixture.floats(&format!("{kind}.{what}logits.{i}")))
    };
    fixture.rows(kind, "prompts").iter().enumerate().map(off).fold(0.0, f32::max)
}

#[test]
fn buckets_are_the_published_ones() {
    let fixture = Fixture::read();
    let first = fixture.json["buckets"]["from"].as_i64().unwrap();
    for (distance, id) in (first..).zip(ints(&fixture.json["buckets"]["ids"])) {
        assert_eq!(t5::bucket(distance, 32, 128), id as usize, "distance {distance}");
    }
}

#[test]
fn both_kinds_answer_as_in_transformers() {
    let fixture = Fixture::read();
    for kind in KINDS {
        for (quantisation, residency) in
            [(Quantisation::Keep, Residency::Packed), (Quantisation::F32, Residency::Dense), (Quantisation::Q8, Residency::Packed)]
        {
            let (model, rows) = load(&import(kind, quantisation), residency);
            let off = difference(&fixture, kind, "", &model, &rows);
            println!("{kind}, {quantisation:?}: largest difference of a logit {off:.2e}");
            match quantisation {
                // The tolerance follows from the block sizes, not from a reference.
                Quantisation::Q8 => assert!(off > 1e-4 && off < 2.0, "{kind}: off by {off}"),
                _ => assert!(off < 1e-4, "{kind}: off by {off}"),
            }
        }
    }
}

#[test]
fn gradients_are_those_of_pytorch() {
    let (fixture, device) = (Fixture::read(), Device::flex());
    for kind in KINDS {
        let (base, rows) = load(&import(kind, Quantisation::Keep), Residency::Dense);
        let mut model = peft::load(&base, &folder(&format!("{kind}-adapter"))).expect("PEFT's adapter fits");
        let off = difference(&fixture, kind, "adapter.", &model, &rows);
        assert!(off < 1e-4, "{kind}: with PEFT's adapter off by {off}");

        model.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().autodiff().require_grad());
        let soft = fixture.floats(&format!("{kind}.soft"));
        let by_row = |target: &[f32]| {
            let mut moved = vec![0.0; target.len()];
            rows.iter().zip(target).for_each(|(row, p)| moved[*row as usize] = f64::from(*p));
            moved
        };
        let targets: Vec<Vec<f64>> = soft.chunks_exact(rows.len()).map(by_row).collect();
        let trainable = device.clone().autodiff();
        let batch = tokens(&fixture.rows(kind, "batch"), &rows, &trainable);
        let loss = |logits| soft_cross_entropy(logits, &targets, 1.0, &trainable);
        let mut pass = gradient(&model, batch, Memory::suited_to(&model), &loss);
        let found: Vec<f32> = pass.loss.try_into_vec_as().unwrap();
        assert!((f64::from(found[0]) / fixture.json[kind]["loss"].as_f64().unwrap() - 1.0).abs() < 1e-5);
        let (mut n, mut worst, mut highest, mut unasked) = (0, 0f32, 0f32, 0f32);
        model.each_param(Trainable::Adapter, &mut |name, p| {
            let expected = fixture.floats(&format!("{kind}.grad.{name}"));
            let scale = expected.iter().fold(0f32, |max, g| max.max(g.abs()));
            match pass.grads.take(p) {
                Some(grad) => {
                    let off = largest(&grad.try_into_vec_as().unwrap(), &expected) / scale;
                    assert!(off < 1e-4, "{name} is off by {off} of its largest");
                    worst = worst.max(off);
                }
                // A decoder's first step attends only to itself, so its query and key change nothing, up to PyTorch's rounding.
                None => {
                    assert!(name.contains("decoder") && name.contains("SelfAttention.q"), "{name} has no gradient");
                    unasked = unasked.max(scale);
                }
            }
            highest = highest.max(scale);
            n += 1;
        });
        assert!(unasked < 1e-5 * highest, "{kind}: {unasked} of {highest}");
        println!("{kind}: {n} gradients, largest relative difference {worst:.2e}");
        assert_eq!(n, 2 * 2 * 6, "query and value of three attentions in two blocks each, two factors");
    }
}

/// Our adapter in PEFT: the same seed writes the same files, for which the fixture has the logits that PEFT computed.
#[test]
fn adapters_go_to_peft() {
    let fixture = Fixture::read();
    for kind in KINDS {
        let (base, rows) = load(&import(kind, Quantisation::Keep), Residency::Dense);
        let lora = LoraSpec { rank: 2, alpha: 6.0 };
        let mut ours = base.with_adapter(&lora, Targets::QueryValue, &mut SeedRng::seed_from_u64(17)).frozen();
        // B starts at zero.
        ours.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().add_scalar(0.03));
        let (name, files) = (format!("our-{kind}-adapter"), pollster::block_on(peft::write(&ours, kind)).unwrap());
        let config: Value = serde_json::from_slice(&files[peft::CONFIG]).unwrap();
        assert_eq!((&config["task_type"], &config["target_modules"]), (&"SEQ_2_SEQ_LM".into(), &serde_json::json!(["q", "v"])));
        if let Some(out) = std::env::var_os("UNLEARN_WRITE_T5_ADAPTERS").map(|out| PathBuf::from(out).join(&name)) {
            std::fs::create_dir_all(&out).unwrap();
            files.iter().for_each(|(name, bytes)| std::fs::write(out.join(name), bytes).unwrap());
        }
        assert_eq!(files, folder(&name));
        let off = difference(&fixture, kind, "our_adapter.", &ours, &rows);
        assert!(off < 1e-4, "{kind}: PEFT answers otherwise, by {off}");
        assert_eq!(files, pollster::block_on(peft::write(&peft::load(&base, &files).unwrap(), kind)).unwrap());
    }
}

#[test]
fn the_tokenizer_and_the_rows() {
    let fixture = Fixture::read();
    let files = import("original", Quantisation::Keep);
    let tokenizer = Tokenizer::from_bytes(&files[TOKENIZER]).unwrap();
    for text in fixture.json["texts"].as_array().unwrap() {
        let encoded = tokenizer.encode(text["text"].as_str().unwrap(), true).unwrap();
        assert_eq!(encoded.get_ids(), ints(&text["ids"]));
    }
    let id = |token: &str| tokenizer.token_to_id(token).unwrap();
    let kept = Manifest::read(&files).unwrap().text.unwrap().kept;
    assert_eq!(kept[..3], [id("<pad>"), id("</s>"), id("<unk>")], "the decoder starts with row 0, and prompts end with row 1");
    assert_eq!(kept[4..6], [id("▁No"), id("▁Yes")]);
}

#[test]
fn a_folder_comes_back_bit_by_bit() {
    for kind in KINDS {
        let checkpoint = hf::checkpoint(&folder(kind)).unwrap();
        let again = hf::checkpoint(&export::to_hf(&import(kind, Quantisation::Keep), Numbers::Keep).unwrap()).unwrap();
        assert_eq!((&again.spec, &again.tensors, &again.specials), (&checkpoint.spec, &checkpoint.tensors, &checkpoint.specials));
        assert_eq!((&again.tokenizer, &again.licence), (&checkpoint.tokenizer, &checkpoint.licence));
        let error = export::to_gguf(&import(kind, Quantisation::Keep), Numbers::Keep).unwrap_err().to_string();
        assert!(error.contains("export T5 to hf"), "{error}");
    }
}

#[test]
fn other_t5s_are_refused() {
    let refused = |key: &str, value: Value| {
        let mut files = folder("v1_1");
        let mut config: Value = serde_json::from_slice(&files[hf::CONFIG]).unwrap();
        config[key] = value;
        files.insert(hf::CONFIG.into(), config.to_string().into_bytes());
        hf::checkpoint(&files).unwrap_err().to_string()
    };
    for (key, value, says) in [
        ("feed_forward_proj", "gated-silu".into(), "relu or gated-gelu, got gated-silu"),
        ("decoder_start_token_id", 1.into(), "must be the padding token, 0, got 1"),
        ("relative_attention_num_buckets", 6.into(), "must be a multiple of 4"),
        ("relative_attention_max_distance", 8.into(), "above a quarter"),
        ("num_decoder_layers", 0.into(), "num_decoder_layers"),
        ("num_layers", 3.into(), "encoder.block.2.layer.0.SelfAttention.q.weight` is missing"),
        ("num_layers", 1.into(), "which a plain T5 of this shape has not"),
        ("d_kv", 8.into(), "must be [32, 32]"),
        ("quantization_config", serde_json::json!({"quant_method": "x"}), "quantization_config"),
        ("model_type", "mt5".into(), "model_type must be one of llama, mistral, qwen2, qwen3, gemma3_text, t5, got \"mt5\""),
    ] {
        let told = refused(key, value);
        assert!(told.contains(says), "{key}: {told}");
    }
}
