//! Tests of where results go: what stands at a path stays what it is, no source is ruined by its own result, and no finished run is lost.

use super::{Folder, json, small_data, text, unlearn};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/parity/fixtures/text");

/// A model of the small data, with its data; made once, in cargo's folder.
fn small() -> (&'static str, &'static str) {
    static MADE: OnceLock<(String, String)> = OnceLock::new();
    let (model, data) = MADE.get_or_init(|| {
        let folder = Folder(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("outputs"));
        let _ = fs::remove_dir_all(&folder.0);
        fs::create_dir_all(&folder.0).expect("cargo's folder can be written");
        let (model, data) = (folder.at("model"), small_data(&folder));
        json(&["train", "--data", &data, "--out", &model, "--epochs", "1", "--batch", "32", "--json"]);
        std::mem::forget(folder);
        (model, data)
    });
    (model, data)
}

/// `unlearn forget` on the small model, with four steps unless more are asked for.
fn forget(more: &[&str]) -> Vec<String> {
    let (model, data) = small();
    let what = ["forget", "--model", model, "--data", data, "--user", "3", "--eval-rows", "20"];
    let steps: &[&str] = if more.contains(&"--steps") { &[] } else { &["--steps", "4"] };
    what.iter().chain(steps).chain(more).map(|arg| (*arg).to_owned()).collect()
}

fn run(args: &[String]) -> Output {
    unlearn(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The shell with this program as `$U`: for what only a shell does, redirections and pipes.
fn shell(folder: &Folder, script: &str) -> Output {
    let mut shell = Command::new("bash");
    shell.args(["-c", script]).current_dir(&folder.0).env("U", env!("CARGO_BIN_EXE_unlearn")).env("TMPDIR", &folder.0);
    shell.output().expect("bash is there")
}

fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) {
    fs::create_dir_all(&to).expect("the temporary folder can be written");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        fs::copy(entry.path(), to.as_ref().join(entry.file_name())).expect("it can be copied");
    }
}

