//! A static file server for the built page: localhost only, GET and HEAD, whole files and ranges, the headers that the page is meant to be served with.

use crate::options::Options;
use crate::paths;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

pub const HELP: &str = "usage: cargo xtask serve [--port N] [FOLDER]

Serves FOLDER (dist/) on 127.0.0.1, port 8080 or the next free one; --port 0 takes any free port. The first line on
stdout is the address.";

/// Nothing but this origin may be asked for anything once the page is loaded; the same policy stands in the page itself.
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; worker-src 'self'; connect-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `cargo xtask serve`.
pub fn command(options: &Options) -> Result<()> {
    let folder = options.folder.clone().unwrap_or_else(paths::dist);
    if !folder.join("index.html").is_file() {
        bail!("{} has no index.html: build the page first with `cargo xtask build`", folder.display());
    }
    let listener = listen(options.port)?;
    println!("http://localhost:{}/", listener.local_addr()?.port());
    serve(&listener, &folder)
}

/// Opens the port asked for, or 8080 and up.
pub fn listen(port: Option<u16>) -> Result<TcpListener> {
    let ports = port.map_or(8080..=8099, |port| port..=port);
    let (first, last) = (*ports.start(), *ports.end());
    let open = ports.into_iter().find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    open.with_context(|| format!("every port from {first} to {last} is in use: choose another with --port N, or --port 0 for any free one"))
}

/// Serves until the process ends; one thread a connection.
pub fn serve(listener: &TcpListener, folder: &Path) -> Result<()> {
    let folder = folder.canonicalize().with_context(|| format!("cannot open {}", folder.display()))?;
    for stream in listener.incoming() {
        let (stream, folder) = (stream?, folder.clone());
        // A browser that goes away in the middle is no concern of the server's.
        std::thread::spawn(move || answer(stream, &folder).ok());
    }
    Ok(())
}

fn answer(mut stream: TcpStream, folder: &Path) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    // Browsers keep a connection and ask for many files on it.
    loop {
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if (&mut reader).take(16 * 1024).read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line.trim_end().is_empty() && !head.is_empty() {
                break;
            }
            head.push_str(&line);
            if head.len() > 64 * 1024 {
                return Ok(());
            }
        }
        let mut words = head.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let plain = |status, text: &str| Body { status, kind: "text/plain; charset=utf-8", range: String::new(), bytes: text.into() };
        let Body { status, kind, range, bytes: body } = match (method, locate(folder, target)) {
            ("GET" | "HEAD", Some(file)) => read(&file, header_of(&head, "range")).unwrap_or_else(|_| plain("404 Not Found", "not found")),
            ("GET" | "HEAD", None) => plain("404 Not Found", "not found"),
            _ => plain("405 Method Not Allowed", "only GET and HEAD"),
        };
        let header = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nAccept-Ranges: bytes\r\n{range}Cache-Control: no-cache\r\n\
             Content-Security-Policy: {CSP}\r\nCross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\r\n",
            body.len()
        );
        stream.write_all(header.as_bytes())?;
        if method != "HEAD" {
            stream.write_all(&body)?;
        }
        if status.starts_with("405") {
            return Ok(());
        }
    }
}

/// What is answered.
struct Body {
    status: &'static str,
    kind: &'static str,
    /// The header that says which part of the file it is, or nothing.
    range: String,
    bytes: Vec<u8>,
}

/// A file, or the part of it that a `Range` header asks for; a header that cannot be meant is as if it were not there (RFC 9110, 14.2).
fn read(file: &Path, range: Option<&str>) -> std::io::Result<Body> {
    let mut open = File::open(file)?;
    let size = open.metadata()?.len();
    let kind = mime(file);
    let mut bytes = Vec::new();
    match range.and_then(|range| parse_range(range, size)) {
        None => {
            open.read_to_end(&mut bytes)?;
            Ok(Body { status: "200 OK", kind, range: String::new(), bytes })
        }
        Some((first, last)) if first >= size || last < first => {
            Ok(Body { status: "416 Range Not Satisfiable", kind, range: format!("Content-Range: bytes */{size}\r\n"), bytes })
        }
        Some((first, last)) => {
            open.seek(SeekFrom::Start(first))?;
            open.take(last - first + 1).read_to_end(&mut bytes)?;
            Ok(Body { status: "206 Partial Content", kind, range: format!("Content-Range: bytes {first}-{last}/{size}\r\n"), bytes })
        }
    }
}

