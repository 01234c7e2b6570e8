//! The first half of building an engine module: compilation by cargo.

use crate::progress::Task;
use crate::variant::Variant;
use crate::{cargo, inputs, paths, remap, shell};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

/// Compiles a variant and returns a copy of its raw module, which the other variants do not overwrite.
pub fn compile(variant: &Variant, task: &Task, begun: impl FnMut()) -> Result<PathBuf> {
    let folder = variant.folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (copy, note) = (variant.raw(), folder.join("raw-of"));
    let mut arguments = remap::arguments()?.to_vec();
    arguments.extend(["--no-default-features", "--features", variant.features].map(str::to_owned));
    let settings = inputs::settings(&arguments)?;
    if copy.is_file() && inputs::unchanged(&note, &settings, &paths::root()) {
        return Ok(copy);
    }
    fs::remove_file(&note).ok();
    // Cargo does not put a hash into the file name of a wasm cdylib: all variants, and any manual build, write the same file. If it is missing, it is made.
    let made = paths::target().join("wasm32-unknown-unknown/wasm");
    let shared = made.join("deps/unlearn_web.wasm");
    fs::remove_file(&shared).ok();
    // A module that the page can be used without gets low priority, so that a user of the page comes first.
    let mut cargo = if variant.waits { shell::behind("cargo") } else { shell::program("cargo") };
    cargo.args(["build", "--locked", "--package", "unlearn-web", "--lib", "--target", "wasm32-unknown-unknown", "--profile", "wasm"]);
    // Flags in the environment would replace all of these.
    cargo.args(&arguments).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let began = SystemTime::now();
    cargo::build(&mut cargo, task, begun)?;
    fs::copy(&shared, &copy).with_context(|| format!("cannot copy {}: crate/web must be a cdylib of that name", shared.display()))?;
    if let Some(text) = inputs::note(&made.join("unlearn_web.d"), &settings, &paths::root(), began)? {
        fs::write(&note, text).context("cannot note what was built")?;
    }
    Ok(copy)
}
