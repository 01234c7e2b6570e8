//! Fuzz target for `manifest.json`, next to the weights and the tokenizer of a small language model.

use super::whole::{TINY_GGUF, imported};
use burn::tensor::Device;
use std::sync::OnceLock;
use unlearn_core::host::Files;
use unlearn_core::model::Spec;
use unlearn_core::package::export::Numbers;
use unlearn_core::package::manifest::{MANIFEST, Manifest};
use unlearn_core::package::open::open_model;
use unlearn_core::package::{export, gguf};

/// The input is the manifest.
pub fn run(bytes: &[u8]) -> bool {
    static PACKAGE: OnceLock<Files> = OnceLock::new();
    let package =
        PACKAGE.get_or_init(|| imported(gguf::checkpoint(TINY_GGUF).expect("the file is a model"), 0).expect("it can be imported"));
    let mut files = package.clone();
    files.insert(MANIFEST.into(), bytes.to_vec());
    let Ok(manifest) = Manifest::read(&files) else { return false };
    let _ = manifest.verify("retrain.safetensors", b"");
    let again = serde_json::to_vec(&manifest).expect("a manifest can be written");
    assert!(serde_json::from_slice::<Manifest>(&again).is_ok(), "what was written is a manifest");
    // Long rotary tables are large, but not wrong.
    if !matches!(&manifest.config, Spec::Llama(spec) if spec.max_position_embeddings > 4096) {
        let _ = open_model(&files, None, &Device::flex());
    }
    let _ = export::to_hf(&files, Numbers::F32);
    if let Ok(bytes) = export::to_gguf(&files, Numbers::Keep) {
        let _ = gguf::checkpoint(&bytes);
    }
    true
}
