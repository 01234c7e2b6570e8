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
    let rule = "the last line must end with a line break (the file looks cut off)";
    ratings("1,1,4.0,10\n1,2,4", &format!("ratings.csv:3: {rule}, got `1,2,4`"));
    // the truncated line may still consist of four valid numbers
    ratings("1,1,4.0,10\n1,2,4.0,1", &format!("ratings.csv:3: {rule}, got `1,2,4.0,1`"));
    movies("movieId,title,genres\n1,Toy", &format!("movies.csv:2: {rule}, got `1,Toy`"));
    refused(
        &[file("ratings.dat", "1::1::5::10\n1::2::"), file("movies.dat", "1::A (1990)::Drama\n")],
        &format!("ratings.dat:2: {rule}, got `1::2::`"),
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
        &[file("ratings.csv", "user,movie,stars\n1,1,5\n"), file("movies.csv", MOVIES)],
        "ratings.csv:1: header must be `userId,movieId,rating,timestamp` (MovieLens) or `user_id,book_id,rating` (goodbooks-10k), \
         got `user,movie,stars`",
    );
    movies("movieId,name,genres\n1,A,B\n", "movies.csv:1: header must be `movieId,title,genres`, got `movieId,name,genres`");
    refused(
        &[file("ratings.csv", "user_id,book_id,rating\n1,1,5\n"), file("books.csv", "book_id,title\n1,A\n")],
        "books.csv:1: header must have a column `authors`, got `book_id,title`",
    );
}

#[test]
fn title_that_is_not_utf8() {
    movies(b"movieId,title,genres\n1,Am\xe9lie (2001),Comedy\n", "movies.csv:2: text must be UTF-8, got `byte 0xe9`");
}

#[test]
fn empty_title() {
    movies("movieId,title,genres\n1, ,Comedy\n", "movies.csv:2: title must not be empty, got ` `");
}

#[test]
fn rated_twice() {
    ratings("1,1,4.0,10\n2,1,4.0,10\n1,1,3.0,11\n", "ratings.csv:4: a user may rate an item once, first on line 2, got `user 1, item 1`");
}

#[test]
fn described_twice() {
    movies("movieId,title,genres\n1,A,B\n1,C,D\n", "movies.csv:3: an item may be described once, first on line 2, got `item 1`");
}

#[test]
fn rating_out_of_range() {
    for bad in ["0", "0.0", "5.5", "10", "3.7", "-1", "NaN", "inf", "1e0", "", "four", " 4"] {
        ratings(&format!("1,1,{bad},10\n"), &format!("ratings.csv:2: rating must be 0.5 to 5 in steps of 0.5, got `{bad}`"));
    }
    for bad in ["0", "6", "3.5", "NaN"] {
        refused(
            &[file("ratings.dat", format!("1::1::{bad}::10\n")), file("movies.dat", "1::A (1990)::Drama\n")],
            &format!("ratings.dat:1: rating must be a whole number from 1 to 5, got `{bad}`"),
        );
    }
}

#[test]
fn ids_and_times() {
    let rule = "must be a whole number from 0 to 4294967295";
    for bad in ["-1", "1.0", "", "4294967296", "+1", "x"] {
        ratings(&format!("{bad},1,4.0,10\n"), &format!("ratings.csv:2: userId {rule}, got `{bad}`"));
        ratings(&format!("1,{bad},4.0,10\n"), &format!("ratings.csv:2: movieId {rule}, got `{bad}`"));
    }
    let rule = "timestamp must be a whole number of seconds from 0 to 9007199254740991";
    for bad in ["-1", "1.5", "9007199254740992", "2020-01-01"] {
        ratings(&format!("1,1,4.0,{bad}\n"), &format!("ratings.csv:2: {rule}, got `{bad}`"));
    }
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
    movies("movieId,title,genres\n", "movies.csv:0: file must hold at least one item, got `0 items`");
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
    refused(&[good()], "ratings.csv:0: `movies.csv` must be given together with it, got `no such file`");
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
    ratings("1,1,4.0,10\r\n\r\n1,1,4.0,10\r\n", "ratings.csv:4: a user may rate an item once, first on line 2, got `user 1, item 1`");
}

#[test]
fn carriage_return_alone_is_no_line_end() {
    ratings("1,1,4.0,10\r2,1,4.0,10\n", "ratings.csv:2: lines must end with LF or CRLF, not with CR alone, got `1,1,4.0,10\\r2,1,4.0,10`");
}

#[test]
fn every_cut_of_a_file_is_refused() {
    let whole = format!("{HEADER}1,1,4.0,10\n2,1,3.5,11\n");
    for cut in 0..whole.len() {
        let at_line_end = cut > HEADER.len() && whole.as_bytes()[cut - 1] == b'\n';
        let found = read_dataset(&[file("ratings.csv", &whole[..cut]), file("movies.csv", MOVIES)]);
        assert_eq!(found.is_ok(), at_line_end, "cut at {cut}");
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
