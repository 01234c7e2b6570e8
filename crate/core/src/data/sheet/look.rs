//! What a person is shown of files before a model is trained on them: the first rows as read, what was assumed, and what stands in the way.

pub use super::role::Role;
use crate::Error;
use crate::data::read_spec::ReadSpec;
use serde::{Deserialize, Serialize};

/// A look at files of ratings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Look {
    /// What the files are read as: the name of a known format, or `table`.
    pub format: String,
    /// The file with the ratings.
    pub file: String,
    /// Its columns.
    pub columns: Vec<LookColumn>,
    /// Its first rows as read; empty where it is no table.
    pub rows: Vec<LookRow>,
    /// What was assumed; sentences without a final dot.
    pub assumed: Vec<Assumption>,
    /// How the files are read: what was said, and what was found out. Said again, it gives the same.
    pub spec: ReadSpec,
    /// Number of ratings that can be learned from; 0 if there is a problem.
    pub n_ratings: u32,
    /// Number of people.
    pub n_users: u32,
    /// Number of items that were rated.
    pub n_items: u32,
    /// Why no model can be trained; null if one can.
    pub problem: Option<Problem>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct LookColumn {
    /// Its name, or its place, counted from 1, such as `column 3`.
    pub name: String,
    /// What it is taken for; null if it is not used.
    pub role: Option<Role>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct LookRow {
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// Its fields, long ones cut.
    pub cells: Vec<String>,
}

/// Something that was assumed about files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Assumption {
    /// What it is about.
    pub about: About,
    /// The assumption in a sentence.
    pub text: String,
}

/// What an assumption is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The format as a whole.
    Format,
    /// What stands between fields.
    Separator,
    /// How characters are written.
    Encoding,
    /// Whether the first line names the columns.
    Header,
    /// Which column is which.
    Columns,
    /// What people and items are named by.
    Ids,
    /// How times are written, or that there are none.
    Time,
    /// From where to where ratings go.
    Scale,
    /// What is liked.
    Threshold,
    /// Rows that are left out.
    Dropped,
    /// Where titles come from.
    Items,
    /// Where it is said who is a woman or a man.
    People,
    /// What else a person should know.
    Note,
}

/// An error about a file, in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Problem {
    /// The file, or the setting that does not fit.
    pub file: String,
    /// The line, counted from 1; 0 for the whole file.
    pub line: u32,
    /// The column; empty where no single one is meant.
    pub column: String,
    /// The rule that is broken.
    pub rule: String,
    /// The value that breaks it.
    pub value: String,
    /// All of it in one line, as the command line prints it.
    pub message: String,
}

impl Problem {
    /// The parts of an error.
    pub fn of(error: &Error) -> Self {
        let message = error.to_string();
        let of = |file: &str, line: u64, column: &str, rule: &str, value: &str| Self {
            file: file.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: column.to_owned(),
            rule: rule.to_owned(),
            value: value.to_owned(),
            message: message.clone(),
        };
        match error {
            Error::Data { file, line, column, rule, value } => of(file, *line, column, rule, value),
            Error::Setting { what, rule, value } => of(what, 0, "", rule, value),
            _ => of("", 0, "", &message, ""),
        }
    }
}

impl Assumption {
    /// An assumption.
    pub fn new(about: About, text: impl Into<String>) -> Self {
        Self { about, text: text.into() }
    }
}
