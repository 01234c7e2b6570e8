//! The engine as WebAssembly modules, without the page: `cargo xtask wasm`.

use crate::options::Options;
use crate::progress::Progress;
use crate::stage::copy_files;
use crate::variant::{VARIANTS, Variant};
use crate::{paths, pipeline};
use anyhow::{Result, bail};
use std::path::PathBuf;

pub const HELP: &str = "usage: cargo xtask wasm [--only cpu|text|gpu|bench] [FOLDER]

Builds crate/web for wasm32, runs wasm-bindgen and wasm-opt, and puts the modules into FOLDER/cpu, /text and /gpu (default:
wasm/ in the folder that Trunk names in TRUNK_STAGING_DIR, else in dist/). A module that has not changed is taken from the
cache folder. The module bench, which bench/peers times, is built where it is named.";

/// Runs `cargo xtask wasm`.
pub fn command(options: &Options) -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from);
    let folder = options.folder.clone().or(staging.map(|dir| dir.join("wasm"))).unwrap_or_else(|| paths::dist().join("wasm"));
    if let Some(name) = options.only.iter().find(|name| VARIANTS.iter().all(|variant| variant.name != *name)) {
        bail!("module `{name}` does not exist: there are cpu, text, gpu and bench");
    }
    let wanted =
        |variant: &&Variant| if options.only.is_empty() { variant.shipped } else { options.only.iter().any(|name| name == variant.name) };
    let variants: Vec<&Variant> = VARIANTS.iter().filter(wanted).collect();
    let progress = Progress::new(&pipeline::steps(&variants), pipeline::is_warm);
    for (name, module) in pipeline::all(pipeline::start(variants, &progress))? {
        copy_files(&module, &folder.join(name))?;
    }
    Ok(())
}
