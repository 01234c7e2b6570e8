//! Divides the training samples into forget set and retain set.

use super::activity::{Activity, by_activity};
use super::forget_spec::ForgetSpec;
use super::interaction::Dataset;
use super::split::{FORGET_SEED, Sample, Split, draw_users};
use crate::{Error, Result};
use std::collections::{BTreeSet, HashSet};

/// The fields of a spec, for messages.
const FIELDS: &str = "users, items, genre, interest, words, interactions, standard, percent, core, edge, any";
/// Largest number of simultaneous requests.
const MAX_REQUESTS: usize = 1000;

/// The rule that an empty forget set breaks.
const NOTHING: &str = "must select at least one training sample";

/// The forget set and the retain set, as ascending indices into [`Split::train`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The forget set.
    pub forget: Vec<u32>,
    /// The retain set.
    pub retain: Vec<u32>,
}

/// Applies a forget spec. The standard set must be asked for by name: a request that names nothing is a mistake.
///
/// # Errors
/// If no field is set or more than one, a name is unknown, or the forget set or the retain set would be empty.
pub fn select(split: &Split, dataset: &Dataset, spec: &ForgetSpec) -> Result<Selection> {
    let asked = named(spec);
    if asked.len() > 1 {
        let rule = format!("exactly one of {FIELDS} may be set");
        return Err(Error::setting("forget", rule, asked.join(", ")));
    }
    if asked.is_empty() && spec.standard.is_none() {
        let rule = format!("must name what to forget, by one of {FIELDS}; {{\"standard\": true}} is the paper's 20 % of users");
        return Err(Error::setting("forget", rule, "none of them"));
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
        let n_rated = || dataset.interactions.iter().filter(|row| chosen.contains(&row.user)).count();
        let selection = divide(split, "forget.users", users, |sample| chosen.contains(&sample.user));
        selection.map_err(|error| never_learned(error, &listed("user", users), n_rated()))
    } else if let Some(items) = &spec.items {
        let rated = dataset.interactions.iter().map(|row| row.item);
        let known: HashSet<u32> = rated.chain(dataset.items.iter().map(|item| item.id)).collect();
        let chosen = known_only("forget.items", "item", items, &known)?;
        let n_rated = || dataset.interactions.iter().filter(|row| chosen.contains(&row.item)).count();
        let selection = divide(split, "forget.items", items, |sample| chosen.contains(&sample.item));
        selection.map_err(|error| never_learned(error, &listed("item", items), n_rated()))
    } else if let Some((user, genre)) = &spec.interest {
        let genre = genre_of(dataset, "forget.interest", genre)?;
        let chosen = of_genre(dataset, genre);
        let of_user = dataset.interactions.iter().filter(|row| row.user == *user);
        let n_rated = || of_user.clone().filter(|row| chosen.contains(&row.item)).count();
        if of_user.clone().next().is_none() {
            return Err(Error::setting("forget.interest", "every user must be in the data set", user));
        }
        let selection = divide(split, "forget.interest", genre, |sample| sample.user == *user && chosen.contains(&sample.item));
        selection.map_err(|error| never_learned(error, &format!("{genre} of user {user} has"), n_rated()))
    } else if let Some(words) = &spec.words {
        let chosen = with_words(dataset, words)?;
        let n_rated = || dataset.interactions.iter().filter(|row| chosen.contains(&row.item)).count();
        let selection = divide(split, "forget.words", words, |sample| chosen.contains(&sample.item));
        selection.map_err(|error| never_learned(error, "items with these words have", n_rated()))
    } else if let Some(genre) = &spec.genre {
        let genre = genre_of(dataset, "forget.genre", genre)?;
        let chosen = of_genre(dataset, genre);
        let n_rated = || dataset.interactions.iter().filter(|row| chosen.contains(&row.item)).count();
        let selection = divide(split, "forget.genre", genre, |sample| chosen.contains(&sample.item));
        selection.map_err(|error| never_learned(error, &format!("{genre} has"), n_rated()))
    } else if let Some(pairs) = &spec.interactions {
        let known: HashSet<(u32, u32)> = split.train.iter().map(|sample| (sample.user, sample.item)).collect();
        if let Some((user, item)) = pairs.iter().find(|pair| !known.contains(pair)) {
            let rule = "must be training samples: the model never learned from any other";
            return Err(Error::setting("forget.interactions", rule, format!("user {user}, item {item}")));
        }
        let chosen: HashSet<(u32, u32)> = pairs.iter().copied().collect();
        divide(split, "forget.interactions", pairs, |sample| chosen.contains(&(sample.user, sample.item)))
    } else if let Some(percent) = spec.percent {
        let percent = share("forget.percent", percent)?;
        let users = draw_users(&split.train_users, percent, spec.shuffle.unwrap_or(FORGET_SEED));
        let chosen: HashSet<u32> = users.iter().copied().collect();
        divide(split, "forget.percent", &percent, |sample| chosen.contains(&sample.user))
    } else if let Some(percent) = spec.core {
        let chosen = by_activity(split, Activity::Most, share("forget.core", percent)?);
        divide(split, "forget.core", &percent, |sample| chosen.contains(&sample.user))
    } else if let Some(percent) = spec.edge {
        let chosen = by_activity(split, Activity::Least, share("forget.edge", percent)?);
        divide(split, "forget.edge", &percent, |sample| chosen.contains(&sample.user))
    } else if spec.standard == Some(false) {
        Err(Error::setting("forget.standard", "must be true, or another field must say what to forget", false))
    } else {
        let chosen: HashSet<u32> = split.standard_forget_users.iter().copied().collect();
        divide(split, "forget.standard", &split.standard_forget_users, |sample| chosen.contains(&sample.user))
    }
}

