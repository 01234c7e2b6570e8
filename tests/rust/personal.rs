//! One person's own ratings: every export is read and matched to the shipped data, and a model is taught them and forgets them.

use crate::{Quiet, repo};
use burn::tensor::Device;
use std::collections::HashMap;
use std::io::{Cursor, Write};
use unlearn_core::data::ForgetSpec;
use unlearn_core::data::interaction::{Dataset, SourceFile};
use unlearn_core::data::personal::{Certainty, Match, Person, PersonRating, Shelf, ShelfSpec, Titles, read_shelf};
use unlearn_core::data::source::read_dataset;
use unlearn_core::host::Files;
use unlearn_core::package::person::PERSON;
use unlearn_core::report::RunRequest;
use unlearn_core::session::{Session, TeachSpec, params};

fn export(name: &str) -> SourceFile {
    SourceFile { name: name.into(), bytes: std::fs::read(repo("tests/exports").join(name)).expect("a fixture") }
}

fn sources(data: &str, names: [&str; 2]) -> Vec<SourceFile> {
    let read = |name: &str| SourceFile {
        name: name.into(),
        bytes: std::fs::read(repo("public/data").join(data).join(name)).expect("it is shipped"),
    };
    names.map(read).into()
}

fn films() -> Vec<SourceFile> {
    sources("ml-latest-small", ["ratings.csv", "movies.csv"])
}

fn matched(files: &[SourceFile], dataset: &Dataset) -> (Shelf, Vec<Match>) {
    let shelf = read_shelf(files, &ShelfSpec::default()).expect("the fixture is sound");
    assert_eq!(shelf.problem, None);
    let titles = Titles::of(dataset);
    let matches = shelf.entries.iter().map(|entry| titles.find(entry)).collect();
    (shelf, matches)
}

/// How many are sure, doubtful and missing.
fn counts(matches: &[Match]) -> [usize; 3] {
    [Certainty::Sure, Certainty::Doubtful, Certainty::Missing]
        .map(|verdict| matches.iter().filter(|found| found.verdict == verdict).count())
}

#[test]
fn every_export_of_films_is_read_and_matched() {
    let dataset = read_dataset(&films()).expect("the data are sound");
    for (name, source, expected, note) in [
        ("letterboxd-ratings.csv", "Letterboxd", [30, 3, 1], ""),
        ("letterboxd-diary.csv", "Letterboxd", [11, 0, 0], "1 row without a rating was left out"),
        ("imdb-ratings.csv", "IMDb", [14, 0, 0], "1 row that is an episode, a series or a game was left out"),
        ("trakt-ratings-movies.json", "Trakt", [12, 0, 0], "1 row that is an episode, a series or a game was left out"),
        ("trakt.csv", "Trakt", [9, 0, 0], ""),
        ("movielens-org.csv", "movielens.org", [8, 0, 0], ""),
        ("one-person.inter", "list", [0, 9, 1], ""),
        ("list.tsv", "list", [12, 0, 0], ""),
        ("list.jsonl", "list", [12, 0, 0], ""),
    ] {
        let (shelf, matches) = matched(&[export(name)], &dataset);
        let told = || {
            shelf
                .entries
                .iter()
                .zip(&matches)
                .map(|(entry, found)| format!("{} {:?} {found:?}", entry.title, entry.year))
                .collect::<Vec<_>>()
        };
        assert_eq!((shelf.source.as_str(), counts(&matches)), (source, expected), "{name}: {:#?}", told());
        assert_eq!(shelf.notes.concat(), note, "{name}");
    }
}

#[test]
fn one_viewer_is_read_the_same_from_every_service() {
    let dataset = read_dataset(&films()).expect("the data are sound");
    let stars = |name: &str| {
        let (shelf, matches) = matched(&[export(name)], &dataset);
        let of = shelf.entries.iter().zip(&matches).filter_map(|(entry, found)| Some((found.item?, entry.stars)));
        of.collect::<HashMap<u32, f32>>()
    };
    let all = stars("letterboxd-ratings.csv");
    // The Matrix and Fargo, by hand.
    assert_eq!((all[&2571], all[&608]), (4.5, 4.5));
    for name in ["letterboxd-diary.csv", "imdb-ratings.csv", "trakt-ratings-movies.json", "trakt.csv", "list.tsv", "list.jsonl"] {
        for (item, stars) in stars(name) {
            assert_eq!(all[&item], stars, "{name}: {item}");
        }
    }
    let (shelf, _) = matched(&[export("letterboxd-ratings.csv")], &dataset);
    // `date -u -d 2019-01-03 +%s`
    assert_eq!(shelf.entries[0].time, Some(1_546_473_600.0));
}

