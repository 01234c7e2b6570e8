//! Divides the training samples into forget set and retain set.

use super::forget_spec::ForgetSpec;
use super::interaction::Dataset;
use super::split::{FORGET_SEED, Sample, Split, draw_users};
use crate::{Error, Result};
use std::collections::HashSet;

/// Largest number of simultaneous requests.
const MAX_REQUESTS: usize = 1000;

/// The forget set and the retain set, as ascending indices into [`Split::train`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The forget set.
    pub forget: Vec<u32>,
    /// The retain set.
    pub retain: Vec<u32>,
}

/// Applies a forget spec; an empty one selects the standard set.
///
/// # Errors
/// If more than one field is set, a name is unknown, or the forget set or the retain set would be empty.
pub fn select(split: &Split, dataset: &Dataset, spec: &ForgetSpec) -> Result<Selection> {
    let asked = named(spec);
    if asked.len() > 1 {
        let rule = "exactly one of users, items, genre, interactions, standard, percent, any may be set";
        return Err(Error::setting("forget", rule, asked.join(", ")));
    }
    if let Some(seed) = spec.shuffle.filter(|_| spec.percent.is_none()) {
        return Err(Error::setting("forget.shuffle", "needs forget.percent beside it", seed));
    }
    if let Some(any) = &spec.any {
        let chosen: HashSet<u32> = requests(split, dataset, any)?.into_iter().flatten().collect();
        let (forget, retain): (Vec<u32>, Vec<u32>) = (0..split.train.len() as u32).partition(|row| chosen.contains(row));
        if retain.is_empty() {
            return Err(Error::setting("forget.any", "must leave at least one training sample to retain", any.len()));
        }
        Ok(Selection { forget, retain })
    } else if let Some(users) = &spec.users {
        let known: HashSet<u32> = dataset.interactions.iter().map(|row| row.user).collect();
        let chosen = known_only("forget.users", "user", users, &known)?;
        divide(split, "forget.users", users, |sample| chosen.contains(&sample.user))
    } else if let Some(items) = &spec.items {
        let rated = dataset.interactions.iter().map(|row| row.item);
        let known: HashSet<u32> = rated.chain(dataset.items.iter().map(|item| item.id)).collect();
        let chosen = known_only("forget.items", "item", items, &known)?;
        divide(split, "forget.items", items, |sample| chosen.contains(&sample.item))
    } else if let Some(genre) = &spec.genre {
        let having = dataset.items.iter().filter(|item| item.genres.contains(genre)).map(|item| item.id);
        let chosen: HashSet<u32> = having.collect();
        if chosen.is_empty() {
            return Err(Error::setting("forget.genre", format!("must be a genre of {}", dataset.name), genre));
        }
        divide(split, "forget.genre", genre, |sample| chosen.contains(&sample.item))
    } else if let Some(pairs) = &spec.interactions {
        let known: HashSet<(u32, u32)> = split.train.iter().map(|sample| (sample.user, sample.item)).collect();
        if let Some((user, item)) = pairs.iter().find(|pair| !known.contains(pair)) {
            let rule = "must be training samples: the model never learned from any other";
            return Err(Error::setting("forget.interactions", rule, format!("user {user}, item {item}")));
        }
        let chosen: HashSet<(u32, u32)> = pairs.iter().copied().collect();
        divide(split, "forget.interactions", pairs, |sample| chosen.contains(&(sample.user, sample.item)))
    } else if let Some(percent) = spec.percent {
        if !(1..=90).contains(&percent) {
            return Err(Error::setting("forget.percent", "must be between 1 and 90", percent));
        }
        let users = draw_users(&split.train_users, percent, spec.shuffle.unwrap_or(FORGET_SEED));
        let chosen: HashSet<u32> = users.iter().copied().collect();
        divide(split, "forget.percent", &percent, |sample| chosen.contains(&sample.user))
    } else if spec.standard == Some(false) {
        Err(Error::setting("forget.standard", "must be true, or another field must say what to forget", false))
    } else {
        let chosen: HashSet<u32> = split.standard_forget_users.iter().copied().collect();
        divide(split, "forget.standard", &split.standard_forget_users, |sample| chosen.contains(&sample.user))
    }
}

/// The forget rows of each of several requests.
///
/// # Errors
/// If there is no request, or a request is itself a list or selects nothing.
pub fn requests(split: &Split, dataset: &Dataset, any: &[ForgetSpec]) -> Result<Vec<Vec<u32>>> {
    if !(1..=MAX_REQUESTS).contains(&any.len()) {
        return Err(Error::setting("forget.any", format!("must have 1 to {MAX_REQUESTS} requests"), any.len()));
    }
    if any.iter().any(|spec| spec.any.is_some()) {
        return Err(Error::setting("forget.any", "a request may not be a list of requests itself", any.len()));
    }
    any.iter().map(|spec| Ok(select(split, dataset, spec)?.forget)).collect()
}

fn known_only(what: &str, kind: &str, ids: &[u32], known: &HashSet<u32>) -> Result<HashSet<u32>> {
    match ids.iter().find(|id| !known.contains(id)) {
        Some(id) => Err(Error::setting(what, format!("every {kind} must be in the data set"), id)),
        None => Ok(ids.iter().copied().collect()),
    }
}

fn divide(split: &Split, what: &str, value: &(impl std::fmt::Debug + ?Sized), chosen: impl Fn(&Sample) -> bool) -> Result<Selection> {
    let (forget, retain): (Vec<u32>, Vec<u32>) = (0..split.train.len() as u32).partition(|idx| chosen(&split.train[*idx as usize]));
    let short = || format!("{value:?}").chars().take(80).collect::<String>();
    if forget.is_empty() {
        return Err(Error::setting(what, "must select at least one training sample", short()));
    }
    if retain.is_empty() {
        return Err(Error::setting(what, "must leave at least one training sample to retain", short()));
    }
    Ok(Selection { forget, retain })
}

/// The fields of a spec that are set.
fn named(spec: &ForgetSpec) -> Vec<&'static str> {
    let fields = [
        ("users", spec.users.is_some()),
        ("items", spec.items.is_some()),
        ("genre", spec.genre.is_some()),
        ("interactions", spec.interactions.is_some()),
        ("standard", spec.standard == Some(true)),
        ("percent", spec.percent.is_some()),
        ("any", spec.any.is_some()),
    ];
    fields.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect()
}