/// A percentage of users that leaves some.
fn share(what: &str, percent: u32) -> Result<u32> {
    if (1..=90).contains(&percent) { Ok(percent) } else { Err(Error::setting(what, "must be between 1 and 90", percent)) }
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
    let rows = |(k, spec): (usize, &ForgetSpec)| Ok(select(split, dataset, spec).map_err(|error| in_request(k, error))?.forget);
    any.iter().enumerate().map(rows).collect()
}

/// Names the request, counted from 0, in an error about it.
fn in_request(k: usize, error: Error) -> Error {
    match error {
        Error::Setting { what, rule, value } => {
            Error::Setting { what: what.replacen("forget", &format!("forget.any[{k}]"), 1), rule, value }
        }
        other => other,
    }
}

fn known_only(what: &str, kind: &str, ids: &[u32], known: &HashSet<u32>) -> Result<HashSet<u32>> {
    match ids.iter().find(|id| !known.contains(id)) {
        Some(id) => Err(Error::setting(what, format!("every {kind} must be in the data set"), id)),
        None => Ok(ids.iter().copied().collect()),
    }
}

/// The items of a genre.
fn of_genre(dataset: &Dataset, genre: &String) -> HashSet<u32> {
    dataset.items.iter().filter(|item| item.genres.contains(genre)).map(|item| item.id).collect()
}

/// The items with one of the words in title or genres. A word may itself be several words.
///
/// # Errors
/// If no word is given or a word has no letter or digit.
fn with_words(dataset: &Dataset, words: &[String]) -> Result<HashSet<u32>> {
    let spaced = |text: &str| {
        let parts: Vec<String> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_lowercase).collect();
        format!(" {} ", parts.join(" "))
    };
    let words: Vec<(String, &String)> = words.iter().map(|word| (spaced(word), word)).collect();
    if words.is_empty() {
        return Err(Error::setting("forget.words", "must name at least one word", "none"));
    }
    if let Some((_, word)) = words.iter().find(|(word, _)| word.trim().is_empty()) {
        return Err(Error::setting("forget.words", "every word must have a letter or a digit", word));
    }
    let has = |text: &str| {
        let text = spaced(text);
        words.iter().any(|(word, _)| text.contains(word.as_str()))
    };
    Ok(dataset.items.iter().filter(|item| has(&item.title) || item.genres.iter().any(|genre| has(genre))).map(|item| item.id).collect())
}

/// The genre of that name, in any case if only one is meant.
///
/// # Errors
/// If there is none; the error lists those that are there.
fn genre_of<'a>(dataset: &'a Dataset, what: &str, name: &str) -> Result<&'a String> {
    let all: BTreeSet<&String> = dataset.items.iter().flat_map(|item| &item.genres).collect();
    if let Some(genre) = all.get(&name.to_owned()) {
        return Ok(genre);
    }
    let is_meant = |genre: &&&String| genre.to_lowercase() == name.trim().to_lowercase();
    let mut meant = all.iter().filter(is_meant);
    if let (Some(genre), None) = (meant.next(), meant.next()) {
        return Ok(genre);
    }
    let known: Vec<&str> = all.iter().map(|genre| genre.as_str()).collect();
    let rule = if known.is_empty() {
        format!("cannot be chosen: {} has no genres", dataset.name)
    } else {
        format!("must be a genre of {} ({})", dataset.name, known.join(", "))
    };
    Err(Error::setting(what, rule, name))
}

/// Says why nothing was selected: there are ratings, but the model was not trained on them.
fn never_learned(error: Error, whose: &str, n_rated: usize) -> Error {
    match error {
        Error::Setting { what, rule, value } if rule == NOTHING && n_rated > 0 => {
            let ratings = if n_rated == 1 { "rating" } else { "ratings" };
            let why = "none among the training rows: the model never learned from them, there is nothing to forget";
            Error::Setting { what, rule: format!("{rule}; {whose} {n_rated} {ratings}, {why}"), value }
        }
        other => other,
    }
}

/// "user 3 has", "users 3, 4 have".
fn listed(kind: &str, ids: &[u32]) -> String {
    let shown: Vec<String> = ids.iter().take(5).map(u32::to_string).collect();
    let more = if ids.len() > shown.len() { ", …" } else { "" };
    let (s, have) = if ids.len() == 1 { ("", "has") } else { ("s", "have") };
    format!("{kind}{s} {}{more} {have}", shown.join(", "))
}

fn divide(split: &Split, what: &str, value: &(impl std::fmt::Debug + ?Sized), chosen: impl Fn(&Sample) -> bool) -> Result<Selection> {
    let (forget, retain): (Vec<u32>, Vec<u32>) = (0..split.train.len() as u32).partition(|idx| chosen(&split.train[*idx as usize]));
    let short = || format!("{value:?}").chars().take(80).collect::<String>();
    if forget.is_empty() {
        return Err(Error::setting(what, NOTHING, short()));
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
        ("interest", spec.interest.is_some()),
        ("words", spec.words.is_some()),
        ("interactions", spec.interactions.is_some()),
        ("standard", spec.standard == Some(true)),
        ("percent", spec.percent.is_some()),
        ("core", spec.core.is_some()),
        ("edge", spec.edge.is_some()),
        ("any", spec.any.is_some()),
    ];
    fields.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect()
}
