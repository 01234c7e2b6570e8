//! Tests of every attack on the shipped nano: relations between its figures that must always hold.

use super::Quiet;
use std::collections::BTreeMap;
use unlearn_core::attack::ATTACKS;
use unlearn_core::attack::judge::judge;
use unlearn_core::attack::report::{AttackReport, AttackRequest, Chart, CurveLine, Finding, Verdict};
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::host::event::{Event, Phase};
use unlearn_core::host::{Files, Host};
use unlearn_core::package::import::Quantisation;
use unlearn_core::report::RunRequest;
use unlearn_core::session::Session;
use unlearn_core::{Error, Result};

fn session() -> Session {
    let folder = super::repo("models/nano-ml-latest-small");
    let files = ["manifest.json", "model.safetensors", "retrain.safetensors", "tokenizer.json"];
    let package: Files =
        files.iter().map(|name| ((*name).to_owned(), std::fs::read(folder.join(name)).expect("the shipped model"))).collect();
    let data = super::data_expected::read_folder(&super::repo("public/data/ml-latest-small"));
    let mut session = Session::load(&package, &data, &burn::tensor::Device::flex(), "test").expect("the package loads");
    session.limit_rows(400);
    session
}

/// Runs a fast method on the forget set for which a Retrain is shipped.
fn forget(session: &mut Session) {
    let request = RunRequest {
        method: "neggrad".into(),
        forget: ForgetSpec { standard: Some(true), ..Default::default() },
        steps: Some(30),
        ..Default::default()
    };
    pollster::block_on(session.run(&request, &mut Quiet)).expect("forgets");
}

fn request(attacks: &[&str]) -> AttackRequest {
    let quick = |pairs: &[(&str, f64)]| pairs.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect::<BTreeMap<_, _>>();
    let params = [
        ("shadow", quick(&[("shadows", 2.0), ("steps", 20.0)])),
        ("relearn", quick(&[("steps", 24.0), ("rows", 200.0)])),
        ("prompt", quick(&[("steps", 20.0)])),
        ("sequence", quick(&[("requests", 3.0)])),
    ];
    let attacks: Vec<String> = attacks.iter().map(|id| (*id).to_owned()).collect();
    let asked = |id: &&str| attacks.is_empty() || attacks.iter().any(|attack| attack == id);
    let params = params.into_iter().filter(|(id, _)| asked(id)).map(|(id, of)| (id.to_owned(), of)).collect();
    AttackRequest { attacks, params, seed: 1 }
}

fn finding<'a>(report: &'a AttackReport, id: &str) -> &'a Finding {
    report.findings.iter().find(|finding| finding.id == id).expect("every attack was made")
}

