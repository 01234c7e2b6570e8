//! Trunk, an alternative for developers to build and serve the page. Its hooks are the steps of `cargo xtask build`, and it must make the same page.

use crate::shell::{program, run, say};
use crate::{cargo_tool, paths, reproduce};
use anyhow::{Result, bail};

/// The version of Trunk; 0.22 needs a newer rustc than the one in rust-toolchain.toml.
const VERSION: &str = "0.21.14";
/// Faster build settings: Trunk only calls hooks and copies files, and compiles in a third of the time that its own settings take.
const QUICKLY: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
];

/// Installs Trunk if it is missing.
pub fn ensure() -> Result<()> {
    // Without the check for newer versions, and the dependencies it needs.
    cargo_tool::ensure("trunk", VERSION, &["--locked", "--no-default-features", "--features", "rustls"], &QUICKLY)
}

/// Whether `trunk build` makes the page that was built before, byte by byte.
pub fn compare() -> Result<()> {
    ensure()?;
    let dist = paths::target().join("trunk-dist");
    // Trunk reads NO_COLOR as a flag that takes true or false, and fails on the usual "1".
    let mut trunk = program("trunk");
    trunk.env_remove("NO_COLOR").args(["build", "--release", "--offline", "--config"]).arg(paths::root().join("Trunk.toml"));
    run(trunk.arg("--dist").arg(&dist))?;
    let (ours, of_trunk) = (reproduce::hashes(&paths::dist())?, reproduce::hashes(&dist)?);
    let differing = reproduce::differences(&ours, &of_trunk);
    if !differing.is_empty() {
        bail!(
            "{} of {} files of {} are not those of `cargo xtask build`:\n  {}",
            differing.len(),
            ours.len(),
            dist.display(),
            differing.join("\n  ")
        );
    }
    say(format!("trunk build makes the same {} files", ours.len()));
    Ok(())
}
