//! Where things lie: the repository, the cache that outlives a clone, the target directory.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// Root of the repository.
pub fn root() -> PathBuf {
    // Two levels above this crate, as `cargo run` says at run time: the binary itself may come from another clone with the same target directory.
    let crate_dir = set("CARGO_MANIFEST_DIR").unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    crate_dir.ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// `$UNLEARN_LAB_CACHE`, else `unlearn-lab` in the user's cache folder.
pub fn cache() -> PathBuf {
    if let Some(dir) = set("UNLEARN_LAB_CACHE") {
        return dir;
    }
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(env::temp_dir).join("unlearn-lab")
}

/// Installed tools, as `cargo install --root` lays them out.
pub fn tools() -> PathBuf {
    cache().join("tools")
}

/// The one target directory of every sub-command.
pub fn target() -> PathBuf {
    set("CARGO_TARGET_DIR").unwrap_or_else(|| cache().join("target"))
}

/// The built page.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Where cargo keeps its crates.
pub fn cargo_home() -> Result<PathBuf> {
    let home = set("CARGO_HOME").or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    home.context("neither CARGO_HOME nor a home folder is set: where cargo keeps its crates is unknown")
}

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
