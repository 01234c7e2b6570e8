//! The UCSD GoodReads format (arXiv 1905.00412): `goodreads_interactions_*.json` and `goodreads_books_*.json`, one JSON object per line, plain
//! or `.gz`.
//!
//! Users are hashes and are numbered from 1 in order of appearance; rows without a rating (0) are skipped. The files may be very large: reading
//! stops after the first [`MAX_RATED`] ratings, which the dataset's name then states, and only books among them are kept.

use super::format::{DataFile, DataFormat, Found, Pattern};
use crate::data::interaction::{Dataset, Interaction, Item, SourceFile};
use crate::data::lines::SourceLocation;
use crate::data::ratings::{Items, Ratings};
use crate::{Error, Result};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};

/// Entry in the format table.
pub const FORMAT: DataFormat = DataFormat {
    id: "goodreads",
    label: "UCSD GoodReads",
    note: "JSON lines, also .gz",
    files: &[
        DataFile::like(
            "goodreads_interactions_….json",
            Pattern {
                name: |base| kind_of_name(base) == Some(Kind::Interactions),
                file: |base, file| kind(base, file) == Some(Kind::Interactions),
                endings: &ENDINGS,
            },
        ),
        DataFile::like(
            "goodreads_books_….json",
            Pattern {
                name: |base| kind_of_name(base) == Some(Kind::Books),
                file: |base, file| kind(base, file) == Some(Kind::Books),
                endings: &ENDINGS,
            },
        ),
    ],
    read,
};

/// Name endings of JSON-lines files.
const ENDINGS: [&str; 4] = [".json", ".jsonl", ".json.gz", ".jsonl.gz"];
/// Largest number of ratings that are read.
const MAX_RATED: usize = 2_000_000;
/// Longest line, bytes; a book with all its shelves takes some ten thousand.
const MAX_LINE: u64 = 4 << 20;
/// Largest ratio of unpacked to packed size beyond one MiB; these files reach about 10.
const MAX_RATIO: u64 = 100;
/// Shelves that are genres; other shelves say who owns a book or when it was read.
const GENRES: [&str; 36] = [
    "art",
    "biography",
    "business",
    "chick-lit",
    "children",
    "christian",
    "classics",
    "comics",
    "contemporary",
    "cookbooks",
    "crime",
    "drama",
    "fantasy",
    "fiction",
    "graphic-novels",
    "historical-fiction",
    "history",
    "horror",
    "humor",
    "manga",
    "memoir",
    "music",
    "mystery",
    "non-fiction",
    "paranormal",
    "philosophy",
    "poetry",
    "psychology",
    "religion",
    "romance",
    "science",
    "science-fiction",
    "self-help",
    "thriller",
    "travel",
    "young-adult",
];
/// Largest number of genres per book, from its most used shelf on.
const MAX_GENRES: usize = 4;

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Interactions: who read and rated what.
    Interactions,
    /// Books: titles, authors and shelves.
    Books,
}

/// The kind of a file by its name alone.
fn kind_of_name(base: &str) -> Option<Kind> {
    let stem = stem(base)?;
    if stem.starts_with("goodreads_interactions") {
        Some(Kind::Interactions)
    } else if stem.starts_with("goodreads_books") {
        Some(Kind::Books)
    } else {
        None
    }
}

/// The kind of a file by its name, or by the fields of its first line if it is JSON with another name.
fn kind(base: &str, file: &SourceFile) -> Option<Kind> {
    kind_of_name(base).or_else(|| {
        stem(base)?;
        let first = Lines::new(file).next_line().ok()??;
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&first.bytes).ok()?;
        let has = |name: &str| object.contains_key(name);
        match (has("book_id"), has("user_id") && has("rating"), has("title")) {
            (true, true, _) => Some(Kind::Interactions),
            (true, false, true) => Some(Kind::Books),
            _ => None,
        }
    })
}

/// The name without its ending; `None` if the name is not that of a JSON-lines file.
fn stem(base: &str) -> Option<&str> {
    ENDINGS.iter().find_map(|ending| base.strip_suffix(ending))
}

#[derive(Deserialize)]
struct Rating {
    user_id: String,
    book_id: String,
    rating: f64,
    #[serde(default)]
    date_added: String,
    #[serde(default)]
    date_updated: String,
}

#[derive(Deserialize)]
struct Book {
    book_id: String,
    title: String,
    #[serde(default)]
    authors: Vec<Author>,
    #[serde(default)]
    publication_year: String,
    #[serde(default)]
    popular_shelves: Vec<Shelf>,
}

