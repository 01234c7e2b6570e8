//! Helpers for `config.json`: reading values by key, and error messages.

use crate::{Error, Result};
use serde_json::Value;

/// The file's name.
pub const CONFIG: &str = "config.json";

/// An error about this file.
pub fn fail(reason: impl Into<String>) -> Error {
    Error::package(CONFIG, reason)
}

/// The error for a value that breaks a rule: what it is, what it must be, what it is instead.
pub fn refuse<T>(what: &str, must: &str, got: impl std::fmt::Display) -> Result<T> {
    Err(fail(format!("{what} must be {must}, got {got}: this program does not compute it")))
}

/// A non-negative integer that may be absent or null.
///
/// # Errors
/// If the value is present but not such an integer, or too large for this machine's `usize`.
pub fn size(config: &Value, key: &str) -> Result<Option<usize>> {
    match &config[key] {
        Value::Null => Ok(None),
        value => match value.as_u64().map(usize::try_from) {
            Some(Ok(n)) => Ok(Some(n)),
            _ => Err(fail(format!("{key} must be a whole number, got {value}"))),
        },
    }
}

/// A number that may be absent or null.
///
/// # Errors
/// If the value is present but not a number.
pub fn number(config: &Value, key: &str) -> Result<Option<f64>> {
    match &config[key] {
        Value::Null => Ok(None),
        value => value.as_f64().map(Some).ok_or_else(|| fail(format!("{key} must be a number, got {value}"))),
    }
}

/// A boolean; false if absent or null.
///
/// # Errors
/// If the value is present but not a boolean.
pub fn flag(config: &Value, key: &str) -> Result<bool> {
    match &config[key] {
        Value::Null => Ok(false),
        value => value.as_bool().ok_or_else(|| fail(format!("{key} must be true or false, got {value}"))),
    }
}

/// A value that must be present.
///
/// # Errors
/// If the value is absent.
pub fn required<T>(found: Option<T>, key: &str) -> Result<T> {
    found.ok_or_else(|| fail(format!("missing field `{key}`")))
}
