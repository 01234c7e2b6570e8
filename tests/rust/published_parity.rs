//! A test of E2URec's published preset from its plan to the student's last step, against PyTorch doing the same: the plan, the augmented model, the
//! forgetting teacher, the student's loss of every step and its last adapter. Only the first adapter comes from PyTorch, and dropout is off.

use super::{Losses, repo};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use safetensors::SafeTensors;
use unlearn_core::Result;
use unlearn_core::data::batch::{Encoded, LengthCounts};
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::source::read_dataset;
use unlearn_core::data::split::split;
use unlearn_core::data::tokenizer::ItemVocabulary;
use unlearn_core::data::vocabulary::Vocabulary;
use unlearn_core::host::LocalFuture;
use unlearn_core::host::progress::Progress;
use unlearn_core::linear::Bits;
use unlearn_core::metric::softmax;
use unlearn_core::model::{Model, Network, Targets, Trainable};
use unlearn_core::package::manifest::Manifest;
use unlearn_core::package::weights::{self, Residency, floats};
use unlearn_core::session::params;
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::unlearn::engine::init::{StudentInit, StudentSpec};
use unlearn_core::unlearn::engine::plan::{Plan, StudentPlan};
use unlearn_core::unlearn::engine::run::carry_out;
use unlearn_core::unlearn::engine::schedule::draw_batches;
use unlearn_core::unlearn::engine::task::{RunState, Sets, TaskSizes, UnlearnTask, UnseenUsers};
use unlearn_core::unlearn::engine::teach::ask;
use unlearn_core::unlearn::engine::teachers::Overfit;
use unlearn_core::unlearn::{METHODS, Recommender};

const WIDTH: usize = 16;

/// Starts with a stored adapter.
#[derive(Debug)]
struct Stored(Vec<u8>);

