//! The ratings of a table: every row is read, left out with a reason, or refused with its place.

use super::cells::Cells;
use super::dropped::Dropped;
use super::ids::{Ids, Numbered};
use super::moment::{Moment, OpenDate};
use super::number::{is_nothing, number, thumb};
use super::sample::Sample;
use super::scale::{Scale, Seen};
use crate::data::interaction::SourceFile;
use crate::data::place::SourceLocation;
use crate::data::ratings::{Rated, Ratings};
use crate::data::read_spec::{ColumnSpec, DateOrder, ReadSpec};
use crate::data::row::Row;
use crate::data::time::Stamp;
use crate::{Error, Result};
use std::collections::HashMap;

/// Largest number of rows: as many as of a data set in a known format.
const MAX_ROWS: usize = 50_000_000;

/// The rows of a table as they are read.
struct Raw {
    user: u32,
    item: u32,
    rating: f64,
    time: Option<Moment>,
    line: u32,
}

/// The ratings of a table with everything that was found out about them.
pub struct Rows<'a> {
    /// The ratings, in half stars.
    pub ratings: Ratings<'a>,
    /// Number of ratings that are kept, before those given twice are left out.
    pub n: usize,
    /// The people.
    pub users: Numbered,
    /// The items.
    pub items: Numbered,
    /// Titles that stand beside the items' ids, by number of the item, with the first line that has them.
    pub titles: HashMap<u32, (String, u64)>,
    /// The scale of the ratings.
    pub scale: Scale,
    /// What was seen of the ratings.
    pub seen: Seen,
    /// Whether 0 stood for no rating.
    pub zero_is_nothing: bool,
    /// How the times are written.
    pub times: Times,
    /// Rows that were left out.
    pub dropped: Dropped,
    /// How the characters are written.
    pub encoding: &'static str,
}

/// How a table states its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Not at all: the rows' order is that of time.
    Order,
    /// As numbers since 1970.
    Numbers(&'static str),
    /// As dates that begin with the year, or have words.
    Dates,
    /// As dates whose day and month are in this order.
    Open(DateOrder),
}

