//! Every measure against scikit-learn and SciPy on stored cases; made by `tests/parity/make_metric_fixtures.py`.

use serde_json::Value;
use unlearn_core::metric::{auc, divergence, divergences, histogram, quality, softmax};
use unlearn_core::report::Divergence;

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

/// Absolute below 1, relative above: the underflow case has a divergence of several thousand.
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
        let labels: Vec<bool> = case["labels"].as_array().expect("labels").iter().map(|x| x.as_bool().expect("a bool")).collect();
        let got = quality(&p_yes, &labels);
        close(&format!("{name} acc"), got.acc, number(&case["acc"]));
        close(&format!("{name} logloss"), got.logloss, number(&case["logloss"]));
        assert_eq!(got.auc, auc(&p_yes, &labels), "{name}");
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
