//! MovieLens as comma-separated UTF-8: ml-latest, ml-latest-small, ml-20m, ml-25m, ml-32m. Half stars, timestamps, no demographics.

use super::interaction::{Dataset, Interaction, Item, SourceFile};
use super::ratings::{Items, Ratings};
use super::table::Table;
use super::title::{genres, split_year};
use crate::Result;
use std::collections::HashSet;

/// Header of `ratings.csv`.
pub const RATINGS: [&str; 4] = ["userId", "movieId", "rating", "timestamp"];
/// Header of `movies.csv`.
pub const MOVIES: [&str; 3] = ["movieId", "title", "genres"];

/// Reads `ratings.csv`, already opened, and `movies.csv`.
pub fn read(ratings_file: &str, ratings: &Table, movies: &SourceFile) -> Result<Dataset> {
    ratings.expect_header(&RATINGS)?;
    let mut rows = Ratings::new(ratings_file);
    ratings.each(|place, row| {
        let user = place.id("userId", &row[0])?;
        let item = place.id("movieId", &row[1])?;
        rows.push(place, Interaction { user, item, rating: place.half_stars(&row[2])?, time: place.seconds(&row[3])? });
        Ok(())
    })?;

    let table = Table::open(&movies.name, &movies.bytes)?;
    table.expect_header(&MOVIES)?;
    let mut items = Items::new(&movies.name);
    table.each(|place, row| {
        let id = place.id("movieId", &row[0])?;
        let (title, year) = split_year(place.title(&row[1])?);
        items.push(place, Item { id, title: title.to_owned(), genres: genres(&row[2]), authors: Vec::new(), year });
        Ok(())
    })?;

    let mut dataset = rows.into_dataset("ml-latest", items)?;
    if is_small(&dataset) {
        "ml-latest-small".clone_into(&mut dataset.name);
    } else if let Some(folder) = release(ratings_file) {
        folder.clone_into(&mut dataset.name);
    }
    Ok(dataset)
}

/// The release of September 2018, known by its size: a folder's name alone could stand over an older or a cut copy.
fn is_small(dataset: &Dataset) -> bool {
    dataset.interactions.len() == 100_836 && dataset.interactions.iter().map(|row| row.user).collect::<HashSet<_>>().len() == 610
}

/// A folder that names a numbered release.
fn release(ratings_file: &str) -> Option<&str> {
    ratings_file.split('/').find(|folder| matches!(*folder, "ml-20m" | "ml-25m" | "ml-32m"))
}
