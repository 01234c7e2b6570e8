//! What a file is that is no part of a data set, so that an error can say so and what to do: pages saved as data, pointers of Git LFS, other programs'
//! files, one person's exports. Nothing here is read; names, first bytes (`sniff`) and first lines tell.

use super::formats::base;
use super::interaction::SourceFile;
use super::lines::Lines;
use super::sniff::{FileKind, sniff};
use crate::Error;

const UNPACK: &str = "unpack it and give its folder";
const WRITE_CSV: &str = "write its rows as ratings.csv and movies.csv";

/// What a file of some kind is, and what to do for a data set; `None` for kinds that are read, or that the first line tells.
fn instead_of_data(kind: FileKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        FileKind::Pointer => ("a pointer of Git LFS, not the file itself", "fetch it with `git lfs pull`"),
        FileKind::Page => ("a web page", "what was saved is not the data but a page about it: download the file itself"),
        FileKind::Xml => ("XML, mostly a server's error", "download the file itself"),
        FileKind::ServerError => ("a server's error in place of the file", "download it again; it may need an account that has access"),
        FileKind::SevenZip => ("a 7z archive", UNPACK),
        FileKind::Rar => ("a rar archive", UNPACK),
        FileKind::Xz => ("an xz archive", UNPACK),
        FileKind::Bzip2 => ("a bzip2 archive", UNPACK),
        FileKind::Zstd => ("a zstd archive", UNPACK),
        FileKind::Parquet => ("a Parquet table", WRITE_CSV),
        FileKind::Arrow => ("an Arrow table", WRITE_CSV),
        FileKind::Sqlite => ("an SQLite database", WRITE_CSV),
        FileKind::Hdf5 => ("an HDF5 file", WRITE_CSV),
        FileKind::OldOffice => ("an Excel workbook", WRITE_CSV),
        FileKind::Pickle => ("a Python pickle", WRITE_CSV),
        FileKind::Numpy => ("a NumPy array", WRITE_CSV),
        FileKind::Pdf => ("a PDF document", WRITE_CSV),
        // Archives and packed files are looked into, and models are told apart where models are read.
        FileKind::Empty
        | FileKind::Utf16
        | FileKind::Zip
        | FileKind::TorchZip
        | FileKind::Office
        | FileKind::Gzip
        | FileKind::Safetensors
        | FileKind::Gguf
        | FileKind::OldGgml => return None,
    })
}

/// Columns by which a person's own export is recognised, and whose it is. All of a row must be there.
const EXPORTS: [(&[&str], &str); 11] = [
    (&["letterboxd uri"], "Letterboxd export"),
    (&["const", "your rating"], "IMDb ratings export"),
    (&["const", "you rated"], "IMDb ratings export"),
    (&["const", "title type", "url"], "IMDb list export"),
    (&["book id", "my rating"], "Goodreads library export"),
    (&["title", "read status", "star rating"], "StoryGraph export"),
    (&["profile name", "start time", "title"], "Netflix viewing history"),
    (&["movie_id", "rating", "average_rating", "title"], "export from movielens.org"),
    (&["rated_at", "trakt_id"], "Trakt export"),
    (&["rated_at", "title", "rating"], "Trakt export"),
    (&["watched_at", "title"], "Trakt export"),
];
/// Fields by which a person's own export in JSON is recognised: one of these in the first object.
const TRAKT: [&str; 4] = ["\"rated_at\"", "\"watched_at\"", "\"last_watched_at\"", "\"collected_at\""];

/// The error that says what a file is, if it is recognised as no part of a data set. The file may be cut after its first lines.
pub fn recognised(file: &SourceFile) -> Option<Error> {
    let name = base(&file.name).to_ascii_lowercase();
    if name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        return Some(other(file, "a tar archive", UNPACK, &name));
    }
    let first = |bytes: &[u8]| sniff(bytes).and_then(instead_of_data);
    let mut lines = Lines::open(file);
    // What is packed as .gz is told by its first line.
    let line = lines.next_line().ok().flatten().map(|(_, line)| line);
    if let Some((what, how)) = first(&file.bytes).or_else(|| first(line?.as_bytes())) {
        return Some(other(file, what, how, line.unwrap_or(&name)));
    }
    let line = line?;
    let start = line.trim_start().to_ascii_lowercase();
    if start.starts_with(['{', '[']) {
        return json(file, line);
    }
    let columns: Vec<String> = start.split([',', ';', '\t']).map(|column| column.trim().trim_matches('"').to_owned()).collect();
    let has = |names: &[&str]| names.iter().all(|name| columns.iter().any(|column| column == name));
    if let Some((_, whose)) = EXPORTS.iter().find(|(names, _)| has(names)) {
        return Some(one_person(file, whose, line));
    }
    if columns == ["title", "date"] {
        return Some(one_person(file, "Netflix viewing history", line));
    }
    if has(&["user_id", "book_id", "is_read"]) || has(&["book_id_csv"]) || has(&["user_id_csv"]) {
        let what = "a table of UCSD GoodReads in which books have other numbers than in the list of books, and ratings no times";
        return Some(other(
            file,
            what,
            "give the JSON lines, goodreads_interactions_….json and goodreads_books_….json, plain or .gz",
            line,
        ));
    }
    None
}

/// Lines or a list of JSON objects.
fn json(file: &SourceFile, line: &str) -> Option<Error> {
    // beside a film or an episode, what Trakt says of it
    if TRAKT.iter().any(|field| line.contains(field)) && (line.contains("\"movie\"") || line.contains("\"show\"")) {
        return Some(one_person(file, "Trakt export", line));
    }
    if ["\"asin\"", "\"parent_asin\"", "\"reviewerID\""].iter().any(|field| line.contains(field)) {
        return Some(amazon(file, line));
    }
    if line.trim_start().starts_with('[') {
        let how = "write one object a line: in pandas, `to_json(orient=\"records\", lines=True)`";
        return Some(other(file, "one list in JSON", how, line));
    }
    None
}

fn amazon(file: &SourceFile, line: &str) -> Error {
    let how = "write its rows as a table, `user_id,parent_asin,rating,timestamp`, which is read as it is";
    other(file, "a file of Amazon reviews as JSON lines", how, line)
}

fn other(file: &SourceFile, what: &str, how: &str, value: &str) -> Error {
    Error::data(&file.name, u64::from(how != UNPACK), format!("this is {what}: {how}"), value)
}

fn one_person(file: &SourceFile, whose: &str, value: &str) -> Error {
    let rule = format!(
        "this is one person's {whose}, and a recommender learns from the ratings of many people: give a data set of many, such as \
         ml-latest-small; a model that is made already is taught your ratings under “You” on the page, or by `unlearn teach`"
    );
    Error::data(&file.name, 1, rule, value)
}
