//! Tests that one data set gives the same ratings and items in every form in which people have it: as other programs save it, packed, and as another
//! system's archive.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use unlearn_core::data::archive::{Limits, take, unpack};
use unlearn_core::data::interaction::{Dataset, SourceFile};
use unlearn_core::data::source::{is_wanted, read_dataset};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// User, item, half stars from 1 to 10, time: every user rates 11 of the 14 items, in an order of its own.
fn rows() -> Vec<(u32, u32, u32, u64)> {
    let of = |user: u32| {
        (0..11)
            .map(move |k| (user, 1 + (user * 5 + k * 3) % 14, 1 + (user * 3 + k * 7) % 10, 1_100_000_000 + u64::from(user * 5000 + k * 97)))
    };
    (1..=10).flat_map(of).collect()
}

/// The titles, with the characters and signs that get lost.
fn titles() -> Vec<(u32, String)> {
    let odd = ["Über den Dächern (1973)", "Kelp, Salt & Rust (1999)", "Say \"Stop\" (2001)", "Café – Lumen (1966)"];
    (1..=14).map(|id| (id, odd.get(id as usize - 1).map_or_else(|| format!("Film {id} (1990)"), |title| (*title).to_owned()))).collect()
}

fn ratings(header: &str, row: impl Fn(usize, (u32, u32, u32, u64)) -> String) -> String {
    let rows: Vec<String> = rows().into_iter().enumerate().map(|(k, it)| row(k, it)).collect();
    format!("{header}\n{}\n", rows.join("\n"))
}

fn stars(halves: u32) -> String {
    format!("{:.1}", f64::from(halves) / 2.0)
}

fn plain_ratings() -> String {
    ratings("userId,movieId,rating,timestamp", |_, (user, item, halves, time)| format!("{user},{item},{},{time}", stars(halves)))
}

fn movies() -> String {
    let row = |(id, title): (u32, String)| format!("{id},\"{}\",Drama|War\n", title.replace('"', "\"\""));
    format!("movieId,title,genres\n{}", titles().into_iter().map(row).collect::<String>())
}

fn file(name: &str, bytes: impl AsRef<[u8]>) -> SourceFile {
    SourceFile { name: name.into(), bytes: bytes.as_ref().to_vec() }
}

fn read(files: &[SourceFile]) -> Dataset {
    match read_dataset(files) {
        Ok(dataset) => dataset,
        Err(error) => panic!("{error}"),
    }
}

fn plain() -> Dataset {
    let dataset = read(&[file("ratings.csv", plain_ratings()), file("movies.csv", movies())]);
    assert_eq!((dataset.interactions.len(), dataset.items.len(), dataset.n_described()), (110, 14, (14, 14)));
    assert!(dataset.notes.is_empty(), "{:?}", dataset.notes);
    assert_eq!((dataset.items[0].title.as_str(), dataset.items[2].title.as_str()), ("Über den Dächern", "Say \"Stop\""));
    dataset
}

/// Checks that the files give the plain data set; the answer is what is told about them.
fn same(what: &str, files: &[SourceFile]) -> Vec<String> {
    let (plain, found) = (plain(), read(files));
    assert_eq!(found.interactions, plain.interactions, "{what}");
    assert_eq!(found.items, plain.items, "{what}");
    found.notes
}

fn windows(text: &str) -> Vec<u8> {
    text.chars().map(|c| if c == '–' { 0x96 } else { u8::try_from(u32::from(c)).expect("a character of Windows-1252") }).collect()
}

#[test]
fn ratings_as_programs_save_them() {
    let bare = |header: &str, row: fn(usize, u32, u32, String, u64) -> String| {
        ratings(header, |k, (user, item, halves, time)| row(k, user, item, stars(halves), time))
    };
    let cases = [
        ("CRLF", plain_ratings().replace('\n', "\r\n")),
        ("byte order mark", format!("\u{feff}{}", plain_ratings())),
        (
            "quoted header",
            plain_ratings().replacen("userId,movieId,rating,timestamp", "\"userId\",\"movieId\",\"rating\",\"timestamp\"", 1),
        ),
        (
            "everything quoted",
            bare("\"userId\",\"movieId\",\"rating\",\"timestamp\"", |_, u, i, s, t| format!("\"{u}\",\"{i}\",\"{s}\",\"{t}\"")),
        ),
        ("numbers as floats", bare("userId,movieId,rating,timestamp", |_, u, i, s, t| format!("{u}.0,{i}.0,{s},{t}.0"))),
        ("the index of pandas", bare(",userId,movieId,rating,timestamp", |k, u, i, s, t| format!("{k},{u},{i},{s},{t}"))),
        ("a further column", bare("userId,movieId,rating,timestamp,weight", |_, u, i, s, t| format!("{u},{i},{s},{t},1.5"))),
        ("another order", bare("timestamp,rating,movieId,userId", |_, u, i, s, t| format!("{t},{s},{i},{u}"))),
        ("other case and spaces", bare("UserID, MovieID, Rating, Timestamp", |_, u, i, s, t| format!("{u},{i},{s},{t}"))),
        ("semicolons", bare("userId;movieId;rating;timestamp", |_, u, i, s, t| format!("{u};{i};{s};{t}"))),
        ("decimal commas", bare("userId;movieId;rating;timestamp", |_, u, i, s, t| format!("{u};{i};{};{t}", s.replace('.', ",")))),
        ("tabs", bare("userId\tmovieId\trating\ttimestamp", |_, u, i, s, t| format!("{u}\t{i}\t{s}\t{t}"))),
        ("milliseconds", bare("userId,movieId,rating,timestamp", |_, u, i, s, t| format!("{u},{i},{s},{t}{:03}", u * 7))),
        ("nanoseconds", bare("userId,movieId,rating,timestamp", |_, u, i, s, t| format!("{u},{i},{s},{t}000000000"))),
    ];
    for (what, text) in cases {
        assert!(same(what, &[file("ratings.csv", text), file("movies.csv", movies())]).is_empty(), "{what}");
    }
}

