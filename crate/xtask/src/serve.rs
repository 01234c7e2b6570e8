//! A static file server for the built page: localhost only, GET and HEAD, the headers that the page is meant to be served with.

use crate::options::Options;
use crate::paths;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
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
        let (status, kind, body) = match (method, locate(folder, target)) {
            ("GET" | "HEAD", Some(file)) => match fs::read(&file) {
                Ok(body) => ("200 OK", mime(&file), body),
                Err(_) => ("404 Not Found", "text/plain; charset=utf-8", b"not found".to_vec()),
            },
            ("GET" | "HEAD", None) => ("404 Not Found", "text/plain; charset=utf-8", b"not found".to_vec()),
            _ => ("405 Method Not Allowed", "text/plain; charset=utf-8", b"only GET and HEAD".to_vec()),
        };
        let header = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
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

    fn ask(request: &str) -> String {
        let folder = std::env::temp_dir().join(format!("unlearn-lab-serve-{}-{}", std::process::id(), request.len()));
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
    fn never_leaves_its_folder() {
        for target in ["/../secret", "/%2e%2e/secret", "/a b/../../x", "/missing", "/%zz", "//etc/passwd"] {
            let answer = ask(&format!("GET {} HTTP/1.1\r\n\r\n", target.replace(' ', "%20")));
            assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
        }
        assert!(ask("POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    }
}
