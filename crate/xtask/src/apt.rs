//! Installation of Debian packages, if permitted.

use crate::shell::{ask, on_path, program, run, say};
use anyhow::{Result, bail};

/// Installs packages with their dependencies, but not with packages that are only recommended.
///
/// # Errors
/// If apt or root rights are missing, or apt fails.
pub fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !(on_path("apt-get") && ask("id", &["-u"]) == "0") {
        bail!("{names} cannot be installed without root and apt: install it yourself (Debian: sudo apt-get install {names})");
    }
    say(format!("installing {names} with apt-get"));
    run(program("apt-get").args(["-q", "update"]))?;
    let install = ["-q", "-y", "install", "--no-install-recommends"];
    run(program("apt-get").args(install).args(packages).env("DEBIAN_FRONTEND", "noninteractive"))
}