#[derive(Deserialize)]
struct Author {
    author_id: String,
}

#[derive(Deserialize)]
struct Shelf {
    name: String,
}

fn read(found: &Found) -> Result<Dataset> {
    read_first(MAX_RATED, found.needed(0)?, found.needed(1)?)
}

fn read_first(max_rated: usize, interactions: &SourceFile, books: &SourceFile) -> Result<Dataset> {
    let mut rows = Ratings::new(&interactions.name);
    let mut users: HashMap<String, u32> = HashMap::new();
    let mut rated = HashSet::new();
    let mut is_cut = false;
    let mut lines = Lines::new(interactions);
    while let Some(line) = lines.next_line()? {
        let place = line.place;
        let row: Rating = line.parse()?;
        if !((0.0..=5.0).contains(&row.rating) && row.rating.fract() == 0.0) {
            return Err(place.error("rating must be a whole number from 0 (not rated) to 5", row.rating));
        }
        if row.rating == 0.0 {
            continue;
        }
        if rows.n() == max_rated {
            is_cut = true;
            break;
        }
        let item = place.id("book_id", &row.book_id)?;
        let time = seconds(place, if row.date_added.is_empty() { &row.date_updated } else { &row.date_added })?;
        if row.user_id.is_empty() {
            return Err(place.error("user_id must not be empty", row.user_id));
        }
        let next = users.len() as u32 + 1;
        let user = *users.entry(row.user_id).or_insert(next);
        rated.insert(item);
        rows.push(place, Interaction { user, item, rating: row.rating as f32, time });
    }

    let mut items = Items::new(&books.name);
    let mut lines = Lines::new(books);
    while let Some(line) = lines.next_line()? {
        let place = line.place;
        let book: Book = line.parse()?;
        let id = place.id("book_id", &book.book_id)?;
        if rated.contains(&id) {
            items.push(place, item(place, id, book)?);
        }
    }
    let mut name = dataset_name(&interactions.name);
    if is_cut {
        name += &format!("-first-{max_rated}");
    }
    rows.into_dataset(&name, items)
}

fn item(place: SourceLocation, id: u32, book: Book) -> Result<Item> {
    // some books have no title
    let title = if book.title.trim().is_empty() { format!("book {id}") } else { book.title.trim().to_owned() };
    let mut genres: Vec<String> = book.popular_shelves.into_iter().map(|shelf| shelf.name).collect();
    genres.retain(|name| GENRES.contains(&name.as_str()));
    genres.truncate(MAX_GENRES);
    let authors = book.authors.into_iter().map(|author| author.author_id).filter(|author| !author.is_empty()).collect();
    Ok(Item { id, title, genres, authors, year: year(place, &book.publication_year)? })
}

/// The dataset's name: `goodreads-poetry` for `goodreads_interactions_poetry.json.gz`.
fn dataset_name(file: &str) -> String {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let part = stem(base).and_then(|stem| stem.strip_prefix("goodreads_interactions_")).unwrap_or_default();
    let part: String = part.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    if part.is_empty() { "goodreads".into() } else { format!("goodreads-{part}") }
}

/// Parses a year; `None` if it is missing or impossible (the file has years such as 20016).
fn year(place: SourceLocation, text: &str) -> Result<Option<i32>> {
    if text.is_empty() {
        return Ok(None);
    }
    let year = text.parse::<i64>().map_err(|_| place.error("publication_year must be a whole number, or nothing", text))?;
    Ok(i32::try_from(year).ok().filter(|year| (-4000..=2200).contains(year) && *year != 0))
}

/// Parses a date such as `Fri Apr 27 12:03:41 -0700 2012` into seconds since 1970.
fn seconds(place: SourceLocation, text: &str) -> Result<i64> {
    parse_date(text).ok_or_else(|| place.error("date_added must be a date such as `Fri Apr 27 12:03:41 -0700 2012`, from 1970 on", text))
}

fn parse_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = |text: &str| -> Option<i64> { if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None } };
    let [_weekday, month, day, clock, zone, year] = text.split_ascii_whitespace().collect::<Vec<_>>().try_into().ok()?;
    let month = 1 + MONTHS.iter().position(|name| *name == month)? as i64;
    let (day, year) = (number(day)?, number(year).filter(|year| (1970..=2200).contains(year))?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let n_days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let [hour, minute, second] = clock.split(':').map(number).collect::<Option<Vec<_>>>()?.try_into().ok()?;
    let (sign, zone) = match zone.split_at_checked(1)? {
        ("+", zone) => (1, zone),
        ("-", zone) => (-1, zone),
        _ => return None,
    };
    let zone = number(zone).filter(|_| zone.len() == 4)?;
    let is_sound = (1..=n_days).contains(&day) && hour < 24 && minute < 60 && second <= 60 && zone / 100 < 24 && zone % 100 < 60;
    if !is_sound {
        return None;
    }
    // days since 1970, with years that begin in March so that the leap day comes last
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    let offset = sign * (zone / 100 * 3600 + zone % 100 * 60);
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset).filter(|seconds| *seconds >= 0)
}

