//! Which column of a list is which: as it is said, or by its name.

use super::grid::Grid;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// How a person's list is to be read. What is left out is found out from the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct ShelfSpec {
    /// Which column is which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<ShelfColumns>,
    /// Whether the first line names the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// The highest rating of the scale, such as 5, 10 or 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highest: Option<f64>,
}

/// The columns of a list, counted from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(deny_unknown_fields)]
pub struct ShelfColumns {
    /// The title, or the item's id in the data set.
    pub title: u32,
    /// The rating.
    pub rating: u32,
    /// The year of the film or book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u32>,
    /// When it was rated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<u32>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<u32>,
}

const TITLES: [&str; 14] = [
    "title",
    "name",
    "movie title",
    "film title",
    "book title",
    "movie.title",
    "film",
    "movie",
    "book",
    "original title",
    "titel",
    "titre",
    "título",
    "titolo",
];
/// Ids of the data set's own items.
const IDS: [&str; 8] = ["movieid", "movie_id", "item_id", "itemid", "bookid", "book_id", "item_id:token", "item"];
const RATINGS: [&str; 12] = [
    "rating",
    "your rating",
    "my rating",
    "user rating",
    "star rating",
    "stars",
    "score",
    "note",
    "bewertung",
    "rating:float",
    "points",
    "vote",
];
const YEARS: [&str; 8] = ["year", "movie.year", "release year", "original publication year", "year published", "jahr", "année", "año"];
const DATES: [&str; 12] = [
    "date rated",
    "rated_at",
    "watched date",
    "date read",
    "last date read",
    "date",
    "timestamp",
    "timestamp:float",
    "time",
    "rated at",
    "datum",
    "watched_at",
];
const AUTHORS: [&str; 5] = ["author", "authors", "writer", "autor", "auteur"];

/// Whether these are names of columns: among them one for what was rated and one for the rating.
pub fn are_names(names: &[String]) -> bool {
    (named(names, &TITLES).is_some() || named(names, &IDS).is_some()) && named(names, &RATINGS).is_some()
}

/// The first column with one of these names, in the order of the names.
pub fn named(columns: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| columns.iter().position(|column| column.trim().to_lowercase() == *name))
}

/// The columns of a list, by their names.
///
/// # Errors
/// If there is none for the title, or none for the rating.
pub fn found(grid: &Grid) -> Result<ShelfColumns> {
    let of = |names: &[&str]| named(&grid.columns, names).map(|column| column as u32);
    let need = |what: &str, found: Option<u32>| {
        let rule = format!("must have a column with the {what}, by a name that is known; say which it is");
        found.ok_or_else(|| Error::data(&grid.file, 1, rule, grid.columns.join(", ")))
    };
    let title = need("title", of(&TITLES).or_else(|| of(&IDS)))?;
    let rating = need("rating", of(&RATINGS))?;
    Ok(ShelfColumns { title, rating, year: of(&YEARS), date: of(&DATES), author: of(&AUTHORS) })
}

/// Whether a column has ids of the data set's items by its name.
pub fn has_ids(name: &str) -> bool {
    named(&[name.to_owned()], &IDS).is_some()
}

impl ShelfColumns {
    /// Checks that each is there, and none is said twice.
    ///
    /// # Errors
    /// If not.
    pub fn check(&self, n_columns: usize) -> Result<()> {
        let all =
            [("title", Some(self.title)), ("rating", Some(self.rating)), ("year", self.year), ("date", self.date), ("author", self.author)];
        let mut seen: Vec<(&str, u32)> = Vec::new();
        for (name, column) in all.into_iter().filter_map(|(name, column)| Some((name, column?))) {
            if column as usize >= n_columns {
                return Err(Error::setting(
                    &format!("columns.{name}"),
                    format!("the list has {n_columns} columns, counted from 0"),
                    column,
                ));
            }
            if let Some((other, _)) = seen.iter().find(|(_, known)| *known == column) {
                return Err(Error::setting(&format!("columns.{name}"), format!("must be another column than `{other}`"), column));
            }
            seen.push((name, column));
        }
        Ok(())
    }
}
