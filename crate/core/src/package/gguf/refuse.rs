//! Errors for GGUF files that are rejected.

/// The name of the file in error messages.
pub const FILE: &str = "gguf";

/// An error about this file.
pub fn fail(reason: impl Into<String>) -> crate::Error {
    crate::Error::package(FILE, reason)
}
