//! Runs cargo and parses its progress bar, since only cargo knows how many units a build has.

use crate::progress::Task;
use crate::shell::{describe, say};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Cargo's own status lines, which the task's progress lines replace.
const KNOWN: [&str; 7] = ["Compiling", "Building", "Finished", "Downloading", "Downloaded", "Updating", "Fresh"];

/// Runs a build; `begun` is called once if there is something to do.
pub fn build(command: &mut Command, task: &Task, mut begun: impl FnMut()) -> Result<()> {
    let line = describe(command);
    // Without these settings the bar is drawn only on a terminal. The width is unknown without a terminal, so it is set too.
    command.envs([("CARGO_TERM_PROGRESS_WHEN", "always"), ("CARGO_TERM_PROGRESS_WIDTH", "120"), ("CARGO_TERM_COLOR", "never")]);
    let mut child = command.stderr(Stdio::piped()).spawn().with_context(|| format!("cannot start `{line}`"))?;
    let stderr = child.stderr.take();
    let mut works = false;
    for text in stderr.map(|pipe| lines(BufReader::new(pipe))).into_iter().flatten() {
        if let Some((done, total, now)) = bar(&text) {
            task.counted(done, total, now);
        }
        let first = text.split_whitespace().next().unwrap_or_default();
        // Another cargo that looks for packages at the same moment is not worth a word.
        if text.ends_with("package cache") {
            continue;
        }
        // Another cargo that works on the same folder must be waited for, too.
        if !works && matches!(first, "Compiling" | "Blocking") {
            works = true;
            task.works();
            begun();
        }
        if !KNOWN.contains(&first) && !text.trim().is_empty() {
            say(text.trim_end());
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// The pieces of a stream that end with a line feed or a carriage return, without the escape codes that move a terminal's cursor.
fn lines(stream: impl BufRead) -> impl Iterator<Item = String> {
    let mut bytes = stream.bytes();
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        for byte in bytes.by_ref() {
            match byte {
                Ok(b'\n' | b'\r') => return Some(String::from_utf8_lossy(&line).replace("\x1b[K", "")),
                Ok(byte) => line.push(byte),
                Err(_) => break,
            }
        }
        (!line.is_empty()).then(|| String::from_utf8_lossy(&line).replace("\x1b[K", ""))
    })
}

/// Parses the bar: `Building [=====>     ] 212/340: burn-flex, gemm` gives 212, 340 and the first name.
fn bar(line: &str) -> Option<(u32, u32, &str)> {
    let (_, rest) = line.trim_start().strip_prefix("Building [")?.split_once("] ")?;
    let (count, names) = rest.split_once(':').unwrap_or((rest, ""));
    let (done, total) = count.trim().split_once('/')?;
    let name = names.split(',').next().unwrap_or_default().trim().trim_end_matches("...");
    Some((done.parse().ok()?, total.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::{bar, build, lines};
    use crate::progress::Progress;
    use std::process::Command;

    #[test]
    fn the_bar_tells_done_and_all() {
        assert_eq!(
            bar("    Building [================>   ] 45/68: serde_json(build.rs), syn      "),
            Some((45, 68, "serde_json(build.rs)"))
        );
        assert_eq!(bar("    Building [>    ]   0/340"), Some((0, 340, "")));
        for other in ["   Compiling syn v2.0.119", "    Building something", "warning: Building [a] b/c: d", ""] {
            assert_eq!(bar(other), None, "{other}");
        }
    }

    #[test]
    fn a_line_drawn_over_is_a_line() {
        let all: Vec<String> = lines(&b"   Compiling a\n  Building [>] 0/2: a\r\x1b[K  Building [=] 1/2: b\rerror: c"[..]).collect();
        assert_eq!(all, ["   Compiling a", "  Building [>] 0/2: a", "  Building [=] 1/2: b", "error: c"]);
    }

    #[test]
    fn what_is_fresh_begins_nothing_and_what_fails_is_told() {
        let progress = Progress::new(&["cpu"], |_| false);
        let run = |script: &str| {
            let mut begun = 0;
            let outcome = build(Command::new("sh").args(["-c", script]), &progress.task("cpu"), || begun += 1);
            (outcome.map_err(|error| error.to_string()), begun)
        };
        assert_eq!(run("echo '    Blocking waiting for file lock on package cache' >&2; echo '    Finished in 0 s' >&2"), (Ok(()), 0));
        assert_eq!(run("echo '    Blocking waiting for file lock on build directory' >&2"), (Ok(()), 1));
        assert_eq!(run("echo '   Compiling a' >&2; echo '   Compiling b' >&2"), (Ok(()), 1), "once");
        let (outcome, _) = run("exit 101");
        assert!(outcome.is_err_and(|error| error.contains("101")));
    }
}
