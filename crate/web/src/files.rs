//! Files in the worker's messages.

use serde::{Deserialize, Serialize};
use tsify::Tsify;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::host::Files;

/// A named file with its bytes.
#[derive(Serialize, Deserialize, Tsify)]
pub struct NamedBytes {
    /// Name inside its folder, such as `manifest.json`.
    pub name: String,
    /// Contents of the file.
    #[serde(with = "serde_bytes")]
    #[tsify(type = "Uint8Array")]
    pub bytes: Vec<u8>,
}

/// The files by name, as the core uses them.
pub fn named(files: Vec<NamedBytes>) -> Files {
    files.into_iter().map(|file| (file.name, file.bytes)).collect()
}

/// The files of a person or a data set, as the core reads them.
pub fn sources(files: Vec<NamedBytes>) -> Vec<SourceFile> {
    files.into_iter().map(|file| SourceFile { name: file.name, bytes: file.bytes }).collect()
}
