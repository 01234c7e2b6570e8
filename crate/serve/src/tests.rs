//! Tests with requests as a browser or an attacker writes them.

use super::{LIMITS, Limits, Server};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A server of a small folder; it stops when dropped.
struct Site {
    folder: PathBuf,
    server: Option<std::thread::JoinHandle<anyhow::Result<()>>>,
    stopper: super::Stopper,
    served: std::sync::Arc<Server>,
}

impl Site {
    fn new() -> Self {
        Self::with(LIMITS)
    }

    fn with(limits: Limits) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let n = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("unlearn-lab-serve-{}-{n}", std::process::id()));
        fs::create_dir_all(folder.join("a b")).expect("temporary folder");
        fs::write(folder.join("index.html"), "<p>").expect("temporary file");
        fs::write(folder.join("a b/engine.wasm"), [0, 97, 115, 109]).expect("temporary file");
        let mut server = Server::on_loopback(&folder, Some(0)).expect("any free port");
        server.limits = limits;
        let served = std::sync::Arc::new(server);
        let stopper = served.stopper().expect("bound");
        let server = std::sync::Arc::clone(&served);
        Self { folder, server: Some(std::thread::spawn(move || server.run())), stopper, served }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.stopper.address).expect("the server listens")
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("request is sent");
        stream.shutdown(std::net::Shutdown::Write).expect("end of request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answer");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stopper.stop();
        let ended = self.server.take().map(std::thread::JoinHandle::join);
        fs::remove_dir_all(&self.folder).ok();
        assert!(matches!(ended, Some(Ok(Ok(())))), "the server ends when it is stopped");
    }
}

#[test]
fn serves_files_with_their_types_and_the_policy() {
    let site = Site::new();
    let page = site.ask("GET /?x=1 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/html") && page.ends_with("\r\n\r\n<p>"), "{page}");
    for header in [
        "Content-Security-Policy: default-src 'none'; script-src 'self'",
        "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cross-Origin-Embedder-Policy: require-corp\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "Permissions-Policy: ",
        "X-Content-Type-Options: nosniff\r\n",
    ] {
        assert!(page.contains(header), "{header}: {page}");
    }
    let wasm = site.ask("HEAD /a%20b/engine.wasm HTTP/1.1\r\n\r\n");
    assert!(wasm.contains("Content-Length: 4\r\nContent-Type: application/wasm\r\n") && wasm.ends_with("\r\n\r\n"), "{wasm}");
}

#[test]
fn a_page_has_an_address_without_its_ending() {
    let site = Site::new();
    fs::write(site.folder.join("conformance.html"), "<h1>").expect("temporary file");
    fs::write(site.folder.join("conformance.js"), "1").expect("temporary file");
    let page = site.ask("GET /conformance?op=norm HTTP/1.1\r\n\r\n");
    assert!(page.contains("Content-Type: text/html") && page.ends_with("<h1>"), "{page}");
    assert!(site.ask("GET /other HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "), "no page of that name");
}

#[test]
fn what_the_browser_has_is_not_sent_again() {
    let site = Site::new();
    let first = site.ask("GET /a%20b/engine.wasm HTTP/1.1\r\n\r\n");
    let tag = first.lines().find_map(|line| line.strip_prefix("ETag: ")).expect("a tag");
    let again = site.ask(&format!("GET /a%20b/engine.wasm HTTP/1.1\r\nIf-None-Match: \"x\", {tag}\r\n\r\n"));
    assert!(again.starts_with("HTTP/1.1 304 ") && again.ends_with("\r\n\r\n"), "{again}");
    fs::write(site.folder.join("a b/engine.wasm"), "other").expect("temporary file");
    let changed = site.ask(&format!("GET /a%20b/engine.wasm HTTP/1.1\r\nIf-None-Match: {tag}\r\n\r\n"));
    assert!(changed.starts_with("HTTP/1.1 200 ") && changed.ends_with("\r\n\r\nother"), "{changed}");
}

