//! The goodbooks-10k format: `ratings.csv` (whole stars, in time order without timestamps: the row number serves as time) and `books.csv`.

use super::format::{DataFile, DataFormat, Found};
use crate::Result;
use crate::data::interaction::{Dataset, Interaction, Item};
use crate::data::lines::SourceLocation;
use crate::data::ratings::{Items, Ratings};
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
    let table = Table::open(&ratings.name, &ratings.bytes)?;
    table.expect_header(&RATINGS)?;
    let mut rows = Ratings::new(&ratings.name);
    table.each(|place, row| {
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

/// Parses a year, which the file writes as `2008.0`, as a negative number if BC, and as nothing if unknown.
fn year_of(place: SourceLocation, text: &str) -> Result<Option<i32>> {
    if text.is_empty() {
        return Ok(None);
    }
    let year = text.strip_suffix(".0").unwrap_or(text).parse::<i32>().ok().filter(|year| (-4000..=2200).contains(year));
    year.map(Some).ok_or_else(|| place.error("original_publication_year must be a whole year from -4000 to 2200, or nothing", text))
}
