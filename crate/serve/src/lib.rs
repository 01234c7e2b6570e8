//! A static file server for the built page: GET and HEAD, whole files and ranges, with the headers that the page is meant to be served with.
//! Used by `unlearn serve` and `cargo xtask serve`; built on the standard library alone.

mod file;
mod request;
mod slots;
mod timed;

use anyhow::{Context, Result, bail};
use file::Answer;
use request::Request;
use slots::{Slot, Slots};
use std::io::{BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use timed::Timed;

/// The headers of every answer, in the format that static hosts read; the build puts the same file beside the page.
const HEADERS: &str = include_str!("../../../public/_headers");

/// Time that a stopping server waits for answers that are being sent.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// The limits of the server: number of connections, and time for each part of an exchange.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Number of simultaneous connections, each with its own thread. A browser opens six per page.
    connections: usize,
    /// Time that a further connection waits for a free slot before it is told to retry later.
    turn: Duration,
    /// Time for a request to arrive, counted from the previous answer.
    request: Duration,
    /// Time for the client to read a part of an answer (64 KiB).
    part: Duration,
}

const LIMITS: Limits =
    Limits { connections: 128, turn: Duration::from_secs(1), request: Duration::from_secs(30), part: Duration::from_secs(30) };

/// Time for reading from, and for writing to, a connection that is turned away.
const FAREWELL: Duration = Duration::from_millis(100);

/// A server with an open port.
pub struct Server {
    listener: TcpListener,
    folder: PathBuf,
    limits: Limits,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    stopped: AtomicBool,
    /// Number of answers that are being sent.
    sending: AtomicUsize,
    /// Locked for reading while a file is looked up and opened, and for writing while the folder changes.
    folder: RwLock<()>,
}

/// A handle that stops a server from another thread.
pub struct Stopper {
    state: Arc<State>,
    address: std::net::SocketAddr,
}

