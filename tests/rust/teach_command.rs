//! `unlearn teach`: a person's export is reviewed, taught and forgotten, as a user does it.

use super::{Folder, json, text, unlearn};
use serde_json::Value;
use std::path::Path;

fn root(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).to_string_lossy().into_owned()
}

#[test]
fn an_export_is_reviewed_taught_and_forgotten() {
    let folder = Folder::new("teach");
    let (model, data) = (root("models/nano-ml-latest-small"), root("public/data/ml-latest-small"));
    let export = root("tests/exports/letterboxd-ratings.csv");
    let of = |more: &[&str]| {
        let all = [&["teach", "--quiet", "--model", &model, "--data", &data, "--export", &export, "--json"], more].concat();
        json(&all)
    };
    let review = of(&["--review"]);
    assert_eq!((review["source"].as_str(), review["taken"].as_u64()), (Some("Letterboxd"), Some(30)));
    assert!(review["taught"].is_null());
    let line = |title: &str| {
        let rows = review["matches"].as_array().expect("a list").iter();
        rows.clone().find(|row| row["title"] == title).unwrap_or(&Value::Null).clone()
    };
    assert_eq!((line("Star Wars")["verdict"].as_str(), line("Star Wars")["item"].as_u64()), (Some("doubtful"), Some(260)));
    assert_eq!(line("Everything Everywhere All at Once")["verdict"], "missing");

    let out = folder.at("me");
    let star_wars = format!("{}=260", line("Star Wars")["line"]);
    let matrix = line("The Matrix")["line"].to_string();
    let taught = of(&["--choose", &star_wars, "--leave", &matrix, "--out", &out]);
    assert_eq!(taught["taken"].as_u64(), Some(30), "one more, one less");
    assert!(taught["taught"]["known"].as_f64().is_some_and(|known| known > 0.03), "{}", taught["taught"]);
    let person = std::fs::read_to_string(Path::new(&out).join("person.json")).expect("the package holds the person");
    assert!(person.contains("\"item\":260") && !person.contains("\"item\":2571"));

    let report = json(&["forget", "--quiet", "--model", &out, "--data", &data, "--user", "611", "--json"]);
    assert!(report["expected"]["logloss"].as_f64().is_some_and(|expected| expected > 0.0), "{}", report["expected_missing"]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let folder = Folder::new("teach-wrong");
    let (model, data) = (root("models/nano-ml-latest-small"), root("public/data/ml-latest-small"));
    let bad = folder.at("bad.csv");
    std::fs::write(&bad, "Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,Heat,1995,x,eleven\n").expect("it can be written");
    let good = root("tests/exports/letterboxd-ratings.csv");
    for (args, code, said) in [
        (vec!["--export", &bad, "--review"], 1, "bad.csv:2, column `Rating`: a rating must be a number from 0 (none) to 5, got `eleven`"),
        (vec!["--export", &good], 2, "--out"),
        (vec!["--export", &good, "--review", "--choose", "900=1"], 2, "line 900 has no rating"),
        (vec!["--export", &good, "--review", "--choose", "2=999999"], 2, "the data have no item 999999"),
        (vec!["--export", &good, "--review", "--choose", "two"], 2, "must be the line and the item's number"),
    ] {
        let all = [vec!["teach", "--model", &model, "--data", &data], args].concat();
        let output = unlearn(&all);
        assert_eq!(output.status.code(), Some(code), "{all:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(said), "{all:?}: {}", text(&output.stderr));
    }
}
