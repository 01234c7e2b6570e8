//! `unlearn serve`: serves the built page from a local folder, with its required HTTP headers.

use crate::console::announce;
use crate::host::Terminal;
use anyhow::{Context, Result};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;
use unlearn_serve::Server;

/// Interval at which Ctrl-C is checked.
const NOTICE: Duration = Duration::from_millis(50);

/// Serve the page to this machine's browser; nothing else is needed, and no network.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn serve --open
  unlearn serve unlearn-lab --port 9000

The first line on stdout is the address. Ctrl-C ends it. Only this machine is answered unless --host names another address; over plain
http from another machine browsers give the page neither storage nor an offline copy.")]
pub struct Args {
    /// Folder of the built page.
    #[arg(value_name = "FOLDER", default_value = "dist")]
    folder: PathBuf,
    /// Port; 0 for any free one [default: the first free one from 8080 to 8099].
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
}

/// Runs the command.
pub fn run(args: &Args, host: &Terminal) -> Result<()> {
    let server = Server::open(&args.folder, args.host, args.port)?;
    let address = server.address()?;
    match announce(&address) {
        Ok(()) => {}
        // Whoever started it may not want to know the address.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            host.warn(format!("nobody reads standard output; the page is served at {address}"));
        }
        Err(error) => return Err(error).context("writing the address to standard output"),
    }
    if !args.host.is_loopback() {
        host.say(format!("everybody who reaches {} can read {}", args.host, args.folder.display()));
    }
    if args.open {
        open(&address, host);
    }
    let (stopper, cancelled) = (server.stopper()?, host.cancelled());
    std::thread::spawn(move || {
        while !cancelled.load(Ordering::Relaxed) {
            std::thread::sleep(NOTICE);
        }
        stopper.stop();
    });
    server.run()?;
    host.say("ended");
    Ok(())
}

/// Opens an address in the system's browser. If there is none, prints a message and keeps serving.
fn open(address: &str, host: &Terminal) {
    let (program, before): (_, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let quiet = Command::new(program).args(before).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = quiet {
        host.say(format!("no browser was opened ({program}: {error}): open {address} by hand"));
    }
}
