//! Installs what the other commands need: Rust's wasm target, Trunk, wasm-bindgen, and the page's npm packages.

use crate::options::Options;
use crate::shell::{ask, program, run, same_content, say};
use crate::{paths, shell};
use anyhow::{Context, Result, bail};
use std::fs;

pub const HELP: &str = "usage: cargo xtask tools

Installs, where missing: the wasm32-unknown-unknown target, clippy and rustfmt (rustup); Trunk and wasm-bindgen-cli (cargo,
into the cache folder, kept between clones); the packages of web/package-lock.json (npm ci). Says and does nothing more
where all is there.";

/// Trunk 0.22 needs a newer rustc than rust-toolchain.toml has.
const TRUNK: &str = "0.21.14";
/// The version of the `wasm-bindgen` crate in Cargo.toml: the two must be equal.
pub const WASM_BINDGEN: &str = "0.2.130";

/// `cargo xtask tools`.
pub fn command(_: &Options) -> Result<()> {
    for_test()?;
    say(format!("tools are ready in {}", paths::tools().display()));
    Ok(())
}

/// What building the page needs.
pub fn for_page() -> Result<()> {
    node_version()?;
    wasm_target()?;
    cargo_tool("trunk", TRUNK, &["--locked"])?;
    // Without --locked: its lock file asks for versions that do not build with rustc 1.95.
    cargo_tool("wasm-bindgen", WASM_BINDGEN, &[])?;
    npm_packages()
}

/// What the tests need besides.
pub fn for_test() -> Result<()> {
    for (name, probe) in [("clippy", "cargo-clippy"), ("rustfmt", "rustfmt")] {
        if ask(probe, &["--version"]).is_empty() {
            say(format!("adding {name}"));
            run(program("rustup").args(["component", "add", name]))?;
        }
    }
    for_page()
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

/// A program of crates.io in this version, in the tools folder.
pub fn cargo_tool(binary: &str, version: &str, flags: &[&str]) -> Result<()> {
    let have = ask(&paths::tools().join("bin").join(binary).to_string_lossy(), &["--version"]);
    if have.split_whitespace().nth(1) == Some(version) {
        return Ok(());
    }
    let package = if binary == "wasm-bindgen" { "wasm-bindgen-cli" } else { binary };
    say(format!("installing {package} {version} (once, some minutes)"));
    // The tools' own target directory: they share nothing with the workspace, and it can be thrown away.
    let scratch = paths::cache().join("tools-target");
    let mut command = program("cargo");
    command.args(["install", package, "--version", version, "--force"]).args(flags).arg("--root").arg(paths::tools());
    // Outside the repository, so that its .cargo/config.toml does not apply.
    fs::create_dir_all(paths::tools()).context("cannot make the tools folder")?;
    run(command.current_dir(paths::tools()).env("CARGO_TARGET_DIR", &scratch))
}

fn npm_packages() -> Result<()> {
    let web = paths::root().join("web");
    let (lock, stamp) = (web.join("package-lock.json"), web.join("node_modules/.unlearn-lab-lock.json"));
    if same_content(&lock, &stamp) {
        return Ok(());
    }
    say("installing the page's packages (npm ci)");
    run(program("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&web))?;
    fs::copy(&lock, &stamp).context("cannot note which packages are installed")?;
    Ok(())
}
