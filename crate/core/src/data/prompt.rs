//! The nano's prompt: `[bos] i7 r4.0 i12 r3.5 … i50 [ask]`, oldest first, one token per item and one per rating.
//!
//! If the vocabulary contains the words of [`profile`], they come before the item asked about: `… i12 r3.5 m3.75 n6 a4.5x1 i50 [ask]`.
//! They follow the history, so that what is learned from the history's ratings does not depend on them.

use super::profile;
use super::profile::Profile;
use std::fmt::Write;

/// Largest number of history ratings in a prompt.
pub const MAX_HISTORY: usize = 10;
/// Number of tokens in the longest prompt.
pub const MAX_TOKENS: usize = 2 * MAX_HISTORY + profile::N_WORDS + 3;

/// The content of a prompt: will the user who gave these ratings like this item?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// All earlier ratings as `(item, rating)`, oldest first.
    pub earlier: &'a [(u32, f32)],
    /// The item asked about.
    pub target: u32,
    /// The items by the first author of the target.
    pub same_author: &'a [u32],
    /// The user, if known: some wordings state what the dataset says about the person.
    pub user: Option<u32>,
}

impl<'a> Question<'a> {
    /// The ratings that the prompt contains.
    pub fn history(&self) -> &'a [(u32, f32)] {
        &self.earlier[self.earlier.len().saturating_sub(MAX_HISTORY)..]
    }

    /// The profile of all earlier ratings.
    pub fn profile(&self) -> Profile {
        Profile::new(self.earlier, self.same_author)
    }

    /// The prompt as words.
    pub fn words(&self, with_profile: bool) -> String {
        let mut text = String::from("[bos]");
        for (item, rating) in self.history() {
            // Writing to a String cannot fail.
            let _ = write!(text, " {} {}", item_word(*item), rating_word(*rating));
        }
        if with_profile {
            let words = profile::words();
            self.profile().word_ids().into_iter().for_each(|id| text.extend([" ", &words[id]]));
        }
        let _ = write!(text, " {} [ask]", item_word(self.target));
        text
    }
}

/// The word of an item.
pub fn item_word(item: u32) -> String {
    format!("i{item}")
}

/// The word of a rating in half stars.
pub fn rating_word(rating: f32) -> String {
    format!("r{rating:.1}")
}
