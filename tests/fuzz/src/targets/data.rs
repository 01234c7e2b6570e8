//! Fuzz target for data files of every format, through the single entry point that detects the format; then split, vocabulary and prompts of the data.

use super::parts::parts;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::interaction::{Dataset, SourceFile};
use unlearn_core::data::read_spec::{ReadSpec, Separator};
use unlearn_core::data::select::select;
use unlearn_core::data::source::{look, read_dataset};
use unlearn_core::data::split::split;
use unlearn_core::data::text::{Template, Wording};
use unlearn_core::data::tokenizer::ItemVocabulary;
use unlearn_core::data::vocabulary::Vocabulary;

/// Possible file names of a part; its first byte selects one, counted from `a`.
const NAMES: [&str; 20] = [
    "ratings.csv",
    "movies.csv",
    "books.csv",
    "ratings.dat",
    "movies.dat",
    "users.dat",
    "u.data",
    "u.item",
    "u.genre",
    "u.user",
    "goodreads_interactions_poetry.json",
    "goodreads_books_poetry.json",
    "reads.json.gz",
    "books.json.gz",
    "folder/other.json",
    "own.inter",
    "own.item",
    "folder/any.csv",
    "My votes",
    "films.txt",
];

/// Each part consists of one byte, which selects the file name, and the file's content.
pub fn run(bytes: &[u8]) -> bool {
    let files: Vec<SourceFile> =
        parts(bytes).into_iter().take(6).filter_map(|part| part.split_first()).map(|(n, part)| file(*n, part)).collect();
    // what a person sees of the files, as found out and with another separator
    let spec = ReadSpec { separator: Separator::ALL.get(bytes.len() % 8).copied(), threshold: Some(3.5), ..ReadSpec::default() };
    for spec in [ReadSpec::default(), spec] {
        let _ = look(&files, &spec);
    }
    read_dataset(&files).map(|dataset| used(&dataset)).is_ok()
}

fn file(n: u8, content: &[u8]) -> SourceFile {
    let name = NAMES[usize::from(n.wrapping_sub(b'a')) % NAMES.len()];
    // A part with the name of a compressed file is compressed, unless it already is.
    let bytes = if name.ends_with(".gz") && !content.starts_with(&[0x1f, 0x8b]) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(content).and_then(|()| encoder.finish()).expect("memory takes it")
    } else {
        content.to_vec()
    };
    SourceFile { name: name.into(), bytes }
}

/// Does what the page does with a data set before it loads a model.
pub fn used(dataset: &Dataset) {
    for template in [Template::Simple, Template::Compact] {
        let wording = Wording::new(template, dataset);
        (0..wording.n_units() as u32).for_each(|unit| drop(wording.text(unit)));
    }
    let Ok(split) = split(dataset) else { return };
    let json = ItemVocabulary::json_of(dataset);
    let vocabulary = Vocabulary::from(ItemVocabulary::from_json(json.as_bytes()).expect("what was written is a vocabulary"));
    for samples in [&split.train, &split.valid, &split.test] {
        let encoded = Encoded::new(samples, &split, &vocabulary);
        assert_eq!(encoded.len(), samples.len());
    }
    let standard = ForgetSpec { standard: Some(true), ..Default::default() };
    if let Ok(selection) = select(&split, dataset, &standard) {
        assert_eq!(selection.forget.len() + selection.retain.len(), split.train.len());
    }
}
