//! A person or an item as a command names it: by number, or by the word that the data have, such as an e-mail address.

use crate::usage::wrong;
use anyhow::Result;
use std::error::Error;
use std::str::FromStr;
use unlearn_core::data::interaction::{Dataset, number_of};
use unlearn_core::session::Session;

/// What stands for a person or an item.
#[derive(Debug, Clone)]
pub struct Id(String);

/// What the data call people and items; empty where they are called by number.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// People.
    pub users: Vec<String>,
    /// Items.
    pub items: Vec<String>,
}

impl Names {
    /// Those of a dataset.
    pub fn of(dataset: &Dataset) -> Self {
        Self { users: dataset.user_names.clone(), items: dataset.item_names.clone() }
    }
}

impl FromStr for Id {
    type Err = Box<dyn Error + Send + Sync>;

    /// Only the data tell which words there are; but nothing, and a negative number, are no id at all.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(text.parse::<u32>().map_or_else(Into::into, |_| "must not be empty".into()));
        }
        if text.parse::<i64>().is_ok_and(|number| number < 0) {
            return Err(format!("{text} is not in 0..={}", u32::MAX).into());
        }
        Ok(Self(text.to_owned()))
    }
}

impl Id {
    /// Its number. `names` are the data's words, empty where the data have numbers; `None` before the data are read, when any word may be one.
    pub fn number(&self, what: &str, names: Option<&[String]>) -> Result<u32> {
        let is_named = names.is_none_or(|names| !names.is_empty());
        let found = names.and_then(|names| number_of(names, &self.0)).or_else(|| self.0.parse().ok());
        match found {
            Some(number) => Ok(number),
            None if names.is_none() && !self.0.is_empty() => Ok(0),
            None if is_named => Err(wrong(format!("{what}: must be one of the data, got `{}`", self.0))),
            None => Err(wrong(format!("{what}: must be a whole number, as in the data, got `{}`", self.0))),
        }
    }

    /// The numbers of several.
    pub fn numbers(ids: &[Self], what: &str, names: Option<&[String]>) -> Result<Vec<u32>> {
        ids.iter().map(|id| id.number(what, names)).collect()
    }
}

/// A user as a person reads it: by the data's word, or as `user 7`.
pub fn called(session: &Session, user: u32) -> String {
    session.dataset.user_name(user).map_or_else(|| format!("user {user}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words() {
        let id = |text: &str| text.parse::<Id>().unwrap();
        let names = ["anna@example.org", "bo@example.org"].map(str::to_owned);
        assert_eq!(id("bo@example.org").number("user", Some(&names)).unwrap(), 2);
        assert_eq!(id(" 7").number("user", Some(&[])).unwrap(), 7);
        assert!(id("x").number("user", None).is_ok(), "the data may have it");
        assert_eq!(["", " ", "-1"].map(|text| text.parse::<Id>().is_err()), [true; 3]);
        let said = |names: &[String]| id("x").number("user", Some(names)).unwrap_err().chain().map(ToString::to_string).collect::<String>();
        assert!(said(&names).contains("user: must be one of the data, got `x`"));
        assert!(said(&[]).contains("user: must be a whole number"));
    }
}
