//! Reading of a dataset's .zip as downloaded. Only the files that a source needs are taken, within limits that stop a zip bomb.
//!
//! The files of a dataset stay packed and are unpacked line by line when they are read (`super::lines`): ml-32m has 0.9 GB of ratings.

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
        Self { n_entries: 10_000, file_bytes: 256 << 20, total_bytes: 512 << 20, ratio: 100 }
    }
}

/// Size in bytes below which a high ratio is harmless.
const RATIO_FROM: u64 = 1 << 20;

/// Unpacks the entries whose path `wanted` accepts.
pub fn unpack(archive: &SourceFile, wanted: impl Fn(&str) -> bool, limits: &Limits) -> Result<Vec<SourceFile>> {
    let broken = |error| broken(archive, error);
    let mut zip = open(archive, limits)?;
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
                "an entry may unpack to at most {} MiB, {} MiB with the others, and {} times its packed size; if it is sound, unpack the archive \
                 and give its folder",
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

/// The entries whose path `wanted` accepts, each packed as a .gz, which is the same stream of bytes in another frame. Entries that are packed in
/// another way are unpacked within the limits.
pub fn take(archive: &SourceFile, wanted: impl Fn(&str) -> bool, limits: &Limits) -> Result<Vec<SourceFile>> {
    let mut zip = open(archive, limits)?;
    let mut files = Vec::new();
    for entry_idx in 0..zip.len() {
        let mut entry = zip.by_index_raw(entry_idx).map_err(|error| broken(archive, error))?;
        if !entry.is_file() || !wanted(entry.name()) {
            continue;
        }
        if entry.encrypted() {
            return Err(Error::data(entry.name(), 0, "must be a complete .zip archive without a password", "an encrypted entry"));
        }
        if entry.compression() != zip::CompressionMethod::Deflated {
            let name = entry.name().to_owned();
            drop(entry);
            files.extend(unpack(archive, |path| path == name, limits)?);
            continue;
        }
        let name = entry.name().to_owned();
        let mut bytes = GZIP.to_vec();
        // No larger than the archive itself, whatever its directory says.
        let read = entry.by_ref().take(archive.bytes.len() as u64).read_to_end(&mut bytes);
        read.map_err(|error| Error::data(&name, 0, "entry must be complete", error))?;
        bytes.extend(entry.crc32().to_le_bytes());
        bytes.extend((entry.size() as u32).to_le_bytes()); // modulo 2³², as .gz has it
        files.push(SourceFile { name, bytes });
    }
    Ok(files)
}

/// The first bytes of every file, to tell what an archive is that holds no data set. Files that cannot be unpacked are left out.
pub fn glance(archive: &SourceFile, limits: &Limits) -> Vec<SourceFile> {
    let Ok(mut zip) = open(archive, limits) else { return Vec::new() };
    let mut files = Vec::new();
    for entry_idx in 0..zip.len() {
        let Ok(entry) = zip.by_index(entry_idx) else { continue };
        let (name, mut bytes) = (entry.name().to_owned(), Vec::new());
        if entry.is_file() && entry.take(GLANCE).read_to_end(&mut bytes).is_ok() {
            files.push(SourceFile { name, bytes });
        }
    }
    files
}

/// The head of a .gz without a name or a time: deflate, no flags, unknown system.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// Bytes at the beginning of a file that are enough to tell what it is.
const GLANCE: u64 = 4096;

type Zip<'a> = zip::ZipArchive<Cursor<&'a Vec<u8>>>;

fn open<'a>(archive: &'a SourceFile, limits: &Limits) -> Result<Zip<'a>> {
    let zip = zip::ZipArchive::new(Cursor::new(&archive.bytes)).map_err(|error| broken(archive, error))?;
    if zip.len() > limits.n_entries {
        let rule = format!("an archive may have at most {} entries", limits.n_entries);
        return Err(Error::data(&archive.name, 0, rule, zip.len()));
    }
    Ok(zip)
}

fn broken(archive: &SourceFile, error: zip::result::ZipError) -> Error {
    let rule = "must be a complete .zip archive without a password: fetch it again, or unpack it and give its folder";
    Error::data(&archive.name, 0, rule, error)
}
