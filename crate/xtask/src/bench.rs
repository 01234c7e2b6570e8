//! Speed and size benchmarks: builds everything, finds PyTorch, and runs bench/run.mjs, which measures.

use crate::options::Options;
use crate::shell::{ask, program, run, say};
use crate::{chromium, page, paths, serve};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

pub const HELP: &str = "usage: cargo xtask bench [--quick]

Builds the page and the command line, then measures: a native step beside PyTorch's (one thread, same model and rows), the page's
time until usable, its bytes before first use and its runs in Chromium. Writes bench/README.md, prints all figures as JSON.
PyTorch comes from a virtual environment in the cache folder, made once by pip; UNLEARN_VENV names another, --quick does without.";

/// Runs `cargo xtask bench`.
pub fn bench(options: &Options) -> Result<()> {
    page::build(options)?;
    let chromium = chromium::ensure()?;
    say("building the command line");
    run(program("cargo").args(["build", "--release", "--workspace"]))?;
    let mut node = program("node");
    if !options.quick {
        match python() {
            Ok(python) => drop(node.env("UNLEARN_PYTHON", python)),
            Err(error) => say(format!("PyTorch is left out: {error:#}")),
        }
    }
    let address = serve::beside()?;
    node.arg("bench/run.mjs").env("UNLEARN_LAB_URL", address).env("CHROMIUM", chromium);
    run(node.env("UNLEARN_BIN", paths::target().join("release/unlearn")))
}

/// A Python that satisfies bench/requirements.txt.
fn python() -> Result<PathBuf> {
    let venv = std::env::var_os("UNLEARN_VENV").map_or_else(|| paths::cache().join("venv"), PathBuf::from);
    let python = venv.join("bin/python");
    if ready(&python) {
        return Ok(python);
    }
    say("installing PyTorch into the cache folder (once)");
    run(program("python3").args(["-m", "venv"]).arg(&venv))
        .context("Python 3 with venv is needed (Debian: apt-get install python3-venv)")?;
    run(program(&python).args(["-m", "pip", "install", "--quiet", "--requirement", "bench/requirements.txt"]))?;
    Ok(python)
}

fn ready(python: &Path) -> bool {
    !ask(&python.to_string_lossy(), &["-c", "import torch; print(torch.__version__)"]).is_empty()
}
