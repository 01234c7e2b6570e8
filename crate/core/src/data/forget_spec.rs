//! The specification of a forget set in a request.

use serde::{Deserialize, Serialize};

/// Specifies which training interactions to forget. Exactly one field must be set (`shuffle` stands beside `percent`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct ForgetSpec {
    /// All training rows of these users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<u32>>,
    /// All training rows whose target is one of these items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<u32>>,
    /// All training rows whose target has this genre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// One person's interest: all training rows of this user whose target has this genre (an attribute of the person, as attribute unlearning means it).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interest: Option<(u32, String)>,
    /// Sensitive items: all training rows whose target has one of these words in its title or genres, in any case, as whole words (ERASE, arXiv
    /// 2603.08341).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<String>>,
    /// Single interactions as `[user, item]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interactions: Option<Vec<(u32, u32)>>,
    /// The paper's forget set: 20 % of the training users (CPython's `random.seed(42)`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard: Option<bool>,
    /// This percentage of the training users, 1 to 90, drawn like the paper's 20 %. A smaller share is contained in a larger one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// Seed of the draw for `percent`; 42 if absent. Other seeds give surrogate forget sets for choosing hyperparameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shuffle: Option<u32>,
    /// This percentage of the training users, 1 to 90: those with the most training rows (CURE4Rec's core set, arXiv 2408.14393). Ties go to the lower id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core: Option<u32>,
    /// This percentage of the training users, 1 to 90: those with the fewest training rows (CURE4Rec's edge set). Ties go to the lower id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge: Option<u32>,
    /// Several requests at once: the union of their rows. None of them may itself be such a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<ForgetSpec>>,
}
