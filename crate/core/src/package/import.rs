//! Import of a published checkpoint as a model package.

use super::bytes::serialise;
use super::checkpoint::{Checkpoint, Kind, Rows, Slot, check_tensors, layout};
use super::manifest::{FORMAT, MANIFEST, MODEL, Manifest, TOKENIZER};
use super::stored::{Form, Stored};
use super::{sha256, vocabulary};
use crate::data::text::{Answers, Specials, Template, TextSpec, usable};
use crate::host::Files;
use crate::linear::{BLOCK, Bits};
use crate::model::Spec;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// How the matrices of a checkpoint are quantised on import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantisation {
    /// Not at all: every value is kept as it is.
    Keep,
    /// Binary32.
    F32,
    /// Eight bits per value.
    Q8,
    /// Four bits per value; eight for embedding and output layer, as is usual.
    Q4,
}

/// The settings of an import.
#[derive(Debug, Clone)]
pub struct ImportSpec {
    /// Name of the package; by default, the checkpoint's own name.
    pub name: Option<String>,
    /// Quantisation of the matrices.
    pub quantisation: Quantisation,
    /// Wording of the prompts.
    pub template: Template,
}

/// The package of a checkpoint: manifest, weights, tokenizer.
///
/// # Errors
/// If training would refuse the tokenizer, an answer is not a single token, or a matrix does not fit the quantisation.
pub fn package(mut model: Checkpoint, spec: &ImportSpec) -> Result<Files> {
    let answers = Answers::default();
    // Row 0 is padding. T5's decoder starts with it, so for T5 the end token comes second; a decoder's prompts need no special token but the end.
    let first = match model.spec {
        Spec::Llama(_) => model.specials,
        Spec::T5(_) => Specials { bos: model.specials.eos, eos: model.specials.pad, ..model.specials },
    };
    let kept = vocabulary::order(&usable(&model.tokenizer)?.0, &first, [&answers.no, &answers.yes], model.spec.vocab_size())?;
    vocabulary::keep(&mut model, &kept)?;
    let text = TextSpec { template: spec.template, kept, answers, specials: model.specials, rows: None, rank: None, eval_rows: None };
    let name = spec.name.clone().or_else(|| model.name.clone()).unwrap_or_else(|| "imported".into());
    write(model, &name, spec.quantisation, Some(text))
}

/// Writes a checkpoint whose rows are already in the package's order. `text` is the prompt description of a language model. The checkpoint's own name
/// becomes the package's source.
///
/// # Errors
/// If a matrix does not fit the quantisation.
pub fn write(model: Checkpoint, name: &str, quantisation: Quantisation, text: Option<TextSpec>) -> Result<Files> {
    let Checkpoint { name: source, licence, spec, tokenizer, tensors, .. } = model;
    let mut slots = layout(&spec);
    check_tensors(MODEL, &slots, &tensors)?;
    slots.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut parts, mut has_eight, mut has_four, mut has_blocks) = (Vec::new(), false, false, false);
    // Both are sorted by name and have the same names.
    for ((key, stored), slot) in tensors.into_iter().zip(&slots) {
        let stored = if slot.kind == Kind::Weight { quantised(slot, stored, quantisation)? } else { stored };
        has_eight |= stored.form == Form::Q8;
        has_four |= matches!(stored.form, Form::Q4 | Form::Q4Offset);
        has_blocks |= matches!(stored.form, Form::Blocks(_));
        stored.into_parts(&key, slot.is_vector(), &mut parts);
    }
    let label = match (has_eight, has_four) {
        _ if has_blocks => "gguf",
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
        source: source.filter(|source| source != name),
        dataset: String::new(),
        data: None,
        licence: licence.unwrap_or_else(|| "not named in the checkpoint; ask where it came from".into()),
        config: spec,
        quantisation: label.into(),
        training: Default::default(),
        files,
        figures: Vec::new(),
        floor: None,
        floor_yes_no: None,
        cross_fit_error: None,
        baseline: None,
        proxy: Default::default(),
        text,
        read: Default::default(),
    };
    let manifest = serde_json::to_vec(&manifest).map_err(|e| Error::package(MANIFEST, e.to_string()))?;
    Ok(Files::from([(MODEL.to_owned(), weights), (TOKENIZER.to_owned(), tokenizer), (MANIFEST.to_owned(), manifest)]))
}

fn quantised(slot: &Slot, stored: Stored, quantisation: Quantisation) -> Result<Stored> {
    let bits = match quantisation {
        Quantisation::Keep => return Ok(stored),
        Quantisation::F32 => return Ok(Stored::from_floats(&stored.to_dense(), stored.dims)),
        Quantisation::Q4 if slot.rows != Rows::Tokens => Bits::Four,
        Quantisation::Q8 | Quantisation::Q4 => Bits::Eight,
    };
    if !stored.dims[1].is_multiple_of(BLOCK) {
        return Err(Error::package(
            &slot.name,
            format!("a block of {BLOCK} must divide the row length {}: import it as f32", stored.dims[1]),
        ));
    }
    Stored::quantise(&stored.to_dense(), stored.dims, bits)
}
