//! The table of data formats: one file and one line for each. Reading, error messages, command-line help and the page's texts are derived
//! from it.

mod format;
mod goodbooks;
mod goodreads;
mod movielens_100k;
mod movielens_1m;
mod movielens_csv;
mod recbole;
mod words;

pub use format::{DataFile, DataFormat, Found, base};
pub use movielens_1m::read_people as people_of_1m;
pub use movielens_100k::read_people as people_of_100k;
pub use words::{any_of, first_files, labels, listed};

/// All formats, in the order in which messages name them.
pub const FORMATS: &[DataFormat] =
    &[movielens_csv::FORMAT, movielens_1m::FORMAT, movielens_100k::FORMAT, goodbooks::FORMAT, goodreads::FORMAT, recbole::FORMAT];
