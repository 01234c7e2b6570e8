//! Files as they cross the worker's boundary.

use serde::{Deserialize, Serialize};
use tsify::Tsify;

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
