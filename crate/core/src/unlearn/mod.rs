//! Unlearning methods. Adding one: write its file with an `ENTRY` and a run, and add it to [`METHODS`].

pub mod e2urec;
mod entry;
pub mod run;
pub mod teachers;
pub mod terms;

pub use entry::{Choice, MethodEntry, ParamEntry, ParamKind, Preset};

/// Every method.
pub const METHODS: &[MethodEntry] = &[e2urec::ENTRY];

/// The entry of a method.
///
/// # Errors
/// If there is no method of that id.
pub fn method(id: &str) -> crate::Result<&'static MethodEntry> {
    METHODS.iter().find(|entry| entry.id == id).ok_or_else(|| {
        let known: Vec<_> = METHODS.iter().map(|entry| entry.id).collect();
        crate::Error::setting("method", format!("must be one of {}", known.join(", ")), id)
    })
}
