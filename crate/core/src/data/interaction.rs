//! The one shape every data source is brought to.

use serde::{Deserialize, Serialize};

/// One rating of one item by one user.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// The user's number in the source.
    pub user: u32,
    /// The item's number in the source.
    pub item: u32,
    /// Stars, `0.5..=5.0` in halves.
    pub rating: f32,
    /// Seconds since 1970, or the row number where the source has an order but no clock.
    pub time: i64,
}

/// What is known of an item beside its ratings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The item's number in the source.
    pub id: u32,
    /// Title without the year.
    pub title: String,
    /// Genres (films), in the source's order; empty where the source has none.
    pub genres: Vec<String>,
    /// Authors (books); empty for films.
    pub authors: Vec<String>,
    /// Year of release or first publication.
    pub year: Option<i32>,
}

/// What a source tells of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The user's number in the source.
    pub id: u32,
    /// Male or female: the sources know these two.
    pub male: bool,
    /// Age, or a span of ages, in words.
    pub age: String,
    /// Occupation in words.
    pub job: String,
}

/// A complete data set: ratings in source order, items in ascending id.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Key as used in reports, e.g. `ml-latest-small`, `goodbooks-10k`, `ml-1m`.
    pub name: String,
    /// Every rating, in the order of the source file.
    pub interactions: Vec<Interaction>,
    /// Every item that has metadata, ascending by id.
    pub items: Vec<Item>,
    /// Every user that the source tells of, ascending by id; none for most sources.
    pub people: Vec<Person>,
}

impl Dataset {
    /// Whether items have authors: then prompts have a profile.
    pub fn has_authors(&self) -> bool {
        self.items.iter().any(|item| !item.authors.is_empty())
    }

    /// Every item, rated or with metadata, ascending.
    pub fn item_ids(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = self.items.iter().map(|item| item.id).chain(self.interactions.iter().map(|row| row.item)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The item's metadata, if the source has any.
    pub fn item(&self, id: u32) -> Option<&Item> {
        self.items.binary_search_by_key(&id, |item| item.id).ok().map(|idx| &self.items[idx])
    }
}

/// A file as the user handed it over: core does no IO, so the bytes come from outside.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Name, with the folder inside the archive if there is one.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}
