//! Tests of every decoder beside Llama against transformers: tiny random models as Hugging Face folders and as GGUF, whose windows are shorter than
//! the longer prompts.

use super::repo;
use super::text_parity::{folder as text_folder, import, ints, load, tokens};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use unlearn_core::host::Files;
use unlearn_core::linear::LoraSpec;
use unlearn_core::model::{Decoder, Model, Network, RopeScaling, Spec, Targets, Trainable, Variant};
use unlearn_core::package::checkpoint::Checkpoint;
use unlearn_core::package::export::{self, Numbers};
use unlearn_core::package::import::Quantisation;
use unlearn_core::package::weights::{Residency, floats};
use unlearn_core::package::{gguf, hf, peft};
use unlearn_core::tensor::dropout::Dropout;
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::train::gradient::{Memory, gradient};
use unlearn_core::unlearn::engine::loss::soft_cross_entropy;

const PATH: &str = "tests/parity/fixtures/architectures";
const FOLDERS: [&str; 6] = ["qwen2", "qwen3", "mistral", "llama3", "gemma3", "gemma3-hf"];
const GGUFS: [&str; 5] = ["qwen2", "qwen3", "mistral", "llama3", "gemma3"];

/// The reference data written by the fixture script.
struct Fixture {
    bytes: Vec<u8>,
    json: Value,
}

impl Fixture {
    fn read() -> Self {
        let read = |ending: &str| std::fs::read(repo(PATH).join(format!("architectures.{ending}"))).expect("the fixture is committed");
        Self { bytes: read("safetensors"), json: serde_json::from_slice(&read("json")).expect("the fixture is JSON") }
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("the fixture is safetensors");
        floats(tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).data())
    }

    fn prompts(&self, key: &str) -> Vec<Vec<u32>> {
        self.json[key].as_array().expect("a list").iter().map(ints).collect()
    }
}

/// A folder of the fixture, with the tokenizer that all of them share.
fn folder(kind: &str) -> Files {
    let read = |name: &str| (name.to_owned(), std::fs::read(repo(PATH).join(kind).join(name)).expect("the fixture is committed"));
    let mut files: Files = ["config.json", "model.safetensors"].map(read).into();
    files.extend(text_folder("tiny-hf").into_iter().filter(|(name, _)| name == "tokenizer.json"));
    files
}

fn gguf_file(kind: &str) -> Vec<u8> {
    std::fs::read(repo(PATH).join(format!("{kind}.gguf"))).expect("the fixture is committed")
}

fn decoder_spec(model: &Checkpoint) -> unlearn_core::model::DecoderSpec {
    let Spec::Llama(spec) = model.spec.clone() else { panic!("a decoder") };
    spec
}

/// Maximum difference from the reference at the first, the middle and the last position of every prompt.
fn difference(fixture: &Fixture, what: &str, model: &Decoder, rows: &[u32]) -> f32 {
    let mut most = 0f32;
    for (i, prompt) in fixture.prompts("prompts").iter().enumerate() {
        let expected = fixture.floats(&format!("{what}.{i}"));
        let logits: Vec<f32> = model.all_logits(tokens(prompt, rows), None, Dropout::default()).try_into_vec_as().expect("a read-back");
        let last: Vec<f32> = model.answer_logits(tokens(prompt, rows)).try_into_vec_as().expect("a read-back");
        let width = rows.len();
        let places = [0, prompt.len() / 2, prompt.len() - 1];
        let found = places.iter().flat_map(|at| rows.iter().map(move |row| at * width + *row as usize)).map(|i| logits[i]);
        assert_eq!(expected.len(), 3 * width);
        most = found.zip(&expected).fold(most, |most, (a, b)| most.max((a - b).abs()));
        most = rows.iter().zip(&expected[2 * width..]).fold(most, |most, (row, b)| most.max((last[*row as usize] - b).abs()));
    }
    most
}

