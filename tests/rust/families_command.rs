//! A language model with SentencePiece's tokenizer on the command line: imported from GGUF, unlearned from, its adapter written for llama.cpp.

use super::{Folder, json, text, unlearn};
use flate2::read::GzDecoder;
use std::io::Read;
use unlearn_core::package::gguf::Gguf;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn an_adapter_is_written_for_llama_cpp() {
    let folder = Folder::new("families");
    let packed = std::fs::read(format!("{ROOT}/tests/parity/fixtures/tokenizers/gemma.gguf.gz")).expect("the fixture is committed");
    let mut bytes = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("it is whole");
    let (source, package, adapter, base) =
        (folder.at("small.gguf"), folder.at("package"), folder.at("adapter.gguf"), folder.at("base.gguf"));
    std::fs::write(&source, bytes).expect("the temporary folder can be written");
    json(&["import", &source, "--out", &package, "--template", "compact", "--json"]);
    let (data, nano) = (format!("{ROOT}/public/data/ml-latest-small"), format!("{ROOT}/models/nano-ml-latest-small"));
    let run = |model: &str, out: &str| {
        let limits = ["--steps", "2", "--eval-rows", "8", "--method", "e2urec", "--preset", "published"];
        unlearn(&[&["forget", "--model", model, "--data", &data, "--user", "414", "--adapter-out", out, "--json"][..], &limits].concat())
    };
    let output = run(&package, &adapter);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(unlearn(&["export", &package, "--to", "gguf", "--out", &base]).status.success());
    let [adapter, base] = [adapter, base].map(|path| std::fs::read(path).expect("it was written"));
    let (adapter, base) = (Gguf::parse(&adapter).expect("a GGUF file"), Gguf::parse(&base).expect("a GGUF file"));
    assert_eq!(adapter.text("general.architecture").unwrap(), base.text("general.architecture").unwrap());
    // What llama.cpp's loader asks: pairs of factors of tensors that the base has, with its inputs, its outputs and one rank.
    let mut n = 0;
    for (name, b) in adapter.tensors() {
        let Some(stem) = name.strip_suffix(".lora_b") else {
            assert!(name.ends_with(".lora_a"), "{name}");
            continue;
        };
        let (a, of) = (adapter.tensor(&format!("{stem}.lora_a")).expect("a pair"), base.tensor(stem).expect("a tensor of the base"));
        assert_eq!(([a.dims[1], b.dims[0]], a.dims[0]), ([of.dims[1], of.dims[0]], b.dims[1]), "{name}");
        assert!(b.stored(|row| row).to_dense().iter().any(|x| *x != 0.0), "{name} was trained");
        n += 1;
    }
    assert!(n >= 2, "{n} pairs");
    // A nano has no GGUF file, so its adapter has none either; that is said before a run.
    let output = run(&nano, &folder.at("nano.gguf"));
    let told = text(&output.stderr);
    assert!(output.status.code() == Some(2) && told.contains("adapter-out") && told.contains("write a folder"), "{told}");
}
