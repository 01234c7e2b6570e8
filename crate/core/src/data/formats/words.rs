//! Texts derived from the format table, for error messages, the command line's help and the page.

use super::format::{DataFile, DataFormat};

/// Joins words as `a, b or c`.
pub fn any_of(words: &[String]) -> String {
    joined(words, " or ")
}

/// The labels of all formats: `MovieLens (csv), ML-1M, …`.
pub fn labels(formats: &[DataFormat]) -> String {
    any_of(&formats.iter().map(|format| told(format, " (", ")")).collect::<Vec<_>>())
}

/// The files of all formats: `ratings.csv and movies.csv (MovieLens, csv), …`.
pub fn listed(formats: &[DataFormat]) -> String {
    let one = |format: &DataFormat| {
        let needed: Vec<String> = format.files.iter().filter(|file| !file.optional).map(|file| file.name.to_owned()).collect();
        format!("{} ({})", joined(&needed, " and "), told(format, ", ", ""))
    };
    formats.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The files that identify datasets, each once.
pub fn first_files(formats: &[DataFormat]) -> String {
    let mut names: Vec<String> = Vec::new();
    for file in formats.iter().filter_map(|format| format.files.first()) {
        if !names.iter().any(|name| name == file.name) {
            names.push(file.name.to_owned());
        }
    }
    any_of(&names)
}

fn told(format: &DataFormat, open: &str, close: &str) -> String {
    if format.note.is_empty() { format.label.to_owned() } else { format!("{}{open}{}{close}", format.label, format.note) }
}

fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{}{last}{end}", first.join(", ")),
    }
}

impl DataFile {
    /// The header as displayed: the first line of the file.
    pub fn header_text(&self) -> String {
        self.header.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::super::FORMATS;
    use super::*;

    #[test]
    fn the_table_in_words() {
        assert_eq!(
            labels(FORMATS),
            "MovieLens (csv), ML-1M and ML-10M, ML-100K, goodbooks-10k, UCSD GoodReads (JSON lines, also .gz) or RecBole (.inter)"
        );
        assert_eq!(first_files(FORMATS), "ratings.csv, ratings.dat, u.data, goodreads_interactions_….json or ….inter");
        assert!(
            listed(FORMATS)
                .starts_with("ratings.csv and movies.csv (MovieLens, csv), ratings.dat and movies.dat (ML-1M and ML-10M), u.data, u.item")
        );
    }
}