#[test]
fn folders_answer_as_in_transformers() {
    let fixture = Fixture::read();
    for kind in FOLDERS {
        let checkpoint = hf::checkpoint(&folder(kind)).unwrap_or_else(|e| panic!("{kind}: {e}"));
        for (quantisation, residency) in [(Quantisation::Keep, Residency::Packed), (Quantisation::F32, Residency::Dense)] {
            let (model, rows) = load(&import(checkpoint.clone(), quantisation), residency);
            let off = difference(&fixture, &format!("{kind}.hf"), &model, &rows);
            println!("{kind}: largest difference of a logit {off:.2e}");
            assert!(off < 1e-4, "{kind}: off by {off}");
        }
    }
}

#[test]
fn ggufs_answer_as_in_transformers() {
    let fixture = Fixture::read();
    for kind in GGUFS {
        let checkpoint = gguf::checkpoint(&gguf_file(kind)).unwrap_or_else(|e| panic!("{kind}: {e}"));
        let (model, rows) = load(&import(checkpoint, Quantisation::Keep), Residency::Packed);
        let off = difference(&fixture, &format!("{kind}.gguf"), &model, &rows);
        println!("{kind}: largest difference of a logit {off:.2e}");
        assert!(off < 1e-4, "{kind}: off by {off}");
    }
}

/// The gradient in every factor of an adapter, for rows that are longer than the windows.
#[test]
fn gradients_are_those_of_pytorch() {
    let (fixture, device) = (Fixture::read(), Device::flex().autodiff());
    let (batch, soft) = (fixture.prompts("batch"), fixture.floats("soft"));
    for kind in FOLDERS {
        let (base, rows) = load(&import(hf::checkpoint(&folder(kind)).unwrap(), Quantisation::Keep), Residency::Dense);
        let lora = LoraSpec { rank: 2, alpha: fixture.json["alpha"].as_f64().unwrap() };
        let mut model = Model::from(base).with_adapter(&lora, Targets::Linear, &mut SeedRng::seed_from_u64(1));
        let is_adapted = |name: &str| ["q_proj", "v_proj", "down_proj"].iter().any(|part| name.contains(part));
        model.each_linear(&mut |name, linear| linear.lora = linear.lora.take().filter(|_| is_adapted(name)));
        model.each_param(Trainable::Adapter, &mut |name, p| {
            let data = TensorData::new(fixture.floats(&format!("{kind}.factor.{name}")), p.dims());
            *p = Tensor::from_data(data, &device).require_grad();
        });
        let by_row = |target: &[f32]| {
            let mut moved = vec![0.0; target.len()];
            rows.iter().zip(target).for_each(|(row, p)| moved[*row as usize] = f64::from(*p));
            moved
        };
        let targets: Vec<Vec<f64>> = soft.chunks_exact(rows.len()).map(by_row).collect();
        let ids: Vec<i32> = batch.iter().flatten().map(|id| rows[*id as usize] as i32).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [batch.len(), batch[0].len()]), &device);
        for memory in [Memory::WholeGraph, Memory::ByBlock] {
            let loss = |logits| soft_cross_entropy(logits, &targets, 1.0 / batch.len() as f64, &device);
            let mut pass = gradient(&model, ids.clone(), memory, &loss);
            let found: Vec<f32> = pass.loss.try_into_vec_as().unwrap();
            let expected = fixture.json["kinds"][kind]["loss"].as_f64().unwrap();
            assert!((f64::from(found[0]) / expected - 1.0).abs() < 1e-5, "{kind}: {found:?} {expected}");
            let (mut n, mut worst) = (0, 0f32);
            model.each_param(Trainable::Adapter, &mut |name, p| {
                let expected = fixture.floats(&format!("{kind}.grad.{name}"));
                let scale = expected.iter().fold(0f32, |max, g| max.max(g.abs()));
                let found: Vec<f32> = pass.grads.take(p).unwrap_or_else(|| panic!("{name} has no gradient")).try_into_vec_as().unwrap();
                let off = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / scale;
                assert!(off < 1e-4, "{kind}: {name} is off by {off} of its largest");
                worst = worst.max(off);
                n += 1;
            });
            println!("{kind}: {n} gradients, largest relative difference {worst:.2e}");
            assert_eq!(n, 6 * model.spec().num_hidden_layers());
        }
    }
}

