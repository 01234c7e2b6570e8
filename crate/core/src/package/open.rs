//! Opening a package as a model that answers, without any data.

use super::manifest::{MODEL, Manifest};
use super::weights::Residency;
use super::{file, weights};
use crate::Result;
use crate::host::Files;
use crate::model::Model;
use burn::tensor::Device;

/// The model of a package, and its manifest. By default, residency is chosen by the model's size.
///
/// # Errors
/// If the package is damaged.
pub fn open_model(package: &Files, residency: Option<Residency>, device: &Device) -> Result<(Manifest, Model)> {
    let manifest = Manifest::read(package)?;
    let residency = residency.unwrap_or_else(|| Residency::suited_to(&manifest.config));
    let model = weights::load(MODEL, file(package, MODEL)?, &manifest.config, manifest.bits()?, residency, device)?;
    Ok((manifest, model))
}
