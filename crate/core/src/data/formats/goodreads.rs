//! The UCSD GoodReads format (arXiv 1905.00412): `goodreads_interactions_*.json` and `goodreads_books_*.json`, one JSON object per line, plain
//! or `.gz`.
//!
//! Users are hashes and are numbered from 1 in order of appearance; rows without a rating (0) are skipped. The files may be very large: reading
//! stops after the first [`MAX_RATED`] ratings, which the dataset's name then states, and only books among them are kept.

use super::format::{DataFile, DataFormat, Found, Pattern, base};
use crate::Result;
use crate::data::interaction::{Dataset, Item, SourceFile};
use crate::data::lines::Lines;
use crate::data::place::SourceLocation;
use crate::data::ratings::{Items, Rated, Ratings};
use crate::data::time::Stamp;
use serde::{Deserialize, Deserializer};
use std::collections::{HashMap, HashSet};

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
        let mut lines = Lines::open(file);
        let (_, first) = lines.next_line().ok()??;
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(first).ok()?;
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

/// A text that a copy written by another program may hold as a number, or as nothing.
#[derive(Default)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Number(serde_json::Number),
            Nothing(()),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Text(text) => text,
            Either::Number(number) => number.to_string(),
            Either::Nothing(()) => String::new(),
        }))
    }
}

/// A list that may be `null`.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
struct Row {
    user_id: Text,
    book_id: Text,
    // `null` is allowed, a missing field is not
    #[serde(deserialize_with = "Option::deserialize")]
    rating: Option<f64>,
    #[serde(default)]
    date_added: Text,
    #[serde(default)]
    date_updated: Text,
}

#[derive(Deserialize)]
struct Book {
    book_id: Text,
    title: Text,
    #[serde(default, deserialize_with = "list")]
    authors: Vec<Author>,
    #[serde(default)]
    publication_year: Text,
    #[serde(default, deserialize_with = "list")]
    popular_shelves: Vec<Shelf>,
}

#[derive(Deserialize)]
struct Author {
    author_id: Text,
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
    let mut lines = Lines::open(interactions);
    while let Some((place, line)) = lines.next_line()? {
        let row: Row = parse(place, line)?;
        // `null` is no rating, like 0
        let rating = row.rating.unwrap_or(0.0);
        if !((0.0..=5.0).contains(&rating) && rating.fract() == 0.0) {
            return Err(place.error("rating must be a whole number from 0 (not rated) to 5", rating));
        }
        if rating == 0.0 {
            continue;
        }
        if rows.n() == max_rated {
            is_cut = true;
            break;
        }
        let item = place.id("book_id", &row.book_id.0)?;
        let date = if row.date_added.0.is_empty() { row.date_updated.0 } else { row.date_added.0 };
        let rule = "date_added or date_updated must be a date such as `Fri Apr 27 12:03:41 -0700 2012`, from 1970 on";
        let time = Stamp::parse(&date).ok_or_else(|| place.error(rule, date))?;
        if row.user_id.0.is_empty() {
            return Err(place.error("user_id must not be empty", row.user_id.0));
        }
        let next = users.len() as u32 + 1;
        let user = *users.entry(row.user_id.0).or_insert(next);
        rated.insert(item);
        rows.push(place, Rated { user, item, rating: rating as f32 }, time)?;
    }
    rows.note(lines.notes(true));

    let mut items = Items::new(&books.name);
    let mut lines = Lines::open(books);
    while let Some((place, line)) = lines.next_line()? {
        let book: Book = parse(place, line)?;
        let id = place.id("book_id", &book.book_id.0)?;
        if rated.contains(&id) {
            items.push(place, item(place, id, book)?);
        }
    }
    items.note(lines.notes(true));
    let mut name = dataset_name(&interactions.name);
    if is_cut {
        name += &format!("-first-{max_rated}");
    }
    rows.into_dataset(&name, Some(items))
}

fn parse<T: for<'de> Deserialize<'de>>(place: SourceLocation, line: &str) -> Result<T> {
    serde_json::from_str(line).map_err(|error| {
        let rule = if line.trim_start().starts_with('[') {
            "a line must be one JSON object, not a list: in pandas, `to_json(orient=\"records\", lines=True)` writes the rows so".to_owned()
        } else {
            format!("a line must be a JSON object with the fields of GoodReads ({error})")
        };
        place.error(rule, line)
    })
}

fn item(place: SourceLocation, id: u32, book: Book) -> Result<Item> {
    // some books have no title
    let title = if book.title.0.trim().is_empty() { format!("book {id}") } else { book.title.0.trim().to_owned() };
    let mut genres: Vec<String> = book.popular_shelves.into_iter().map(|shelf| shelf.name).collect();
    genres.retain(|name| GENRES.contains(&name.as_str()));
    genres.truncate(MAX_GENRES);
    let authors = book.authors.into_iter().map(|author| author.author_id.0).filter(|author| !author.is_empty()).collect();
    Ok(Item { id, title, genres, authors, year: year(place, &book.publication_year.0)? })
}

/// The dataset's name: `goodreads-poetry` for `goodreads_interactions_poetry.json.gz`.
fn dataset_name(file: &str) -> String {
    let part = stem(base(file)).and_then(|stem| stem.strip_prefix("goodreads_interactions_")).unwrap_or_default();
    let part: String = part.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    if part.is_empty() { "goodreads".into() } else { format!("goodreads-{part}") }
}

/// Parses a year, also written as `1999.0`; `None` if it is missing or impossible (the file has years such as 20016).
fn year(place: SourceLocation, text: &str) -> Result<Option<i32>> {
    if text.is_empty() {
        return Ok(None);
    }
    let year = text
        .strip_suffix(".0")
        .unwrap_or(text)
        .parse::<i64>()
        .map_err(|_| place.error("publication_year must be a whole number, or nothing", text))?;
    Ok(i32::try_from(year).ok().filter(|year| (-4000..=2200).contains(year) && *year != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

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
