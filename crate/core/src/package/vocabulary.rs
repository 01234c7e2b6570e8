//! The token order of a text package: answers first, and only the tokens that its prompts need.
//!
//! The output layer scores the first rows, and the whole program takes row 4 as No and row 5 as Yes. So the rows of the embedding table are
//! reordered on import. The tokenizer keeps its own ids, and `kept` gives the id of every row.

use super::checkpoint::{Checkpoint, Rows, layout};
use crate::data::text::{Encoder, N_FIXED, Specials};
use crate::data::tokenizer::{NO, YES};
use crate::{Error, Result};
use std::collections::BTreeSet;

/// The row order of an untrimmed package, as the original id of every row.
///
/// Rows 0 to 3 are the end, begin and unknown tokens and the newline; where the model lacks one, the lowest free id takes its place.
/// Rows 4 and 5 are the answers. All others follow in ascending order.
///
/// # Errors
/// If there are fewer than six tokens, or an answer is not a single token.
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

/// The token of a text that the tokenizer encodes as a single token.
///
/// # Errors
/// If the text is encoded as more or fewer tokens.
pub fn single(tokenizer: &Encoder, text: &str, n_tokens: u32) -> Result<u32> {
    match tokenizer.continued(text)?.as_slice() {
        [id] if *id < n_tokens => Ok(*id),
        ids => Err(Error::package("tokenizer.json", format!("`{}` must be one token, it is {}", text.escape_debug(), ids.len()))),
    }
}

/// Checks that the ids in `kept` are below `n_tokens` and distinct, and that there are enough for the answers.
///
/// # Errors
/// If one of these conditions fails.
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

/// Restricts the model to some tokens in the given order: row i of the embedding and the output layer becomes that of token `kept[i]`. Exact in
/// every form, since whole rows move.
///
/// # Errors
/// If `kept` names a token that does not exist, or names one twice.
pub fn keep(model: &mut Checkpoint, kept: &[u32]) -> Result<()> {
    check(kept, model.spec.vocab_size())?;
    move_rows(model, kept)?;
    model.spec.set_vocab_size(kept.len(), kept.len());
    Ok(())
}

/// Whether the ids in `kept` are a permutation of a whole vocabulary.
pub fn is_whole(kept: &[u32]) -> bool {
    kept.iter().all(|id| (*id as usize) < kept.len())
}

/// The row of every token in the published order, for a vocabulary of `n_tokens`; `None` for a token that was not kept.
pub fn rows_by_id(kept: &[u32], n_tokens: usize) -> Vec<Option<u32>> {
    let mut rows = vec![None; n_tokens];
    for (row, id) in (0..).zip(kept) {
        if let Some(place) = rows.get_mut(*id as usize) {
            *place = Some(row);
        }
    }
    rows
}

/// Undoes [`keep`] if no token was left out.
///
/// # Errors
/// If a token was left out.
pub fn restore(model: &mut Checkpoint, kept: &[u32]) -> Result<()> {
    let mut rows = vec![0u32; kept.len()];
    check(kept, kept.len())?;
    for (row, id) in kept.iter().enumerate() {
        rows[*id as usize] = row as u32;
    }
    move_rows(model, &rows)
}

/// Puts the rows of a whole vocabulary into the order of `kept`; undoes [`restore`].
///
/// # Errors
/// If a token is left out.
pub fn reorder(model: &mut Checkpoint, kept: &[u32]) -> Result<()> {
    check(kept, kept.len())?;
    move_rows(model, kept)
}

/// Selects these rows of every tensor that has one row per token. An output layer that scores only some tokens has the package's order for good.
fn move_rows(model: &mut Checkpoint, rows: &[u32]) -> Result<()> {
    for slot in layout(&model.spec).into_iter().filter(|slot| slot.rows == Rows::Tokens && slot.dims[0] == model.spec.vocab_size()) {
        if let Some(stored) = model.tensors.get_mut(&slot.name) {
            *stored = stored.select_rows(rows)?;
        }
    }
    Ok(())
}