#[test]
fn what_is_doubtful_or_missing_is_told_one_by_one() {
    let dataset = read_dataset(&films()).expect("the data are sound");
    let (shelf, matches) = matched(&[export("letterboxd-ratings.csv")], &dataset);
    let of = |verdict| {
        shelf
            .entries
            .iter()
            .zip(&matches)
            .filter(move |(_, found)| found.verdict == verdict)
            .map(|(entry, found)| (entry.title.as_str(), found.why.as_str()))
            .collect::<Vec<_>>()
    };
    let doubtful = [
        ("Star Wars", "the title is another, but alike"),
        ("Parasite", "the year is another: 2019 there, 1982 here"),
        ("Solaris", "the year is another: 2010 there, 2002 here"),
    ];
    assert_eq!(of(Certainty::Doubtful), doubtful);
    assert_eq!(of(Certainty::Missing), [("Everything Everywhere All at Once", "")]);
}

#[test]
fn exports_of_books_are_matched_by_author() {
    let dataset = read_dataset(&sources("goodbooks-10k", ["ratings.csv", "books.csv"])).expect("the data are sound");
    for (name, source) in [("goodreads_library_export.csv", "Goodreads"), ("storygraph.csv", "StoryGraph")] {
        let (shelf, matches) = matched(&[export(name)], &dataset);
        assert_eq!((shelf.source.as_str(), shelf.entries.len()), (source, 11), "{name}");
        assert_eq!(shelf.notes, ["1 row without a rating was left out"], "{name}");
        let [sure, _, missing] = counts(&matches);
        let told = || shelf.entries.iter().zip(&matches).map(|(entry, found)| format!("{} {found:?}", entry.title)).collect::<Vec<_>>();
        assert!(sure >= 9 && missing == 1, "{name}: {:#?}", told());
    }
}

#[test]
fn the_archive_that_letterboxd_gives_is_read() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let rated = export("letterboxd-ratings.csv").bytes;
    let other = export("letterboxd-diary.csv").bytes;
    for (name, bytes) in [("deleted/ratings.csv", &other), ("profile.csv", &other), ("diary.csv", &other), ("ratings.csv", &rated)] {
        zip.start_file(name, options).and_then(|()| Ok(zip.write_all(bytes)?)).expect("it is written to memory");
    }
    let archive = SourceFile { name: "letterboxd.zip".into(), bytes: zip.finish().expect("it is complete").into_inner() };
    let shelf = read_shelf(&[archive], &ShelfSpec::default()).expect("it is sound");
    assert_eq!((shelf.file.as_str(), shelf.entries.len()), ("ratings.csv", 34));
}

fn package() -> Files {
    let names = ["manifest.json", "model.safetensors", "tokenizer.json", "crossfit.safetensors", "retrain.safetensors"];
    names.map(|name| (name.to_owned(), std::fs::read(repo("models/nano-ml-latest-small").join(name)).expect("it is shipped"))).into()
}

fn viewer(dataset: &Dataset) -> Person {
    let (shelf, matches) = matched(&[export("letterboxd-ratings.csv")], dataset);
    let sure = shelf.entries.iter().zip(&matches).filter(|(_, found)| found.verdict == Certainty::Sure);
    Person {
        ratings: sure
            .filter_map(|(entry, found)| Some(PersonRating { item: found.item?, rating: entry.stars, time: entry.time }))
            .collect(),
    }
}

