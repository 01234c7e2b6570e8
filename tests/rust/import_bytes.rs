//! Tests that the bytes of packages and exported files do not change: their sha256 was recorded before architectures were read through key maps.
//!
//! A change to any of them would turn users' existing packages into different ones. It needs a reason, and new hashes.

use super::repo;
use super::text_parity::{folder, import, tiny_gguf};
use burn::tensor::Device;
use rand::SeedableRng;
use unlearn_core::host::Files;
use unlearn_core::linear::Bits;
use unlearn_core::model::Decoder;
use unlearn_core::package::checkpoint::Checkpoint;
use unlearn_core::package::export::Numbers;
use unlearn_core::package::import::Quantisation;
use unlearn_core::package::weights::write;
use unlearn_core::package::{export, gguf, hf, sha256};
use unlearn_core::tensor::random::SeedRng;

/// One hash over the names and bytes of all files.
fn hash(files: &Files) -> String {
    let lines: String = files.iter().map(|(name, bytes)| format!("{name} {}\n", sha256(bytes))).collect();
    sha256(lines.as_bytes())[..16].to_owned()
}

fn t5(kind: &str) -> Checkpoint {
    let entries = std::fs::read_dir(repo("tests/parity/fixtures/t5").join(kind)).expect("the fixture is committed");
    let files = entries.map(|entry| {
        let entry = entry.expect("it can be listed");
        (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("it can be read"))
    });
    hf::checkpoint(&files.collect()).expect("the fixture is a T5")
}

#[test]
fn packages_and_exports_keep_their_bytes() {
    let sources = [
        ("tiny.gguf", gguf::checkpoint(&tiny_gguf()).expect("the fixture is a model")),
        ("tiny-hf", hf::checkpoint(&folder("tiny-hf")).expect("the fixture is a model")),
        ("original", t5("original")),
        ("v1_1", t5("v1_1")),
    ];
    let mut found = Vec::new();
    for (name, checkpoint) in sources {
        for quantisation in [Quantisation::Keep, Quantisation::F32, Quantisation::Q8, Quantisation::Q4] {
            let package = import(checkpoint.clone(), quantisation);
            found.push(format!("{name} {quantisation:?} {}", hash(&package)));
            for numbers in [Numbers::Keep, Numbers::F32, Numbers::F16] {
                let to_hf = export::to_hf(&package, numbers).expect("it can be exported");
                found.push(format!("{name} {quantisation:?} hf {numbers:?} {}", hash(&to_hf)));
                if let Ok(to_gguf) = export::to_gguf(&package, numbers) {
                    found.push(format!("{name} {quantisation:?} gguf {numbers:?} {}", &sha256(&to_gguf)[..16]));
                }
            }
        }
    }
    let expected = include_str!("import_bytes.txt");
    assert_eq!(found.join("\n"), expected.trim_end(), "{}", found.join("\n"));
}

/// Hashes the stored weights of a model initialised in memory, so the random initialisation is covered too.
#[test]
fn written_weights_keep_their_bytes() {
    let spec = unlearn_core::train::pretrain::nano_spec(40);
    let model = Decoder::init(&spec, &mut SeedRng::seed_from_u64(5), &Device::flex()).expect("the nano's spec is valid");
    let hashes = [Bits::Eight, Bits::Four].map(|bits| sha256(&pollster::block_on(write(&model, bits)).expect("it fits"))[..16].to_owned());
    assert_eq!(hashes, ["c95d5987bd17017b", "4afacb866a414919"]);
}
