//! Tests that the same seed gives the same adapter: bit for bit on one machine, within rounding on any other (see docs/determinism.md).

use super::{Quiet, repo};
use burn::tensor::Device;
use safetensors::SafeTensors;
use std::thread;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::host::Files;
use unlearn_core::package::weights::floats;
use unlearn_core::report::RunRequest;
use unlearn_core::session::{Session, params as session_params};

/// The adapter of a run on x86-64 (AMD EPYC), the reference for other processors, browsers and GPUs. To regenerate it:
/// `UNLEARN_WRITE_FIXTURES=1 cargo test --release -p unlearn-core --test core determinism`.
const FIXTURE: &str = "tests/parity/fixtures/adapter-20-steps.safetensors";
/// Largest difference of a weight that can be explained by another order of summation and another library's exp and ln. The weights are up to 2.6;
/// those of the WebAssembly engine differ by 7e-6 at most.
const BOUND: f32 = 2e-4;

/// The adapter after twenty steps on one user, and the adapter's hash from the run's report.
fn adapter(seed: u32) -> (Vec<u8>, String) {
    let model = ["manifest.json", "model.safetensors", "tokenizer.json"];
    let bytes = |path: String| std::fs::read(repo(&path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    let model: Files = model.iter().map(|name| ((*name).to_owned(), bytes(format!("models/nano-ml-latest-small/{name}")))).collect();
    let data = ["ratings.csv", "movies.csv"]
        .map(|name| SourceFile { name: name.into(), bytes: bytes(format!("public/data/ml-latest-small/{name}")) });
    let mut session = Session::load(&model, &data, &Device::flex(), "test").expect("the shipped model");
    session.limit_rows(64);
    let forget = ForgetSpec { users: Some(vec![42]), ..ForgetSpec::default() };
    // Not calibrated: the root of a measured loss would add its own tolerance to the rounding.
    let params = session_params(&[("alpha_auto", 0.0), ("scale", 0.0)]);
    let request = RunRequest { forget, params, seed, steps: Some(20), ..RunRequest::default() };
    let report = pollster::block_on(session.run(&request, &mut Quiet)).expect("the run ends");
    let files = pollster::block_on(session.adapter()).expect("there is an adapter");
    let weights = files.into_iter().find(|(name, _)| name == "adapter_model.safetensors").expect("PEFT's weights").1;
    (weights, report.adapter_sha256.expect("one model, so one adapter"))
}

/// All weights of an adapter, by tensor name.
fn weights(bytes: &[u8]) -> Vec<(String, Vec<f32>)> {
    let tensors = SafeTensors::deserialize(bytes).expect("safetensors");
    let mut all: Vec<_> = tensors.iter().map(|(name, tensor)| (name.to_owned(), floats(tensor.data()))).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn a_seed_gives_the_same_adapter_again_and_in_any_thread() {
    let first = adapter(3);
    assert_eq!(first, adapter(3), "the second run of a process");
    // Two runs at the same time, so that each has the other as load on the other core.
    let both = [(); 2].map(|()| thread::spawn(|| adapter(3))).map(|thread| thread.join().expect("the run ends"));
    assert!(both.iter().all(|one| *one == first), "two runs beside each other");
    assert_ne!(adapter(4).1, first.1, "another seed gives another adapter");

    let path = repo(FIXTURE);
    if std::env::var_os("UNLEARN_WRITE_FIXTURES").is_some() {
        std::fs::write(&path, &first.0).expect("the fixture can be written");
    }
    let stored = std::fs::read(&path).unwrap_or_else(|e| panic!("{FIXTURE}: {e}"));
    let (here, there) = (weights(&first.0), weights(&stored));
    assert_eq!(here.iter().map(|(name, _)| name).collect::<Vec<_>>(), there.iter().map(|(name, _)| name).collect::<Vec<_>>());
    for ((name, here), (_, there)) in here.iter().zip(&there) {
        let most = here.iter().zip(there).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(here.len() == there.len() && most <= BOUND, "{name}: {most} from the stored adapter, more than {BOUND}");
    }
}
