//! Merging an adapter into its base and requantising the result: a package that needs no adapter file.
//!
//! Rounding moves every weight by up to half a step, which is often more than an adapter does. With fewer bits, forgotten content may return
//! (arXiv 2410.16454). So the merged package has none of its parent's metrics and must be measured again.

use super::import::{Quantisation, write};
use super::manifest::{MANIFEST, Manifest};
use super::open::open_model;
use super::stored::Stored;
use super::vocabulary::is_whole;
use super::weights::Residency;
use super::{export, file, peft};
use crate::host::Files;
use crate::model::Network;
use crate::tensor::read;
use crate::{Error, Result};
use burn::tensor::Device;

/// The package `name`, made of `base` with `adapter` (PEFT's two files) merged into its weights. Matrices without an adapter are requantised
/// too. With [`Quantisation::Keep`] those stay as they are, and matrices with an adapter become floats.
///
/// # Errors
/// If either is damaged, they do not fit together, or a matrix does not fit the quantisation.
pub async fn merge(base: &Files, adapter: &Files, name: &str, quantisation: Quantisation, device: &Device) -> Result<Files> {
    let (mut checkpoint, parent) = export::read(base)?;
    let mut model = peft::load(&open_model(base, Some(Residency::Dense), device)?.1, adapter)?;
    let published = parent.text.as_ref().filter(|text| parent.dataset.is_empty() && is_whole(&text.kept));
    if let (Some(text), Some(lora)) = (published, &mut model.embedding_mut().lora) {
        // An adapter for a published model has the published token order (`Session::adapter`), unlike its package.
        *lora = lora.with_rows(&text.kept.iter().map(|id| Some(*id)).collect::<Vec<_>>());
    }
    let mut merged = Vec::new();
    if model.embedding().lora.is_some() {
        merged.push((format!("{}.weight", parent.config.embedding()), model.embedding().merged()));
    }
    model.each_linear(&mut |name, linear| {
        if linear.lora.is_some() {
            merged.push((format!("{name}.weight"), linear.merged()));
        }
    });
    for (key, weight) in merged {
        let dims = weight.dims();
        checkpoint.tensors.insert(key, Stored::from_floats(&read(weight).await?, dims));
    }
    let mut files = write(checkpoint, name, quantisation, parent.text)?;
    let written: Manifest = serde_json::from_slice(file(&files, MANIFEST)?).map_err(|e| Error::package(MANIFEST, e.to_string()))?;
    let manifest = Manifest { dataset: parent.dataset, training: parent.training, baseline: parent.baseline, ..written };
    files.insert(MANIFEST.into(), serde_json::to_vec(&manifest).map_err(|e| Error::package(MANIFEST, e.to_string()))?);
    Ok(files)
}
