//! Maps a request to a file of the served folder: never outside the folder, whole or in part, or not at all if the browser already has it.

use crate::request::Request;
use crate::timed::Timed;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// An answer to a request.
pub struct Answer {
    pub status: &'static str,
    pub headers: Vec<(&'static str, String)>,
    /// Size of the body, bytes; a HEAD request gets only this number.
    pub bytes: u64,
    body: Body,
}

enum Body {
    Text(&'static str),
    /// The file from its current position, `bytes` long.
    File(File),
    None,
}

impl Answer {
    /// A one-line text answer.
    pub fn text(status: &'static str, text: &'static str) -> Self {
        let headers = vec![("Content-Type", "text/plain; charset=utf-8".into())];
        Self { status, headers, bytes: text.len() as u64, body: Body::Text(text) }
    }

    /// A file, the part of it that a `Range` header requests, or the answer that it did not change. A malformed range is ignored
    /// (RFC 9110, 14.2).
    pub fn of_file(path: &Path, request: &Request) -> Result<Self> {
        let mut file = File::open(path)?;
        let meta = file.metadata()?;
        let size = meta.len();
        let changed = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let tag = format!("\"{size:x}-{:x}\"", changed.as_nanos());
        let same = request.header("if-none-match").is_some_and(|tags| tags.split(',').any(|one| one.trim() == tag));
        // The browser revalidates the file on every use and gets no bytes if it is unchanged, so a new build is seen at once.
        let mut headers = vec![
            ("Content-Type", mime(path).to_owned()),
            ("Accept-Ranges", "bytes".into()),
            ("Cache-Control", "no-cache".into()),
            ("ETag", tag),
        ];
        if same {
            return Ok(Self { status: "304 Not Modified", headers, bytes: 0, body: Body::None });
        }
        match request.header("range").and_then(|range| parse_range(range, size)) {
            None => Ok(Self { status: "200 OK", headers, bytes: size, body: Body::File(file) }),
            Some((first, last)) if first >= size || last < first => {
                headers.push(("Content-Range", format!("bytes */{size}")));
                Ok(Self { status: "416 Range Not Satisfiable", headers, bytes: 0, body: Body::None })
            }
            Some((first, last)) => {
                headers.push(("Content-Range", format!("bytes {first}-{last}/{size}")));
                file.seek(SeekFrom::Start(first))?;
                Ok(Self { status: "206 Partial Content", headers, bytes: last - first + 1, body: Body::File(file) })
            }
        }
    }

    /// Sends the body, each part within the time limit. If the file has become shorter meanwhile, that is an error, since more bytes were announced.
    pub fn send(self, to: &mut Timed, limit: Duration) -> Result<()> {
        let sent = match self.body {
            Body::Text(text) => to.send(text.as_bytes(), limit)?,
            Body::File(file) => to.send(file.take(self.bytes), limit)?,
            Body::None => 0,
        };
        if sent == self.bytes { Ok(()) } else { Err(Error::from(ErrorKind::UnexpectedEof)) }
    }
}

/// Parses a header with a single range into its first and last byte; `None` for any other form.
fn parse_range(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = size.saturating_sub(1);
    match (first.trim(), last.trim()) {
        ("", n) => Some((size.saturating_sub(n.parse().ok()?), end)),
        (first, "") => Some((first.parse().ok()?, end)),
        (first, last) => Some((first.parse().ok()?, last.parse::<u64>().ok()?.min(end))),
    }
}

/// The file that a request target names; `None` if it would be outside the folder.
pub fn locate(folder: &Path, target: &str) -> Option<PathBuf> {
    let path = decode(target.split(['?', '#']).next()?)?;
    let relative = Path::new(path.trim_start_matches('/'));
    if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return None;
    }
    let file = folder.join(relative);
    let file = if file.is_dir() { file.join("index.html") } else { file };
    // `/conformance` is served from `conformance.html`, as static hosts do.
    let page = file.with_extension("html");
    let file = if file.extension().is_none() && !file.exists() && page.is_file() { page } else { file };
    // A link inside the folder may point outside it.
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
