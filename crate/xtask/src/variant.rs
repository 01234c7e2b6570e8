//! The engine modules: `cpu` (nanos only: small, starts at once), `text` (adds language models and the import of published checkpoints), `gpu`
//! (loaded beside them), and `bench`, which is not part of the page.

use crate::paths;
use std::path::PathBuf;

/// An engine module.
pub struct Variant {
    pub name: &'static str,
    pub features: &'static str,
    /// The steps of the plan that build it.
    pub steps: [&'static str; 2],
    /// Whether it is part of the page.
    pub shipped: bool,
    /// Whether the page is usable without it.
    pub waits: bool,
}

/// All modules, in build order. The larger of the first two comes first, so that it is optimised while the other is compiled.
pub const VARIANTS: [Variant; 4] = [
    Variant { name: "text", features: "cpu,text", steps: ["text", "text-finish"], shipped: true, waits: false },
    Variant { name: "cpu", features: "cpu", steps: ["cpu", "cpu-finish"], shipped: true, waits: false },
    Variant { name: GPU, features: "gpu,text", steps: ["gpu", "gpu-finish"], shipped: true, waits: true },
    Variant { name: "bench", features: "cpu,bench", steps: ["bench", "bench-finish"], shipped: false, waits: false },
];

/// The name of the module without which a page is complete except for WebGPU.
pub const GPU: &str = "gpu";

impl Variant {
    /// The folder for the module's files.
    pub fn folder(&self) -> PathBuf {
        paths::cache().join("wasm").join(self.name)
    }

    /// The raw module, as built by cargo.
    pub fn raw(&self) -> PathBuf {
        self.folder().join("raw.wasm")
    }
}
