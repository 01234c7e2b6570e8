//! Writes a package or an exported model over an earlier one in the same folder, of which nothing stays beside it.

use crate::console::tell;
use crate::io;
use crate::io::PACKAGE;
use crate::targets::{EXPORT, LICENCE, README, manifest_in};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use unlearn_core::host::Files;
use unlearn_core::package::manifest::MANIFEST;
use unlearn_core::package::{hf, sha256};

/// Writes a package. Of an earlier package in the folder, the files that the new one does not have are removed: a Retrain of another model would be read
/// as the new one's. Its licence and card are removed if they are as they were written.
pub fn replace_package(folder: &Path, files: &Files) -> Result<()> {
    let earlier = manifest_in(folder);
    io::deliver_files(folder, files, MANIFEST)?;
    let Some(earlier) = earlier else { return Ok(()) };
    let is_its = |name: &str| match earlier.files.get(name) {
        Some(hash) if [LICENCE, README].contains(&name) => fs::read(folder.join(name)).is_ok_and(|bytes| sha256(&bytes) == *hash),
        Some(_) => true,
        None => false,
    };
    let left = PACKAGE.into_iter().chain([LICENCE, README]).filter(|name| !files.contains_key(*name) && is_its(name));
    let removed = remove(folder, left)?;
    let more = if removed.is_empty() { String::new() } else { format!("; of its files, {} removed", removed.join(", ")) };
    tell(&format!("{}: the package {} that was there was replaced{more}", folder.display(), earlier.name));
    Ok(())
}

/// Writes an exported Hugging Face folder; of an earlier one, the files that the new one does not have are removed.
pub fn replace_export(folder: &Path, files: &Files) -> Result<()> {
    let was_there = folder.join(hf::CONFIG).exists();
    io::deliver_files(folder, files, hf::CONFIG)?;
    if was_there {
        let removed = remove(folder, EXPORT.into_iter().filter(|name| !files.contains_key(*name)))?;
        let more = if removed.is_empty() { String::new() } else { format!("; of its files, {} removed", removed.join(", ")) };
        tell(&format!("{}: the model that was there was replaced{more}", folder.display()));
    }
    Ok(())
}

fn remove<'a>(folder: &Path, names: impl Iterator<Item = &'a str>) -> Result<Vec<&'a str>> {
    let mut removed = Vec::new();
    for name in names.filter(|name| folder.join(name).exists()) {
        fs::remove_file(folder.join(name)).with_context(|| format!("removing {}", folder.join(name).display()))?;
        removed.push(name);
    }
    Ok(removed)
}
