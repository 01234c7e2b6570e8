//! Tests of bad input data: it gives an error with file, line, rule and value; never a panic and never a partial data set.

use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::source::read_dataset;

const HEADER: &str = "userId,movieId,rating,timestamp\n";
const MOVIES: &str = "movieId,title,genres\n1,Toy Story (1995),Comedy\n";
const BOOKS: &str = "book_id,authors,original_publication_year,title\n1,A,2008.0,T\n";

fn file(name: &str, bytes: impl AsRef<[u8]>) -> SourceFile {
    SourceFile { name: name.into(), bytes: bytes.as_ref().to_vec() }
}

/// Checks the whole error message.
fn refused(files: &[SourceFile], expect: &str) {
    match read_dataset(files) {
        Ok(dataset) => panic!("read {} ratings, expected: {expect}", dataset.interactions.len()),
        Err(error) => assert_eq!(error.to_string(), expect),
    }
}

fn ratings(rows: &str, expect: &str) {
    refused(&[file("ratings.csv", format!("{HEADER}{rows}")), file("movies.csv", MOVIES)], expect);
}

fn movies(bytes: impl AsRef<[u8]>, expect: &str) {
    refused(&[file("ratings.csv", format!("{HEADER}1,1,4.0,10\n")), file("movies.csv", bytes)], expect);
}

#[test]
fn truncated_in_a_row() {
    let cut = "(the file ends here without a line break, as one that was cut off: fetch it again if it should go on)";
    ratings(
        "1,1,4.0,10\n1,2,4",
        &format!("ratings.csv:3: a row must have 4 columns (userId,movieId,rating,timestamp), it has 3 {cut}, got `1,2,4`"),
    );
    movies(
        "movieId,title,genres\n1,Toy",
        &format!("movies.csv:2: a row must have 3 columns (movieId,title,genres), it has 2 {cut}, got `1,Toy`"),
    );
    refused(
        &[file("ratings.dat", "1::1::5::10\n1::2::"), file("movies.dat", "1::A (1990)::Drama\n")],
        &format!("ratings.dat:2: a row must have 4 fields (UserID::MovieID::Rating::Timestamp), it has 3 {cut}, got `1::2::`"),
    );
}

#[test]
fn wrong_number_of_columns() {
    let rule = "a row must have 4 columns (userId,movieId,rating,timestamp), it has";
    ratings("1,1,4.0,10\n1,2,4.0\n", &format!("ratings.csv:3: {rule} 3, got `1,2,4.0`"));
    ratings("1,1,4.0,10,x\n", &format!("ratings.csv:2: {rule} 5, got `1,1,4.0,10,x`"));
    refused(
        &[file("ratings.dat", "1::1::5\n"), file("movies.dat", "1::A (1990)::Drama\n")],
        "ratings.dat:1: a row must have 4 fields (UserID::MovieID::Rating::Timestamp), it has 3, got `1::1::5`",
    );
    refused(
        &[file("u.data", "1 1 5 10\n"), file("u.item", "1|A\n"), file("u.genre", "Action|0\n")],
        "u.data:1: a row must have 4 fields (user id, item id, rating, timestamp), it has 1, got `1 1 5 10`",
    );
    refused(
        &[file("u.data", "1\t1\t5\t10\n"), file("u.item", "1|A\n"), file("u.genre", "Action|0\n")],
        "u.item:1: a row must have 6 fields (5 and one a genre), it has 2, got `1|A`",
    );
}

#[test]
fn wrong_header() {
    refused(
        &[file("ratings.csv", "who,weight\n1,1\n"), file("movies.csv", MOVIES)],
        "ratings.csv:1: header must have the columns `userId,movieId,rating,timestamp` (MovieLens) or `user_id,book_id,rating` \
         (goodbooks-10k), got `who,weight`",
    );
    movies(
        "movieId,name,genres\n1,A,B\n",
        "movies.csv:1: header must have the columns `movieId,title,genres`, and `title` is missing, got `movieId,name,genres`",
    );
    refused(
        &[file("ratings.csv", "user_id,book_id,rating\n1,1,5\n"), file("books.csv", "book_id,title\n1,A\n")],
        "books.csv:1: header must have the columns `book_id,title,authors,original_publication_year`, and `authors,original_publication_year` is \
         missing, got `book_id,title`",
    );
}

