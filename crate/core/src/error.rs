//! The error type of the core. Its messages give value, rule and reason, in lower case and without a final dot.

/// An error with its place and the broken rule. No variant stands for a bug in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A line of a user's data file breaks a rule of its format.
    #[error("{file}:{line}{}: {rule}, got `{value}`", in_column(.column))]
    Data {
        /// File name as the user gave it.
        file: String,
        /// Line, counted from 1; 0 for the whole file.
        line: u64,
        /// The column's name, or its place such as `column 3`; empty where no single column is meant.
        column: String,
        /// The rule, such as "rating must be between 0.5 and 5".
        rule: String,
        /// The offending value, truncated to 80 characters.
        value: String,
    },
    /// A setting (method parameter, model configuration, request) breaks its rule.
    #[error("{what}: {rule}, got `{value}`")]
    Setting {
        /// Name of the setting, such as `alpha`.
        what: String,
        /// The rule it breaks.
        rule: String,
        /// The given value.
        value: String,
    },
    /// A model package is incomplete, corrupt, or does not fit the data.
    #[error("model package, {file}: {reason}")]
    Package {
        /// File inside the package.
        file: String,
        /// What is wrong with the file.
        reason: String,
    },
    /// A checkpoint is damaged, or belongs to another run.
    #[error("checkpoint, {file}: {reason}")]
    Checkpoint {
        /// File of the checkpoint.
        file: String,
        /// What is wrong with the file.
        reason: String,
    },
    /// A training run diverged: its numbers are no longer finite.
    #[error("diverged by step {step}: the model gave {value} at learning rate {rate}; lower `{lower}`")]
    Diverged {
        /// The optimiser step at which it was noticed.
        step: u32,
        /// The peak learning rate of the run.
        rate: f64,
        /// The parameter to lower.
        lower: &'static str,
        /// The value found instead of a finite number.
        value: f32,
    },
    /// A number read from the device is not finite, outside of any known training run.
    #[error("the model gave {0}, which is no finite number: its weights are damaged, or the device computes wrongly")]
    NotFinite(f32),
    /// The device failed (lost, out of memory, wrong type).
    #[error("device: {0}")]
    Device(String),
    /// One of several engines that run a command together is gone.
    #[error("one of the engines that work together was lost: {reason}")]
    ReplicaLost {
        /// What is known of it.
        reason: String,
    },
    /// A value that could not be written as JSON.
    #[error("{what} could not be written as JSON")]
    Json {
        /// Description of the value.
        what: &'static str,
        /// The reason.
        source: serde_json::Error,
    },
    /// The user cancelled the run; only what was saved before is kept.
    #[error("cancelled by the user")]
    Cancelled,
}

/// Result with the core's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A broken rule in a data file; `value` is truncated to 80 characters.
    pub fn data(file: &str, line: u64, rule: impl Into<String>, value: impl ToString) -> Self {
        let value: String = value.to_string().chars().take(80).collect();
        Self::Data { file: file.to_owned(), line, column: String::new(), rule: rule.into(), value }
    }

    /// Names the column in an error about a data file; other errors are unchanged.
    pub(crate) fn in_column(mut self, name: &str) -> Self {
        if let Self::Data { column, .. } = &mut self {
            name.clone_into(column);
        }
        self
    }

    /// A setting that breaks its rule.
    pub fn setting(what: &str, rule: impl Into<String>, value: impl ToString) -> Self {
        Self::Setting { what: what.to_owned(), rule: rule.into(), value: value.to_string() }
    }

    /// Turns a non-finite number into [`Error::Diverged`], with the step at which it was noticed, the learning rate, and the parameter to lower;
    /// other errors are unchanged.
    pub(crate) fn in_training(self, step: u32, rate: f64, lower: &'static str) -> Self {
        match self {
            Self::NotFinite(value) => Self::Diverged { step, rate, lower, value },
            other => other,
        }
    }

    /// A value that cannot be written as JSON, with the reason as its source.
    pub(crate) fn json(what: &'static str) -> impl Fn(serde_json::Error) -> Self {
        move |source| Self::Json { what, source }
    }

    /// A corrupt or incomplete model package.
    pub fn package(file: &str, reason: impl Into<String>) -> Self {
        Self::Package { file: file.to_owned(), reason: reason.into() }
    }
}

fn in_column(column: &str) -> String {
    if column.is_empty() { String::new() } else { format!(", {column}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn an_error_names_the_column_where_one_is_meant() {
        let error = Error::data("a.csv", 3, "must be a number", "x");
        assert_eq!(error.to_string(), "a.csv:3: must be a number, got `x`");
        assert_eq!(error.in_column("column `stars`").to_string(), "a.csv:3, column `stars`: must be a number, got `x`");
    }

    #[test]
    fn a_diverged_run_names_step_rate_and_what_to_lower() {
        let error = Error::NotFinite(f32::NAN).in_training(40, 0.5, "lr");
        assert_eq!(error.to_string(), "diverged by step 40: the model gave NaN at learning rate 0.5; lower `lr`");
        assert!(matches!(Error::Cancelled.in_training(1, 0.1, "lr"), Error::Cancelled), "other errors stay");
    }

    #[test]
    fn a_json_error_keeps_its_source() {
        let reason = serde_json::from_str::<u32>("x").expect_err("no number");
        let told = reason.to_string();
        let error = Error::json("the request")(reason);
        assert_eq!(error.source().map(ToString::to_string), Some(told));
    }
}
