//! Tests of every metric against scikit-learn and SciPy on stored cases, made by `tests/parity/make_metric_fixtures.py`. The paired test is part of the
//! command line, and is tested against the same file there (`cmd/compare/paired.rs`).

use serde_json::Value;
use unlearn_core::baseline::newton;
use unlearn_core::metric::{Divergence, auc, divergence, divergences, ece, histogram, ks, loss_attack, quality, reference_attack, softmax};

const TOLERANCE: f64 = 1e-6;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../parity/fixtures/metrics.json")).expect("the fixture is JSON")
}

fn cases<'a>(fixture: &'a Value, key: &str) -> &'a [Value] {
    let cases = fixture[key].as_array().expect("a list of cases");
    assert!(!cases.is_empty(), "no case under {key}");
    cases
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn counts(value: &Value) -> Vec<u32> {
    numbers(value).into_iter().map(|count| count as u32).collect()
}

fn answers(value: &Value) -> Vec<bool> {
    value.as_array().expect("a list").iter().map(|x| x.as_bool().expect("a bool")).collect()
}

/// Compares absolutely below 1, relatively above: the underflow case has a divergence of several thousand.
#[track_caller]
fn close(what: &str, got: f64, want: f64) {
    assert!((got - want).abs() <= TOLERANCE * want.abs().max(1.0), "{what}: {got} is not {want}");
}

#[track_caller]
fn close_divergence(what: &str, got: Divergence, want: &Value) {
    close(&format!("{what} jsd"), got.jsd, number(&want["jsd"]));
    close(&format!("{what} sym_kl"), got.sym_kl, number(&want["sym_kl"]));
    close(&format!("{what} l2"), got.l2, number(&want["l2"]));
}

#[test]
fn quality_and_histogram_equal_scikit_learn() {
    for case in cases(&fixture(), "quality") {
        let name = case["name"].as_str().expect("a name");
        let p_yes = numbers(&case["p_yes"]);
        let labels = answers(&case["labels"]);
        let got = quality(&p_yes, &labels);
        close(&format!("{name} acc"), got.acc, number(&case["acc"]));
        close(&format!("{name} logloss"), got.logloss, number(&case["logloss"]));
        assert_eq!((got.auc, got.ece), (auc(&p_yes, &labels), ece(&p_yes, &labels)), "{name}");
        close(&format!("{name} ece"), got.ece.expect("there are rows"), number(&case["ece"]));
        match (got.auc, case["auc"].as_f64()) {
            (Some(got), Some(want)) => close(&format!("{name} auc"), got, want),
            (got, want) => assert_eq!(got, want, "{name} auc"),
        }
        let got = histogram(&p_yes, &labels);
        assert_eq!((got.liked, got.disliked), (counts(&case["liked"]), counts(&case["disliked"])), "{name} histogram");
    }
}

#[test]
fn divergences_of_logits_equal_scipy() {
    let fixture = fixture();
    let (yes, no) = (number(&fixture["yes"]) as usize, number(&fixture["no"]) as usize);
    for case in cases(&fixture, "divergence") {
        let name = case["name"].as_str().expect("a name");
        let width = number(&case["width"]) as usize;
        let logits = |key: &str| numbers(&case[key]).into_iter().map(|x| x as f32).collect::<Vec<f32>>();
        let (p, q) = (logits("logits_p"), logits("logits_q"));
        for (row, want) in p.chunks(width).zip(numbers(&case["softmax_p"]).chunks(width)) {
            softmax(row).iter().zip(want).for_each(|(&got, &want)| close(&format!("{name} softmax"), got, want));
        }
        let got = divergences(&p, &q, width, yes, no);
        close_divergence(&format!("{name} full"), got.full, &case["full"]);
        close_divergence(&format!("{name} yes_no"), got.yes_no, &case["yes_no"]);
    }
}

#[test]
fn divergence_of_probabilities_equals_scipy() {
    let fixture = fixture();
    let case = &fixture["probabilities"];
    let got = divergence(&numbers(&case["p"]), &numbers(&case["q"]), number(&case["width"]) as usize);
    close_divergence("dirichlet", got, case);
}

#[test]
fn attacks_equal_scikit_learn() {
    for case in cases(&fixture(), "attack") {
        let [member, member_ref, other, other_ref] = ["member", "member_ref", "other", "other_ref"].map(|key| numbers(&case[key]));
        let name = &case["name"];
        close(&format!("{name} loss"), loss_attack(&member, &other).expect("both sides"), number(&case["loss"]));
        let got = reference_attack(&member, &member_ref, &other, &other_ref).expect("both sides");
        close(&format!("{name} reference"), got, number(&case["reference"]));
    }
}

#[test]
fn kolmogorov_smirnov_equals_scipy() {
    for case in cases(&fixture(), "ks") {
        let (a, b, name) = (numbers(&case["a"]), numbers(&case["b"]), &case["name"]);
        let got = ks(&a, &b).expect("both samples");
        close(&format!("{name} statistic"), got.statistic, number(&case["statistic"]));
        close(&format!("{name} p"), got.p, number(&case["p"]));
        assert_eq!(ks(&b, &a), Some(got), "{name}: symmetric");
        let want = number(&case["p"]);
        if want > 0.0 && want < 1e-4 {
            assert!((got.p / want - 1.0).abs() < 1e-6, "{name}: a small p is right in its digits too, {} is not {want}", got.p);
        }
    }
}

#[test]
fn logistic_regression_equals_scikit_learn() {
    for case in cases(&fixture(), "logistic") {
        let (design, width, name) = (numbers(&case["design"]), number(&case["width"]) as usize, &case["name"]);
        let got = newton::fit(&design, width, &answers(&case["labels"]), number(&case["l2"]));
        let want = numbers(&case["weights"]);
        assert_eq!(got.len(), want.len(), "{name}");
        got.iter().zip(want).for_each(|(got, want)| close(&format!("{name} weight"), *got, want));
        for (row, want) in design.chunks(width).zip(numbers(&case["p_yes"])) {
            close(&format!("{name} p(Yes)"), newton::p_yes(&got, row), want);
        }
    }
}
