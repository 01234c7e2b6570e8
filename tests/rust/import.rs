//! Tests of imports and exports: bit-exact round trips, and damaged or malicious files.

use super::text_parity::{folder, import, tiny_gguf};
use unlearn_core::host::Files;
use unlearn_core::package::export::Numbers;
use unlearn_core::package::gguf::{Entry, Gguf, Value, Writer};
use unlearn_core::package::import::Quantisation;
use unlearn_core::package::manifest::{MANIFEST, MODEL, Manifest, TOKENIZER};
use unlearn_core::package::stored::{Form, Stored};
use unlearn_core::package::{export, gguf, hf, vocabulary, weights};

fn from_gguf(bytes: &[u8], quantisation: Quantisation) -> Files {
    import(gguf::checkpoint(bytes).expect("the file is a model"), quantisation)
}

#[test]
fn a_gguf_comes_back_bit_by_bit() {
    let (before, package) = (tiny_gguf(), from_gguf(&tiny_gguf(), Quantisation::Keep));
    let after = export::to_gguf(&package, Numbers::Keep).unwrap();
    assert_eq!(from_gguf(&after, Quantisation::Keep), package);
    let (before, after) = (Gguf::parse(&before).unwrap(), Gguf::parse(&after).unwrap());
    assert_eq!(before.tensors().count(), after.tensors().count());
    let mut forms = Vec::new();
    for (name, info) in before.tensors() {
        assert_eq!(info.stored(|row| row), after.tensor(name).unwrap().stored(|row| row), "{name}");
        forms.push(info.form);
    }
    for form in [Form::F32, Form::F16, Form::Bf16, Form::Q8, Form::Q4, Form::Q4Offset] {
        assert!(forms.contains(&form), "the fixture lacks {form:?}");
    }
    // The tool that made the fixture writes some keys that do not describe the model.
    for (key, value) in before.metadata().filter(|(key, _)| after.get(key).is_some()) {
        assert_eq!(Some(value), after.get(key), "{key}");
    }
}

#[test]
fn a_folder_comes_back_bit_by_bit() {
    let checkpoint = hf::checkpoint(&folder("tiny-hf")).unwrap();
    let package = import(checkpoint.clone(), Quantisation::Keep);
    let again = hf::checkpoint(&export::to_hf(&package, Numbers::Keep).unwrap()).unwrap();
    assert_eq!((&again.spec, &again.tensors, &again.tokenizer), (&checkpoint.spec, &checkpoint.tensors, &checkpoint.tokenizer));
    let floats = hf::checkpoint(&export::to_hf(&package, Numbers::F32).unwrap()).unwrap();
    assert!(
        floats.tensors.iter().all(|(name, stored)| stored.form == Form::F32 && stored.to_dense() == checkpoint.tensors[name].to_dense())
    );
    // Also through the other format.
    let through = gguf::checkpoint(&export::to_gguf(&package, Numbers::Keep).unwrap()).unwrap();
    assert_eq!((&through.spec, &through.tensors), (&checkpoint.spec, &checkpoint.tensors));
    let quantised = import(checkpoint, Quantisation::Q4);
    let back = export::to_gguf(&quantised, Numbers::Keep).unwrap();
    assert_eq!(from_gguf(&back, Quantisation::Keep)[MODEL], quantised[MODEL]);
}

#[test]
fn a_trimmed_package_says_so() {
    let mut package = from_gguf(&tiny_gguf(), Quantisation::Keep);
    let (mut model, mut manifest) = export::read(&package).unwrap();
    let rows: Vec<u32> = (0..40).collect();
    vocabulary::keep(&mut model, &rows).unwrap();
    let mut text = manifest.text.take().unwrap();
    text.kept.truncate(40);
    text.kept[39] = 71;
    let kept = text.kept.clone();
    package = unlearn_core::package::import::write(model, "trimmed", Quantisation::Keep, Some(text)).unwrap();
    assert!(export::to_gguf(&package, Numbers::Keep).unwrap_err().to_string().contains("fewer rows"));
    let folder = export::to_hf(&package, Numbers::F16).unwrap();
    let note: serde_json::Value = serde_json::from_slice(&folder[export::VOCABULARY]).unwrap();
    assert_eq!(note["kept"], serde_json::json!(kept));
    assert_eq!(hf::checkpoint(&folder).unwrap().spec.vocab_size(), 40);
}

