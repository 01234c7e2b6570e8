//! Reads one person's ratings from an export or a list.

use super::columns::{ShelfColumns, ShelfSpec, are_names, found, has_ids, named};
use super::grid::Grid;
use super::services::{Service, service_of};
use crate::data::archive::{Limits, unpack};
use crate::data::interaction::SourceFile;
use crate::data::read_spec::DateOrder;
use crate::data::sheet::{Moment, number};
use crate::data::source::is_archive;
use crate::data::title::split_year;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Rows shown of a list before it is matched.
const PREVIEW: usize = 20;
/// Longest field shown there, characters.
const CELL: usize = 60;
/// Files of an archive that have ratings, the most complete first.
const IN_ARCHIVES: [&str; 5] = ["ratings.csv", "ratings-movies.json", "ratings_movies.json", "diary.csv", "reviews.csv"];
/// Oldest year of a book.
const FIRST_YEAR: f64 = -3000.0;

/// What one person rated, as the files have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Shelf {
    /// What the file was read as: a service, or `list`.
    pub source: String,
    /// The file.
    pub file: String,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// Its first rows, long fields cut.
    pub rows: Vec<Vec<String>>,
    /// How it is read: what was said, and what was found out. Said again, it gives the same. Its columns are null if they are not known.
    pub spec: ShelfSpec,
    /// The ratings, in the file's order.
    pub entries: Vec<Entry>,
    /// What a person should know about how it was read; sentences without a final dot.
    pub notes: Vec<String>,
    /// Why nothing could be read; null if something was. The columns are shown all the same, so that it can be said which is which.
    pub problem: Option<String>,
}

/// One rating of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Entry {
    /// Line in the file.
    pub line: u32,
    /// Title as it stands there, without a year.
    pub title: String,
    /// Another title of the same film or book.
    pub other_title: Option<String>,
    /// The item's id in the data set, where the file names items by it.
    pub id: Option<u32>,
    /// Year of release or first publication.
    pub year: Option<i32>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The rating in stars, 0.5 to 5 in steps of 0.5.
    pub stars: f32,
    /// When it was rated, seconds since 1970.
    pub time: Option<f64>,
}

/// Reads a person's ratings from a file, or from the archive that a service gives.
///
/// # Errors
/// [`Error::Data`] with file, line, column, rule and value for what cannot be read. Where only the columns are not known, that is the shelf's
/// `problem`.
pub fn read_shelf(files: &[SourceFile], spec: &ShelfSpec) -> Result<Shelf> {
    let file = chosen(files)?;
    let grid = Grid::read(&file, |names| spec.header.unwrap_or_else(|| are_names(names)))?;
    let service = if spec.columns.is_none() { service_of(&grid.columns) } else { None };
    let cut = |text: &String| text.chars().take(CELL).collect::<String>();
    let mut shelf = Shelf {
        source: service.map_or("list", |service| service.label).into(),
        file: grid.file.clone(),
        rows: grid.rows.iter().take(PREVIEW).map(|(_, fields)| fields.iter().map(cut).collect()).collect(),
        spec: spec.clone(),
        entries: Vec::new(),
        notes: grid.notes.clone(),
        problem: None,
        columns: grid.columns.clone(),
    };
    let layout = match (service, &spec.columns) {
        (Some(service), _) => Layout::of_service(&grid, service),
        (None, Some(columns)) => {
            columns.check(grid.columns.len())?;
            Layout::of_columns(&grid, columns, spec.highest)?
        }
        (None, None) => match found(&grid) {
            Ok(columns) => {
                let layout = Layout::of_columns(&grid, &columns, spec.highest)?;
                shelf.spec.columns = Some(columns);
                layout
            }
            Err(unknown) => {
                shelf.problem = Some(unknown.to_string());
                return Ok(shelf);
            }
        },
    };
    shelf.spec.highest = Some(layout.highest);
    one_person(&grid)?;
    layout.read(&grid, &mut shelf)?;
    if shelf.entries.is_empty() {
        return Err(Error::data(&grid.file, 0, "file must hold at least one rating", shelf.notes.join("; ")));
    }
    Ok(shelf)
}