/// Reads the ratings of a table.
///
/// # Errors
/// [`Error::Data`] with line, column, rule and value for the first row that cannot be read.
pub fn read<'a>(file: &'a SourceFile, sample: &Sample, columns: &ColumnSpec, spec: &ReadSpec) -> Result<Rows<'a>> {
    columns.check(sample.n_columns)?;
    let in_time = |error: Error| error.in_column(&sample.name_of(columns.time.unwrap_or_default() as usize));
    let (mut users, mut items, mut titles) = (Ids::default(), Ids::default(), HashMap::new());
    let (mut raw, mut dropped, mut has_thumbs) = (Vec::new(), Dropped::default(), false);
    let mut cells = Cells::open(file, sample.separator);
    let mut is_header = sample.header.is_some();
    while let Some((place, row)) = cells.next_row()? {
        if std::mem::take(&mut is_header) {
            continue;
        }
        if row.n() != sample.n_columns {
            let rule =
                format!("a row must have {} columns with {} between them, it has {}", sample.n_columns, sample.separator.words(), row.n());
            return Err(place.error(rule, row.fields().collect::<Vec<_>>().join(sample.separator.text())));
        }
        if let Some(why) = missing(row, columns) {
            dropped.add(why, place.line);
            continue;
        }
        let (user, item) = (users.place(&row[columns.user as usize]), items.place(&row[columns.item as usize]));
        if let Some(title) = columns.title.map(|title| row[title as usize].trim()).filter(|title| !is_nothing(title)) {
            titles.entry(item).or_insert_with(|| (title.to_owned(), place.line));
        }
        let text = &row[columns.rating as usize];
        let rating = rating(&place, text).map_err(|error| error.in_column(&sample.name_of(columns.rating as usize)))?;
        has_thumbs |= number(text).is_none();
        let time = time(&place, row, columns).map_err(in_time)?;
        if raw.len() == MAX_ROWS {
            return Err(place.error(format!("a data set may have at most {MAX_ROWS} ratings"), "one more"));
        }
        raw.push(Raw { user, item, rating, time, line: u32::try_from(place.line).unwrap_or(u32::MAX) });
    }
    let zero_is_nothing = leave_out_zeros(&mut raw, spec, &mut dropped);
    let mut seen = Seen::default();
    raw.iter().for_each(|row| seen.add(row.rating, u64::from(row.line)));
    seen.has_thumbs = has_thumbs;
    if raw.is_empty() {
        return Err(Error::data(&file.name, 0, "file must hold at least one rating", told_empty(&dropped)));
    }
    let scale = Scale::of(&file.name, &seen, spec).map_err(|error| error.in_column(&sample.name_of(columns.rating as usize)))?;
    let clock = Clock::of(file, &mut raw, columns, spec, &mut dropped);
    let clock = clock.map_err(in_time)?;
    let (users, items) = (users.numbered(), items.numbered());
    let has_words = !users.words.is_empty() || !items.words.is_empty();
    let mut ratings = Ratings::new(&file.name);
    if has_words {
        ratings = ratings.without_ids();
    }
    let mut unit = None;
    for row in &raw {
        let place = SourceLocation { file: &file.name, line: u64::from(row.line), is_open: false };
        let rated = Rated { user: users.of_place(row.user), item: items.of_place(row.item), rating: scale.stars(row.rating) };
        match clock.stamp(&place, row.time).map_err(in_time)? {
            Some(stamp) => {
                unit = unit.or(stamp.unit);
                ratings.push(place, rated, stamp).map_err(in_time)?;
            }
            None => ratings.push_next(place, rated)?,
        }
    }
    let times = match clock {
        Clock::Order => Times::Order,
        Clock::Stated { order: Some(order) } => Times::Open(order),
        Clock::Stated { order: None } => {
            let first = raw.first().and_then(|row| row.time);
            let is_number = sample
                .column(columns.time.unwrap_or_default() as usize)
                .find(|field| !is_nothing(field))
                .is_some_and(|field| number(field).is_some());
            match (first, unit) {
                (Some(Moment::Known(_)), Some(unit)) if is_number => Times::Numbers(unit.name()),
                _ => Times::Dates,
            }
        }
    };
    ratings.note(cells.notes());
    let titles = titles.into_iter().map(|(place, title)| (items.of_place(place), title)).collect();
    Ok(Rows { n: raw.len(), ratings, users, items, titles, scale, seen, zero_is_nothing, times, dropped, encoding: cells.encoding() })
}

/// Why a row cannot be used, if a field of it states nothing.
fn missing(row: &Row, columns: &ColumnSpec) -> Option<&'static str> {
    let is_empty = |column: u32| is_nothing(&row[column as usize]);
    if is_empty(columns.user) {
        Some("no user")
    } else if is_empty(columns.item) {
        Some("no item")
    } else if is_empty(columns.rating) {
        Some("no rating")
    } else {
        None
    }
}

fn rating(place: &SourceLocation, text: &str) -> Result<f64> {
    let found = number(text).or_else(|| thumb(text).map(|is_up| f64::from(u8::from(is_up))));
    found.ok_or_else(|| place.error("a rating must be a number, or a word for liked or not such as `up` and `down`", text))
}

fn time(place: &SourceLocation, row: &Row, columns: &ColumnSpec) -> Result<Option<Moment>> {
    let Some(text) = columns.time.map(|time| &row[time as usize]).filter(|text| !is_nothing(text)) else { return Ok(None) };
    let rule = "a time must be a number of seconds since 1970 (or milliseconds, in every row), or a date such as 2021-03-04, 2021-03-04T05:06:07Z or 31/12/2021";
    Moment::parse(text).map(Some).ok_or_else(|| place.error(rule, text))
}

