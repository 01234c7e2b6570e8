//! `unlearn forget --checkpoint`: a run that was killed goes on to the same adapter, and a folder of another run is left alone.

use super::{Folder, json, text, unlearn};
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
