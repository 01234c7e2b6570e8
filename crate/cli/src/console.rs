//! Standard output and standard error. A result goes to the first and everything meant for people alone to the second; neither ever panics.

use crate::place::id_of;
use anyhow::{Context, Result, bail};
use std::fs::{self, Metadata};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    Out,
    Err,
}

/// The stream that a path names: `-`, or a file, a pipe or a terminal that is open as one (`/dev/stdout`). Its file must not be replaced or cut
/// while the stream writes to it.
pub fn stream_at(path: &Path) -> Option<Standard> {
    if path == Path::new("-") {
        return Some(Standard::Out);
    }
    let found = fs::metadata(path).ok()?;
    let is_open = |stream: Option<Metadata>, is_terminal: bool| {
        // Devices other than terminals, such as /dev/null, are the same for everybody.
        let counts = !is_device(&found) || is_terminal;
        counts && stream.is_some_and(|stream| id_of(&stream).is_some() && id_of(&stream) == id_of(&found))
    };
    if is_open(metadata_of(Standard::Out), std::io::stdout().is_terminal()) {
        Some(Standard::Out)
    } else if is_open(metadata_of(Standard::Err), std::io::stderr().is_terminal()) {
        Some(Standard::Err)
    } else {
        None
    }
}

/// Whether a result that is written to this path is on standard output.
pub fn is_stdout(path: &Path) -> bool {
    stream_at(path) == Some(Standard::Out)
}

#[cfg(unix)]
fn metadata_of(stream: Standard) -> Option<Metadata> {
    use std::os::fd::AsFd;
    let own = match stream {
        Standard::Out => std::io::stdout().as_fd().try_clone_to_owned(),
        Standard::Err => std::io::stderr().as_fd().try_clone_to_owned(),
    };
    fs::File::from(own.ok()?).metadata().ok()
}

#[cfg(not(unix))]
fn metadata_of(_: Standard) -> Option<Metadata> {
    None
}

#[cfg(unix)]
fn is_device(found: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_char_device()
}

#[cfg(not(unix))]
fn is_device(_: &Metadata) -> bool {
    false
}

/// Writes bytes to a stream.
pub fn write_to(stream: Standard, bytes: &[u8]) -> std::io::Result<()> {
    fn all(mut to: impl Write, bytes: &[u8]) -> std::io::Result<()> {
        to.write_all(bytes).and_then(|()| to.flush())
    }
    let done = match stream {
        Standard::Out => all(std::io::stdout().lock(), bytes),
        Standard::Err => all(std::io::stderr().lock(), bytes),
    };
    // A reader that closes the pipe early (`| head`) has what it wanted.
    done.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Prints a result to stdout. A reader that closes the pipe early (`| head`) is not an error.
pub fn print(text: &str) -> Result<()> {
    write_to(Standard::Out, format!("{}\n", text.trim_end()).as_bytes()).context("writing to standard output")
}

/// Prints the first line for another program, which must get it: unlike [`print`], a closed pipe is an error too.
pub fn announce(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush())
}

/// Prints a message for people to stderr. Where stderr is closed or full there is nobody to tell.
pub fn tell(text: &str) {
    let _ = write_to(Standard::Err, format!("{}\n", text.trim_end()).as_bytes());
}

/// Fails if the program was started with a closed stdout, into which every result would vanish.
///
/// # Errors
/// If it was.
pub fn must_be_open() -> Result<()> {
    if start::was_closed() {
        bail!("standard output is closed, so that no result could be printed: redirect it, for instance to /dev/null");
    }
    Ok(())
}

/// Rust's runtime opens /dev/null in place of a closed stdout before `main`, so only a look before it can tell.
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod start {
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    unsafe extern "C" {
        fn fcntl(fd: i32, command: i32, ...) -> i32;
    }

    extern "C" fn look() {
        const STDOUT: i32 = 1;
        const F_GETFD: i32 = 1;
        // SAFETY: F_GETFD takes no further argument and only reads the flags of a descriptor; on one that is not open it fails.
        if unsafe { fcntl(STDOUT, F_GETFD) } == -1 {
            CLOSED.store(true, Ordering::Relaxed);
        }
    }

    #[used]
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
    #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
    static LOOK: extern "C" fn() = look;

    pub fn was_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod start {
    pub fn was_closed() -> bool {
        false
    }
}