/// The file with the ratings.
fn chosen(files: &[SourceFile]) -> Result<SourceFile> {
    let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let [file] = files else {
        // Of several, as of an unpacked archive, the one with a name that is known.
        let known = IN_ARCHIVES.iter().find_map(|name| files.iter().find(|file| base(&file.name) == *name));
        let names = files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
        let rule = "one file with one person's ratings must be given, or the archive of a service";
        return known.cloned().ok_or_else(|| Error::data(files.first().map_or("input", |file| &file.name), 0, rule, names));
    };
    if !is_archive(&file.name, &file.bytes) {
        return Ok(file.clone());
    }
    let found = unpack(file, |path| IN_ARCHIVES.contains(&base(path).as_str()), &Limits::default())?;
    // Of two of a name (Letterboxd keeps deleted ones in a folder), the one that is less deep.
    let depth = |file: &SourceFile| file.name.matches('/').count();
    let of = |name: &&str| found.iter().filter(|file| base(&file.name) == **name).min_by_key(|file| depth(file));
    IN_ARCHIVES.iter().find_map(of).cloned().ok_or_else(|| {
        let rule = format!("the archive must hold one of {}: unpack it and give the file with the ratings", IN_ARCHIVES.join(", "));
        Error::data(&file.name, 0, rule, "none of them")
    })
}

/// Refuses ratings of several people.
fn one_person(grid: &Grid) -> Result<()> {
    let Some(column) = named(&grid.columns, &["userid", "user_id", "user_id:token", "user", "username"]) else { return Ok(()) };
    let people: HashSet<&str> = grid.rows.iter().map(|(_, fields)| fields[column].trim()).collect();
    if people.len() > 1 {
        let rule =
            "these are ratings of several people, and one person's are meant here; a model can be trained on all of them under “Your own”";
        let error = Error::data(&grid.file, 0, rule, format!("{} people", people.len()));
        return Err(error.in_column(&format!("column `{}`", grid.columns[column])));
    }
    Ok(())
}

/// Where in a row everything stands.
struct Layout {
    titles: Vec<usize>,
    id: Option<usize>,
    years: Vec<usize>,
    author: Option<usize>,
    rating: usize,
    highest: f64,
    dates: Vec<usize>,
    kind: Option<(usize, &'static [&'static str])>,
}

impl Layout {
    fn of_service(grid: &Grid, service: &Service) -> Self {
        let of = |name: &str| named(&grid.columns, &[name]);
        Self {
            titles: service.titles.iter().filter_map(|name| of(name)).collect(),
            id: None,
            years: service.years.iter().filter_map(|name| of(name)).collect(),
            author: service.author.and_then(of),
            rating: of(service.rating).unwrap_or_default(),
            highest: service.highest,
            dates: service.dates.iter().filter_map(|name| of(name)).collect(),
            kind: service.kind.and_then(|(name, words)| Some((of(name)?, words))),
        }
    }

    fn of_columns(grid: &Grid, columns: &ShelfColumns, highest: Option<f64>) -> Result<Self> {
        let (title, rating) = (columns.title as usize, columns.rating as usize);
        let some = |column: Option<u32>| column.map(|column| column as usize);
        let highest = match highest {
            Some(said) if said.is_finite() && said > 0.0 => said,
            Some(said) => return Err(Error::setting("highest", "must be above 0", said)),
            None => {
                let most = grid.rows.iter().filter_map(|(_, fields)| number(&fields[rating])).fold(0.0, f64::max);
                [5.0, 10.0, 100.0].into_iter().find(|highest| most <= *highest).unwrap_or(most)
            }
        };
        let is_id = has_ids(&grid.columns[title]) && grid.rows.iter().all(|(_, fields)| id(&fields[title]).is_some());
        Ok(Self {
            titles: vec![title],
            id: is_id.then_some(title),
            years: some(columns.year).into_iter().collect(),
            author: some(columns.author),
            rating,
            highest,
            dates: some(columns.date).into_iter().collect(),
            kind: None,
        })
    }

