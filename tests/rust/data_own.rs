//! The kinds of files that people have of their own ratings: each is read as the same data, with what was assumed of it, or refused with file, line,
//! column, rule and value.

use std::io::{Cursor, Write};
use unlearn_core::data::DataHash;
use unlearn_core::data::group::Groups;
use unlearn_core::data::interaction::{Dataset, SourceFile, number_of};
use unlearn_core::data::read_spec::{ColumnSpec, DateOrder, ReadSpec, Separator};
use unlearn_core::data::sheet::{About, Look, Role};
use unlearn_core::data::source::{look, read_dataset, read_dataset_as};

/// 2021-03-04 05:06:07 UTC, the time of the first rating.
const FIRST: i64 = 1_614_834_367;
/// Seconds between two ratings: more than a day, so that dates alone keep the order.
const STEP: i64 = 90_000;

/// A rating: user and item from 1, whole stars from 1 to 5, and its place in the order of time.
#[derive(Clone, Copy)]
struct Row {
    user: usize,
    item: usize,
    stars: usize,
    at: i64,
}

/// Six people with eight ratings each of twelve items, in the order of time.
fn rows() -> Vec<Row> {
    (0..48).map(|k| Row { user: 1 + k % 6, item: 1 + (k / 6 * 5 + k) % 12, stars: 1 + (k * 7 + k / 6) % 5, at: k as i64 }).collect()
}

fn time(row: Row) -> i64 {
    FIRST + STEP * row.at
}

/// Year, month, day and the seconds of the day; all ratings are in March and April 2021.
fn date(row: Row) -> (i64, i64, i64, i64) {
    let seconds = time(row);
    let day = 4 + seconds / 86_400 - FIRST / 86_400; // counted from 1 March
    let (month, day) = if day > 31 { (4, day - 31) } else { (3, day) };
    (2021, month, day, seconds % 86_400)
}