#[test]
fn dates_are_times() {
    // 1,100,000,000 is 2004-11-09 11:33:20 UTC; a row is three seconds after the one before
    let at = |k: usize| (11 * 3600 + 33 * 60 + 20 + 3 * k, 1_100_000_000 + 3 * k);
    let write = |date: fn(usize, usize, usize) -> String| {
        ratings("userId,movieId,rating,timestamp", |k, (user, item, halves, _)| {
            let second = at(k).0;
            format!("{user},{item},{},{}", stars(halves), date(second / 3600, second / 60 % 60, second % 60))
        })
    };
    let times: Vec<i64> = (0..110).map(|k| at(k).1 as i64).collect();
    for text in [
        write(|h, m, s| format!("2004-11-09 {h:02}:{m:02}:{s:02}")),
        write(|h, m, s| format!("2004-11-09T{h:02}:{m:02}:{s:02}.250Z")),
        write(|h, m, s| format!("2004-11-09T{:02}:{m:02}:{s:02}+01:00", h + 1)),
    ] {
        let dataset = read(&[file("ratings.csv", &text), file("movies.csv", movies())]);
        assert_eq!(dataset.interactions.iter().map(|row| row.time).collect::<Vec<_>>(), times, "{}", &text[..80]);
    }
}

/// The last record may have no line break (RFC 4180); since a number may have been cut, it is told.
#[test]
fn no_line_break_at_the_end() {
    let open = |text: String| text.strip_suffix('\n').expect("it has one").to_owned();
    let notes = same("both", &[file("ratings.csv", open(plain_ratings())), file("movies.csv", open(movies()))]);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("ratings.csv: the last line, 111, has no line break"), "{notes:?}");
}

#[test]
fn titles_in_windows_1252() {
    let notes = same("csv", &[file("ratings.csv", plain_ratings()), file("movies.csv", windows(&movies()))]);
    assert!(matches!(&notes[..], [note] if note.starts_with("movies.csv: the text is not UTF-8 (line 2)")), "{notes:?}");
}

#[test]
fn the_older_layouts() {
    let dat = || ratings("", |_, (user, item, halves, time)| format!("{user}::{item}::{}::{time}", stars(halves)));
    let films: String = titles().into_iter().map(|(id, title)| format!("{id}::{title}::Drama|War\n")).collect();
    for bytes in [films.clone().into_bytes(), windows(&films)] {
        let files = [file("ml-10M100K/ratings.dat", dat()), file("ml-10M100K/movies.dat", bytes)];
        assert!(same("10M", &files).is_empty());
        assert_eq!(read(&files).name, "ml-10m", "half stars are not those of 1M");
    }
    let whole =
        |name: &str| if name == "ratings.dat" { dat().replace(".5::", ".0::").replace("::0.0::", "::1.0::") } else { films.clone() };
    assert_eq!(read(&["ratings.dat", "movies.dat"].map(|name| file(name, whole(name)))).name, "ml-1m");
}

