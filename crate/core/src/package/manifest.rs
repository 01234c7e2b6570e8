//! `manifest.json`: what a package is, what it was trained on, how well it answers, and the hash of every file.

use super::{Files, file, sha256};
use crate::data::text::TextSpec;
use crate::linear::Bits;
use crate::model::Spec;
use crate::report::{Divergence, MethodFigures, Proxy};
use crate::train::pretrain::PretrainSpec;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the format.
pub const FORMAT: u32 = 1;
/// Weights of Original.
pub const MODEL: &str = "model.safetensors";
/// Weights of Retrain on the standard forget set.
pub const RETRAIN: &str = "retrain.safetensors";
/// Weights that a language model's Original and Retrain were tuned from; without them no Retrain can be trained from the package.
pub const START: &str = "start.safetensors";
/// The tokenizer.
pub const TOKENIZER: &str = "tokenizer.json";
/// The manifest itself.
pub const MANIFEST: &str = "manifest.json";

/// The manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format.
    pub format: u32,
    /// Package name.
    pub name: String,
    /// Data set key; empty for a checkpoint that was imported and not trained on any data yet.
    #[serde(default)]
    pub dataset: String,
    /// Licence of the weights and of the data they were made from.
    pub licence: String,
    /// Shape of the model.
    pub config: Spec,
    /// `q8`, `q4` or both as `mixed`, in blocks of 32; `f32` where nothing is quantised.
    pub quantisation: String,
    /// How Original and Retrain were trained.
    #[serde(default)]
    pub training: PretrainSpec,
    /// sha256 of every other file.
    pub files: BTreeMap<String, String>,
    /// Figures of Original and Retrain, measured on the quantised weights when the package was made.
    #[serde(default)]
    pub figures: Vec<MethodFigures>,
    /// Divergence between two Retrains of different seed on the standard forget set.
    #[serde(default)]
    pub floor: Option<Divergence>,
    /// The same over {Yes, No}.
    #[serde(default)]
    pub floor_yes_no: Option<Divergence>,
    /// Test-set quality of the logistic baseline on the same data.
    #[serde(default)]
    pub baseline: Option<crate::report::Quality>,
    /// The stand-in for Retrain, for the standard forget set.
    #[serde(default)]
    pub proxy: Proxy,
    /// The prompts of a language model; absent for a nano.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextSpec>,
}

impl Manifest {
    /// Reads the manifest of a package and checks the hash of every file that is there.
    ///
    /// `retrain.safetensors` may be absent: it can be loaded later.
    ///
    /// # Errors
    /// If it is not a manifest of this format, or a file is not what it says.
    pub fn read(files: &Files) -> Result<Self> {
        let manifest: Self = serde_json::from_slice(file(files, MANIFEST)?).map_err(|e| Error::package(MANIFEST, e.to_string()))?;
        if manifest.format != FORMAT {
            return Err(Error::package(MANIFEST, format!("format must be {FORMAT}, got {}", manifest.format)));
        }
        manifest.config.validate()?;
        if let Some(text) = &manifest.text
            && text.kept.len() != manifest.config.vocab_size()
        {
            return Err(Error::package(
                MANIFEST,
                format!("text.kept must name the token of every row, {}, got {}", manifest.config.vocab_size(), text.kept.len()),
            ));
        }
        for required in [MODEL, TOKENIZER] {
            file(files, required)?;
        }
        for (name, expected) in &manifest.files {
            if let Some(bytes) = files.get(name) {
                manifest.check(name, bytes, expected)?;
            }
        }
        Ok(manifest)
    }

    /// What a byte of a quantised matrix holds; half-bytes say so themselves.
    ///
    /// # Errors
    /// If the manifest names no quantisation that this program has.
    pub fn bits(&self) -> Result<Bits> {
        match self.quantisation.as_str() {
            "q4" if self.text.is_none() => Ok(Bits::Four),
            "q8" | "q4" | "mixed" | "f32" => Ok(Bits::Eight),
            other => Err(Error::package(MANIFEST, format!("quantisation must be q8, q4, mixed or f32, got `{other}`"))),
        }
    }

    /// Checks one file against its hash.
    ///
    /// # Errors
    /// If the manifest does not name it, or the hash differs.
    pub fn verify(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let expected = self.files.get(name).ok_or_else(|| Error::package(name, "is not named in the manifest"))?;
        self.check(name, bytes, expected)
    }

    fn check(&self, name: &str, bytes: &[u8], expected: &str) -> Result<()> {
        let found = sha256(bytes);
        if found == *expected {
            Ok(())
        } else {
            Err(Error::package(name, format!("sha256 must be {expected}, got {found}: the file is damaged or was changed")))
        }
    }
}
