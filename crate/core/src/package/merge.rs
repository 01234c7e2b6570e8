//! An adapter merged into its base, whose numbers are written anew: one package that needs nothing beside it.
//!
//! Rounding moves every weight by up to half a step, often more than an adapter does: what was forgotten may come back with fewer bits
//! (arXiv 2410.16454). So the package carries none of its parent's figures, and is to be measured again.

use super::import::{Quantisation, write};
use super::manifest::{MANIFEST, Manifest};
use super::stored::Stored;
use super::vocabulary::is_whole;
use super::weights::Residency;
use super::{Files, export, file, peft};
use crate::lab::open_model;
use crate::model::Network;
use crate::train::infer::read;
use crate::{Error, Result};
use burn::tensor::Device;

/// The package `name` of `base` with `adapter` (PEFT's two files) in its weights. Matrices that the adapter does not reach are requantised too; with
/// [`Quantisation::Keep`] those stay as they are, and those that it does reach become floats.
///
/// # Errors
/// If either is damaged, they do not fit, or a matrix does not fit the quantisation.
pub async fn merge(base: &Files, adapter: &Files, name: &str, quantisation: Quantisation, device: &Device) -> Result<Files> {
    let (mut checkpoint, parent) = export::read(base)?;
    let mut model = peft::load(&open_model(base, Some(Residency::Dense), device)?.1, adapter)?;
    let published = parent.text.as_ref().filter(|text| parent.dataset.is_empty() && is_whole(&text.kept));
    if let (Some(text), Some(lora)) = (published, &mut model.embedding_mut().lora) {
        // A published model's adapter has the published order (`Lab::adapter`), its package another.
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
