//! A run that was ended in the middle goes on to the same bits, and only from a checkpoint of its own.

use std::collections::BTreeMap;
use unlearn_core::lab::Lab;
use unlearn_core::package::{Files, peft};
use unlearn_core::report::{ForgetSpec, Report, RunRequest};
use unlearn_core::train::event::Event;
use unlearn_core::train::host::Host;
use unlearn_core::unlearn::checkpoint::{STUDENT, TARGETS};
use unlearn_core::{Error, Result};

/// Keeps checkpoints, and ends the run once the one of step `until` is there.
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

    async fn breathe(&mut self) -> Result<()> {
        if self.until > 0 && self.told.last() == Some(&self.until) { Err(Error::Cancelled) } else { Ok(()) }
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

fn lab() -> Lab {
    let folder = super::repo("models/nano-ml-latest-small");
    let files = ["manifest.json", "model.safetensors", "tokenizer.json"];
    let package: Files =
        files.iter().map(|name| ((*name).to_owned(), std::fs::read(folder.join(name)).expect("the shipped model"))).collect();
    let data = super::data_expected::read_folder(&super::repo("public/data/ml-latest-small"));
    let mut lab = Lab::load(&package, &data, &burn::tensor::Device::flex(), "test").expect("the package loads");
    lab.limit_rows(50);
    lab
}

fn request() -> RunRequest {
    let params = BTreeMap::from([("min_steps".to_owned(), 24.0)]);
    RunRequest { forget: ForgetSpec { users: Some(vec![1]), ..Default::default() }, steps: Some(24), seed: 5, params, ..Default::default() }
}

fn end(lab: &mut Lab, report: Report) -> (Vec<u8>, Vec<u64>) {
    let adapter = pollster::block_on(lab.adapter()).expect("an adapter").remove(peft::WEIGHTS).expect("its weights");
    let last = report.methods.last().expect("the outcome").clone();
    let figures = [last.test.auc, last.forget.auc, Some(last.test.logloss), Some(last.forget.logloss)];
    (adapter, figures.into_iter().flatten().map(f64::to_bits).collect())
}

#[test]
fn a_run_goes_on_to_the_same_bits() {
    let mut lab = lab();
    let mut whole = Keeper { every: 7, ..Default::default() };
    let report = pollster::block_on(lab.run(&request(), &mut whole)).expect("forgets");
    let expected = end(&mut lab, report);
    assert_eq!(whole.told, [7, 14, 21]);

    for until in [7, 21] {
        let mut cut = Keeper { every: 7, until, ..Default::default() };
        let ended = pollster::block_on(lab.run(&request(), &mut cut)).expect_err("was ended");
        assert!(matches!(ended, Error::Cancelled), "{ended}");
        let mut rest = Keeper::default();
        let report = pollster::block_on(lab.resume(&request(), &cut.files, &mut rest)).expect("goes on");
        assert!(end(&mut lab, report) == expected, "adapter and figures after going on from step {until}");
        assert_eq!(rest.losses, whole.losses[until as usize..], "loss terms after step {until}");
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_refused() {
    let mut lab = lab();
    let mut cut = Keeper { every: 7, until: 7, ..Default::default() };
    pollster::block_on(lab.run(&request(), &mut cut)).expect_err("was ended");
    let mut refused = |request: &RunRequest, files: &Files| {
        let error = pollster::block_on(lab.resume(request, files, &mut Keeper::default())).expect_err("must be refused");
        error.to_string()
    };
    let other = RunRequest { seed: 6, ..request() };
    assert!(refused(&other, &cut.files).contains("is of another run"), "another seed");
    let retrain = RunRequest { method: "retrain".into(), params: BTreeMap::new(), steps: None, ..request() };
    assert!(refused(&retrain, &cut.files).contains("begins anew"), "a method without a student");
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