fn clock(seconds: i64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn email(row: Row) -> String {
    format!("{}@example.org", ["anna", "bo", "chris", "dana", "eve", "finn"][row.user - 1])
}

const FILMS: [&str; 12] = [
    "Amber Road (1990)",
    "Blue Hour (1991)",
    "Cold Harbour (1992)",
    "Driftwood (1993)",
    "Ember (1994)",
    "Fallow (1995)",
    "Grey Wolf (1996)",
    "High Tide (1997)",
    "Inlet (1998)",
    "Jetty (1999)",
    "Kelp (2000)",
    "Lantern (2001)",
];

fn lines(header: &str, line: impl Fn(Row) -> String) -> String {
    let rows = rows().into_iter().map(line);
    let all: Vec<String> = (!header.is_empty()).then(|| header.to_owned()).into_iter().chain(rows).collect();
    all.join("\n") + "\n"
}

fn plain(row: Row) -> String {
    format!("{},{},{},{}", row.user, row.item, row.stars, time(row))
}

fn file(name: &str, bytes: impl AsRef<[u8]>) -> SourceFile {
    SourceFile { name: name.into(), bytes: bytes.as_ref().to_vec() }
}

fn one(name: &str, bytes: impl AsRef<[u8]>) -> Vec<SourceFile> {
    vec![file(name, bytes)]
}

fn told(look: &Look, about: About) -> String {
    look.assumed.iter().filter(|one| one.about == about).map(|one| one.text.as_str()).collect::<Vec<_>>().join("; ")
}

/// Who rated what, in the order of time, by name where the data have names.
fn order(dataset: &Dataset) -> Vec<(String, String)> {
    let mut rows: Vec<_> = dataset.interactions.iter().collect();
    rows.sort_by_key(|row| row.time);
    let user = |id: u32| dataset.user_name(id).map_or_else(|| id.to_string(), str::to_owned);
    let item = |id: u32| dataset.item_names.get(id as usize - 1).map_or_else(|| id.to_string(), String::to_owned);
    rows.into_iter().map(|row| (user(row.user), item(row.item))).collect()
}

fn read(what: &str, files: &[SourceFile], spec: &ReadSpec) -> (Dataset, Look) {
    let dataset = read_dataset_as(files, spec).unwrap_or_else(|error| panic!("{what}: {error}"));
    let look = look(files, spec).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(look.problem, None, "{what}");
    assert_eq!(look.n_ratings as usize, dataset.interactions.len(), "{what}");
    (dataset, look)
}

/// Every kind that has numbers as ids, whole stars and the times above, with the words by which an assumption is told.
#[test]
fn kinds_that_are_the_same_data() {
    let header = "user,item,stars,time";
    let utf16 = |little: bool, text: &str| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    };
    let dated = |write: fn(i64, i64, i64, i64) -> String| {
        lines(header, move |row| {
            let (year, month, day, seconds) = date(row);
            format!("{},{},{},{}", row.user, row.item, row.stars, write(year, month, day, seconds))
        })
    };
    let with = |separator: &str| lines(&header.replace(',', separator), |row| plain(row).replace(',', separator));
    let whole = lines(header, plain);
    let cases: Vec<(&str, Vec<SourceFile>, About, &str)> = vec![
        ("upper case name", one("Ratings.CSV", &whole), About::Separator, "commas"),
        ("another name", one("My votes", &whole), About::Header, "first line names"),
        ("another end", one("ratings.tsv", with("\t")), About::Separator, "tabs"),
        ("one end more", one("u.data.txt", lines("", |row| plain(row).replace(',', "\t"))), About::Header, "no line names"),
        ("semicolons", one("a.csv", with(";")), About::Separator, "semicolons"),
        ("pipes", one("a.csv", with("|")), About::Separator, "pipes"),
        ("colons", one("a.txt", with("::")), About::Separator, "double colons"),
        ("spaces", one("a.txt", with(" ")), About::Separator, "spaces"),
        ("no header", one("a.csv", lines("", plain)), About::Header, "no line names"),
        (
            "quoted",
            one("a.csv", lines("\"user\",\"item\",\"stars\",\"time\"", |row| format!("\"{}\"", plain(row).replace(',', "\",\"")))),
            About::Columns,
            "`stars`",
        ),
        ("byte order mark", one("a.csv", format!("\u{feff}{whole}")), About::Columns, "user is column `user`"),
        ("CRLF", one("a.csv", whole.replace('\n', "\r\n")), About::Separator, "commas"),
        ("UTF-16, low byte first", one("a.csv", utf16(true, &whole)), About::Encoding, "UTF-16"),
        ("UTF-16, high byte first", one("a.csv", utf16(false, &whole)), About::Encoding, "UTF-16"),
        (
            "Latin-1",
            one(
                "a.csv",
                lines("user,item,stars,time,town", |row| plain(row) + ",M\u{fc}nchen").chars().map(|c| c as u8).collect::<Vec<_>>(),
            ),
            About::Encoding,
            "Windows-1252",
        ),
        ("blank lines", one("a.csv", whole.replace('\n', "\n\n")), About::Separator, "commas"),
        ("no line break at the end", one("a.csv", whole.trim_end()), About::Note, "no line break"),
        (
            "decimal commas",
            one("a.csv", lines("user;item;stars;time", |row| format!("{};{};{},0;{}", row.user, row.item, row.stars, time(row)))),
            About::Separator,
            "semicolons",
        ),
        (
            "other order of columns",
            one("a.csv", lines("date,film,nutzer,bewertung", |row| format!("{},{},{},{}", time(row), row.item, row.user, row.stars))),
            About::Columns,
            "the rating column `bewertung`",
        ),
        (
            "row numbers in front",
            one("a.csv", lines(",user,item,stars,time", |row| format!("{},{}", row.at, plain(row)))),
            About::Columns,
            "`item`",
        ),
        ("milliseconds", one("a.csv", lines(header, |row| plain(row) + "000")), About::Time, "milliseconds since 1970"),
        ("dates and times", one("a.csv", dated(|y, m, d, s| format!("{y}-{m:02}-{d:02}T{}Z", clock(s)))), About::Time, "Times are dates"),
        ("an offset", one("a.csv", dated(|y, m, d, s| format!("{y}-{m:02}-{d:02} {}+00:00", clock(s)))), About::Time, "Times are dates"),
        ("day first", one("a.csv", dated(|y, m, d, s| format!("{d:02}/{m:02}/{y} {}", clock(s)))), About::Time, "begin with the day"),
        ("month first", one("a.csv", dated(|y, m, d, s| format!("{m}/{d}/{y} {}", clock(s)))), About::Time, "begin with the month"),
        ("dots", one("a.csv", dated(|y, m, d, s| format!("{d:02}.{m:02}.{y} {}", clock(s)))), About::Time, "begin with the day"),
        (
            "dates with slashes and the year first",
            one("a.csv", dated(|y, m, d, s| format!("{y}/{m:02}/{d:02} {}", clock(s)))),
            About::Time,
            "Times are dates",
        ),
    ];
    let (expected, _) = read("plain", &one("a.csv", &whole), &ReadSpec::default());
    assert_eq!((expected.interactions.len(), expected.name.as_str()), (48, "table"));
    assert_eq!(expected.interactions[1].time, FIRST + STEP);
    for (what, files, about, words) in cases {
        let (found, look) = read(what, &files, &ReadSpec::default());
        assert_eq!(found.interactions, expected.interactions, "{what}");
        assert_eq!(DataHash::of(&found), DataHash::of(&expected), "{what}");
        assert!(told(&look, about).contains(words), "{what}: {:?}", look.assumed);
        assert_eq!((look.rows.len(), look.n_users, look.n_items), (20, 6, 12), "{what}");
        // said again, it gives the same
        assert_eq!(read(what, &files, &look.spec).0.interactions, expected.interactions, "{what}");
    }
}

