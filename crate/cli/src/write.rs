//! Writes files. A regular file is first written under a temporary name, so it is never incomplete; what else stands at the path (a device, a pipe,
//! a link, a file with several names) is written to, not replaced.

use crate::console;
use crate::place::{id_of, resolve};
use crate::usage::told;
use anyhow::{Context, Error, Result};
use serde::Serialize;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use unlearn_core::host::Files;

/// Writes a file, or standard output for `-`. Links are followed, mode and owner of a file that is there stay, and a folder that is missing is made.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes).with_context(|| format!("writing {}", path.display()))
}

/// Writes several files into a folder, creating it if necessary. The file `last` is written last, so an incomplete package can be recognised.
pub fn write_files(folder: &Path, files: &Files, last: &str) -> Result<()> {
    let at = resolve(folder);
    fs::create_dir_all(&at).with_context(|| format!("making {}", folder.display()))?;
    let (last, others): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| *name == last);
    others.into_iter().chain(last).try_for_each(|(name, bytes)| write(&folder.join(name), bytes))
}

/// Writes the files of a finished run. If they cannot be written into their folder, they are kept in the system's folder for temporary files, and
/// the error says where.
pub fn deliver_files(folder: &Path, files: &Files, last: &str) -> Result<()> {
    write_files(folder, files, last).map_err(|error| {
        let spare = spare();
        if write_files(&spare, files, last).is_ok() { kept_in(error, &spare) } else { error }
    })
}

/// Writes the file of a finished run; kept as by [`deliver_files`] if it cannot be written.
pub fn deliver(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes).map_err(|error| keep(error, &path.file_name().unwrap_or_default().to_string_lossy(), bytes))
}

/// Keeps what could not be written under this name in the system's folder for temporary files; adds to the error where it is.
pub fn keep(error: Error, name: &str, bytes: &[u8]) -> Error {
    let at = spare().join(name);
    if put(&at, bytes).is_ok() { kept_in(error, &at) } else { error }
}

fn spare() -> PathBuf {
    std::env::temp_dir().join(format!("unlearn-kept-{}", std::process::id()))
}

fn kept_in(error: Error, place: &Path) -> Error {
    anyhow::anyhow!("{}; kept in {} instead", told(&error), place.display())
}

/// Writes a value as pretty-printed JSON with a final newline, creating the folder if necessary.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write(path, text.as_bytes())
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(stream) = console::stream_at(path) {
        return console::write_to(stream, bytes);
    }
    match fs::metadata(path) {
        Ok(there) if there.is_file() => {
            let at = resolve(path);
            // Who names an open file by its number (`3> file`) goes on with it; such a file may even have lost its name.
            let by_number = path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd");
            let is_there = fs::metadata(&at).is_ok_and(|found| id_of(&found) == id_of(&there));
            if by_number || !is_there || has_other_names(&there) {
                return in_place(path, bytes);
            }
            OpenOptions::new().write(true).open(&at)?; // what must not be written is not replaced either
            match replace(&at, bytes, Some(&there)) {
                Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => in_place(&at, bytes),
                done => done,
            }
        }
        Ok(_) => in_place(path, bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let at = resolve(path);
            at.parent().map_or(Ok(()), fs::create_dir_all)?;
            replace(&at, bytes, None)
        }
        Err(error) => Err(error),
    }
}

/// Writes into what is there. A regular file is cut first; a device or a pipe is taken as it is.
fn in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_file = fs::metadata(path)?.is_file();
    OpenOptions::new().write(true).truncate(is_file).open(path)?.write_all(bytes)
}

/// Writes a file under a temporary name and renames it to its own. `before` is the file that it replaces.
fn replace(at: &Path, bytes: &[u8], before: Option<&Metadata>) -> io::Result<()> {
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    let n = WRITTEN.fetch_add(1, Ordering::Relaxed);
    // Short, since the file's own name may be as long as names can be.
    let unfinished = at.with_file_name(format!(".unlearn.{}.{n}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
    let done = file
        .write_all(bytes)
        .and_then(|()| before.map_or(Ok(()), |before| as_before(&file, before)))
        .and_then(|()| fs::rename(&unfinished, at));
    if done.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    done
}

/// Gives a file the owner and the mode of the one that it replaces.
///
/// # Errors
/// [`ErrorKind::PermissionDenied`] if only somebody else may own such a file; then it can be written in place.
fn as_before(file: &File, before: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let now = file.metadata()?;
        if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
            fchown(file, Some(before.uid()), Some(before.gid())).map_err(|_| ErrorKind::PermissionDenied)?;
        }
    }
    file.set_permissions(before.permissions())
}

#[cfg(unix)]
fn has_other_names(there: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    there.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("unlearn-write-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_written_file_is_whole_and_alone() {
        let folder = folder("alone");
        write_files(&folder, &Files::from([("a".into(), vec![1]), ("b".into(), vec![2])]), "a").unwrap();
        write(&folder.join("a"), &[3]).unwrap();
        assert_eq!((names(&folder), fs::read(folder.join("a")).unwrap()), (vec!["a".into(), "b".into()], vec![3]));
        write(&folder.join("new/folder/c"), &[4]).unwrap();
        assert_eq!(fs::read(folder.join("new/folder/c")).unwrap(), [4]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_stands_there_stays_what_it_is() {
        let folder = folder("stays");
        let at = |name: &str| folder.join(name);
        fs::create_dir(at("far")).unwrap();
        fs::write(at("far/file"), "old").unwrap();
        fs::set_permissions(at("far/file"), fs::Permissions::from_mode(0o600)).unwrap();
        symlink("far/file", at("link")).unwrap();
        symlink("far/later", at("dangling")).unwrap();
        symlink("far", at("folder")).unwrap();
        fs::write(at("name"), "old, and longer").unwrap();
        fs::hard_link(at("name"), at("other-name")).unwrap();
        symlink("/dev/null", at("null")).unwrap();
        for name in ["link", "dangling", "name", "null"] {
            write(&at(name), b"new").unwrap();
        }
        write_files(&at("folder"), &Files::from([("in".into(), b"new".to_vec())]), "in").unwrap();
        for name in ["link", "dangling", "folder", "null"] {
            assert!(at(name).is_symlink(), "{name}");
        }
        for name in ["far/file", "far/later", "far/in", "name", "other-name"] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), "new", "{name}");
        }
        assert_eq!(fs::metadata(at("far/file")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(at("name")).unwrap().nlink(), 2);
        assert_eq!(names(&at("far")), ["file", "in", "later"], "nothing temporary is left");
        assert!(write(&at("far"), b"new").is_err(), "a folder is no file");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_written_is_kept_elsewhere() {
        let folder = folder("kept");
        fs::write(folder.join("file"), "").unwrap();
        let error = deliver(&folder.join("file/report.json"), b"result").unwrap_err().to_string();
        let place = error.split_once("kept in ").and_then(|(_, rest)| rest.strip_suffix(" instead")).expect("the place is told").to_owned();
        assert!(place.ends_with("report.json") && fs::read(&place).unwrap() == b"result", "{error}");
        fs::remove_dir_all(Path::new(&place).parent().unwrap()).unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
