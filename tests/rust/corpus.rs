//! Runs all committed inputs of the fuzz targets on the stable toolchain: past failures, and seeds that reach deep into each parser. Also runs random
//! mutations of these inputs for one second per target, as in `fuzz`.

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use super::fuzz::fuzz;
use super::repo;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};
use unlearn_core::host::Files;

/// Generous time limit for an input of these few kilobytes.
const SLOWEST: Duration = Duration::from_secs(10);

#[test]
fn every_input_is_taken_or_refused() {
    for (name, run) in targets::ALL {
        for (input, bytes) in corpus(name) {
            let begun = Instant::now();
            let outcome = catch_unwind(|| run(&bytes));
            // A seed must be accepted and a refusal must be refused; a past failure may by now be either.
            let expected = match input.split('-').next() {
                Some("seed") => Some(true),
                Some("refused") => Some(false),
                _ => outcome.as_ref().ok().copied(),
            };
            assert!(outcome.is_ok() && outcome.ok() == expected, "{name}/{input}");
            assert!(begun.elapsed() < SLOWEST, "{name}/{input}: {:?}", begun.elapsed());
        }
    }
}

#[test]
fn every_changed_input_is_taken_or_refused() {
    for (name, run) in targets::ALL {
        let only = std::env::var("UNLEARN_FUZZ_TARGET").unwrap_or_default();
        if only.is_empty() || only == name {
            // Each time one input is mutated and run; the others stay unchanged.
            let start = corpus(name);
            fuzz(name, &start, |files| {
                let changed = files.iter().find(|(input, bytes)| start[*input] != **bytes);
                run(changed.map_or(&[], |(_, bytes)| bytes))
            });
        }
    }
}

/// Inputs of a target by name.
fn corpus(name: &str) -> Files {
    let folder = repo("tests/fuzz/corpus").join(name);
    let paths = std::fs::read_dir(folder).expect("the corpus is committed").map(|entry| entry.expect("it can be listed").path());
    let inputs: Files = paths
        .map(|path| {
            (path.file_name().expect("it has a name").to_string_lossy().into_owned(), std::fs::read(&path).expect("it can be read"))
        })
        .collect();
    assert!(!inputs.is_empty(), "{name} has no input");
    inputs
}
