//! Creates packages from a published checkpoint, or from a package and an adapter.
//!
//! Runs in a worker of its own, whose memory is freed with it; WebAssembly memory never shrinks.

use crate::failure::{failed, failure};
use crate::files::NamedBytes;
use serde::Deserialize;
use tsify::Tsify;
use unlearn_core::Result;
use unlearn_core::data::sniff::{FileKind, sniff};
use unlearn_core::data::text::Template;
use unlearn_core::host::Files;
use unlearn_core::package::import::{ImportSpec, Quantisation, package};
use unlearn_core::package::merge::{MergeSpec, merge};
use unlearn_core::package::parts::check_whole;
use unlearn_core::package::{gguf, hf};
use wasm_bindgen::prelude::*;

/// Options of an import.
#[derive(Deserialize, Tsify)]
#[serde(deny_unknown_fields)]
pub struct ImportOptions {
    /// Name of the package.
    pub name: String,
    /// Quantisation of the weights: kept as they are, or requantised.
    #[tsify(type = "'keep' | 'q8' | 'q4' | 'f32'")]
    pub quantisation: Quantisation,
    /// Wording of the prompts.
    #[tsify(type = "'simple' | 'compact'")]
    pub template: Template,
}

/// Creates a package from a `.gguf`, or from the files of a Hugging Face folder, and returns its files.
///
/// # Errors
/// Rejects with `{code, message}` if this program cannot compute the model exactly.
#[wasm_bindgen(js_name = importPackage, unchecked_return_type = "NamedBytes[]")]
pub fn import_package(
    #[wasm_bindgen(unchecked_param_type = "NamedBytes[]")] files: JsValue,
    #[wasm_bindgen(unchecked_param_type = "ImportOptions")] options: JsValue,
) -> Result<JsValue, JsValue> {
    let files: Vec<NamedBytes> = serde_wasm_bindgen::from_value(files).map_err(message)?;
    let options: ImportOptions = serde_wasm_bindgen::from_value(options).map_err(message)?;
    answer(import(files, options))
}

/// Options of a merge.
#[derive(Deserialize, Tsify)]
#[serde(deny_unknown_fields)]
pub struct MergeOptions {
    /// Name of the package.
    pub name: String,
    /// Quantisation of the weights; with `keep`, the weights that the adapter changes become floats.
    #[tsify(type = "'keep' | 'q8' | 'q4' | 'f32'")]
    pub quantisation: Quantisation,
    /// Whether an adapter that names another base is merged all the same, if its shapes fit.
    #[serde(default)]
    #[tsify(optional)]
    pub force: bool,
}

/// Merges an adapter (PEFT's two files) into the package that it was trained on, and returns the merged package's files.
///
/// # Errors
/// Rejects with `{code, message}` if they do not fit together.
#[wasm_bindgen(js_name = mergePackage, unchecked_return_type = "NamedBytes[]")]
pub fn merge_package(
    #[wasm_bindgen(unchecked_param_type = "NamedBytes[]")] base: JsValue,
    #[wasm_bindgen(unchecked_param_type = "NamedBytes[]")] adapter: JsValue,
    #[wasm_bindgen(unchecked_param_type = "MergeOptions")] options: JsValue,
) -> Result<JsValue, JsValue> {
    let named = |value| -> Result<Files, JsValue> {
        let files: Vec<NamedBytes> = serde_wasm_bindgen::from_value(value).map_err(message)?;
        Ok(files.into_iter().map(|file| (file.name, file.bytes)).collect())
    };
    let (base, adapter) = (named(base)?, named(adapter)?);
    let options: MergeOptions = serde_wasm_bindgen::from_value(options).map_err(message)?;
    answer(merge(&base, &adapter, &MergeSpec { name: options.name, quantisation: options.quantisation, force: options.force }))
}

fn message(error: serde_wasm_bindgen::Error) -> JsValue {
    failure("message", &error.to_string())
}

/// A package's files as a JavaScript value.
fn answer(package: Result<Files>) -> Result<JsValue, JsValue> {
    let files = package.map_err(|error| failed(&error))?;
    let files: Vec<NamedBytes> = files.into_iter().map(|(name, bytes)| NamedBytes { name, bytes }).collect();
    serde_wasm_bindgen::to_value(&files).map_err(message)
}

fn import(files: Vec<NamedBytes>, options: ImportOptions) -> Result<Files> {
    let mut files: Files = files.into_iter().map(|file| (base_name(&file.name).to_owned(), file.bytes)).collect();
    // By their first bytes too, since not every program keeps the ending.
    let is_gguf = |(name, bytes): &(&String, &Vec<u8>)| name.to_lowercase().ends_with(".gguf") || sniff(bytes) == Some(FileKind::Gguf);
    let names: Vec<String> = files.iter().filter(is_gguf).map(|(name, _)| name.clone()).collect();
    let model = match names.as_slice() {
        [] => {
            hf::check_names(&files.keys().cloned().collect())?;
            hf::checkpoint(&files)?
        }
        parts => {
            check_whole(parts)?;
            let parts: Vec<Vec<u8>> = parts.iter().filter_map(|name| files.remove(name)).collect();
            gguf::checkpoint_of(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())?
        }
    };
    // The source is as large as the model, so it is freed before the package is written.
    drop(files);
    package(model, &ImportSpec { name: Some(options.name), quantisation: options.quantisation, template: options.template })
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
