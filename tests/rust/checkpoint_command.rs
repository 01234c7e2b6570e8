//! Tests of `unlearn forget --checkpoint`: a killed run resumes to the same adapter, a folder of another run is left untouched, and an unwritable
//! folder is reported.

use super::{Folder, json, small_data, text, unlearn};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_killed_run_goes_on_to_the_same_adapter() {
    let folder = Folder::new("checkpoint");
    let repo = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (model, data) = (repo.join("models/nano-ml-latest-small"), repo.join("public/data/ml-latest-small"));
    let (model, data) = (model.to_string_lossy(), data.to_string_lossy());
    let what = ["forget", "--model", &model, "--data", &data, "--user", "1", "--steps", "60", "--eval-rows", "20", "--json"];
    let kept = folder.at("kept");
    let with = |more: &[&str]| what.iter().chain(more).map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    let checked = with(&["--checkpoint", &kept, "--checkpoint-every", "5"]);
    let student = Path::new(&kept).join("student.safetensors");

    let mut child = Command::new(env!("CARGO_BIN_EXE_unlearn"))
        .args(&checked)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was built with this test");
    let start = Instant::now();
    while !student.is_file() {
        assert!(start.elapsed() < Duration::from_secs(120), "no checkpoint came");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert!(student.is_file() && Path::new(&kept).join("targets.safetensors").is_file(), "what was kept is there");

    let checked: Vec<&str> = checked.iter().map(String::as_str).collect();
    let other: Vec<&str> = checked.iter().copied().chain(["--seed", "2"]).collect();
    let refused = unlearn(&other);
    assert!(!refused.status.success());
    let said = text(&refused.stderr);
    assert!(said.contains("is of another run") && said.contains("to begin anew, remove it or name another folder"), "{said}");

    let went_on = json(&checked);
    assert!(!student.exists(), "a run that ended leaves nothing");
    assert_eq!(went_on["adapter_sha256"], json(&what)["adapter_sha256"]);
    assert!(went_on["adapter_sha256"].is_string());
}

#[test]
fn what_cannot_be_kept_is_told() {
    let folder = Folder::new("checkpoint-told");
    let file = folder.at("file");
    std::fs::write(&file, "").expect("the temporary folder can be written");
    // The folder is refused before the run starts, and before the model is opened.
    let refused = unlearn(&["forget", "--standard", "--model", "no-such-model", "--checkpoint", &file]);
    let said = text(&refused.stderr);
    assert!(refused.status.code() == Some(1) && said.contains("checkpoint: must be a folder that can be written, got "), "{said}");

    // During the run: a folder in place of the file prevents writing. The run still delivers its result.
    let (data, model, kept) = (small_data(&folder), folder.at("model"), folder.at("kept"));
    json(&["train", "--data", &data, "--out", &model, "--epochs", "1", "--batch", "32", "--json"]);
    std::fs::create_dir_all(Path::new(&kept).join("student.safetensors")).expect("the temporary folder can be written");
    let what = ["forget", "--model", &model, "--data", &data, "--standard", "--steps", "6", "--json", "--quiet"];
    let run = unlearn(&[&what[..], &["--checkpoint", &kept, "--checkpoint-every", "2"]].concat());
    let said = text(&run.stderr);
    assert!(run.status.success() && said.contains("no checkpoint at step 2: ") && said.contains("The run goes on"), "{said}");
    assert_eq!(said.matches("checkpoint at step").count(), 1, "{said}");
}

/// The attack “sequence” trains students of its own; their checkpoints in the folder would be mistaken for the run's.
#[test]
fn an_attack_leaves_no_checkpoint() {
    let folder = Folder::new("checkpoint-attack");
    let (data, model, kept) = (small_data(&folder), folder.at("model"), folder.at("kept"));
    json(&["train", "--data", &data, "--out", &model, "--epochs", "1", "--batch", "32", "--json"]);
    let what =
        ["--model", &model, "--data", &data, "--standard", "--steps", "8", "--json", "--checkpoint", &kept, "--checkpoint-every", "2"];
    let attacked = json(&[&["attack", "--attack", "sequence", "--attack-param", "sequence.requests=2"], &what[..]].concat());
    assert_eq!(attacked["findings"][0]["id"], "sequence");
    let left: Vec<_> = std::fs::read_dir(&kept).expect("it was made").flatten().map(|entry| entry.file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
    json(&[&["forget"], &what[..]].concat());
}
