//! Checks that an accepted import passes through all stages: package, weights and export.

use burn::tensor::{Device, Int, Tensor, TensorData};
use unlearn_core::data::text::Template;
use unlearn_core::host::Files;
use unlearn_core::model::{Network, Spec};
use unlearn_core::package::checkpoint::Checkpoint;
use unlearn_core::package::export::Numbers;
use unlearn_core::package::import::{ImportSpec, Quantisation, package};
use unlearn_core::package::manifest::{MODEL, Manifest};
use unlearn_core::package::weights::Residency;
use unlearn_core::package::{export, gguf, hf, weights};

/// A small GGUF file of the repository: a Llama decoder with two layers.
pub const TINY_GGUF: &[u8] = include_bytes!("../../../parity/fixtures/text/tiny.gguf");

/// Small Hugging Face folders of the repository.
pub fn folder(is_t5: bool) -> Files {
    macro_rules! files {
        ($folder:literal: $($name:literal),*) => {
            [$(($name, &include_bytes!(concat!("../../../parity/fixtures/", $folder, "/", $name))[..])),*].map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into()
        };
    }
    if is_t5 {
        files!("t5/original": "config.json", "model.safetensors", "tokenizer.json")
    } else {
        let index = "model.safetensors.index.json";
        let mut files: Files =
            files!("text/tiny-hf": "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "tokenizer.json");
        files.insert(index.into(), include_bytes!("../../../parity/fixtures/text/tiny-hf/model.safetensors.index.json").to_vec());
        files
    }
}

/// The package of a model, in the number format that `choice` selects.
pub fn imported(model: Checkpoint, choice: u8) -> Option<Files> {
    let quantisation = [Quantisation::Keep, Quantisation::F32, Quantisation::Q8, Quantisation::Q4][usize::from(choice % 4)];
    let spec = ImportSpec { name: None, quantisation, template: Template::Simple };
    package(model, &spec).ok()
}

/// Checks that a written package can be read, loaded and exported, and that the export can be read again.
pub fn through(files: &Files) {
    let manifest = Manifest::read(files).expect("what was written is whole");
    let bits = manifest.bits().expect("the quantisation is known");
    // A spec may ask for long rotary tables: they are large, but not wrong.
    if !matches!(&manifest.config, Spec::Llama(spec) if spec.max_position_embeddings > 4096) {
        let device = Device::flex();
        let model = weights::load(MODEL, &files[MODEL], &manifest.config, bits, Residency::Packed, &device).expect("the weights fit");
        let n_tokens = manifest.config.max_tokens().unwrap_or(3).min(3) as i32;
        let tokens = Tensor::<2, Int>::from_data(TensorData::new((0..n_tokens).collect::<Vec<_>>(), [1, n_tokens as usize]), &device);
        assert_eq!(model.answer_logits(tokens).dims(), [1, manifest.config.head_vocab_size()]);
    }
    for numbers in [Numbers::F32, Numbers::F16] {
        match export::to_hf(files, numbers) {
            Ok(exported) => drop(hf::checkpoint(&exported).expect("what was written is a model")),
            // A number of the package may be out of range for binary16.
            Err(error) => assert!(numbers == Numbers::F16, "a whole package can be exported: {error}"),
        }
    }
    if let Ok(bytes) = export::to_gguf(files, Numbers::Keep) {
        gguf::checkpoint(&bytes).expect("what was written is a model");
    }
}
