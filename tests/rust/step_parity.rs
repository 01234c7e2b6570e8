//! Tests of twenty training steps of E2URec, NegGrad and the flipped label on the shipped nano, against PyTorch doing the same from the same files.

use super::{Quiet, repo};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use safetensors::SafeTensors;
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::source::read_dataset;
use unlearn_core::data::split::split;
use unlearn_core::data::tokenizer::ItemVocabulary;
use unlearn_core::data::vocabulary::Vocabulary;
use unlearn_core::linear::{Bits, LoraSpec};
use unlearn_core::metric::softmax;
use unlearn_core::model::{Model, Network, Targets, Trainable};
use unlearn_core::package::manifest::Manifest;
use unlearn_core::package::weights;
use unlearn_core::package::weights::{Residency, floats};
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::train::optim::Optimiser;
use unlearn_core::unlearn::engine::loss::{Batch, one_hot};
use unlearn_core::unlearn::engine::soft_targets::SoftTargets;
use unlearn_core::unlearn::engine::step::{StepInput, train_step};
use unlearn_core::unlearn::engine::student::batch_terms;
use unlearn_core::unlearn::engine::task::Sets;
use unlearn_core::unlearn::engine::teachers::{LogitDifference, forgetting_teacher};

/// Maximum difference, relative to the loss.
const BOUND: f64 = 1e-3;
const WIDTH: usize = 16;

fn read(path: &str) -> Vec<u8> {
    std::fs::read(repo(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn source(path: &str) -> SourceFile {
    SourceFile { name: path.into(), bytes: read(path) }
}

fn ints(tensors: &SafeTensors<'_>, name: &str) -> Vec<u32> {
    let data = tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).data().to_vec();
    data.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect()
}

/// Answer logits of rows `[rows, WIDTH]`.
fn logits(model: &Model, encoded: &Encoded, rows: &[u32]) -> Vec<f32> {
    model.answer_logits(encoded.tensor(rows, &model.device())).into_data().try_to_vec().expect("floats")
}

#[test]
fn twenty_steps_follow_pytorch() {
    let (bytes, json) = (read("tests/parity/fixtures/steps.safetensors"), read("tests/parity/fixtures/steps.json"));
    let tensors = SafeTensors::deserialize(&bytes).expect("the fixture is safetensors");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("the fixture is JSON");
    let number = |key: &str| json[key].as_f64().unwrap_or_else(|| panic!("steps.json has {key}"));
    let device = Device::flex();

    let manifest: Manifest = serde_json::from_slice(&read("models/nano-ml-latest-small/manifest.json")).expect("the shipped manifest");
    let model = read("models/nano-ml-latest-small/model.safetensors");
    let original = weights::load("model", &model, &manifest.config, Bits::Eight, Residency::Dense, &device).expect("the shipped model");
    let data = ["ratings.csv", "movies.csv"].map(|name| source(&format!("public/data/ml-latest-small/{name}")));
    let dataset = read_dataset(&data).expect("the shipped data");
    let split = split(&dataset).expect("enough ratings");
    let vocabulary = ItemVocabulary::from_json(&read("models/nano-ml-latest-small/tokenizer.json")).expect("the shipped tokenizer");
    let vocabulary = Vocabulary::from(vocabulary);
    let encoded = Encoded::new(&split.train, &split, &vocabulary);

    let (forget, retain) = (ints(&tensors, "forget"), ints(&tensors, "retain"));
    let (tokens, labels) = (ints(&tensors, "tokens"), ints(&tensors, "labels"));
    for (at, row) in forget.iter().chain(&retain).enumerate() {
        assert_eq!(*encoded.row(*row), tokens[at * 23..(at + 1) * 23], "prompt of training row {row}");
        assert_eq!(u32::from(encoded.labels[*row as usize]), labels[at]);
    }

    let (w, batch) = (number("w"), number("batch") as usize);
    let v_g = floats(tensors.tensor("v_g").expect("v_g").data());
    let sets = Sets { encoded: &encoded, forget: &forget, retain: &retain };
    let truth = |row: u32, flip: bool| one_hot(encoded.labels[row as usize] != flip, WIDTH);
    for (name, alone) in [("e2urec", number("alone") as usize), ("neggrad", 0), ("flipped", 0)] {
        let mut targets = SoftTargets::new(encoded.len());
        let (o_f, o_r) = (logits(&original, &encoded, &forget), logits(&original, &encoded, &retain));
        for (at, row) in forget.iter().enumerate() {
            let of = |v: &'_ [f32]| v[at * WIDTH..(at + 1) * WIDTH].to_vec();
            match name {
                "e2urec" => {
                    let v_f = forgetting_teacher(&of(&o_f), &of(&v_g), number("alpha"), LogitDifference::Relu);
                    targets.add(*row, 1.0 - w, softmax(&v_f), true);
                }
                "neggrad" => targets.add(*row, -0.2, truth(*row, false), false),
                _ => targets.add(*row, 0.2, truth(*row, true), false),
            }
        }
        for (at, row) in retain.iter().enumerate() {
            let weight = if name == "e2urec" { w } else { 1.0 };
            if name == "e2urec" {
                targets.add(*row, w, softmax(&o_r[at * WIDTH..(at + 1) * WIDTH]), true);
            }
            targets.add(*row, weight, truth(*row, false), false);
        }

        let lora = LoraSpec { rank: number("rank") as usize, alpha: number("lora_alpha") };
        let mut student = original.with_adapter(&lora, Targets::QueryValue, &mut SeedRng::seed_from_u64(1));
        student.each_param(Trainable::Adapter, &mut |name, p| {
            let tensor = tensors.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
            let dims = [tensor.shape()[0], tensor.shape()[1]];
            *p = Tensor::from_data(TensorData::new(floats(tensor.data()), dims), &device).autodiff().require_grad();
        });
        let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
        for (step, expected) in json["losses"][name].as_array().expect("losses").iter().enumerate() {
            let rows = |all: &[u32]| all[step * batch..(step + 1) * batch].to_vec();
            let pair: Batch = (rows(&forget), if step < alone { Vec::new() } else { rows(&retain) });
            let (batch, lr, host) = (&pair, number("lr"), &mut Quiet);
            let input = StepInput { model: &mut student, optimiser: &mut optimiser, sets: &sets, batch, targets: &targets, lr, host };
            let before = pollster::block_on(train_step(input)).expect("the step is taken");
            let values: Vec<f32> = before.into_data().try_to_vec().expect("floats");
            let terms = batch_terms(step as u32 + 1, &pair, &mut values.chunks_exact(WIDTH), &targets, &sets);
            let expected = expected.as_f64().expect("a loss");
            let off = (f64::from(terms.total) - expected).abs() / expected.abs();
            assert!(off < BOUND, "{name}, step {}: {} here, {expected} in PyTorch", step + 1, terms.total);
        }
    }
}