/// Folder → package → folder, and GGUF → package → GGUF: the same shape, the same tensors.
#[test]
fn both_formats_go_there_and_back() {
    for kind in FOLDERS {
        let before = hf::checkpoint(&folder(kind)).unwrap();
        let package = import(before.clone(), Quantisation::Keep);
        let out = export::to_hf(&package, Numbers::Keep).unwrap();
        let after = hf::checkpoint(&out).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(after.spec, before.spec, "{kind}");
        assert_eq!(after.tensors, before.tensors, "{kind}");
    }
    for kind in GGUFS {
        let before = gguf::checkpoint(&gguf_file(kind)).unwrap();
        let bytes = export::to_gguf(&import(before.clone(), Quantisation::Keep), Numbers::Keep).unwrap();
        let after = gguf::checkpoint(&bytes).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!((&after.spec, &after.tensors), (&before.spec, &before.tensors), "{kind}");
        // Also what was not compared: every tensor of the file, by its bytes.
        let [old, new] = [gguf_file(kind), bytes].map(|bytes| {
            let file = gguf::Gguf::parse(&bytes).unwrap();
            file.tensors().map(|(name, info)| (name.to_owned(), info.stored(|row| row).to_dense())).collect::<Vec<_>>()
        });
        let near = |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-6 * a.abs());
        for ((name, old), (other, new)) in old.iter().zip(&new) {
            assert!(name == other && if name == "rope_freqs.weight" { near(old, new) } else { old == new }, "{kind}: {name}");
        }
        assert_eq!(old.len(), new.len(), "{kind}");
    }
}

/// The same numbers in both files, so what GGUF changes is undone.
#[test]
fn both_formats_have_the_same_numbers() {
    for kind in GGUFS {
        let (hf, gguf) = (hf::checkpoint(&folder(kind)).unwrap(), gguf::checkpoint(&gguf_file(kind)).unwrap());
        for (name, stored) in &hf.tensors {
            assert_eq!(gguf.tensors[name].to_dense(), stored.to_dense(), "{kind}: {name}");
        }
        let (hf, gguf) = (decoder_spec(&hf), decoder_spec(&gguf));
        // GGUF has Mistral as Llama, and no window of Mistral's and Qwen's.
        let variant = if kind == "mistral" { Variant::Llama } else { hf.variant };
        let mut expected = unlearn_core::model::DecoderSpec { variant, ..hf.clone() };
        if kind != "gemma3" {
            assert!(hf.attention.sliding.is_some() || kind == "llama3");
            expected.attention.sliding = None;
        }
        assert_eq!(gguf, expected, "{kind}");
    }
}

/// What a program that reads GGUF would compute otherwise is not written.
#[test]
fn gguf_does_not_lose_what_it_cannot_say() {
    for (kind, says) in [
        ("qwen2", "sliding_window: must hide nothing of a prompt of 96 tokens, in GGUF: export it to hf, got `5 in layers [1, 2]`"),
        ("qwen3", "`7 in layers [1]`"),
        ("mistral", "`6 in layers [0, 1]`"),
        ("gemma3-hf", "query_pre_attn_scalar: must be the width of a head, in GGUF"),
    ] {
        let package = import(hf::checkpoint(&folder(kind)).unwrap(), Quantisation::Keep);
        let told = export::to_gguf(&package, Numbers::Keep).unwrap_err().to_string();
        assert!(told.contains(says), "{kind}: {told}");
    }
    let mut gemma = gguf::checkpoint(&gguf_file("gemma3")).unwrap();
    if let Spec::Llama(spec) = &mut gemma.spec {
        spec.attention.sliding.as_mut().unwrap().layers = vec![0, 2, 3, 4, 6];
    }
    assert!(gguf::write(&gemma).unwrap_err().to_string().contains("must be in all layers but every sixth"));
    // A window that no prompt is longer than changes nothing.
    let mut mistral = hf::checkpoint(&folder("mistral")).unwrap();
    if let Spec::Llama(spec) = &mut mistral.spec {
        spec.attention.sliding.as_mut().unwrap().window = 96;
    }
    assert!(gguf::write(&mistral).is_ok());
}

