//! Datasets: source formats, the split, forget sets, and prompts with their tokens.

pub mod activity;
pub mod archive;
pub mod authors;
pub mod batch;
pub mod counts;
mod encoding;
mod every_nth;
pub mod forget_spec;
pub mod formats;
pub mod group;
pub mod identity;
pub mod interaction;
mod lines;
pub mod mt19937;
pub mod neighbour;
mod people;
mod place;
pub mod profile;
pub mod prompt;
mod ratings;
mod recognise;
pub mod select;
pub mod sniff;
pub mod source;
pub mod split;
mod table;
pub mod text;
mod time;
mod title;
pub mod tokenizer;
pub mod vocabulary;

pub use every_nth::every_nth;
pub use forget_spec::ForgetSpec;
pub use identity::DataHash;
