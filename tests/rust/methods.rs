//! Tests of every method on both kinds of model: its result answers, a seed determines it, and a checkpoint resumes to the same bits.

use super::{Quiet, language_model, repo};
use rand::SeedableRng;
use std::collections::BTreeMap;
use unlearn_core::Result;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::host::event::{Event, Phase};
use unlearn_core::host::{Files, Host};
use unlearn_core::linear::Bits;
use unlearn_core::model::{Decoder, DecoderSpec, Model, Network, Spec};
use unlearn_core::package::cross_fit::{CROSS_FIT, CrossFit};
use unlearn_core::package::{peft, sha256, weights};
use unlearn_core::report::{Report, RunRequest};
use unlearn_core::session::Session;
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::train::pretrain::nano_spec;
use unlearn_core::unlearn::METHODS;
use unlearn_core::unlearn::engine::recommender::Recommender;
use unlearn_core::unlearn::method::MethodEntry;

pub(super) fn nano() -> Session {
    load(nano_package())
}

fn nano_package() -> Files {
    let folder = repo("models/nano-ml-latest-small");
    let files = ["manifest.json", "model.safetensors", "tokenizer.json"];
    files.iter().map(|name| ((*name).to_owned(), std::fs::read(folder.join(name)).expect("the shipped model"))).collect()
}

pub(super) fn text() -> Session {
    let data = super::data_expected::read_folder(&repo("public/data/ml-latest-small"));
    let dataset = unlearn_core::data::source::read_dataset(&data).expect("reads");
    load(language_model::package(Some(&dataset), "ml-latest-small", true))
}

/// Loads the package with the ratings of the first sixty users, on which methods that train whole models are quick.
fn load(mut package: Files) -> Session {
    let manifest = package.get_mut("manifest.json").expect("a manifest");
    let mut told: serde_json::Value = serde_json::from_slice(manifest).expect("is JSON");
    told["dataset"] = "ml-latest".into(); // the name for a part of the set
    *manifest = serde_json::to_vec(&told).expect("writes");
    let mut data = super::data_expected::read_folder(&repo("public/data/ml-latest-small"));
    let ratings = data.iter_mut().find(|file| file.name.ends_with("ratings.csv")).expect("the ratings");
    let text = String::from_utf8(ratings.bytes.clone()).expect("is text");
    let few = |line: &&str| line.split(',').next().is_none_or(|user| user.parse::<u32>().is_ok_and(|user| user <= 60) || user == "userId");
    ratings.bytes = text.lines().filter(few).flat_map(|line| [line, "\n"]).collect::<String>().into_bytes();
    let mut session = Session::load(&package, &data, &burn::tensor::Device::flex(), "test").expect("the package loads");
    session.limit_rows(20);
    answer_by_folds(&mut session);
    session
}

/// Gives the session cross-fitted answers, as a package made on these rows would have: an even p for every row.
fn answer_by_folds(session: &mut Session) {
    let n_rows = session.split.train.len();
    let bytes = CrossFit { by_person: vec![0.0; n_rows], by_row: Some(vec![0.0; n_rows]) }.write().expect("writes");
    session.manifest.files.insert(CROSS_FIT.into(), sha256(&bytes));
    session.data_mismatch = None;
    session.add_cross_fit(&bytes).expect("as many answers as rows");
}

/// Whether a method gives the same result twice. Dropout uses the device's own random numbers, which tests running in parallel share, so models
/// trained from scratch are not repeatable here.
fn is_repeatable(entry: &MethodEntry) -> bool {
    entry.id != "loo"
}

/// A short run with the settings that suit the model.
pub(super) fn request(session: &Session, entry: &MethodEntry, steps: u32) -> RunRequest {
    let preset = entry.suited(session.manifest.text.is_some()).expect("every method has a preset");
    let mut params: BTreeMap<String, f64> = preset.params.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect();
    // Cheap values; all other parameters stay as they are.
    let cheap = [("teachers", 2.0), ("shards", 2.0), ("rows", 8.0), ("augment_epochs", 0.5), ("min_steps", 4.0), ("blocks", 1.0)];
    let known = |id: &str| entry.params.iter().any(|param| param.id == id);
    params.extend(cheap.iter().filter(|(id, _)| known(id)).map(|(id, value)| ((*id).to_owned(), *value)));
    if entry.id == "depn" {
        params.insert("frequency".into(), 0.1);
    }
    let forget = ForgetSpec { percent: Some(10), ..Default::default() };
    RunRequest { method: entry.id.into(), forget, steps: Some(steps), seed: 3, params, ..Default::default() }
}

