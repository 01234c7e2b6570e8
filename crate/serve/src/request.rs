//! The head of an HTTP request: its method, its target, and the few headers that matter here.

use std::io::{BufRead, Read, Result};

const LONGEST_LINE: u64 = 16 * 1024;
const LONGEST_HEAD: usize = 64 * 1024;

/// A request without a body, since GET and HEAD have none.
pub struct Request {
    head: String,
}

impl Request {
    /// Reads the next request of a connection; `None` at its end, or if the head is longer than any browser's.
    pub fn read(reader: &mut impl BufRead) -> Result<Option<Self>> {
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if reader.by_ref().take(LONGEST_LINE).read_line(&mut line)? == 0 {
                return Ok(None);
            }
            if line.trim_end().is_empty() && !head.is_empty() {
                return Ok(Some(Self { head }));
            }
            head.push_str(&line);
            if head.len() > LONGEST_HEAD {
                return Ok(None);
            }
        }
    }

    fn word(&self, idx: usize) -> &str {
        self.head.lines().next().and_then(|line| line.split_whitespace().nth(idx)).unwrap_or_default()
    }

    /// The method: `GET`, `HEAD` or whatever was sent.
    pub fn method(&self) -> &str {
        self.word(0)
    }

    /// The path and query, as sent.
    pub fn target(&self) -> &str {
        self.word(1)
    }

    /// The value of a header, whose name is case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers.into_iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Whether the client keeps using this connection (RFC 9112, 9.3).
    pub fn stays_open(&self) -> bool {
        self.word(2) == "HTTP/1.1" && !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// Whether the requested host name is this machine's own. Browsers always send one.
    pub fn is_for_this_machine(&self) -> bool {
        let Some(host) = self.header("host") else { return true };
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost")
    }
}
