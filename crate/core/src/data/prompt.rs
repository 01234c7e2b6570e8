//! The nano's prompt: `[bos] i7 r4.0 i12 r3.5 … i50 [ask]`, oldest first, one token an item and one a rating.
//!
//! A vocabulary with the words of [`profile`](super::profile) has them before the item asked about: `… i12 r3.5 m3.75 n6 a4.5x1 i50 [ask]`.
//! They stand behind the history, so that what is learned from the history's own ratings does not see them.

use super::profile::{self, Profile};
use std::fmt::Write;

/// Ratings of the history that a prompt shows at most.
pub const MAX_HISTORY: usize = 10;
/// Tokens of the longest prompt.
pub const MAX_TOKENS: usize = 2 * MAX_HISTORY + profile::N_WORDS + 3;

/// What a prompt is made from: will the one who gave these ratings like this item?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Every earlier rating as `(item, rating)`, oldest first.
    pub earlier: &'a [(u32, f32)],
    /// The item asked about.
    pub target: u32,
    /// The items of its first author.
    pub same_author: &'a [u32],
    /// Who is asked about, where that is known: some wordings tell what the data say of the person.
    pub user: Option<u32>,
}

impl<'a> Question<'a> {
    /// The ratings that the prompt shows.
    pub fn history(&self) -> &'a [(u32, f32)] {
        &self.earlier[self.earlier.len().saturating_sub(MAX_HISTORY)..]
    }

    /// What all earlier ratings say.
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
