//! Tests of run failures: a diverging run is reported as such, and a run's memory need is estimated beforehand.

use super::{Quiet, repo};
use burn::tensor::Device;
use std::sync::Arc;
use unlearn_core::Error;
use unlearn_core::data::ForgetSpec;
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::split::Sample;
use unlearn_core::host::Files;
use unlearn_core::host::progress::Progress;
use unlearn_core::model::{Network, Trainable};
use unlearn_core::report::RunRequest;
use unlearn_core::session::{Session, params};
use unlearn_core::unlearn::engine::plan::Plan;
use unlearn_core::unlearn::engine::run::carry_out;
use unlearn_core::unlearn::engine::step::{Step, StepFuture, StepInput, StepOutput, train_step};
use unlearn_core::unlearn::engine::task::{Sets, UnlearnTask, UnseenUsers};

fn films() -> Session {
    let bytes = |path: String| std::fs::read(repo(&path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    let names = ["manifest.json", "model.safetensors", "tokenizer.json"];
    let model: Files = names.iter().map(|name| ((*name).to_owned(), bytes(format!("models/nano-ml-latest-small/{name}")))).collect();
    let data = ["ratings.csv", "movies.csv"]
        .map(|name| SourceFile { name: name.into(), bytes: bytes(format!("public/data/ml-latest-small/{name}")) });
    let mut session = Session::load(&model, &data, &Device::flex(), "test").expect("the shipped model");
    session.limit_rows(64);
    session
}

fn request(pairs: &[(&str, f64)]) -> RunRequest {
    let forget = ForgetSpec { users: Some(vec![42]), ..ForgetSpec::default() };
    RunRequest { forget, params: params(pairs), ..RunRequest::default() }
}

#[test]
fn the_memory_of_tuning_every_weight_is_counted() {
    let session = films();
    let bytes = |augment: f64| {
        let request = request(&[("augment", augment)]);
        let selection = session.select(&request.forget).expect("user 42 is there");
        let (plan, sizes, _) = session.plan(&request, &selection).expect("in range");
        session.step_memory(&plan, &sizes).expect("a student on a decoder").bytes
    };
    let (n_weights, own) = (session.original.n_params(Trainable::Base), session.original.weight_bytes());
    // Stored as floats, each with a gradient and two moments, next to the original.
    assert!(bytes(1.0) >= own + 16 * n_weights, "{} for {n_weights} weights", bytes(1.0));
    assert!(bytes(1.0) > bytes(0.0), "an adapter takes less: {} and {}", bytes(1.0), bytes(0.0));
}

/// A step that makes every weight of the adapter non-finite, like a learning rate that is too large.
#[derive(Debug)]
struct TooFar;

impl Step for TooFar {
    fn take<'a>(&'a self, input: StepInput<'a>) -> StepFuture<'a> {
        Box::pin(async move {
            let StepInput { model, optimiser, sets, batch, targets, lr, host } = input;
            let logits = train_step(StepInput { model: &mut *model, optimiser, sets, batch, targets, lr, host }).await?;
            model.each_param(Trainable::Adapter, &mut |_, param| {
                *param = param.clone().inner().mul_scalar(f32::INFINITY).autodiff().require_grad();
            });
            Ok(StepOutput::Logits(logits))
        })
    }
}

#[test]
fn a_run_that_diverges_is_told_as_that() {
    let session = films();
    let request = RunRequest { method: "graddiff".into(), steps: Some(60), ..request(&[("lr", 0.05)]) };
    let selection = session.select(&request.forget).expect("user 42 is there");
    let (plan, ..) = session.plan(&request, &selection).expect("in range");
    let Plan::Student(mut plan) = plan else { panic!("{plan:?} is a student's") };
    (plan.step, plan.stop) = (Arc::new(TooFar), false);
    let encoded = |samples: &[Sample]| Encoded::new(samples, &session.split, &session.vocabulary);
    let (train, valid) = (encoded(&session.split.train), encoded(&session.split.valid));
    let users: Vec<u32> = session.split.train.iter().map(|sample| sample.user).collect();
    let task = UnlearnTask {
        original: &session.original,
        sets: Sets { encoded: &train, forget: &selection.forget, retain: &selection.retain },
        unseen: UnseenUsers { encoded: &valid, rows: &[] },
        requests: std::slice::from_ref(&selection.forget),
        users: &users,
        dataset: &session.dataset,
        vocabulary: &session.vocabulary,
        training: &session.manifest.training,
        start: None,
        seed: 1,
        run: "test",
        resume: None,
        expected: None,
    };
    let mut progress = Progress::new(&[], &Quiet);
    let plan = Plan::Student(plan);
    let outcome = pollster::block_on(carry_out(&plan, &task, &mut progress, &mut Quiet, async |_, _, _, _| Ok(())));
    let error = outcome.map(|_| ()).expect_err("no finite number is left");
    let Error::Diverged { step, rate, lower, .. } = error else { panic!("{error}") };
    // Logits are read back every ten steps; those of the second step are the first that are not finite.
    assert_eq!((step, rate, lower), (10, 0.05, "lr"), "{error}");
    assert!(error.to_string().starts_with("diverged by step 10: the model gave"), "{error}");
}
