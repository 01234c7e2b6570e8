//! Tests of `unlearn recommend` and `unlearn explain` on the command line.

use super::{Folder, json, small_data, text, unlearn};
use serde_json::Value;
use std::collections::HashSet;

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("`{key}` is a list in {value}"))
}

#[test]
fn a_person_is_recommended_to_and_explained() {
    let folder = Folder::new("person");
    let data = small_data(&folder);
    let (model, adapter) = (folder.at("model"), folder.at("adapter"));
    json(&["train", "--data", &data, "--out", &model, "--epochs", "2", "--batch", "32", "--json"]);
    let of = ["--model", &model, "--data", &data, "--user", "7"];
    let with = |command: &'static str, more: &[&str]| -> Vec<String> {
        [command].iter().chain(&of).chain(more).map(|part| (*part).to_owned()).collect()
    };
    let run = |args: &[String]| json(&args.iter().map(String::as_str).collect::<Vec<_>>());

    let found = run(&with("recommend", &["--k", "5", "--json"]));
    let before = list(&found, "before");
    assert_eq!((before.len(), &found["after"], &found["user"]), (5, &Value::Null, &7.into()));
    let rated: HashSet<u64> = (0..30u64).map(|k| 1 + (7 * 13 + k * 7) % 90).collect();
    for (rank, entry) in (1u64..).zip(before) {
        assert_eq!(entry["rank"], rank);
        assert!(!rated.contains(&entry["item"]["id"].as_u64().expect("a number")), "{entry} was rated");
    }
    let p: Vec<f64> = before.iter().map(|entry| entry["p_yes"].as_f64().expect("a number")).collect();
    assert!(p.is_sorted_by(|a, b| a >= b), "best first: {p:?}");

    // The same question asked by itself gives the same answer.
    let item = before[0]["item"]["id"].to_string();
    let told = run(&with("explain", &["--item", &item, "--json"]));
    let own = told["before"]["p_yes"].as_f64().expect("a number");
    assert!((own - p[0]).abs() < 1e-5, "recommended at {}, explained at {own}", p[0]);
    let attention: f64 = list(&told["before"], "tokens").iter().map(|token| token["attention"].as_f64().expect("a number")).sum();
    assert!((attention - 1.0).abs() < 1e-4, "attention sums to {attention}");
    assert_eq!(told["item"], before[0]["item"]);

    let wanted = with("forget", &["--steps", "20", "--adapter-out", &adapter, "--json"]);
    run(&wanted);
    let found = run(&with("recommend", &["--k", "5", "--adapter", &adapter, "--json"]));
    assert_eq!((list(&found, "after").len(), &found["before"][0]["item"]), (5, &before[0]["item"]));
    assert!(found["before"][0]["other_rank"].is_u64());
    let said = text(&unlearn(&["recommend", "--model", &model, "--data", &data, "--user", "7", "--adapter", &adapter]).stdout);
    for words in ["original:", "with the adapter:", "Film", "items compared"] {
        assert!(said.contains(words), "{words} is missing in {said}");
    }
    let said = text(&unlearn(&["explain", "--model", &model, "--data", &data, "--user", "7", "--item", &item]).stdout);
    for words in ["Does user 7 like Film", "p(Yes)", "[ask]", "star"] {
        assert!(said.contains(words), "{words} is missing in {said}");
    }
}

#[test]
fn whom_nobody_knows_is_an_error() {
    for (args, words) in [
        (&["recommend", "--user", "99999999"][..], "user: must be one of the data set, got `99999999`"),
        (&["explain", "--user", "414", "--item", "99999999"], "item: must be one of the data set, got `99999999`"),
        (&["recommend", "--user", "414", "--adapter", "no-such-folder"], "no-such-folder"),
    ] {
        let path = |name: &str| format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
        let (model, data) = (path("models/nano-ml-latest-small"), path("public/data/ml-latest-small"));
        let output = unlearn(&[args, &["--model", &model, "--data", &data]].concat());
        assert!(!output.status.success() && text(&output.stderr).contains(words), "{args:?}: {}", text(&output.stderr));
    }
    assert_eq!(unlearn(&["recommend", "--user", "1", "--k", "0"]).status.code(), Some(2));
}
