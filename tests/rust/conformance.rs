//! Tests the CPU's results for every case of the conformance page against PyTorch's in 64 bits (`tests/parity/make_conformance.py`).

use super::repo;
use burn::tensor::Device;
use serde_json::Value;
use unlearn_core::conformance::{CASES, product, run};

/// Maximum difference between 32 and 64 bits, relative to a tensor's largest number; it is larger for whole models and for twenty steps.
const BOUND: f64 = 1e-5;
const BOUND_DEEP: f64 = 1e-4;

/// What the reference file stores of a tensor: the root mean square of its numbers, and every `stride`th number.
fn sampled(values: &[f32], stride: usize) -> (f64, Vec<f64>) {
    let square = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
    ((square / values.len() as f64).sqrt(), values.iter().step_by(stride).map(|v| f64::from(*v)).collect())
}

#[test]
fn every_case_is_what_pytorch_computes() {
    let bytes = std::fs::read(repo("public/reference/conformance.json")).expect("the reference is part of the repository");
    let reference: Value = serde_json::from_slice(&bytes).expect("the reference is JSON");
    let cases = reference["cases"].as_object().expect("it has cases");
    assert_eq!(cases.len(), CASES.len(), "a case without a reference, or the other way round");
    for case in &CASES {
        let found = pollster::block_on(run(case.id, &Device::flex())).unwrap_or_else(|e| panic!("{}: {e}", case.id));
        let expected = cases[case.id].as_object().unwrap_or_else(|| panic!("{} has no reference", case.id));
        assert_eq!(found.len(), expected.len(), "tensors of {}", case.id);
        let mut worst = 0f64;
        for tensor in &found {
            let entry = &expected[&tensor.name];
            let number = |key: &str| entry[key].as_f64().unwrap_or_else(|| panic!("{} {} has {key}", case.id, tensor.name));
            assert_eq!(tensor.values.len(), number("n") as usize, "{} {}", case.id, tensor.name);
            let (rms, values) = sampled(&tensor.values, number("stride") as usize);
            let reference: Vec<f64> = entry["values"].as_array().expect("values").iter().map(|v| v.as_f64().expect("a number")).collect();
            assert_eq!(values.len(), reference.len());
            let of_rms = (rms - number("rms")).abs();
            let largest = values.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(of_rms, f64::max);
            // A tensor of zeros in the reference must be zero here too.
            worst = worst.max(if largest == 0.0 { 0.0 } else { largest / number("max") });
        }
        println!("{:<16} {worst:.1e}", case.id);
        let bound = if case.bound > 1e-4 { BOUND_DEEP } else { BOUND };
        assert!(worst <= bound, "{}: largest relative difference {worst:e}", case.id);
    }
}

#[test]
fn a_product_to_be_timed_is_of_a_sensible_size() {
    let timed = |n, times| pollster::block_on(product(n, times, &Device::flex()));
    assert_eq!(timed(3, 2).expect("a small product"), 3.0);
    for (n, times) in [(0, 1), (u32::MAX as usize, 1), (3, 0), (3, u32::MAX)] {
        assert!(timed(n, times).is_err(), "{n} rows, {times} times");
    }
}
