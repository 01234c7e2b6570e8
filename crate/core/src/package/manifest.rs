//! The manifest of a package, `manifest.json`: what the package is, its training data, its quality, and the hash of every file.

use super::architecture::Published;
use super::{file, parse_json, sha256};
use crate::data::DataHash;
use crate::data::read_spec::ReadSpec;
use crate::data::text::TextSpec;
use crate::host::Files;
use crate::linear::Bits;
use crate::metric::Divergence;
use crate::model::{PretrainSpec, Spec};
use crate::report::{MethodFigures, Proxy};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the format.
pub const FORMAT: u32 = 1;
/// File of Original's weights.
pub const MODEL: &str = "model.safetensors";
/// File of the weights of Retrain on the standard forget set.
pub const RETRAIN: &str = "retrain.safetensors";
/// File of the weights that a language model's Original and Retrain were tuned from. Without it, no Retrain can be trained from the package.
pub const START: &str = "start.safetensors";
/// File of the tokenizer.
pub const TOKENIZER: &str = "tokenizer.json";
/// File of the manifest itself.
pub const MANIFEST: &str = "manifest.json";

/// The manifest of a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format.
    pub format: u32,
    /// Name of the package.
    pub name: String,
    /// What the imported checkpoint was called where it came from, if the package has another name; PEFT's adapters name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Key of the dataset; empty for an imported checkpoint that was not yet trained on any data.
    #[serde(default)]
    pub dataset: String,
    /// Hashes of that data: figures and Retrain hold for no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataHash>,
    /// Licence of the weights and of the data that they were trained on.
    pub licence: String,
    /// Shape of the model.
    pub config: Spec,
    /// Quantisation in blocks of 32: `q8`, `q4` or, for both, `mixed`; `gguf` if there are whole blocks of other types of GGUF; `f32` if nothing is
    /// quantised.
    pub quantisation: String,
    /// How Original and Retrain were trained.
    #[serde(default)]
    pub training: PretrainSpec,
    /// Sha256 of every other file.
    pub files: BTreeMap<String, String>,
    /// Metrics of Original and Retrain, measured on the quantised weights when the package was made.
    #[serde(default)]
    pub figures: Vec<MethodFigures>,
    /// Divergence between two Retrains with different seeds on the standard forget set.
    #[serde(default)]
    pub floor: Option<Divergence>,
    /// The same divergence over {Yes, No}.
    #[serde(default)]
    pub floor_yes_no: Option<Divergence>,
    /// How far cross-fitted answers are from a Retrain's for one person; absent without cross-fitted answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_fit_error: Option<CrossFitError>,
    /// Test-set quality of the logistic baseline on the same data.
    #[serde(default)]
    pub baseline: Option<crate::metric::Quality>,
    /// The proxy for Retrain on the standard forget set.
    #[serde(default)]
    pub proxy: Proxy,
    /// Prompt description of a language model; absent for a nano.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextSpec>,
    /// How the files of the data were said to be read; absent if nothing was said.
    #[serde(default, skip_serializing_if = "ReadSpec::is_empty")]
    pub read: ReadSpec,
}

/// The expected squared difference between the cross-fitted and Retrain's mean loss of one person with n rows: `of_model + of_row / n`, nats².
/// Measured over the people of the standard forget set; two Retrains differ by nearly as much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CrossFitError {
    /// The part that does not depend on the number of rows.
    pub of_model: f64,
    /// The part that falls with it.
    pub of_row: f64,
}

impl Manifest {
    /// Reads the manifest of a package and checks the hash of every file that is present.
    ///
    /// `retrain.safetensors` may be absent, since it can be loaded later.
    ///
    /// # Errors
    /// If the manifest does not have this format, or a file does not match its hash.
    pub fn read(files: &Files) -> Result<Self> {
        let manifest: Self = parse_json(MANIFEST, file(files, MANIFEST)?)?;
        if manifest.format != FORMAT {
            return Err(Error::package(MANIFEST, format!("format must be {FORMAT}, got {}", manifest.format)));
        }
        manifest.config.validate()?;
        Published::of(&manifest.config).check()?;
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

    /// Why nothing that was computed from the data and is kept in the package may be used with other data, which have the hash `data`. `None` if they
    /// are the data it was trained on, or it was trained on none.
    pub fn data_mismatch(&self, data: &DataHash) -> Option<String> {
        if self.dataset.is_empty() {
            return None;
        }
        let Some(own) = &self.data else {
            let why = "the package does not say which data it was trained on (an earlier version made it), so its figures and its Retrain are \
                       not used; `unlearn train` makes it anew";
            return Some(why.into());
        };
        let differs = own.difference(data)?;
        let dataset = &self.dataset;
        Some(format!("the model was trained on a {dataset} with {differs}, so the package's figures and its Retrain are not used"))
    }

    /// Drops everything that was computed from the data the package was made with.
    pub(crate) fn drop_figures(&mut self) {
        self.figures.clear();
        (self.floor, self.floor_yes_no, self.baseline, self.proxy) = (None, None, None, Proxy::default());
        self.cross_fit_error = None;
    }

    /// What the bytes of a quantised matrix contain. Half-byte matrices are recognised by their type instead.
    ///
    /// # Errors
    /// If this program does not support the quantisation that the manifest names.
    pub fn bits(&self) -> Result<Bits> {
        match self.quantisation.as_str() {
            "q4" if self.text.is_none() => Ok(Bits::Four),
            "q8" | "q4" | "mixed" | "gguf" | "f32" => Ok(Bits::Eight),
            other => Err(Error::package(MANIFEST, format!("quantisation must be q8, q4, mixed, gguf or f32, got `{other}`"))),
        }
    }

    /// Checks a file against its hash.
    ///
    /// # Errors
    /// If the manifest does not list the file, or the hash differs.
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
