//! Reads a table of ratings among some files: finds the table, its columns and everything else that was not said, and tells what was assumed.

use super::columns::{is_of_items, named, of_ratings};
use super::describe::describe;
use super::look::{About, Assumption};
use super::people::{is_of_people, people};
use super::preview::Preview;
use super::rows::{Rows, Times, read};
use super::sample::Sample;
use super::scale::told;
use crate::data::formats::base;
use crate::data::interaction::{Dataset, SourceFile};
use crate::data::read_spec::{ColumnSpec, DateOrder, ReadSpec};
use crate::data::recognise::recognised;
use crate::{Error, Result};

/// Name of a dataset that was read from a table in no known format.
const NAME: &str = "table";

/// A table of ratings that was read.
#[derive(Debug)]
pub struct Sheet {
    /// What was read.
    pub dataset: Dataset,
    /// The beginning of the table.
    pub preview: Preview,
    /// How it was read: what was said, and what was found out.
    pub spec: ReadSpec,
    /// What was assumed.
    pub assumed: Vec<Assumption>,
}

/// Why no table of ratings was read.
#[derive(Debug)]
pub struct Unread {
    /// The reason.
    pub error: Error,
    /// The beginning of the table that could not be read whole; `None` if none was found.
    pub preview: Option<Box<Preview>>,
    /// Whether there are ratings at all, as far as that can be told.
    pub has_ratings: bool,
}

impl Unread {
    fn nothing(error: Error) -> Self {
        Self { error, preview: None, has_ratings: false }
    }
}

impl Sheet {
    /// Reads a table of ratings, and what other files say about its items and people.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn read(files: &[&SourceFile], spec: &ReadSpec) -> Result<Self, Unread> {
        let (file, sample, columns) = find(files, spec)?;
        let preview = Preview::with(file, &sample, columns.as_ref(), spec);
        let Some(columns) = columns else {
            let rule = "which columns are the user, the item and the rating must be said: they could not be found out";
            let value = preview.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Unread {
                error: Error::data(&file.name, 0, rule, value),
                preview: Some(Box::new(preview)),
                has_ratings: sample.n_columns > 2,
            });
        };
        let others: Vec<&SourceFile> = files.iter().copied().filter(|other| !std::ptr::eq(*other, file)).collect();
        Self::of(file, &sample, &columns, &others, spec, preview.clone()).map_err(|error| Unread {
            error,
            preview: Some(Box::new(preview)),
            has_ratings: true,
        })
    }

    fn of(
        file: &SourceFile,
        sample: &Sample,
        columns: &ColumnSpec,
        others: &[&SourceFile],
        spec: &ReadSpec,
        preview: Preview,
    ) -> Result<Self> {
        let rows = read(file, sample, columns, spec)?;
        let (n_users, n_liked) = (rows.ratings.users().len(), rows.ratings.n_liked());
        if n_users < 2 {
            let rule = "these are the ratings of one person alone, and a recommender learns from those of many";
            return Err(Error::data(&file.name, 0, rule, format!("{n_users} person")).in_column(&sample.name_of(columns.user as usize)));
        }
        if n_liked == 0 || n_liked == rows.n {
            let rule = format!(
                "some ratings must be above {} and some not, since a model learns what is liked from both: say from where on something is liked",
                told(rows.scale.threshold)
            );
            let value = format!("{n_liked} of {} ratings above it", rows.n);
            return Err(Error::data(&file.name, 0, rule, value).in_column(&sample.name_of(columns.rating as usize)));
        }
        let mut assumed = assumptions(&rows, sample, columns);
        let described = describe(&rows, file, others)?;
        assumed.push(Assumption::new(About::Items, described.told));
        let people = people(&rows.users, others)?;
        if let Some((people, name)) = &people {
            let text = format!("Who is a woman and who is a man is said by {name}, for {} people: fairness is between them", people.len());
            assumed.push(Assumption::new(About::People, text));
        }
        let found = ReadSpec {
            file: spec.file.clone(),
            separator: Some(sample.separator),
            header: Some(sample.header.is_some()),
            columns: Some(*columns),
            threshold: Some(rows.scale.threshold),
            highest: if rows.scale.is_thumbs { None } else { Some(rows.scale.highest) },
            zero_is_rating: if rows.seen.n_zero > 0 || rows.zero_is_nothing { Some(!rows.zero_is_nothing) } else { None },
            dates: if let Times::Open(order) = rows.times { Some(order) } else { None },
        };
        let (user_names, item_names) = (rows.users.words, rows.items.words);
        let preview = Preview { encoding: rows.encoding, spec: found.clone(), ..preview };
        let dataset =
            Dataset { people: people.unwrap_or_default().0, user_names, item_names, ..rows.ratings.into_dataset(NAME, described.items)? };
        Ok(Self { dataset, preview, spec: found, assumed })
    }
}

