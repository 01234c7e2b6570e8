//! Tests of every data format on small hand-made examples, from files and from a .zip.

use std::io::{Cursor, Write};
use unlearn_core::data::archive::{Limits, unpack};
use unlearn_core::data::interaction::{Dataset, Interaction, Person, SourceFile};
use unlearn_core::data::source::{is_wanted, read_dataset};
use unlearn_core::error::Error;
use zip::write::SimpleFileOptions;

fn file(name: &str, bytes: impl AsRef<[u8]>) -> SourceFile {
    SourceFile { name: name.into(), bytes: bytes.as_ref().to_vec() }
}

fn zipped(files: &[SourceFile]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        writer.start_file(&file.name, SimpleFileOptions::default()).expect("zip entry starts");
        writer.write_all(&file.bytes).expect("zip entry is written");
    }
    writer.finish().expect("zip is closed").into_inner()
}

fn movielens() -> Vec<SourceFile> {
    vec![
        file("some/README.txt", "left alone"),
        file("some/ratings.csv", "userId,movieId,rating,timestamp\r\n7,2,0.5,30\r\n7,1,5.0,20\r\n"),
        file("some/movies.csv", "movieId,title,genres\r\n2,\"Heat, \"\"The\"\" (1995)\",Action|Crime\r\n1,Amélie,(no genres listed)\r\n"),
    ]
}

fn read(files: &[SourceFile]) -> Dataset {
    read_dataset(files).expect("the files are sound")
}

#[test]
fn csv_keeps_the_files_order_and_sorts_items() {
    let dataset = read(&movielens());
    assert_eq!(dataset.name, "ml-latest");
    assert_eq!(
        dataset.interactions,
        [Interaction { user: 7, item: 2, rating: 0.5, time: 30 }, Interaction { user: 7, item: 1, rating: 5.0, time: 20 }]
    );
    let [first, second] = &dataset.items[..] else { panic!("two items") };
    assert_eq!((first.id, first.title.as_str(), first.year, first.genres.len()), (1, "Amélie", None, 0));
    assert_eq!((second.id, second.title.as_str(), second.year), (2, "Heat, \"The\"", Some(1995)));
}

#[test]
fn zip_equals_its_files() {
    assert_eq!(read(&[file("download.zip", zipped(&movielens()))]), read(&movielens()));
    // the file name does not matter
    assert_eq!(read(&[file("blob", zipped(&movielens()))]), read(&movielens()));
}

#[test]
fn byte_order_mark_is_no_part_of_the_header() {
    let mut files = movielens();
    files[1].bytes.splice(0..0, *b"\xef\xbb\xbf");
    assert_eq!(read(&files), read(&movielens()));
}

#[test]
fn items_without_metadata_are_allowed() {
    let mut files = movielens();
    files[1] = file("ratings.csv", "userId,movieId,rating,timestamp\n7,99,3.5,30\n7,1,3.5,31\n");
    let dataset = read(&files);
    assert!(dataset.item(99).is_none() && dataset.item(1).is_some());
    assert_eq!(dataset.n_described(), (1, 2));
    assert!(matches!(&dataset.notes[..], [note] if note.contains("describes only 1 of 2 rated items (50 %)")), "{:?}", dataset.notes);
}

#[test]
fn ml_1m_is_latin1() {
    let dataset = read(&[
        file("ratings.dat", "1::73::5::978300760\n"),
        file("movies.dat", b"73::Mis\xe9rables, Les (1995)::Drama|Musical\n"),
        file("users.dat", "1::F::1::10::48067\n"),
    ]);
    assert_eq!((dataset.name.as_str(), dataset.interactions.len()), ("ml-1m", 1));
    assert_eq!((dataset.items[0].title.as_str(), dataset.items[0].year), ("Misérables, Les", Some(1995)));
    assert_eq!(dataset.items[0].genres, ["Drama", "Musical"]);
    assert_eq!(dataset.people, [Person { id: 1, male: false, age: "under 18".into(), job: "K-12 student".into() }]);
}

#[test]
fn ml_100k_has_genre_flags() {
    let dataset = read(&[
        file("ml-100k/u.data", "196\t242\t3\t881250949\n"),
        file("ml-100k/u.item", b"242|Kolya, La vid\xe9o (1996)|24-Jan-1997||http://example|0|0|1\n243|unknown||||1|0|0\n"),
        file("ml-100k/u.genre", "unknown|0\nAction|1\nComedy|2\n\n"),
        file("ml-100k/u.user", "2|53|F|other|94043\n1|24|M|technician|85711\n"),
        file("ml-100k/u1.base", "left alone"),
    ]);
    assert_eq!(dataset.name, "ml-100k");
    assert_eq!(dataset.people[0], Person { id: 1, male: true, age: "24".into(), job: "technician".into() });
    assert_eq!(dataset.interactions, [Interaction { user: 196, item: 242, rating: 3.0, time: 881_250_949 }]);
    assert_eq!((dataset.items[0].title.as_str(), dataset.items[0].genres.join("|")), ("Kolya, La vidéo", "Comedy".to_owned()));
    assert_eq!((dataset.items[1].title.as_str(), dataset.items[1].genres.len()), ("unknown", 0));
}

