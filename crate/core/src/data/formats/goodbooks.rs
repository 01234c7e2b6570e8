//! The goodbooks-10k format: `ratings.csv` (whole stars, in time order without timestamps: the row number serves as time) and `books.csv`.

use super::format::{DataFile, DataFormat, Found};
use crate::Result;
use crate::data::interaction::{Dataset, Item};
use crate::data::place::SourceLocation;
use crate::data::ratings::{Items, Rated, Ratings};
use crate::data::table::Table;

/// Entry in the format table.
pub const FORMAT: DataFormat = DataFormat {
    id: "goodbooks",
    label: "goodbooks-10k",
    note: "",
    files: &[DataFile::named("ratings.csv").with_header(&RATINGS), DataFile::named("books.csv")],
    read,
};

/// Header of `ratings.csv`.
const RATINGS: [&str; 3] = ["user_id", "book_id", "rating"];

fn read(found: &Found) -> Result<Dataset> {
    let (ratings, books) = (found.needed(0)?, found.needed(1)?);
    let mut table = Table::open(ratings)?;
    let [user, item, rating] = table.columns(RATINGS)?;
    let mut rows = Ratings::new(&ratings.name);
    while let Some((place, row)) = table.next_row()? {
        let (user, item) = (place.id("user_id", &row[user])?, place.id("book_id", &row[item])?);
        rows.push_next(place, Rated { user, item, rating: place.whole_stars(&row[rating])? })?;
    }
    rows.note(table.notes());

    let mut table = Table::open(books)?;
    let [id, title, authors, year] = table.columns(["book_id", "title", "authors", "original_publication_year"])?;
    let mut items = Items::new(&books.name);
    while let Some((place, row)) = table.next_row()? {
        let authors = row[authors].split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let title = place.title(&row[title])?.to_owned();
        let (id, year) = (place.id("book_id", &row[id])?, year_of(place, &row[year])?);
        items.push(place, Item { id, title, genres: Vec::new(), authors, year });
    }
    items.note(table.notes());
    rows.into_dataset("goodbooks-10k", Some(items))
}

/// Parses a year, which the file writes as `2008.0`, as a negative number if BC, and as nothing if unknown.
fn year_of(place: SourceLocation, text: &str) -> Result<Option<i32>> {
    if text.is_empty() {
        return Ok(None);
    }
    let year = text.strip_suffix(".0").unwrap_or(text).parse::<i32>().ok().filter(|year| (-4000..=2200).contains(year));
    year.map(Some).ok_or_else(|| place.error("original_publication_year must be a whole year from -4000 to 2200, or nothing", text))
}
