//! Paths: the repository, the cache that is shared between clones, the target directory.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    // Two levels above this crate, as given by `cargo run` at run time: the binary itself may come from another clone with the same target directory.
    let crate_dir = set("CARGO_MANIFEST_DIR").unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    crate_dir.ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// The cache: `$UNLEARN_LAB_CACHE`, otherwise `unlearn-lab` in the user's cache folder.
pub fn cache() -> PathBuf {
    if let Some(dir) = set("UNLEARN_LAB_CACHE") {
        return dir;
    }
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(env::temp_dir).join("unlearn-lab")
}

/// The installed tools, in the layout of `cargo install --root`.
pub fn tools() -> PathBuf {
    cache().join("tools")
}

/// The target directory of all subcommands.
pub fn target() -> PathBuf {
    set("CARGO_TARGET_DIR").unwrap_or_else(|| cache().join("target"))
}

/// The built page.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The folder in which cargo stores its crates.
pub fn cargo_home() -> Result<PathBuf> {
    let home = set("CARGO_HOME").or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    home.context("neither CARGO_HOME nor a home folder is set: where cargo keeps its crates is unknown")
}

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
