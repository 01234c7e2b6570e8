//! Finds out which data set the user's files are, and reads it whole or not at all.

use super::archive::{Limits, unpack};
use super::interaction::{Dataset, SourceFile};
use super::table::Table;
use super::{goodbooks, goodreads, movielens_1m, movielens_100k, movielens_csv};
use crate::{Error, Result};

/// Files that some source needs; a folder's or an archive's others are left alone.
const NAMES: [&str; 10] =
    ["ratings.csv", "movies.csv", "books.csv", "ratings.dat", "movies.dat", "users.dat", "u.data", "u.item", "u.genre", "u.user"];

/// Whether a file of this name (with or without folders) belongs to a data set.
pub fn is_wanted(path: &str) -> bool {
    NAMES.contains(&base(path)) || goodreads::kind_of_name(base(path)).is_some()
}

/// Whether a file is an archive, by its first bytes or its name.
pub fn is_archive(path: &str, start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || base(path).to_ascii_lowercase().ends_with(".zip")
}

/// Reads MovieLens (ml-latest…, 1M, 100K), goodbooks-10k or UCSD GoodReads from its files, or from its one .zip as downloaded.
///
/// # Errors
/// [`Error::Data`] with file, line, rule and value for the first thing that is not as the format has it.
pub fn read_dataset(files: &[SourceFile]) -> Result<Dataset> {
    let plain: Vec<&SourceFile> =
        files.iter().filter(|file| is_wanted(&file.name) || goodreads::kind(base(&file.name), file).is_some()).collect();
    if !plain.is_empty() {
        return read_files(&plain);
    }
    let archives: Vec<&SourceFile> = files.iter().filter(|file| is_archive(&file.name, &file.bytes)).collect();
    match archives[..] {
        [archive] => {
            let unpacked = unpack(archive, is_wanted, &Limits::default())?;
            read_files(&unpacked.iter().collect::<Vec<_>>()).map_err(|error| inside(archive, error))
        }
        [] => Err(unknown(files.iter())),
        [first, second, ..] => {
            Err(Error::data(&second.name, 0, format!("one archive at a time, the first is {}", first.name), &second.name))
        }
    }
}

fn read_files(files: &[&SourceFile]) -> Result<Dataset> {
    // one name twice is two data sets, and taking either would be a guess
    for (file_idx, file) in files.iter().enumerate() {
        if let Some(other) = files[..file_idx].iter().find(|other| base(&other.name) == base(&file.name)) {
            return Err(Error::data(&file.name, 0, "one data set at a time, a file of the same name is there already", &other.name));
        }
    }
    let find = |name: &str| files.iter().copied().find(|file| base(&file.name) == name);
    let of_kind = |kind| files.iter().copied().filter(move |file| goodreads::kind(base(&file.name), file) == Some(kind));
    let (mut reads, mut books) = (of_kind(goodreads::Kind::Interactions), of_kind(goodreads::Kind::Books));
    let sources = [find("ratings.csv"), find("ratings.dat"), find("u.data"), reads.next(), reads.next()];
    let mut found = sources.iter().flatten();
    if let (Some(first), Some(second)) = (found.next(), found.next()) {
        return Err(Error::data(&second.name, 0, "one data set at a time, the first is there already", &first.name));
    }
    let beside = |ratings: &SourceFile, name: &str| {
        find(name).ok_or_else(|| Error::data(&ratings.name, 0, format!("`{name}` must be given together with it"), "no such file"))
    };
    match sources {
        [Some(ratings), ..] => {
            let table = Table::open(&ratings.name, &ratings.bytes)?;
            if table.header() == movielens_csv::RATINGS {
                movielens_csv::read(&ratings.name, &table, beside(ratings, "movies.csv")?)
            } else if table.header() == goodbooks::RATINGS {
                goodbooks::read(&ratings.name, &table, beside(ratings, "books.csv")?)
            } else {
                let (movies, books) = (movielens_csv::RATINGS.join(","), goodbooks::RATINGS.join(","));
                let rule = format!("header must be `{movies}` (MovieLens) or `{books}` (goodbooks-10k)");
                Err(Error::data(&ratings.name, 1, rule, table.header().join(",")))
            }
        }
        [_, Some(ratings), ..] => movielens_1m::read(ratings, beside(ratings, "movies.dat")?, find("users.dat")),
        [_, _, Some(ratings), ..] => movielens_100k::read(ratings, beside(ratings, "u.item")?, beside(ratings, "u.genre")?, find("u.user")),
        [_, _, _, Some(ratings), _] => {
            let first = books
                .next()
                .ok_or_else(|| Error::data(&ratings.name, 0, "`goodreads_books_….json` must be given together with it", "no such file"))?;
            match books.next() {
                Some(second) => {
                    Err(Error::data(&second.name, 0, "one data set at a time, the first file of books is there already", &first.name))
                }
                None => goodreads::read(ratings, first),
            }
        }
        _ => Err(unknown(files.iter().copied())),
    }
}

fn unknown<'a>(files: impl Iterator<Item = &'a SourceFile>) -> Error {
    let names: Vec<&str> = files.map(|file| file.name.as_str()).collect();
    let rule = "no known data set: give ratings.csv and movies.csv (MovieLens), ratings.dat and movies.dat (ML-1M), u.data, u.item and u.genre \
                (ML-100K), ratings.csv and books.csv (goodbooks-10k), goodreads_interactions_….json and goodreads_books_….json (UCSD \
                GoodReads, also .gz), or one .zip with them";
    let value = if names.is_empty() { "no such file".to_owned() } else { names.join(", ") };
    Error::data(names.first().unwrap_or(&"input"), 0, rule, value)
}

/// Names the archive in front of an error about a file inside it.
fn inside(archive: &SourceFile, error: Error) -> Error {
    match error {
        Error::Data { file, line, rule, value } => Error::Data { file: format!("{}!{file}", archive.name), line, rule, value },
        other => other,
    }
}

fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
