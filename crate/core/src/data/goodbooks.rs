//! goodbooks-10k: `ratings.csv` (whole stars, in time order but without a clock: the row number is the time) and `books.csv`.

use super::interaction::{Dataset, Interaction, Item, SourceFile};
use super::lines::Place;
use super::ratings::{Items, Ratings};
use super::table::Table;
use crate::Result;

/// Header of `ratings.csv`.
pub const RATINGS: [&str; 3] = ["user_id", "book_id", "rating"];

/// Reads `ratings.csv`, already opened, and `books.csv`.
pub fn read(ratings_file: &str, ratings: &Table, books: &SourceFile) -> Result<Dataset> {
    ratings.expect_header(&RATINGS)?;
    let mut rows = Ratings::new(ratings_file);
    ratings.each(|place, row| {
        let (user, item) = (place.id("user_id", &row[0])?, place.id("book_id", &row[1])?);
        let time = rows.n() as i64;
        rows.push(place, Interaction { user, item, rating: place.whole_stars(&row[2])?, time });
        Ok(())
    })?;

    let table = Table::open(&books.name, &books.bytes)?;
    let [id, title, authors, year] =
        [table.column("book_id")?, table.column("title")?, table.column("authors")?, table.column("original_publication_year")?];
    let mut items = Items::new(&books.name);
    table.each(|place, row| {
        let authors = row[authors].split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let title = place.title(&row[title])?.to_owned();
        items.push(
            place,
            Item { id: place.id("book_id", &row[id])?, title, genres: Vec::new(), authors, year: year_of(place, &row[year])? },
        );
        Ok(())
    })?;
    rows.into_dataset("goodbooks-10k", items)
}

/// The file has years as `2008.0`, negative before our era, and nothing where unknown.
fn year_of(place: Place, text: &str) -> Result<Option<i32>> {
    if text.is_empty() {
        return Ok(None);
    }
    let year = text.strip_suffix(".0").unwrap_or(text).parse::<i32>().ok().filter(|year| (-4000..=2200).contains(year));
    year.map(Some).ok_or_else(|| place.error("original_publication_year must be a whole year from -4000 to 2200, or nothing", text))
}