/// The settings of published files, as they were before transformers 5.
#[test]
fn published_settings_are_understood() {
    let read = |kind: &str, change: &dyn Fn(&mut Value)| {
        let mut files = folder(kind);
        let mut config: Value = serde_json::from_slice(&files["config.json"]).unwrap();
        change(&mut config);
        files.insert("config.json".into(), config.to_string().into_bytes());
        hf::checkpoint(&files).map(|model| decoder_spec(&model)).map_err(|e| e.to_string())
    };
    let old = |theta: f64, scaling: Value| {
        move |config: &mut Value| {
            config.as_object_mut().unwrap().remove("rope_parameters");
            config["rope_theta"] = theta.into();
            config["rope_scaling"] = scaling.clone();
        }
    };
    // Llama 3.2 1B.
    let scaling = json!({ "factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3" });
    let llama = read("llama3", &old(500_000.0, scaling)).unwrap();
    let expected =
        RopeScaling::Llama3 { factor: 32.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_max_position_embeddings: 8192.0 };
    assert_eq!((llama.rope_theta, llama.attention.rope_scaling), (500_000.0, Some(expected)));
    // Gemma 3 4B's text model, without what transformers takes for granted.
    let gemma = read("gemma3", &|config| {
        old(1e6, json!({ "factor": 8.0, "rope_type": "linear" }))(config);
        let config = config.as_object_mut().unwrap();
        for key in ["rope_theta", "layer_types", "tie_word_embeddings"] {
            config.remove(key);
        }
        config.insert("rope_local_base_freq".into(), 10_000.0.into());
        config.insert("sliding_window_pattern".into(), 6.into());
    });
    assert_eq!(gemma.unwrap(), decoder_spec(&hf::checkpoint(&folder("gemma3")).unwrap()));
    // Qwen 2.5 0.5B states a window that is off.
    let qwen = read("qwen2", &|config| {
        old(1e6, Value::Null)(config);
        config.as_object_mut().unwrap().remove("layer_types");
        config["use_sliding_window"] = false.into();
        config["sliding_window"] = 32_768.into();
    });
    assert_eq!(qwen.unwrap().attention.sliding, None);
    // Mistral 7B v0.1 states one, v0.3 has none.
    let mistral = |window: Value| read("mistral", &move |config| config["sliding_window"] = window.clone()).unwrap();
    assert_eq!(mistral(4096.into()).attention.sliding.unwrap().layers, [0, 1]);
    assert_eq!(mistral(Value::Null).attention.sliding, None);
}

