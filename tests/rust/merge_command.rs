//! Tests of `unlearn merge`: adapters of this program and of PEFT, and what is refused.

use super::{Folder, json, small_data, text, unlearn};
use serde_json::Value;
use std::fs;
use std::path::Path;

const NANO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/nano-ml-latest-small");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/parity/fixtures");

/// What a failing call says.
fn refused(args: &[&str]) -> String {
    let output = unlearn(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}", text(&output.stderr));
    text(&output.stderr)
}

/// Two trainings on the same data: an adapter fits the one that it was made for.
#[test]
fn an_adapter_belongs_to_its_training() {
    let folder = Folder::new("merge-trainings");
    let data = small_data(&folder);
    let [two, five] = ["2", "5"].map(|seed| {
        let out = folder.at(&format!("own{seed}"));
        json(&["train", "--data", &data, "--out", &out, "--name", "own", "--seed", seed, "--epochs", "1", "--json"]);
        out
    });
    let (made, out) = (folder.at("made"), folder.at("out"));
    json(&[
        "forget",
        "--model",
        &two,
        "--data",
        &data,
        "--standard",
        "--steps",
        "2",
        "--eval-rows",
        "20",
        "--adapter-out",
        &made,
        "--json",
    ]);
    let read = |path: &str, name: &str| -> Value { serde_json::from_slice(&fs::read(Path::new(path).join(name)).unwrap()).unwrap() };
    let hash = read(&two, "manifest.json")["files"]["model.safetensors"].as_str().unwrap()[..16].to_owned();
    assert_eq!(read(&made, "adapter_config.json")["base_model_name_or_path"], format!("own@sha256:{hash}"));
    let told = refused(&["merge", &five, &made, "--out", &out]);
    assert!(told.contains("another training") && told.contains("--force") && !Path::new(&out).exists(), "{told}");
    let told = refused(&["recommend", "--model", &five, "--data", &data, "--user", "3", "--adapter", &made]);
    assert!(told.contains("another training"), "{told}");
    json(&["merge", &five, &made, "--out", &out, "--force", "--json"]);
    json(&["merge", &two, &made, "--out", &out, "--json"]);
    // One of the two files stands for the folder.
    json(&["merge", &two, &format!("{made}/adapter_model.safetensors"), "--out", &out, "--json"]);
}

#[test]
fn what_is_no_adapter_is_told() {
    let folder = Folder::new("merge-refused");
    let out = folder.at("out");
    let copy = |to: &str, names: &[(&str, &str)]| {
        let path = folder.at(to);
        fs::create_dir_all(&path).unwrap();
        for (from, to) in names {
            fs::copy(format!("{FIXTURES}/peft/{from}"), Path::new(&path).join(to)).unwrap();
        }
        path
    };
    let config = ("rslora/adapter_config.json", "adapter_config.json");
    let pickle = copy("pickle", &[config, ("rslora/adapter_model.safetensors", "adapter_model.bin")]);
    let pointer = copy("pointer", &[config]);
    fs::write(Path::new(&pointer).join("adapter_model.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:7c\nsize 9\n")
        .unwrap();
    let other = copy("other", &[config, ("rslora/adapter_model.safetensors", "adapter_model.safetensors")]);
    for (adapter, says) in [
        (&pickle, &["adapter_model.safetensors is missing", "adapter_model.bin is there", "save_pretrained"][..]),
        (&pointer, &["Git LFS pointer, not the file"]),
        (&other, &["base_model_name_or_path is `/data/models/tiny-hf/`", "nano-ml-latest-small", "--force"]),
        (&NANO.to_owned(), &["adapter_config.json is missing", "This is a model package"]),
        (&folder.at("none"), &["no such folder"]),
    ] {
        let told = refused(&["merge", NANO, adapter, "--out", &out]);
        assert!(says.iter().all(|says| told.contains(says)) && !Path::new(&out).exists(), "{told}");
    }
    let told = refused(&["merge", NANO, &other, "--out", &out, "--force"]);
    assert!(told.contains("must be [4, 64], got [4, 32]"), "{told}");
}
