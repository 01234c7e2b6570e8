//! Adapters as PEFT itself saves them, one for each setting that changes the numbers, against PEFT's answers (tests/parity/make_peft_fixtures.py).

use super::repo;
use super::text_parity::{folder, import, ints, load, tokens};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use unlearn_core::host::Files;
use unlearn_core::linear::LoraSpec;
use unlearn_core::model::{Decoder, Model, Network, Spec, Targets, Trainable};
use unlearn_core::package::import::Quantisation;
use unlearn_core::package::manifest::{MANIFEST, MODEL, Manifest, TOKENIZER};
use unlearn_core::package::merge::{MergeSpec, merge};
use unlearn_core::package::open::open_model;
use unlearn_core::package::vocabulary::rows_by_id;
use unlearn_core::package::weights::{Residency, floats, le_bytes, parse, serialise};
use unlearn_core::package::{hf, peft};
use unlearn_core::tensor::dropout::Dropout;
use unlearn_core::tensor::random::SeedRng;

fn fixture() -> (Vec<u8>, Value) {
    let read = |ending: &str| std::fs::read(repo(&format!("tests/parity/fixtures/peft/peft.{ending}"))).expect("the fixture is committed");
    (read("safetensors"), serde_json::from_slice(&read("json")).expect("it is JSON"))
}

fn adapter(name: &str) -> Files {
    folder(&format!("../peft/{name}"))
}

/// The package of the base, whose output layer may be tied.
fn base(tied: bool) -> Files {
    let mut model = hf::checkpoint(&folder("tiny-hf")).expect("a fixture, or a tensor on the CPU");
    model.name = Some("tiny-hf".into());
    if let (true, Spec::Llama(spec)) = (tied, &mut model.spec) {
        spec.tie_word_embeddings = true;
        model.tensors.remove("lm_head.weight");
    }
    import(model, Quantisation::Keep)
}

fn spec(quantisation: Quantisation) -> MergeSpec {
    MergeSpec { name: "merged".into(), quantisation, force: false }
}

/// Logits at the first and the last position of every prompt, tokens in the published order.
fn answers(model: &Decoder, rows: &[u32], prompts: &Value) -> Vec<f32> {
    let mut all = Vec::new();
    for prompt in prompts.as_array().expect("a fixture, or a tensor on the CPU") {
        let ids = ints(prompt);
        let logits: Vec<f32> =
            model.all_logits(tokens(&ids, rows), None, Dropout::default()).try_into_vec_as().expect("a fixture, or a tensor on the CPU");
        for at in [0, ids.len() - 1] {
            all.extend(rows.iter().map(|row| logits[at * rows.len() + *row as usize]));
        }
    }
    all
}

fn expected(name: &str, bytes: &[u8], about: &Value) -> Vec<f32> {
    let tensors = SafeTensors::deserialize(bytes).expect("a fixture, or a tensor on the CPU");
    let n = about["prompts"].as_array().expect("a fixture, or a tensor on the CPU").len();
    (0..n).flat_map(|i| floats(tensors.tensor(&format!("{name}.logits.{i}")).expect("a fixture, or a tensor on the CPU").data())).collect()
}