#[test]
fn goodbooks_counts_rows_as_time() {
    let dataset = read(&[
        file("ratings.csv", "user_id,book_id,rating\n9,2,4\n8,1,5\n"),
        file(
            "books.csv",
            "book_id,authors,original_publication_year,title\n1,\"A. One, B. Two\",2008.0,First\n2,Homer,-750.0,Second\n3,C,,Third\n",
        ),
    ]);
    assert_eq!(dataset.name, "goodbooks-10k");
    assert_eq!(dataset.interactions.iter().map(|row| row.time).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(dataset.items[0].authors, ["A. One", "B. Two"]);
    assert_eq!(dataset.items.iter().map(|item| item.year).collect::<Vec<_>>(), [Some(2008), Some(-750), None]);
}

/// The rule in the error message for an archive.
fn refused(archive: Vec<u8>, limits: &Limits) -> String {
    match unpack(&file("a.zip", archive), is_wanted, limits) {
        Err(Error::Data { rule, .. }) => rule,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn zip_bomb_is_refused_by_its_ratio() {
    let bomb = zipped(&[file("ratings.csv", vec![b'0'; 8 << 20]), file("movies.csv", "")]);
    assert!(bomb.len() < 64 << 10, "{} bytes", bomb.len());
    assert!(refused(bomb.clone(), &Limits::default()).contains("100 times its packed size"));
    let error = read_dataset(&[file("bomb.zip", bomb)]).expect_err("a bomb is no data set");
    assert!(
        matches!(&error, Error::Data { file, rule, .. } if file == "bomb.zip!ratings.csv" && rule.contains("at most 4 MiB")),
        "{error}"
    );
    // lines of a sound length do not help it
    let rows = format!("userId,movieId,rating,timestamp\n{}", "1,1,4.0,10\n".repeat(1 << 20));
    let bomb = zipped(&[file("ratings.csv", rows), file("movies.csv", "movieId,title,genres\n1,A,B\n")]);
    let error = read_dataset(&[file("bomb.zip", bomb)]).expect_err("a bomb is no data set").to_string();
    assert!(
        error.starts_with("bomb.zip!ratings.csv:") && error.contains("at most 100 times its size") && error.contains("unpack it"),
        "{error}"
    );
}

#[test]
fn archive_limits_hold() {
    let archive = zipped(&movielens());
    let limits = Limits::default();
    assert!(refused(archive.clone(), &Limits { file_bytes: 40, ..limits }).contains("may unpack to at most"));
    assert!(refused(archive.clone(), &Limits { total_bytes: 100, ..limits }).contains("may unpack to at most"));
    assert!(refused(archive.clone(), &Limits { n_entries: 2, ..limits }).contains("at most 2 entries"));
    assert_eq!(unpack(&file("a.zip", archive), is_wanted, &limits).expect("within limits").len(), 2);
}

#[test]
fn entries_that_lie_about_their_size_are_refused() {
    // the uncompressed size in the central directory is not trusted: set it to 1
    let mut archive = zipped(&[file("ratings.csv", vec![b'0'; 8 << 20])]);
    let central = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("there is a central directory");
    archive[central + 24..central + 28].copy_from_slice(&1_u32.to_le_bytes());
    assert!(!refused(archive, &Limits::default()).is_empty());
}

#[test]
fn damaged_archives_are_refused() {
    let archive = zipped(&movielens());
    for cut in [0, 3, 10, archive.len() / 2, archive.len() - 1] {
        assert!(read_dataset(&[file("a.zip", &archive[..cut])]).is_err(), "cut at {cut}");
    }
    // any flipped byte gives an error or exactly the same data, never a panic
    let whole = read(&movielens());
    for at in 0..archive.len() {
        let mut damaged = archive.clone();
        damaged[at] ^= 0x20;
        if let Ok(dataset) = read_dataset(&[file("a.zip", damaged)]) {
            assert_eq!(dataset.interactions, whole.interactions, "byte {at}");
            assert_eq!(dataset.items, whole.items, "byte {at}");
        }
    }
}
