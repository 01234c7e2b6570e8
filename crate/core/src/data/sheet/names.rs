//! Which files may hold a table, by name and first bytes: whatever is text, except what is known to be something else.

use crate::data::formats::base;
use crate::data::sniff::{FileKind, sniff};

/// Ends of names of files that are no tables, though they may be text.
const OTHERS: [&str; 30] = [
    ".md", ".html", ".htm", ".xml", ".json", ".jsonl", ".js", ".mjs", ".ts", ".css", ".py", ".r", ".rs", ".sh", ".sql", ".toml", ".yaml",
    ".yml", ".ipynb", ".pdf", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".zip", ".tar", ".tgz", ".lock", ".log",
];
/// Names, without ends, of files that explain others.
const TEXTS: [&str; 5] = ["readme", "license", "licence", "copying", "changelog"];

/// Whether a file may hold a table. The name's end and its case say nothing more than that it is something else.
pub fn may_be_table(path: &str, start: &[u8]) -> bool {
    let name = base(path).to_ascii_lowercase();
    let bare = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = bare.split('.').next().unwrap_or(bare);
    if name.starts_with('.') || OTHERS.iter().any(|end| bare.ends_with(end)) || TEXTS.contains(&stem) {
        return false;
    }
    match sniff(start) {
        Some(FileKind::Utf16 | FileKind::Gzip) => true,
        Some(_) => false,
        // text has no zero bytes
        None => !start.iter().take(1024).any(|byte| *byte == 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_may_be_a_table() {
        for name in ["Ratings.CSV", "a/ratings.tsv", "u.data.txt", "mine", "ratings (1).csv.gz", "x.dat"] {
            assert!(may_be_table(name, b"a,b\n"), "{name}");
        }
        for name in ["README.txt", ".DS_Store", "a/licence", "page.html", "model.json"] {
            assert!(!may_be_table(name, b"a,b\n"), "{name}");
        }
        assert!(
            !may_be_table("a", b"\x89PNG\0")
                && !may_be_table("a", b"%PDF-1.7")
                && !may_be_table("a", b"")
                && may_be_table("a", b"\xff\xfea\0")
        );
    }
}