/// In GGUF an output layer is there if it is not tied; it is used, not the embedding.
#[test]
fn an_output_layer_of_a_gguf_is_used() {
    let mut model = gguf::checkpoint(&tiny_gguf()).unwrap();
    let table = &model.tensors["model.embed_tokens.weight"];
    let head = Stored::from_floats(&table.to_dense().iter().map(|x| x * 0.5).collect::<Vec<_>>(), table.dims);
    model.tensors.insert("lm_head.weight".into(), head.clone());
    if let unlearn_core::model::Spec::Llama(spec) = &mut model.spec {
        spec.tie_word_embeddings = false;
    }
    let back = gguf::checkpoint(&gguf::write(&model).unwrap()).unwrap();
    assert!(!back.spec.tie_word_embeddings());
    assert_eq!(back.tensors["lm_head.weight"], head);
    let manifest = Manifest::read(&import(back, Quantisation::Keep)).unwrap();
    assert!(!manifest.config.tie_word_embeddings());
}

#[test]
fn a_nano_is_no_text_model() {
    let path = super::repo("models/nano-ml-latest-small");
    let read = |name: &str| (name.to_owned(), std::fs::read(path.join(name)).expect("the nano is in the repository"));
    let nano: Files = [MANIFEST, MODEL, TOKENIZER].map(read).into();
    assert!(export::to_gguf(&nano, Numbers::Keep).unwrap_err().to_string().contains("must score every token"));
    let manifest = Manifest::read(&nano).unwrap();
    let text = String::from_utf8(nano[MANIFEST].clone()).unwrap();
    assert_eq!(
        serde_json::to_string_pretty(&manifest).unwrap().trim_end(),
        text.trim_end(),
        "the format of shipped manifests is unchanged"
    );
}

/// The parse error of a small GGUF file with two metadata entries and one tensor of 64 bytes, after `edit` has changed its bytes.
fn small(edit: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut writer = Writer::default();
    writer.entry("general.architecture", &Entry::Text("llama".into()));
    writer.entry("list", &Entry::Ints(vec![1, 2, 3]));
    writer.tensor("t", &Stored::from_floats(&[1.0; 16], [2, 8]), false, |row| row);
    let mut bytes = writer.finish();
    edit(&mut bytes);
    Gguf::parse(&bytes).err().map(|e| e.to_string()).unwrap_or_default()
}

fn find(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect("it is there")
}

