//! Errors as JavaScript has them: an `Error` with a `code`.

use unlearn_core::Error;
use wasm_bindgen::JsValue;

/// The engine's error.
pub fn failed(error: &Error) -> JsValue {
    let code = match error {
        Error::Cancelled => "cancelled",
        Error::Data { .. } => "data",
        Error::Setting { .. } => "setting",
        Error::Package { .. } => "package",
        Error::Device(_) => "device",
        Error::Checkpoint { .. } => "checkpoint",
        _ => "internal",
    };
    failure(code, &error.to_string())
}

/// A JavaScript `Error` with a `code`.
pub fn failure(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    // Setting a property of an object just made cannot fail.
    let _ = js_sys::Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}
