//! The MovieLens 100K format: `u.data` (tabs, whole stars), `u.item` (`|`, ISO-8859-1, one flag per genre), `u.genre` (the names of the flags) and,
//! optionally, `u.user` (`|`).

use super::format::{DataFile, DataFormat, Found};
use crate::Result;
use crate::data::interaction::{Dataset, Item, Person, SourceFile};
use crate::data::lines::Lines;
use crate::data::people::{is_male, sorted};
use crate::data::place::SourceLocation;
use crate::data::ratings::{Items, Rated, Ratings};
use crate::data::title::{genres, split_year};

/// Entry in the format table.
pub const FORMAT: DataFormat = DataFormat {
    id: "movielens_100k",
    label: "ML-100K",
    note: "",
    files: &[DataFile::named("u.data"), DataFile::named("u.item"), DataFile::named("u.genre"), DataFile::named("u.user").optional()],
    read,
};

/// Number of fields in `u.item` before the genre flags: id, title, release date, video release date, address.
const N_FIELDS: usize = 5;

fn read(found: &Found) -> Result<Dataset> {
    let (ratings, movies, genre_names, users) = (found.needed(0)?, found.needed(1)?, found.needed(2)?, found.optional(3));
    let mut rows = Ratings::new(&ratings.name);
    let mut lines = Lines::open(ratings);
    while let Some((place, line)) = lines.next_line()? {
        let [user, item, rating, time] = place.fields(line, "\t", "user id, item id, rating, timestamp")?;
        let (user, item) = (place.id("user id", user)?, place.id("item id", item)?);
        rows.push(place, Rated { user, item, rating: place.whole_stars(rating)? }, place.time(time)?)?;
    }
    rows.note(lines.notes(false));

    let names = read_genre_names(genre_names)?;
    let mut items = Items::new(&movies.name);
    let mut lines = Lines::open(movies);
    while let Some((place, line)) = lines.next_line()? {
        items.push(place, read_item(place, line, &names)?);
    }
    items.note(lines.notes(false));
    let people = users.map(read_people).transpose()?.unwrap_or_default();
    Ok(Dataset { people, ..rows.into_dataset("ml-100k", Some(items))? })
}

/// Reads `u.user`.
pub fn read_people(users: &SourceFile) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    let mut lines = Lines::open(users);
    while let Some((place, line)) = lines.next_line()? {
        let [id, age, sex, job, _] = place.fields(line, "|", "user id, age, gender, occupation, zip code")?;
        let age = place.whole("age", age)?.to_string();
        people.push((place.line, Person { id: place.id("user id", id)?, male: is_male(place, sex)?, age, job: job.to_owned() }));
    }
    sorted(&users.name, people)
}

/// Reads `u.genre`: lines `name|number`, numbered from 0 in order.
fn read_genre_names(file: &SourceFile) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut lines = Lines::open(file);
    while let Some((place, line)) = lines.next_line()? {
        let [name, number] = place.fields(line, "|", "genre, number")?;
        if place.whole("genre number", number)? as usize != names.len() {
            return Err(place.error(format!("genres must be numbered in order, next is {}", names.len()), number));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn read_item(place: SourceLocation, line: &str, names: &[String]) -> Result<Item> {
    let fields: Vec<&str> = line.split('|').collect();
    let n_expected = N_FIELDS + names.len();
    if fields.len() != n_expected {
        let rule = format!("a row must have {n_expected} fields ({N_FIELDS} and one a genre), it has {}", fields.len());
        return Err(place.error(rule, line));
    }
    let mut listed = Vec::new();
    for (flag, name) in fields[N_FIELDS..].iter().zip(names) {
        match *flag {
            "0" => {}
            "1" => listed.push(name.as_str()),
            other => return Err(place.error(format!("genre flag `{name}` must be 0 or 1"), other)),
        }
    }
    let (title, year) = split_year(place.title(fields[1])?);
    Ok(Item { id: place.id("movie id", fields[0])?, title: title.to_owned(), genres: genres(&listed.join("|")), authors: Vec::new(), year })
}