#[test]
fn dates_alone_keep_the_order() {
    let text = lines("user,item,stars,day", |row| {
        let (year, month, day, _) = date(row);
        format!("{},{},{},{year}-{month:02}-{day:02}", row.user, row.item, row.stars)
    });
    let (found, _) = read("dates", &one("a.csv", text), &ReadSpec::default());
    let expected: Vec<(String, String)> = rows().into_iter().map(|row| (row.user.to_string(), row.item.to_string())).collect();
    assert_eq!((order(&found), found.interactions[0].time), (expected, FIRST - FIRST % 86_400));
}

#[test]
fn words_as_ids_are_numbered_and_shown_as_they_are() {
    let text = lines("email,title,stars,time", |row| format!("{},{},{},{}", email(row), FILMS[row.item - 1], row.stars, time(row)));
    let (found, look) = read("words", &one("a.csv", &text), &ReadSpec::default());
    let expected: Vec<(String, String)> = rows().into_iter().map(|row| (email(row), FILMS[row.item - 1].to_owned())).collect();
    assert_eq!(order(&found), expected);
    assert!(told(&look, About::Ids).contains("People and items are named by words"), "{:?}", look.assumed);
    assert_eq!((found.user_name(1), number_of(&found.user_names, "bo@example.org")), (Some("anna@example.org"), Some(2)));
    let item = found.item(1).expect("an item that is a word is described by it");
    assert_eq!((item.title.as_str(), item.year), ("Amber Road", Some(1990)));
    assert_eq!(found.n_described(), (12, 12));

    // spaces in every title do not separate
    let spaced = lines("who\twhat\tstars\twhen", |row| format!("p{}\tFilm {}\t{}\t{}", row.user, row.item, row.stars, time(row)));
    let (spaced, look) = read("spaces", &one("a.txt", spaced), &ReadSpec::default());
    assert_eq!((look.columns.len(), spaced.item_names[0].as_str()), (4, "Film 1"));

    // another order of rows gives the same numbers, another person another identity
    let (head, body) = text.split_once('\n').expect("it has a header");
    let mut backwards: Vec<&str> = body.lines().collect();
    backwards.reverse();
    let (again, _) = read("backwards", &one("a.csv", format!("{head}\n{}\n", backwards.join("\n"))), &ReadSpec::default());
    assert_eq!(DataHash::of(&again), DataHash::of(&found));
    let (other, _) = read("other", &one("a.csv", text.replace("eve@", "evi@")), &ReadSpec::default());
    assert_ne!(DataHash::of(&other), DataHash::of(&found));
}