impl Server {
    /// Opens the given port, or the first free one from 8080 to 8099; 0 means any free port.
    ///
    /// # Errors
    /// If the folder contains no page, or no port is free.
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
        Ok(Self { listener, folder, limits: LIMITS, state: Arc::default() })
    }

    /// Opens the server on loopback, the usual case.
    ///
    /// # Errors
    /// As [`Server::open`].
    pub fn on_loopback(folder: &Path, port: Option<u16>) -> Result<Self> {
        Self::open(folder, Ipv4Addr::LOCALHOST.into(), port)
    }

    /// The address of the page. Browsers treat `localhost` as a secure context without a certificate.
    ///
    /// # Errors
    /// If the system does not report the port.
    pub fn address(&self) -> Result<String> {
        let address = self.listener.local_addr().context("the port is not known")?;
        Ok(if address.ip().is_loopback() { format!("http://localhost:{}/", address.port()) } else { format!("http://{address}/") })
    }

    /// A handle that stops this server.
    ///
    /// # Errors
    /// If the system does not report the port.
    pub fn stopper(&self) -> Result<Stopper> {
        Ok(Stopper { state: Arc::clone(&self.state), address: self.listener.local_addr().context("the port is not known")? })
    }

    /// Changes the folder between two answers, so that each answer is from the folder before or after. A file already being sent is sent to its end.
    pub fn between_answers<T>(&self, change: impl FnOnce() -> T) -> T {
        let _nobody_looks = self.state.folder.write().unwrap_or_else(PoisonError::into_inner);
        change()
    }

    /// Serves until it is stopped, with one thread per connection, 128 at most. Answers being sent then are completed, within two seconds.
    ///
    /// # Errors
    /// If the port is lost.
    pub fn run(&self) -> Result<()> {
        let only_local = self.listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
        let slots = Slots::new(self.limits.connections);
        for stream in self.listener.incoming() {
            if self.state.stopped.load(Ordering::SeqCst) {
                break;
            }
            let Ok(stream) = stream else {
                // A connection that broke before it was accepted says nothing about the next one, but a lack of free handles lasts for a while.
                std::thread::sleep(Duration::from_millis(10));
                continue;
            };
            // A browser that disconnects midway is not an error of the server, here and below.
            let Some(slot) = slots.take(self.limits.turn) else {
                turn_away(stream).ok();
                continue;
            };
            let connection = Connection { folder: self.folder.clone(), only_local, limits: self.limits, slot };
            let state = Arc::clone(&self.state);
            // If the system cannot start a thread, the connection is closed and its slot is free again.
            std::thread::Builder::new().spawn(move || connection.converse(stream, &state).ok()).ok();
        }
        let until = Instant::now() + LAST_ANSWERS;
        while self.state.sending.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Stopper {
    /// Stops the server. Safe to call more than once.
    pub fn stop(&self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // The server waits for a connection, so this opens one. If that fails, the server has already stopped.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
    }
}

/// The data of a connection's thread.
struct Connection {
    folder: PathBuf,
    only_local: bool,
    limits: Limits,
    slot: Slot,
}

impl Connection {
    /// Answers one request after the other, since browsers keep a connection open to fetch many files.
    fn converse(&self, stream: TcpStream, state: &State) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(Timed::new(stream, self.limits.request));
        while let Some(request) = Request::read(&mut reader)? {
            state.sending.fetch_add(1, Ordering::SeqCst);
            let sent = self.respond(reader.get_mut(), state, &request);
            state.sending.fetch_sub(1, Ordering::SeqCst);
            if !sent? || state.stopped.load(Ordering::SeqCst) {
                break;
            }
            reader.get_mut().within(self.limits.request);
        }
        Ok(())
    }

    /// Answers one request; returns false if the connection ends with it.
    fn respond(&self, to: &mut Timed, state: &State, request: &Request) -> Result<bool> {
        let answer = match request.method() {
            // A site can make its own host name point to this machine; it must not read the folder through a visitor's browser.
            _ if self.only_local && !request.is_for_this_machine() => {
                Answer::text("421 Misdirected Request", "only localhost is served here")
            }
            "GET" | "HEAD" => {
                let _stays = state.folder.read().unwrap_or_else(PoisonError::into_inner);
                file::locate(&self.folder, request.target())
                    .and_then(|file| Answer::of_file(&file, request).ok())
                    .unwrap_or_else(|| Answer::text("404 Not Found", "not found"))
            }
            _ => Answer::text("405 Method Not Allowed", "only GET and HEAD"),
        };
        // If all slots are taken, none is kept for a request that may never come.
        let stays = request.stays_open() && !answer.status.starts_with("405") && !self.slot.is_last();
        to.send(head(&answer, stays).as_bytes(), self.limits.part)?;
        if request.method() != "HEAD" {
            answer.send(to, self.limits.part)?;
        }
        Ok(stays)
    }
}

/// Tells a connection for which there is no slot to retry later.
fn turn_away(stream: TcpStream) -> Result<()> {
    let mut answer = Answer::text("503 Service Unavailable", "too many connections: try again in a few seconds");
    answer.headers.push(("Retry-After", "2".into()));
    let mut timed = Timed::new(stream, FAREWELL);
    // The request is read first, or the system would reset the connection and the answer would be lost.
    let _ = timed.read(&mut [0; 16 * 1024]);
    timed.within(FAREWELL).write_all(head(&answer, false).as_bytes())?;
    Ok(answer.send(&mut timed, FAREWELL)?)
}

/// The status line and headers of an answer.
fn head(answer: &Answer, stays: bool) -> String {
    let mut head = format!("HTTP/1.1 {}\r\nContent-Length: {}\r\n", answer.status, answer.bytes);
    for (name, value) in answer.headers.iter().map(|(name, value)| (*name, value.as_str())).chain(policy()) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(if stays { "\r\n" } else { "Connection: close\r\n\r\n" });
    head
}

/// The names and values in [`HEADERS`].
fn policy<'a>() -> impl Iterator<Item = (&'a str, &'a str)> {
    HEADERS.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
}

#[cfg(test)]
mod tests;
