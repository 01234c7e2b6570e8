//! One person's own ratings: exports of other programs and lists, matched to a data set's items by title and year, and added to it as one more person.
//!
//! Nothing here trains. What cannot be read is an error with its place; what is doubtful is said, one title at a time, so that a person can decide.

mod columns;
mod fold;
mod grid;
mod json;
mod matching;
mod person;
mod read;
mod records;
mod services;

pub use columns::{ShelfColumns, ShelfSpec};
pub use matching::{Certainty, Match, Titles};
pub use person::{MIN_RATINGS, Person, PersonRating, Placed, place};
pub use read::{Entry, Shelf, read_shelf};
