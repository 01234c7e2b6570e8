//! The nano's prompt: `[bos] i7 r4.0 i12 r3.5 … i50 [ask]`, oldest first, one token an item and one a rating.

use std::fmt::Write;

/// Ratings of the history that a prompt shows at most.
pub const MAX_HISTORY: usize = 10;
/// Tokens of the longest prompt.
pub const MAX_TOKENS: usize = 2 * MAX_HISTORY + 3;

/// The prompt as words for `(item, rating)` pairs and the item asked about.
pub fn words(history: &[(u32, f32)], target: u32) -> String {
    let mut text = String::from("[bos]");
    for (item, rating) in history {
        // Writing to a String cannot fail.
        let _ = write!(text, " {} {}", item_word(*item), rating_word(*rating));
    }
    let _ = write!(text, " {} [ask]", item_word(target));
    text
}

/// The word of an item.
pub fn item_word(item: u32) -> String {
    format!("i{item}")
}

/// The word of a rating in half stars.
pub fn rating_word(rating: f32) -> String {
    format!("r{rating:.1}")
}
