//! Program that writes the JavaScript and TypeScript of an engine module, as `wasm-bindgen --target web --out-name unlearn_web` does:
//! `unlearn-bindgen MODULE.wasm FOLDER`.
//!
//! It is a separate program so that `cargo xtask` builds without wasm-bindgen. Cargo.lock holds this library and the module's, so their versions
//! agree.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    match bind(&std::env::args_os().skip(1).map(PathBuf::from).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("unlearn-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bind(arguments: &[PathBuf]) -> Result<()> {
    let [module, folder] = arguments else {
        bail!("two arguments are needed, a module and a folder for what is made of it, got {}", arguments.len());
    };
    let mut bindgen = Bindgen::new();
    // The wasm-bindgen program's defaults.
    bindgen.web(true)?.typescript(true).omit_default_module_path(false);
    bindgen.input_path(module).out_name("unlearn_web").generate(folder).with_context(|| format!("cannot bind {}", module.display()))
}

#[cfg(test)]
mod tests {
    use super::bind;

    #[test]
    fn what_is_no_module_is_refused_by_name() {
        let none = bind(&[]).expect_err("nothing was named");
        assert!(none.to_string().ends_with("got 0"), "{none}");
        let missing = bind(&["no-such.wasm".into(), "out".into()]).expect_err("there is no such file");
        assert!(missing.to_string().contains("no-such.wasm"), "{missing}");
    }
}
