//! The MovieLens 1M and 10M format: `ratings.dat`, `movies.dat` and, in 1M alone, `users.dat`; `::` between fields. 1M is in ISO-8859-1 with whole
//! stars, 10M in UTF-8 with half stars.

use super::format::{DataFile, DataFormat, Found};
use crate::Result;
use crate::data::interaction::{Dataset, Item, Person, SourceFile};
use crate::data::lines::Lines;
use crate::data::people::{is_male, sorted};
use crate::data::ratings::{Items, Rated, Ratings};
use crate::data::title::{genres, split_year};

/// Entry in the format table.
pub const FORMAT: DataFormat = DataFormat {
    id: "movielens_1m",
    label: "ML-1M and ML-10M",
    note: "",
    files: &[DataFile::named("ratings.dat"), DataFile::named("movies.dat"), DataFile::named("users.dat").optional()],
    read,
};

/// Age ranges by their codes.
const AGES: [(&str, &str); 7] =
    [("1", "under 18"), ("18", "18-24"), ("25", "25-34"), ("35", "35-44"), ("45", "45-49"), ("50", "50-55"), ("56", "56+")];
/// Occupations by number.
const JOBS: [&str; 21] = [
    "other",
    "educator",
    "artist",
    "clerk",
    "college student",
    "customer service",
    "doctor",
    "executive",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales",
    "scientist",
    "self-employed",
    "engineer",
    "tradesman",
    "unemployed",
    "writer",
];

fn read(found: &Found) -> Result<Dataset> {
    let (ratings, movies, users) = (found.needed(0)?, found.needed(1)?, found.optional(2));
    let mut rows = Ratings::new(&ratings.name);
    let mut has_halves = false;
    let mut lines = Lines::open(ratings);
    while let Some((place, line)) = lines.next_line()? {
        let [user, item, rating, time] = place.fields(line, "::", "UserID::MovieID::Rating::Timestamp")?;
        let (user, item, rating) = (place.id("UserID", user)?, place.id("MovieID", item)?, place.half_stars(rating)?);
        has_halves |= rating.fract() != 0.0;
        rows.push(place, Rated { user, item, rating }, place.time(time)?)?;
    }
    rows.note(lines.notes(false));

    let mut items = Items::new(&movies.name);
    let mut lines = Lines::open(movies);
    while let Some((place, line)) = lines.next_line()? {
        let [id, full, listed] = place.fields(line, "::", "MovieID::Title::Genres")?;
        let (title, year) = split_year(place.title(full)?);
        let id = place.id("MovieID", id)?;
        items.push(place, Item { id, title: title.to_owned(), genres: genres(listed), authors: Vec::new(), year });
    }
    items.note(lines.notes(false));
    let people = users.map(read_people).transpose()?.unwrap_or_default();
    let name = if has_halves { "ml-10m" } else { "ml-1m" };
    Ok(Dataset { people, ..rows.into_dataset(name, Some(items))? })
}

/// Reads `users.dat`.
pub fn read_people(users: &SourceFile) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    let mut lines = Lines::open(users);
    while let Some((place, line)) = lines.next_line()? {
        let [id, sex, age, job, _] = place.fields(line, "::", "UserID::Gender::Age::Occupation::Zip-code")?;
        let known = AGES.iter().find(|(code, _)| *code == age);
        let age = known.ok_or_else(|| place.error("Age must be one of the codes 1, 18, 25, 35, 45, 50, 56", age))?.1.to_owned();
        let known = JOBS.get(place.whole("Occupation", job)? as usize);
        let job = (*known.ok_or_else(|| place.error("Occupation must be from 0 to 20", job))?).to_owned();
        people.push((place.line, Person { id: place.id("UserID", id)?, male: is_male(place, sex)?, age, job }));
    }
    sorted(&users.name, people)
}
