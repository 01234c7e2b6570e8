//! The fuzz targets, one function per parser. Each takes arbitrary bytes and may accept or refuse them, but never panic. Accepted input must fulfil
//! what the parser promises.

pub mod adapter;
pub mod config;
pub mod data;
pub mod gguf;
pub mod manifest;
mod parts;
pub mod safetensors;
pub mod tokenizer;
mod whole;
pub mod zip;

/// The function of a target: returns whether the input was accepted.
pub type Target = fn(&[u8]) -> bool;

/// All targets of the core by name; the name is also the target's folder in `corpus`.
pub const ALL: [(&str, Target); 8] = [
    ("data", data::run),
    ("zip", zip::run),
    ("gguf", gguf::run),
    ("safetensors", safetensors::run),
    ("tokenizer", tokenizer::run),
    ("manifest", manifest::run),
    ("adapter", adapter::run),
    ("config", config::run),
];