#[test]
fn ids_of_films_beside_a_list_of_their_titles() {
    let ratings = lines("who,movie_id,score", |row| format!("{},tt{:04},{}", email(row), row.item, row.stars));
    let films: String = FILMS.iter().zip(1..).map(|(title, id)| format!("tt{id:04}\t{title}\tDrama|War\n")).collect();
    for films in [films.clone(), format!("id\ttitle\tgenres\n{films}"), format!("Movie_ID\tName\tGenres\n{films}")] {
        let (found, look) = read("titles", &[file("Scores.txt", &ratings), file("films.tab", &films)], &ReadSpec::default());
        assert_eq!(found.n_described(), (12, 12));
        let first = found.item(1).expect("described");
        assert_eq!(
            (first.title.as_str(), first.genres.as_slice()),
            ("Amber Road", ["Drama", "War"].map(str::to_owned).as_slice()),
            "{films}"
        );
        assert!(told(&look, About::Items).contains("films.tab, which has 12 of the 12 rated items"), "{:?}", look.assumed);
        assert!(told(&look, About::Time).contains("the order of the file"), "{:?}", look.assumed);
    }
    // titles of other ids are not taken
    let others = films.replace("tt00", "tt99");
    let (found, _) = read("others", &[file("Scores.txt", &ratings), file("films.tab", others)], &ReadSpec::default());
    assert_eq!(found.item(1).map(|item| item.title.as_str()), Some("tt0001"));
}

#[test]
fn no_times_mean_the_order_of_the_file() {
    for (header, text) in [("user,item,stars", ""), ("user,item,stars,time", ","), ("user,item,stars,time", ",NULL")] {
        let text = lines(header, |row| format!("{},{},{}{text}", row.user, row.item, row.stars));
        let (found, look) = read(header, &one("a.csv", text), &ReadSpec::default());
        assert_eq!(found.interactions.iter().map(|row| row.time).collect::<Vec<_>>(), (0..48).collect::<Vec<_>>());
        assert!(told(&look, About::Time).contains("the order of the file is taken for the order in time"), "{:?}", look.assumed);
    }
}

/// The header of goodbooks-10k with words or without books.csv, and that of MovieLens with what MovieLens never has.
#[test]
fn headers_of_known_formats_with_other_contents() {
    let words = lines("userId,movieId,rating,timestamp", |row| format!("{},{},{},{}", email(row), row.item, row.stars, time(row)));
    let movies: String =
        "movieId,title,genres\n".to_owned() + &FILMS.iter().zip(1..).map(|(title, id)| format!("{id},{title},Drama\n")).collect::<String>();
    let (found, look) = read("MovieLens", &[file("ratings.csv", words), file("movies.csv", movies)], &ReadSpec::default());
    assert_eq!(
        (look.format.as_str(), found.user_name(1), found.item(1).map(|item| item.title.as_str())),
        ("table", Some("anna@example.org"), Some("Amber Road"))
    );
    let books = lines("user_id,book_id,rating", |row| format!("{},{},{}", row.user, row.item, row.stars));
    let (found, look) = read("goodbooks", &one("ratings.csv", books), &ReadSpec::default());
    assert_eq!((found.interactions.len(), found.items.len()), (48, 0));
    assert!(told(&look, About::Items).contains("shown by number"), "{:?}", look.assumed);
}