#[test]
fn titles_in_two_encodings() {
    movies(
        b"movieId,title,genres\n1,Am\xc3\xa9lie (2001),Comedy\n2,Caf\xe9,Drama\n",
        "movies.csv:3: text must be UTF-8 throughout or nowhere: line 2 is, this one is not, so the file is damaged or was put together of two, got \
         `byte 0xe9`",
    );
}

#[test]
fn empty_title() {
    movies("movieId,title,genres\n1, ,Comedy\n", "movies.csv:2: title must not be empty, got ` `");
}

#[test]
fn described_twice() {
    movies(
        "movieId,title,genres\n1,A,B\n2,A,B\n1,C,D\n",
        "movies.csv:4: an item may be described once, first on line 2 and differently: leave one of the rows out, got `item 1`",
    );
}

/// Ids of another numbering would give items the titles of others.
#[test]
fn ratings_and_titles_of_different_numberings() {
    let rows: String = (1..=20).map(|item| format!("1,{},4.0,10\n", 40 + item)).collect();
    let rule = "file must describe the items of ratings.csv, by the same ids: give the two files of one data set, or add what is missing";
    ratings(&rows, &format!("movies.csv:0: {rule}, got `0 of 20 rated items (0 %)`"));
    ratings(&format!("{rows}1,1,4.0,11\n"), &format!("movies.csv:0: {rule}, got `1 of 21 rated items (4 %)`"));
}

#[test]
fn rating_out_of_range() {
    for bad in ["inf", "1e0", "four"] {
        let rule = "a rating must be a number, or a word for liked or not such as `up` and `down`";
        ratings(&format!("1,1,{bad},10\n"), &format!("ratings.csv:2, column `rating`: {rule}, got `{bad}`"));
    }
    for bad in ["0", "0.0", "5.5", "10", "3.7", "-1", "NaN", "", " 4"] {
        ratings(&format!("1,1,{bad},10\n"), &format!("ratings.csv:2: rating must be 0.5 to 5 in steps of 0.5, got `{bad}`"));
    }
    for bad in ["0", "6", "3.7", "NaN"] {
        refused(
            &[file("ratings.dat", format!("1::1::{bad}::10\n")), file("movies.dat", "1::A (1990)::Drama\n")],
            &format!("ratings.dat:1: rating must be 0.5 to 5 in steps of 0.5, got `{bad}`"),
        );
    }
    refused(
        &[file("u.data", "1\t1\t3.5\t10\n"), file("u.item", "1|A||||0\n"), file("u.genre", "Action|0\n")],
        "u.data:1: rating must be a whole number from 1 to 5, got `3.5`",
    );
}

#[test]
fn ids_and_times() {
    let rule = "must be a whole number from 0 to 4294967295";
    for bad in ["-1", "1.5", "1.", "", "4294967296", "1e3"] {
        ratings(&format!("{bad},1,4.0,10\n"), &format!("ratings.csv:2: userId {rule}, got `{bad}`"));
        ratings(&format!("1,{bad},4.0,10\n"), &format!("ratings.csv:2: movieId {rule}, got `{bad}`"));
    }
    let how = "; number such ids in every file alike and keep the list, as `codes, words = pandas.factorize(column)` does";
    for word in ["tt0111161", "B00QXJ7T", "x", "2a"] {
        ratings(&format!("1,{word},4.0,10\n"), &format!("ratings.csv:2: movieId {rule}{how}, got `{word}`"));
    }
    let rule = "a time must be a number of seconds since 1970 (or milliseconds, in every row), or a date such as 2021-03-04, \
                2021-03-04T05:06:07Z or 31/12/2021";
    for bad in ["-1", "1e9", "99999999999999999999", "2020-13-01", "32/11/2004"] {
        ratings(&format!("1,1,4.0,{bad}\n"), &format!("ratings.csv:2, column `timestamp`: {rule}, got `{bad}`"));
    }
    let rule = "whether day or month comes first must follow from the dates, and no date of the column is beyond the 12th: say which it is";
    ratings("1,1,4.0,09/11/2004\n", &format!("ratings.csv:2, column `timestamp`: {rule}, got `9/11/2004`"));
    let rule = "timestamp must be whole seconds since 1970 (or milliseconds, in every row), or a date such as `2004-11-09 10:00:00`";
    ratings("1,1,4.0,\n", &format!("ratings.csv:2: {rule}, got ``"));
}

