//! The inputs of `unlearn train`: a tokenizer and its vocabulary, and for a language model its initial weights.

use anyhow::Result;
use unlearn_core::data::interaction::Dataset;
use unlearn_core::data::text::TextSpec;
use unlearn_core::data::tokenizer::ItemVocabulary;
use unlearn_core::data::vocabulary::Vocabulary;
use unlearn_core::train::tune::Start;

/// The inputs of a training run.
pub struct TrainingInputs {
    /// First part of the package's default name.
    pub family: String,
    /// Licence of the model that training starts from, if any.
    pub base_licence: Option<String>,
    /// The tokenizer file as the package will contain it.
    pub tokenizer: Vec<u8>,
    /// The tokenizer's vocabulary for the data.
    pub vocabulary: Vocabulary,
    /// Text settings of a language model.
    pub text: Option<TextSpec>,
    /// Initial weights of a language model.
    pub start: Option<Start>,
    /// Whether the package should include the initial weights.
    pub keep_start: bool,
}

impl TrainingInputs {
    /// The inputs of a nano, which is trained from scratch.
    pub fn nano(dataset: &Dataset) -> Result<Self> {
        let tokenizer = ItemVocabulary::json_of(dataset).into_bytes();
        let vocabulary = ItemVocabulary::from_json(&tokenizer)?.into();
        Ok(Self { family: "nano".into(), base_licence: None, tokenizer, vocabulary, text: None, start: None, keep_start: false })
    }
}
