//! A connection with a deadline. It ends a client that neither sends nor reads, and also one that does so a byte at a time.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Number of bytes sent under one deadline.
const PART: usize = 64 * 1024;

/// A connection with a deadline.
pub struct Timed {
    stream: TcpStream,
    until: Instant,
}

impl Timed {
    /// A connection whose deadline is `limit` from now.
    pub fn new(stream: TcpStream, limit: Duration) -> Self {
        Self { stream, until: Instant::now() + limit }
    }

    /// Sets the next deadline to `limit` from now.
    pub fn within(&mut self, limit: Duration) -> &mut Self {
        self.until = Instant::now() + limit;
        self
    }

    /// Sends everything from a reader, each part within the limit; returns the number of bytes.
    pub fn send(&mut self, mut from: impl Read, limit: Duration) -> Result<u64> {
        let mut part = vec![0; PART];
        let mut sent = 0;
        loop {
            let n = from.read(&mut part)?;
            if n == 0 {
                return Ok(sent);
            }
            self.within(limit).write_all(&part[..n])?;
            sent += n as u64;
        }
    }

    fn left(&self) -> Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Error::from(ErrorKind::TimedOut)) } else { Ok(left) }
    }
}

impl Read for Timed {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(bytes)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.stream.flush()
    }
}
