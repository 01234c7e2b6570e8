//! A published checkpoint, as it is imported into a package or exported from one. It has its own token order and the tensor names of Hugging Face
//! files.

pub use super::architecture::layout;
pub use super::architecture::slot::{Kind, Rows, Slot, Spare};
use super::stored::Stored;
use crate::data::text::Specials;
use crate::model::Spec;
use crate::{Error, Result};
use std::collections::BTreeMap;

/// A published checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Its name for itself.
    pub name: Option<String>,
    /// Licence of the weights, as stated by the checkpoint.
    pub licence: Option<String>,
    /// Shape of the model.
    pub spec: Spec,
    /// Contents of `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// The special tokens.
    pub specials: Specials,
    /// The weights by published name.
    pub tensors: BTreeMap<String, Stored>,
}

/// Number of parameters of a model of this shape, without building it.
pub fn n_params(spec: &Spec) -> u64 {
    layout(spec).iter().map(|slot| slot.dims[0] as u64 * slot.dims[1] as u64).sum()
}

/// Checks that `tensors` contains exactly the tensors of `slots`, and that all values are finite.
///
/// # Errors
/// If a tensor is missing, unexpected or not finite; messages call the file `file`.
pub fn check_tensors(file: &str, slots: &[Slot], tensors: &BTreeMap<String, Stored>) -> Result<()> {
    for Slot { name, dims, .. } in slots {
        let stored = tensors.get(name).ok_or_else(|| Error::package(file, format!("tensor `{name}` is missing")))?;
        if stored.dims != *dims {
            return Err(Error::package(file, format!("tensor `{name}` must be {dims:?}, got {:?}", stored.dims)));
        }
        if !stored.is_finite() {
            return Err(Error::package(file, format!("tensor `{name}` has a number that is not finite")));
        }
    }
    match tensors.keys().find(|name| !slots.iter().any(|slot| slot.name == **name)) {
        Some(other) => Err(Error::package(file, format!("has the tensor `{other}`, which a model of this shape has not"))),
        None => Ok(()),
    }
}