#[test]
fn every_attack_on_the_shipped_model() {
    let mut session = session();
    let none = pollster::block_on(session.attacks(&request(&[]), &mut Quiet)).expect_err("there was no run");
    assert!(none.to_string().contains("needs a finished run"), "{none}");
    forget(&mut session);
    let mut host = Counting::default();
    let report = pollster::block_on(session.attacks(&request(&[]), &mut host)).expect("attacks");
    let ids: Vec<&str> = report.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, ATTACKS.iter().map(|entry| entry.id).collect::<Vec<_>>());
    assert!(host.told > 10 && host.last.is_some_and(|(done, total)| done + 1 >= total), "{host:?}");
    assert_eq!((report.retrain.as_deref(), report.forget_rows.0), (Some("shipped"), 400));
    for finding in &report.findings {
        let figures = (finding.original, finding.unlearned, finding.retrain);
        let (Some(original), Some(unlearned), Some(retrain)) = figures else { panic!("{}: {figures:?}", finding.id) };
        assert!([original, unlearned, retrain].iter().all(|figure| (0.0..=1.0).contains(figure)), "{}: {figures:?}", finding.id);
        assert!(finding.sentence.contains(&format!("{:.1}", 100.0 * unlearned)), "{}: {}", finding.id, finding.sentence);
    }

    // The reference attack separates Original's rows from Retrain's; Retrain against itself gives chance level.
    let reference = finding(&report, "reference");
    assert_eq!(reference.retrain, Some(0.5));
    assert!(reference.original > Some(0.52), "{:?}", reference.original);
    for id in ["loss", "reference", "shadow"] {
        let Chart::Roc { lines, samples, .. } = &finding(&report, id).chart else { panic!("{id} has a curve") };
        assert_eq!(lines.len(), 3);
        for (at, line) in lines.iter().enumerate() {
            // Recomputes the rates at the best threshold from the samples that the page shows (rounded for display).
            let share = |member: bool| {
                let of: Vec<bool> =
                    samples.iter().filter(|s| s.member == member).map(|s| s.scores[at] >= line.best.threshold - 1e-5).collect();
                of.iter().filter(|called| **called).count() as f64 / of.len() as f64
            };
            assert!((share(true) - line.best.tpr).abs() < 0.02 && (share(false) - line.best.fpr).abs() < 0.02, "{id} {}", line.model);
        }
    }

    // Without its adapter the model equals Original, bit for bit.
    let Chart::Bars { bars } = &finding(&report, "drop").chart else { panic!("drop has bars") };
    assert_eq!((bars[2].forget, bars[2].test), (bars[0].forget, bars[0].test));
    assert_ne!(bars[1].forget, bars[0].forget);
    assert!(matches!(finding(&report, "drop").verdict, Verdict::Broken | Verdict::Unclear));

    // Relearning raises the figures of the rows that are trained on, more at every evaluation.
    let Chart::Curves { lines, .. } = &finding(&report, "relearn").chart else { panic!("relearn has curves") };
    let line = |model: &str, drawn| lines.iter().rev().find(|line| line.model == model && line.drawn == drawn).expect("a curve");
    let rises = |line: &CurveLine| line.points.last().expect("a point").right - line.points[0].right;
    for model in ["unlearned", "retrain"] {
        assert!(rises(line(model, false)) > 0.0, "{model}: {:?}", line(model, false));
    }
    let start = line("retrain", true).points[0].right;
    assert!(start < finding(&report, "relearn").original.expect("a figure"), "Retrain begins below Original");

    // The nano's weights have eight bits, so requantising Original to eight changes it little; four bits cost more.
    let Chart::Bars { bars } = &finding(&report, "requantise").chart else { panic!("requantise has bars") };
    let loss = |at: usize| (bars[at].forget.logloss - bars[0].forget.logloss).abs();
    assert!(loss(1) < 1e-3 && loss(2) > loss(1), "{bars:?}");

    // The sequence attack forgets more with every request: the last point is below the first.
    let Chart::Curves { lines, x, .. } = &finding(&report, "sequence").chart else { panic!("sequence has curves") };
    assert_eq!((x.as_str(), lines[0].points.len()), ("requests", 4));
    assert!(rises(&lines[0]) < 0.0, "{lines:?}");

    // A trained prompt brings the model closer to Original than no prompt.
    let Chart::Bars { bars } = &finding(&report, "prompt").chart else { panic!("prompt has bars") };
    assert!(bars[2].forget.logloss != bars[1].forget.logloss && bars.len() == 5);

    // With tokens instead of vectors the prompt is a different one, and the finding says so.
    let mut tokens = request(&["prompt"]);
    tokens.params.get_mut("prompt").expect("asked").extend([("form".to_owned(), 1.0), ("candidates".to_owned(), 8.0)]);
    let tokens = pollster::block_on(session.attacks(&tokens, &mut Quiet)).expect("attacks");
    let searched = finding(&tokens, "prompt");
    assert!(searched.sentence.starts_with("With 4 tokens before the question"), "{}", searched.sentence);
    let Chart::Bars { bars: found } = &searched.chart else { panic!("prompt has bars") };
    assert!(found[1] == bars[1] && found[2].forget.logloss != bars[2].forget.logloss && found[2] != found[1]);

    // The same seed gives the same findings.
    let again = pollster::block_on(session.attacks(&request(&["shadow", "relearn"]), &mut Quiet)).expect("attacks");
    for id in ["shadow", "relearn"] {
        assert_eq!(finding(&again, id).chart, finding(&report, id).chart);
    }
    assert_eq!(judge(0.8, 0.8, Some(0.7), 0.01), Verdict::Broken);
}

#[test]
fn attacks_are_refused_cancelled_or_skipped() {
    let mut session = session();
    forget(&mut session);
    let refused =
        |request: &AttackRequest| pollster::block_on(session.attacks(request, &mut Quiet)).expect_err("must be refused").to_string();
    assert!(refused(&request(&["guess"])).contains("must be one of loss, reference"));
    let mut wrong = request(&["loss"]);
    wrong.params.insert("relearn".into(), BTreeMap::from([("steps".to_owned(), 1.0)]));
    assert!(pollster::block_on(session.attacks(&wrong, &mut Quiet)).is_ok(), "parameters of an attack that is not made do no harm");
    wrong.params.insert("guess".into(), BTreeMap::new());
    assert!(refused(&wrong).contains("got `guess`"));
    wrong.params = BTreeMap::from([("loss".to_owned(), BTreeMap::from([("depth".to_owned(), 1.0)]))]);
    assert!(refused(&wrong).contains("attack loss has no parameters"));

    for id in ["shadow", "relearn", "prompt", "sequence"] {
        let mut host = Counting { left: Some(3), ..Default::default() };
        let ended = pollster::block_on(session.attacks(&request(&[id]), &mut host)).expect_err("was cancelled");
        assert!(matches!(ended, Error::Cancelled), "{id}: {ended}");
    }
    // A cancelled attack leaves the session's result unchanged.
    assert!(pollster::block_on(session.attacks(&request(&["drop"]), &mut Quiet)).is_ok());

    session.reset();
    assert!(pollster::block_on(session.attacks(&request(&["drop"]), &mut Quiet)).is_err(), "nothing is left to attack");
}