#[test]
fn recbole() {
    let inter = ratings("user_id:token\titem_id:token\trating:float\ttimestamp:float", |_, (user, item, halves, time)| {
        format!("{user}\t{item}\t{}\t{time}.0", stars(halves))
    });
    let titles: String = titles().into_iter().map(|(id, title)| format!("{id}\t{title}\t1990\tDrama War\n")).collect();
    let items = file("own/own.item", format!("item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n{titles}"));
    let found = read(&[file("own/own.inter", &inter), items]);
    assert_eq!((found.name.as_str(), found.n_described()), ("recbole-own", (14, 14)));
    assert_eq!((&found.interactions, &found.items[2].title), (&plain().interactions, &plain().items[2].title));
    assert_eq!((found.items[0].year, found.items[0].genres.join("|")), (Some(1990), "Drama|War".to_owned()));

    let bare = read(&[file("own.inter", &inter)]);
    assert_eq!((&bare.interactions, bare.n_described()), (&plain().interactions, (0, 14)));
    assert!(matches!(&bare.notes[..], [note] if note.contains("they have no titles")), "{:?}", bare.notes);

    let said = |text: &str| read_dataset(&[file("own.inter", text)]).expect_err("is no data set").to_string();
    assert!(said("user_id:token\titem_id:token\n1\t1\n").starts_with("own.inter:1: header must have a column `rating`"));
    let words = "user_id:token\titem_id:token\trating:float\ttimestamp:float\nu1\t1\t5\t9\n";
    assert!(said(words).starts_with("own.inter:2: user_id must be a whole number") && said(words).ends_with("got `u1`"));
}

/// The later rating counts, wherever it stands, and it is told.
#[test]
fn rated_twice() {
    let again = |first: bool| {
        let (user, item, halves, time) = rows()[7];
        let later = format!("{user},{item},{},{}\n", if halves == 1 { "5.0" } else { "0.5" }, time + 90_000);
        let (header, rest) = plain_ratings().split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("it has lines");
        let text = if first { format!("{header}\n{later}{rest}") } else { format!("{header}\n{rest}{later}") };
        read(&[file("ratings.csv", text), file("movies.csv", movies())])
    };
    let (user, item, halves, time) = rows()[7];
    for (dataset, lines) in [(again(false), "line 112 in place of line 9"), (again(true), "line 2 in place of line 10")] {
        assert_eq!(dataset.interactions.len(), 110);
        let found: Vec<_> = dataset.interactions.iter().filter(|row| (row.user, row.item) == (user, item)).collect();
        let [only] = found[..] else { panic!("{found:?}") };
        assert_eq!((only.rating, only.time as u64), (if halves == 1 { 5.0 } else { 0.5 }, time + 90_000));
        assert!(
            matches!(&dataset.notes[..], [note] if note.contains(&format!("user {user}, item {item}: {lines}"))),
            "{:?}",
            dataset.notes
        );
    }
}

/// A row that is there twice says nothing new.
#[test]
fn described_twice_alike() {
    let twice = format!("{}{}", movies(), movies().lines().nth(3).expect("a film"));
    same("twice", &[file("ratings.csv", plain_ratings()), file("movies.csv", twice)]);
}

#[test]
fn the_share_that_is_described_is_told() {
    let first = |n: usize| movies().lines().take(1 + n).map(|line| format!("{line}\n")).collect::<String>();
    let read = |n: usize| read(&[file("ratings.csv", plain_ratings()), file("movies.csv", first(n))]);
    assert!(read(13).notes.is_empty(), "13 of 14 are 92 %");
    let found = read(12);
    assert_eq!(found.n_described(), (12, 14));
    assert!(
        matches!(&found.notes[..], [note] if note.starts_with("movies.csv: describes only 12 of 14 rated items (85 %)")),
        "{:?}",
        found.notes
    );
}

/// GoodReads files with fields that are missing, null, or numbers, as pandas writes them again.
#[test]
fn goodreads_as_programs_save_them() {
    let reads = |user: fn(u32) -> String, book: fn(u32) -> String| {
        let row = |(user_id, item, halves, time): (u32, u32, u32, u64)| {
            let date = format!("Tue Nov 09 {:02}:{:02}:{:02} +0000 2004", time / 3600 % 24, time / 60 % 60, time % 60);
            format!(
                "{{\"user_id\":{},\"book_id\":{},\"rating\":{},\"date_added\":\"{date}\"}}\n",
                user(user_id),
                book(item),
                halves.div_ceil(2)
            )
        };
        rows().into_iter().map(row).collect::<String>()
    };
    let books = |book: fn(u32) -> String, more: &str| {
        (1..=14).map(|id| format!("{{\"book_id\":{},\"title\":\"T{id}\"{more}}}\n", book(id))).collect::<String>()
    };
    let read = |reads: String, books: String| read(&[file("goodreads_interactions_a.json", reads), file("goodreads_books_a.json", books)]);
    let text = |id: u32| format!("\"{id}\"");
    let plain = read(reads(text, text), books(text, ""));
    assert_eq!((plain.interactions.len(), plain.items.len()), (110, 14));

    let nulls = ",\"authors\":null,\"publication_year\":null,\"popular_shelves\":null";
    let unrated = "{\"user_id\":\"1\",\"book_id\":\"77\",\"rating\":null,\"date_added\":null}\n";
    for found in [
        read(reads(text, text) + unrated, books(text, nulls)),
        read(reads(text, |id| id.to_string()), books(|id| id.to_string(), "")),
        read(reads(text, |id| format!("{id}.0")), books(|id| format!("{id}.0"), "")),
    ] {
        assert_eq!((&found.interactions, &found.items), (&plain.interactions, &plain.items));
    }
    let years = read(reads(text, text), books(text, ",\"publication_year\":1999.0"));
    assert_eq!(years.items[0].year, Some(1999));
    let dates = reads(text, text).replace("Tue Nov 09 ", "2004-11-09 ").replace(" +0000 2004\"", "\"");
    assert_eq!(read(dates, books(text, "")).interactions, plain.interactions);
}

