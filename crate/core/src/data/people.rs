//! User metadata in the older MovieLens sets: rules shared by `users.dat` and `u.user`.

use super::interaction::Person;
use super::place::SourceLocation;
use crate::{Error, Result};

/// Parses the sex, `M` or `F`.
pub fn is_male(place: SourceLocation, sex: &str) -> Result<bool> {
    match sex {
        "M" => Ok(true),
        "F" => Ok(false),
        other => Err(place.error("gender must be M or F", other)),
    }
}

/// Sorts people by id, given with their line numbers, and rejects duplicates.
pub fn sorted(file: &str, mut people: Vec<(u64, Person)>) -> Result<Vec<Person>> {
    people.sort_by_key(|(line, person)| (person.id, *line));
    if let Some(pair) = people.windows(2).find(|pair| pair[0].1.id == pair[1].1.id) {
        let rule = format!("a user may be described once, first on line {}", pair[0].0);
        return Err(Error::data(file, pair[1].0, rule, format!("user {}", pair[1].1.id)));
    }
    Ok(people.into_iter().map(|(_, person)| person).collect())
}