fn run(session: &mut Session, request: &RunRequest) -> (Report, Option<Vec<u8>>) {
    let report = pollster::block_on(session.run(request, &mut Quiet)).unwrap_or_else(|error| panic!("{}: {error}", request.method));
    let adapter = report.adapter_sha256.as_ref().map(|_| pollster::block_on(session.adapter()).expect("an adapter").remove(peft::WEIGHTS));
    (report, adapter.flatten())
}

#[test]
fn every_method_runs_on_a_nano_and_moves_it() {
    let mut session = nano();
    for entry in METHODS {
        let request = request(&session, entry, 6);
        let (report, adapter) = run(&mut session, &request);
        let [before, after] = [&report.methods[0], report.methods.last().expect("the outcome")];
        assert_eq!(after.id, entry.id);
        assert!(after.forget.logloss.is_finite() && after.forget.logloss != before.forget.logloss, "{}: nothing moved", entry.id);
        assert!(after.forget.s_ma.is_some_and(|share| (0.0..=1.0).contains(&share)), "{}", entry.id);
        assert!(after.trainable_params > 0, "{}", entry.id);
        let one = matches!(session.unlearned, Some(Recommender::One(_)));
        assert_eq!(
            adapter.is_some(),
            one && !["retrain", "apa"].contains(&entry.id),
            "{}: what trains one model's adapter leaves it",
            entry.id
        );
        if let Some(adapter) = adapter.filter(|_| is_repeatable(entry)) {
            let (_, again) = run(&mut session, &request);
            assert!(again.is_some_and(|again| again == adapter), "{}: a seed decides", entry.id);
        }
    }
}

#[test]
fn a_retrain_has_the_shape_of_its_original() {
    let mut package = nano_package();
    let mut manifest: serde_json::Value = serde_json::from_slice(&package["manifest.json"]).expect("is JSON");
    let n_tokens = manifest["config"]["vocab_size"].as_u64().expect("is a number") as usize;
    // The shape of the nanos that were shipped up to November 2026.
    let shape = DecoderSpec { intermediate_size: 128, num_attention_heads: 2, num_key_value_heads: 2, ..nano_spec(n_tokens) };
    let (mut rng, device) = (SeedRng::seed_from_u64(1), burn::tensor::Device::flex());
    let older = Decoder::init(&shape, &mut rng, &device).expect("a valid shape").frozen();
    let weights = pollster::block_on(weights::write(&Model::from(older), Bits::Eight)).expect("writes");
    manifest["config"] = serde_json::to_value(Spec::from(shape.clone())).expect("writes");
    manifest["files"]["model.safetensors"] = sha256(&weights).into();
    package.insert("model.safetensors".into(), weights);
    package.insert("manifest.json".into(), serde_json::to_vec(&manifest).expect("writes"));
    let mut session = load(package);
    let entry = METHODS.iter().find(|entry| entry.id == "retrain").expect("it is in the table");
    let request = request(&session, entry, 2);
    run(&mut session, &request);
    let Some(Recommender::One(retrain)) = &session.unlearned else { panic!("Retrain is one model") };
    assert_eq!(retrain.spec(), Spec::from(shape));
}

#[test]
fn every_method_runs_on_a_language_model() {
    let mut session = text();
    for entry in METHODS {
        let request = request(&session, entry, 2);
        let (report, _) = run(&mut session, &request);
        let after = report.methods.last().expect("the outcome");
        assert!(after.forget.logloss.is_finite(), "{}", entry.id);
    }
}

#[test]
fn a_cross_fitted_teacher_needs_answers_and_follows_them() {
    let mut session = nano();
    let entry = METHODS.iter().find(|entry| entry.id == "crossfit").expect("it is in the table");
    let request = request(&session, entry, 40);
    let (report, _) = run(&mut session, &request);
    let even = 2f64.ln();
    let [before, after] = [&report.methods[0], report.methods.last().expect("the outcome")].map(|of| (of.forget.logloss - even).abs());
    assert!(after < 0.5 * before, "{after} from an even answer's loss, before {before}");
    // A genre's people stay: nothing is expected of its rows.
    let genre = RunRequest { forget: ForgetSpec { genre: Some("Horror".into()), ..Default::default() }, ..request };
    let error = pollster::block_on(session.run(&genre, &mut Quiet)).expect_err("is refused").to_string();
    assert!(error.contains("cross-fitted answers"), "{error}");
}

#[test]
fn adapters_are_weighed_on_people_who_are_held_back() {
    let mut session = nano();
    let entry = METHODS.iter().find(|entry| entry.id == "apa").expect("it is in the table");
    let mut request = request(&session, entry, 2);
    request.params.insert("tau".into(), 1000.0);
    let (report, _) = run(&mut session, &request);
    let [before, after] = [&report.methods[0], report.methods.last().expect("the outcome")].map(|of| of.forget.logloss);
    assert!(after.is_finite() && after != before, "{after}");
}