impl StudentInit for Stored {
    fn init<'a>(
        &'a self,
        task: &'a UnlearnTask<'a>,
        spec: &'a StudentSpec,
        _: bool,
        state: RunState<'a>,
    ) -> LocalFuture<'a, Result<Model>> {
        Box::pin(async move {
            let tensors = SafeTensors::deserialize(&self.0).expect("the fixture is safetensors");
            let mut model = task.original.with_adapter(&spec.lora, spec.targets, state.rng);
            let device = model.device();
            model.each_param(Trainable::Adapter, &mut |name, param| {
                let values = tensors.tensor(&format!("first.{name}")).unwrap_or_else(|e| panic!("{name}: {e}"));
                *param = Tensor::from_data(TensorData::new(floats(values.data()), param.dims()), &device).autodiff().require_grad();
            });
            Ok(model)
        })
    }
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(repo(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The published preset's plan with so many epochs of the student and of the augmented model.
fn published(epochs: f64, augment_epochs: f64, sizes: &TaskSizes) -> StudentPlan {
    let entry = METHODS.iter().find(|entry| entry.id == "e2urec").expect("E2URec");
    let preset = entry.presets.iter().find(|preset| preset.id == "published").expect("it has a published preset");
    let mut given = params(preset.params);
    given.extend(params(&[("epochs", epochs), ("augment_epochs", augment_epochs)]));
    match (entry.plan)(&entry.resolve(&given).expect("in range"), sizes).expect("a plan") {
        Plan::Student(plan) => plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_published_preset_is_the_public_code() {
    let plan = published(2.0, 2.0, &TaskSizes::of_one_length(1000, 4000));
    let student = &plan.student;
    assert_eq!((student.lora.rank, student.lora.alpha, student.targets), (16, 32.0, Targets::QueryValue));
    assert_eq!((student.lr, student.cosine, student.dropout, plan.batch), (1e-3, false, 0.05, 16));
    assert_eq!((student.adamw.weight_decay, student.adamw.eps, student.adamw.beta_2), (0.01, 1e-8, 0.999));
    let augment = plan.tunings()[0];
    assert_eq!((augment.what, augment.lr, augment.batch), (Overfit::Everything, 5e-5, 16));
    assert_eq!((augment.adamw.weight_decay, augment.adamw.eps), (0.01, 1e-8));
}

#[test]
fn published_parity() {
    let (bytes, json) = (read("tests/parity/fixtures/published.safetensors"), read("tests/parity/fixtures/published.json"));
    let tensors = SafeTensors::deserialize(&bytes).expect("the fixture is safetensors");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("the fixture is JSON");
    let number = |key: &str| json[key].as_f64().unwrap_or_else(|| panic!("published.json has {key}"));
    let values = |name: &str| floats(tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).data());
    let rows = |name: &str| -> Vec<u32> {
        let data = tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).data();
        data.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect()
    };

    let manifest: Manifest = serde_json::from_slice(&read("models/nano-ml-latest-small/manifest.json")).expect("the shipped manifest");
    let model = read("models/nano-ml-latest-small/model.safetensors");
    let original =
        weights::load("model", &model, &manifest.config, Bits::Eight, Residency::Dense, &Device::flex()).expect("the shipped model");
    let data = ["ratings.csv", "movies.csv"].map(|name| {
        let path = format!("public/data/ml-latest-small/{name}");
        SourceFile { bytes: read(&path), name: path }
    });
    let dataset = read_dataset(&data).expect("the shipped data");
    let split = split(&dataset).expect("enough ratings");
    let vocabulary = ItemVocabulary::from_json(&read("models/nano-ml-latest-small/tokenizer.json")).expect("the shipped tokenizer");
    let vocabulary = Vocabulary::from(vocabulary);
    let (encoded, valid) = (Encoded::new(&split.train, &split, &vocabulary), Encoded::new(&split.valid, &split, &vocabulary));
    let users: Vec<u32> = split.train.iter().map(|sample| sample.user).collect();

    let (forget, retain) = (rows("forget"), rows("retain"));
    let lengths = |rows: &[u32]| LengthCounts::new(&encoded, rows);
    let sizes = TaskSizes {
        forget: lengths(&forget),
        retain: lengths(&retain),
        requests: vec![lengths(&forget)],
        ..TaskSizes::of_one_length(forget.len(), retain.len())
    };
    let mut plan = published(number("epochs"), number("augment_epochs"), &sizes);
    // PyTorch's masks cannot be drawn here, nor ours there.
    plan.student.dropout = 0.0;
    plan.init = std::sync::Arc::new(Stored(bytes.clone()));
    assert_eq!(f64::from(plan.student.n_steps), number("epochs"), "all rows fit into one batch");
    assert_eq!(f64::from(plan.tunings()[0].steps), number("augment_epochs"));
    let task = UnlearnTask {
        original: &original,
        sets: Sets { encoded: &encoded, forget: &forget, retain: &retain },
        unseen: UnseenUsers { encoded: &valid, rows: &[] },
        requests: std::slice::from_ref(&forget),
        users: &users,
        dataset: &dataset,
        vocabulary: &vocabulary,
        training: &manifest.training,
        start: None,
        seed: 1,
        run: "test",
        resume: None,
        expected: None,
    };

    // The teachers: (1 − w) softmax(v_f) for forget rows.
    let mut host = Losses::default();
    let mut rng = SeedRng::seed_from_u64(1);
    let schedule = draw_batches(&plan, &task.sets, &mut rng);
    let mut progress = Progress::new(&[], &host);
    let (targets, _) = pollster::block_on(ask(&plan, &task, &schedule, &mut rng, &mut progress, &mut host)).expect("the teachers answer");
    let (v_f, o_f) = (values("v_f"), values("o_f"));
    let (mut most, mut moved) = (0f64, 0f64);
    for (at, row) in forget.iter().enumerate() {
        let of = |logits: &[f32]| softmax(&logits[at * WIDTH..(at + 1) * WIDTH]);
        for ((found, expected), original) in targets.of(*row).soft.iter().zip(of(&v_f)).zip(of(&o_f)) {
            most = most.max((found / 0.4 - expected).abs());
            moved = moved.max((expected - original).abs());
        }
    }
    assert!(moved > 0.01 && most < 2e-3 * moved, "a target differs by {most}, of {moved} that the teacher moved");

    // The student, as a run trains it.
    let mut progress = Progress::new(&[], &host);
    let plan = Plan::Student(plan);
    let outcome = pollster::block_on(carry_out(&plan, &task, &mut progress, &mut host, async |_, _, _, _| Ok(()))).expect("the run ends");
    let losses = json["losses"].as_array().expect("losses");
    assert_eq!(host.0.len(), losses.len());
    for (found, expected) in host.0.iter().zip(losses) {
        let expected = expected.as_f64().expect("a loss");
        let off = (f64::from(found.total) - expected).abs() / expected;
        assert!(off < 2e-3, "step {}: {} here, {expected} in PyTorch", found.step, found.total);
    }
    let Recommender::One(mut student) = outcome.model else { panic!("one student") };
    student.each_param(Trainable::Adapter, &mut |name, param| {
        let (found, expected) = (param.clone().into_data().try_to_vec::<f32>().expect("floats"), values(&format!("last.{name}")));
        let first = values(&format!("first.{name}"));
        let moved = first.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let error = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).sum::<f32>() / found.len() as f32;
        assert!(error < 1e-2 * moved, "{name}: off by {error} in the mean, moved by up to {moved}");
    });
}