/// The file with the ratings, its sample and its columns, if they are known.
fn find<'a>(files: &[&'a SourceFile], spec: &ReadSpec) -> Result<Opened<'a>, Unread> {
    let take = |file: &'a SourceFile| match open(file, spec) {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => Err(Unread { has_ratings: !spec.is_empty(), ..Unread::nothing(no_table(file)) }),
        Err(error) => Err(Unread::nothing(error)),
    };
    if let Some(name) = &spec.file {
        let named = files.iter().find(|file| file.name == *name).or_else(|| files.iter().find(|file| base(&file.name) == base(name)));
        return named.map_or_else(|| Err(Unread::nothing(Error::setting("file", "must be one of the files", name))), |file| take(file));
    }
    let (mut tables, mut others, mut first_error) = (Vec::new(), Vec::new(), None);
    for file in files.iter().copied().filter(|file| !is_of_people(file)) {
        match recognised(file).map_or_else(|| Sample::of(file, &ReadSpec::default()), Err) {
            Ok(Some(sample)) if of_ratings(&sample).is_some() => tables.push(file),
            Ok(Some(sample)) if !is_of_items(&named(&sample)) => others.push(file),
            Ok(_) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    if tables.len() > 1 {
        let words = ["rating", "interaction", "vote", "review"];
        let says_so = |file: &&SourceFile| words.iter().any(|word| base(&file.name).to_lowercase().contains(word));
        let named: Vec<&SourceFile> = tables.iter().copied().filter(says_so).collect();
        if named.len() == 1 {
            tables = named;
        }
    }
    if let [first, second, ..] = tables[..] {
        let rule = "one table of ratings at a time, the first is there already: give one, or say which";
        return Err(Unread { has_ratings: true, ..Unread::nothing(Error::data(&second.name, 0, rule, &first.name)) });
    }
    // what a file is instead says more than that another has no ratings
    match (tables.first(), first_error, others.iter().max_by_key(|file| file.bytes.len())) {
        (Some(file), ..) => take(file),
        (None, Some(error), _) => Err(Unread::nothing(error)),
        (None, None, Some(file)) => take(file),
        (None, None, None) => match files {
            [file] if spec.separator.is_some() => take(file),
            _ => Err(Unread::nothing(no_table_among(files))),
        },
    }
}

type Opened<'a> = (&'a SourceFile, Sample, Option<ColumnSpec>);

fn open<'a>(file: &'a SourceFile, spec: &ReadSpec) -> Result<Option<Opened<'a>>> {
    let Some(sample) = Sample::of(file, spec)? else { return Ok(None) };
    let columns = spec.columns.or_else(|| of_ratings(&sample));
    Ok(Some((file, sample, columns)))
}

fn no_table(file: &SourceFile) -> Error {
    let rule =
        "file must be a table: a row a line, with the same number of fields in each, and commas, semicolons, tabs or pipes between them";
    Error::data(&file.name, 0, rule, "no table")
}

fn no_table_among(files: &[&SourceFile]) -> Error {
    match files {
        [] => Error::data("input", 0, "a file with ratings must be given", "no such file"),
        [file] => no_table(file),
        [first, ..] => {
            let names = files.iter().map(|file| base(&file.name)).collect::<Vec<_>>().join(", ");
            Error::data(&first.name, 0, "one of the files must be a table of ratings: user, item and rating in each row", names)
        }
    }
}

/// What was assumed about the ratings.
fn assumptions(rows: &Rows, sample: &Sample, columns: &ColumnSpec) -> Vec<Assumption> {
    let name = |column: u32| sample.name_of(column as usize);
    let mut all = vec![
        Assumption::new(About::Separator, format!("Fields are separated by {}", sample.separator.words())),
        Assumption::new(About::Encoding, format!("Characters are written in {}", rows.encoding)),
        Assumption::new(
            About::Header,
            if sample.header.is_some() {
                "The first line names the columns"
            } else {
                "The first line is a rating already: no line names the columns"
            },
        ),
    ];
    let time = columns.time.map_or_else(String::new, |time| format!(", the time {}", name(time)));
    let text = format!("The user is {}, the item {}, the rating {}{time}", name(columns.user), name(columns.item), name(columns.rating));
    all.push(Assumption::new(About::Columns, text));
    let words = match (rows.users.words.is_empty(), rows.items.words.is_empty()) {
        (true, true) => None,
        (false, true) => Some("People are"),
        (true, false) => Some("Items are"),
        (false, false) => Some("People and items are"),
    };
    if let Some(who) = words {
        all.push(Assumption::new(
            About::Ids,
            format!("{who} named by words: each gets a number for the model, and is shown as it stands in the file"),
        ));
    }
    let time = match rows.times {
        Times::Order => "There are no times: the order of the file is taken for the order in time, oldest first".to_owned(),
        Times::Numbers(unit) => format!("Times are {unit} since 1970"),
        Times::Dates => "Times are dates; without a zone they are in UTC".into(),
        Times::Open(DateOrder::DayFirst) => "Dates begin with the day: 31/12/2021".into(),
        Times::Open(DateOrder::MonthFirst) => "Dates begin with the month: 12/31/2021".into(),
    };
    all.push(Assumption::new(About::Time, time));
    let scale = &rows.scale;
    let text = if scale.is_thumbs {
        let how = if rows.seen.has_thumbs { "words".to_owned() } else { format!("{} and {}", told(scale.lowest), told(scale.highest)) };
        format!("Ratings are thumbs, up or down, written as {how}")
    } else if scale.is_stars(&rows.seen) {
        "Ratings are stars, up to 5".to_owned()
    } else {
        format!(
            "Ratings go from {} to {}; the model sees them as half stars",
            told(scale.lowest.min(rows.seen.lowest)),
            told(scale.highest)
        )
    };
    all.push(Assumption::new(About::Scale, text));
    all.push(Assumption::new(About::Threshold, format!("Liked is what is rated above {}", told(scale.threshold))));
    all.extend(rows.dropped.sentences().into_iter().map(|text| Assumption::new(About::Dropped, text)));
    all
}
