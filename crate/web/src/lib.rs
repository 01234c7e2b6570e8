//! Unlearn Lab in a browser's worker: one [`engine::Engine`] that takes typed commands and answers with typed replies; or, in a module of its
//! own, [`importer`].

#[cfg(feature = "bench")]
mod bench;
mod failure;
mod files;
#[cfg(feature = "import")]
mod importer;

#[cfg(not(feature = "import"))]
mod engine;
#[cfg(not(feature = "import"))]
mod gpu;
#[cfg(not(feature = "import"))]
mod host;
#[cfg(not(feature = "import"))]
mod protocol;
#[cfg(not(feature = "import"))]
mod views;

use wasm_bindgen::prelude::*;

#[cfg(target_family = "wasm")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Runs once when the module is instantiated.
#[wasm_bindgen(start)]
pub fn start() {
    // SAFETY: cubecl registers its kernels in static constructors. Without this one call the linker wraps every export so that it runs
    // them anew each time; they are idempotent, and nothing else has run yet.
    #[cfg(target_family = "wasm")]
    unsafe {
        __wasm_call_ctors();
    }
    console_error_panic_hook::set_once();
    #[cfg(not(feature = "import"))]
    gpu::log_to_console();
}
