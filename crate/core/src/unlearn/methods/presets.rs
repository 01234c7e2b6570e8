//! Macros for the lists that many entries share: a student's parameters and the presets' values.

/// A method's own parameters, then those of every student; layers (by their choice's value), learning rate and early stopping get the given
/// defaults.
macro_rules! with_student {
    ([$($own:expr),* $(,)?], lr $lr:expr, stop $stop:expr) => {
        with_student!([$($own),*], on 2.0, lr $lr, stop $stop)
    };
    ([$($own:expr),* $(,)?], on $targets:expr, lr $lr:expr, stop $stop:expr) => {
        with_student!(@all [$($own,)* student::ADAPTER.default($targets)], student::RANK, student::LORA_ALPHA, $lr, $stop)
    };
    // Without the choice of layers, which the method itself makes.
    ([$($own:expr),* $(,)?], rank $rank:expr, lr $lr:expr, stop $stop:expr) => {
        with_student!(@all [$($own),*], student::RANK.default($rank), student::LORA_ALPHA.default(2.0 * $rank), $lr, $stop)
    };
    (@all [$($own:expr),*], $rank:expr, $alpha:expr, $lr:expr, $stop:expr) => {
        &[
            $($own,)*
            $rank,
            $alpha,
            student::LR.default($lr),
            student::DECAY,
            student::BATCH,
            student::EPOCHS,
            student::MIN_STEPS,
            student::STOP.default($stop),
            student::SCALE,
            student::EPS,
            student::WEIGHT_DECAY,
            student::DROPOUT,
        ]
    };
}

/// The student of E2URec's public code: rank 16 on query and value with a dropout of 0.05, AdamW at a constant 1e-3 with a decay of 0.01 and ε 1e-8,
/// batches of 16, two epochs over the forget set.
/// Published weights of other methods are used with it too, since their own learning rates are for full fine-tuning of large models.
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
            ("eps", 1e-8),
            ("weight_decay", 0.01),
            ("dropout", 0.05),
            $($own,)*
        ]
    };
}

/// A student for a language model: an adapter on the linear layers and small batches, since a step takes seconds. Not tuned.
macro_rules! language_model {
    ($($own:expr),* $(,)?) => {
        &[("targets", 1.0), ("rank", 8.0), ("lora_alpha", 16.0), ("lr", 1e-3), ("batch", 8.0), ("min_steps", 16.0), $($own,)*]
    };
}

/// The recommended preset of a method: its defaults, with a note on how they were found.
macro_rules! recommended {
    (tuned) => {
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "Chosen among eight settings on another forget set with a Retrain of its own.",
            params: &[],
        }
    };
    (costly) => {
        Preset {
            id: "tuned",
            label: "Recommended",
            note: "Each of eight settings on another forget set cost more than 0.01 of validation AUC: the one that cost least.",
            params: &[],
        }
    };
    (brief) => {
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "Chosen among a few settings on the films’ standard set and on one person: forgotten rows near what is expected of them, at little validation AUC.",
            params: &[],
        }
    };
}

/// The usual three presets; the first argument says how the recommended one was found.
macro_rules! presets {
    ($found:ident; published $note:expr, [$($own:expr),* $(,)?]; text [$($text:expr),* $(,)?]) => {
        &[
            $crate::unlearn::methods::presets::recommended!($found),
            Preset { id: "published", label: "As published", note: $note, params: $crate::unlearn::methods::presets::published![$($own),*] },
            Preset {
                id: $crate::unlearn::method::LANGUAGE_MODEL,
                label: "Language model",
                note: "An adapter on the linear layers and small batches, as a model of a hundred million weights needs. Not tuned.",
                params: $crate::unlearn::methods::presets::language_model![$($text),*],
            },
        ]
    };
}

pub(super) use language_model;
pub(super) use presets;
pub(super) use published;
pub(super) use recommended;
pub(super) use with_student;