/// What is not computed is refused by its name.
#[test]
fn only_what_is_computed_is_taken() {
    for (kind, key, value, says) in [
        (
            "qwen2",
            "rope_parameters",
            json!({ "rope_type": "yarn", "factor": 4.0, "rope_theta": 1e6 }),
            "rope_scaling must be null or of type default, linear or llama3",
        ),
        (
            "llama3",
            "rope_parameters",
            json!({ "rope_type": "llama3", "factor": 4.0 }),
            "rope_scaling of type llama3: missing field `low_freq_factor`",
        ),
        ("qwen3", "attention_bias", true.into(), "attention_bias must be false, got true"),
        ("qwen3", "layer_types", json!(["full_attention"]), "layer_types must name all 2 layers, got 1"),
        ("qwen3", "layer_types", json!(["full_attention", "linear_attention"]), "layer_types must be full_attention or sliding_attention"),
        ("mistral", "layer_types", json!(["full_attention", "sliding_attention"]), "layer_types must be sliding_attention in every layer"),
        ("mistral", "sliding_window", 0.into(), "sliding_window: must be at least 1"),
        ("gemma3", "final_logit_softcapping", 30.0.into(), "final_logit_softcapping must be null, got 30.0"),
        ("gemma3", "attn_logit_softcapping", 50.0.into(), "attn_logit_softcapping must be null"),
        ("gemma3", "use_bidirectional_attention", true.into(), "use_bidirectional_attention must be false"),
        ("gemma3", "hidden_activation", "gelu".into(), "hidden_activation must be gelu_pytorch_tanh, got gelu"),
        ("gemma3", "query_pre_attn_scalar", (-1).into(), "query_pre_attn_scalar: must be above 0"),
        ("gemma3", "model_type", "gemma3".into(), "take its text model alone"),
        ("gemma3", "num_hidden_layers", 1_000_000_000_000u64.into(), "layer_types must name all"),
    ] {
        let mut files = folder(kind);
        let mut config: Value = serde_json::from_slice(&files["config.json"]).unwrap();
        config[key] = value;
        files.insert("config.json".into(), config.to_string().into_bytes());
        let told = hf::checkpoint(&files).map(|_| String::new()).unwrap_or_else(|e| e.to_string());
        assert!(told.contains(says), "{kind}, {key}: {told}");
    }
}

/// An adapter of such a model as PEFT's files, and merged.
#[test]
fn adapters_go_to_peft_and_back() {
    for kind in FOLDERS {
        let checkpoint = hf::checkpoint(&folder(kind)).unwrap();
        let (base, rows) = load(&import(checkpoint, Quantisation::F32), Residency::Dense);
        let mut adapted =
            base.with_adapter(&LoraSpec { rank: 2, alpha: 4.0 }, Targets::LinearEmbedding, &mut SeedRng::seed_from_u64(3)).frozen();
        adapted.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().add_scalar(0.02));
        let files = pollster::block_on(peft::write(&adapted, kind)).unwrap();
        let back = peft::load(&base, &files).unwrap();
        let answer =
            |model: &Decoder| -> Vec<f32> { model.answer_logits(tokens(&[3, 5, 8, 13, 21, 34, 55], &rows)).try_into_vec_as().unwrap() };
        assert_eq!(answer(&back), answer(&adapted), "{kind}");
        assert_ne!(answer(&base), answer(&adapted), "{kind}");
        // Merged, it answers the same.
        let mut merged = adapted.without_adapter();
        let mut weights = Vec::new();
        adapted.each_linear(&mut |_, linear| weights.push(linear.merged()));
        let mut weights = weights.into_iter();
        merged.each_linear(&mut |_, linear| linear.weight = unlearn_core::linear::Weight::Dense(weights.next().expect("as many")));
        merged.embedding.weight = unlearn_core::linear::Weight::Dense(adapted.embedding.merged());
        let (a, b) = (answer(&merged), answer(&adapted));
        // A tied output layer has the embedding's addition when it is merged, as in PEFT.
        if !base.spec.tie_word_embeddings {
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3), "{kind}: {a:?} {b:?}");
        }
    }
}

