//! A deterministic fuzzer for imports: randomly changed files may be refused, but must not cause a panic, a hang or excessive memory use.
//!
//! It works with the pinned toolchain; `tests/fuzz` has the targets for libFuzzer. It runs for a second with the other tests, and longer with
//! `UNLEARN_FUZZ_SECONDS=600 UNLEARN_FUZZ_SEED=7 cargo test --release -p unlearn-core --test core fuzz -- --nocapture`, best under `ulimit -v`.
//!
//! Runs so far, with 3 GB of address space: seeds 3, 5 and 11, ten CPU minutes, together 2.1 million GGUF files, 2.2 million folders and 0.46 million
//! packages. One finding: `tokenizers` panics on a tokenizer.json that is not JSON (see `data::text::Encoder::open` and its test). No hangs: the
//! slowest accepted file took 0.15 s.

use super::text_parity::{folder, import, tiny_gguf};
use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use unlearn_core::data::title_vectors::TitleVectors;
use unlearn_core::host::Files;
use unlearn_core::model::Spec;
use unlearn_core::package::export::Numbers;
use unlearn_core::package::import::{ImportSpec, Quantisation, package};
use unlearn_core::package::manifest::{MODEL, Manifest};
use unlearn_core::package::weights::Residency;
use unlearn_core::package::{export, gguf, hf, peft, titles, weights};
use unlearn_core::tensor::random::SeedRng;

/// Time limit for importing one of these small files.
const SLOWEST: Duration = Duration::from_secs(5);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a whole number"))
}

/// Runs `try_one` on changed files until the time is over, and prints how many of them it accepted.
pub fn fuzz(name: &str, start: &Files, try_one: impl Fn(&Files) -> bool) {
    let limit = Duration::from_millis(number("UNLEARN_FUZZ_SECONDS", 1) * 1000);
    let seed = number("UNLEARN_FUZZ_SEED", 1);
    let (begun, mut n_taken, mut n_tried, mut slowest) = (Instant::now(), 0u64, 0u64, Duration::ZERO);
    while begun.elapsed() < limit {
        let mut rng = SeedRng::seed_from_u64(seed << 32 | n_tried);
        let mut files = start.clone();
        let chosen = rng.random_range(0..files.len());
        let bytes = files.values_mut().nth(chosen).expect("one of them");
        for _ in 0..1 << rng.random_range(0..4) {
            change(bytes, &mut rng);
        }
        let before = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| try_one(&files)));
        let took = before.elapsed();
        assert!(outcome.is_ok() && took < SLOWEST, "{name}: seed {seed}, file {n_tried}: {outcome:?} in {took:?}");
        n_taken += u64::from(outcome.is_ok_and(|taken| taken));
        slowest = slowest.max(took);
        n_tried += 1;
    }
    eprintln!("{name}: {n_tried} files, {n_taken} of them taken, the slowest in {slowest:.1?}");
    assert!(n_tried > 0);
}

/// Makes one random change to a bit, a possible count, a piece of the file or a digit; headers are changed more often.
fn change(bytes: &mut Vec<u8>, rng: &mut SeedRng) {
    if bytes.is_empty() {
        return bytes.push(rng.random());
    }
    let reach = if rng.random_bool(0.8) { bytes.len().min(6000) } else { bytes.len() };
    let at = rng.random_range(0..reach);
    let numbers =
        [0, 1, 2, 3, 7, 31, 32, 33, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1 << 40, u64::MAX >> 1, u64::MAX, bytes.len() as u64];
    let value = numbers[rng.random_range(0..numbers.len())].to_le_bytes();
    match rng.random_range(0..8) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = rng.random(),
        2 | 3 => {
            let width = [1, 2, 4, 8][rng.random_range(0..4)].min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&value[..width]);
        }
        4 => bytes.truncate(at),
        5 => {
            let piece: Vec<u8> = bytes[at..(at + rng.random_range(1..64)).min(bytes.len())].to_vec();
            let to = rng.random_range(0..reach);
            bytes.splice(to..to, piece);
        }
        6 => {
            bytes.drain(at..(at + rng.random_range(1..64)).min(bytes.len()));
        }
        // Changes only digits of JSON, so that it stays valid JSON.
        _ => {
            let digits = bytes.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(i, _)| i);
            let digits: Vec<usize> = digits.take(4000).collect();
            if !digits.is_empty() {
                bytes[digits[rng.random_range(0..digits.len())]] = b'0' + rng.random_range(0..10u8);
            }
        }
    }
}

