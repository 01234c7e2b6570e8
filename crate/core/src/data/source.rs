//! Recognises which dataset the user's files are and reads it completely or not at all. The formats are listed in `formats`; what is in none of them is
//! read as a table (`sheet`).

use super::archive::{Limits, glance, take};
use super::formats::{DataFormat, FORMATS, Found, any_of, base, labels, listed};
use super::interaction::{Dataset, SourceFile};
use super::read_spec::ReadSpec;
use super::recognise::recognised;
use super::sheet::{About, Assumption, Look, Preview, Problem, Sheet, Unread, may_be_table};
use super::split::split;
use super::table::Table;
use crate::{Error, Result};
use std::cell::Cell;
use std::collections::HashSet;

/// Largest number of files of an archive that are looked at where none has a known name.
const MAX_TABLES: usize = 50;

/// Whether a file name, with or without folders, belongs to a dataset. Other files in a folder or an archive are ignored.
pub fn is_wanted(path: &str) -> bool {
    is_wanted_by(FORMATS, path)
}

/// Whether a file of this name identifies a dataset of a known format: it has the ratings.
pub fn has_ratings(path: &str) -> bool {
    !is_mac_double(path) && FORMATS.iter().filter_map(|format| format.files.first()).any(|file| file.has_name(base(path)))
}

/// Whether a file may be a table of ratings, or of what was rated, judged by its name and first bytes.
pub fn is_table(path: &str, start: &[u8]) -> bool {
    !is_mac_double(path) && may_be_table(path, start)
}

/// Whether a file is an archive, judged by its first bytes or its name.
pub fn is_archive(path: &str, start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || base(path).to_ascii_lowercase().ends_with(".zip")
}

/// Reads a dataset from its files, or from a single .zip as downloaded.
///
/// # Errors
/// [`Error::Data`] with file, line, rule and value for the first violation of the format.
pub fn read_dataset(files: &[SourceFile]) -> Result<Dataset> {
    read_dataset_as(files, &ReadSpec::default())
}

/// Reads a dataset as a person says. Where nothing is said, files of a known format are read as that format.
///
/// # Errors
/// As [`read_dataset`]; [`Error::Setting`] for what is said and does not fit the files.
pub fn read_dataset_as(files: &[SourceFile], spec: &ReadSpec) -> Result<Dataset> {
    read_and_tell(files, spec).map(|(dataset, _)| dataset)
}

/// [`read_dataset_as`], with what was assumed of a table in no known format.
///
/// # Errors
/// As [`read_dataset_as`].
pub fn read_and_tell(files: &[SourceFile], spec: &ReadSpec) -> Result<(Dataset, Vec<Assumption>)> {
    read_any(files, spec).map(|read| (read.dataset, read.assumed)).map_err(|unread| unread.error)
}

/// Looks at files: what they are read as, what was assumed, and what stands in the way of training.
///
/// # Errors
/// If there is nothing to show of them: none is a table.
pub fn look(files: &[SourceFile], spec: &ReadSpec) -> Result<Look> {
    match read_any(files, spec) {
        Ok(read) => {
            let problem = split(&read.dataset).err().map(|error| Problem::of(&error));
            Ok(look_of(read, problem))
        }
        Err(Unread { error, preview: Some(preview), .. }) => {
            let problem = Some(Problem::of(&error));
            Ok(look_of(Read { dataset: Dataset::default(), label: None, preview: Some(*preview), assumed: Vec::new() }, problem))
        }
        Err(Unread { error, preview: None, .. }) => Err(error),
    }
}

/// A dataset and how it was read.
struct Read {
    dataset: Dataset,
    /// The known format's name.
    label: Option<String>,
    preview: Option<Preview>,
    assumed: Vec<Assumption>,
}

fn look_of(read: Read, problem: Option<Problem>) -> Look {
    let Read { dataset, label, preview, mut assumed } = read;
    if let Some(label) = &label {
        assumed = of_format(label, preview.as_ref());
    }
    assumed.extend(dataset.notes.iter().map(|note| Assumption::new(About::Note, note)));
    let n = |ids: &mut dyn Iterator<Item = u32>| ids.collect::<HashSet<_>>().len() as u32;
    let (file, columns, rows, spec) =
        preview.map_or_else(Default::default, |preview| (preview.file, preview.columns, preview.rows, preview.spec));
    Look {
        format: label.unwrap_or_else(|| "table".into()),
        file,
        columns,
        rows,
        assumed,
        spec,
        n_ratings: dataset.interactions.len() as u32,
        n_users: n(&mut dataset.interactions.iter().map(|row| row.user)),
        n_items: n(&mut dataset.interactions.iter().map(|row| row.item)),
        problem,
    }
}

