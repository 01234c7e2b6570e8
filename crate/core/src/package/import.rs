//! From a published checkpoint to a model package.

use super::checkpoint::{Checkpoint, check_tensors};
use super::manifest::{FORMAT, MANIFEST, MODEL, Manifest, TOKENIZER};
use super::stored::{Form, Stored};
use super::vocabulary::BY_TOKEN;
use super::weights::serialise;
use super::{Files, sha256, vocabulary};
use crate::data::text::{Answers, Encoder, Specials, Template, TextSpec};
use crate::linear::{BLOCK, Bits};
use crate::model::Spec;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// What happens to the numbers of a checkpoint's matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantisation {
    /// Every number as it is.
    Keep,
    /// Floats.
    F32,
    /// Eight bits.
    Q8,
    /// Four bits; embedding and output layer eight, as is usual.
    Q4,
}

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportSpec {
    /// Name of the package; the checkpoint's own if none is given.
    pub name: Option<String>,
    /// Its numbers.
    pub quantisation: Quantisation,
    /// Wording of its prompts.
    pub template: Template,
}

/// The package: manifest, weights, tokenizer.
///
/// # Errors
/// If the tokenizer cannot be read, an answer is no token of its own, or a matrix does not fit the quantisation.
pub fn package(mut model: Checkpoint, spec: &ImportSpec) -> Result<Files> {
    let answers = Answers::default();
    // Row 0 is padding. With it T5's decoder starts, so there the end comes second; a decoder's prompts need none but the end.
    let first = match model.spec {
        Spec::Llama(_) => model.specials,
        Spec::T5(_) => Specials { bos: model.specials.eos, eos: model.specials.pad, ..model.specials },
    };
    let kept = vocabulary::order(&Encoder::open(&model.tokenizer)?, &first, [&answers.no, &answers.yes], model.spec.vocab_size())?;
    vocabulary::keep(&mut model, &kept)?;
    let text = TextSpec { template: spec.template, kept, answers, specials: model.specials, rows: None, rank: None, eval_rows: None };
    let name = spec.name.clone().or_else(|| model.name.clone()).unwrap_or_else(|| "imported".into());
    write(model, &name, spec.quantisation, Some(text))
}

/// Writes a checkpoint whose rows already have the package's order; `text` is a language model's.
///
/// # Errors
/// If a matrix does not fit the quantisation.
pub fn write(model: Checkpoint, name: &str, quantisation: Quantisation, text: Option<TextSpec>) -> Result<Files> {
    let Checkpoint { licence, spec, tokenizer, tensors, .. } = model;
    check_tensors(MODEL, &spec, &tensors)?;
    let (mut parts, mut has_eight, mut has_four) = (Vec::new(), false, false);
    for (key, stored) in tensors {
        let is_vector = key.ends_with("norm.weight");
        // T5's position biases are a few numbers, and their rows no whole blocks.
        let as_it_is = is_vector || key.ends_with("relative_attention_bias.weight");
        let stored = if as_it_is { stored } else { quantised(&key, stored, quantisation)? };
        has_eight |= stored.form == Form::Q8;
        has_four |= matches!(stored.form, Form::Q4 | Form::Q4Offset);
        stored.into_parts(&key, is_vector, &mut parts);
    }
    let label = match (has_eight, has_four) {
        (false, false) => "f32",
        (true, false) => "q8",
        (false, true) => "q4",
        (true, true) => "mixed",
    };
    let weights = serialise(&parts)?;
    drop(parts);
    let files = [(MODEL, sha256(&weights)), (TOKENIZER, sha256(&tokenizer))].map(|(name, hash)| (name.to_owned(), hash)).into();
    let manifest = Manifest {
        format: FORMAT,
        name: name.to_owned(),
        dataset: String::new(),
        licence: licence.unwrap_or_else(|| "not named in the checkpoint; ask where it came from".into()),
        config: spec,
        quantisation: label.into(),
        training: Default::default(),
        files,
        figures: Vec::new(),
        floor: None,
        floor_yes_no: None,
        baseline: None,
        proxy: Default::default(),
        text,
    };
    let manifest = serde_json::to_vec(&manifest).map_err(|e| Error::package(MANIFEST, e.to_string()))?;
    Ok(Files::from([(MODEL.to_owned(), weights), (TOKENIZER.to_owned(), tokenizer), (MANIFEST.to_owned(), manifest)]))
}

fn quantised(key: &str, stored: Stored, quantisation: Quantisation) -> Result<Stored> {
    let by_token = BY_TOKEN.contains(&key);
    let bits = match quantisation {
        Quantisation::Keep => return Ok(stored),
        Quantisation::F32 => return Ok(Stored::from_floats(&stored.to_dense(), stored.dims)),
        Quantisation::Q4 if !by_token => Bits::Four,
        Quantisation::Q8 | Quantisation::Q4 => Bits::Eight,
    };
    if !stored.dims[1].is_multiple_of(BLOCK) {
        return Err(Error::package(key, format!("a block of {BLOCK} must divide the row length {}: import it as f32", stored.dims[1])));
    }
    Stored::quantise(&stored.to_dense(), stored.dims, bits)
}
