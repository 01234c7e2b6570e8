//! Files as they cross the worker's boundary.

use serde::{Deserialize, Serialize};
use tsify::Tsify;
use unlearn_core::package::Files;

/// A named file as bytes.
#[derive(Serialize, Deserialize, Tsify)]
pub struct NamedBytes {
    /// Name inside its folder, e.g. `manifest.json`.
    pub name: String,
    /// Content.
    #[serde(with = "serde_bytes")]
    #[tsify(type = "Uint8Array")]
    pub bytes: Vec<u8>,
}

/// The same as the core has them.
pub fn named(files: Vec<NamedBytes>) -> Files {
    files.into_iter().map(|file| (file.name, file.bytes)).collect()
}
