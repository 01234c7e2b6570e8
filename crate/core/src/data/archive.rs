//! Reading of a dataset's .zip as downloaded. Only the files that a source needs are unpacked, within limits that stop a zip bomb.

use super::interaction::SourceFile;
use crate::{Error, Result};
use std::io::{Cursor, Read};

/// Limits on an archive's contents. They are checked while unpacking; the sizes that the archive itself states are never trusted.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Number of entries of any kind.
    pub n_entries: usize,
    /// Size of one unpacked file, bytes.
    pub file_bytes: u64,
    /// Size of all unpacked files, bytes.
    pub total_bytes: u64,
    /// Ratio of unpacked to packed size, checked once a file exceeds one MiB; text reaches about 10.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { n_entries: 200, file_bytes: 256 << 20, total_bytes: 512 << 20, ratio: 100 }
    }
}

/// Size in bytes below which a high ratio is harmless.
const RATIO_FROM: u64 = 1 << 20;

/// Unpacks the entries whose path `wanted` accepts.
pub fn unpack(archive: &SourceFile, wanted: impl Fn(&str) -> bool, limits: &Limits) -> Result<Vec<SourceFile>> {
    let refuse = |rule: String, value: String| Error::data(&archive.name, 0, rule, value);
    let broken = |error: zip::result::ZipError| refuse("must be a complete .zip archive without a password".into(), error.to_string());
    let mut zip = zip::ZipArchive::new(Cursor::new(&archive.bytes)).map_err(broken)?;
    if zip.len() > limits.n_entries {
        return Err(refuse(format!("an archive may have at most {} entries", limits.n_entries), zip.len().to_string()));
    }
    let mut files = Vec::new();
    let mut total = 0;
    for entry_idx in 0..zip.len() {
        let entry = zip.by_index(entry_idx).map_err(broken)?;
        if !entry.is_file() || !wanted(entry.name()) {
            continue;
        }
        let name = entry.name().to_owned();
        let packed = entry.compressed_size().max(1).min(archive.bytes.len() as u64);
        let room = limits.file_bytes.min(limits.total_bytes - total).min(RATIO_FROM.max(packed.saturating_mul(limits.ratio)));
        let mut bytes = Vec::new();
        let read = entry.take(room + 1).read_to_end(&mut bytes);
        read.map_err(|error| Error::data(&name, 0, "entry must unpack and match its checksum", error))?;
        if bytes.len() as u64 > room {
            let rule = format!(
                "an entry may unpack to at most {} MiB, {} MiB with the others, and {} times its packed size",
                limits.file_bytes >> 20,
                limits.total_bytes >> 20,
                limits.ratio
            );
            return Err(Error::data(&name, 0, rule, format!("more than {room} bytes from {packed}")));
        }
        total += bytes.len() as u64;
        files.push(SourceFile { name, bytes });
    }
    Ok(files)
}
