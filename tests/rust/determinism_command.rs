//! Tests that the built program gives the same adapter with any number of allowed threads, and each time it is started.

use serde_json::Value;
use std::process::Command;

fn adapter(allowed: &str, threads: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_unlearn"));
    program.args(["forget", "--user", "42", "--steps", "10", "--seed", "3", "--eval-rows", "64", "--json"]).args(threads);
    // The paths of the shipped model and data are relative to the repository's root.
    program.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let output = program.env("RAYON_NUM_THREADS", allowed).output().expect("the program was built with this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report["adapter_sha256"].as_str().expect("one model, so one adapter").to_owned()
}

#[test]
fn one_thread_or_several_give_the_same_adapter() {
    let one = adapter("1", &["--threads", "1"]);
    assert_eq!(one.len(), 64);
    assert_eq!(one, adapter("2", &[]));
    for threads in ["2", "3", "4", "6"] {
        assert_eq!(one, adapter("2", &["--threads", threads]), "{threads} threads");
    }
}
