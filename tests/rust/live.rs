//! Tests of what a run tells while it goes on: answers to a sample, their places, and how far the adapter moved.

use std::collections::BTreeMap;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::host::event::{Event, MovedWeight, SampleRow};
use unlearn_core::host::{Files, Host, LocalFuture};
use unlearn_core::report::RunRequest;
use unlearn_core::session::Session;

/// A host that keeps every event.
#[derive(Default)]
struct Listener(Vec<Event>);

impl Host for Listener {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, event: Event) {
        self.0.push(event);
    }

    fn breathe(&mut self) -> LocalFuture<'_, unlearn_core::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}

type Told = (u32, bool, Vec<SampleRow>, Vec<f32>, Vec<[f32; 2]>, Vec<MovedWeight>);

fn told(eval_every: u32) -> (Vec<Told>, Vec<u32>, Session) {
    let folder = super::repo("models/nano-ml-latest-small");
    let files = ["manifest.json", "model.safetensors", "tokenizer.json", "crossfit.safetensors"];
    let package: Files =
        files.iter().map(|name| ((*name).to_owned(), std::fs::read(folder.join(name)).expect("the shipped model"))).collect();
    let data = super::data_expected::read_folder(&super::repo("public/data/ml-latest-small"));
    let mut session = Session::load(&package, &data, &burn::tensor::Device::flex(), "test").expect("the package loads");
    let params = BTreeMap::from([("min_steps".to_owned(), 16.0)]);
    let forget = ForgetSpec { users: Some(vec![42]), ..Default::default() };
    let request = RunRequest { forget, steps: Some(16), eval_every, params, ..Default::default() };
    let mut host = Listener::default();
    pollster::block_on(session.run(&request, &mut host)).expect("forgets");
    let mut answers = Vec::new();
    let mut figures = Vec::new();
    for event in host.0 {
        match event {
            Event::Answers { step, calibrated, rows, p_yes, places, moved } => answers.push((step, calibrated, rows, p_yes, places, moved)),
            Event::Eval { step, .. } => figures.push(step),
            _ => {}
        }
    }
    (answers, figures, session)
}

#[test]
fn a_run_tells_how_its_sample_is_answered() {
    let (answers, figures, session) = told(8);
    assert_eq!(figures, [0, 8, 16]);
    let steps: Vec<_> = answers.iter().map(|(step, calibrated, ..)| (*step, *calibrated)).collect();
    let expected: Vec<_> = (0..=16).step_by(2).map(|step| (step, false)).chain([(16, true)]).collect();
    assert_eq!(steps, expected, "four times as often as figures, and once more when the adapter was scaled");

    let rows = &answers[0].2;
    let n = rows.len();
    assert!(answers[1..].iter().all(|(_, _, rows, ..)| rows.is_empty()), "the rows are told once");
    assert!(answers.iter().all(|(_, _, _, p_yes, places, _)| p_yes.len() == n && places.len() == n));
    let n_forget = rows.iter().filter(|row| row.forget).count();
    assert!(rows[..n_forget].iter().all(|row| row.forget && row.user == 42 && row.expected.is_some()));
    assert!(rows[n_forget..].iter().all(|row| row.user != 42 && row.expected.is_none()) && n - n_forget == 150);

    // The first answers are Original's, and the last those of the model that stays.
    let user = pollster::block_on(session.user(42, &mut Listener::default())).expect("the ratings");
    let answer_of = |item: u32| user.ratings.iter().find(|rating| rating.item.id == item).map(|rating| (rating.before, rating.after));
    for (at, row) in rows.iter().enumerate().take(n_forget) {
        let (Some(before), Some(after)) = answer_of(row.item).expect("a rating") else { panic!("answers") };
        assert!((before - answers[0].3[at]).abs() < 1e-4, "{row:?}: {before} and {}", answers[0].3[at]);
        assert!((after - answers.last().expect("some").3[at]).abs() < 1e-4, "{row:?}: {after}");
    }
}

#[test]
fn places_and_weights_move_from_where_original_is() {
    let (answers, _, _) = told(8);
    let (_, _, _, _, first, unmoved) = &answers[0];
    assert!(unmoved.is_empty(), "Original has no adapter");
    // Principal components: centred, and the first has the larger variance.
    let mean = |axis: usize| first.iter().map(|place| f64::from(place[axis])).sum::<f64>() / first.len() as f64;
    let variance = |axis: usize| first.iter().map(|place| f64::from(place[axis]).powi(2)).sum::<f64>() / first.len() as f64;
    assert!(mean(0).abs() < 1e-3 && mean(1).abs() < 1e-3, "{} {}", mean(0), mean(1));
    assert!(variance(0) > variance(1) && variance(1) > 0.0);
    let far = |(_, _, _, _, places, _): &Told| -> f64 {
        places.iter().zip(first).map(|(now, then)| f64::from((now[0] - then[0]).hypot(now[1] - then[1]))).sum()
    };
    assert!(far(&answers[8]) > far(&answers[1]) && far(&answers[1]) > 0.0);

    let moved = &answers[8].5;
    let query = moved.iter().find(|weight| weight.name == "model.layers.0.self_attn.q_proj").expect("a query projection");
    assert_eq!(query.heads.len(), 4);
    // Heads are equal parts: the mean of their squares is the square of the whole.
    let of_heads = query.heads.iter().map(|rms| f64::from(*rms).powi(2)).sum::<f64>() / 4.0;
    assert!((of_heads.sqrt() - f64::from(query.rms)).abs() < 1e-6, "{query:?}");
    assert!((f64::from(query.norm) - f64::from(query.rms) * 64.0).abs() < 1e-4, "a matrix of 64 × 64: {query:?}");
    assert!(moved.iter().all(|weight| weight.norm > 0.0 && weight.norm.is_finite()));
}

#[test]
fn without_figures_nothing_is_told() {
    let (answers, figures, _) = told(0);
    assert!(answers.is_empty() && figures.is_empty());
}
