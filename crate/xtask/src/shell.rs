//! Running of other programs, and progress lines with the elapsed time.

use crate::paths;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

/// Seconds since the command was started.
pub fn elapsed() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// Prints a progress line on stderr.
pub fn say(text: impl AsRef<str>) {
    eprintln!("[{:7.1} s] {}", elapsed(), text.as_ref());
}

/// A command that runs in the repository's root, with the tools folder on PATH and the shared target directory.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(paths::tools().join("bin")).chain(std::env::split_paths(&path));
    if let Ok(joined) = std::env::join_paths(dirs) {
        command.env("PATH", joined);
    }
    command.current_dir(paths::root()).env("CARGO_TARGET_DIR", paths::target()).stdin(Stdio::null());
    command
}

/// A command that runs with low priority.
pub fn behind(name: &str) -> Command {
    if !on_path("nice") {
        return program(name);
    }
    let mut command = program("nice");
    command.args(["-n", "10", name]);
    command
}

/// Runs a command to its end; a status other than 0 is an error that names the program.
pub fn run(command: &mut Command) -> Result<()> {
    let line = describe(command);
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// Runs a command to its end and returns its stdout, trimmed.
pub fn output(command: &mut Command) -> Result<String> {
    let line = describe(command);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` ended with {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first line of a program's output; empty if it cannot be run.
pub fn ask(name: &str, args: &[&str]) -> String {
    let out = program(name).args(args).stderr(Stdio::null()).output();
    let text = out.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// Whether a program of this name is on PATH.
pub fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
}

/// Whether two small files have the same content; false if either is missing.
pub fn same_content(a: &Path, b: &Path) -> bool {
    matches!((std::fs::read(a), std::fs::read(b)), (Ok(a), Ok(b)) if a == b)
}

/// The command line, as one would type it.
pub fn describe(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    parts.map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
