//! What was computed from data and is kept stays with those data: other ratings under the same name get none of it, and it is said why.

use super::{Folder, json, small_data, text, unlearn};
use serde_json::Value;
use std::path::Path;

/// A package that was trained on the small data set, and that data set with one rating or one title changed.
fn prepared(folder: &Folder, file: &str, from: &str, to: &str) -> (String, String, String) {
    let (data, model, other) = (small_data(folder), folder.at("model"), folder.at("other"));
    json(&["train", "--data", &data, "--out", &model, "--epochs", "1", "--batch", "32", "--json"]);
    std::fs::create_dir_all(&other).expect("the temporary folder can be written");
    for name in ["ratings.csv", "movies.csv"] {
        let text = std::fs::read_to_string(Path::new(&data).join(name)).expect("the small data set was written");
        let changed = text.replacen(from, to, usize::from(file == name));
        std::fs::write(Path::new(&other).join(name), changed).expect("the temporary folder can be written");
    }
    (data, model, other)
}

/// Id and source of every row of a report.
fn rows(report: &Value) -> Vec<(&str, &str)> {
    let methods = report["methods"].as_array().expect("a list of methods");
    methods.iter().map(|row| (row["id"].as_str().unwrap_or_default(), row["source"].as_str().unwrap_or_default())).collect()
}

#[test]
fn other_ratings_get_no_shipped_figure_and_no_shipped_retrain() {
    let folder = Folder::new("other-ratings");
    let (data, model, other) = prepared(&folder, "ratings.csv", ",4.5,", ",3.5,");
    let forget = |data: &str| ["forget", "--model", &model, "--data", data, "--standard", "--steps", "2", "--json"].map(str::to_owned);
    let run = |data: &str| json(&forget(data).iter().map(String::as_str).collect::<Vec<_>>());

    let own = run(&data);
    assert_eq!(rows(&own), [("original", "shipped"), ("retrain", "shipped"), ("e2urec", "this device")]);
    assert!(own["floor"].is_object() && own["gap_closed"].is_number() && own["data_mismatch"].is_null());

    let output = unlearn(&forget(&other).iter().map(String::as_str).collect::<Vec<_>>());
    let said = text(&output.stderr);
    assert!(said.contains("was trained on a ml-latest with other ratings"), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout holds the JSON and nothing else");
    assert_eq!(rows(&report), [("original", "this device"), ("e2urec", "this device")]);
    assert!(report["floor"].is_null() && report["gap_closed"].is_null() && report["proxy"]["expected"].is_null());
    assert!(report["data_mismatch"].as_str().is_some_and(|why| why.contains("other ratings")));
    assert_ne!(report["data"]["ratings"], own["data"]["ratings"]);
    assert_eq!(report["data"]["metadata"], own["data"]["metadata"]);
    let baseline = |report: &Value| report["baseline"]["logloss"].as_f64();
    assert!(baseline(&report).is_some() && baseline(&report) != baseline(&own), "the baseline is of these ratings");

    let measured = unlearn(&["measure", "--model", &model, "--data", &other]);
    assert!(measured.status.code() == Some(1) && text(&measured.stderr).contains("must have been trained on these data"));
}

#[test]
fn other_titles_are_other_data() {
    let folder = Folder::new("other-titles");
    let (_, model, other) = prepared(&folder, "movies.csv", "Film 7 ", "Film seven ");
    let report = json(&["forget", "--model", &model, "--data", &other, "--standard", "--steps", "2", "--json"]);
    assert!(report["data_mismatch"].as_str().is_some_and(|why| why.contains("other titles")));
    assert_eq!(rows(&report), [("original", "this device"), ("e2urec", "this device")]);
}

#[test]
fn the_same_rows_in_another_order_are_the_same_data() {
    let folder = Folder::new("same-data");
    let (data, model, other) = prepared(&folder, "", "", "");
    let path = Path::new(&other).join("ratings.csv");
    let text = std::fs::read_to_string(&path).expect("the small data set was written");
    let (head, body) = text.split_once('\n').expect("a header");
    let turned: Vec<&str> = body.lines().rev().collect();
    std::fs::write(&path, format!("{head}\n{}\n", turned.join("\n"))).expect("the temporary folder can be written");
    let run = |data: &str| json(&["forget", "--model", &model, "--data", data, "--standard", "--steps", "2", "--json"]);
    let (own, turned) = (run(&data), run(&other));
    assert!(turned["data_mismatch"].is_null() && turned["data"] == own["data"]);
    assert_eq!((&turned["adapter_sha256"], &turned["gap_closed"]), (&own["adapter_sha256"], &own["gap_closed"]));
}

#[test]
fn a_package_that_does_not_say_its_data_gives_no_figures() {
    let folder = Folder::new("unsaid-data");
    let (data, model, _) = prepared(&folder, "", "", "");
    let path = Path::new(&model).join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).expect("a manifest")).expect("JSON");
    manifest.as_object_mut().expect("an object").remove("data").expect("it says its data");
    std::fs::write(&path, manifest.to_string()).expect("the temporary folder can be written");
    let report = json(&["forget", "--model", &model, "--data", &data, "--standard", "--steps", "2", "--json"]);
    assert!(report["data_mismatch"].as_str().is_some_and(|why| why.contains("does not say which data")));
    assert_eq!(rows(&report), [("original", "this device"), ("e2urec", "this device")]);
}

#[test]
fn a_comparison_keeps_what_it_computed_with_its_data() {
    let folder = Folder::new("other-compare");
    let (data, model, other) = prepared(&folder, "ratings.csv", ",4.5,", ",3.5,");
    let out = folder.at("run");
    let cells = |data: &str| {
        let what = ["compare", "--model", &model, "--data", data, "--user", "2", "--retrain", "--preset", "tuned", "--steps", "2"];
        let listed = json(&[&what[..], &["--seeds", "1", "--out", &out, "--list", "--json"]].concat());
        let done = unlearn(&[&what[..], &["--seeds", "1", "--out", &out]].concat());
        (listed, text(&done.stderr), done.status.success())
    };
    let (first, said, done) = cells(&data);
    assert!(done, "{said}");
    let references = || std::fs::read_dir(Path::new(&out).join("references")).expect("a Retrain was trained").count();
    assert_eq!(references(), 2, "weights and facts of one Retrain");
    let (second, said, done) = cells(&other);
    assert_ne!(first[0]["key"], second[0]["key"]);
    assert!(done && references() == 4, "the Retrain of other ratings is another one: {said}");
}

#[test]
fn a_checkpoint_of_other_ratings_is_refused() {
    let folder = Folder::new("other-checkpoint");
    let (data, model, other) = prepared(&folder, "ratings.csv", ",4.5,", ",3.5,");
    let kept = folder.at("kept");
    let what = |data: &str| {
        ["forget", "--model", &model, "--data", data, "--user", "2", "--steps", "4000", "--checkpoint", &kept].map(str::to_owned)
    };
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_unlearn"));
    let mut child = command.args(what(&data)).args(["--checkpoint-every", "1"]).spawn().expect("the program was built with this test");
    while std::fs::read_dir(&kept).map_or(0, Iterator::count) < 2 {
        assert!(child.try_wait().expect("a child").is_none(), "no checkpoint was written");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ended");
    let refused = unlearn(&what(&other).iter().map(String::as_str).collect::<Vec<_>>());
    assert!(!refused.status.success() && text(&refused.stderr).contains("another"), "{}", text(&refused.stderr));
}
