//! One function a parser, from any bytes: it may return or refuse, never panic. What is taken must hold what the parser promises.

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

/// A target's body: whether the input was taken.
pub type Target = fn(&[u8]) -> bool;

/// Every target of the core by its name, which is also its folder in `corpus`.
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
