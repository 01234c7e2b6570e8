//! What a module was compiled of, by content: where nothing of it changed, cargo need not be asked. Cargo itself cannot tell, as all modules are one crate with
//! one file name: each makes the others' stale. And two clones with the same content share their modules.

use crate::paths;
use crate::shell::{output, program};
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// Files that decide how a module is compiled, beside its sources.
const SETTINGS: [&str; 6] =
    ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml", "crate/core/Cargo.toml", "crate/web/Cargo.toml"];

/// One hash for everything but the sources: compiler, manifests, and the arguments of the command.
pub fn settings(arguments: &[String]) -> Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(output(program("rustc").arg("-vV"))?);
    for argument in arguments {
        hasher.update(format!("\n{argument}"));
    }
    for file in SETTINGS {
        hasher.update(format!("\n{file} {}", hash(&paths::root().join(file)).with_context(|| format!("cannot read {file}"))?));
    }
    Ok(hex(hasher))
}

/// Whether a note was made of these settings, and every source in it is as it was then.
pub fn unchanged(note: &Path, settings: &str, root: &Path) -> bool {
    let Ok(text) = fs::read_to_string(note) else { return false };
    let mut lines = text.lines();
    lines.next() == Some(settings)
        && lines.all(|line| line.split_once(' ').is_some_and(|(was, file)| hash(&root.join(file)).is_ok_and(|now| now == was)))
}

/// The note for what was compiled since `began`; none where a source was changed meanwhile, of which nobody knows whether it was read before or after.
pub fn note(dep_info: &Path, settings: &str, root: &Path, began: SystemTime) -> Result<Option<String>> {
    let text = fs::read_to_string(dep_info).with_context(|| format!("cannot read {}", dep_info.display()))?;
    let mut note = format!("{settings}\n");
    for path in sources(&text) {
        let path = Path::new(&path);
        if fs::metadata(path).and_then(|meta| meta.modified()).is_ok_and(|changed| changed >= began) {
            return Ok(None);
        }
        // Relative, for another clone.
        let name = path.strip_prefix(root).unwrap_or(path).display();
        writeln!(note, "{} {name}", hash(path).with_context(|| format!("cannot read {}", path.display()))?)?;
    }
    Ok(Some(note))
}

/// The files of a make rule, `module: source source`; a space in a name has a backslash before it.
fn sources(rule: &str) -> Vec<String> {
    let list = rule.lines().next().and_then(|line| line.split_once(": ")).map_or("", |(_, list)| list);
    let parts = list.replace("\\ ", "\0");
    parts.split_whitespace().map(|name| name.replace('\0', " ")).collect()
}

fn hash(file: &Path) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(fs::read(file)?);
    Ok(hex(hasher))
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{note, sources, unchanged};
    use std::fs;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_rule_names_its_sources() {
        assert_eq!(sources("/t/x.wasm: /a/lib.rs /a\\ b/c.rs\n\n/a/lib.rs:\n"), ["/a/lib.rs", "/a b/c.rs"]);
        assert!(sources("").is_empty());
    }

    #[test]
    fn a_module_is_fresh_while_sources_and_settings_are_the_same() {
        let root = std::env::temp_dir().join(format!("unlearn-lab-inputs-{}", std::process::id()));
        fs::create_dir_all(&root).expect("temporary folder");
        let (source, rule, kept) = (root.join("lib.rs"), root.join("x.d"), root.join("note"));
        fs::write(&source, "fn a() {}").expect("temporary file");
        fs::write(&rule, format!("/t/x.wasm: {}", source.display())).expect("temporary file");
        let later = SystemTime::now() + Duration::from_secs(60);
        let text = note(&rule, "settings", &root, later).expect("all can be read").expect("nothing changed since");
        assert!(text.ends_with(" lib.rs\n"), "{text}");
        fs::write(&kept, text).expect("temporary file");
        assert!(unchanged(&kept, "settings", &root));
        assert!(!unchanged(&kept, "other settings", &root));
        fs::write(&source, "fn b() {}").expect("temporary file");
        assert!(!unchanged(&kept, "settings", &root), "another source");
        fs::remove_file(&source).expect("temporary file");
        assert!(!unchanged(&kept, "settings", &root), "a source that is gone");
        fs::write(&source, "fn a() {}").expect("temporary file");
        assert!(unchanged(&kept, "settings", &root), "content counts, not time");
        let during = note(&rule, "settings", &root, SystemTime::UNIX_EPOCH).expect("all can be read");
        assert_eq!(during, None, "what was changed while it was compiled");
        fs::remove_dir_all(root).expect("temporary folder");
    }
}