    fn read(&self, grid: &Grid, shelf: &mut Shelf) -> Result<()> {
        let (mut unrated, mut untitled, mut other_kind) = (0, 0, 0);
        let order = self.date_order(grid);
        let mut is_order_used = false;
        for (line, fields) in &grid.rows {
            let place = |column: usize, rule: String| {
                Error::data(&grid.file, *line, rule, &fields[column]).in_column(&format!("column `{}`", grid.columns[column]))
            };
            let first = |columns: &[usize]| columns.iter().copied().find(|column| !fields[*column].trim().is_empty());
            if let Some((column, words)) = self.kind {
                let kind = fields[column].trim().to_lowercase();
                if words.iter().any(|word| kind.starts_with(word)) {
                    other_kind += 1;
                    continue;
                }
            }
            let Some(title) = self.titles.first().filter(|column| !fields[**column].trim().is_empty()) else {
                untitled += 1;
                continue;
            };
            let Some(stars) = self.stars(&fields[self.rating]).map_err(|rule| place(self.rating, rule))? else {
                unrated += 1;
                continue;
            };
            let year = match first(&self.years) {
                Some(column) => year(&fields[column]).map_err(|rule| place(column, rule))?,
                None => None,
            };
            let time = match first(&self.dates) {
                Some(column) => {
                    let (time, is_open) = time(&fields[column], order).map_err(|rule| place(column, rule))?;
                    is_order_used |= is_open;
                    Some(time)
                }
                None => None,
            };
            let (name, stated) = split_year(&fields[*title]);
            let other = self.titles.get(1).map(|column| fields[*column].trim()).filter(|other| !other.is_empty() && *other != name);
            let author = self.author.map(|column| fields[column].trim()).filter(|author| !author.is_empty());
            shelf.entries.push(Entry {
                line: u32::try_from(*line).unwrap_or(u32::MAX),
                title: name.to_owned(),
                other_title: other.map(str::to_owned),
                id: self.id.and_then(|column| id(&fields[column])),
                year: year.or(stated),
                author: author.map(str::to_owned),
                stars,
                time: time.map(|time| time as f64),
            });
        }
        let mut note = |n: usize, one: &str, many: &str| {
            if n > 0 {
                shelf.notes.push(if n == 1 { format!("1 row {one} was left out") } else { format!("{n} rows {many} were left out") });
            }
        };
        note(unrated, "without a rating", "without a rating");
        note(untitled, "without a title", "without a title");
        note(other_kind, "that is an episode, a series or a game", "that are episodes, series or games");
        if is_order_used {
            let begins = if order == DateOrder::DayFirst { "day" } else { "month" };
            shelf.notes.push(format!("Dates are read as beginning with the {begins}"));
        }
        Ok(())
    }

    /// A rating in half stars; `None` where there is none, for which some programs write 0.
    fn stars(&self, text: &str) -> std::result::Result<Option<f32>, String> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let highest = self.highest;
        let rule = || format!("a rating must be a number from 0 (none) to {highest}");
        match number(text) {
            Some(0.0) => Ok(None),
            Some(rating) if rating > 0.0 && rating <= highest => {
                let halves = (rating / highest * 10.0).round().clamp(1.0, 10.0);
                Ok(Some(halves as f32 / 2.0))
            }
            _ => Err(rule()),
        }
    }

    /// Whether day or month comes first, where dates leave it open: as a date with a number above twelve says, else the month, as in English exports.
    fn date_order(&self, grid: &Grid) -> DateOrder {
        let texts = grid.rows.iter().flat_map(|(_, fields)| self.dates.iter().map(|column| fields[*column].as_str()));
        let only = texts.filter_map(Moment::parse).find_map(|moment| if let Moment::Open(date) = moment { date.only() } else { None });
        only.unwrap_or(DateOrder::MonthFirst)
    }
}