#[test]
fn scales_and_thumbs_become_liked_or_not_by_a_threshold_that_is_told() {
    let liked = |found: &Dataset| found.interactions.iter().map(|row| row.rating > 3.0).collect::<Vec<_>>();
    let above = |stars: usize| rows().into_iter().map(|row| row.stars > stars).collect::<Vec<_>>();
    let header = "user,item,rating,time";
    let scaled = |write: &dyn Fn(Row) -> String| lines(header, |row| format!("{},{},{},{}", row.user, row.item, write(row), time(row)));
    let cases: [(&str, String, &str, &str, usize); 9] = [
        ("stars", scaled(&|row| row.stars.to_string()), "up to 5", "above 3", 3),
        ("1 to 10", scaled(&|row| (2 * row.stars).to_string()), "from 0 to 10", "above 6", 3),
        ("0 to 100", scaled(&|row| (20 * row.stars - 1).to_string()), "from 0 to 100", "above 60", 3),
        ("thumbs as words", scaled(&|row| if row.stars > 3 { "up" } else { "down" }.into()), "thumbs", "above 0.5", 3),
        ("thumbs as signs", scaled(&|row| if row.stars > 3 { "👍" } else { "👎🏽" }.into()), "thumbs", "above 0.5", 3),
        ("thumbs as 1 and 0", scaled(&|row| usize::from(row.stars > 3).to_string()), "thumbs", "above 0.5", 3),
        ("thumbs as 1 and -1", scaled(&|row| if row.stars > 3 { "1" } else { "-1" }.into()), "thumbs", "above 0", 3),
        ("true and false", scaled(&|row| (row.stars > 3).to_string()), "thumbs", "above 0.5", 3),
        ("-10 to 10", scaled(&|row| (row.stars as i32 * 4 - 10).to_string()), "from -10 to 10", "above 2", 3),
    ];
    for (what, text, scale, threshold, stars) in cases {
        let (found, look) = read(what, &one("a.csv", text), &ReadSpec::default());
        assert_eq!(liked(&found), above(stars), "{what}");
        assert!(told(&look, About::Scale).contains(scale), "{what}: {:?}", look.assumed);
        assert!(told(&look, About::Threshold).ends_with(threshold), "{what}: {:?}", look.assumed);
        let is_half = |rating: f32| (0.5..=5.0).contains(&rating) && (rating * 2.0).fract() == 0.0;
        assert!(found.interactions.iter().all(|row| is_half(row.rating)), "{what}");
    }
    let strict = ReadSpec { threshold: Some(8.0), ..ReadSpec::default() };
    let (found, look) = read("strict", &one("a.csv", scaled(&|row| (2 * row.stars).to_string())), &strict);
    assert_eq!((liked(&found), told(&look, About::Threshold).as_str()), (above(4), "Liked is what is rated above 8"));
    let of_ten = ReadSpec { highest: Some(10.0), ..ReadSpec::default() };
    assert_eq!(
        liked(&read("of ten", &one("a.csv", scaled(&|row| row.stars.to_string().replace('1', "7"))), &of_ten).0)
            .iter()
            .filter(|liked| **liked)
            .count(),
        above(4).len() - above(1).iter().filter(|other| **other).count()
    );
}

#[test]
fn rows_that_cannot_be_used_are_counted_and_named() {
    let bare = |row: Row| format!("{},{},{}", row.user, row.item, row.stars);
    let text = lines("user,item,rating,time", |row| match row.at {
        3 => format!("{},{},,{}", row.user, row.item, time(row)),
        4 => format!(",{},{},{}", row.item, row.stars, time(row)),
        5 => format!("{},", bare(row)),
        6 | 7 => format!("{},{},NA,{}", row.user, row.item, time(row)),
        _ => plain(row),
    });
    let (found, look) = read("dropped", &one("a.csv", text), &ReadSpec::default());
    assert_eq!(found.interactions.len(), 43);
    let dropped = told(&look, About::Dropped);
    assert_eq!(
        dropped,
        "3 rows are left out: no rating (lines 5, 8, 9); 1 row is left out: no user (line 6); 1 row is left out: no time (line 7)"
    );

    // 0 is no rating where the others are 1 to 5, but may be said to be one
    let zeros =
        lines("user,item,rating,time", |row| format!("{},{},{},{}", row.user, row.item, if row.at < 2 { 0 } else { row.stars }, time(row)));
    let (found, look) = read("zeros", &one("a.csv", &zeros), &ReadSpec::default());
    assert_eq!(
        (found.interactions.len(), told(&look, About::Dropped).as_str()),
        (46, "2 rows are left out: a rating of 0, which is taken for none (lines 2, 3)")
    );
    assert_eq!(look.spec.zero_is_rating, Some(false));
    assert_eq!(
        read("zeros", &one("a.csv", &zeros), &ReadSpec { zero_is_rating: Some(true), ..ReadSpec::default() }).0.interactions.len(),
        48
    );
}

