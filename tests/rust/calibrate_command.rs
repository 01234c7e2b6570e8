//! A request is calibrated by cross-fitted answers where they are right for it, and it is said where they are not.

use super::{Folder, json, small_data};

#[test]
fn a_request_is_calibrated_where_something_is_expected() {
    let folder = Folder::new("calibrate");
    let (data, model, bare) = (small_data(&folder), folder.at("model"), folder.at("bare"));
    let train = |out: &str, folds: &str| {
        json(&["train", "--data", &data, "--out", out, "--epochs", "2", "--batch", "32", "--folds", folds, "--json"]);
    };
    train(&model, "3");
    train(&bare, "0");
    let forget =
        |model: &str, more: &[&str]| json(&[&["forget", "--model", model, "--data", &data, "--steps", "30", "--json"][..], more].concat());
    for what in [&["--user", "2"][..], &["--standard"], &["--interaction", "2:62"]] {
        let report = forget(&model, what);
        assert!(report["expected"]["logloss"].is_number() && report["expected_missing"].is_null(), "{what:?}");
        let scale = report["calibration"]["scale"].as_f64().expect("the adapter was scaled");
        assert!((0.0..=2.0).contains(&scale) && report["calibration"]["alpha"].is_number(), "{what:?}");
        assert_eq!(report["calibration"]["matched"], "loss", "few rows are matched by their loss");
        let after = report["methods"].as_array().and_then(|rows| rows.last()).expect("rows")["forget"]["logloss"].as_f64();
        let off = (after.expect("a loss") - report["expected"]["logloss"].as_f64().expect("a loss")).abs();
        assert!(off < 0.01 || scale == 0.0 || scale == 2.0, "{what:?}: {off} off at {scale}");
    }
    let given = forget(&model, &["--user", "2", "--preset", "fixed"]);
    assert!(given["expected"].is_object() && given["calibration"].is_null(), "one setting for every request");
    let genre = forget(&model, &["--genre", "Horror"]);
    assert!(genre["expected"].is_null() && genre["expected_missing"].as_str().is_some_and(|why| why.contains("genre")));
    assert_eq!(genre["calibration"]["matched"], "");
    let none = forget(&bare, &["--user", "2"]);
    assert!(none["expected_missing"].as_str().is_some_and(|why| why.contains("no cross-fitted answers")));
    assert!(none["proxy"]["expected"].is_null());
}

/// The attack's parts have their rows person by person, and every part stops at what is expected of its own rows.
#[test]
fn requests_in_a_row_stop_at_what_is_expected_of_each() {
    let folder = Folder::new("calibrate-sequence");
    let (data, model) = (small_data(&folder), folder.at("model"));
    json(&["train", "--data", &data, "--out", &model, "--epochs", "1", "--batch", "32", "--folds", "2", "--json"]);
    let what = ["attack", "--model", &model, "--data", &data, "--standard", "--method", "neggrad", "--steps", "8", "--json"];
    let report = json(&[&what[..], &["--attack", "sequence", "--attack-param", "sequence.requests=2"]].concat());
    assert!(report["findings"][0]["sentence"].as_str().is_some_and(|sentence| sentence.starts_with("After 2 requests")), "{report}");
}
