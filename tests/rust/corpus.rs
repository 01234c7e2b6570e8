//! Every committed input of the fuzz targets, on the stable toolchain: what once failed, and what reaches far into each parser.

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use super::repo;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

/// No input of these few kilobytes may take longer, by far.
const SLOWEST: Duration = Duration::from_secs(10);

#[test]
fn every_input_is_taken_or_refused() {
    for (name, run) in targets::ALL {
        let folder = repo("tests/fuzz/corpus").join(name);
        let inputs = std::fs::read_dir(folder).expect("the corpus is committed").map(|entry| entry.expect("it can be listed").path());
        let mut n_inputs = 0;
        for path in inputs {
            let bytes = std::fs::read(&path).expect("it can be read");
            let begun = Instant::now();
            assert!(catch_unwind(|| run(&bytes)).is_ok(), "{}", path.display());
            assert!(begun.elapsed() < SLOWEST, "{}: {:?}", path.display(), begun.elapsed());
            n_inputs += 1;
        }
        assert!(n_inputs > 0, "{name} has no input");
    }
}
