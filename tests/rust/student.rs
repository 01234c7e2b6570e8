//! Tests of a student's steps: epochs are counted in batches, retain rows of every length train, and rounding moves nothing.

use super::{Losses, Quiet, language_model, repo};
use burn::tensor::{Device, Tensor};
use std::collections::{BTreeMap, BTreeSet};
use unlearn_core::data::batch::{Encoded, LengthCounts};
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::select::Selection;
use unlearn_core::host::Files;
use unlearn_core::linear::LoraSpec;
use unlearn_core::model::{Model, Network, Targets, Trainable};
use unlearn_core::report::RunRequest;
use unlearn_core::session::{Session, params};
use unlearn_core::tensor::random::{SeedRng, normal};
use unlearn_core::train::gradient::GradOutput;
use unlearn_core::unlearn::engine::loss::one_hot;
use unlearn_core::unlearn::engine::loss_shape::LossShape;
use unlearn_core::unlearn::engine::soft_targets::{ShapedTerm, SoftTargets};
use unlearn_core::unlearn::engine::step::pass;
use unlearn_core::unlearn::engine::student::batch_terms;
use unlearn_core::unlearn::engine::task::Sets;
use unlearn_core::unlearn::{METHODS, Recommender};

fn films(package: &Files) -> Session {
    let data = super::data_expected::read_folder(&repo("public/data/ml-latest-small"));
    let mut session = Session::load(package, &data, &Device::flex(), "test").expect("the package loads");
    session.limit_rows(20);
    session
}

fn nano() -> Session {
    let bytes = |name: &str| std::fs::read(repo(&format!("models/nano-ml-latest-small/{name}"))).expect("the shipped model");
    films(&["manifest.json", "model.safetensors", "tokenizer.json"].map(|name| (name.to_owned(), bytes(name))).into())
}

fn text() -> Session {
    let data = super::data_expected::read_folder(&repo("public/data/ml-latest-small"));
    let dataset = unlearn_core::data::source::read_dataset(&data).expect("reads");
    films(&language_model::package(Some(&dataset), "ml-latest-small", false))
}

fn of_user(user: u32) -> ForgetSpec {
    ForgetSpec { users: Some(vec![user]), ..Default::default() }
}

fn encoded(session: &Session) -> Encoded {
    Encoded::new(&session.split.train, &session.split, &session.vocabulary)
}

/// The rows of each of the session's training prompts' lengths, the most frequent length first.
fn by_length(encoded: &Encoded) -> Vec<Vec<u32>> {
    let mut buckets: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    (0..encoded.len() as u32).for_each(|row| buckets.entry(encoded.n_tokens(row)).or_default().push(row));
    let mut buckets: Vec<Vec<u32>> = buckets.into_values().collect();
    buckets.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
    buckets
}

#[test]
fn an_epoch_is_every_batch_of_the_forget_set() {
    for (session, text) in [(text(), true), (nano(), false)] {
        let forget = ForgetSpec { percent: Some(10), ..Default::default() };
        let request = RunRequest { forget, params: params(&[("epochs", 2.0), ("batch", 16.0), ("min_steps", 1.0)]), ..Default::default() };
        let selection = session.select(&request.forget).expect("there are rows");
        let (plan, sizes, _) = session.plan(&request, &selection).expect("in range");
        let n_batches = LengthCounts::new(&encoded(&session), &selection.forget).n_batches(16);
        let n_steps = plan.student().expect("a student").student.n_steps;
        assert_eq!((n_steps as usize, sizes.n_forget()), (2 * n_batches, selection.forget.len()));
        let of_rows = (2 * selection.forget.len()).div_ceil(16);
        // Nearly every prompt of a nano has one length.
        let most = if text { usize::MAX } else { of_rows + 12 };
        assert!(n_batches > selection.forget.len().div_ceil(16) || !text, "text prompts have many lengths");
        assert!((n_steps as usize) <= most, "{n_steps} steps, {of_rows} if all prompts had one length");
    }
}

#[test]
fn retain_rows_come_beside_forget_rows_of_any_length() {
    let mut session = text();
    let request = RunRequest {
        method: "graddiff".into(),
        forget: of_user(42),
        steps: Some(12),
        params: params(&[("stop", 0.0), ("batch", 4.0), ("targets", 1.0)]),
        ..Default::default()
    };
    let mut losses = Losses::default();
    pollster::block_on(session.run(&request, &mut losses)).expect("forgets");
    assert_eq!(losses.0.len(), 12);
    assert!(losses.0.iter().all(|step| step.ce_retain.is_some() && step.ce_forget.is_some()), "{:?}", losses.0);
}

/// A student whose adapter is not zero, and targets for every row: −0.3 of the true answer and a capped term for forget rows, two terms for others.
fn student(session: &Session, encoded: &Encoded, forget: &[u32]) -> (Model, SoftTargets) {
    let mut rng = <SeedRng as rand::SeedableRng>::seed_from_u64(3);
    let mut model = session.original.with_adapter(&LoraSpec { rank: 2, alpha: 4.0 }, Targets::LinearEmbedding, &mut rng);
    let device = model.device();
    model.each_param(Trainable::Adapter, &mut |_, param| {
        *param = normal(param.dims(), 0.1, &mut rng, &device).autodiff().require_grad();
    });
    let width = model.head_vocab_size();
    let mut targets = SoftTargets::new(encoded.len());
    targets.shaped = Some((0.7, LossShape::Capped { most: 9.0 }));
    for row in 0..encoded.len() as u32 {
        let (truth, other) = (one_hot(encoded.labels[row as usize], width), one_hot(!encoded.labels[row as usize], width));
        if forget.contains(&row) {
            targets.add(row, -0.3, truth, false);
            targets.add_shaped(row, 0.7, ShapedTerm { target: other, offset: 0.1 }, false);
        } else {
            targets.add(row, 0.6, truth, false);
            targets.add(row, 0.2, other, true);
        }
    }
    (model, targets)
}

