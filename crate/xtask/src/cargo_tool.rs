//! Installation of programs from crates.io into the cache folder.

use crate::paths;
use crate::shell::{ask, program, run, say};
use anyhow::{Context, Result};
use std::fs;
/// Installs a program from crates.io in this version into the tools folder, if it is missing; `settings` are added to cargo's environment.
///
/// # Errors
/// If cargo cannot install it.
pub fn ensure(binary: &str, version: &str, flags: &[&str], settings: &[(&str, &str)]) -> Result<()> {
    let have = ask(&paths::tools().join("bin").join(binary).to_string_lossy(), &["--version"]);
    if have.split_whitespace().nth(1) == Some(version) {
        return Ok(());
    }
    say(format!("installing {binary} {version} (once, some minutes)"));
    // The tools have their own target directory: they share nothing with the workspace, and it can be deleted.
    let scratch = paths::cache().join("tools-target");
    let mut command = program("cargo");
    command.args(["install", binary, "--version", version, "--force"]).args(flags).arg("--root").arg(paths::tools());
    // Runs outside the repository, so that its .cargo/config.toml does not apply.
    fs::create_dir_all(paths::tools()).context("cannot make the tools folder")?;
    run(command.current_dir(paths::tools()).env("CARGO_TARGET_DIR", &scratch).envs(settings.iter().copied()))
}
