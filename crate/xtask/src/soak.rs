//! The soak test: whether the page leaks anything over thousands of steps. Builds the page and runs bench/soak.mjs, which measures.

use crate::options::Options;
use crate::shell::{program, run};
use crate::{chromium, page, serve};
use anyhow::Result;

pub const HELP: &str = "usage: cargo xtask soak [--quick]

Builds the page and puts it through 5,000 training steps and 60 cancelled runs on the CPU, and 300 steps on the GPU, in
Chromium. Before each measurement garbage is collected: memory, DOM nodes, listeners and GPU objects that grow are leaks, and
end this with an error. Writes bench/soak.md and soak.svg. About a quarter of an hour on two idle cores; --quick: a short form,
too short for a judgement, that writes nothing.";

/// Runs `cargo xtask soak`.
pub fn soak(options: &Options) -> Result<()> {
    page::build(options)?;
    let chromium = chromium::ensure()?;
    let address = serve::beside()?;
    let mut node = program("node");
    node.arg("bench/soak.mjs").args(options.quick.then_some("--quick"));
    run(node.env("UNLEARN_LAB_URL", address).env("CHROMIUM", chromium))
}