#[test]
fn a_person_is_learned_and_forgotten() {
    let (data, device) = (films(), Device::flex());
    let person = viewer(&read_dataset(&data).expect("the data are sound"));
    let base = Session::load(&package(), &data, &device, "cpu").expect("it is shipped");
    let teach = |package: &Files, person: &Person| {
        pollster::block_on(Session::teach(package, &data, person, &TeachSpec::default(), &device, "cpu", &mut Quiet))
    };
    let (mut session, report, files) = teach(&package(), &person).expect("thirty films are enough");

    // It knows them now, about as well as the people it was made with, and answers the others as before.
    assert_eq!((report.user, report.n_ratings, report.n_rows), (611, 30, 25));
    let of_others = report.known_of_others.expect("the package has cross-fitted answers");
    assert!(report.known > 0.5 * of_others && of_others > 0.0, "{report:?}");
    let auc = |quality: &unlearn_core::metric::Quality| quality.auc.expect("both answers occur");
    assert!((auc(&report.others_before) - auc(&report.others_after)).abs() < 0.005, "{report:?}");

    // Nobody else's rows moved, and only the person's are new.
    assert_eq!(session.split.train[..base.split.train.len()], base.split.train[..]);
    assert_eq!(session.split.test, base.split.test);
    assert!(session.data_hash != base.data_hash && session.data_mismatch.is_none());
    assert_eq!(session.manifest.figures.len(), 0, "figures of the data without the person are not those of these");

    // Taught again, it is the same model; and one person at a time.
    let (_, again, same) = teach(&package(), &person).expect("as before");
    assert_eq!((again.after, same.get("model.safetensors")), (report.after, files.get("model.safetensors")));
    assert!(teach(&files, &person).err().is_some_and(|error| error.to_string().contains("must not have been taught a person yet")));

    // What is expected is what the model answered before, exactly.
    let forget = ForgetSpec { users: Some(vec![report.user]), ..ForgetSpec::default() };
    let selection = session.select(&forget).expect("the person has rows");
    let expected = session.expected(&forget, &selection).expect("it is known exactly");
    let expectation = session.expectation(&expected, &selection);
    assert!((expectation.logloss - report.before.logloss).abs() < 1e-9 && expectation.error.is_none());
    let one = ForgetSpec {
        interactions: Some(vec![(report.user, session.split.train[selection.forget[0] as usize].item)]),
        ..ForgetSpec::default()
    };
    let of_one = session.expected(&one, &session.select(&one).expect("it is a row"));
    assert!(of_one.is_err_and(|why| why.contains("forget all of them, or train Retrain")));
    let other = ForgetSpec { users: Some(vec![414]), ..ForgetSpec::default() };
    assert!(
        session.expected(&other, &session.select(&other).expect("they have rows")).is_ok(),
        "the others' cross-fitted answers still hold"
    );

    // Forgotten, calibrated by that.
    let request = RunRequest { forget, method: "e2urec".into(), params: calibrated(), seed: 1, ..RunRequest::default() };
    let run = pollster::block_on(session.run(&request, &mut Quiet)).expect("it can be forgotten");
    let after = run.methods.last().expect("the method's figures").forget.logloss;
    let gap = (after - report.before.logloss).abs() / report.known;
    assert!(gap < 0.25, "{} taught, {after} forgotten, {} before: {gap}", report.after.logloss, report.before.logloss);

    // The package that was written is the same session.
    let loaded = Session::load(&files, &data, &device, "cpu").expect("what was written is read");
    assert_eq!((loaded.taught.map(|taught| taught.user), &loaded.data_hash), (Some(611), &session.data_hash));
    let mut damaged = files.clone();
    damaged.insert(PERSON.into(), b"{}".to_vec());
    assert!(Session::load(&damaged, &data, &device, "cpu").is_err_and(|error| error.to_string().contains(PERSON)));
}

/// E2URec's own setting, which calibrates itself.
fn calibrated() -> std::collections::BTreeMap<String, f64> {
    let preset = unlearn_core::unlearn::method("e2urec").expect("it is a method").suited(false);
    params(preset.expect("it has presets").params)
}

#[test]
fn what_cannot_be_taught_is_refused() {
    let (data, device) = (films(), Device::flex());
    let few = Person { ratings: (1..=5).map(|item| PersonRating { item, rating: 4.0, time: None }).collect() };
    let said = |person: &Person, spec: &TeachSpec| {
        let taught = pollster::block_on(Session::teach(&package(), &data, person, spec, &device, "cpu", &mut Quiet));
        taught.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(said(&few, &TeachSpec::default()).contains("at least 8 of the data set's items"));
    assert!(said(&few, &TeachSpec { rank: 0, ..TeachSpec::default() }).starts_with("rank: must be 1 to 64, got `0`"));
    let unknown = Person { ratings: vec![PersonRating { item: 4_000_000, rating: 4.0, time: None }] };
    assert!(said(&unknown, &TeachSpec::default()).starts_with("ratings.item: must be an item that the model has a token for"));
}
