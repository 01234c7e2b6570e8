//! Recognises which dataset the user's files are and reads it completely or not at all. The formats are listed in `formats`.

use super::archive::{Limits, glance, take};
use super::formats::{DataFormat, FORMATS, Found, any_of, base, listed};
use super::interaction::{Dataset, SourceFile};
use super::recognise::recognised;
use super::table::Table;
use crate::{Error, Result};

/// Whether a file name, with or without folders, belongs to a dataset. Other files in a folder or an archive are ignored.
pub fn is_wanted(path: &str) -> bool {
    is_wanted_by(FORMATS, path)
}

/// Whether a file is an archive, judged by its first bytes or its name.
pub fn is_archive(path: &str, start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || base(path).to_ascii_lowercase().ends_with(".zip")
}

/// Reads a dataset in any of the table's formats from its files, or from a single .zip as downloaded.
///
/// # Errors
/// [`Error::Data`] with file, line, rule and value for the first violation of the format.
pub fn read_dataset(files: &[SourceFile]) -> Result<Dataset> {
    read_as(FORMATS, files)
}

fn is_wanted_by(formats: &[DataFormat], path: &str) -> bool {
    !is_mac_double(path) && formats.iter().flat_map(|format| format.files).any(|file| file.has_name(base(path)))
}

/// Whether macOS wrote the file beside another, to keep what other systems have no place for.
fn is_mac_double(path: &str) -> bool {
    base(path).starts_with("._") || path.split(['/', '\\']).any(|folder| folder == "__MACOSX")
}

/// The error for files none of which belongs to a data set: it says what they are if that can be told from names and first bytes.
pub fn no_data_set(files: &[SourceFile]) -> Error {
    unknown(FORMATS, files.iter())
}

fn read_as(formats: &[DataFormat], files: &[SourceFile]) -> Result<Dataset> {
    let is_known = |file: &SourceFile| formats.iter().flat_map(|format| format.files).any(|known| known.is(file));
    let is_plain = |file: &&SourceFile| !is_mac_double(&file.name) && is_known(file);
    let plain: Vec<&SourceFile> = files.iter().filter(is_plain).collect();
    if !plain.is_empty() {
        return read_files(formats, &plain);
    }
    let archives: Vec<&SourceFile> = files.iter().filter(|file| is_archive(&file.name, &file.bytes)).collect();
    match archives[..] {
        [archive] => {
            // a page or a pointer may have been saved under the archive's name
            if let Some(error) = recognised(archive).filter(|_| !archive.bytes.starts_with(b"PK")) {
                return Err(error);
            }
            let taken = take(archive, |path| is_wanted_by(formats, path), &Limits::default()).map_err(|error| inside(archive, error))?;
            if taken.is_empty() {
                return Err(in_archive(formats, archive));
            }
            read_files(formats, &taken.iter().collect::<Vec<_>>()).map_err(|error| inside(archive, error))
        }
        [] => Err(unknown(formats, files.iter())),
        [first, second, ..] => {
            Err(Error::data(&second.name, 0, format!("one archive at a time, the first is {}", first.name), &second.name))
        }
    }
}

fn read_files(formats: &[DataFormat], files: &[&SourceFile]) -> Result<Dataset> {
    if let Some(error) = files.iter().find_map(|file| recognised(file)) {
        return Err(error);
    }
    // the same name twice means two datasets, and choosing one would be a guess
    for (file_idx, file) in files.iter().enumerate() {
        if let Some(other) = files[..file_idx].iter().find(|other| base(&other.name) == base(&file.name)) {
            return Err(Error::data(&file.name, 0, "one data set at a time, a file of the same name is there already", &other.name));
        }
    }
    let mut candidates: Vec<(&DataFormat, &SourceFile)> = Vec::new();
    for format in formats {
        let first = format.files.iter().take(1);
        candidates.extend(first.flat_map(|first| files.iter().filter(|file| first.is(file))).map(|file| (format, *file)));
    }
    let Some(&(_, ratings)) = candidates.first() else { return Err(unknown(formats, files.iter().copied())) };
    if let Some((_, second)) = candidates.iter().find(|(_, file)| !std::ptr::eq(*file, ratings)) {
        return Err(Error::data(&second.name, 0, "one data set at a time, the first is there already", &ratings.name));
    }
    let known = candidates.iter().find(|(format, ratings)| format.files.iter().take(1).all(|first| first.has_header(ratings)));
    let Some((format, _)) = known else { return Err(other_header(&candidates, ratings)) };
    (format.read)(&found(format, ratings, files)?)
}