#[test]
fn of_ratings_given_twice_the_last_in_time_counts_and_they_are_counted() {
    let mut text = lines("email,item,rating,time", |row| format!("{},{},{},{}", email(row), row.item, row.stars, time(row)));
    text += &format!("anna@example.org,1,5,{}\nanna@example.org,1,2,{}\n", FIRST + 900_000_000, FIRST + 1);
    let (found, look) = read("twice", &one("a.csv", text), &ReadSpec::default());
    let [only] = found.interactions.iter().filter(|row| (row.user, row.item) == (1, 1)).collect::<Vec<_>>()[..] else { panic!("twice") };
    assert_eq!((only.rating, only.time), (5.0, FIRST + 900_000_000));
    assert!(told(&look, About::Note).contains("2 ratings were given again later, and the later one counts (line 5"), "{:?}", look.assumed);
}

#[test]
fn lists_of_people_are_taken_for_fairness() {
    let ratings = lines("", |row| plain(row).replace(',', "::"));
    let people_1m: String = (1..=6).map(|id| format!("{id}::{}::25::12::48067\n", if id % 2 == 0 { 'F' } else { 'M' })).collect();
    let people_100k: String = (1..=6).map(|id| format!("{id}|24|{}|writer|85711\n", if id % 2 == 0 { 'F' } else { 'M' })).collect();
    let movies: String = FILMS.iter().zip(1..).map(|(title, id)| format!("{id}::{title}::Drama\n")).collect();
    for (what, files, format) in [
        (
            "whole ML-1M",
            vec![file("ratings.dat", &ratings), file("movies.dat", &movies), file("users.dat", &people_1m)],
            "ML-1M and ML-10M",
        ),
        ("without films", vec![file("ratings.dat", &ratings), file("users.dat", &people_1m)], "table"),
        ("other names", vec![file("R.txt", &ratings), file("People.txt", &people_1m)], "table"),
        ("ML-100K without u.item", vec![file("u.data", ratings.replace("::", "\t")), file("u.user", &people_100k)], "table"),
    ] {
        let (found, look) = read(what, &files, &ReadSpec::default());
        assert_eq!((look.format.as_str(), found.people.len(), Groups::new(&found).names), (format, 6, ["women", "men"]), "{what}");
        assert!(Groups::new(&found).second(1) && !Groups::new(&found).second(2), "{what}");
    }
}

#[test]
fn a_known_format_is_shown_too() {
    let text = lines("userId,movieId,rating,timestamp", plain);
    let movies: String =
        "movieId,title,genres\n".to_owned() + &FILMS.iter().zip(1..).map(|(title, id)| format!("{id},{title},Drama\n")).collect::<String>();
    let files = [file("ml/ratings.csv", text), file("ml/movies.csv", movies)];
    let (found, look) = read("MovieLens", &files, &ReadSpec::default());
    assert_eq!((found.name.as_str(), look.format.as_str(), look.file.as_str()), ("ml-latest", "MovieLens (csv)", "ml/ratings.csv"));
    let roles: Vec<Option<Role>> = look.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [Some(Role::User), Some(Role::Item), Some(Role::Rating), Some(Role::Time)]);
    assert_eq!((look.rows.len(), look.rows[0].line, look.rows[0].cells[2].as_str()), (20, 2, "1"));
    // what is said makes it a table, with the same films
    let (said, look) = read("MovieLens with a threshold", &files, &ReadSpec { threshold: Some(4.0), ..ReadSpec::default() });
    assert_eq!((look.format.as_str(), said.items.len(), said.items[0].genres.len()), ("table", 12, 1));
    assert_eq!(said.interactions.iter().filter(|row| row.rating > 3.0).count(), rows().iter().filter(|row| row.stars > 4).count());
}

