//! The browser that the page is tested in.

use crate::shell::{ask, on_path, program, run, say};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// The Chromium to test with: `$CHROMIUM`, else one on PATH, else Debian's package, installed where that is allowed.
pub fn ensure() -> Result<String> {
    if let Some(path) = find() {
        return Ok(path);
    }
    if !(on_path("apt-get") && ask("id", &["-u"]) == "0") {
        bail!(
            "no Chromium on PATH, and it cannot be installed without root and apt: install it (Debian: sudo apt-get install chromium) or set CHROMIUM to its path"
        );
    }
    say("installing chromium with apt-get");
    run(program("apt-get").args(["-q", "update"]))?;
    let install = ["-q", "-y", "install", "--no-install-recommends", "chromium", "fonts-dejavu-core"];
    run(program("apt-get").args(install).env("DEBIAN_FRONTEND", "noninteractive"))?;
    find().context("apt-get installed chromium, yet none is on PATH")
}

fn find() -> Option<String> {
    if let Ok(path) = std::env::var("CHROMIUM")
        && Path::new(&path).is_file()
    {
        return Some(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let found = names.iter().find_map(|name| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()));
    found.map(|file| file.to_string_lossy().into_owned())
}
