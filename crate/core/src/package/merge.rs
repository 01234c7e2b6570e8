//! Merging an adapter into its base and requantising the result: a package that needs no adapter file.
//!
//! Rounding moves every weight by up to half a step, which is often more than an adapter does. With fewer bits, forgotten content may return
//! (arXiv 2410.16454). So the merged package has none of its parent's metrics and must be measured again.

use super::import::{Quantisation, write};
use super::manifest::{MANIFEST, Manifest};
use super::peft::Adapter;
use super::vocabulary::{self, is_whole};
use super::{export, file};
use crate::host::Files;
use crate::{Error, Result};

/// The settings of a merge.
#[derive(Debug, Clone)]
pub struct MergeSpec {
    /// Name of the merged package.
    pub name: String,
    /// Quantisation of the matrices, also of those without an adapter. With [`Quantisation::Keep`] those stay as they are, and matrices with an
    /// adapter become floats.
    pub quantisation: Quantisation,
    /// Whether an adapter that names another base is merged all the same, if its shapes fit.
    pub force: bool,
}

/// The package made of `base` with `adapter` (PEFT's two files) merged into its weights.
///
/// # Errors
/// If either is damaged, they do not fit together, or a matrix does not fit the quantisation.
pub fn merge(base: &Files, adapter: &Files, spec: &MergeSpec) -> Result<Files> {
    let (mut checkpoint, parent) = export::read(base)?;
    let adapter = Adapter::read(adapter, &parent.config)?;
    if !spec.force {
        adapter.check_base(&parent)?;
    }
    // An adapter for a published model has the published token order (`Session::adapter`), unlike its package.
    let published = parent.text.as_ref().filter(|text| parent.dataset.is_empty() && is_whole(&text.kept));
    if let Some(text) = published {
        vocabulary::restore(&mut checkpoint, &text.kept)?;
    }
    // The rows that an output layer gets if it was tied: those of the tokens that it scores.
    let (vocab, n_head) = (checkpoint.spec.vocab_size(), checkpoint.spec.head_vocab_size());
    let head_rows: Vec<u32> = match published {
        Some(text) if n_head < vocab => text.kept.iter().take(n_head).copied().collect(),
        _ => (0..n_head as u32).collect(),
    };
    adapter.merge_into(&mut checkpoint, &head_rows)?;
    checkpoint.name = None; // it is the parent no more
    if let Some(text) = published {
        vocabulary::reorder(&mut checkpoint, &text.kept)?;
    }
    let mut files = write(checkpoint, &spec.name, spec.quantisation, parent.text)?;
    let written: Manifest = serde_json::from_slice(file(&files, MANIFEST)?).map_err(|e| Error::package(MANIFEST, e.to_string()))?;
    let Manifest { dataset, data, training, baseline, .. } = parent;
    let manifest = Manifest { dataset, data, training, baseline, ..written };
    files.insert(MANIFEST.into(), serde_json::to_vec(&manifest).map_err(|e| Error::package(MANIFEST, e.to_string()))?);
    Ok(files)
}