/// The files of a format, without duplicates and with all required files present.
fn found<'a>(format: &DataFormat, ratings: &'a SourceFile, files: &[&'a SourceFile]) -> Result<Found<'a>> {
    let mut found = Found { files: format.files, found: Vec::new() };
    for (idx, wanted) in format.files.iter().enumerate() {
        let mut of_kind = files.iter().copied().filter(|file| wanted.is(file));
        let first = if idx == 0 { Some(ratings) } else { of_kind.next() };
        if let (true, Some(first), Some(second)) = (idx > 0, first, of_kind.next()) {
            let rule = format!("one data set at a time, a file `{}` is there already", wanted.name);
            return Err(Error::data(&second.name, 0, rule, &first.name));
        }
        found.found.push(first);
        if !wanted.optional {
            found.needed(idx)?;
        }
    }
    Ok(found)
}

/// The error for a file whose header matches no format. Defects of the file itself are reported first.
fn other_header(candidates: &[(&DataFormat, &SourceFile)], ratings: &SourceFile) -> Error {
    let table = match Table::open(ratings) {
        Ok(table) => table,
        Err(error) => return error,
    };
    let of = |(format, _): &(&DataFormat, &SourceFile)| {
        format.files.first().map(|first| format!("`{}` ({})", first.header_text(), format.label))
    };
    let rule = format!("header must have the columns {}", any_of(&candidates.iter().filter_map(of).collect::<Vec<_>>()));
    Error::data(&ratings.name, 1, rule, table.header())
}

/// The error for an archive that holds no data set.
fn in_archive(formats: &[DataFormat], archive: &SourceFile) -> Error {
    let files = glance(archive, &Limits::default());
    let files: Vec<&SourceFile> = files.iter().filter(|file| !is_mac_double(&file.name)).collect();
    if files.iter().any(|file| file.name == "[Content_Types].xml") {
        return Error::data(&archive.name, 0, "this is an Excel workbook: write its rows as ratings.csv and movies.csv", &archive.name);
    }
    if let Some(inner) = files.iter().find(|file| is_archive(&file.name, &file.bytes)) {
        return Error::data(
            &archive.name,
            0,
            "an archive inside an archive is not read: unpack the outer one and give the inner",
            &inner.name,
        );
    }
    inside(archive, unknown(formats, files.into_iter()))
}

fn unknown<'a>(formats: &[DataFormat], files: impl Iterator<Item = &'a SourceFile>) -> Error {
    let files: Vec<&SourceFile> = files.collect();
    if let Some(error) = files.iter().find_map(|file| recognised(file)) {
        return error;
    }
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let rule = format!("no known data set: give {}, or one .zip with them", listed(formats));
    let value = if names.is_empty() { "no such file".to_owned() } else { names.join(", ") };
    Error::data(names.first().unwrap_or(&"input"), 0, rule, value)
}

/// Prefixes an error about a file inside an archive with the archive's name.
fn inside(archive: &SourceFile, error: Error) -> Error {
    match error {
        Error::Data { file, line, rule, value } => Error::Data { file: format!("{}!{file}", archive.name), line, rule, value },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::formats::DataFile;
    use super::super::interaction::Item;
    use super::super::lines::Lines;
    use super::super::ratings::{Items, Rated, Ratings};
    use super::*;

    /// Rows `user item stars` with whole stars, one per line, and one title per line.
    fn read_stars(found: &Found) -> Result<Dataset> {
        let (stars, titles) = (found.needed(0)?, found.needed(1)?);
        let (mut rows, mut items) = (Ratings::new(&stars.name), Items::new(&titles.name));
        let mut lines = Lines::open(stars);
        while let Some((place, line)) = lines.next_line()? {
            let [user, item, rating] = place.fields(line, " ", "user, item, stars")?;
            let (user, item) = (place.id("user", user)?, place.id("item", item)?);
            rows.push_next(place, Rated { user, item, rating: place.whole_stars(rating)? })?;
        }
        let (mut lines, mut id) = (Lines::open(titles), 0);
        while let Some((place, line)) = lines.next_line()? {
            id += 1;
            items.push(place, Item { id, title: line.to_owned(), genres: Vec::new(), authors: Vec::new(), year: None });
        }
        rows.into_dataset("stars", Some(items))
    }

    const STARS: DataFormat = DataFormat {
        id: "stars",
        label: "Stars",
        note: "",
        files: &[DataFile::named("stars.txt"), DataFile::named("titles.txt")],
        read: read_stars,
    };

    /// A format whose first file has the same name as MovieLens's; its header distinguishes it.
    const OTHER: DataFormat = DataFormat {
        id: "other",
        label: "Other",
        note: "",
        files: &[DataFile::named("ratings.csv").with_header(&["who", "what"])],
        read: |found| Err(Error::data(&found.needed(0)?.name, 0, "other must be read", "other")),
    };

    fn file(name: &str, text: &str) -> SourceFile {
        SourceFile { name: name.into(), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_format_is_one_line_of_the_table() {
        let formats = [FORMATS, &[STARS]].concat();
        let files = [file("a/stars.txt", "1 1 5\n2 1 3\n"), file("a/titles.txt", "Heat\n"), file("a/README", "left alone")];
        let dataset = read_as(&formats, &files).unwrap();
        assert_eq!((dataset.name.as_str(), dataset.interactions.len(), dataset.items.len()), ("stars", 2, 1));
        assert!(is_wanted_by(&formats, "a/stars.txt") && !is_wanted("a/stars.txt"));
        let said = |files: &[SourceFile]| read_as(&formats, files).unwrap_err().to_string();
        assert_eq!(said(&files[..1]), "a/stars.txt:0: `titles.txt` must be given together with it, got `no such file`");
        assert!(said(&[]).contains("stars.txt and titles.txt (Stars), or one .zip"));
        assert!(said(&[files[0].clone(), file("u.data", "")]).contains("one data set at a time"));
        // Not recognised with FORMATS alone.
        assert!(read_dataset(&files).unwrap_err().to_string().contains("no known data set"));
    }

    #[test]
    fn formats_with_a_file_of_the_same_name_are_told_by_its_header() {
        let formats = [FORMATS, &[OTHER]].concat();
        let said = |text: &str| read_as(&formats, &[file("ratings.csv", text)]).unwrap_err().to_string();
        assert!(said("\u{feff}\nwho,what\r\n1,2\r\n").contains("other must be read"));
        assert!(said("a,b\n").contains("`user_id,book_id,rating` (goodbooks-10k) or `who,what` (Other), got `a,b`"));
        assert!(said("a,\"b").contains("a quote must enclose a whole field"), "defects of the file come first");
    }
}
