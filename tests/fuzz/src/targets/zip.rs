//! Fuzz target for archives: arbitrary bytes, or an archive built from the input and then damaged, so that names, sizes and checksums are reached.

use super::data::used;
use super::parts::{choice, parts};
use std::io::{Cursor, Write};
use unlearn_core::data::archive::{Limits, unpack};
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::source::read_dataset;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

const NAMES: [&str; 8] = ["ratings.csv", "movies.csv", "ml/ratings.csv", "ml\\movies.csv", "../u.data", "u.item", "u.genre", "a/"];
const SMALL: Limits = Limits { n_entries: 8, file_bytes: 4096, total_bytes: 6000, ratio: 20 };

/// If the first byte is even, the rest is the archive. If it is odd, the parts are entries, each with one byte for its name and one for its
/// compression; the last part lists damages of three bytes each: position and value.
pub fn run(bytes: &[u8]) -> bool {
    let (way, rest) = choice(bytes);
    let bytes = if way % 2 == 0 { rest.to_vec() } else { built(rest) };
    let archive = SourceFile { name: "a.zip".into(), bytes };
    if let Ok(files) = unpack(&archive, |_| true, &SMALL) {
        assert!(files.len() <= SMALL.n_entries);
        assert!(files.iter().all(|file| file.bytes.len() as u64 <= SMALL.file_bytes));
        assert!(files.iter().map(|file| file.bytes.len() as u64).sum::<u64>() <= SMALL.total_bytes);
    }
    read_dataset(&[archive]).map(|dataset| used(&dataset)).is_ok()
}

fn built(rest: &[u8]) -> Vec<u8> {
    let mut parts = parts(rest);
    let damages = parts.pop().unwrap_or_default();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, packing, content) in parts.iter().take(12).filter_map(|part| Some((part.first()?, part.get(1)?, part.get(2..)?))) {
        let method = if packing % 2 == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default().compression_method(method);
        // A name may occur only once.
        if writer.start_file(NAMES[usize::from(name.wrapping_sub(b'a')) % NAMES.len()], options).is_ok() {
            writer.write_all(content).expect("memory takes it");
        }
    }
    let mut archive = writer.finish().expect("the archive is closed").into_inner();
    for damage in damages.as_chunks::<3>().0 {
        let n = archive.len();
        // Positions count from the end, where the directory is.
        let at = usize::from(u16::from_le_bytes([damage[0], damage[1]])) % n;
        archive[n - 1 - at] = damage[2];
    }
    archive
}