#[test]
fn what_is_found_out_may_be_said_instead() {
    // two columns of numbers may be the rating, and the table has no names
    let text = lines("", |row| format!("{};{};{};{}", row.at, row.item, row.stars, email(row)));
    let columns = ColumnSpec { user: 3, item: 1, rating: 2, time: None, title: None };
    let spec = ReadSpec { columns: Some(columns), ..ReadSpec::default() };
    let (found, look) = read("columns", &one("a.txt", &text), &spec);
    assert_eq!((found.user_names.len(), look.spec.columns), (6, Some(columns)));
    assert_eq!(
        look.columns.iter().map(|column| column.role).collect::<Vec<_>>(),
        [None, Some(Role::Item), Some(Role::Rating), Some(Role::User)]
    );

    let headed = lines("a;b;c;d", |row| plain(row).replace(',', ";"));
    let spec = ReadSpec { header: Some(true), separator: Some(Separator::Semicolon), ..ReadSpec::default() };
    assert_eq!(read("header", &one("a.txt", headed), &spec).1.columns[2].name, "c");

    let ambiguous = lines("user,item,rating,date", |row| {
        format!("{},{},{},{:02}/{:02}/2021", row.user, row.item, row.stars, 1 + row.at % 12, 1 + row.at / 12)
    });
    let spec = ReadSpec { dates: Some(DateOrder::DayFirst), ..ReadSpec::default() };
    assert!(told(&read("dates", &one("a.csv", ambiguous), &spec).1, About::Time).contains("begin with the day"));
}

/// Whatever cannot be read names file, line, column, rule and value; what can be shown is shown beside it.
#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let header = "user,item,rating,time";
    let at = |n: i64, bad: &'static str| lines(header, move |row| if row.at == n { bad.to_owned() } else { plain(row) });
    let dates = |bad: fn(Row) -> String| lines(header, move |row| format!("{},{},{},{}", row.user, row.item, row.stars, bad(row)));
    let cases: Vec<(&str, String, u32, &str, &str, &str)> = vec![
        ("a word as rating", at(30, "1,1,good-ish,1614834367"), 32, "column `rating`", "must be a number", "good-ish"),
        ("a field too few", at(30, "1,1,5"), 32, "", "must have 4 columns with commas between them, it has 3", "1,1,5"),
        ("no time", at(30, "1,1,5,tomorrow"), 32, "column `time`", "a date such as 2021-03-04", "tomorrow"),
        ("another unit", at(30, "1,1,5,1614834367000"), 32, "column `time`", "must be in the same unit", "1614834367000"),
        ("open quote", at(30, "1,\"1,5,1614834367"), 32, "", "a quote must enclose", "1,\"1,5,1614834367"),
        (
            "ambiguous dates",
            dates(|row| format!("{:02}/{:02}/2021", 1 + row.at % 12, 1 + row.at / 12)),
            2,
            "column `time`",
            "day or month comes first",
            "1/1/2021",
        ),
        (
            "two orders",
            dates(|row| if row.at < 40 { format!("13/{:02}/2021", 1 + row.at % 12) } else { "05/14/2021".into() }),
            42,
            "column `time`",
            "line 2 begins with the day, this one with the month",
            "5/14/2021",
        ),
        (
            "no such day",
            dates(|row| if row.at == 40 { "31/02/2021".into() } else { format!("13/{:02}/2021", 1 + row.at % 12) }),
            42,
            "column `time`",
            "a day that exists",
            "31/2/2021",
        ),
        ("off every scale", at(30, "1,1,4711,1614834367"), 32, "column `rating`", "at most 100", "4711"),
        (
            "one person",
            lines(header, |row| format!("7,{},{},{}", row.at, row.stars, time(row))),
            0,
            "column `user`",
            "one person alone",
            "1 person",
        ),
        (
            "all liked",
            lines(header, |row| format!("{},{},5,{}", row.user, row.item, time(row))),
            0,
            "column `rating`",
            "some ratings must be above 3",
            "48 of 48 ratings above it",
        ),
        ("no ratings", format!("{header}\n"), 0, "", "at least one rating", "0 ratings"),
    ];
    for (what, text, line, column, rule, value) in cases {
        let files = one("mine.csv", &text);
        let error = read_dataset(&files).expect_err(what).to_string();
        let look = look(&files, &ReadSpec::default()).unwrap_or_else(|error| panic!("{what}: {error}"));
        let problem = look.problem.unwrap_or_else(|| panic!("{what}: nothing stands in the way"));
        assert_eq!((problem.message.as_str(), problem.file.as_str()), (error.as_str(), "mine.csv"), "{what}");
        assert!(problem.rule.contains(rule), "{what}: {error}");
        assert_eq!((problem.line, problem.column.as_str(), problem.value.as_str()), (line, column, value), "{what}: {error}");
        assert_eq!((look.columns.len(), look.n_ratings), (4, 0), "{what}");
    }
    let error = look(&one("notes.txt", "hello\n"), &ReadSpec::default()).expect_err("no table").to_string();
    assert!(error.starts_with("notes.txt:0: no known data set"), "{error}");
}

