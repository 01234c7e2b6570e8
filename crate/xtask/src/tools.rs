//! Installation of what the other commands need: Rust's wasm target, Trunk, wasm-bindgen, and the page's npm packages.

use crate::options::Options;
use crate::progress::{Progress, Task};
use crate::shell::{ask, program, run, same_content, say};
use crate::{cargo, paths, shell, trunk};
use anyhow::{Context, Result, bail};
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

pub const HELP: &str = "usage: cargo xtask tools

Installs, where missing: the wasm32-unknown-unknown target, clippy and rustfmt (rustup); Trunk (cargo, into the cache folder, kept
between clones); wasm-bindgen (crate/bindgen, into the target directory); the packages of web/package-lock.json (npm ci). Says and
does nothing more where all is there.";

/// Runs `cargo xtask tools`.
pub fn command(_: &Options) -> Result<()> {
    for_test()?;
    trunk::ensure()?;
    say(format!("tools are ready in {}", paths::tools().display()));
    Ok(())
}

/// Checks or installs, within seconds, what must be present before anything is built.
pub fn check() -> Result<()> {
    node_version()?;
    wasm_target()
}

/// Installs what the second half of a module and the page need; returns the program that writes a module's JavaScript.
pub fn for_modules(progress: &Arc<Progress>) -> Result<PathBuf> {
    progress.task("packages").around(npm_packages)?;
    progress.task("bindgen").around(bindgen)
}

/// Installs what only the tests need.
pub fn for_test() -> Result<()> {
    for (name, probe) in [("clippy", "cargo-clippy"), ("rustfmt", "rustfmt")] {
        if ask(probe, &["--version"]).is_empty() {
            say(format!("adding {name}"));
            run(program("rustup").args(["component", "add", name]))?;
        }
    }
    check()?;
    for_modules(&Progress::new(&["packages", "bindgen"], |_| false)).map(drop)
}

/// Builds the program with the wasm-bindgen version that the modules are linked with. Only later steps need it, so it runs with low priority.
fn bindgen(task: &Task) -> Result<PathBuf> {
    let mut command = shell::behind("cargo");
    cargo::build(command.args(["build", "--locked", "--package", "unlearn-bindgen", "--profile", "tool"]), task, || {})?;
    Ok(paths::target().join(format!("tool/unlearn-bindgen{EXE_SUFFIX}")))
}

/// The version of wasm-bindgen in Cargo.lock.
pub fn bindgen_version() -> Result<String> {
    let lock = fs::read_to_string(paths::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let (_, rest) =
        lock.split_once("name = \"wasm-bindgen-cli-support\"\nversion = \"").context("Cargo.lock has no wasm-bindgen-cli-support")?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

fn node_version() -> Result<()> {
    let version = ask("node", &["--version"]);
    let major: u32 = version.trim_start_matches('v').split('.').next().and_then(|part| part.parse().ok()).unwrap_or(0);
    if major < 20 {
        let found = if version.is_empty() { "none".to_owned() } else { version };
        bail!("Node 20 or newer is needed to bundle the page, found {found}; install nodejs and npm (Debian: apt-get install nodejs npm)");
    }
    Ok(())
}

fn wasm_target() -> Result<()> {
    let sysroot = shell::output(program("rustc").args(["--print", "sysroot"]))?;
    if std::path::Path::new(&sysroot).join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        return Ok(());
    }
    say("adding the target wasm32-unknown-unknown");
    run(program("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
        .context("the page's engine is WebAssembly; without rustup, install that target with your toolchain")
}

fn npm_packages(task: &Task) -> Result<()> {
    let web = paths::root().join("web");
    let (lock, stamp) = (web.join("package-lock.json"), web.join("node_modules/.unlearn-lab-lock.json"));
    if same_content(&lock, &stamp) {
        return Ok(());
    }
    task.works();
    run(program("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&web))?;
    fs::copy(&lock, &stamp).context("cannot note which packages are installed")?;
    Ok(())
}
