//! Serving the built page, for inspection and for the browser tests.

use crate::options::Options;
use crate::paths;
use anyhow::Result;
use unlearn_serve::Server;

pub const HELP: &str = "usage: cargo xtask serve [--port N] [FOLDER]

Serves FOLDER (dist/) on 127.0.0.1, port 8080 or the next free one; --port 0 takes any free port. The first line on
stdout is the address.";

/// Runs `cargo xtask serve`.
pub fn command(options: &Options) -> Result<()> {
    let server = Server::on_loopback(&options.folder.clone().unwrap_or_else(paths::dist), options.port)?;
    println!("{}", server.address()?);
    server.run()
}

/// Serves the built page on a free port until this process ends, and returns its address.
pub fn beside() -> Result<String> {
    let server = Server::on_loopback(&paths::dist(), Some(0))?;
    let address = server.address()?;
    std::thread::spawn(move || server.run());
    Ok(address)
}
