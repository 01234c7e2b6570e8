//! Building the page with Trunk, and showing it.

use crate::options::Options;
use crate::shell::{program, run, say};
use crate::{paths, tools};
use anyhow::Result;
use unlearn_serve::Server;

pub const DEMO_HELP: &str = "usage: cargo xtask demo [--port N] [--no-serve]

Installs what is missing, builds the page into dist/ and serves it on localhost (port 8080 or the next free one). The first
run compiles Trunk, wasm-bindgen and the engine: about half an hour on two cores. Later runs take seconds. Ctrl-C ends it.";

pub const BUILD_HELP: &str = "usage: cargo xtask build

Installs what is missing and builds the page into dist/, ready to be served by any static file server, from any path.";

/// `cargo xtask demo`.
pub fn demo(options: &Options) -> Result<()> {
    build(options)?;
    if options.no_serve {
        return Ok(());
    }
    let server = Server::on_loopback(&paths::dist(), options.port)?;
    let address = server.address()?;
    say(format!("Unlearn Lab is at {address} (Ctrl-C ends it)"));
    println!("{address}");
    server.run()
}

/// `cargo xtask build`.
pub fn build(_: &Options) -> Result<()> {
    tools::for_page()?;
    say("building the page");
    // Trunk reads NO_COLOR as a flag that takes true or false, and dies of the usual "1".
    let mut trunk = program("trunk");
    trunk.env_remove("NO_COLOR").args(["build", "--release", "--offline", "--config"]).arg(paths::root().join("Trunk.toml"));
    run(&mut trunk)?;
    say(format!("the page is in {}", paths::dist().display()));
    Ok(())
}
