//! Errors for JavaScript: an `Error` with a `code`.

use unlearn_core::Error;
use wasm_bindgen::JsValue;

/// A core error as a JavaScript `Error`.
pub fn failed(error: &Error) -> JsValue {
    let code = match error {
        Error::Cancelled => "cancelled",
        Error::Data { .. } => "data",
        Error::Setting { .. } => "setting",
        Error::Package { .. } => "package",
        Error::Device(_) | Error::NotFinite(_) => "device",
        Error::Diverged { .. } => "diverged",
        Error::Checkpoint { .. } => "checkpoint",
        _ => "internal",
    };
    failure(code, &error.to_string())
}

/// A JavaScript `Error` with a `code`.
pub fn failure(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    // Setting a property of a new object cannot fail.
    let _ = js_sys::Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}
