//! What a person may say about how files are to be read, where what is found out by itself is not what is meant.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// How to read a table of ratings. What is left out is found out from the files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct ReadSpec {
    /// Name of the file with the ratings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What stands between two fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<Separator>,
    /// Whether the first line names the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Which column is which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<ColumnSpec>,
    /// The rating above which something is liked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The highest rating of the scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highest: Option<f64>,
    /// Whether 0 is the lowest rating; otherwise it stands for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_is_rating: Option<bool>,
    /// Whether day or month comes first in dates such as 03/04/2021.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateOrder>,
}

/// Which column is which, counted from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Who rated.
    pub user: u32,
    /// What was rated.
    pub item: u32,
    /// The rating.
    pub rating: u32,
    /// When; without it, the order of the file is the order in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<u32>,
    /// The item's title, if the table has it beside an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<u32>,
}

/// What stands between two fields of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
    /// `::`, as in MovieLens 1M.
    Colons,
    /// One or more spaces.
    Spaces,
}

/// Which part of a date comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31/12/2021.
    DayFirst,
    /// 12/31/2021.
    MonthFirst,
}

impl ReadSpec {
    /// Whether nothing is said: then files of a known format are read as that format.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ColumnSpec {
    /// The columns with their names.
    pub fn named(&self) -> [(&'static str, Option<u32>); 5] {
        [("user", Some(self.user)), ("item", Some(self.item)), ("rating", Some(self.rating)), ("time", self.time), ("title", self.title)]
    }

    /// Checks that each is there and none is named twice.
    ///
    /// # Errors
    /// If not.
    pub fn check(&self, n_columns: usize) -> Result<()> {
        let named = self.named().into_iter().filter_map(|(name, column)| Some((name, column?)));
        let mut seen: Vec<(&str, u32)> = Vec::new();
        for (name, column) in named {
            if column as usize >= n_columns {
                return Err(Error::setting(
                    &format!("columns.{name}"),
                    format!("the table has {n_columns} columns, counted from 0"),
                    column,
                ));
            }
            if let Some((other, _)) = seen.iter().find(|(_, known)| *known == column) {
                return Err(Error::setting(&format!("columns.{name}"), format!("must be another column than `{other}`"), column));
            }
            seen.push((name, column));
        }
        Ok(())
    }
}

impl Separator {
    /// All of them; of two that fit alike, the earlier is taken.
    pub const ALL: [Self; 6] = [Self::Tab, Self::Colons, Self::Pipe, Self::Semicolon, Self::Comma, Self::Spaces];

    /// The separator as it stands in a file.
    pub fn text(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Semicolon => ";",
            Self::Tab => "\t",
            Self::Pipe => "|",
            Self::Colons => "::",
            Self::Spaces => " ",
        }
    }

    /// In words, for several of them.
    pub fn words(self) -> &'static str {
        match self {
            Self::Comma => "commas",
            Self::Semicolon => "semicolons",
            Self::Tab => "tabs",
            Self::Pipe => "pipes (|)",
            Self::Colons => "double colons (::)",
            Self::Spaces => "spaces",
        }
    }

    /// Reads a separator as a person writes it: itself, or its name.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |separator: &Self| {
            separator.words().split(' ').next().is_some_and(|word| word.trim_end_matches('s') == text.trim_end_matches('s'))
        };
        match text {
            "\\t" => Some(Self::Tab),
            "colons" | "colon" => Some(Self::Colons),
            _ => Self::ALL.into_iter().find(|separator| separator.text() == text || named(separator)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_as_people_write_them() {
        for (text, expected) in [
            (",", Some(Separator::Comma)),
            ("comma", Some(Separator::Comma)),
            ("semicolons", Some(Separator::Semicolon)),
            ("tab", Some(Separator::Tab)),
            ("\\t", Some(Separator::Tab)),
            ("\t", Some(Separator::Tab)),
            ("|", Some(Separator::Pipe)),
            ("pipe", Some(Separator::Pipe)),
            ("::", Some(Separator::Colons)),
            ("colons", Some(Separator::Colons)),
            (" ", Some(Separator::Spaces)),
            ("space", Some(Separator::Spaces)),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(Separator::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn columns_are_there_and_differ() {
        let of =
            |user, item, rating, time| ColumnSpec { user, item, rating, time, title: None }.check(4).map_err(|error| error.to_string());
        assert_eq!(of(0, 3, 1, Some(2)), Ok(()));
        assert_eq!(of(0, 3, 1, Some(4)), Err("columns.time: the table has 4 columns, counted from 0, got `4`".into()));
        assert_eq!(of(0, 0, 1, None), Err("columns.item: must be another column than `user`, got `0`".into()));
    }
}