#[test]
fn hostile_files_are_refused() {
    assert_eq!(small(|_| {}), "");
    let put = |at: usize, value: &[u8]| {
        let value = value.to_vec();
        move |bytes: &mut Vec<u8>| bytes[at..at + value.len()].copy_from_slice(&value)
    };
    for (edit, says) in [
        (put(0, b"GGML"), "does not begin with"),
        (put(4, &[0, 0, 0, 3]), "big-endian"),
        (put(4, &[1, 0, 0, 0]), "version must be 2 or 3, got 1"),
        (put(8, &u64::MAX.to_le_bytes()), "at most 65536 tensors"),
        (put(16, &(1u64 << 40).to_le_bytes()), "at most 65536 metadata entries"),
        (put(16, &3u64.to_le_bytes()), ""),
        (put(24, &u64::MAX.to_le_bytes()), "reaches over the end"),
        (put(32, &[0xff]), "not UTF-8"),
        (put(52, &[77]), "value type must be 0 to 12, got 77"),
    ] {
        let found = small(edit);
        assert!(!found.is_empty() && found.contains(says), "`{found}` should say `{says}`");
    }
    // Inside the list: its type comes 4 bytes after its key, its length another 4.
    let list = |offset: usize, value: Vec<u8>| {
        small(move |bytes| {
            let at = find(bytes, "list") + offset;
            bytes[at..at + value.len()].copy_from_slice(&value);
        })
    };
    assert!(list(12, (u64::MAX / 2).to_le_bytes().to_vec()).contains("reaches over the end"));
    assert!(list(12, 2u64.to_le_bytes().to_vec()).starts_with("model package, gguf"));
    // A tensor: name, number of dimensions, dimensions, type, offset.
    let tensor = |offset: usize, value: Vec<u8>| {
        small(move |bytes| {
            let at = find(bytes, "\u{1}\0\0\0\0\0\0\0t\u{2}\0\0\0") + 9 + offset;
            bytes[at..at + value.len()].copy_from_slice(&value);
        })
    };
    for (offset, value, says) in [
        (0, 9u32.to_le_bytes().to_vec(), "1 to 4 dimensions, got 9"),
        (4, 0u64.to_le_bytes().to_vec(), "must be a vector or a matrix"),
        (4, u64::MAX.to_le_bytes().to_vec(), "too many"),
        (12, (1u64 << 61).to_le_bytes().to_vec(), "too many"),
        (12, (1u64 << 40).to_le_bytes().to_vec(), "reaches over the end"),
        (20, 14u32.to_le_bytes().to_vec(), "a block of 256 must divide the row length, got 8"),
        (20, 23u32.to_le_bytes().to_vec(), "got IQ4_XS (number 23)"),
        (20, 8u32.to_le_bytes().to_vec(), "a block of 32 must divide the row length, got 8"),
        (24, 32u64.to_le_bytes().to_vec(), "reaches over the end"),
        (24, 33u64.to_le_bytes().to_vec(), "multiple of 32"),
        (24, (u64::MAX - 31).to_le_bytes().to_vec(), "reaches over the end"),
    ] {
        let found = tensor(offset, value);
        assert!(found.contains(says), "`{found}` should say `{says}`");
    }
}

