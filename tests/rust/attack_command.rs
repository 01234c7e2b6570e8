//! Tests of `unlearn attack` as a user calls it: a run, then attacks on it, reported in sentences or as JSON.

use super::{Folder, json, small_data, text, unlearn};

#[test]
fn a_run_is_attacked() {
    let folder = Folder::new("attack");
    let data = small_data(&folder);
    let model = folder.at("model");
    json(&["train", "--data", &data, "--out", &model, "--epochs", "2", "--batch", "32", "--json"]);
    let what = ["attack", "--model", &model, "--data", &data, "--standard", "--steps", "6"];
    let with = |more: &[&'static str]| what.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();

    let out = folder.at("attacks.json");
    let mut args = with(&["--attack", "reference,drop,relearn", "--attack-param", "relearn.steps=8", "--json", "--out"]);
    args.push(&out);
    let report = json(&args);
    let ids: Vec<_> = report["findings"].as_array().expect("a list").iter().map(|finding| finding["id"].as_str().unwrap_or("")).collect();
    assert_eq!(ids, ["reference", "drop", "relearn"]);
    assert_eq!((&report["run"]["steps"], &report["retrain"]), (&6.into(), &"shipped".into()));
    assert_eq!((&report["findings"][2]["params"]["steps"], &report["findings"][2]["params"]["rows"]), (&8.0.into(), &64.0.into()));
    assert_eq!(report["findings"][0]["retrain"], 0.5, "Retrain against itself tells nothing");
    let bars = &report["findings"][1]["chart"]["bars"];
    assert_eq!(bars[0]["forget"], bars[2]["forget"], "without its adapter the model is Original");
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&out).expect("--out was written")).expect("and holds JSON");
    assert_eq!(written["findings"][1], report["findings"][1]);

    let told = unlearn(&with(&["--attack", "drop,sequence", "--attack-param", "sequence.requests=2"]));
    let told = text(&told.stdout);
    for words in ["Adapter removed", "Without its adapter the model gets", "Ten requests in a row", "After 2 requests one after the other"]
    {
        assert!(told.contains(words), "{words} is missing in {told}");
    }
}

#[test]
fn wrong_attacks_are_told_before_a_run() {
    let wrong: [(&[&str], &str); 5] = [
        (&["attack", "--standard", "--attack", "guess"], "guess"),
        (&["attack", "--standard", "--attack-param", "steps=4"], "ATTACK.KEY=VALUE"),
        (&["attack", "--standard", "--attack-param", "guess.steps=4"], "must be one of loss"),
        (&["attack", "--standard", "--attack-param", "shadow.shadows=99"], "must be between 1 and 16"),
        (&["attack", "--standard", "--attack-param", "loss.steps=4"], "has no parameters"),
    ];
    for (args, words) in wrong {
        let output = unlearn(args);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(words), "{args:?}: {said}");
    }
    let help = text(&unlearn(&["attack", "--help"]).stdout);
    for words in ["Examples:", "arXiv 1709.01604", "shadow.shadows", "relearn.steps"] {
        assert!(help.contains(words), "help lacks {words}");
    }
}
