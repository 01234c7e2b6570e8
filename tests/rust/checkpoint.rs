//! Tests of checkpoints: an interrupted run resumes to the same bits, and only from its own checkpoint.

use std::collections::BTreeMap;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::host::event::Event;
use unlearn_core::host::{Files, Host};
use unlearn_core::package::peft;
use unlearn_core::report::{Report, RunRequest};
use unlearn_core::session::Session;
use unlearn_core::unlearn::engine::checkpoint::{STUDENT, TARGETS};
use unlearn_core::{Error, Result};

/// A host that keeps checkpoints, and ends the run after the checkpoint of step `until`.
#[derive(Default)]
struct Keeper {
    every: u32,
    until: u32,
    files: Files,
    told: Vec<u32>,
    losses: Vec<(u32, u32)>,
}

impl Host for Keeper {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, event: Event) {
        if let Event::Losses { steps } = event {
            self.losses.extend(steps.iter().map(|loss| (loss.step, loss.total.to_bits())));
        }
    }

    fn breathe(&mut self) -> unlearn_core::host::LocalFuture<'_, Result<()>> {
        Box::pin(async move { if self.until > 0 && self.told.last() == Some(&self.until) { Err(Error::Cancelled) } else { Ok(()) } })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }

    fn checkpoint_every(&self) -> u32 {
        self.every
    }

    fn checkpoint(&mut self, step: u32, files: Files) {
        self.files.extend(files);
        self.told.push(step);
    }
}

fn session() -> Session {
    let folder = super::repo("models/nano-ml-latest-small");
    let files = ["manifest.json", "model.safetensors", "tokenizer.json"];
    let package: Files =
        files.iter().map(|name| ((*name).to_owned(), std::fs::read(folder.join(name)).expect("the shipped model"))).collect();
    let data = super::data_expected::read_folder(&super::repo("public/data/ml-latest-small"));
    let mut session = Session::load(&package, &data, &burn::tensor::Device::flex(), "test").expect("the package loads");
    session.limit_rows(50);
    session
}

fn request() -> RunRequest {
    let params = BTreeMap::from([("min_steps".to_owned(), 24.0)]);
    RunRequest { forget: ForgetSpec { users: Some(vec![1]), ..Default::default() }, steps: Some(24), seed: 5, params, ..Default::default() }
}

fn end(session: &mut Session, report: Report) -> (Vec<u8>, Vec<u64>) {
    let adapter = pollster::block_on(session.adapter()).expect("an adapter").remove(peft::WEIGHTS).expect("its weights");
    let last = report.methods.last().expect("the outcome").clone();
    let figures = [last.test.auc, last.forget.auc, Some(last.test.logloss), Some(last.forget.logloss)];
    (adapter, figures.into_iter().flatten().map(f64::to_bits).collect())
}

#[test]
fn a_run_goes_on_to_the_same_bits() {
    let mut session = session();
    let mut whole = Keeper { every: 7, ..Default::default() };
    let report = pollster::block_on(session.run(&request(), &mut whole)).expect("forgets");
    let expected = end(&mut session, report);
    assert_eq!(whole.told, [7, 14, 21]);

    for until in [7, 21] {
        let mut cut = Keeper { every: 7, until, ..Default::default() };
        let ended = pollster::block_on(session.run(&request(), &mut cut)).expect_err("was ended");
        assert!(matches!(ended, Error::Cancelled), "{ended}");
        let mut rest = Keeper::default();
        let report = pollster::block_on(session.resume(&request(), &cut.files, &mut rest)).expect("goes on");
        assert!(end(&mut session, report) == expected, "adapter and figures after going on from step {until}");
        assert_eq!(rest.losses, whole.losses[until as usize..], "loss terms after step {until}");
    }
}

/// Dropout's masks follow from the seed and the step, so they need not be stored.
#[test]
fn a_run_with_dropout_goes_on_to_the_same_bits() {
    let mut session = session();
    let with = |dropout: f64, seed: u32| {
        let given = [("dropout", dropout), ("weight_decay", 0.01), ("targets", 0.0)];
        RunRequest { seed, params: given.map(|(id, value)| (id.to_owned(), value)).into(), ..request() }
    };
    let mut ends = |request: &RunRequest| {
        let report = pollster::block_on(session.run(request, &mut Keeper::default())).expect("forgets");
        end(&mut session, report)
    };
    let [without, expected, again] = [ends(&with(0.0, 5)), ends(&with(0.2, 5)), ends(&with(0.2, 5))];
    assert!(expected == again && expected.0 != without.0, "a seed decides what is dropped, and something is");
    let mut cut = Keeper { every: 7, until: 14, ..Default::default() };
    pollster::block_on(session.run(&with(0.2, 5), &mut cut)).expect_err("was ended");
    let report = pollster::block_on(session.resume(&with(0.2, 5), &cut.files, &mut Keeper::default())).expect("goes on");
    assert!(end(&mut session, report) == expected, "adapter and figures after going on");
}

#[test]
fn a_checkpoint_that_does_not_fit_is_refused() {
    let mut session = session();
    let mut cut = Keeper { every: 7, until: 7, ..Default::default() };
    pollster::block_on(session.run(&request(), &mut cut)).expect_err("was ended");
    let mut refused = |request: &RunRequest, files: &Files| {
        let error = pollster::block_on(session.resume(request, files, &mut Keeper::default())).expect_err("must be refused");
        error.to_string()
    };
    let other = RunRequest { seed: 6, ..request() };
    assert!(refused(&other, &cut.files).contains("is of another run"), "another seed");
    let retrain = RunRequest { method: "retrain".into(), params: BTreeMap::new(), steps: None, ..request() };
    assert!(refused(&retrain, &cut.files).contains("starts again from the beginning"), "a method without a student");
    for name in [STUDENT, TARGETS] {
        let without: Files = cut.files.clone().into_iter().filter(|(found, _)| found != name).collect();
        assert!(refused(&request(), &without).contains("is missing"), "{name} gone");
        let whole = &cut.files[name];
        for len in [0, 7, 200, whole.len() / 2, whole.len() - 1] {
            let mut files = cut.files.clone();
            files.insert(name.to_owned(), whole[..len].to_vec());
            assert!(refused(&request(), &files).starts_with("checkpoint, "), "{name} cut to {len}");
        }
    }
    let mut swapped = cut.files.clone();
    swapped.insert(STUDENT.to_owned(), cut.files[TARGETS].clone());
    assert!(refused(&request(), &swapped).contains("has no `time`"));
}