fn grads(model: &Model, pass: &mut GradOutput) -> Vec<f32> {
    let mut all = Vec::new();
    model.clone().each_param(Trainable::Adapter, &mut |_, param| {
        let grad: Tensor<2> = pass.grads.take(param).unwrap_or_else(|| param.clone().inner().zeros_like());
        all.extend(grad.into_data().try_to_vec::<f32>().expect("floats"));
    });
    all
}

#[test]
fn two_lengths_are_two_passes_of_one_loss() {
    for session in [nano(), text()] {
        let encoded = encoded(&session);
        let lengths = by_length(&encoded);
        let (forget, short, long) = (lengths[0][..3].to_vec(), lengths[1][..2].to_vec(), lengths[0][3..5].to_vec());
        let sets = Sets { encoded: &encoded, forget: &forget, retain: &[] };
        let (model, targets) = student(&session, &encoded, &forget);
        let width = model.head_vocab_size();
        for retain in [short, long] {
            let batch = (forget.clone(), retain.clone());
            let mut both = pass(&model, &sets, &batch, &targets);
            let logits: Vec<f32> = both.logits.clone().into_data().try_to_vec().expect("floats");
            assert_eq!(logits.len(), 5 * width);
            let loss = both.loss.clone().into_data().try_to_vec::<f32>().expect("floats")[0];
            let terms = batch_terms(1, &batch, &mut logits.chunks_exact(width), &targets, &sets);
            assert!((terms.total - loss).abs() < 1e-4 * loss.abs().max(1.0), "{} on the host, {loss}", terms.total);
            // Alone, the forget rows' terms have total weight 1; beside retain rows they have their own: 0.3 and 0.7.
            let mut alone = pass(&model, &sets, &(forget.clone(), Vec::new()), &targets);
            let mut kept = pass(&model, &sets, &(Vec::new(), retain), &targets);
            let (found, alone, kept) = (grads(&model, &mut both), grads(&model, &mut alone), grads(&model, &mut kept));
            let size = found.iter().fold(0f32, |most, value| most.max(value.abs()));
            assert!(size > 0.0);
            for ((found, alone), kept) in found.iter().zip(&alone).zip(&kept) {
                assert!((found - alone - kept).abs() < 1e-4 * size, "{found} is not {alone} + {kept}, of {size}");
            }
        }
    }
}

#[test]
fn equal_weights_that_cancel_leave_a_finite_run() {
    let mut session = nano();
    let request = RunRequest {
        method: "llmu".into(),
        forget: of_user(42),
        steps: Some(3),
        params: params(&[("ascent", 0.5), ("random", 0.5), ("stop", 0.0)]),
        ..Default::default()
    };
    let mut losses = Losses::default();
    let report = pollster::block_on(session.run(&request, &mut losses)).expect("forgets");
    assert!(losses.0.iter().all(|step| step.total.is_finite()));
    assert!(report.methods.last().is_some_and(|of| of.forget.logloss.is_finite()));
}

/// After one step: how far rounding alone moved the rows of the item embedding's adapter that no forget row touches, as a mean in steps over the numbers
/// that moved.
fn moved_by_rounding(session: &mut Session, method: &str, eps: Option<f64>) -> f32 {
    const LR: f64 = 3e-3;
    let mut pairs = vec![("lr", LR), ("stop", 0.0), ("decay", 0.0), ("retain", 1.0), ("forget_first", 0.0)];
    pairs.retain(|(id, _)| METHODS.iter().any(|entry| entry.id == method && entry.params.iter().any(|param| param.id == *id)));
    pairs.extend(eps.map(|eps| ("eps", eps)));
    let request = RunRequest { method: method.into(), forget: of_user(42), steps: Some(1), params: params(&pairs), ..Default::default() };
    pollster::block_on(session.run(&request, &mut Quiet)).expect("forgets");
    let Selection { forget, .. } = session.select(&request.forget).expect("user 42 is there");
    let encoded = encoded(session);
    let touched: BTreeSet<u32> = forget.iter().flat_map(|row| encoded.row(*row).into_owned()).collect();
    let Some(Recommender::One(model)) = &session.unlearned else { panic!("{method} leaves one model") };
    let code = &model.embedding().lora.as_ref().expect("an adapter of the embedding").a;
    let rank = code.dims()[1];
    let values: Vec<f32> = code.clone().into_data().try_to_vec().expect("floats");
    let others = values.chunks_exact(rank).enumerate().filter(|(row, _)| !touched.contains(&(*row as u32)));
    let moved: Vec<f32> = others.flat_map(|(_, row)| row).filter(|value| **value != 0.0).map(|value| value.abs() / LR as f32).collect();
    assert!(moved.len() < values.len() / 100, "{method}: {} of {} numbers moved", moved.len(), values.len());
    moved.iter().sum::<f32>() / moved.len().max(1) as f32
}

#[test]
fn rounding_of_a_kl_without_a_gradient_hardly_moves() {
    let mut session = nano();
    for method in ["llmu", "graddiff"] {
        let (small, usual) = (moved_by_rounding(&mut session, method, Some(1e-10)), moved_by_rounding(&mut session, method, None));
        assert!(small > 0.03, "{method}: {small} of a step with ε 1e-10, so this test sees rounding");
        assert!(usual < 0.001, "{method}: {usual} of a step from rounding alone");
    }
}
