//! Protection against stale builds in a target directory that clones share. Cargo gives a workspace's own crates the same names in all clones
//! and decides by time alone whether they are fresh. So what another clone built after this one's files were written would pass for this one's.
//! A clone that builds after another one therefore first updates the times of its own sources; dependencies stay as they are.

use crate::paths;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

/// Claims the shared target directory for this clone.
pub fn claim() -> Result<()> {
    let note = paths::target().join("last-clone");
    let here = paths::root().display().to_string();
    if fs::read_to_string(&note).is_ok_and(|last| last == here) {
        return Ok(());
    }
    for folder in ["crate", "tests/rust"] {
        touch(&paths::root().join(folder), SystemTime::now())?;
    }
    fs::create_dir_all(paths::target()).and_then(|()| fs::write(&note, here)).with_context(|| format!("cannot write {}", note.display()))
}

fn touch(path: &Path, now: SystemTime) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
            touch(&entry?.path(), now)?;
        }
        return Ok(());
    }
    let file = File::options().append(true).open(path);
    file.and_then(|file| file.set_modified(now)).with_context(|| format!("cannot set the time of {}", path.display()))
}
