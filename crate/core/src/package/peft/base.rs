//! Which base an adapter belongs to.
//!
//! Two trainings on the same data have the same shapes and mostly the same name, so what this program writes has a part of the weights' hash. PEFT
//! itself writes a name on the hub or a folder's path.

use super::names::in_config;
use crate::Result;
use crate::package::manifest::{MODEL, Manifest};

/// Between the name of a package and the hash of its weights.
const HASHED: &str = "@sha256:";
/// Digits of the hash that are written.
const N_DIGITS: usize = 16;
/// Endings of names on the hub that change how the weights are stored, not which they are.
const STORED_ALIKE: [&str; 2] = ["unslothbnb4bit", "bnb4bit"];

/// What an adapter for this package calls its base: the name, and the beginning of the weights' sha256.
pub fn base_id(manifest: &Manifest) -> String {
    match manifest.files.get(MODEL).and_then(|hash| hash.get(..N_DIGITS)) {
        Some(hash) => format!("{}{HASHED}{hash}", manifest.name),
        None => manifest.name.clone(),
    }
}

/// Checks that an adapter for the base `named` belongs to the package.
///
/// # Errors
/// If the hash is another, or without a hash the name is another.
pub(super) fn check(named: &str, manifest: &Manifest) -> Result<()> {
    let (name, hash) = named.rsplit_once(HASHED).map_or((named, None), |(name, hash)| (name, Some(hash)));
    let ours = base_id(manifest);
    let fits = match (hash, manifest.files.get(MODEL)) {
        (Some(hash), Some(whole)) => hash.len() >= N_DIGITS && whole.starts_with(hash),
        _ => [Some(&manifest.name), manifest.source.as_ref()].into_iter().flatten().any(|own| short(own) == short(name)),
    };
    if fits {
        return Ok(());
    }
    let shown: String = named.chars().take(120).collect();
    let what = if hash.is_some() && short(name) == short(&manifest.name) { "another training" } else { "another base" };
    Err(in_config(format!(
        "base_model_name_or_path is `{}`, but this package is `{ours}`: the adapter was made for {what}; use it here only if you know that the weights are \
         the same (`--force`)",
        shown.escape_debug()
    )))
}

/// The comparable part of a name: the last part of a path or of a name on the hub, its letters and digits in lower case.
fn short(name: &str) -> String {
    let mut parts = name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".");
    // The hub's cache: models--OWNER--NAME/snapshots/COMMIT
    let cached = parts.clone().find(|part| part.starts_with("models--")).and_then(|part| part.rsplit("--").next());
    let last = cached.or_else(|| parts.next_back()).unwrap_or_default();
    let plain: String = last.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    STORED_ALIKE.iter().find_map(|ending| plain.strip_suffix(ending)).map_or(plain.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_by_their_last_part() {
        for name in [
            "HuggingFaceTB/SmolLM2-135M-Instruct",
            "smollm2-135m-instruct",
            "/home/me/models/SmolLM2-135M-Instruct/",
            "C:\\models\\SmolLM2_135M_Instruct",
            "/cache/hub/models--HuggingFaceTB--SmolLM2-135M-Instruct/snapshots/12fd25",
            "unsloth/SmolLM2-135M-Instruct-bnb-4bit",
            "unsloth/SmolLM2-135M-Instruct-unsloth-bnb-4bit",
        ] {
            assert_eq!(short(name), "smollm2135minstruct", "{name}");
        }
        assert_ne!(short("HuggingFaceTB/SmolLM2-135M"), short("HuggingFaceTB/SmolLM2-135M-Instruct"));
    }
}
