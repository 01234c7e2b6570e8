//! Who the people of a table are, from the lists that MovieLens has beside its ratings.

use super::ids::Numbered;
use crate::Result;
use crate::data::formats::{people_of_1m, people_of_100k};
use crate::data::interaction::{Person, SourceFile};
use crate::data::lines::Lines;

/// The people of the first list of people among some files, and its name.
///
/// # Errors
/// If a list breaks a rule of its format.
pub fn people(users: &Numbered, files: &[&SourceFile]) -> Result<Option<(Vec<Person>, String)>> {
    if !users.words.is_empty() {
        return Ok(None);
    }
    for file in files {
        let found = match kind(file) {
            Some(Kind::Of1m) => people_of_1m(file)?,
            Some(Kind::Of100k) => people_of_100k(file)?,
            None => continue,
        };
        return Ok(Some((found, file.name.clone())));
    }
    Ok(None)
}

/// Whether a file is a list of people, by its first line.
pub fn is_of_people(file: &SourceFile) -> bool {
    kind(file).is_some()
}

/// Whose list of people a file is.
enum Kind {
    Of1m,
    Of100k,
}

fn kind(file: &SourceFile) -> Option<Kind> {
    let mut lines = Lines::open(file);
    let (_, line) = lines.next_line().ok()??;
    let is_sex = |separator: &str, at: usize| {
        let fields: Vec<&str> = line.split(separator).collect();
        fields.len() == 5 && matches!(fields[at], "M" | "F")
    };
    if is_sex("::", 1) {
        return Some(Kind::Of1m);
    }
    is_sex("|", 2).then_some(Kind::Of100k)
}