/// What is assumed of files in a known format.
fn of_format(label: &str, preview: Option<&Preview>) -> Vec<Assumption> {
    let mut assumed = vec![Assumption::new(About::Format, format!("The files are read as {label}"))];
    if let Some(preview) = preview {
        let separator = preview.spec.separator.map_or("", |separator| separator.words());
        assumed.push(Assumption::new(About::Separator, format!("Fields are separated by {separator}")));
        assumed.push(Assumption::new(About::Encoding, format!("Characters are written in {}", preview.encoding)));
    }
    assumed.push(Assumption::new(About::Scale, "Ratings are stars, up to 5"));
    assumed.push(Assumption::new(About::Threshold, format!("Liked is what is rated above {}", super::split::LIKED_ABOVE)));
    assumed
}

/// Reads a known format, or else a table.
fn read_any(files: &[SourceFile], spec: &ReadSpec) -> Result<Read, Unread> {
    let refused = if spec.is_empty() {
        match read_as(FORMATS, files) {
            Ok(known) => {
                let label = labels(std::slice::from_ref(known.format));
                return Ok(Read { dataset: known.dataset, label: Some(label), preview: known.preview, assumed: Vec::new() });
            }
            Err(refused) => Some(refused),
        }
    } else {
        None
    };
    // a list of items or people that is broken, or of other items, is not read as something else
    if let Some(Refused { error, of_format: Some(OfFormat { preview, is_ratings: false }) }) = refused {
        return Err(Unread { error, preview, has_ratings: true });
    }
    let unread = match read_table(files, spec) {
        Ok(read) => return Ok(read),
        Err(unread) => unread,
    };
    match refused {
        // the words of a known format, unless as a table the files are read further, or fail by what only a table has
        Some(Refused { error, of_format: Some(OfFormat { preview, .. }) }) => {
            let (of_format, of_table) = (place_of(&error), place_of(&unread.error));
            let is_further = unread.has_ratings && (of_table.0 > of_format.0 || (of_table.0 == of_format.0 && of_table.1));
            Err(if is_further { unread } else { Unread { error, preview, has_ratings: true } })
        }
        Some(Refused { error, of_format: None }) if !unread.has_ratings => Err(Unread { error, ..unread }),
        _ => Err(unread),
    }
}

/// The line of an error about a file, and whether it names a column.
fn place_of(error: &Error) -> (u64, bool) {
    if let Error::Data { line, column, .. } = error { (*line, !column.is_empty()) } else { (0, false) }
}

fn read_table(files: &[SourceFile], spec: &ReadSpec) -> Result<Read, Unread> {
    let tables: Vec<&SourceFile> = files.iter().filter(|file| is_table(&file.name, &file.bytes)).collect();
    let sheet = match files.iter().find(|file| is_archive(&file.name, &file.bytes)) {
        Some(archive) if tables.is_empty() => {
            let n = Cell::new(0);
            let wanted = |path: &str| {
                // by its name alone: what the bytes say is seen once they are unpacked
                let is_one = is_table(path, b"?") && n.get() < MAX_TABLES;
                n.set(n.get() + usize::from(is_one));
                is_one
            };
            let taken = take(archive, wanted, &Limits::default()).map_err(|error| Unread { error, preview: None, has_ratings: false })?;
            let tables: Vec<&SourceFile> = taken.iter().filter(|file| is_table(&file.name, &file.bytes)).collect();
            Sheet::read(&tables, spec).map_err(|unread| Unread { error: inside(archive, unread.error), ..unread })
        }
        _ => Sheet::read(&tables, spec),
    }?;
    Ok(Read { dataset: sheet.dataset, label: None, preview: Some(sheet.preview), assumed: sheet.assumed })
}

/// A dataset in a known format.
struct Known<'f> {
    dataset: Dataset,
    format: &'f DataFormat,
    preview: Option<Preview>,
}

/// Why files were not read as a known format.
#[derive(Debug)]
struct Refused {
    error: Error,
    /// If they are of a known format, of which a rule is broken.
    of_format: Option<OfFormat>,
}

/// Files of a known format that break a rule of it.
#[derive(Debug)]
struct OfFormat {
    preview: Option<Box<Preview>>,
    /// Whether it is the file with the ratings that does.
    is_ratings: bool,
}

impl Refused {
    /// What is not to be read as anything else.
    fn for_good(error: Error) -> Self {
        Self { error, of_format: Some(OfFormat { preview: None, is_ratings: false }) }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, of_format: None }
    }
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

