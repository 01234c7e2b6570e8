//! Unlearn Lab in a browser's worker: an `Engine` that takes typed commands and answers with typed replies and, in the module for
//! language models, the importer that creates packages from published ones.

mod answer;
#[cfg(all(feature = "bench", feature = "cpu"))]
mod bench;
#[cfg(all(feature = "bench", feature = "gpu"))]
mod bench_gpu;
#[cfg(feature = "text")]
mod conform;
mod controls;
mod engine;
mod failure;
mod files;
mod gpu;
mod host;
#[cfg(all(feature = "cpu", feature = "text"))]
mod importer;
#[cfg(target_family = "wasm")]
mod memory;
mod protocol;
mod team;
mod views;

use wasm_bindgen::prelude::*;

#[cfg(target_family = "wasm")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Runs once when the module is instantiated.
#[wasm_bindgen(start)]
pub fn start() {
    // SAFETY: cubecl registers its kernels in static constructors. Without this one call the linker wraps every export to run them anew each time.
    // They are idempotent, and nothing else has run yet.
    #[cfg(target_family = "wasm")]
    unsafe {
        __wasm_call_ctors();
    }
    console_error_panic_hook::set_once();
    gpu::log_to_console();
}

#[cfg(all(test, feature = "cpu"))]
#[path = "../../../tests/rust/messages.rs"]
mod messages;