/// The same attacks on a text decoder and on T5, whose encoder reads the prompt, with the smallest possible number of rows and steps.
#[test]
fn language_models_are_attacked() {
    let data = super::text::small_data();
    let dataset = unlearn_core::data::source::read_dataset(&data).expect("the small data");
    let llama = super::language_model::package(Some(&dataset), &dataset.name, true);
    let t5 = super::t5_parity::import("original", Quantisation::Keep);
    for (package, has_retrain) in [(llama, true), (t5, false)] {
        let mut session = Session::load(&package, &data, &burn::tensor::Device::flex(), "test").expect("the package loads");
        session.limit_rows(12);
        let spec = ForgetSpec { standard: Some(true), ..Default::default() };
        if has_retrain {
            pollster::block_on(session.retrain(&spec, 5, &mut Quiet)).expect("tunes from the start");
        }
        let run = |method: &str| RunRequest { method: method.into(), forget: spec.clone(), steps: Some(4), ..Default::default() };
        pollster::block_on(session.run(&run("neggrad"), &mut Quiet)).expect("forgets");
        let few = [("shadow", "shadows", 1.0), ("shadow", "steps", 1.0), ("relearn", "rows", 4.0), ("relearn", "steps", 2.0)];
        let few = few.into_iter().chain([("prompt", "rows", 4.0), ("prompt", "steps", 2.0), ("sequence", "requests", 2.0)]);
        let mut asked = AttackRequest::default();
        few.for_each(|(id, key, value)| {
            asked.params.entry(id.into()).or_default().insert(key.into(), value);
        });
        let report = pollster::block_on(session.attacks(&asked, &mut Quiet)).expect("attacks");
        assert_eq!((report.findings.len(), report.retrain.is_some()), (ATTACKS.len(), has_retrain));
        for finding in &report.findings {
            assert!(finding.verdict != Verdict::Skipped && !finding.sentence.contains("NaN"), "{}: {}", finding.id, finding.sentence);
            assert_eq!(finding.retrain.is_some(), has_retrain, "{}", finding.id);
        }
        let Chart::Bars { bars } = &finding(&report, "drop").chart else { panic!("drop has bars") };
        assert_eq!(bars[2].forget, bars[0].forget, "without its adapter the model is Original");
        assert_eq!(finding(&report, "shadow").params["batch"], 8.0, "what suits a language model");

        if has_retrain {
            // An ensemble of several models: attacks that apply to it run, the others give the reason why they do not.
            pollster::block_on(session.run(&run("sisa"), &mut Quiet)).expect("trains shards");
            let report = pollster::block_on(session.attacks(&asked, &mut Quiet)).expect("attacks");
            let skipped: Vec<&str> =
                report.findings.iter().filter(|f| f.verdict == Verdict::Skipped).map(|finding| finding.id.as_str()).collect();
            assert_eq!(skipped, ["relearn", "requantise", "drop", "prompt", "sequence"]);
            assert!(report.findings.iter().all(|finding| finding.sentence.ends_with('.')));
        }
    }
}

/// A host that counts its events and cancels after a given number of calls to `breathe`.
#[derive(Debug, Default)]
struct Counting {
    told: u32,
    last: Option<(u32, u32)>,
    left: Option<u32>,
    now: std::cell::Cell<f64>,
}

impl Host for Counting {
    fn now_ms(&self) -> f64 {
        self.now.set(self.now.get() + 20.0);
        self.now.get()
    }

    fn event(&mut self, event: Event) {
        if let Event::Progress { phase: Phase::Attack, done, total, .. } = event {
            assert!(self.last.is_none_or(|(before, _)| before <= done), "progress goes back from {:?} to {done}", self.last);
            self.told += 1;
            self.last = Some((done, total));
        }
    }

    fn breathe(&mut self) -> unlearn_core::host::LocalFuture<'_, Result<()>> {
        Box::pin(async move {
            match &mut self.left {
                Some(0) => Err(Error::Cancelled),
                Some(left) => {
                    *left -= 1;
                    Ok(())
                }
                None => Ok(()),
            }
        })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}
