//! The browser for the tests of the page.

use crate::apt;
use anyhow::{Context, Result};
use std::path::Path;

/// The Chromium to test with: `$CHROMIUM`, otherwise one on PATH, otherwise Debian's package, which is installed if permitted.
pub fn ensure() -> Result<String> {
    if let Some(path) = find() {
        return Ok(path);
    }
    apt::install(&["chromium", "fonts-dejavu-core"]).context("no Chromium on PATH; CHROMIUM may name one elsewhere")?;
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
