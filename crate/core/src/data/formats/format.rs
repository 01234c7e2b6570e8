//! The type of a row in the format table: the files of a dataset, how each is recognised, and the function that reads them.

use crate::data::interaction::{Dataset, SourceFile};
use crate::data::table::Table;
use crate::{Error, Result};

/// A data format.
#[derive(Debug, Clone, Copy)]
pub struct DataFormat {
    /// Key: the name of its source file in this folder.
    pub id: &'static str,
    /// Name for display.
    pub label: &'static str,
    /// A note for display, e.g. `JSON lines, also .gz`; empty if the label says enough.
    pub note: &'static str,
    /// Files of the format. The first contains the ratings and identifies the dataset.
    pub files: &'static [DataFile],
    /// Reads the files that were found; all required ones are present.
    pub read: fn(&Found) -> Result<Dataset>,
}

/// A file of a format.
#[derive(Debug, Clone, Copy)]
pub struct DataFile {
    /// Name of the file; for one recognised by a pattern, a name for display with `…`.
    pub name: &'static str,
    /// Whether the dataset is complete without it.
    pub optional: bool,
    /// Columns that the header must have, if another format has a file of the same name; otherwise empty.
    pub header: &'static [&'static str],
    /// How the file is recognised, if its name varies.
    pub pattern: Option<Pattern>,
}

/// How a file without a fixed name is recognised.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    /// By its name alone, as in an archive.
    pub name: fn(&str) -> bool,
    /// By its name, or by its first bytes if the name is not conclusive.
    pub file: fn(&str, &SourceFile) -> bool,
    /// Name endings of files whose first bytes are worth inspecting.
    pub endings: &'static [&'static str],
}

impl DataFile {
    /// A file of this name.
    pub const fn named(name: &'static str) -> Self {
        Self { name, optional: false, header: &[], pattern: None }
    }

    /// A file whose name follows a pattern; `name` is for display.
    pub const fn like(name: &'static str, pattern: Pattern) -> Self {
        Self { name, optional: false, header: &[], pattern: Some(pattern) }
    }

    /// The same file, distinguished by its header from another format's file of the same name.
    pub const fn with_header(mut self, header: &'static [&'static str]) -> Self {
        self.header = header;
        self
    }

    /// The same file, but optional.
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Whether a file name, without folders, matches as far as a name can tell. Case does not count, and the file may be packed as `.gz`.
    pub fn has_name(&self, base: &str) -> bool {
        self.pattern.map_or_else(|| self.is_named(base), |pattern| (pattern.name)(base))
    }

    /// Whether a file matches by name or first bytes; headers are not checked.
    pub fn is(&self, file: &SourceFile) -> bool {
        let base = base(&file.name);
        self.pattern.map_or_else(|| self.is_named(base), |pattern| (pattern.file)(base, file))
    }

    fn is_named(&self, base: &str) -> bool {
        let lower = base.to_ascii_lowercase();
        lower.strip_suffix(".gz").unwrap_or(&lower) == self.name || plain_name(base) == self.name
    }

    /// Whether the file has the header that distinguishes the format.
    pub fn has_header(&self, file: &SourceFile) -> bool {
        self.header.is_empty() || Table::open(file).is_ok_and(|table| table.has(self.header))
    }
}

/// The files of one format that were found.
#[derive(Debug)]
pub struct Found<'a> {
    /// Files of the format.
    pub files: &'static [DataFile],
    /// The files that were found, in the same order.
    pub found: Vec<Option<&'a SourceFile>>,
}

impl<'a> Found<'a> {
    /// The file at an index in the format's list, if it was found.
    pub fn optional(&self, idx: usize) -> Option<&'a SourceFile> {
        self.found.get(idx).copied().flatten()
    }

    /// The file at an index in the format's list.
    ///
    /// # Errors
    /// If it was not found.
    pub fn needed(&self, idx: usize) -> Result<&'a SourceFile> {
        self.optional(idx).ok_or_else(|| {
            let beside = self.optional(0).map_or("input", |file| &file.name);
            let name = self.files.get(idx).map_or("a file", |file| file.name);
            Error::data(beside, 0, format!("`{name}` must be given together with it"), "no such file")
        })
    }
}

/// A name as the table has it: in small letters, without what programs put behind it or in place of its end: `Ratings (1).TSV` is `ratings.csv`.
fn plain_name(base: &str) -> String {
    let mut name = base.to_ascii_lowercase();
    for end in [".gz", ".txt"] {
        let cut = name.strip_suffix(end).filter(|rest| rest.contains('.')).map(str::to_owned);
        name = cut.unwrap_or(name);
    }
    if let Some((stem, end)) = name.rsplit_once('.') {
        // a browser counts files of the same name
        let counted =
            stem.strip_suffix(')').and_then(|open| open.rsplit_once(" (")).filter(|(_, n)| n.bytes().all(|byte| byte.is_ascii_digit()));
        let end = if matches!(end, "tsv" | "tab" | "txt" | "psv") { "csv" } else { end };
        name = format!("{}.{end}", counted.map_or(stem, |(stem, _)| stem));
    }
    name
}

/// The last component of a path.
pub fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_whatever_was_put_behind_it() {
        let is = |known: &'static str, base: &str| DataFile::named(known).has_name(base);
        for base in [
            "ratings.csv",
            "Ratings.CSV",
            "ratings.tsv",
            "ratings.txt",
            "ratings.csv.txt",
            "RATINGS.csv.gz",
            "ratings (2).csv",
            "ratings.tsv.gz",
        ] {
            assert!(is("ratings.csv", base), "{base}");
        }
        assert!(is("u.data", "u.data.txt") && is("u.data", "U.DATA") && is("users.dat", "users.dat.txt"));
        for base in ["my ratings.csv", "ratings", "ratings.csv.zip", "ratings.json", "u.data2", ".txt", ".gz", ""] {
            assert!(!is("ratings.csv", base) && !is("u.data", base), "{base}");
        }
    }
}
