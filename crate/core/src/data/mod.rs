//! Data sources, the split and the prompt.

pub mod archive;
pub mod authors;
pub mod batch;
pub mod counts;
mod goodbooks;
mod goodreads;
pub mod group;
pub mod interaction;
mod lines;
mod movielens_100k;
mod movielens_1m;
mod movielens_csv;
pub mod mt19937;
pub mod neighbour;
mod people;
pub mod profile;
pub mod prompt;
mod ratings;
mod select;
pub mod source;
pub mod split;
mod table;
pub mod text;
mod title;
pub mod tokenizer;
pub mod vocabulary;
