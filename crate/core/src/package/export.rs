//! Export of a model package as a Hugging Face folder or a GGUF file.

use super::bytes::parse;
use super::checkpoint::{Checkpoint, check_tensors, layout};
use super::manifest::{MODEL, Manifest, TOKENIZER};
use super::stored::{Form, Stored};
use super::weights::stored;
use super::{file, gguf, hf, vocabulary};
use crate::data::text::{Specials, TextSpec};
use crate::host::Files;
use crate::linear::Bits;
use crate::{Error, Result};
use half::f16;

/// File beside the weights of a trimmed model: the token ids of its rows.
pub const VOCABULARY: &str = "vocabulary.json";

/// The number format of exported weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// The format of the package.
    Keep,
    /// binary32.
    F32,
    /// binary16.
    F16,
}

/// Reads the weights of a package without building a model. Rows keep the package's order.
///
/// # Errors
/// If a file is missing or damaged, or does not match the manifest.
pub fn read(files: &Files) -> Result<(Checkpoint, Manifest)> {
    let manifest = Manifest::read(files)?;
    let spec = manifest.config.clone();
    let file_of_weights = parse(MODEL, file(files, MODEL)?)?;
    let bits = manifest.bits()?;
    let mut tensors = std::collections::BTreeMap::new();
    let slots = layout(&spec);
    for slot in &slots {
        let mut found = stored(MODEL, &file_of_weights, &slot.name, slot.dims)?;
        if bits == Bits::Four && found.form == Form::Q8 {
            found = Stored::from_floats(&found.to_dense(), found.dims);
        }
        tensors.insert(slot.name.clone(), found);
    }
    check_tensors(MODEL, &slots, &tensors)?;
    let specials = manifest.text.as_ref().map(|text| text.specials).unwrap_or_default();
    let (name, licence) = (Some(manifest.name.clone()), Some(manifest.licence.clone()));
    Ok((Checkpoint { name, licence, spec, tokenizer: file(files, TOKENIZER)?.to_vec(), specials, tensors }, manifest))
}

/// The package as a Hugging Face folder. Tokens are in their original order. In a trimmed package they keep the package's order,
/// and `vocabulary.json` lists their ids.
/// # Errors
/// If the package is damaged, its output layer does not score every token, or a value is too large for the number format.
pub fn to_hf(files: &Files, numbers: Numbers) -> Result<Files> {
    let (mut model, manifest) = read(files)?;
    check_range(&model, numbers)?;
    let trimmed = original_order(&mut model, &manifest)?;
    if let Some(text) = trimmed {
        // The configuration refers to rows, the tokenizer to token ids.
        let row = |id: Option<u32>| text.kept.iter().position(|kept| Some(*kept) == id).map(|row| row as u32);
        let Specials { bos, eos, pad, unk } = model.specials;
        model.specials = Specials { bos: row(bos), eos: row(eos), pad: row(pad), unk: row(unk) };
    }
    let mut out = hf::write(&model, |stored| as_floats(stored, numbers))?;
    if let Some(text) = trimmed {
        let note = serde_json::json!({
            "about": "The embedding has fewer rows than the tokenizer has tokens: row i is the token with id kept[i].",
            "kept": text.kept,
        });
        out.insert(VOCABULARY.into(), note.to_string().into_bytes());
    }
    Ok(out)
}

/// The package as a GGUF file.
///
/// # Errors
/// If the package is damaged or trimmed, GGUF does not support its tokenizer, or a value is too large for the number format.
pub fn to_gguf(files: &Files, numbers: Numbers) -> Result<Vec<u8>> {
    let (mut model, manifest) = read(files)?;
    if original_order(&mut model, &manifest)?.is_some() {
        return Err(Error::package(MODEL, "has fewer rows than the tokenizer has tokens: GGUF needs one for each; export it to hf"));
    }
    check_range(&model, numbers)?;
    if numbers != Numbers::Keep {
        model.tensors.values_mut().for_each(|stored| *stored = as_floats(stored, numbers));
    }
    gguf::write(&model)
}

/// Restores the rows to the tokenizer's order. For a trimmed package, whose rows stay, returns its text settings instead.
fn original_order<'a>(model: &mut Checkpoint, manifest: &'a Manifest) -> Result<Option<&'a TextSpec>> {
    let spec = &mut model.spec;
    // A tied output layer has a row for every token, even if this program scores only some of them.
    let n_tokens = spec.vocab_size();
    if spec.tie_word_embeddings() {
        spec.set_vocab_size(n_tokens, n_tokens);
    }
    if spec.head_vocab_size() != n_tokens {
        let reason = format!("the output layer must score every token, {n_tokens}, it scores {}", spec.head_vocab_size());
        return Err(Error::package(MODEL, format!("{reason}: neither Hugging Face's format nor GGUF has such a layer")));
    }
    let Some(text) = &manifest.text else { return Ok(None) };
    let is_whole = text.kept.iter().all(|id| (*id as usize) < text.kept.len());
    if !is_whole {
        return Ok(Some(text));
    }
    vocabulary::restore(model, &text.kept)?;
    Ok(None)
}

/// Rejects values that would become infinite.
fn check_range(model: &Checkpoint, numbers: Numbers) -> Result<()> {
    let fits = |stored: &Stored| numbers != Numbers::F16 || stored.to_dense().iter().all(|x| f16::from_f32(*x).is_finite());
    match model.tensors.iter().find(|(_, stored)| !fits(stored)) {
        Some((name, _)) => {
            Err(Error::package(MODEL, format!("tensor `{name}` has a number above 65504, the largest of binary16: write it as f32")))
        }
        None => Ok(()),
    }
}

fn as_floats(stored: &Stored, numbers: Numbers) -> Stored {
    let is_float = !stored.form.is_quantised();
    match numbers {
        Numbers::Keep if is_float => stored.clone(),
        Numbers::F16 if stored.form == Form::F16 => stored.clone(),
        Numbers::Keep | Numbers::F32 => Stored::from_floats(&stored.to_dense(), stored.dims),
        Numbers::F16 => {
            let values = stored.to_dense().iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect();
            Stored { form: Form::F16, dims: stored.dims, values, scales: Vec::new(), offsets: Vec::new() }
        }
    }
}