/// An adapter as llama.cpp reads it: the names, shapes and rows that its loader asks for, and the product that it computes.
#[test]
fn adapters_go_to_gguf() {
    for kind in ["mistral", "qwen2", "gemma3"] {
        let bytes = gguf_file(kind);
        let (base, _) = load(&import(gguf::checkpoint(&bytes).unwrap(), Quantisation::F32), Residency::Dense);
        let targets = if kind == "mistral" { Targets::LinearEmbedding } else { Targets::Linear };
        let mut adapted = base.with_adapter(&LoraSpec { rank: 2, alpha: 5.0 }, targets, &mut SeedRng::seed_from_u64(3)).frozen();
        adapted.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().add_scalar(0.02));
        // One layer has another scale: the file has one for all.
        adapted.blocks[0].attention.v.lora.as_mut().unwrap().scale = 7.0;
        let written = pollster::block_on(gguf::write_adapter(&adapted, kind)).unwrap();
        let (file, model) = (gguf::Gguf::parse(&written).unwrap(), gguf::Gguf::parse(&bytes).unwrap());
        let text = |key: &str| file.text(key).unwrap().map(str::to_owned);
        assert_eq!(text("general.architecture"), model.text("general.architecture").unwrap().map(str::to_owned));
        assert_eq!((text("general.type").as_deref(), text("adapter.type").as_deref()), (Some("adapter"), Some("lora")));
        let alpha = file.float("adapter.lora.alpha").unwrap().unwrap();
        let product = |a: &[f32], b: &[f32], [out, inputs]: [usize; 2]| -> Vec<f32> {
            let at = |i: usize, j: usize| (0..2).map(|k| b[i * 2 + k] * a[k * inputs + j]).sum::<f32>() * alpha as f32 / 2.0;
            (0..out * inputs).map(|n| at(n / inputs, n % inputs)).collect()
        };
        let mut n = 0;
        adapted.each_linear(&mut |name, linear| {
            let lora = linear.lora.as_ref().unwrap();
            let (i, part) = name.strip_prefix("model.layers.").unwrap().split_once('.').unwrap();
            let part = match part {
                "self_attn.q_proj" => "attn_q",
                "self_attn.k_proj" => "attn_k",
                "self_attn.v_proj" => "attn_v",
                "self_attn.o_proj" => "attn_output",
                "mlp.gate_proj" => "ffn_gate",
                "mlp.up_proj" => "ffn_up",
                _ => "ffn_down",
            };
            let stem = format!("blk.{i}.{part}.weight");
            let [a, b] = ["a", "b"].map(|which| file.tensor(&format!("{stem}.lora_{which}")).unwrap_or_else(|| panic!("{stem}")));
            let [rows, cols] = model.tensor(&stem).unwrap().dims;
            assert_eq!((a.dims, b.dims), ([2, cols], [rows, 2]), "{kind}: {stem}");
            let found = product(&a.stored(|row| row).to_dense(), &b.stored(|row| row).to_dense(), [rows, cols]);
            let delta: Vec<f32> = lora.b.clone().matmul(lora.a.clone()).mul_scalar(lora.scale).into_data().try_to_vec().unwrap();
            // The rows of Llama's queries and keys are paired in GGUF: j and j + half become neighbours.
            let dim = base.spec.head_dim();
            let place = |row: usize| {
                if kind == "mistral" && matches!(part, "attn_q" | "attn_k") {
                    row / dim * dim + row % 2 * (dim / 2) + row % dim / 2
                } else {
                    row
                }
            };
            for row in 0..rows {
                let (found, expected) = (&found[row * cols..][..cols], &delta[place(row) * cols..][..cols]);
                assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{kind}: {stem}, row {row}");
            }
            n += 2;
        });
        if let Some(lora) = &adapted.embedding.lora {
            let [a, b] = ["a", "b"].map(|which| file.tensor(&format!("token_embd.weight.lora_{which}")).unwrap());
            assert_eq!((a.dims, b.dims), ([72, 2], [16, 2]));
            let numbers = |x: Tensor<2>| -> Vec<f32> { x.into_data().try_to_vec().unwrap() };
            assert_eq!(a.stored(|row| row).to_dense(), numbers(lora.a.clone()));
            let expected = numbers(lora.b.clone().transpose().mul_scalar(lora.scale * 2.0 / alpha));
            assert_eq!(b.stored(|row| row).to_dense(), expected);
            n += 2;
        }
        assert_eq!(file.tensors().count(), n);
        // A tied table cannot carry one there.
        if base.spec.tie_word_embeddings {
            let tied = base.with_adapter(&LoraSpec { rank: 1, alpha: 1.0 }, Targets::Embedding, &mut SeedRng::seed_from_u64(3));
            let told = pollster::block_on(gguf::write_adapter(&tied, kind)).unwrap_err().to_string();
            assert!(told.contains("tied to the output layer"), "{told}");
        }
        assert!(pollster::block_on(gguf::write_adapter(&base, kind)).unwrap_err().to_string().contains("must have factors"));
    }
}
