//! Which column is which: by its name, or by what stands in it.

use super::moment::Moment;
use super::number::{is_nothing, number, thumb};
use super::role::{Role, role_of};
use super::sample::Sample;
use crate::data::read_spec::ColumnSpec;
use std::collections::HashSet;

/// Numbers from here on are times: March 1973 in seconds.
const FIRST_TIME: i64 = 100_000_000;
/// The highest number that may be a rating.
const HIGHEST_RATING: f64 = 100.0;

/// The roles that the header names, each once.
pub fn named(sample: &Sample) -> Vec<Option<Role>> {
    let mut roles = vec![None; sample.n_columns];
    let Some(names) = &sample.header else { return roles };
    let mut seen = HashSet::new();
    for (role, name) in roles.iter_mut().zip(names) {
        *role = role_of(name).filter(|role| seen.insert(*role as u8));
    }
    // where a list has titles alone, they are the items
    if at(&roles, Role::Item).is_none()
        && let (Some(title), Some(_)) = (at(&roles, Role::Title), at(&roles, Role::User))
    {
        roles[title] = Some(Role::Item);
    }
    roles
}

/// The column of a role.
pub fn at(roles: &[Option<Role>], role: Role) -> Option<usize> {
    roles.iter().position(|found| *found == Some(role))
}

/// Whether a table describes items: it names their titles, and neither people nor ratings.
pub fn is_of_items(roles: &[Option<Role>]) -> bool {
    [Role::User, Role::Rating].iter().all(|role| at(roles, *role).is_none()) && at(roles, Role::Title).is_some()
}

/// The columns of a table of ratings, by names and then by contents; `None` if it is none.
pub fn of_ratings(sample: &Sample) -> Option<ColumnSpec> {
    let mut roles = named(sample);
    let facts: Vec<Facts> = (0..sample.n_columns).map(|column| Facts::of(sample, column)).collect();
    // a list of items has no ratings, whatever numbers it has
    if is_of_items(&roles) {
        return None;
    }
    let is_free = |roles: &[Option<Role>], column: usize| roles[column].is_none() && facts[column].n > 0;
    if at(&roles, Role::Time).is_none() {
        let time = (0..sample.n_columns).rev().find(|column| is_free(&roles, *column) && facts[*column].is_time);
        // small numbers are times where user, item, rating, time is the order, as in the older files of MovieLens
        let is_usual = sample.header.is_none() && sample.n_columns == 4 && facts[2].is_rating && facts[3].is_number && !facts[3].is_rating;
        let time = time.or(if is_usual { Some(3) } else { None });
        time.into_iter().for_each(|column| roles[column] = Some(Role::Time));
    }
    if at(&roles, Role::Rating).is_none() {
        let may_be: Vec<usize> = (0..sample.n_columns).filter(|column| is_free(&roles, *column) && facts[*column].is_rating).collect();
        // user, item, rating, time is the usual order
        let usual = may_be.iter().copied().find(|column| *column == 2 && at(&roles, Role::Item).is_none());
        let rating = usual.or_else(|| may_be.iter().copied().min_by_key(|column| facts[*column].n_different))?;
        roles[rating] = Some(Role::Rating);
    }
    for role in [Role::User, Role::Item] {
        if at(&roles, role).is_none() {
            let free: Vec<usize> = (0..sample.n_columns).filter(|column| is_free(&roles, *column)).collect();
            // of more columns than are needed, the row numbers of a spreadsheet or of pandas are no ids
            let n_needed = [Role::User, Role::Item].into_iter().filter(|role| at(&roles, *role).is_none()).count();
            let is_repeated = |column: &usize| free.len() > n_needed && facts[*column].n_different < facts[*column].n;
            let repeated = free.iter().copied().find(is_repeated);
            roles[repeated.or_else(|| free.first().copied())?] = Some(role);
        }
    }
    let column = |role| at(&roles, role).map(|column| column as u32);
    Some(ColumnSpec {
        user: column(Role::User)?,
        item: column(Role::Item)?,
        rating: column(Role::Rating)?,
        time: column(Role::Time),
        title: column(Role::Title),
    })
}

/// What stands in a column.
struct Facts {
    /// Number of fields that state something.
    n: usize,
    n_different: usize,
    is_time: bool,
    is_rating: bool,
    is_number: bool,
}

impl Facts {
    fn of(sample: &Sample, column: usize) -> Self {
        let fields: Vec<&str> = sample.column(column).filter(|field| !is_nothing(field)).collect();
        let is_time = |field: &&str| match Moment::parse(field) {
            Some(Moment::Known(stamp)) => number(field).is_none() || stamp.number >= FIRST_TIME,
            Some(Moment::Open(_)) => true,
            None => false,
        };
        let is_rating = |field: &&str| number(field).is_some_and(|number| number.abs() <= HIGHEST_RATING) || thumb(field).is_some();
        let is_time = !fields.is_empty() && fields.iter().all(is_time);
        let is_rating = !fields.is_empty() && !is_time && fields.iter().all(is_rating);
        let n_different = fields.iter().collect::<HashSet<_>>().len();
        let is_number = !fields.is_empty() && fields.iter().all(|field| number(field).is_some());
        Self { n: fields.len(), n_different, is_time, is_rating, is_number }
    }
}
