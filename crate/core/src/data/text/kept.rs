//! The trimming of a vocabulary to the tokens that prompts about one dataset can need.

use super::vocabulary::{unit_ids, usable};
use super::{Answers, Family, Template, Wording, byte_token};
use crate::Result;
use crate::data::interaction::Dataset;
use std::collections::HashMap;

/// Number of rows with a fixed meaning: padding, beginning, unknown, one more, No, Yes.
pub const N_FIXED: usize = 6;

/// The ids of all tokens that a prompt about this dataset can contain, ascending: those of every title, as rated and as asked about, of every
/// rating, of the template's words and of the answers, and every single-byte token that the tokenizer has (SmolLM2 lacks some control bytes), so
/// that only text unknown to the tokenizer itself is unknown. For a Unigram tokenizer all tokens are needed, since a word's tokens depend on
/// which others exist.
///
/// # Errors
/// If the tokenizer cannot be read.
pub fn needed_tokens(dataset: &Dataset, tokenizer: &[u8], template: Template) -> Result<Vec<u32>> {
    let (tokenizer, family) = usable(tokenizer)?;
    if family == Family::Whole {
        let mut all = tokenizer.all_ids();
        all.sort_unstable();
        return Ok(all);
    }
    let wording = Wording::new(template, dataset);
    let answers = Answers::default();
    let mut needed = Vec::new();
    for unit in 0..wording.n_units() as u32 {
        needed.extend(unit_ids(&tokenizer, family, &wording, unit)?);
    }
    for answer in [&answers.no, &answers.yes] {
        needed.extend(tokenizer.continued(answer)?);
    }
    // As byte-level tokenizers spell a byte, and as SentencePiece does.
    needed.extend((0..=255).filter_map(|byte| tokenizer.id_of(&byte_symbol(byte).to_string())));
    needed.extend((0..=255).filter_map(|byte| tokenizer.id_of(&byte_token(byte))));
    needed.sort_unstable();
    needed.dedup();
    Ok(needed)
}

/// The trimmed vocabulary from `kept` and `needed`: the new `kept`, and the old row of every new row. The first six rows stay.
///
/// If the vocabulary was trimmed before, tokens that it no longer has cannot be restored: they will be unknown, and counted.
pub fn cut(kept: &[u32], needed: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let row_of: HashMap<u32, u32> = kept.iter().copied().zip(0..).collect();
    let mut others: Vec<u32> = needed.iter().copied().filter(|id| row_of.get(id).is_some_and(|row| *row as usize >= N_FIXED)).collect();
    others.sort_unstable();
    others.dedup();
    let cut: Vec<u32> = kept.iter().take(N_FIXED).copied().chain(others).collect();
    let rows = cut.iter().map(|id| row_of[id]).collect();
    (cut, rows)
}

/// The character that represents a byte in byte-level tokenizers: itself if it is printable Latin-1, otherwise the next one from U+0100 on (GPT-2).
fn byte_symbol(byte: u8) -> char {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if printable(byte) {
        return char::from(byte);
    }
    let n_before = (0..byte).filter(|other| !printable(*other)).count() as u32;
    char::from_u32(0x100 + n_before).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_gpt2_writes_them() {
        assert_eq!([b'a', b'!', b' ', b'\n', 0, 0xAD, 0xFF].map(byte_symbol), ['a', '!', 'Ġ', 'Ċ', 'Ā', 'Ń', 'ÿ']);
    }

    #[test]
    fn the_first_rows_stay() {
        let kept = [9, 8, 7, 6, 5, 4, 0, 1, 2, 3];
        assert_eq!(cut(&kept, &[3, 1, 4, 77, 1]), (vec![9, 8, 7, 6, 5, 4, 1, 3], vec![0, 1, 2, 3, 4, 5, 7, 9]));
    }
}
