//! Tests of `unlearn serve` as it is used: an address on stdout, the page with its headers, an end by Ctrl-C.

use super::{Folder, text, unlearn};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The running server process; killed on drop if it did not end by itself.
struct Serving {
    child: Child,
    port: u16,
}

impl Serving {
    fn new(folder: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unlearn"));
        command.args(["serve", folder, "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program was built with this test");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("an address");
        let port = line.trim().strip_prefix("http://localhost:").and_then(|rest| rest.strip_suffix('/')).and_then(|port| port.parse().ok());
        Self { child, port: port.expect("http://localhost:PORT/ on stdout") }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens on loopback");
        stream.write_all(request.as_bytes()).expect("request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answer");
        text(&answer)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn the_page_is_served_and_ends_by_ctrl_c() {
    let folder = Folder::new("serve");
    std::fs::write(folder.at("index.html"), "<!doctype html>").expect("the temporary folder can be written");
    let mut serving = Serving::new(&folder.at(""));
    let page = serving.ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with("<!doctype html>"), "{page}");
    assert!(page.contains("Content-Security-Policy: default-src 'none'") && page.contains("Referrer-Policy: no-referrer"), "{page}");
    assert!(serving.ask("GET /../Cargo.toml HTTP/1.1\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 404"));
    if cfg!(unix) {
        let interrupt = Command::new("kill").args(["-INT", &serving.child.id().to_string()]).status();
        assert!(interrupt.is_ok_and(|status| status.success()));
        assert_eq!(serving.child.wait().expect("it ends").code(), Some(0), "Ctrl-C is how serving ends");
        assert!(TcpStream::connect(("127.0.0.1", serving.port)).is_err(), "the port is free again");
    }
}

#[test]
fn a_folder_without_a_page_is_refused() {
    let folder = Folder::new("serve-empty");
    let output = unlearn(&["serve", &folder.at("")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("has no index.html"), "{}", text(&output.stderr));
}