#[test]
fn tensors_and_names_are_there_once() {
    let two = |second: &str, edit: &dyn Fn(&mut Vec<u8>)| {
        let mut writer = Writer::default();
        let stored = Stored::from_floats(&[1.0; 8], [1, 8]);
        writer.tensor("first", &stored, true, |row| row);
        writer.tensor(second, &stored, true, |row| row);
        let mut bytes = writer.finish();
        edit(&mut bytes);
        Gguf::parse(&bytes).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(two("first", &|_| {}).contains("has the tensor `first` twice"));
    let onto = two("other", &|bytes| {
        let at = find(bytes, "other") + 5 + 4 + 8 + 4;
        bytes[at..at + 8].copy_from_slice(&0u64.to_le_bytes());
    });
    assert!(onto.contains("lies over tensor"), "{onto}");
    let mut writer = Writer::default();
    (0..2).for_each(|n| writer.entry("key", &Entry::Count(n)));
    assert!(Gguf::parse(&writer.finish()).unwrap_err().to_string().contains("has the key `key` twice"));
    let mut writer = Writer::default();
    writer.entry("general.alignment", &Entry::Count(12));
    assert!(Gguf::parse(&writer.finish()).unwrap_err().to_string().contains("power of two from 8"));
}

#[test]
fn lists_may_not_nest_without_end() {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend(0u64.to_le_bytes());
    bytes.extend(1u64.to_le_bytes());
    bytes.extend(1u64.to_le_bytes());
    bytes.push(b'k');
    bytes.extend(9u32.to_le_bytes());
    for _ in 0..100_000 {
        bytes.extend(9u32.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
    }
    assert!(Gguf::parse(&bytes).unwrap_err().to_string().contains("nested 3 deep"));
}

#[test]
fn every_cut_is_told() {
    let whole = tiny_gguf();
    for n in (0..whole.len()).step_by(97) {
        assert!(gguf::checkpoint(&whole[..n]).is_err(), "cut at {n}");
    }
    let files = folder("tiny-hf");
    for (name, bytes) in &files {
        let mut cut = files.clone();
        cut.insert(name.clone(), bytes[..bytes.len() - 7].to_vec());
        // A truncated tokenizer is detected only when the package is made.
        let outcome = hf::checkpoint(&cut);
        assert!(outcome.is_err() || name == TOKENIZER, "{name}");
        let mut without = files.clone();
        without.remove(name);
        let told = hf::checkpoint(&without).err().map(|e| e.to_string()).unwrap_or_default();
        // The parts are numbered, so nothing is lost with their index.
        assert!(told.contains("missing") || name == hf::INDEX, "without {name}: {told}");
    }
}

#[test]
fn only_what_the_decoder_computes_is_taken() {
    let files = folder("tiny-hf");
    for (key, value, says) in [
        (
            "model_type",
            serde_json::json!("gemma"),
            "model_type must be one of llama, mistral, qwen2, qwen3, gemma3_text, t5, got \"gemma\"",
        ),
        ("attention_bias", true.into(), "must be false"),
        ("hidden_act", "gelu".into(), "hidden_act must be silu, got gelu"),
        (
            "rope_scaling",
            serde_json::json!({ "rope_type": "yarn", "factor": 8.0 }),
            "rope_scaling must be null or of type default, linear or llama3",
        ),
        ("head_dim", 64.into(), ".self_attn."),
        ("quantization_config", serde_json::json!({ "quant_method": "gptq" }), "gptq"),
        ("num_hidden_layers", 1.into(), "which a plain Llama-family decoder of this shape has not"),
        ("num_hidden_layers", 3.into(), "is missing"),
        ("vocab_size", 1u64.wrapping_shl(40).into(), "must be between 1 and"),
        ("hidden_size", 0.into(), "must be between 1 and"),
        ("tie_word_embeddings", "yes".into(), "config.json"),
    ] {
        let mut config: serde_json::Value = serde_json::from_slice(&files[hf::CONFIG]).unwrap();
        config[key] = value;
        let mut changed = files.clone();
        changed.insert(hf::CONFIG.into(), config.to_string().into_bytes());
        let told = hf::checkpoint(&changed).unwrap_err().to_string();
        assert!(told.contains(says), "{key}: {told}");
    }
    // A bias that `config.json` does not mention.
    let biased = "model.layers.0.self_attn.q_proj.bias";
    let parsed = weights::parse(MODEL, &files["model-00001-of-00002.safetensors"]).unwrap();
    let mut parts: Vec<weights::Part> =
        parsed.tensors().into_iter().map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec())).collect();
    Stored::from_floats(&[0.0; 32], [1, 32]).into_parts(biased, true, &mut parts);
    let mut changed = files.clone();
    changed.insert("model-00001-of-00002.safetensors".into(), weights::serialise(&parts).unwrap());
    let told = hf::checkpoint(&changed).unwrap_err().to_string();
    assert!(told.contains(&format!("has the tensor `{biased}`, which a plain Llama-family decoder of this shape has not")), "{told}");
    let mut outside = files.clone();
    outside.insert(hf::INDEX.into(), br#"{"weight_map":{"a":"../../secret.safetensors"}}"#.to_vec());
    assert!(hf::checkpoint(&outside).unwrap_err().to_string().contains("beside it"));

    // The same keys in a GGUF file, edited in place: every replacement has the length of the original.
    for (from, to, says) in [
        ("llama", "qwen9", "general.architecture must be llama, qwen2, qwen3, gemma3, got qwen9"),
        ("smollm", "falcon", "tokenizer.ggml.pre must be one of smollm, gpt-2, llama-bpe, qwen2, got falcon"),
        ("gpt2", "bert", "tokenizer.ggml.model must be gpt2"),
        ("blk.1.attn_q.weight", "blk.1.attn_q.bias??", "tensor `blk.1.attn_q.weight` is missing"),
        ("llama.block_count", "llama.block_cound", "has no `llama.block_count`"),
    ] {
        let mut bytes = tiny_gguf();
        let at = find(&bytes, from);
        let at = if from == "llama" { at } else { find(&bytes[at..], from) + at };
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        let told = gguf::checkpoint(&bytes).unwrap_err().to_string();
        assert!(told.contains(says), "{from}: {told}");
    }
    assert_eq!(Gguf::parse(&tiny_gguf()).unwrap().get("tokenizer.ggml.eos_token_id"), Some(&Value::Int(0)));
}
