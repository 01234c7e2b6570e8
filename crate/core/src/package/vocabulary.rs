//! A text package's own order of tokens: answers first, and only those that its prompts need.
//!
//! The output layer scores the first rows, and every part of this program takes row 4 as No and row 5 as Yes. So rows of the embedding table
//! are moved when a model is imported; the tokenizer keeps its own ids, and `kept` says which of them each row is.

use super::checkpoint::Checkpoint;
use super::stored::Stored;
use crate::data::text::{Encoder, N_FIXED, Specials};
use crate::data::tokenizer::{NO, YES};
use crate::{Error, Result};
use std::collections::BTreeSet;

/// Tensors with one row a token.
pub(super) const BY_TOKEN: [&str; 3] = ["model.embed_tokens.weight", "shared.weight", "lm_head.weight"];

/// The order of an untrimmed package: original id of every row.
///
/// Rows 0 to 3 are the end, begin and unknown tokens and the newline, or the lowest free ids where the model has none; 4 and 5 are the answers;
/// the rest ascends.
///
/// # Errors
/// If there are fewer than six tokens, or an answer is no token of its own.
pub fn order(tokenizer: &Encoder, specials: &Specials, [no, yes]: [&str; 2], vocab_size: usize) -> Result<Vec<u32>> {
    let n_tokens = u32::try_from(vocab_size).map_err(|_| Error::setting("vocab_size", "must fit in 32 bits", vocab_size))?;
    if vocab_size < N_FIXED {
        return Err(Error::setting("vocab_size", format!("must be at least {N_FIXED}"), vocab_size));
    }
    let (no, yes) = (single(tokenizer, no, n_tokens)?, single(tokenizer, yes, n_tokens)?);
    if no == yes {
        return Err(Error::setting("answers", "must be two tokens", no));
    }
    let newline = single(tokenizer, "\n", n_tokens).ok();
    let mut used = BTreeSet::from([no, yes]);
    let wanted =
        [specials.eos.or(specials.pad), specials.bos, specials.unk, newline].map(|id| id.filter(|id| *id < n_tokens && used.insert(*id)));
    let mut free = (0..n_tokens).filter(|id| !used.contains(id)).collect::<Vec<_>>().into_iter();
    let mut kept: Vec<u32> = wanted.into_iter().filter_map(|id| id.or_else(|| free.next())).collect();
    debug_assert_eq!(kept.len(), NO as usize);
    kept.extend([no, yes]);
    debug_assert_eq!(kept[YES as usize], yes);
    kept.extend(free);
    Ok(kept)
}

/// The one token that a text is.
///
/// # Errors
/// If the tokenizer makes more or less of it.
pub fn single(tokenizer: &Encoder, text: &str, n_tokens: u32) -> Result<u32> {
    match tokenizer.ids(text, false)?.as_slice() {
        [id] if *id < n_tokens => Ok(*id),
        ids => Err(Error::package("tokenizer.json", format!("`{}` must be one token, it is {}", text.escape_debug(), ids.len()))),
    }
}

/// Checks that `kept` names tokens below `n_tokens`, each once, and is long enough for the answers.
///
/// # Errors
/// If not.
pub fn check(kept: &[u32], n_tokens: usize) -> Result<()> {
    if kept.len() < N_FIXED {
        return Err(Error::setting("kept", format!("must hold at least {N_FIXED} tokens"), kept.len()));
    }
    let mut seen = BTreeSet::new();
    match kept.iter().find(|id| **id as usize >= n_tokens || !seen.insert(**id)) {
        Some(bad) => Err(Error::setting("kept", format!("tokens must be below {n_tokens} and different"), bad)),
        None => Ok(()),
    }
}

/// The model over these tokens alone, in this order: row i of the embedding and the output layer becomes that of token `kept[i]`. Exact in
/// every form, since whole rows move.
///
/// # Errors
/// If `kept` names a token that is not there, or one twice.
pub fn keep(model: &mut Checkpoint, kept: &[u32]) -> Result<()> {
    check(kept, model.spec.vocab_size())?;
    for name in BY_TOKEN {
        if let Some(stored) = model.tensors.get_mut(name) {
            *stored = stored.select_rows(kept)?;
        }
    }
    model.spec.set_vocab_size(kept.len(), kept.len());
    Ok(())
}

/// Whether rows of these ids are a whole vocabulary in another order.
pub fn is_whole(kept: &[u32]) -> bool {
    kept.iter().all(|id| (*id as usize) < kept.len())
}

/// The row of every token of a vocabulary of `n_tokens`, in the published order; none where it was not kept.
pub fn rows_by_id(kept: &[u32], n_tokens: usize) -> Vec<Option<u32>> {
    let mut rows = vec![None; n_tokens];
    for (row, id) in (0..).zip(kept) {
        if let Some(place) = rows.get_mut(*id as usize) {
            *place = Some(row);
        }
    }
    rows
}

/// Undoes [`keep`] where no token was left out.
///
/// # Errors
/// If one was.
pub fn restore(model: &mut Checkpoint, kept: &[u32]) -> Result<()> {
    let mut rows = vec![0u32; kept.len()];
    check(kept, kept.len())?;
    for (row, id) in kept.iter().enumerate() {
        rows[*id as usize] = row as u32;
    }
    for name in BY_TOKEN {
        if let Some(stored) = model.tensors.get_mut(name) {
            *stored = Stored::select_rows(stored, &rows)?;
        }
    }
    Ok(())
}
