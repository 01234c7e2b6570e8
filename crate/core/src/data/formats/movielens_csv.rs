//! MovieLens in UTF-8 CSV: ml-latest, ml-latest-small, ml-20m, ml-25m, ml-32m. Half stars, timestamps, no demographics.

use super::format::{DataFile, DataFormat, Found};
use crate::Result;
use crate::data::interaction::{Dataset, Item};
use crate::data::ratings::{Items, Rated, Ratings};
use crate::data::table::Table;
use crate::data::title::{genres, split_year};
use std::collections::HashSet;

/// Entry in the format table.
pub const FORMAT: DataFormat = DataFormat {
    id: "movielens_csv",
    label: "MovieLens",
    note: "csv",
    files: &[DataFile::named("ratings.csv").with_header(&RATINGS), DataFile::named("movies.csv")],
    read,
};

/// Header of `ratings.csv`.
const RATINGS: [&str; 4] = ["userId", "movieId", "rating", "timestamp"];
/// Header of `movies.csv`.
const MOVIES: [&str; 3] = ["movieId", "title", "genres"];

fn read(found: &Found) -> Result<Dataset> {
    let (ratings, movies) = (found.needed(0)?, found.needed(1)?);
    let mut table = Table::open(ratings)?;
    let [user, item, rating, time] = table.columns(RATINGS)?;
    let mut rows = Ratings::new(&ratings.name);
    while let Some((place, row)) = table.next_row()? {
        let (user, item) = (place.id("userId", &row[user])?, place.id("movieId", &row[item])?);
        rows.push(place, Rated { user, item, rating: place.half_stars(&row[rating])? }, place.time(&row[time])?)?;
    }
    rows.note(table.notes());

    let mut table = Table::open(movies)?;
    let [id, title, listed] = table.columns(MOVIES)?;
    let mut items = Items::new(&movies.name);
    while let Some((place, row)) = table.next_row()? {
        let (title, year) = split_year(place.title(&row[title])?);
        let id = place.id("movieId", &row[id])?;
        items.push(place, Item { id, title: title.to_owned(), genres: genres(&row[listed]), authors: Vec::new(), year });
    }
    items.note(table.notes());

    let mut dataset = rows.into_dataset("ml-latest", Some(items))?;
    if is_small(&dataset) {
        "ml-latest-small".clone_into(&mut dataset.name);
    } else if let Some(folder) = release(&ratings.name) {
        folder.clone_into(&mut dataset.name);
    }
    Ok(dataset)
}

/// Whether this is the release of September 2018, recognised by its size: the folder's name could also be that of an older or truncated copy.
fn is_small(dataset: &Dataset) -> bool {
    dataset.interactions.len() == 100_836 && dataset.interactions.iter().map(|row| row.user).collect::<HashSet<_>>().len() == 610
}

/// The numbered release that a folder names.
fn release(ratings_file: &str) -> Option<&str> {
    ratings_file.split(['/', '\\']).find(|folder| matches!(*folder, "ml-20m" | "ml-25m" | "ml-32m"))
}
