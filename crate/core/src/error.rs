//! The one error type of the core: value + rule + reason, lower case, no final dot.

/// What went wrong, where, and which rule was broken. Every variant is the fault of an input, never of a caller inside this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A line of a user's data file breaks a rule of its format.
    #[error("{file}:{line}: {rule}, got `{value}`")]
    Data {
        /// File name as the user gave it.
        file: String,
        /// Line, counted from 1; 0 where the whole file is meant.
        line: u64,
        /// The rule, e.g. "rating must be between 0.5 and 5".
        rule: String,
        /// The offending value, cut to 80 characters.
        value: String,
    },
    /// A setting (method parameter, model configuration, request) is outside its rule.
    #[error("{what}: {rule}, got `{value}`")]
    Setting {
        /// Name of the setting, e.g. `alpha`.
        what: String,
        /// The rule it breaks.
        rule: String,
        /// The value that was given.
        value: String,
    },
    /// A model package is incomplete, corrupt, or does not fit the data.
    #[error("model package, {file}: {reason}")]
    Package {
        /// File inside the package.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint is damaged, or belongs to another run.
    #[error("checkpoint, {file}: {reason}")]
    Checkpoint {
        /// File of the checkpoint.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The device could not do what was asked (lost, out of memory, wrong numbers).
    #[error("device: {0}")]
    Device(String),
    /// The user cancelled the run; nothing of it is kept but what was saved before.
    #[error("cancelled by the user")]
    Cancelled,
}

/// Result with the core's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A broken rule in a data file; `value` is cut to 80 characters.
    pub fn data(file: &str, line: u64, rule: impl Into<String>, value: impl ToString) -> Self {
        let value: String = value.to_string().chars().take(80).collect();
        Self::Data { file: file.to_owned(), line, rule: rule.into(), value }
    }

    /// A setting outside its rule.
    pub fn setting(what: &str, rule: impl Into<String>, value: impl ToString) -> Self {
        Self::Setting { what: what.to_owned(), rule: rule.into(), value: value.to_string() }
    }

    /// A corrupt or incomplete model package.
    pub fn package(file: &str, reason: impl Into<String>) -> Self {
        Self::Package { file: file.to_owned(), reason: reason.into() }
    }
}