/// An accepted import must also load and export.
fn through(files: &Files) {
    let manifest = Manifest::read(files).expect("what was written is whole");
    let bits = manifest.bits().expect("the quantisation is known");
    if few_positions(&manifest.config) {
        weights::load(MODEL, &files[MODEL], &manifest.config, bits, Residency::Packed, &Device::flex()).expect("the weights fit");
    }
    export::to_hf(files, Numbers::F32).expect("a whole package can be exported");
}

/// A spec may ask for long rotary tables, which would need far more memory than these small files justify.
fn few_positions(spec: &Spec) -> bool {
    !matches!(spec, Spec::Llama(spec) if spec.max_position_embeddings > 4096)
}

fn spec() -> ImportSpec {
    ImportSpec { name: None, quantisation: Quantisation::Keep, template: unlearn_core::data::text::Template::Simple }
}

#[test]
fn fuzz_gguf() {
    fuzz("gguf", &Files::from([("tiny.gguf".into(), tiny_gguf())]), |files| {
        gguf::checkpoint(&files["tiny.gguf"]).and_then(|model| package(model, &spec())).map(|files| through(&files)).is_ok()
    });
}

#[test]
fn fuzz_hugging_face() {
    fuzz("hugging face", &folder("tiny-hf"), |files| {
        hf::checkpoint(files).and_then(|model| package(model, &spec())).map(|files| through(&files)).is_ok()
    });
}

#[test]
fn fuzz_t5() {
    for kind in ["original", "v1_1"] {
        fuzz(kind, &super::t5_parity::folder(kind), |files| {
            hf::checkpoint(files).and_then(|model| package(model, &spec())).map(|files| through(&files)).is_ok()
        });
    }
}

#[test]
fn fuzz_package() {
    let mut files = import(gguf::checkpoint(&tiny_gguf()).expect("the file is a model"), Quantisation::Keep);
    // Removes the hashes, so that the checks behind them are reached.
    let mut manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).expect("it is JSON");
    manifest["files"] = serde_json::json!({});
    files.insert("manifest.json".into(), manifest.to_string().into_bytes());
    let base = {
        let manifest = Manifest::read(&files).expect("the package is whole");
        let bits = manifest.bits().expect("the quantisation is known");
        weights::load(MODEL, &files[MODEL], &manifest.config, bits, Residency::Dense, &Device::flex()).expect("the weights fit")
    };
    files.extend(folder("tiny-adapter"));
    fuzz("package and adapter", &files, |files| {
        let exported = export::to_gguf(files, Numbers::Keep).and_then(|bytes| gguf::checkpoint(&bytes));
        let loaded = Manifest::read(files).and_then(|manifest| {
            let few = few_positions(&manifest.config);
            let bits = manifest.bits()?;
            if few {
                weights::load(MODEL, &files[MODEL], &manifest.config, bits, Residency::Packed, &Device::flex())?;
            }
            Ok(())
        });
        exported.is_ok() && loaded.is_ok() && peft::load(&base, files).is_ok()
    });
}

#[test]
fn fuzz_titles() {
    let vectors = TitleVectors::new(vec![1, 5, 9], 4, (0..12).map(|k| k as f32 / 7.0).collect()).expect("they fit");
    let files = Files::from([(titles::TITLES.to_owned(), titles::write(&vectors, "a reader").expect("the ids are small"))]);
    fuzz("titles", &files, |files| {
        let bytes = &files[titles::TITLES];
        titles::reader(bytes).ok();
        titles::read(bytes).is_ok_and(|read| read.values().len() == read.ids().len() * read.width())
    });
}
