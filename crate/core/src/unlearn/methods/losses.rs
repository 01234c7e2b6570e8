//! Tests of every loss made of terms, by hand: one forget and one retain row, both truly Yes. The probabilities of No and Yes are ¼ and ¾ under the
//! student, ½ and ½ under the original and every other model.

use crate::unlearn::engine::calibrate::Alpha;
use crate::unlearn::engine::divergence;
use crate::unlearn::engine::loss::{Batch, Loss};
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, StudentPlan, Teacher, Term};
use crate::unlearn::engine::soft_targets::{ShapedTerm, SoftTargets};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::engine::teach::shaped_of;
use crate::unlearn::method;
use crate::unlearn::param::Params;
use burn::tensor::{Device, Tensor, TensorData};

/// A vocabulary of No and Yes only.
const WIDTH: usize = 2;
/// KL between the original and a model tuned on fresh data.
const GAP: f64 = 0.05;

fn plan(id: &str, given: &[(&str, f64)]) -> StudentPlan {
    let entry = method(id).unwrap();
    let given: Params = given.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect();
    let sizes = TaskSizes::of_one_length(100, 400);
    match (entry.plan)(&entry.resolve(&given).unwrap(), &sizes).unwrap() {
        Plan::Student(plan) => plan,
        other => panic!("{id}: {other:?}"),
    }
}

/// A teacher's answer to a row that is truly Yes; the coin came up No.
fn says(teacher: &Teacher) -> Vec<f64> {
    match teacher {
        Teacher::Truth => vec![0.0, 1.0],
        Teacher::Flipped | Teacher::Coin => vec![1.0, 0.0],
        _ => vec![0.5, 0.5],
    }
}

fn put(targets: &mut SoftTargets, row: u32, of: &[Term]) {
    for term in of {
        let target = says(&term.teacher);
        if term.shape == LossShape::Mean {
            targets.add(row, term.weight, target, term.teacher.is_model());
        } else {
            let entropy = -target.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>();
            let original = || divergence::soft_cross_entropy(&target, &[0.0, 0.0]);
            let offset = term.shape.offset(entropy, original, GAP);
            targets.add_shaped(row, term.weight, ShapedTerm { target, offset }, false);
        }
    }
}

fn loss(plan: &StudentPlan) -> f64 {
    let mut targets = SoftTargets::new(2);
    targets.shaped = shaped_of(plan).unwrap();
    put(&mut targets, 0, &plan.forget);
    put(&mut targets, 1, &plan.retain);
    let batch: Batch = (vec![0], if plan.retain.is_empty() { Vec::new() } else { vec![1] });
    let n = 1 + batch.1.len();
    let device = Device::flex();
    let logits = Tensor::<2>::from_data(TensorData::new([0.0, 3f32.ln()].repeat(n), [n, WIDTH]), &device);
    f64::from(Loss::new(&batch, &targets, &device).of(logits).into_data().try_to_vec::<f32>().unwrap()[0])
}

/// Method, parameters, expected loss.
type Case<'a> = (&'a str, &'a [(&'a str, f64)], f64);

#[test]
fn by_hand() {
    let yes = (4f64 / 3.0).ln(); // ℓ of the true answer
    let no = 4f64.ln();
    let even = 0.5 * (yes + no); // cross entropy with ½ and ½
    let kl = even - 2f64.ln();
    let given: [Case<'_>; 20] = [
        ("neggrad", &[("w", 0.7)], yes - 0.7 * yes),
        ("badt", &[("w", 0.3)], yes + 0.3 * no),
        ("ascent", &[], -yes),
        ("graddiff", &[("gamma", 0.7), ("alpha", 2.0), ("retain", 1.0)], -0.7 * yes + 2.0 * even),
        ("graddiff", &[("gamma", 0.7), ("alpha", 2.0), ("retain", 0.0)], -0.7 * yes + 2.0 * yes),
        ("flipped", &[("gamma", 0.3), ("answer", 0.0), ("retain", 0.0)], 0.3 * no + yes),
        ("flipped", &[("gamma", 0.3), ("answer", 1.0), ("retain", 1.0)], 0.3 * no + even),
        ("llmu", &[("ascent", 0.5), ("random", 1.0), ("keep", 1.0)], -0.5 * yes + no + even),
        // p / p_o = ¾ / ½
        ("npo", &[("beta", 1.0), ("gamma", 0.7), ("retain", 1.0), ("alpha", 1.0)], 0.7 * 2.0 * 2.5f64.ln() + even),
        ("npo", &[("beta", 2.0), ("gamma", 1.0), ("retain", 0.0), ("alpha", 1.0)], 3.25f64.ln() + yes),
        ("simnpo", &[("beta", 1.0), ("delta", 0.0), ("gamma", 0.5), ("retain", 0.0), ("alpha", 1.0)], 1.75f64.ln() + yes),
        ("wga", &[("beta", 2.0), ("gamma", 0.8), ("retain", 0.0), ("alpha", 1.0)], -0.8 * 0.5625 * yes + yes),
        (
            "satimp",
            &[("saturation", 1.0), ("importance", 2.0), ("gamma", 0.8), ("retain", 1.0), ("alpha", 0.5)],
            -0.8 * 0.75 / 16.0 * yes + 0.5 * even,
        ),
        ("undial", &[("gamma", 0.7), ("alpha", 2.0), ("retain", 0.0)], 0.7 * even + 2.0 * yes),
        ("crossfit", &[("gamma", 0.7), ("alpha", 2.0), ("retain", 1.0)], 0.7 * even + 2.0 * even),
        ("lau", &[("outer", 0.0), ("gamma", 0.5), ("alpha", 1.0), ("retain", 0.0)], -0.5 * yes + yes),
        ("kga", &[("keep", 2.0)], (kl - GAP).abs() + 2.0 * even),
        // The divergence is above its cap, then below it.
        ("eul", &[("alpha", 0.8), ("lambda", 1.0), ("gamma", 0.2), ("most", 0.05)], -0.05 - 0.2 * yes + 0.8 * even + yes),
        ("eul", &[("alpha", 0.8), ("lambda", 1.0), ("gamma", 0.2), ("most", 1.0)], -kl - 0.2 * yes + 0.8 * even + yes),
        ("mechanistic", &[("gamma", 0.3)], -0.3 * 0.2501f64.ln() + yes),
    ];
    for (id, params, expected) in given {
        let found = loss(&plan(id, params));
        assert!((found - expected).abs() < 1e-5, "{id} {params:?}: {found}, by hand {expected}");
    }
    let whp = plan("whp", &[("alpha", 2.0)]);
    assert!(matches!(whp.forget[0].teacher, Teacher::Forgetting { alpha: Alpha::Given(2.0), generic: true, .. }) && whp.retain.is_empty());
    assert!((loss(&plan("loo", &[("gamma", 1.0), ("alpha", 1.0), ("retain", 0.0)])) - even - yes).abs() < 1e-5);
}

#[test]
fn two_shaped_terms_are_refused() {
    let mut plan = plan("npo", &[]);
    plan.forget.push(plan.forget[0].clone());
    assert!(shaped_of(&plan).unwrap_err().to_string().contains("at most one shaped"));
}