/// A host that ends a run after its second checkpoint.
#[derive(Default)]
struct Cut {
    files: Files,
    told: u32,
    ends: bool,
}

impl Host for Cut {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, _: Event) {}

    fn breathe(&mut self) -> unlearn_core::host::LocalFuture<'_, Result<()>> {
        Box::pin(async move { if self.ends && self.told == 2 { Err(unlearn_core::Error::Cancelled) } else { Ok(()) } })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }

    fn checkpoint_every(&self) -> u32 {
        1 // a method that stops early may do so after a few steps
    }

    fn checkpoint(&mut self, _: u32, files: Files) {
        self.files.extend(files);
        self.told += 1;
    }
}

#[test]
fn every_student_goes_on_to_the_same_bits() {
    let mut session = nano();
    for entry in METHODS.iter().filter(|entry| is_repeatable(entry)) {
        let request = request(&session, entry, 6);
        let (_, Some(whole)) = run(&mut session, &request) else { continue };
        let mut cut = Cut { ends: true, ..Default::default() };
        if pollster::block_on(session.run(&request, &mut cut)).is_ok() {
            assert!(["depn", "scif", "ucan"].contains(&entry.id), "{}: only what trains nothing has no checkpoint", entry.id);
            continue;
        }
        pollster::block_on(session.resume(&request, &cut.files, &mut Quiet)).unwrap_or_else(|error| panic!("{}: {error}", entry.id));
        let resumed = pollster::block_on(session.adapter()).expect("an adapter").remove(peft::WEIGHTS);
        assert!(resumed.is_some_and(|resumed| resumed == whole), "{}: goes on to the same bits", entry.id);
    }
}

/// A host that keeps the last evaluation progress event.
#[derive(Default)]
struct Told(Option<(u32, u32)>);

impl Host for Told {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, event: Event) {
        if let Event::Progress { phase: Phase::After, done, total, .. } = event {
            assert!(done <= total, "{done} of {total}");
            self.0 = Some((done, total));
        }
    }

    fn breathe(&mut self) -> unlearn_core::host::LocalFuture<'_, unlearn_core::Result<()>> {
        Box::pin(async move { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}

#[test]
fn the_evaluation_is_told_to_its_end() {
    for mut session in [nano(), text()] {
        let entry = METHODS.iter().find(|entry| entry.id == "e2urec").expect("E2URec");
        let request = request(&session, entry, 2);
        let mut told = Told::default();
        let report = pollster::block_on(session.run(&request, &mut told)).expect("runs");
        let (done, total) = told.0.expect("the evaluation is told");
        assert_eq!(done, total);
        // Ranking the rated item among ten is part of the evaluation.
        let n = report.evaluated_rows.expect("few rows");
        let asked = if session.manifest.text.is_some() { 0 } else { 10 * n };
        assert!(total >= n + n + asked, "{total}");
    }
}

#[test]
fn several_requests_are_fused_and_each_is_forgotten() {
    let mut session = nano();
    let user = |user: u32| ForgetSpec { users: Some(vec![user]), ..Default::default() };
    let (first, second) = (session.split.train_users[0], session.split.train_users[1]);
    let both = ForgetSpec { any: Some(vec![user(first), user(second)]), ..Default::default() };
    let selection = session.select(&both).expect("both are there");
    let alone = [first, second].map(|one| session.select(&user(one)).expect("is there").forget);
    let mut union = alone.concat();
    union.sort_unstable();
    assert_eq!(selection.forget, union);

    let entry = METHODS.iter().find(|entry| entry.id == "eul").expect("EUL");
    let mut request = RunRequest { forget: both, ..request(&session, entry, 12) };
    // Without the true answers of the retain rows, from which so few steps learn more than they forget.
    request.params.insert("lambda".into(), 0.0);
    let (report, adapter) = run(&mut session, &request);
    let [before, after] = [&report.methods[0], report.methods.last().expect("the outcome")];
    assert!(after.forget.logloss > before.forget.logloss, "{} is not above {}", after.forget.logloss, before.forget.logloss);
    assert!(adapter.is_some(), "what is fused is an adapter");
    let numbers = |steps: u32| RunRequest { steps: Some(steps), ..request.clone() };
    assert!(pollster::block_on(session.resume(&numbers(12), &Files::new(), &mut Quiet)).is_err(), "fused parts have no checkpoint");

    let nested = ForgetSpec { any: Some(vec![ForgetSpec { any: Some(vec![user(first)]), ..Default::default() }]), ..Default::default() };
    for (bad, told) in [(nested, "may not be a list"), (ForgetSpec { any: Some(Vec::new()), ..Default::default() }, "must have 1 to")] {
        assert!(session.select(&bad).expect_err("is refused").to_string().contains(told));
    }
}
