//! Tests that packages and adapters survive a round trip, and that damage is reported.

use super::repo;
use super::text_parity::folder;
use burn::tensor::Device;
use rand::SeedableRng;
use unlearn_core::host::Files;
use unlearn_core::linear::{Bits, LoraSpec};
use unlearn_core::model::{Decoder, Network, Spec, Targets};
use unlearn_core::package::import::{ImportSpec, Quantisation, package};
use unlearn_core::package::manifest::{MANIFEST, MODEL, TOKENIZER};
use unlearn_core::package::merge::{MergeSpec, merge};
use unlearn_core::package::open::open_model;
use unlearn_core::package::vocabulary::rows_by_id;
use unlearn_core::package::weights::Residency;
use unlearn_core::package::{hf, peft, weights};
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::tensor::read;
use unlearn_core::train::pretrain::nano_spec;

fn model() -> Decoder {
    Decoder::init(&nano_spec(40), &mut SeedRng::seed_from_u64(5), &Device::flex()).expect("the nano's spec is valid").frozen()
}

#[test]
fn weights_are_stable_once_quantised() {
    pollster::block_on(async {
        let (device, spec) = (Device::flex(), Spec::from(nano_spec(40)));
        let bytes = weights::write(&model(), Bits::Eight).await.unwrap();
        let read_back = weights::load("model.safetensors", &bytes, &spec, Bits::Eight, Residency::Dense, &device).unwrap();
        assert_eq!(weights::write(&read_back, Bits::Eight).await.unwrap(), bytes, "quantising twice changes nothing");
        let cut = &bytes[..bytes.len() - 1];
        let error = weights::load("model.safetensors", cut, &spec, Bits::Eight, Residency::Dense, &device).unwrap_err();
        assert!(error.to_string().contains("model.safetensors"), "{error}");
        let wrong = weights::load("model.safetensors", &bytes, &nano_spec(41).into(), Bits::Eight, Residency::Dense, &device).unwrap_err();
        assert!(wrong.to_string().contains("must be [41, 64], got [40, 64]"), "{wrong}");
    });
}

/// A scale outside the range of binary16 would become infinite, and so would every number of its block.
#[test]
fn numbers_that_no_scale_holds_are_told() {
    for bits in [Bits::Eight, Bits::Four] {
        let mut model = model();
        let lowest = &mut model.blocks[0].mlp.up.weight;
        *lowest = unlearn_core::linear::Weight::Dense(lowest.dense().mul_scalar(1e9));
        let told = pollster::block_on(weights::write(&model, bits)).map(|bytes| bytes.len()).unwrap_err().to_string();
        assert!(told.contains("scale: must fit in binary16, up to 65504"), "{told}");
    }
}

