//! Lists that many entries share: a student's parameters, and the values of the named settings.

/// A method's own parameters, then those of every student, with this learning rate and early stop as defaults.
macro_rules! with_student {
    ([$($own:expr),* $(,)?], lr $lr:expr, stop $stop:expr) => {
        &[
            $($own,)*
            student::ADAPTER,
            student::RANK,
            student::LORA_ALPHA,
            student::LR.default($lr),
            student::DECAY,
            student::BATCH,
            student::EPOCHS,
            student::MIN_STEPS,
            student::STOP.default($stop),
        ]
    };
}

/// The student of E2URec's public code, on which the published weights of other methods are put too, since their own step sizes are for full
/// fine-tuning of large models: rank 16 on query and value, AdamW at a constant 1e-3, batches of 16, two passes over the forget set.
macro_rules! published {
    ($($own:expr),* $(,)?) => {
        &[
            ("targets", 0.0),
            ("rank", 16.0),
            ("lora_alpha", 32.0),
            ("lr", 1e-3),
            ("decay", 0.0),
            ("batch", 16.0),
            ("epochs", 2.0),
            ("min_steps", 1.0),
            ("stop", 0.0),
            $($own,)*
        ]
    };
}

/// A student on a language model: an adapter on the linear layers and small batches, since a step costs seconds. Not tuned.
macro_rules! language_model {
    ($($own:expr),* $(,)?) => {
        &[("targets", 1.0), ("rank", 8.0), ("lora_alpha", 16.0), ("lr", 1e-3), ("batch", 8.0), ("min_steps", 16.0), $($own,)*]
    };
}

/// The usual three presets: tuned ones are the defaults.
macro_rules! presets {
    (published $note:expr, [$($own:expr),* $(,)?]; text [$($text:expr),* $(,)?]) => {
        &[
            Preset {
                id: "tuned",
                label: "Tuned for this model",
                note: "Chosen among eight settings on another forget set with a Retrain of its own.",
                params: &[],
            },
            Preset { id: "published", label: "As published", note: $note, params: $crate::unlearn::presets::published![$($own),*] },
            Preset {
                id: $crate::unlearn::entry::LANGUAGE_MODEL,
                label: "Language model",
                note: "An adapter on the linear layers and small batches, as a model of a hundred million weights needs. Not tuned.",
                params: $crate::unlearn::presets::language_model![$($text),*],
            },
        ]
    };
}

pub(super) use {language_model, presets, published, with_student};