/// One time in milliseconds would come after all that are in seconds.
#[test]
fn times_in_different_units() {
    ratings(
        "1,1,4.0,1100000000\n2,1,4.0,0\n3,1,4.0,1100000000000\n",
        "ratings.csv:4, column `timestamp`: every timestamp must be in the same unit: line 2 is in seconds, this one in milliseconds, got `1100000000000`",
    );
}

#[test]
fn year_of_a_book() {
    refused(
        &[file("ratings.csv", "user_id,book_id,rating\n1,1,5\n"), file("books.csv", BOOKS.replace("2008.0", "NaN"))],
        "books.csv:2: original_publication_year must be a whole year from -4000 to 2200, or nothing, got `NaN`",
    );
}

#[test]
fn empty_files() {
    refused(&[file("ratings.csv", ""), file("movies.csv", MOVIES)], "ratings.csv:0: file must not be empty, got `0 bytes`");
    refused(&[file("ratings.dat", "\n\n"), file("movies.dat", "")], "ratings.dat:0: file must not be empty, got `2 bytes`");
    ratings("", "ratings.csv:0: file must hold at least one rating, got `0 ratings`");
    movies("movieId,title,genres\n", "movies.csv:0: file must describe at least one of the rated items, got `0 items`");
}

#[test]
fn broken_quotes() {
    let rule = "a quote must enclose a whole field and be closed on its line";
    for bad in ["1,\"Heat (1995),Crime", "1,\"Heat\" (1995),Crime", "1,He\"at (1995),Crime", "1,Heat,\"Crime"] {
        movies(format!("movieId,title,genres\n{bad}\n2,B,C\n"), &format!("movies.csv:2: {rule}, got `{bad}`"));
    }
}

#[test]
fn files_that_are_missing_or_too_many() {
    let good = || file("ratings.csv", format!("{HEADER}1,1,4.0,10\n"));
    let alone = "ratings.csv:0, column `userId`: these are the ratings of one person alone, and a recommender learns from those of many";
    refused(&[good()], &format!("{alone}, got `1 person`"));
    refused(
        &[file("a/ratings.csv", HEADER), file("b/ratings.csv", HEADER)],
        "b/ratings.csv:0: one data set at a time, a file of the same name is there already, got `a/ratings.csv`",
    );
    refused(
        &[good(), file("ratings.dat", "1::1::5::10\n"), file("movies.csv", MOVIES)],
        "ratings.dat:0: one data set at a time, the first is there already, got `ratings.csv`",
    );
    for files in [vec![], vec![file("notes.txt", "hello")], vec![file("movies.csv", MOVIES)]] {
        let error = read_dataset(&files).expect_err("no data set");
        assert!(error.to_string().contains("no known data set"), "{error}");
    }
}

#[test]
fn blank_lines_do_not_shift_line_numbers() {
    ratings("1,1,4.0,10\n\n\n1,2,9,10\n", "ratings.csv:5: rating must be 0.5 to 5 in steps of 0.5, got `9`");
    ratings("1,1,4.0,10\r\n\r\n1,1,9,10\r\n", "ratings.csv:4: rating must be 0.5 to 5 in steps of 0.5, got `9`");
}

#[test]
fn carriage_return_alone_is_no_line_end() {
    ratings("1,1,4.0,10\r2,1,4.0,10\n", "ratings.csv:2: lines must end with LF or CRLF, not with CR alone, got `1,1,4.0,10\\r2,1,4.0,10`");
}

/// A file that ends within a row is refused. One that ends with a whole row is read; where the line break is missing, that is told, since a number
/// may have been cut.
#[test]
fn every_cut_of_a_file_is_refused_or_told() {
    let whole = format!("{HEADER}1,1,4.0,10\n2,1,3.5,11\n");
    for cut in 0..=whole.len() {
        let text = &whole[..cut];
        let rows = text.strip_prefix(HEADER).unwrap_or_default();
        let last = rows.lines().next_back().unwrap_or_default();
        let is_row = last.matches(',').count() == 3 && !last.ends_with(',');
        match read_dataset(&[file("ratings.csv", text), file("movies.csv", MOVIES)]) {
            Ok(dataset) => {
                assert!(is_row, "cut at {cut}");
                assert_eq!(dataset.interactions.len(), rows.lines().count(), "cut at {cut}");
                assert_eq!(dataset.notes.iter().any(|note| note.contains("has no line break")), !text.ends_with('\n'), "cut at {cut}");
            }
            Err(_) => assert!(!is_row, "cut at {cut}"),
        }
    }
}