#[test]
fn an_adapter_survives_its_files() {
    pollster::block_on(async {
        let mut rng = SeedRng::seed_from_u64(9);
        let adapted = model().with_adapter(&LoraSpec { rank: 4, alpha: 8.0 }, Targets::LinearEmbedding, &mut rng);
        let files = peft::write(&adapted, "nano").await.unwrap();
        let again = peft::write(&peft::load(&model(), &files).unwrap(), "nano").await.unwrap();
        assert_eq!(files, again);
        let mut foreign: Files = files.clone();
        foreign.insert(peft::CONFIG.into(), br#"{"r":8,"lora_alpha":8}"#.to_vec());
        assert!(peft::load(&model(), &foreign).unwrap_err().to_string().contains("must be [8, 64], got [4, 64]"));
    });
}

#[test]
fn merging_answers_like_the_adapter() {
    pollster::block_on(async {
        let mut rng = SeedRng::seed_from_u64(13);
        let mut adapted = model().with_adapter(&LoraSpec { rank: 4, alpha: 8.0 }, Targets::LinearEmbedding, &mut rng).frozen();
        // B starts at zero; gives every factor a value.
        adapted.each_param(unlearn_core::model::Trainable::Adapter, &mut |_, p| *p = p.clone().add_scalar(0.05));
        let mut merged = adapted.clone();
        merged.embedding.weight = unlearn_core::linear::Weight::Dense(merged.embedding.merged());
        merged.each_linear(&mut |_, linear| linear.weight = unlearn_core::linear::Weight::Dense(linear.merged()));
        let merged = merged.without_adapter();
        let tokens = || burn::tensor::Tensor::from_ints([[1, 16, 9, 20, 12, 30, 3]], &Device::flex());
        let (a, b) = (read(adapted.answer_logits(tokens())).await.unwrap(), read(merged.answer_logits(tokens())).await.unwrap());
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    });
}

/// Merged as floats, the model answers as with the adapter. With fewer bits it comes close, and the package says which bits it has.
#[test]
fn an_adapter_becomes_part_of_its_package() {
    let device = Device::flex();
    let nano = repo("models/nano-ml-latest-small");
    let nano: Files = [MANIFEST, MODEL, TOKENIZER].map(|name| (name.to_owned(), std::fs::read(nano.join(name)).unwrap())).into();
    let spec = ImportSpec { name: None, quantisation: Quantisation::Keep, template: unlearn_core::data::text::Template::Simple };
    let text = package(hf::checkpoint(&folder("tiny-hf")).unwrap(), &spec).unwrap();
    // With `Keep`, the nano's output layer stays in bytes.
    for (base, targets, kept) in [(nano, Targets::LinearEmbedding, "q8"), (text, Targets::LinearEmbedding, "f32")] {
        let (parent, model) = open_model(&base, Some(Residency::Dense), &device).unwrap();
        let mut adapted = model.with_adapter(&LoraSpec { rank: 4, alpha: 8.0 }, targets, &mut SeedRng::seed_from_u64(3)).frozen();
        adapted.each_param(unlearn_core::model::Trainable::Adapter, &mut |_, p| *p = p.clone().add_scalar(0.02));
        let mut published = adapted.clone();
        if let Some(text) = &parent.text {
            let lora = published.embedding_mut().lora.as_mut().unwrap();
            *lora = lora.with_rows(&rows_by_id(&text.kept, text.kept.len()));
        }
        let adapter = pollster::block_on(peft::write(&published, &peft::base_id(&parent))).unwrap();
        let tokens = || burn::tensor::Tensor::from_ints([[1, 16, 9, 20, 12, 30, 3]], &device);
        let answer = |model: &unlearn_core::model::Model| pollster::block_on(read(model.answer_logits(tokens()))).unwrap();
        let expected = answer(&adapted);
        let bounds = [
            (Quantisation::F32, 1e-4, "f32"),
            (Quantisation::Keep, 1e-4, kept),
            (Quantisation::Q8, 0.1, "q8"),
            (Quantisation::Q4, 2.0, "mixed"),
        ];
        for (quantisation, bound, label) in bounds {
            let spec = |quantisation| MergeSpec { name: "merged".into(), quantisation, force: false };
            let files = merge(&base, &adapter, &spec(quantisation)).unwrap();
            let (manifest, merged) = open_model(&files, None, &device).unwrap();
            assert_eq!((manifest.name.as_str(), &manifest.dataset, manifest.figures.len()), ("merged", &parent.dataset, 0));
            assert!(manifest.quantisation == label, "{quantisation:?} {}", manifest.quantisation);
            let off = answer(&merged).iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
            eprintln!("{quantisation:?}: {off:.1e}");
            assert!(off < bound, "{quantisation:?}: {off}");
        }
        let other = Files::from([(peft::CONFIG.to_owned(), adapter[peft::CONFIG].clone())]);
        let spec = MergeSpec { name: "merged".into(), quantisation: Quantisation::Q8, force: false };
        assert!(merge(&base, &other, &spec).unwrap_err().to_string().contains("is missing"));
    }
}
