//! Tests of the UCSD GoodReads format: a sample written by hand from the documented field names, and every way in which it can be broken.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use unlearn_core::data::interaction::{Interaction, SourceFile};
use unlearn_core::data::source::{is_wanted, read_dataset};
use unlearn_core::error::Error;

const READS: &str = r#"{"user_id": "a1f0", "book_id": "30", "review_id": "x", "is_read": true, "rating": 5, "date_added": "Fri Apr 27 12:03:41 -0700 2012", "date_updated": "Sat Apr 28 12:03:41 -0700 2012", "read_at": "", "started_at": ""}
{"user_id": "b2e1", "book_id": "20", "is_read": false, "rating": 0, "date_added": "Fri Apr 27 12:03:42 -0700 2012", "date_updated": ""}
{"user_id": "c3d2", "book_id": "20", "is_read": true, "rating": 1, "date_added": "", "date_updated": "Thu Jan 01 00:01:00 +0000 1970"}
{"user_id": "a1f0", "book_id": "20", "is_read": true, "rating": 3, "date_added": "Thu Jan 01 01:01:00 +0100 1970", "date_updated": ""}
"#;
const BOOKS: &str = r#"{"book_id": "30", "title": "A Title (A Series, #1)", "authors": [{"author_id": "9", "role": ""}, {"author_id": "8", "role": "Illustrator"}], "publication_year": "1998", "popular_shelves": [{"count": "90", "name": "to-read"}, {"count": "40", "name": "poetry"}, {"count": "4", "name": "classics"}]}
{"book_id": "20", "title": "", "authors": [], "publication_year": "20016", "popular_shelves": []}
{"book_id": "10", "title": "Nobody rated it", "authors": [], "publication_year": "", "popular_shelves": []}
"#;

fn file(name: &str, bytes: impl AsRef<[u8]>) -> SourceFile {
    SourceFile { name: name.into(), bytes: bytes.as_ref().to_vec() }
}

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[test]
fn ratings_and_books() {
    let files = [file("in/goodreads_interactions_poetry.json", READS), file("in/goodreads_books_poetry.json", BOOKS)];
    assert!(files.iter().all(|file| is_wanted(&file.name)) && !is_wanted("goodreads_book_authors.json.gz"));
    let dataset = read_dataset(&files).expect("the sample is sound");
    assert_eq!(dataset.name, "goodreads-poetry");
    let rating = |user, item, rating, time| Interaction { user, item, rating, time };
    assert_eq!(dataset.interactions, [rating(1, 30, 5.0, 1_335_553_421), rating(2, 20, 1.0, 60), rating(1, 20, 3.0, 60)]);
    assert_eq!(dataset.items.iter().map(|item| item.id).collect::<Vec<_>>(), [20, 30], "books without a rating are left out");
    let (bare, full) = (&dataset.items[0], &dataset.items[1]);
    assert_eq!((bare.title.as_str(), bare.year, bare.genres.len()), ("book 20", None, 0));
    assert_eq!((full.title.as_str(), full.year), ("A Title (A Series, #1)", Some(1998)));
    assert_eq!(
        (full.genres.as_slice(), full.authors.as_slice()),
        (&["poetry", "classics"].map(String::from)[..], &["9", "8"].map(String::from)[..])
    );
}

#[test]
fn packed_and_under_other_names() {
    let plain = read_dataset(&[file("goodreads_interactions_x.json", READS), file("goodreads_books_x.json", BOOKS)]).expect("sound");
    let packed = read_dataset(&[file("mine.json.gz", gz(READS)), file("theirs.json.gz", gz(BOOKS))]).expect("sound");
    assert_eq!((packed.name.as_str(), &packed.interactions, &packed.items), ("goodreads", &plain.interactions, &plain.items));
}

#[test]
fn what_is_broken_is_named() {
    let reads =
        |from: &str, to: &str| [file("goodreads_interactions.json", READS.replacen(from, to, 1)), file("goodreads_books.json", BOOKS)];
    let books =
        |from: &str, to: &str| [file("goodreads_interactions.json", READS), file("goodreads_books.json", BOOKS.replacen(from, to, 1))];
    let cases = [
        (reads("\"rating\": 1", "\"rating\": "), "goodreads_interactions.json", 3, "JSON object"),
        (reads("\"rating\": 1", "\"stars\": 1"), "goodreads_interactions.json", 3, "missing field `rating`"),
        (
            reads("\"rating\": 1", "\"rating\": 6"),
            "goodreads_interactions.json",
            3,
            "rating must be a whole number from 0 (not rated) to 5",
        ),
        (reads("\"rating\": 1", "\"rating\": 1.5"), "goodreads_interactions.json", 3, "rating must be"),
        (reads("Apr 27 12:03:41", "Apr 31 12:03:41"), "goodreads_interactions.json", 1, "date_added or date_updated must be a date"),
        (reads("\"book_id\": \"30\"", "\"book_id\": \"x\""), "goodreads_interactions.json", 1, "book_id must be a whole number"),
        (reads("\"rating\": 3", "\"rating\": 3, \"rating\": 3"), "goodreads_interactions.json", 4, "duplicate field"),
        (books("\"1998\"", "\"soon\""), "goodreads_books.json", 1, "publication_year must be a whole number"),
        (books("\"book_id\": \"20\"", "\"book_id\": \"30\""), "goodreads_books.json", 2, "an item may be described once"),
    ];
    for (files, name, at, said) in cases {
        match read_dataset(&files) {
            Err(Error::Data { file, line, rule, .. }) => {
                assert_eq!((file.as_str(), line), (name, at), "{rule}");
                assert!(rule.contains(said), "{rule}");
            }
            other => panic!("{said}: {other:?}"),
        }
    }
}

#[test]
fn files_that_do_not_make_a_data_set() {
    let (reads, books) = (file("goodreads_interactions_a.json", READS), file("goodreads_books_a.json", BOOKS));
    let said = |files: &[SourceFile]| read_dataset(files).expect_err("the files are not a data set").to_string();
    assert!(said(std::slice::from_ref(&reads)).contains("must be given together with it"));
    assert!(said(std::slice::from_ref(&books)).contains("no known data set"));
    assert!(said(&[reads.clone(), books.clone(), file("goodreads_interactions_b.json", READS)]).contains("one data set at a time"));
    assert!(said(&[reads.clone(), books.clone(), file("goodreads_books_b.json", BOOKS)]).contains("one data set at a time"));
    let packed = gz(READS);
    let cut = file("goodreads_interactions_a.json.gz", &packed[..packed.len() / 2]);
    assert!(said(&[cut, books.clone()]).contains("must unpack"));
    let bomb = file("goodreads_interactions_a.json.gz", gz(&"\n".repeat(64 << 20)));
    assert!(said(&[bomb, books]).contains("unpack to at most 100 times"));
}