#[test]
fn parts_of_a_file_are_served() {
    let site = Site::new();
    let part = |range: &str| site.ask(&format!("GET /a%20b/engine.wasm HTTP/1.1\r\nrange: {range}\r\n\r\n"));
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
fn never_leaves_its_folder_nor_its_machine() {
    let site = Site::new();
    for target in ["/../secret", "/%2e%2e/secret", "/a b/../../x", "/missing", "/%zz", "//etc/passwd", "/a%20b/%2e%2e%2f%2e%2e%2fx"] {
        let answer = site.ask(&format!("GET {} HTTP/1.1\r\n\r\n", target.replace(' ', "%20")));
        assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
    }
    assert!(site.ask("POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    for host in ["elsewhere.example", "localhost.elsewhere.example:8080", "127.0.0.1.elsewhere.example"] {
        assert!(site.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).starts_with("HTTP/1.1 421"), "{host}");
    }
    for host in ["localhost", "localhost:1", "127.0.0.1:8080", "[::1]:8080"] {
        assert!(site.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).starts_with("HTTP/1.1 200"), "{host}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let site = Site::new();
    let outside = site.folder.with_extension("outside");
    fs::write(&outside, "secret").expect("temporary file");
    std::os::unix::fs::symlink(&outside, site.folder.join("link.txt")).expect("a link");
    let answer = site.ask("GET /link.txt HTTP/1.1\r\n\r\n");
    fs::remove_file(outside).ok();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[test]
fn one_connection_serves_many_requests() {
    let site = Site::new();
    let both = site.ask("GET / HTTP/1.1\r\n\r\nGET /missing HTTP/1.1\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    assert_eq!(both.matches("HTTP/1.1 ").count(), 2, "the second asked for the end: {both}");
    assert!(both.contains("200 OK") && both.contains("404 Not Found"), "{both}");
}

const ASK: &str = "GET / HTTP/1.1\r\n\r\n";

#[test]
fn more_connections_than_places_are_told_to_come_later() {
    let site = Site::new();
    let mut open: Vec<TcpStream> = (0..LIMITS.connections).map(|_| site.connect()).collect();
    let refused = site.ask(ASK);
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("Retry-After: 2\r\n"), "{refused}");
    assert!(refused.contains("Connection: close\r\n") && refused.contains("Content-Security-Policy: "), "{refused}");
    open.pop();
    assert!(site.ask(ASK).starts_with("HTTP/1.1 200 "), "a place is free");
}

#[test]
fn a_connection_waits_for_its_turn() {
    let site = Site::with(Limits { connections: 1, turn: Duration::from_secs(60), ..LIMITS });
    let mut first = site.connect();
    let asking = std::thread::scope(|scope| {
        let second = scope.spawn(|| site.ask(ASK));
        std::thread::sleep(Duration::from_millis(50));
        assert!(!second.is_finished(), "its turn is later");
        first.write_all(ASK.as_bytes()).expect("request is sent");
        let mut answer = String::new();
        first.read_to_string(&mut answer).expect("an end: the place is not kept");
        assert!(answer.contains("Connection: close\r\n"), "{answer}");
        second.join().expect("no panic")
    });
    assert!(asking.starts_with("HTTP/1.1 200 "), "{asking}");
}

#[test]
fn a_client_that_does_not_read_loses_its_place() {
    let site = Site::with(Limits { connections: 1, turn: Duration::from_secs(20), part: Duration::from_millis(100), ..LIMITS });
    // More than the system buffers on the way.
    fs::File::create(site.folder.join("large.zip")).and_then(|file| file.set_len(64 << 20)).expect("temporary file");
    let mut idle = site.connect();
    idle.write_all(b"GET /large.zip HTTP/1.1\r\n\r\n").expect("request is sent");
    std::thread::sleep(Duration::from_millis(50));
    assert!(site.ask(ASK).starts_with("HTTP/1.1 200 "));
    let mut got = Vec::new();
    idle.read_to_end(&mut got).ok();
    assert!(got.starts_with(b"HTTP/1.1 200 ") && got.len() < 64 << 20, "{} bytes", got.len());
}

#[test]
fn a_request_a_byte_at_a_time_is_not_waited_for() {
    let site = Site::with(Limits { request: Duration::from_millis(200), ..LIMITS });
    let mut slow = site.connect();
    slow.set_read_timeout(Some(Duration::from_millis(20))).expect("a limit");
    let start = Instant::now();
    while slow.write_all(b"G").is_ok() {
        if matches!(slow.read(&mut [0]), Ok(0)) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "it is still listened to");
    }
    assert!(site.ask(ASK).starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_folder_that_is_replaced_is_never_missing() {
    let site = Site::new();
    let (next, before) = (site.folder.with_extension("next"), site.folder.with_extension("before"));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut answers = 0;
            while !done.load(Ordering::SeqCst) {
                let answer = site.ask("GET /index.html HTTP/1.1\r\n\r\n");
                assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\r\n\r\n<p>"), "{answer}");
                answers += 1;
            }
            answers
        });
        for version in 0..50 {
            fs::create_dir_all(&next).expect("temporary folder");
            fs::write(next.join("index.html"), format!("<p>{version}")).expect("temporary file");
            site.served.between_answers(|| {
                fs::rename(&site.folder, &before).expect("a rename");
                // Long enough for a reader that does not wait to find nothing.
                std::thread::sleep(std::time::Duration::from_millis(5));
                fs::rename(&next, &site.folder).expect("a rename");
            });
            fs::remove_dir_all(&before).expect("temporary folder");
        }
        done.store(true, Ordering::SeqCst);
        assert!(asking.join().expect("every answer was whole") > 0, "somebody asked meanwhile");
    });
    assert!(site.ask("GET / HTTP/1.1\r\n\r\n").ends_with("<p>49"), "the last version is served");
}
