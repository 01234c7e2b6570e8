//! File input and output. Data sets and packages are read whole. Results are first written under a temporary name, so no file is ever incomplete.

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use unlearn_core::data::formats::{FORMATS, first_files};
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::source::is_wanted;
use unlearn_core::host::Files;
use unlearn_core::package::manifest::{MANIFEST, MODEL, RETRAIN, START, TOKENIZER};

/// Maximum size of a file to read; larger than every data set archive that this program supports.
const MAX_BYTES: u64 = 1 << 30;

/// Reads a data set from a folder (or the single folder inside it), a .zip, or individual files.
pub fn read_sources(inputs: &[PathBuf]) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for input in inputs {
        if input.is_dir() {
            let mut found = wanted_in(input)?;
            if found.is_empty() {
                for inner in entries(input)?.iter().filter(|path| path.is_dir()) {
                    found.extend(wanted_in(inner)?);
                }
            }
            ensure!(!found.is_empty(), "{}: the folder must hold a data set ({}), got none", input.display(), first_files(FORMATS));
            for path in found {
                files.push(source(&path)?);
            }
        } else {
            files.push(source(input)?);
        }
    }
    Ok(files)
}

fn source(path: &Path) -> Result<SourceFile> {
    Ok(SourceFile { name: path.to_string_lossy().replace('\\', "/"), bytes: read(path)? })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths = listing.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn wanted_in(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_file() && is_wanted(&path.to_string_lossy())).collect())
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    read_up_to(path, MAX_BYTES)
}

/// Reads a whole file of at most `max_bytes` bytes.
pub fn read_up_to(path: &Path, max_bytes: u64) -> Result<Vec<u8>> {
    let len = fs::metadata(path).with_context(|| format!("reading {}", path.display()))?.len();
    ensure!(len <= max_bytes, "{}: a file may have at most {max_bytes} bytes, got {len}", path.display());
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// Reads those files of a package that core uses.
pub fn read_package(folder: &Path) -> Result<Files> {
    ensure!(folder.join(MANIFEST).is_file(), "{}: a model package must have a {MANIFEST}; name its folder by --model", folder.display());
    let there = [MANIFEST, MODEL, TOKENIZER, RETRAIN, START].into_iter().filter(|name| folder.join(name).is_file());
    there.map(|name| Ok((name.to_owned(), read(&folder.join(name))?))).collect()
}

/// Writes several files into a folder, creating it if necessary. The file `last` is written last, so an incomplete package can be recognised.
pub fn write_files(folder: &Path, files: &Files, last: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let (last, others): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| *name == last);
    others.into_iter().chain(last).try_for_each(|(name, bytes)| write(&folder.join(name), bytes))
}

/// Writes a file under a temporary name and then renames it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().with_context(|| format!("{}: must name a file", path.display()))?;
    let unfinished = path.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let done = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if done.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    done.with_context(|| format!("writing {}", path.display()))
}

/// Writes a value as pretty-printed JSON with a final newline, creating the folder if necessary.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write(path, text.as_bytes())
}

/// Prints a result to stdout. A reader that closes the pipe early (`| head`) is not an error.
pub fn print(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("writing to stdout"),
    }
}

/// Prints a result as JSON or as the text from `text`, and writes the JSON to `out` if given.
pub fn answer<T: Serialize>(result: &T, json: bool, out: Option<&Path>, text: impl FnOnce() -> String) -> Result<()> {
    let pretty = serde_json::to_string_pretty(result)?;
    if let Some(path) = out {
        write(path, format!("{pretty}\n").as_bytes())?;
    }
    print(&if json { pretty } else { text() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_is_whole_and_alone() {
        let folder = std::env::temp_dir().join(format!("unlearn-io-{}", std::process::id()));
        write_files(&folder, &Files::from([("a".into(), vec![1]), ("b".into(), vec![2])]), "a").unwrap();
        write(&folder.join("a"), &[3]).unwrap();
        let names: Vec<_> = entries(&folder).unwrap().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!((names, fs::read(folder.join("a")).unwrap()), (vec!["a".into(), "b".into()], vec![3]));
        assert!(read_package(&folder).unwrap_err().to_string().contains("manifest.json"));
        fs::remove_dir_all(folder).unwrap();
    }
}
