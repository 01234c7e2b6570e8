//! Exports of services that keep one person's ratings, recognised by their columns. One row of the table a service.

use super::columns::named;

/// An export: how it is recognised and which of its columns are read.
pub struct Service {
    /// What it is called.
    pub label: &'static str,
    /// Columns that all must be there, in small letters.
    pub known_by: &'static [&'static str],
    /// The title, and further titles of the same thing.
    pub titles: &'static [&'static str],
    /// The year; the first that is stated.
    pub years: &'static [&'static str],
    /// Who wrote it.
    pub author: Option<&'static str>,
    /// The rating.
    pub rating: &'static str,
    /// The highest rating.
    pub highest: f64,
    /// When it was rated; the first that is stated.
    pub dates: &'static [&'static str],
    /// A column that says what a row is, and words of it that are no film or book, as they begin.
    pub kind: Option<(&'static str, &'static [&'static str])>,
}

/// What Trakt says of what is no film.
const NO_FILM: &[&str] = &["show", "season", "episode"];

/// All of them; of two that fit, the first is taken.
pub const SERVICES: [Service; 7] = [
    // ratings.csv, diary.csv and reviews.csv
    Service {
        label: "Letterboxd",
        known_by: &["name", "year", "letterboxd uri", "rating"],
        titles: &["name"],
        years: &["year"],
        author: None,
        rating: "rating",
        highest: 5.0,
        dates: &["watched date", "date"],
        kind: None,
    },
    Service {
        label: "IMDb",
        known_by: &["const", "your rating", "title"],
        titles: &["title", "original title"],
        years: &["year"],
        author: None,
        rating: "your rating",
        highest: 10.0,
        dates: &["date rated"],
        kind: Some(("title type", &["tv episode", "tvepisode", "video game", "videogame", "podcast", "music video"])),
    },
    Service {
        label: "Goodreads",
        known_by: &["book id", "title", "author", "my rating"],
        titles: &["title"],
        years: &["original publication year", "year published"],
        author: Some("author"),
        rating: "my rating",
        highest: 5.0,
        dates: &["date read", "date added"],
        kind: None,
    },
    Service {
        label: "StoryGraph",
        known_by: &["title", "authors", "read status", "star rating"],
        titles: &["title"],
        years: &[],
        author: Some("authors"),
        rating: "star rating",
        highest: 5.0,
        dates: &["last date read", "date added"],
        kind: None,
    },
    // JSON, as its API and its export have it
    Service {
        label: "Trakt",
        known_by: &["rated_at", "rating", "movie.title"],
        titles: &["movie.title"],
        years: &["movie.year"],
        author: None,
        rating: "rating",
        highest: 10.0,
        dates: &["rated_at"],
        kind: Some(("type", NO_FILM)),
    },
    // CSV
    Service {
        label: "Trakt",
        known_by: &["rated_at", "rating", "title"],
        titles: &["title"],
        years: &["year"],
        author: None,
        rating: "rating",
        highest: 10.0,
        dates: &["rated_at"],
        kind: Some(("type", NO_FILM)),
    },
    Service {
        label: "movielens.org",
        known_by: &["movie_id", "rating", "average_rating", "title"],
        titles: &["title"],
        years: &[],
        author: None,
        rating: "rating",
        highest: 5.0,
        dates: &[],
        kind: None,
    },
];

/// The service that these columns are of.
pub fn service_of(columns: &[String]) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.known_by.iter().all(|name| named(columns, &[name]).is_some()))
}
