//! File input, and the output of results. Data sets and packages are read whole.

use crate::console::{self, is_stdout};
use crate::usage::{told, wrong};
use anyhow::{Context, Error, Result, ensure};
use serde::Serialize;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::source::{has_ratings, is_table, is_wanted, no_data_set};
use unlearn_core::host::Files;
use unlearn_core::package::cross_fit::CROSS_FIT;
use unlearn_core::package::manifest::{MANIFEST, MODEL, RETRAIN, START, TOKENIZER};
use unlearn_core::package::person::PERSON;
use unlearn_core::package::titles::TITLES;

pub use crate::console::print;
pub use crate::write::{deliver, deliver_files, keep, write, write_files, write_json};

/// The files of a package that core reads.
pub const PACKAGE: [&str; 8] = [MANIFEST, MODEL, TOKENIZER, RETRAIN, START, CROSS_FIT, TITLES, PERSON];

/// Maximum size of a file to read; larger than every data set archive that this program supports.
const MAX_BYTES: u64 = 1 << 30;

/// How many folders deep a data set may lie in the folder that was named.
const MAX_DEPTH: usize = 4;
/// Number of files in a folder without a data set that are looked at to tell what it is.
const MAX_LOOKS: usize = 50;
/// Number of their bytes that are looked at.
const LOOK: u64 = 4096;

/// Reads a data set from a folder (or folders inside it), a .zip, or individual files.
pub fn read_sources(inputs: &[PathBuf]) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for input in inputs {
        must_be_named(input)?;
        let found = data_files(input)?;
        if found.is_empty() {
            return Err(no_data_set(&looks(input)?)).with_context(|| format!("{}: the folder must hold a data set", input.display()));
        }
        for path in found {
            files.push(source(&path)?);
        }
    }
    Ok(files)
}

/// The files of a data set that are read: those in a folder, or in the folders inside it if it has none, or the input itself.
pub fn data_files(input: &Path) -> Result<Vec<PathBuf>> {
    if !input.is_dir() {
        return Ok(vec![input.to_owned()]);
    }
    wanted_below(input)
}

/// Refuses `-`: nothing is read from standard input.
pub fn must_be_named(input: &Path) -> Result<()> {
    if input == Path::new("-") {
        return Err(wrong("-: nothing is read from standard input: name a file or a folder (./- for one of that name)"));
    }
    Ok(())
}

/// Why a `~` is no home folder.
pub const HOME: &str = "the shell takes a ~ in quotes or after = for no home folder: write $HOME in its place";

/// What was being read, for an error; with a hint where the shell left a `~` alone.
pub fn reading(path: &Path) -> String {
    let is_left = path.to_string_lossy().starts_with('~') && !path.exists();
    let hint = if is_left { format!(" ({HOME})") } else { String::new() };
    format!("reading {}{hint}", path.display())
}

fn source(path: &Path) -> Result<SourceFile> {
    Ok(SourceFile { name: path.to_string_lossy().replace('\\', "/"), bytes: read(path)? })
}

/// The entries of a folder, sorted.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(folder).with_context(|| reading(folder))?;
    let mut paths = listing.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// A data set's files in a folder or, if there are none, in the folders inside it, down to the first level that has some.
fn wanted_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut level = vec![folder.to_path_buf()];
    for _ in 0..MAX_DEPTH {
        let mut found = Vec::new();
        for folder in &level {
            found.extend(wanted_in(folder)?);
        }
        // Ratings under another name are told by what is in the files.
        if !found.iter().any(|path| has_ratings(&path.to_string_lossy())) {
            for folder in &level {
                let tables = tables_in(folder)?;
                found.extend(tables.into_iter().filter(|path| !found.contains(path)).collect::<Vec<_>>());
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        let mut next = Vec::new();
        for folder in &level {
            let is_hidden = |path: &Path| path.file_name().is_none_or(|name| name == "__MACOSX" || name.to_string_lossy().starts_with('.'));
            next.extend(entries(folder)?.into_iter().filter(|path| path.is_dir() && !path.is_symlink() && !is_hidden(path)));
        }
        level = next;
    }
    Ok(Vec::new())
}

/// The first bytes of a folder's files, to tell what it holds.
fn looks(folder: &Path) -> Result<Vec<SourceFile>> {
    let files = entries(folder)?.into_iter().filter(|path| path.is_file()).take(MAX_LOOKS);
    files
        .map(|path| {
            let mut bytes = Vec::new();
            let read = fs::File::open(&path).and_then(|file| file.take(LOOK).read_to_end(&mut bytes));
            read.with_context(|| format!("reading {}", path.display()))?;
            Ok(SourceFile { name: path.to_string_lossy().replace('\\', "/"), bytes })
        })
        .collect()
}

fn wanted_in(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_file() && is_wanted(&path.to_string_lossy())).collect())
}

