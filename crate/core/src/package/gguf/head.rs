//! What GGUF's metadata say of every tokenizer's tokens.

use super::read::Gguf;
use super::refuse::fail;
use super::value::Value;
use crate::Result;
use crate::data::text::Specials;
use serde_json::json;
use std::collections::HashSet;

/// What a file says of its tokens, whatever the tokenizer is.
pub struct Head {
    /// The tokens, as the vocabulary spells them; each is there once.
    pub tokens: Vec<String>,
    /// Their types, as the format numbers them.
    pub types: Vec<i32>,
    /// The special tokens.
    pub specials: Specials,
}

impl Head {
    /// Reads it.
    ///
    /// # Errors
    /// If the lists are inconsistent.
    pub fn read(file: &Gguf<'_>, vocab_size: usize) -> Result<Self> {
        let kinds = file.list("tokenizer.ggml.token_type")?;
        if kinds.len() != vocab_size as u64 {
            return Err(fail(format!("tokenizer.ggml.token_type must have {vocab_size} values, got {}", kinds.len())));
        }
        let (mut tokens, mut types, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for (id, (token, kind)) in file.list("tokenizer.ggml.tokens")?.values().zip(kinds.values()).enumerate() {
            let Value::Text(token) = token else { return Err(fail(format!("token {id} must be a text, got {token:?}"))) };
            if !seen.insert(token) {
                return Err(fail(format!("token {id}, `{}`, is there twice", token.escape_debug())));
            }
            tokens.push(token.to_owned());
            types.push(if let Value::Int(kind) = kind { i32::try_from(kind).unwrap_or(0) } else { 0 });
        }
        if tokens.len() != vocab_size {
            return Err(fail(format!("tokenizer.ggml.tokens must have {vocab_size} values, got {}", tokens.len())));
        }
        let special = |name: &str| -> Result<Option<u32>> {
            let key = format!("tokenizer.ggml.{name}_token_id");
            match file.int(&key)? {
                Some(id) if id as usize >= vocab_size => Err(fail(format!("`{key}` must be below {vocab_size}, got {id}"))),
                found => Ok(found),
            }
        };
        let specials = Specials { bos: special("bos")?, eos: special("eos")?, pad: special("padding")?, unk: special("unknown")? };
        Ok(Self { tokens, types, specials })
    }
}

/// The post-processor that puts a token before every text.
pub fn begin_with(id: u32, token: &str) -> serde_json::Value {
    let (bos, text) = (
        json!({ "SpecialToken": { "id": token, "type_id": 0 } }),
        |name: &str, of: u32| json!({ "Sequence": { "id": name, "type_id": of } }),
    );
    json!({
        "type": "TemplateProcessing", "single": [bos, text("A", 0)], "pair": [bos, text("A", 0), text("B", 1)],
        "special_tokens": { token: { "id": token, "ids": [id], "tokens": [token] } },
    })
}
