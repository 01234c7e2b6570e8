//! The common data model that every data source is converted to.

use super::title_vectors::TitleVectors;
use serde::{Deserialize, Serialize};

/// One rating of one item by one user.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Id of the user in the source.
    pub user: u32,
    /// Id of the item in the source.
    pub item: u32,
    /// Rating in stars, `0.5..=5.0` in steps of 0.5.
    pub rating: f32,
    /// Whole seconds since 1970 (finer times are cut off), or the row number if the source is ordered but has no timestamps.
    pub time: i64,
}

/// The metadata of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Id of the item in the source.
    pub id: u32,
    /// Title without the year.
    pub title: String,
    /// Genres (films), in the source's order; empty if the source has none.
    pub genres: Vec<String>,
    /// Authors (books); empty for films.
    pub authors: Vec<String>,
    /// Year of release or first publication.
    pub year: Option<i32>,
}

impl Item {
    /// The title, with the year if it is known.
    pub fn title_and_year(&self) -> String {
        self.year.map_or_else(|| self.title.clone(), |year| format!("{} ({year})", self.title))
    }
}

/// What a source says about a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Id of the user in the source.
    pub id: u32,
    /// Whether the user is male; the sources distinguish male and female only.
    pub male: bool,
    /// Age or age range, in words.
    pub age: String,
    /// Occupation in words.
    pub job: String,
}

/// A complete dataset: ratings in source order, items in ascending order of id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    /// Key used in reports, e.g. `ml-latest-small`, `goodbooks-10k`, `ml-1m`.
    pub name: String,
    /// All ratings, in the order of the source file.
    pub interactions: Vec<Interaction>,
    /// All items with metadata, ascending by id.
    pub items: Vec<Item>,
    /// All users that the source describes, ascending by id; empty for most sources.
    pub people: Vec<Person>,
    /// What people are called in the source where that is no number: the user 1 first. Empty where users are named by their numbers.
    pub user_names: Vec<String>,
    /// What items are called in the source where that is no number, in the same way.
    pub item_names: Vec<String>,
    /// What a person should know about how the files were read, such as a rating that was given twice; sentences without a final dot.
    pub notes: Vec<String>,
    /// What a language model read in the items' titles, if one did.
    pub titles: Option<TitleVectors>,
}

impl Dataset {
    /// Whether any item has authors; if so, prompts have a profile.
    pub fn has_authors(&self) -> bool {
        self.items.iter().any(|item| !item.authors.is_empty())
    }

    /// Ids of all items that are rated or have metadata, ascending.
    pub fn item_ids(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = self.items.iter().map(|item| item.id).chain(self.interactions.iter().map(|row| row.item)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// What a user is called in the source, if that is no number.
    pub fn user_name(&self, user: u32) -> Option<&str> {
        self.user_names.get((user as usize).checked_sub(1)?).map(String::as_str)
    }

    /// How many of the rated items have metadata, and how many are rated.
    pub fn n_described(&self) -> (usize, usize) {
        let mut rated: Vec<u32> = self.interactions.iter().map(|row| row.item).collect();
        rated.sort_unstable();
        rated.dedup();
        (rated.iter().filter(|id| self.item(**id).is_some()).count(), rated.len())
    }

    /// The metadata of an item, if the source has any.
    pub fn item(&self, id: u32) -> Option<&Item> {
        self.items.binary_search_by_key(&id, |item| item.id).ok().map(|idx| &self.items[idx])
    }
}

/// The number of what is called so, among names in the order of their numbers, from 1.
pub fn number_of(names: &[String], name: &str) -> Option<u32> {
    names.binary_search_by(|known| known.as_str().cmp(name)).ok().map(|at| at as u32 + 1)
}

/// A file provided by the user. Core does no IO, so its bytes come from outside.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Name, including its folder inside an archive, if any.
    pub name: String,
    /// Contents.
    pub bytes: Vec<u8>,
}