/// Leaves out ratings of 0 where they stand for none; whether they do.
fn leave_out_zeros(raw: &mut Vec<Raw>, spec: &ReadSpec, dropped: &mut Dropped) -> bool {
    let mut seen = Seen::default();
    raw.iter().for_each(|row| seen.add(row.rating, 0));
    let is_nothing = spec.zero_is_rating.map_or_else(|| seen.zero_is_nothing(), |is_rating| !is_rating && seen.n_zero > 0);
    if is_nothing {
        raw.retain(|row| {
            if row.rating == 0.0 {
                dropped.add("a rating of 0, which is taken for none", u64::from(row.line));
            }
            row.rating != 0.0
        });
    }
    is_nothing
}

fn told_empty(dropped: &Dropped) -> String {
    let sentences = dropped.sentences();
    if sentences.is_empty() { "0 ratings".into() } else { sentences.join("; ") }
}

/// Where the times come from.
enum Clock {
    Order,
    /// From the fields; dates that begin with day or month are in this order.
    Stated {
        order: Option<DateOrder>,
    },
}

impl Clock {
    /// Finds out how times are stated, and leaves out rows without one if others have one.
    fn of(file: &SourceFile, raw: &mut Vec<Raw>, columns: &ColumnSpec, spec: &ReadSpec, dropped: &mut Dropped) -> Result<Self> {
        if columns.time.is_none() || raw.iter().all(|row| row.time.is_none()) {
            return Ok(Self::Order);
        }
        raw.retain(|row| {
            if row.time.is_none() {
                dropped.add("no time", u64::from(row.line));
            }
            row.time.is_some()
        });
        Ok(Self::Stated { order: order_of(file, raw, spec)? })
    }

    fn stamp(&self, place: &SourceLocation, time: Option<Moment>) -> Result<Option<Stamp>> {
        match (self, time) {
            (Self::Order, _) | (_, None) => Ok(None),
            (Self::Stated { .. }, Some(Moment::Known(stamp))) => Ok(Some(stamp)),
            (Self::Stated { order }, Some(Moment::Open(date))) => {
                let stamp = order.and_then(|order| date.stamp(order));
                stamp.map(Some).ok_or_else(|| place.error("a date must be a day that exists, from 1970 on", date.told()))
            }
        }
    }
}

/// The order of day and month, which the whole column must decide; `None` if no date needs it.
fn order_of(file: &SourceFile, raw: &[Raw], spec: &ReadSpec) -> Result<Option<DateOrder>> {
    let open = || raw.iter().filter_map(|row| if let Some(Moment::Open(date)) = row.time { Some((row.line, date)) } else { None });
    let Some((line, first)) = open().next() else { return Ok(None) };
    if let Some(order) = spec.dates {
        return Ok(Some(order));
    }
    let mut decided: Option<(DateOrder, u32)> = None;
    for (line, date) in open() {
        match (date.only(), decided) {
            (Some(only), Some((order, earlier))) if only != order => {
                let rule = format!(
                    "day and month must be in one order: line {earlier} begins with the {}, this one with the {}",
                    begins(order),
                    begins(only)
                );
                return Err(Error::data(&file.name, u64::from(line), rule, date.told()));
            }
            (Some(only), None) => decided = Some((only, line)),
            _ => {}
        }
    }
    if decided.is_none() && open().all(|(_, date): (u32, OpenDate)| date.is_dotted) {
        return Ok(Some(DateOrder::DayFirst));
    }
    let rule = "whether day or month comes first must follow from the dates, and no date of the column is beyond the 12th: say which it is";
    decided.map(|(order, _)| Some(order)).ok_or_else(|| Error::data(&file.name, u64::from(line), rule, first.told()))
}

fn begins(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day",
        DateOrder::MonthFirst => "month",
    }
}