#[test]
fn settings_that_do_not_fit_are_named() {
    let files = one("a.csv", lines("user,item,rating,time", plain));
    let said = |spec: ReadSpec| read_dataset_as(&files, &spec).expect_err("does not fit").to_string();
    let columns = |user, item, rating| Some(ColumnSpec { user, item, rating, time: None, title: None });
    assert_eq!(
        said(ReadSpec { columns: columns(0, 1, 9), ..ReadSpec::default() }),
        "columns.rating: the table has 4 columns, counted from 0, got `9`"
    );
    assert_eq!(
        said(ReadSpec { columns: columns(0, 0, 2), ..ReadSpec::default() }),
        "columns.item: must be another column than `user`, got `0`"
    );
    assert!(said(ReadSpec { threshold: Some(5.0), ..ReadSpec::default() }).starts_with("threshold: must be from 0 to below 5"));
    assert!(said(ReadSpec { file: Some("b.csv".into()), ..ReadSpec::default() }).starts_with("file: must be one of the files"));
    assert!(said(ReadSpec { separator: Some(Separator::Tab), ..ReadSpec::default() }).contains("file must be a table"));
}

/// Two tables of ratings are one too many, unless a name or the person says which.
#[test]
fn several_files() {
    let text = lines("user,item,rating,time", plain);
    let two = [file("one.csv", &text), file("two.csv", &text)];
    assert!(read_dataset(&two).expect_err("two").to_string().contains("one table of ratings at a time"));
    assert_eq!(read("said", &two, &ReadSpec { file: Some("two.csv".into()), ..ReadSpec::default() }).0.interactions.len(), 48);
    let named = [file("backup.csv", &text), file("my-ratings.csv", &text)];
    assert_eq!(read("named", &named, &ReadSpec::default()).1.file, "my-ratings.csv");

    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [("mine/README.md", "nothing"), ("mine/Votes.TXT", &text), ("__MACOSX/mine/._Votes.TXT", "x")] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("zip entry starts");
        zip.write_all(text.as_bytes()).expect("zip entry is written");
    }
    let zip = one("mine.zip", zip.finish().expect("zip is closed").into_inner());
    assert_eq!(read("zip", &zip, &ReadSpec::default()).1.file, "mine/Votes.TXT");
}

/// No file makes it panic: every cut of some tables, and every byte of them changed.
#[test]
fn damaged_tables_are_read_or_refused() {
    let texts = [
        lines("email;title;rating;date", |row| {
            format!("{};\"{}\";{},5;{:02}/03/2021", email(row), FILMS[row.item - 1], row.stars.min(4), 1 + row.at % 28)
        }),
        lines("", |row| plain(row).replace(',', "::")),
    ];
    for text in texts {
        let bytes = &text.as_bytes()[..text.len().min(600)];
        for cut in 0..bytes.len() {
            let _ = look(&one("a.csv", &bytes[..cut]), &ReadSpec::default());
            let mut changed = bytes.to_vec();
            for byte in [0, b'"', b';', b'\n', 0xff] {
                changed[cut] = byte;
                let _ = look(&one("a.csv", &changed), &ReadSpec::default());
            }
        }
    }
}