fn id(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

/// A year, also one before Christ, and also as `1997.0`.
fn year(text: &str) -> std::result::Result<Option<i32>, String> {
    let said = text.trim().strip_prefix('-').map_or_else(|| number(text), |rest| number(rest).map(|year| -year));
    match said {
        Some(0.0) => Ok(None),
        Some(year) if (FIRST_YEAR..=2200.0).contains(&year) && year.fract() == 0.0 => Ok(Some(year as i32)),
        _ => Err("a year must be a whole number such as 1994".into()),
    }
}

/// Seconds since 1970, and whether the order of day and month was needed.
fn time(text: &str, order: DateOrder) -> std::result::Result<(i64, bool), String> {
    let rule = || "a date must be a day from 1970 on, such as 2021-03-04, 2021/03/04 or 2021-03-04T05:06:07Z".to_owned();
    match Moment::parse(text).ok_or_else(rule)? {
        Moment::Known(stamp) => Ok((stamp.number / stamp.unit.map_or(1, |unit| unit.per_second()), false)),
        Moment::Open(date) => {
            let stamp = date.stamp(order).ok_or_else(rule)?;
            Ok((stamp.number, true))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Shelf> {
        read_shelf(&[SourceFile { name: name.into(), bytes: text.as_bytes().to_vec() }], &ShelfSpec::default())
    }

    #[test]
    fn scales_by_hand() {
        // 0.25 steps and ten points, to half stars
        let shelf = read("a.csv", "Title,Rating\nA,3.75\nB,0\nC,\nD,0.2\n").unwrap();
        assert_eq!(shelf.entries.iter().map(|entry| entry.stars).collect::<Vec<_>>(), [4.0, 0.5]);
        assert_eq!(shelf.notes, ["2 rows without a rating were left out"]);
        let shelf = read("a.csv", "Title,Rating\nA,7\nB,10\n").unwrap();
        assert_eq!(shelf.entries.iter().map(|entry| entry.stars).collect::<Vec<_>>(), [3.5, 5.0]);
    }

    #[test]
    fn every_error_names_line_column_rule_and_value() {
        let said = |text: &str| read("a.csv", text).unwrap_err().to_string();
        assert_eq!(
            said("Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,Heat,1995,x,4\n2024-01-01,Heat,1995,x,six\n"),
            "a.csv:3, column `Rating`: a rating must be a number from 0 (none) to 5, got `six`"
        );
        assert_eq!(
            said("Const,Your Rating,Date Rated,Title,Year\ntt1,11,2024-01-01,Heat,1995\n"),
            "a.csv:2, column `Your Rating`: a rating must be a number from 0 (none) to 10, got `11`"
        );
        assert!(said("Date,Name,Year,Letterboxd URI,Rating\nnever,Heat,1995,x,4\n").starts_with("a.csv:2, column `Date`: a date must be"));
        assert!(said("Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,Heat,MCM,x,4\n").starts_with("a.csv:2, column `Year`: a year must"));
        assert!(said("userId,movieId,rating\n1,2,3\n2,2,3\n").contains("column `userId`: these are ratings of several people"));
        assert!(said("Title,Rating\nA,\n").contains("at least one rating"));
    }

    #[test]
    fn columns_that_are_not_known_can_be_said() {
        let file = [SourceFile { name: "a.txt".into(), bytes: b"Heat;9;1995\nAlien;7;1979\n".to_vec() }];
        let shelf = read_shelf(&file, &ShelfSpec::default()).unwrap();
        assert!(shelf.problem.is_some_and(|problem| problem.contains("a column with the title")) && shelf.columns.len() == 3);
        let columns = ShelfColumns { title: 0, rating: 1, year: Some(2), date: None, author: None };
        let spec = ShelfSpec { columns: Some(columns), header: Some(false), highest: None };
        let shelf = read_shelf(&file, &spec).unwrap();
        assert_eq!((shelf.entries[0].title.as_str(), shelf.entries[0].stars, shelf.entries[0].year), ("Heat", 4.5, Some(1995)));
        assert_eq!(shelf.spec.highest, Some(10.0));
        let wrong = ShelfSpec { columns: Some(ShelfColumns { title: 0, rating: 0, ..ShelfColumns::default() }), ..spec };
        assert!(read_shelf(&file, &wrong).unwrap_err().to_string().contains("must be another column than `title`"));
    }
}