#[test]
fn people_are_checked() {
    let ml_1m = |users: &str, expect: &str| {
        refused(&[file("ratings.dat", "1::1::5::10\n"), file("movies.dat", "1::A (1990)::Drama\n"), file("users.dat", users)], expect);
    };
    ml_1m("1::X::1::10::48067\n", "users.dat:1: gender must be M or F, got `X`");
    ml_1m("1::F::2::10::48067\n", "users.dat:1: Age must be one of the codes 1, 18, 25, 35, 45, 50, 56, got `2`");
    ml_1m("1::F::1::21::48067\n", "users.dat:1: Occupation must be from 0 to 20, got `21`");
    ml_1m("2::F::1::0::1\n1::F::1::0::1\n2::M::1::0::1\n", "users.dat:3: a user may be described once, first on line 1, got `user 2`");
    let ml_100k =
        [file("u.data", "1\t1\t5\t10\n"), file("u.item", "1|A||||0\n"), file("u.genre", "Action|0\n"), file("u.user", "1|x|M|a|1\n")];
    refused(&ml_100k, "u.user:1: age must be a whole number from 0 to 4294967295, got `x`");
}

/// Files that are no data set are named for what they are, with what to do.
#[test]
fn what_a_file_is_instead() {
    let movies = || file("movies.csv", MOVIES);
    let with = |bytes: &[u8]| vec![file("ratings.csv", bytes), movies()];
    let alone = |name: &str, bytes: &[u8]| vec![file(name, bytes)];
    let cases: Vec<(Vec<SourceFile>, &[&str])> = vec![
        (with(b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n"), &["pointer of Git LFS", "git lfs pull"]),
        (with(b"\n<!DOCTYPE html>\n<html>"), &["a web page", "download the file itself"]),
        (
            vec![file("ratings.csv", format!("{HEADER}1,1,4.0,10\n")), file("movies.csv", "<html><body>404")],
            &["movies.csv:1: this is a web page"],
        ),
        (
            with(b"Date,Name,Year,Letterboxd URI,Rating\n2022-05-01,Heat,1995,https://x,4\n"),
            &["one person's Letterboxd export", "many people"],
        ),
        (with(b"Const,Your Rating,Date Rated,Title\ntt1,7,2020-01-01,\"\xdcber\"\n"), &["one person's IMDb ratings export"]),
        (alone("goodreads_library_export.csv", b"Book Id,Title,Author,My Rating\n1,A,B,5\n"), &["one person's Goodreads library export"]),
        (alone("NetflixViewingHistory.csv", b"Title,Date\n\"Heat\",\"1/2/20\"\n"), &["one person's Netflix viewing history"]),
        (alone("storygraph.csv", b"Title,Authors,Read Status,Star Rating\nA,B,read,4.5\n"), &["one person's StoryGraph export"]),
        (
            alone("ratings-movies.json", br#"[{"rated_at":"2020-01-01T00:00:00Z","rating":8,"movie":{"title":"Heat"}}]"#),
            &["one person's Trakt export"],
        ),
        (
            alone("Books.jsonl", br#"{"rating": 4.0, "asin": "B00QXJ7T", "user_id": "AE1"}"#),
            &["Books.jsonl:1: this is a file of Amazon reviews", "which is read as it is"],
        ),
        (
            alone("goodreads_interactions.csv", b"user_id,book_id,is_read,rating,is_reviewed\n0,1,1,5,0\n"),
            &["UCSD GoodReads", "goodreads_books_"],
        ),
        (alone("all.json", b"[{\"user\": 1}]"), &["one list in JSON", "lines=True"]),
        (alone("ratings.parquet", b"PAR1\x15\x04"), &["a Parquet table", "ratings.csv"]),
        (alone("ml-1m.tar.gz", b"\x1f\x8b\x08"), &["a tar archive", "unpack it"]),
        (alone("ml-25m.zip", b"<!DOCTYPE html><title>Sign in</title>\n"), &["ml-25m.zip:1: this is a web page"]),
        (alone("ml-25m.zip", b"version https://git-lfs.github.com/spec/v1\n"), &["pointer of Git LFS"]),
        (alone("ml.7z", b"7z\xbc\xaf\x27\x1c\0"), &["a 7z archive", "unpack it"]),
    ];
    for (files, said) in cases {
        let error = read_dataset(&files).expect_err("is no data set").to_string();
        assert!(said.iter().all(|part| error.contains(part)), "{said:?}: {error}");
    }
}