/// Names and contents.
type Entries<'a> = &'a [(&'a str, &'a [u8])];

fn archive(entries: Entries, method: CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("zip entry starts");
        writer.write_all(bytes).expect("zip entry is written");
    }
    writer.finish().expect("zip is closed").into_inner()
}

#[test]
fn archives_of_other_systems() {
    let (ratings, movies) = (plain_ratings().into_bytes(), movies().into_bytes());
    let double = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ".as_slice();
    let extra: [(&str, &[u8]); 3] =
        [("ml/tags.csv", b"userId,movieId,tag,timestamp\n"), ("ml/README.txt", b"hello"), ("ml/.DS_Store", b"\0\0\0\x01Bud1")];
    let cases: [(&str, Entries); 4] = [
        (
            "macOS",
            &[
                ("ml/ratings.csv", &ratings),
                ("__MACOSX/ml/._ratings.csv", double),
                ("ml/movies.csv", &movies),
                ("__MACOSX/ml/movies.csv", double),
            ],
        ),
        ("no folder", &[("ratings.csv", &ratings), ("movies.csv", &movies)]),
        ("deep", &[("Downloads/data/ml/ratings.csv", &ratings), ("Downloads/data/ml/movies.csv", &movies)]),
        ("backslashes", &[("ml\\ratings.csv", &ratings), ("ml\\movies.csv", &movies)]),
    ];
    for (what, entries) in cases {
        for method in [CompressionMethod::Deflated, CompressionMethod::Stored] {
            assert!(same(what, &[file("a.zip", archive(&[entries, &extra].concat(), method))]).is_empty(), "{what}");
        }
    }
    let packed = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    };
    assert!(same("gz", &[file("ratings.csv.gz", packed(&ratings)), file("Movies.csv.gz", packed(&movies))]).is_empty());
}

/// A data set's files stay packed until their rows are read, so no limit on unpacked files keeps out ml-25m.
#[test]
fn files_larger_than_what_may_be_unpacked_at_once() {
    let (ratings, movies) = (plain_ratings().into_bytes(), movies().into_bytes());
    let zip = file("a.zip", archive(&[("ml-25m/ratings.csv", &ratings), ("ml-25m/movies.csv", &movies)], CompressionMethod::Deflated));
    let small = Limits { file_bytes: 100, total_bytes: 150, ..Limits::default() };
    assert!(unpack(&zip, is_wanted, &small).is_err());
    let files = take(&zip, is_wanted, &small).expect("nothing is unpacked yet");
    assert!(files.iter().all(|file| file.bytes.len() < ratings.len() / 2), "they are still packed");
    assert!(same("packed", &files).is_empty());
    assert_eq!(read(&files).name, "ml-25m");
    let mut damaged = files;
    let n = damaged[0].bytes.len();
    damaged[0].bytes[n - 6] ^= 1;
    assert!(read_dataset(&damaged).expect_err("the checksum differs").to_string().contains("must unpack and match its checksum"));
}

#[test]
fn archives_without_a_data_set_are_named() {
    let said = |entries: Entries| {
        read_dataset(&[file("a.zip", archive(entries, CompressionMethod::Deflated))]).expect_err("is no data set").to_string()
    };
    let letterboxd = b"Date,Name,Year,Letterboxd URI,Rating\n2022-05-01,Heat,1995,https://x,4\n";
    assert!(
        said(&[("ratings.csv", letterboxd), ("lists/a.csv", b"x\n")])
            .starts_with("a.zip!ratings.csv:1: this is one person's Letterboxd export")
    );
    assert!(
        said(&[("profile.csv", b"x\n"), ("watched.csv", letterboxd)])
            .starts_with("a.zip!watched.csv:1: this is one person's Letterboxd export")
    );
    assert!(said(&[("[Content_Types].xml", b"<?xml"), ("xl/workbook.xml", b"<x>")]).contains("an Excel workbook"));
    assert!(said(&[("ml-1m.zip", b"PK\x03\x04")]).contains("archive inside an archive"));
    assert!(said(&[("notes.txt", b"hello")]).contains("no known data set"));
}