/// The non-blank lines of a file, unpacked one at a time.
struct Lines<'a> {
    file: &'a str,
    reader: Box<dyn BufRead + 'a>,
    line: u64,
    n_left: u64,
    n_packed: Option<u64>,
}

struct Line<'a> {
    place: SourceLocation<'a>,
    bytes: Vec<u8>,
}

impl Line<'_> {
    fn parse<T: for<'de> Deserialize<'de>>(&self) -> Result<T> {
        serde_json::from_slice(&self.bytes).map_err(|error| {
            let start: String = String::from_utf8_lossy(&self.bytes).chars().take(120).collect();
            self.place.error(format!("a line must be a JSON object with the fields of GoodReads ({error})"), start)
        })
    }
}

impl<'a> Lines<'a> {
    fn new(file: &'a SourceFile) -> Self {
        let is_packed = file.bytes.starts_with(&[0x1f, 0x8b]);
        let len = file.bytes.len() as u64;
        Self {
            file: &file.name,
            reader: if is_packed { Box::new(BufReader::new(MultiGzDecoder::new(&file.bytes[..]))) } else { Box::new(&file.bytes[..]) },
            line: 0,
            n_left: if is_packed { len.saturating_mul(MAX_RATIO).max(1 << 20) } else { u64::MAX },
            n_packed: is_packed.then_some(len),
        }
    }

    fn next_line(&mut self) -> Result<Option<Line<'a>>> {
        loop {
            let place = SourceLocation { file: self.file, line: self.line + 1 };
            let mut bytes = Vec::new();
            let n_read = self.reader.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut bytes);
            let n_read = n_read.map_err(|error| place.error("file must unpack and match its checksum", error))? as u64;
            if n_read == 0 {
                return Ok(None);
            }
            if n_read > MAX_LINE {
                return Err(place.error(format!("a line may have at most {} MiB", MAX_LINE >> 20), format!("more than {MAX_LINE} bytes")));
            }
            self.line += 1;
            self.n_left = self.n_left.checked_sub(n_read).ok_or_else(|| {
                let packed = self.n_packed.unwrap_or_default();
                Error::data(
                    self.file,
                    self.line,
                    format!("a .gz may unpack to at most {MAX_RATIO} times its size"),
                    format!("{packed} bytes"),
                )
            })?;
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some(Line { place, bytes }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        // From `date -u -d '2012-04-27 12:03:41 -0700' +%s` and the like.
        let cases = [
            ("Fri Apr 27 12:03:41 -0700 2012", Some(1_335_553_421)),
            ("Thu Jan 01 00:00:00 +0000 1970", Some(0)),
            ("Wed Feb 29 23:59:59 +0530 2012", Some(1_330_540_199)),
            ("Tue Feb 29 00:00:00 +0000 2011", None),
            ("Thu Jan 01 00:00:00 +0100 1970", None),
            ("2012-04-27 12:03:41", None),
            ("Fri Apr 27 12:03 -0700 2012", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_date(text), seconds, "{text}");
        }
    }

    #[test]
    fn reading_ends_and_says_so() {
        let row = |user: u32| {
            format!("{{\"user_id\":\"u{user}\",\"book_id\":\"7\",\"rating\":4,\"date_added\":\"Fri Apr 27 12:03:41 -0700 2012\"}}\n")
        };
        let file = |name: &str, text: String| SourceFile { name: name.into(), bytes: text.into_bytes() };
        let interactions = file("goodreads_interactions_poetry.json", (1..=3).map(row).collect());
        let books =
            file("goodreads_books_poetry.json", "{\"book_id\":\"7\",\"title\":\"A\"}\n{\"book_id\":\"8\",\"title\":\"B\"}\n".into());
        let cut = read_first(2, &interactions, &books).unwrap();
        assert_eq!((cut.name.as_str(), cut.interactions.len(), cut.items.len()), ("goodreads-poetry-first-2", 2, 1));
        let whole = read_first(3, &interactions, &books).unwrap();
        assert_eq!((whole.name.as_str(), whole.interactions.len()), ("goodreads-poetry", 3));
    }
}