fn read_as<'f>(formats: &'f [DataFormat], files: &[SourceFile]) -> Result<Known<'f>, Refused> {
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
                return Err(error.into());
            }
            let taken = take(archive, |path| is_wanted_by(formats, path), &Limits::default()).map_err(|error| inside(archive, error))?;
            if taken.is_empty() {
                return Err(in_archive(formats, archive).into());
            }
            read_files(formats, &taken.iter().collect::<Vec<_>>())
                .map_err(|refused| Refused { error: inside(archive, refused.error), ..refused })
        }
        [] => Err(unknown(formats, files.iter()).into()),
        [first, second, ..] => {
            Err(Error::data(&second.name, 0, format!("one archive at a time, the first is {}", first.name), &second.name).into())
        }
    }
}

fn read_files<'f>(formats: &'f [DataFormat], files: &[&SourceFile]) -> Result<Known<'f>, Refused> {
    if let Some(error) = files.iter().find_map(|file| recognised(file)) {
        return Err(Refused::for_good(error));
    }
    // the same name twice means two datasets, and choosing one would be a guess
    for (file_idx, file) in files.iter().enumerate() {
        if let Some(other) = files[..file_idx].iter().find(|other| base(&other.name) == base(&file.name)) {
            let rule = "one data set at a time, a file of the same name is there already";
            return Err(Refused::for_good(Error::data(&file.name, 0, rule, &other.name)));
        }
    }
    let mut candidates: Vec<(&DataFormat, &SourceFile)> = Vec::new();
    for format in formats {
        let first = format.files.iter().take(1);
        candidates.extend(first.flat_map(|first| files.iter().filter(|file| first.is(file))).map(|file| (format, *file)));
    }
    let Some(&(_, ratings)) = candidates.first() else { return Err(unknown(formats, files.iter().copied()).into()) };
    if let Some((_, second)) = candidates.iter().find(|(_, file)| !std::ptr::eq(*file, ratings)) {
        let rule = "one data set at a time, the first is there already";
        return Err(Refused::for_good(Error::data(&second.name, 0, rule, &ratings.name)));
    }
    let known = candidates.iter().find(|(format, ratings)| format.files.iter().take(1).all(|first| first.has_header(ratings)));
    let Some((format, _)) = known else { return Err(other_header(&candidates, ratings).into()) };
    let read = found(format, ratings, files).and_then(|found| (format.read)(&found));
    let preview = || Preview::of(ratings, &ReadSpec::default());
    let dataset = read.map_err(|error| {
        let is_ratings = matches!(&error, Error::Data { file, .. } if *file == ratings.name);
        Refused { error, of_format: Some(OfFormat { preview: preview().map(Box::new), is_ratings }) }
    })?;
    Ok(Known { dataset, format, preview: preview() })
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
    let rule = format!(
        "no known data set: give {}, or one .zip with them; or any table with a user, an item and a rating in each row",
        listed(formats)
    );
    let value = if names.is_empty() { "no such file".to_owned() } else { names.join(", ") };
    Error::data(names.first().unwrap_or(&"input"), 0, rule, value)
}

/// Prefixes an error about a file inside an archive with the archive's name.
fn inside(archive: &SourceFile, error: Error) -> Error {
    match error {
        Error::Data { file, line, column, rule, value } => {
            Error::Data { file: format!("{}!{file}", archive.name), line, column, rule, value }
        }
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
        let dataset = read_as(&formats, &files).map(|known| known.dataset).map_err(|refused| refused.error).unwrap();
        assert_eq!((dataset.name.as_str(), dataset.interactions.len(), dataset.items.len()), ("stars", 2, 1));
        assert!(is_wanted_by(&formats, "a/stars.txt") && !is_wanted("a/stars.txt"));
        let said = |files: &[SourceFile]| read_as(&formats, files).err().unwrap().error.to_string();
        assert_eq!(said(&files[..1]), "a/stars.txt:0: `titles.txt` must be given together with it, got `no such file`");
        assert!(said(&[]).contains("stars.txt and titles.txt (Stars), or one .zip"));
        assert!(said(&[files[0].clone(), file("u.data", "")]).contains("one data set at a time"));
        // Not recognised with FORMATS alone: then it is a table.
        assert_eq!(read_dataset(&files).unwrap().name, "table");
    }

    #[test]
    fn formats_with_a_file_of_the_same_name_are_told_by_its_header() {
        let formats = [FORMATS, &[OTHER]].concat();
        let said = |text: &str| read_as(&formats, &[file("ratings.csv", text)]).err().unwrap().error.to_string();
        assert!(said("\u{feff}\nwho,what\r\n1,2\r\n").contains("other must be read"));
        assert!(said("a,b\n").contains("`user_id,book_id,rating` (goodbooks-10k) or `who,what` (Other), got `a,b`"));
        assert!(said("a,\"b").contains("a quote must enclose a whole field"), "defects of the file come first");
    }
}