/// The files of a folder that may be tables, told by their first bytes.
fn tables_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_file()).take(MAX_LOOKS) {
        let mut start = Vec::new();
        let read = fs::File::open(&path).and_then(|file| file.take(LOOK).read_to_end(&mut start));
        read.with_context(|| reading(&path))?;
        if is_table(&path.to_string_lossy(), &start) && has_steady_rows(&start) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Whether the first lines of a file could be rows of at least three fields. Any text is no table.
fn has_steady_rows(start: &[u8]) -> bool {
    let is_packed_or_wide = start.starts_with(&[0x1f, 0x8b]) || start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]);
    let text = String::from_utf8_lossy(start);
    // the last line may be cut
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(10).collect();
    let lines = if lines.len() > 1 { &lines[..lines.len() - 1] } else { &lines[..] };
    let is_steady = |separator: &str| {
        let n = |line: &&str| line.matches(separator).count();
        lines.first().is_some_and(|first| n(first) >= 2 && lines.iter().all(|line| n(line) >= 2))
    };
    is_packed_or_wide || [",", ";", "\t", "|", "::", " "].into_iter().any(is_steady)
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    read_up_to(path, MAX_BYTES)
}

/// Reads a whole file of at most `max_bytes` bytes.
pub fn read_up_to(path: &Path, max_bytes: u64) -> Result<Vec<u8>> {
    must_be_named(path)?;
    let len = fs::metadata(path).with_context(|| reading(path))?.len();
    ensure!(len <= max_bytes, "{}: a file may have at most {max_bytes} bytes, got {len}", path.display());
    fs::read(path).with_context(|| reading(path))
}

/// Reads those files of a package that core uses.
pub fn read_package(folder: &Path) -> Result<Files> {
    must_be_named(folder)?;
    if folder.starts_with("~") && !folder.exists() {
        return Err(wrong(format!("{}: {HOME}", folder.display())));
    }
    ensure!(folder.join(MANIFEST).is_file(), "{}: a model package must have a {MANIFEST}; name its folder by --model", folder.display());
    let there = PACKAGE.into_iter().filter(|name| folder.join(name).is_file());
    there.map(|name| Ok((name.to_owned(), read(&folder.join(name))?))).collect()
}

/// Prints a result as JSON or as the text from `text`, and writes the JSON to `out` if given. Where `out` is standard output, the text goes to stderr.
///
/// # Errors
/// If one of the two cannot be written. The other is, and then it is the JSON.
pub fn answer<T: Serialize>(result: &T, json: bool, out: Option<&Path>, text: impl FnOnce() -> String) -> Result<()> {
    give(result, json, out, text).map_err(|Lost { error, .. }| error)
}

/// As [`answer`], for the result of a long run: if it can be written nowhere, it is kept among the system's temporary files, and the error says where.
pub fn deliver_answer<T: Serialize>(result: &T, json: bool, out: Option<&Path>, text: impl FnOnce() -> String) -> Result<()> {
    give(result, json, out, text).map_err(|Lost { error, everywhere }| match serde_json::to_vec_pretty(result) {
        Ok(bytes) if everywhere => keep(error, "result.json", &bytes),
        _ => error,
    })
}

/// Why a result was not written, and whether it was written nowhere.
struct Lost {
    error: Error,
    everywhere: bool,
}

fn give<T: Serialize>(result: &T, json: bool, out: Option<&Path>, text: impl FnOnce() -> String) -> Result<(), Lost> {
    let pretty = serde_json::to_string_pretty(result).map_err(|error| Lost { error: error.into(), everywhere: true })?;
    let written = out.map_or(Ok(()), |path| write(path, format!("{pretty}\n").as_bytes()));
    if out.is_some_and(is_stdout) {
        if !json {
            console::tell(&text());
        }
        return written.map_err(|error| Lost { error, everywhere: true });
    }
    let printed = print(&if json || written.is_err() { pretty } else { text() });
    let (told, everywhere) = match (written, printed, out) {
        (Ok(()), Ok(()), _) => return Ok(()),
        (Err(error), Ok(()), _) => (format!("{}; the result is on standard output instead", told(&error)), false),
        (Ok(()), Err(error), Some(path)) => (format!("{}; the result is in {}", told(&error), path.display()), false),
        (Ok(()), Err(error), None) => (told(&error), true),
        (Err(error), Err(other), _) => (format!("{}; {}", told(&error), told(&other)), true),
    };
    Err(Lost { error: Error::msg(told), everywhere })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_no_package_is_named() {
        let folder = std::env::temp_dir().join(format!("unlearn-io-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        assert!(read_package(&folder).unwrap_err().to_string().contains("manifest.json"));
        fs::remove_dir_all(folder).unwrap();
    }
}