/// First and last byte of a header with one range; none where it has another form.
fn parse_range(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = size.saturating_sub(1);
    match (first.trim(), last.trim()) {
        ("", n) => Some((size.saturating_sub(n.parse().ok()?), end)),
        (first, "") => Some((first.parse().ok()?, end)),
        (first, last) => Some((first.parse().ok()?, last.parse::<u64>().ok()?.min(end))),
    }
}

/// A header of a request, whatever the case of its name.
fn header_of<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .skip(1)
        .find_map(|line| line.split_once(':').filter(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()))
}

/// The file a request target means; none where it would leave the folder.
fn locate(folder: &Path, target: &str) -> Option<PathBuf> {
    let path = decode(target.split(['?', '#']).next()?)?;
    let relative = Path::new(path.trim_start_matches('/'));
    if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return None;
    }
    let file = folder.join(relative);
    let file = if file.is_dir() { file.join("index.html") } else { file };
    // A link inside the folder may point out of it.
    file.canonicalize().ok().filter(|file| file.starts_with(folder))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "zip" => "application/zip",
        "csv" | "md" | "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn ask(request: &str) -> String {
        static ASKED: AtomicU32 = AtomicU32::new(0);
        let n = ASKED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("unlearn-lab-serve-{}-{n}", std::process::id()));
        fs::create_dir_all(folder.join("a b")).expect("temporary folder");
        fs::write(folder.join("index.html"), "<p>").expect("temporary file");
        fs::write(folder.join("a b/engine.wasm"), [0, 97, 115, 109]).expect("temporary file");
        let listener = listen(Some(0)).expect("any free port");
        let address = listener.local_addr().expect("bound");
        let served = folder.clone();
        std::thread::spawn(move || serve(&listener, &served));
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.write_all(request.as_bytes()).expect("request is sent");
        stream.shutdown(std::net::Shutdown::Write).expect("end of request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answer");
        fs::remove_dir_all(folder).expect("temporary folder");
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn serves_files_with_their_types_and_the_policy() {
        let page = ask("GET /?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(page.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html"), "{page}");
        assert!(page.contains("Content-Security-Policy: default-src 'none'") && page.ends_with("\r\n\r\n<p>"), "{page}");
        let wasm = ask("HEAD /a%20b/engine.wasm HTTP/1.1\r\n\r\n");
        assert!(wasm.contains("application/wasm\r\nContent-Length: 4\r\n") && wasm.ends_with("\r\n\r\n"), "{wasm}");
    }

    #[test]
    fn parts_of_a_file_are_served() {
        let part = |range: &str| ask(&format!("GET /a%20b/engine.wasm HTTP/1.1\r\nrange: {range}\r\n\r\n"));
        for (range, says, body) in [
            ("bytes=1-", "bytes 1-3/4", "asm"),
            ("bytes=1-1", "bytes 1-1/4", "a"),
            ("bytes=2-99", "bytes 2-3/4", "sm"),
            ("bytes=-1", "bytes 3-3/4", "m"),
        ] {
            let answer = part(range);
            assert!(answer.starts_with("HTTP/1.1 206 ") && answer.contains(says), "{range}: {answer}");
            assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{range}: {answer}");
        }
        assert!(part("bytes=4-").contains("416 Range Not Satisfiable") && part("bytes=4-").contains("bytes */4"));
        for whole in ["bytes=x-", "lines=1-2", "bytes=0-1,3-"] {
            assert!(part(whole).starts_with("HTTP/1.1 200 OK"), "{whole}");
        }
    }

    #[test]
    fn never_leaves_its_folder() {
        for target in ["/../secret", "/%2e%2e/secret", "/a b/../../x", "/missing", "/%zz", "//etc/passwd"] {
            let answer = ask(&format!("GET {} HTTP/1.1\r\n\r\n", target.replace(' ', "%20")));
            assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
        }
        assert!(ask("POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    }
}
