//! A static file server for the built page: GET and HEAD, whole files and ranges, the headers that the page is meant to be served with. Used by
//! `unlearn serve` and `cargo xtask serve`; the standard library alone.

mod file;
mod request;

use anyhow::{Context, Result, bail};
use file::Answer;
use request::Request;
use std::io::{BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The headers of every answer, in the form that static hosts read; the build puts the same file beside the page.
const HEADERS: &str = include_str!("../../../public/_headers");

/// How long the end waits for answers that are being sent.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// A server whose port is open.
pub struct Server {
    listener: TcpListener,
    folder: PathBuf,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    stopped: AtomicBool,
    /// Answers that are being sent.
    sending: AtomicUsize,
}

/// Ends a server from another thread.
pub struct Stopper {
    state: Arc<State>,
    address: std::net::SocketAddr,
}

impl Server {
    /// Opens the port asked for, or the first free one from 8080 to 8099; 0 is any free port.
    ///
    /// # Errors
    /// A folder without a page, or no free port.
    pub fn open(folder: &Path, host: IpAddr, port: Option<u16>) -> Result<Self> {
        let folder = folder.canonicalize().with_context(|| format!("cannot open {}", folder.display()))?;
        if !folder.join("index.html").is_file() {
            bail!("{} has no index.html: name the folder that `cargo xtask build` made", folder.display());
        }
        let ports = port.map_or(8080..=8099, |port| port..=port);
        let (first, last) = (*ports.start(), *ports.end());
        let listener = ports.into_iter().find_map(|port| TcpListener::bind((host, port)).ok()).with_context(|| {
            format!("{host} has no free port from {first} to {last}: choose another with --port N, or --port 0 for any free one")
        })?;
        Ok(Self { listener, folder, state: Arc::default() })
    }

    /// On loopback, the usual case.
    ///
    /// # Errors
    /// As [`Server::open`].
    pub fn on_loopback(folder: &Path, port: Option<u16>) -> Result<Self> {
        Self::open(folder, Ipv4Addr::LOCALHOST.into(), port)
    }

    /// Where the page is; `localhost` is a secure context for browsers, without a certificate.
    ///
    /// # Errors
    /// The system does not tell the port.
    pub fn address(&self) -> Result<String> {
        let address = self.listener.local_addr().context("the port is not known")?;
        Ok(if address.ip().is_loopback() { format!("http://localhost:{}/", address.port()) } else { format!("http://{address}/") })
    }

    /// What ends this server.
    ///
    /// # Errors
    /// The system does not tell the port.
    pub fn stopper(&self) -> Result<Stopper> {
        Ok(Stopper { state: Arc::clone(&self.state), address: self.listener.local_addr().context("the port is not known")? })
    }

    /// Serves until it is stopped; one thread a connection. Answers that are being sent then are finished, for two seconds at most.
    ///
    /// # Errors
    /// The port was taken away.
    pub fn run(&self) -> Result<()> {
        let only_local = self.listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
        for stream in self.listener.incoming() {
            if self.state.stopped.load(Ordering::SeqCst) {
                break;
            }
            // A connection that broke before it was taken says nothing about the next one.
            let Ok(stream) = stream else { continue };
            let (folder, state) = (self.folder.clone(), Arc::clone(&self.state));
            // A browser that goes away in the middle is no concern of the server's.
            std::thread::spawn(move || converse(stream, &folder, only_local, &state).ok());
        }
        let until = Instant::now() + LAST_ANSWERS;
        while self.state.sending.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Stopper {
    /// Ends the server. Safe to call more than once.
    pub fn stop(&self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // The server waits for a connection: this is one. If it fails, nobody listens any more.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
    }
}

/// One connection; browsers keep it and ask for many files on it.
fn converse(mut stream: TcpStream, folder: &Path, only_local: bool, state: &State) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = Request::read(&mut reader)? {
        state.sending.fetch_add(1, Ordering::SeqCst);
        let sent = respond(&mut stream, folder, only_local, &request);
        state.sending.fetch_sub(1, Ordering::SeqCst);
        if !sent? || state.stopped.load(Ordering::SeqCst) {
            break;
        }
    }
    Ok(())
}

/// Answers one request; false if the connection ends with it.
fn respond(stream: &mut TcpStream, folder: &Path, only_local: bool, request: &Request) -> Result<bool> {
    let answer = match request.method() {
        // A name that somebody's site points at this machine must not read the folder through the visitor's browser.
        _ if only_local && !request.is_for_this_machine() => Answer::text("421 Misdirected Request", "only localhost is served here"),
        "GET" | "HEAD" => file::locate(folder, request.target())
            .and_then(|file| Answer::of_file(&file, request).ok())
            .unwrap_or_else(|| Answer::text("404 Not Found", "not found")),
        _ => Answer::text("405 Method Not Allowed", "only GET and HEAD"),
    };
    let stays = request.stays_open() && !answer.status.starts_with("405");
    let mut head = format!("HTTP/1.1 {}\r\nContent-Length: {}\r\n", answer.status, answer.bytes);
    for (name, value) in answer.headers.iter().map(|(name, value)| (*name, value.as_str())).chain(policy()) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(if stays { "\r\n" } else { "Connection: close\r\n\r\n" });
    stream.write_all(head.as_bytes())?;
    if request.method() != "HEAD" {
        answer.send(stream)?;
    }
    Ok(stays)
}

/// Names and values of [`HEADERS`].
fn policy<'a>() -> impl Iterator<Item = (&'a str, &'a str)> {
    HEADERS.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
}

#[cfg(test)]
mod tests;
