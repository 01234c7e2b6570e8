//! RecBole's atomic files: `….inter` with the ratings and, optionally, `….item`; tabs between fields, `name:type` in the first line.

use super::format::{DataFile, DataFormat, Found, Pattern, base};
use crate::Result;
use crate::data::interaction::{Dataset, Item, SourceFile};
use crate::data::lines::Lines;
use crate::data::place::SourceLocation;
use crate::data::ratings::{Items, Rated, Ratings};
use crate::data::title::split_year;

/// Entry in the format table.
pub const FORMAT: DataFormat = DataFormat {
    id: "recbole",
    label: "RecBole",
    note: ".inter",
    files: &[
        DataFile::like("….inter", Pattern { name: is_inter, file: |base, _| is_inter(base), endings: &[".inter"] }),
        DataFile::like("….item", Pattern { name: is_item, file: |base, _| is_item(base), endings: &[".item"] }).optional(),
    ],
    read,
};

/// Names of the column with the title, of which different data sets have different ones.
const TITLES: [&str; 4] = ["movie_title", "title", "item_name", "name"];
/// Names of the column with the genres.
const GENRES: [&str; 4] = ["genre", "genres", "class", "categories"];
/// Names of the column with the year.
const YEARS: [&str; 2] = ["release_year", "year"];

fn is_inter(base: &str) -> bool {
    base.to_ascii_lowercase().ends_with(".inter")
}

/// Whether this is a list of items; `u.item` is that of MovieLens 100K.
fn is_item(base: &str) -> bool {
    let base = base.to_ascii_lowercase();
    base.ends_with(".item") && base != "u.item"
}

/// The header of an atomic file: column names without their types.
struct Header<'a> {
    place: SourceLocation<'a>,
    line: String,
}

impl<'a> Header<'a> {
    fn read(lines: &mut Lines<'a>) -> Result<Option<Self>> {
        Ok(lines.next_line()?.map(|(place, line)| Self { place, line: line.to_owned() }))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.line.split('\t').map(|column| column.split_once(':').map_or(column, |(name, _)| name).trim())
    }

    fn any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.names().position(|column| column == *name))
    }

    fn column(&self, name: &str) -> Result<usize> {
        self.any(&[name]).ok_or_else(|| {
            let rule = format!(
                "header must have a column `{name}`, with tabs between the columns: a rating is learned from user, item, stars and time"
            );
            self.place.error(rule, &self.line)
        })
    }

    /// The fields of a row, as many as the header has.
    fn fields<'t>(&self, place: SourceLocation, line: &'t str) -> Result<Vec<&'t str>> {
        let (fields, n): (Vec<&str>, usize) = (line.split('\t').collect(), self.names().count());
        if fields.len() == n {
            return Ok(fields);
        }
        Err(place.error(format!("a row must have {n} fields with tabs between them, it has {}", fields.len()), line))
    }
}

fn read(found: &Found) -> Result<Dataset> {
    let (inter, item) = (found.needed(0)?, found.optional(1));
    let mut rows = Ratings::new(&inter.name);
    let mut lines = Lines::open(inter);
    if let Some(header) = Header::read(&mut lines)? {
        let [user, item] = [header.column("user_id")?, header.column("item_id")?];
        let [rating, time] = [header.column("rating")?, header.column("timestamp")?];
        while let Some((place, line)) = lines.next_line()? {
            let fields = header.fields(place, line)?;
            let (user, item) = (place.id("user_id", fields[user])?, place.id("item_id", fields[item])?);
            rows.push(place, Rated { user, item, rating: place.half_stars(fields[rating])? }, place.time(fields[time])?)?;
        }
    }
    rows.note(lines.notes(true));
    let stem = base(&inter.name).strip_suffix(".inter").unwrap_or_default();
    rows.into_dataset(&format!("recbole-{stem}"), item.map(read_items).transpose()?)
}

fn read_items(file: &SourceFile) -> Result<Items<'_>> {
    let mut items = Items::new(&file.name);
    let mut lines = Lines::open(file);
    if let Some(header) = Header::read(&mut lines)? {
        let [id, title] = [header.column("item_id")?, header.any(&TITLES).map_or_else(|| header.column(TITLES[0]), Ok)?];
        let (genre, year) = (header.any(&GENRES), header.any(&YEARS));
        while let Some((place, line)) = lines.next_line()? {
            let fields = header.fields(place, line)?;
            let (title, year_of_title) = split_year(place.title(fields[title])?);
            let year = year.and_then(|year| fields[year].trim().parse::<f64>().ok()).filter(|year| (1.0..=2200.0).contains(year));
            let genres = genre.map(|genre| fields[genre].split_ascii_whitespace().map(str::to_owned).collect()).unwrap_or_default();
            items.push(
                place,
                Item {
                    id: place.id("item_id", fields[id])?,
                    title: title.to_owned(),
                    genres,
                    authors: Vec::new(),
                    year: year.map(|year| year as i32).or(year_of_title),
                },
            );
        }
    }
    items.note(lines.notes(true));
    Ok(items)
}