/// Every file of a folder with its content.
fn content(folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![PathBuf::from(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found
}

fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_is_written_to_what_stands_there() {
    let folder = Folder::new("stands");
    let at = |name: &str| folder.at(name);
    json(&["import", &format!("{TEXT}/tiny.gguf"), "--out", &at("pkg"), "--json"]);
    let export = |to: &str| {
        let output = unlearn(&["export", &at("pkg"), "--to", "gguf", "--out", to]);
        assert!(output.status.success(), "{to}: {}", text(&output.stderr));
        output
    };
    export(&at("plain.gguf"));
    let whole = fs::read(at("plain.gguf")).expect("it was written");
    assert!(whole.starts_with(b"GGUF"));

    fs::create_dir(at("far")).expect("writes");
    fs::write(at("far/file"), "old").expect("writes");
    symlink("far/file", at("link")).expect("a link");
    symlink("far/later", at("dangling")).expect("a link");
    fs::write(at("private"), "old").expect("writes");
    fs::set_permissions(at("private"), fs::Permissions::from_mode(0o600)).expect("a mode");
    fs::write(at("name"), "old").expect("writes");
    fs::hard_link(at("name"), at("other-name")).expect("a second name");
    symlink("/dev/null", at("null")).expect("a link");
    for name in ["link", "dangling", "private", "name", "null"] {
        export(&at(name));
    }
    for name in ["far/file", "far/later", "private", "name", "other-name"] {
        assert!(fs::read(at(name)).expect("it is there") == whole, "{name}");
    }
    assert!(["link", "dangling", "null"].iter().all(|name| Path::new(&at(name)).is_symlink()));
    assert!(fs::metadata(at("null")).expect("a device").len() == 0);
    assert_eq!(fs::metadata(at("private")).expect("a file").mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(at("name")).expect("a file").nlink(), 2);

    let output = shell(&folder, "mkfifo pipe; cat pipe > read & $U export pkg --to gguf --out pipe > said; wait; test -p pipe");
    assert!(output.status.success() && fs::read(at("read")).expect("read") == whole, "{}", text(&output.stderr));

    // Standard output by any name gets the file alone; the words about it go to stderr.
    for (out, script) in [
        ("-", "$U export pkg --to gguf --out - > caught"),
        ("a link as /dev/stdout", "ln -s /proc/self/fd/1 out; $U export pkg --to gguf --out out > caught && test -L out"),
        ("a pipe", "$U export pkg --to gguf --out out | cat > caught; test -L out"),
        ("the file itself", "$U export pkg --to gguf --out caught > caught"),
        ("a number", "rm caught; exec 3<> caught; $U export pkg --to gguf --out /dev/fd/3 >&2; cat <&3 > c; mv c caught"),
    ] {
        let output = shell(&folder, script);
        assert!(output.status.success() && text(&output.stderr).contains("bytes"), "{out}: {}", text(&output.stderr));
        assert!(fs::read(at("caught")).expect("caught") == whole, "{out}");
    }
    assert!(!Path::new(&at("-")).exists() && names(&at("")).iter().all(|name| !name.starts_with('.')), "{:?}", names(&at("")));
    let refused = unlearn(&["export", &at("pkg"), "--to", "hf", "--out", "-"]);
    assert!(refused.status.code() == Some(2) && text(&refused.stderr).contains("must be a folder"), "{}", text(&refused.stderr));
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_on_standard_output_stands_there_alone() {
    let folder = Folder::new("alone");
    let alone = |more: &[&str]| -> Value {
        let output = run(&forget(more));
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{more:?}: {error}: {}", text(&output.stdout)))
    };
    assert_eq!(alone(&["--out", "-"])["methods"][1]["id"], "e2urec");
    assert_eq!(alone(&["--out", "-", "--json"])["methods"][1]["id"], "e2urec");
    assert_eq!(alone(&["--record", "-"])["method"]["id"], "e2urec");
    let report = folder.at("report.json");
    assert_eq!(alone(&["--record", "-", "--out", &report])["method"]["id"], "e2urec");
    let written: Value = serde_json::from_slice(&fs::read(&report).expect("it was written")).expect("JSON");
    assert_eq!(written["methods"][1]["id"], "e2urec");
    let said = text(&run(&forget(&["--out", "-"])).stderr);
    assert!(said.contains("e2urec") || said.contains("E2URec"), "the text is for people: {said}");
    let stdout = folder.at("stdout");
    symlink("/proc/self/fd/1", &stdout).expect("a link");
    for two in [&["--record", "-", "--json"][..], &["--record", "-", "--out", "-"], &["--record", &stdout, "--out", "-"]] {
        let output = run(&forget(two));
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{two:?}: {}", text(&output.stderr));
    }
}

#[test]
fn no_source_is_ruined_by_its_own_result() {
    let folder = Folder::new("source");
    let at = |name: &str| folder.at(name);
    let (model, data) = small();
    copy(model, at("model"));
    copy(data, at("data"));
    copy(format!("{TEXT}/tiny-hf"), at("hf"));
    json(&["import", &at("hf"), "--out", &at("pkg"), "--json"]);
    let args =
        ["forget", "--model", &at("model"), "--data", &at("data"), "--user", "3", "--steps", "2", "--json", "--adapter-out", &at("ad")];
    json(&args);
    fs::write(at("asked.json"), r#"[{"users":[3]}]"#).expect("writes");
    symlink("hf", at("hf-link")).expect("a link");
    fs::hard_link(at("data/ratings.csv"), at("second-name.csv")).expect("a second name");
    let before = content(&at(""));
    let forget = "forget --model model --data data --user 3 --steps 1";
    for script in [
        "import hf --out hf",
        "import hf/ --out ./hf/../hf",
        "import hf --out hf-link",
        "import hf --out hf/package",
        "import hf --out .",
        "export pkg --to hf --out pkg",
        "export pkg --to gguf --out pkg/model.safetensors",
        "export pkg --to gguf --out pkg/model.gguf",
        "merge model ad --out model",
        "merge model ad --out ad",
        "merge model ad --out model/merged",
        "train --data data --out data --epochs 1",
        "train --base pkg --data data --out pkg --epochs 1",
        "bench --model model --data data --scaling data/ratings.csv",
        "measure --model model --data data --no-such-flag",
        "compare --model model --data data --user 3 --out model",
        "compare --model model --data data --user 3 --out run --publish data",
        &format!("{forget} --out data/ratings.csv"),
        &format!("{forget} --out second-name.csv"),
        &format!("{forget} --out model/manifest.json"),
        &format!("{forget} --record data/movies.csv"),
        &format!("{forget} --adapter-out model"),
        &format!("{forget} --checkpoint model/kept"),
        "forget --model model --data data --requests asked.json --record asked.json",
        "attack --model model --data data --user 3 --out asked.json --requests asked.json",
        &format!("{forget} --out one.json --record one.json"),
    ] {
        let output = shell(&folder, &format!("$U {script}"));
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{script}: {:?} {}", output.status, text(&output.stderr));
        assert!(content(&at("")) == before, "{script} changed something");
    }
    let output = shell(&folder, &format!("$U {forget} --out data/report.json && $U prepare data"));
    assert!(output.status.success(), "a report beside the data harms nothing: {}", text(&output.stderr));
}

#[test]
fn a_folder_holds_one_package() {
    let folder = Folder::new("one-package");
    let at = |name: &str| folder.at(name);
    copy(small().0, at("there"));
    let hf = format!("{TEXT}/tiny-hf");
    fs::write(at("there/notes.txt"), "mine").expect("writes");
    let output = unlearn(&["import", &hf, "--out", &at("there")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(names(&at("there")), ["manifest.json", "model.safetensors", "notes.txt", "tokenizer.json"]);
    let said = text(&output.stderr);
    assert!(said.contains("was replaced") && said.contains("retrain.safetensors"), "{said}");

    // What is not of a package is not overwritten.
    copy(&hf, at("another"));
    fs::create_dir(at("full")).expect("writes");
    fs::write(at("full/config.json"), "{}").expect("writes");
    fs::write(at("full/notes.txt"), "mine").expect("writes");
    let before = content(&at(""));
    for args in [["import", &hf, "--out", &at("another")], ["import", &format!("{TEXT}/tiny.gguf"), "--out", &at("another")]] {
        let output = unlearn(&args);
        assert!(output.status.code() == Some(2) && text(&output.stderr).contains("did not write there"), "{}", text(&output.stderr));
    }
    let output = unlearn(&["export", &at("there"), "--to", "hf", "--out", &at("full")]);
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("holds a config.json"), "{}", text(&output.stderr));
    assert!(content(&at("")) == before);
    for _ in 0..2 {
        let output = unlearn(&["export", &at("there"), "--to", "hf", "--out", &at("exported")]);
        assert!(output.status.success(), "an export is replaced by the next: {}", text(&output.stderr));
    }
}

/// The model is not there: an error that names the place was made before anything was read.
#[test]
fn a_place_that_cannot_be_written_is_told_before_the_run() {
    let folder = Folder::new("before");
    fs::write(folder.at("file"), "mine").expect("writes");
    fs::create_dir(folder.at("folder")).expect("writes");
    for (flags, says) in [
        ("--out none/report.json", "none"),
        ("--record none/report.html", "none"),
        ("--adapter-out file", "must be a folder"),
        ("--adapter-out file/adapter", "is a file"),
        ("--out folder", "must be a file"),
        ("--out file/report.json", "is a file, not a folder"),
        ("--record folder/", "must be a file"),
        ("--adapter-out -", "must be a folder"),
        ("--checkpoint -", "must be a folder"),
        ("--adapter-out '~/adapter'", "write $HOME in its place"),
        ("--out=~/report.json", "write $HOME in its place"),
    ] {
        let output = shell(&folder, &format!("$U forget --user 3 --model no-such-model {flags}"));
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(says) && !said.contains("manifest.json"), "{flags}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let output = run(&forget(&["--method", "retrain", "--adapter-out", &folder.at("adapter")]));
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("leaves no adapter"), "{}", text(&output.stderr));
    assert_eq!(names(&folder.at("")), ["file", "folder"], "a check leaves nothing");
}

/// A disk that is full when the result is written, as /dev/full is. It is named by a link: a program that replaces what stands at a path would, run by
/// root, replace the machine's own device.
#[cfg(target_os = "linux")]
#[test]
fn a_finished_run_is_not_lost() {
    let folder = Folder::new("lost");
    let at = |name: &str| folder.at(name);
    let report = |output: &Output| -> Value { serde_json::from_slice(&output.stdout).expect("the report is on standard output") };
    let kept = ["--checkpoint", &at("kept"), "--checkpoint-every", "2", "--adapter-out", &at("adapter")];
    symlink("/dev/full", at("no-space")).expect("a link");
    let output = run(&forget(&[&kept[..], &["--out", &at("no-space")]].concat()));
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(1) && report(&output)["methods"][1]["steps"] == 4, "{said}");
    for words in [&at("no-space"), "No space left", "standard output", &at("adapter"), &at("kept"), "goes on from it"] {
        assert!(said.contains(words), "{words} is missing in {said}");
    }
    assert!(Path::new(&at("adapter/adapter_model.safetensors")).is_file() && Path::new(&at("kept/student.safetensors")).is_file());
    let again = run(&forget(&[&kept[..], &["--json"]].concat()));
    assert!(again.status.success() && report(&again)["adapter_sha256"] == report(&output)["adapter_sha256"]);
    assert!(names(&at("kept")).is_empty(), "a checkpoint ends with its run");

    // An adapter that cannot be written, a forgetting report, and a full standard output: each is kept where it can be.
    fs::create_dir(at("full")).expect("writes");
    symlink("/dev/full", at("full/adapter_model.safetensors")).expect("a link");
    let words = forget(&[]).join(" ");
    for (script, code, file) in [
        (format!("$U {words} --json --adapter-out full"), 1, "adapter_config.json"),
        (format!("$U {words} --json --record no-space"), 1, "no-space"),
        (format!("$U {words} --json > /dev/full"), 1, "result.json"),
        (format!("$U {words} --out - > /dev/full"), 1, "result.json"),
    ] {
        let output = shell(&folder, &script);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{script}: {said}");
        let place = said.split_once("kept in ").and_then(|(_, rest)| rest.split_once(" instead")).map(|(place, _)| PathBuf::from(place));
        let place = place.unwrap_or_else(|| panic!("{script}: {said}"));
        assert!(place.ends_with(file) || place.join(file).is_file(), "{script}: {said}");
        assert!(script.ends_with("/dev/full") || report(&output)["methods"][1]["steps"] == 4, "{said}");
    }
    // The result is in its file, so nothing has to be kept.
    let output = shell(&folder, &format!("$U {words} --out report.json > /dev/full"));
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("the result is in report.json"), "{}", text(&output.stderr));
    // A folder that is removed while the run goes on is made again.
    fs::create_dir(at("gone")).expect("writes");
    let longer = forget(&["--steps", "60"]).join(" ");
    let output = shell(&folder, &format!("$U {longer} --out gone/report.json & sleep .3; rmdir gone; wait $!"));
    let steps: Value = serde_json::from_slice(&fs::read(at("gone/report.json")).expect("it was written")).expect("JSON");
    assert!(output.status.success() && steps["methods"][1]["steps"] == 60, "{}", text(&output.stderr));
}

#[cfg(target_os = "linux")]
#[test]
fn streams_that_are_closed_or_full_are_told_without_a_panic() {
    let folder = Folder::new("streams");
    let data = small_data(&folder);
    fs::create_dir(folder.at("site")).expect("writes");
    fs::write(folder.at("site/index.html"), "<!doctype html>").expect("writes");
    let serve = "timeout -s INT 2 $U serve site --port 0";
    for (script, code, says) in [
        (format!("$U prepare {data} --json | head -1 > /dev/null; exit ${{PIPESTATUS[0]}}"), 0, ""),
        ("$U forget --help | true; exit ${PIPESTATUS[0]}".into(), 0, ""),
        ("$U forget --help > /dev/full".into(), 1, "standard output"),
        ("$U --version > /dev/full".into(), 1, "standard output"),
        (format!("$U prepare {data} > /dev/full"), 1, "standard output: No space left"),
        (format!("$U prepare {data} >&-"), 1, "standard output is closed"),
        (format!("$U prepare {data} 2>&- > said"), 0, ""),
        ("$U prepare nowhere 2> /dev/full".into(), 1, ""),
        ("$U prepare nowhere 2>&-".into(), 1, ""),
        ("$U forget --steps 0 2> /dev/full".into(), 2, ""),
        (format!("{serve} > /dev/full"), 1, "No space left"),
        (format!("{serve} >&-"), 1, "standard output is closed"),
        // It goes on without a reader, until Ctrl-C.
        (format!("{serve} | true; exit ${{PIPESTATUS[0]}}"), 124, "is served at http://localhost:"),
        (format!("{serve} 2>&1 | true; exit ${{PIPESTATUS[0]}}"), 124, ""),
    ] {
        let output = shell(&folder, &script);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{script}: {said}");
        assert!(said.contains(says) && !said.contains("panicked"), "{script}: {said}");
    }
}

#[test]
fn one_run_at_a_time_has_a_checkpoint_folder() {
    let folder = Folder::new("two-runs");
    let kept = folder.at("kept");
    let args = forget(&["--steps", "4000", "--json", "--checkpoint", &kept, "--checkpoint-every", "2"]);
    let mut first =
        Command::new(env!("CARGO_BIN_EXE_unlearn")).args(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let start = Instant::now();
    while !Path::new(&kept).join("student.safetensors").is_file() {
        assert!(start.elapsed() < Duration::from_secs(120), "no checkpoint came");
        std::thread::sleep(Duration::from_millis(5));
    }
    let other: Vec<String> = args.iter().map(|arg| if arg == "3" { "4".to_owned() } else { arg.clone() }).collect();
    for second in [&args, &other] {
        let output = run(second);
        assert!(output.status.code() == Some(1) && output.stdout.is_empty());
        assert!(text(&output.stderr).contains("is in use by another run"), "{}", text(&output.stderr));
    }
    first.kill().expect("it was running");
    first.wait().expect("it ended");
    // What was killed holds nothing; the checkpoint is still the first one's.
    let output = run(&other);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("is of another run"), "{}", text(&output.stderr));
}

#[test]
fn wrong_usage_is_told_on_one_line_with_what_is_allowed() {
    let folder = Folder::new("usage");
    fs::write(folder.at("bom.json"), "\u{feff}[{\"users\":[3]}]").expect("writes");
    let (model, data) = small();
    let asked = format!("--model {model} --data {data} --eval-rows 10");
    for (script, says) in [
        (format!("forget {asked} --user 9999"), "every user must be in the data set, got `9999`"),
        (format!("forget {asked} --user 40"), "user 40 has 30 ratings, none among the training rows"),
        (format!("forget {asked} --genre horor"), "must be a genre of ml-latest (Comedy, Horror), got `horor`"),
        (format!("forget {asked} --user 3 --steps 4294967295"), "steps: must be between 1 and 100000"),
        (format!("forget {asked} --user 3 --param alpha=99"), "alpha: must be between 0 and 8, got `99`"),
        (format!("forget {asked} --user 3 --param alpha=NaN"), "alpha: must be between 0 and 8, got `NaN`"),
        (format!("forget {asked} --user 3 --method sisa --param shards=64"), "shards: must"),
        (format!("forget --model {model} --data {data} --user 3 --eval-rows 0"), "must be a whole number of at least 1"),
        (format!("recommend --model {model} --data {data} --user 9999"), "user: must be one of the data set, got `9999`"),
        (format!("explain --model {model} --data {data} --user 3 --item 9999"), "item: must be one of the data set, got `9999`"),
        (format!("train --data {data} --out new --lr nan"), "lr: must be above 0 and at most 1, got `NaN`"),
        (format!("train --data {data} --out {data}/ratings.csv"), "which this command reads"),
        ("forget --user -1".into(), "-1 is not in 0..=4294967295"),
        ("forget --user 3 --seed -1".into(), "-1 is not in 0..=4294967295"),
        ("forget --user 3 --steps 1e3".into(), "--steps <STEPS>: must be a whole number, got `1e3`"),
        ("forget --user 3,".into(), "must be a whole number, got ``"),
        ("serve --port x".into(), "--port <N>: must be a whole number, got `x`"),
        ("forget --user 3 --model '~/model'".into(), "write $HOME in its place"),
        ("prepare -".into(), "nothing is read from standard input"),
        ("verify -".into(), "nothing is read from standard input"),
        ("compare -".into(), "nothing is read from standard input"),
        ("import - --out new".into(), "nothing is read from standard input"),
        ("forget --user 3 --requests -".into(), ""),
    ] {
        let output = shell(&folder, &format!("$U {script}"));
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{script}: {:?} {said}", output.status);
        assert!(said.contains(says) && !said.contains("usage: "), "{script}: {said}");
    }
    let said = text(&shell(&folder, "$U prepare '~/films'").stderr);
    assert!(said.contains("write $HOME in its place"), "{said}");
    for works in ["--genre horror", "--genre HORROR", "--requests bom.json --method eul"] {
        let output = shell(&folder, &format!("$U forget {asked} {works} --steps 1"));
        assert!(output.status.success(), "{works}: {}", text(&output.stderr));
    }
    // Paths that are no UTF-8.
    let output = shell(
        &folder,
        &format!(
            r#"p=$(printf 'f\xe4lme'); cp -r {data} "$p" && $U prepare "$p" &&
              $U forget --model {model} --data "$p" --user 3 --steps 1 --out "$p/r$p.json" &&
              $U import {TEXT}/tiny.gguf --out "m$p" --json"#
        ),
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = shell(&folder, &format!(r"$U compare --model {model} --data {data} --user 3 --out $(printf 'f\xe4lme-run')"));
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("must be UTF-8"), "{}", text(&output.stderr));
}