fn off(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn merged(files: &Files, tied: bool, about: &Value) -> unlearn_core::Result<Vec<f32>> {
    let files = merge(&base(tied), files, &spec(Quantisation::Keep))?;
    let (model, rows) = load(&files, Residency::Dense);
    Ok(answers(&model, &rows, &about["prompts"]))
}

/// The adapter with one setting changed.
fn with(files: &Files, key: &str, value: Value) -> Files {
    let mut config: Value = serde_json::from_slice(&files[peft::CONFIG]).expect("a fixture, or a tensor on the CPU");
    config[key] = value;
    let mut files = files.clone();
    files.insert(peft::CONFIG.into(), config.to_string().into_bytes());
    files
}

#[test]
fn every_setting_is_merged_as_peft_answers() {
    let (bytes, about) = fixture();
    let adapters = about["adapters"].as_object().unwrap();
    assert_eq!(adapters.len(), 15);
    for (name, of) in adapters {
        let found = merged(&adapter(name), of["tied"] == true, &about).unwrap_or_else(|e| panic!("{name}: {e}"));
        let off = off(&found, &expected(name, &bytes, &about));
        assert!(off < 2e-4, "{name}: off by {off}, PEFT changed the answers by {}", of["changed"]);
    }
}

/// If the setting were not read, the answers would be others.
#[test]
fn the_settings_decide() {
    let (bytes, about) = fixture();
    for (name, key, value) in [
        ("rslora", "use_rslora", json!(false)),
        ("patterns", "alpha_pattern", json!({})),
        ("rslora-patterns", "alpha_pattern", json!({})),
        ("rslora-patterns", "use_rslora", json!(false)),
        ("dora", "lora_alpha", json!(9)),
        ("all-linear", "lora_alpha", json!(3)),
        ("tied-embedding", "lora_alpha", json!(5)),
    ] {
        let tied = about["adapters"][name]["tied"] == true;
        let found = merged(&with(&adapter(name), key, value), tied, &about).unwrap();
        assert!(off(&found, &expected(name, &bytes, &about)) > 1e-2, "{name} without {key}");
    }
    // A rank that the settings do not say does not fit.
    let told = merged(&with(&adapter("patterns"), "rank_pattern", json!({})), false, &about).unwrap_err().to_string();
    assert!(told.contains("lora_A.weight` must be [4, ") && told.contains("got ["), "{told}");
}

#[test]
fn factors_alone_stand_beside_frozen_weights() {
    let (bytes, about) = fixture();
    let (model, rows) = load(&base(false), Residency::Dense);
    for name in ["rslora", "patterns", "rslora-patterns", "all-linear", "regex", "layers"] {
        let adapted = peft::load(&model, &adapter(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let expected = expected(name, &bytes, &about);
        let found = off(&answers(&adapted, &rows, &about["prompts"]), &expected);
        assert!(found < 2e-4, "{name}: off by {found}");
        // Ranks and scales of single modules survive our own files.
        let written = pollster::block_on(peft::write(&adapted, "tiny-hf")).unwrap();
        let found = off(&answers(&peft::load(&model, &written).unwrap(), &rows, &about["prompts"]), &expected);
        assert!(found < 2e-4, "{name}, written and read: off by {found}");
    }
    for (name, says) in [
        ("dora", "use_dora"),
        ("saved", "modules_to_save: `lm_head.weight`"),
        ("embedding", "save_embedding_layers"),
        ("head", "target_modules"),
        ("tokens", "trainable_token_indices"),
    ] {
        let told = peft::load(&model, &adapter(name)).unwrap_err().to_string();
        assert!(told.contains(says) && told.contains("unlearn merge"), "{name}: {told}");
    }
}

#[test]
fn what_does_not_fit_the_published_base_is_refused_by_its_setting() {
    let (model, _) = load(&base(false), Residency::Dense);
    for (name, says) in
        [("pissa", "init_lora_weights must be"), ("olora", "init_lora_weights must be"), ("lora-bias", "lora_bias must be off")]
    {
        let (merging, loading) = (merge(&base(false), &adapter(name), &spec(Quantisation::Keep)), peft::load(&model, &adapter(name)));
        for told in [merging.err().map(|e| e.to_string()), loading.err().map(|e| e.to_string())] {
            assert!(told.as_ref().is_some_and(|told| told.contains(says)), "{name}: {told:?}");
        }
    }
    // Also by the tensors, if the setting is gone.
    let told = peft::load(&model, &with(&adapter("lora-bias"), "lora_bias", json!(false))).unwrap_err().to_string();
    assert!(told.contains("lora_bias: tensor `base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias`"), "{told}");
    let told = merge(&base(false), &with(&adapter("dora"), "use_dora", json!(false)), &spec(Quantisation::Keep)).unwrap_err().to_string();
    assert!(told.contains("use_dora must be on"), "{told}");
    let told = merge(&base(false), &with(&adapter("tokens"), "trainable_token_indices", json!([3, 72, 1])), &spec(Quantisation::Keep));
    assert!(told.unwrap_err().to_string().contains("trainable_token_indices must be below 72, got 72"));
}

/// The tensors of an adapter under other names.
fn renamed(files: &Files, name: impl Fn(&str) -> String) -> Files {
    let file = parse(peft::WEIGHTS, &files[peft::WEIGHTS]).expect("a fixture, or a tensor on the CPU");
    let parts: Vec<_> =
        file.tensors().into_iter().map(|(key, view)| (name(&key), view.dtype(), view.shape().to_vec(), view.data().to_vec())).collect();
    let mut files = files.clone();
    files.insert(peft::WEIGHTS.into(), serialise(&parts).expect("a fixture, or a tensor on the CPU"));
    files
}

#[test]
fn names_that_keep_the_adapters_name_are_read() {
    let (bytes, about) = fixture();
    let expected = expected("rslora", &bytes, &about);
    let kept = |key: &str| key.replace(".weight", ".default.weight");
    let bare = |key: &str| key.replace("base_model.model.model.", "base_model.model.");
    let compiled = |key: &str| format!("_orig_mod.{key}");
    for files in [renamed(&adapter("rslora"), kept), renamed(&adapter("rslora"), bare), renamed(&adapter("rslora"), compiled)] {
        assert!(off(&merged(&files, false, &about).unwrap(), &expected) < 2e-4);
    }
    for (name, says) in [
        ("base_model.model.model.layers.7.self_attn.q_proj", "the model has no `model.layers.7.self_attn.q_proj`"),
        ("model.layers.0.self_attn.q_proj", "must begin with `base_model.model.`"),
    ] {
        let files = renamed(&adapter("rslora"), |key| key.replace("base_model.model.model.layers.0.self_attn.q_proj", name));
        let told = merged(&files, false, &about).unwrap_err().to_string();
        assert!(told.contains(says), "{told}");
    }
    // Two adapters in one file, and half of one.
    let two = |key: &str| if key.contains("layers.0") { kept(key) } else { key.replace(".weight", ".other.weight") };
    assert!(
        merged(&renamed(&adapter("rslora"), two), false, &about)
            .unwrap_err()
            .to_string()
            .contains("holds two adapters, `default` and `other`")
    );
    let mut half = adapter("rslora");
    let key = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
    half.insert(peft::WEIGHTS.into(), serialise(&[(key.into(), safetensors::Dtype::F32, vec![4, 32], le_bytes(&[0.1; 128]))]).unwrap());
    assert!(merged(&half, false, &about).unwrap_err().to_string().contains("q_proj.lora_B.weight` is missing"));
    let mut nan = half.clone();
    nan.insert(peft::WEIGHTS.into(), serialise(&[(key.into(), safetensors::Dtype::F32, vec![4, 32], le_bytes(&[f32::NAN; 128]))]).unwrap());
    assert!(merged(&nan, false, &about).unwrap_err().to_string().contains("not finite"));
    let mut pointer = adapter("rslora");
    pointer.insert(peft::WEIGHTS.into(), b"version https://git-lfs.github.com/spec/v1\noid sha256:7c\nsize 4096\n".to_vec());
    assert!(merged(&pointer, false, &about).unwrap_err().to_string().contains("is a Git LFS pointer"));
}

#[test]
fn an_adapter_of_another_base_is_refused_unless_forced() {
    let (base, files) = (base(false), adapter("rslora"));
    let manifest = Manifest::read(&base).unwrap();
    let id = peft::base_id(&manifest);
    assert_eq!(id, format!("tiny-hf@sha256:{}", &manifest.files[MODEL][..16]));
    let told = |named: Value, force: bool| {
        let spec = MergeSpec { force, ..spec(Quantisation::Keep) };
        merge(&base, &with(&files, "base_model_name_or_path", named), &spec).err().map(|e| e.to_string()).unwrap_or_default()
    };
    let (renamed, other) = (id.replace("tiny-hf", "renamed"), format!("tiny-hf@sha256:{}", "0".repeat(16)));
    for named in [json!(null), json!(""), json!("tiny-hf"), json!("someone/Tiny_HF"), json!("/data/tiny-hf/"), json!(id), json!(renamed)] {
        assert_eq!(told(named.clone(), false), "", "{named}");
    }
    for (named, says) in [
        (json!("meta-llama/Llama-3.2-1B"), "another base"),
        (json!(other), "another training"),
        (json!("tiny-hf@sha256:12"), "another training"),
    ] {
        let found = told(named.clone(), false);
        assert!(found.contains(&format!("base_model_name_or_path is {named}").replace('"', "`")) && found.contains(says), "{found}");
        assert_eq!(told(named, true), "");
    }
    // A merged package is another base, whatever it is called.
    let again = merge(&base, &files, &MergeSpec { name: "again".into(), ..spec(Quantisation::Keep) }).unwrap();
    assert!(merge(&again, &files, &spec(Quantisation::Keep)).unwrap_err().to_string().contains("another base"));
    // Force does not make a shape fit.
    let nano = repo("models/nano-ml-latest-small");
    let nano: Files = [MANIFEST, MODEL, TOKENIZER].map(|name| (name.to_owned(), std::fs::read(nano.join(name)).unwrap())).into();
    let told = merge(&nano, &files, &MergeSpec { force: true, ..spec(Quantisation::Keep) }).unwrap_err().to_string();
    assert!(told.contains("lora_A.weight` must be [4, 64], got [4, 32]"), "{told}");
}

/// A package that was imported under another name remembers what the checkpoint was called.
#[test]
fn the_source_of_a_package_is_a_name_for_it() {
    let mut model = hf::checkpoint(&folder("tiny-hf")).unwrap();
    model.name = Some("someone/tiny-hf".into());
    let import_spec = unlearn_core::package::import::ImportSpec {
        name: Some("mine".into()),
        quantisation: Quantisation::Q8,
        template: unlearn_core::data::text::Template::Simple,
    };
    let package = unlearn_core::package::import::package(model, &import_spec).unwrap();
    assert_eq!(Manifest::read(&package).unwrap().source.as_deref(), Some("someone/tiny-hf"));
    let merged = merge(&package, &adapter("rslora"), &spec(Quantisation::Keep)).expect("the adapter names the source");
    assert_eq!(Manifest::read(&merged).unwrap().source, None);
    assert!(load(&merged, Residency::Dense).0.spec().vocab_size() == 72);
}

/// Merging answers as the adapter beside the weights does, also where a T5's output layer is tied to the embedding and scaled by √d.
#[test]
fn a_t5_is_merged_as_its_adapter_answers() {
    for kind in ["original", "v1_1"] {
        let base = import(hf::checkpoint(&folder(&format!("../t5/{kind}"))).unwrap(), Quantisation::Keep);
        let (parent, model) = open_model(&base, Some(Residency::Dense), &Device::flex()).unwrap();
        let mut adapted =
            model.with_adapter(&LoraSpec { rank: 2, alpha: 6.0 }, Targets::LinearEmbedding, &mut SeedRng::seed_from_u64(4)).frozen();
        adapted.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().add_scalar(0.02));
        let mut published = adapted.clone();
        let kept = &parent.text.as_ref().unwrap().kept;
        let lora = published.embedding_mut().lora.as_mut().unwrap();
        *lora = lora.with_rows(&rows_by_id(kept, kept.len()));
        let files = pollster::block_on(peft::write(&published, &peft::base_id(&parent))).unwrap();
        let (manifest, merged) =
            open_model(&merge(&base, &files, &spec(Quantisation::Keep)).unwrap(), Some(Residency::Dense), &Device::flex()).unwrap();
        assert!(!manifest.config.tie_word_embeddings());
        let answer = |model: &Model| -> Vec<f32> {
            model.answer_logits(Tensor::from_ints([[7, 16, 9, 20, 12, 30, 1]], &Device::flex())).try_into_vec_as().unwrap()
        };
        let (before, after) = (off(&answer(&model), &answer(&adapted)), off(&answer(&merged), &answer(&adapted)));
        assert!(before > 1e-2 && after < 1e-4, "{kind}: the adapter changes {before}, merged it is off by {after}");
    }
}
