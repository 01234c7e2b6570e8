//! The test matrix: the page and every operation in several browsers. It is slow, so it is separate from `test`; its results are committed.

use crate::options::Options;
use crate::shell::{on_path, program, run, say};
use crate::{apt, chromium, page, serve};
use anyhow::Result;
use std::path::Path;

pub const HELP: &str = "usage: cargo xtask matrix [--only chromium|firefox|webkitgtk]...

Builds the page and runs it, every way out of it, every method's step on both paths, then /conformance, in Chromium (WebGPU on
SwiftShader), Firefox (WebGPU on lavapipe) and WebKitGTK (no WebGPU). Browsers come through apt where they are missing and that is allowed. Writes tests/matrix/results/*.json and
docs/compatibility.md; the status is 0 only if every operation is right, every way out closed, and no adapter missing where one is expected.";

/// A requirement of the matrix beside Chromium.
struct Need {
    package: &'static str,
    is_there: fn() -> bool,
}

const NEEDS: [Need; 4] = [
    Need { package: "firefox-esr", is_there: || on_path("firefox-esr") || on_path("firefox") },
    Need { package: "mesa-vulkan-drivers", is_there: has_lavapipe },
    Need { package: "webkit2gtk-driver", is_there: || on_path("WebKitWebDriver") },
    Need { package: "xvfb", is_there: || on_path("Xvfb") },
];

/// Runs `cargo xtask matrix`.
pub fn matrix(options: &Options) -> Result<()> {
    page::build(options)?;
    let chromium = chromium::ensure()?;
    let missing: Vec<&str> = NEEDS.iter().filter(|need| !(need.is_there)()).map(|need| need.package).collect();
    if !missing.is_empty()
        && let Err(error) = apt::install(&missing)
    {
        // What cannot be run is reported and counts as failed.
        say(format!("{error:#}"));
    }
    let address = serve::beside()?;
    let mut node = program("node");
    node.arg("tests/matrix/run.mjs").args(&options.only).env("UNLEARN_LAB_URL", address).env("CHROMIUM", chromium);
    run(&mut node)
}

/// Whether Vulkan can run on the processor.
fn has_lavapipe() -> bool {
    let folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].map(Path::new);
    let mut files = folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
    files.any(|file| file.file_name().to_string_lossy().starts_with("lvp"))
}
