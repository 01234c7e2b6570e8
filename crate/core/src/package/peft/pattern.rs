//! `rank_pattern` and `alpha_pattern`: values for modules whose name ends with a regular expression. The first key that fits decides, so the order of the
//! file is kept.

use super::names::in_config;
use crate::Result;
use regex_lite::Regex;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;

/// A pattern as the file has it: keys and numbers in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries(Vec<(String, f64)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of module names and numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A compiled pattern.
#[derive(Debug, Default)]
pub(super) struct Pattern(Vec<(Regex, f64)>);

impl Pattern {
    /// Compiles the entries of the setting `name`.
    ///
    /// # Errors
    /// If a key is no regular expression that is read here.
    pub fn new(name: &str, entries: Option<Entries>) -> Result<Self> {
        let compile = |(key, value): (String, f64)| {
            // As PEFT matches: re.match(rf"(.*\.)?({key})$", module)
            let regex = Regex::new(&format!(r"^(?:.*\.)?(?:{key})$"));
            let regex =
                regex.map_err(|e| in_config(format!("{name}: the key `{}` is no pattern that is read: {e}", key.escape_debug())))?;
            Ok((regex, value))
        };
        entries.unwrap_or_default().0.into_iter().map(compile).collect::<Result<_>>().map(Self)
    }

    /// The value for a module, if a key fits.
    pub fn of(&self, module: &str) -> Option<f64> {
        self.0.iter().find(|(regex, _)| regex.is_match(module)).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_that_fits_decides() {
        let entries = serde_json::from_str(r#"{"q_proj":1,"layers.0.self_attn.q_proj":2,"^model.layers.[12].mlp.*":3,"v|o":4}"#).unwrap();
        let pattern = Pattern::new("rank_pattern", Some(entries)).unwrap();
        let found = ["model.layers.0.self_attn.q_proj", "model.layers.2.mlp.up_proj", "model.layers.3.mlp.up_proj", "a.o", "xq_proj"];
        assert_eq!(found.map(|module| pattern.of(module)), [Some(1.0), Some(3.0), None, Some(4.0), None]);
        let told = Pattern::new("alpha_pattern", Some(serde_json::from_str(r#"{"(?=q)":1}"#).unwrap())).unwrap_err().to_string();
        assert!(told.contains("alpha_pattern: the key `(?=q)` is no pattern"), "{told}");
    }
}
