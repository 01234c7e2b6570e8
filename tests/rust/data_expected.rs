//! Tests of the counts and forget users of the real data sets, against figures that an independent Python program computed.
//!
//! ml-latest-small is in the repository. The other data sets are read from a folder outside it; if they are absent, the test prints a note and passes.

use std::path::{Path, PathBuf};
use unlearn_core::data::common_item::common_item;
use unlearn_core::data::counts::{Counts, counts};
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::select::select;
use unlearn_core::data::source::{is_wanted, read_dataset};
use unlearn_core::data::spam::{Spam, add_spam};
use unlearn_core::data::split::split;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder with `expected.json` and the data sets that are not in the repository.
pub fn shared() -> PathBuf {
    std::env::var_os("UNLEARN_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from)
}

pub fn read_folder(folder: &Path) -> Vec<SourceFile> {
    let label = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder is readable") {
        let path = entry.expect("entry is readable").path();
        let name = format!("{label}/{}", path.file_name().expect("an entry has a name").to_string_lossy());
        if is_wanted(&name) {
            files.push(SourceFile { name, bytes: std::fs::read(&path).expect("file is readable") });
        }
    }
    files
}

fn count(folder: &Path) -> (String, Counts) {
    let dataset = read_dataset(&read_folder(folder)).expect("the data set is sound");
    let split = split(&dataset).expect("it is large enough");
    for sample in split.train.iter().chain(&split.valid).chain(&split.test) {
        let history = split.history(sample);
        assert!((5..=10).contains(&history.len()));
        assert_eq!(split.timeline[sample.history.end as usize], (sample.item, sample.rating), "the target follows its history");
        let row = dataset.interactions[sample.row as usize];
        assert_eq!((row.user, row.item, row.rating, row.time), (sample.user, sample.item, sample.rating, sample.time));
    }
    (dataset.name.clone(), counts(&dataset, &split))
}

/// Compares as JSON, so that the keys are compared too.
fn check_shared(key: &str, name: &str) {
    let (folder, expected) = (shared().join(key), shared().join("expected.json"));
    if !folder.is_dir() || !expected.is_file() {
        println!("skipped: {key} is not here (set UNLEARN_DATA to the folder that holds it and expected.json)");
        return;
    }
    let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(expected).expect("readable")).expect("expected.json is JSON");
    let (found_name, counts) = count(&folder);
    assert_eq!(found_name, name);
    let found = serde_json::to_value(counts).expect("counts serialise");
    assert_eq!(found, expected[key]);
}

// Figures from a Python program of 20 lines over the same files (sorted, random.seed(42), random.shuffle)
#[test]
fn ml_latest_small_in_the_repository() {
    let (name, counts) = count(&root().join("public/data/ml-latest-small"));
    assert_eq!(name, "ml-latest-small");
    assert_eq!((counts.ratings, counts.eligible_samples, counts.window_samples), (100_836, 97_786, 97_786));
    assert_eq!((counts.train, counts.valid, counts.test), (58_671, 19_557, 19_558));
    assert_eq!((counts.train_users, counts.forget_users, counts.forget_rows, counts.retain_rows), (381, 76, 10_745, 47_926));
    assert_eq!((counts.positive_rate_train, counts.positive_rate_test), (0.586423, 0.607782));
    assert_eq!(counts.forget_user_ids[..6], [1, 6, 9, 11, 13, 38]);
    assert_eq!(counts.first_sample.map(|sample| (sample.user, sample.item, sample.rating)), Some((429, 222, 4.0)));
    assert_eq!(counts.last_sample.map(|sample| (sample.user, sample.item, sample.rating)), Some((514, 162, 4.0)));
}

/// The shipped copy has fewer columns of books.csv but the same split.
#[test]
fn goodbooks_in_the_repository() {
    let folder = root().join("public/data/goodbooks-10k");
    let (name, counts) = count(&folder);
    assert_eq!((name.as_str(), counts.ratings, counts.train, counts.train_users), ("goodbooks-10k", 298_176, 60_000, 1_653));
    assert_eq!((counts.forget_users, counts.forget_rows, counts.retain_rows), (330, 11_831, 48_169));
    let dataset = read_dataset(&read_folder(&folder)).expect("the data set is sound");
    let split = split(&dataset).expect("the data set divides");
    for sample in split.train.iter().chain(&split.test).step_by(997) {
        let earlier = split.question(sample).earlier;
        let of_user = dataset.interactions[..sample.row as usize].iter().filter(|row| row.user == sample.user);
        assert!(of_user.map(|row| (row.item, row.rating)).eq(earlier.iter().copied()), "a question has all ratings before it and no other");
    }
}

#[test]
fn ml_latest_small_equals_expected() {
    check_shared("ml-latest-small", "ml-latest-small");
}

#[test]
fn goodbooks_equals_expected() {
    check_shared("goodbooks-10k", "goodbooks-10k");
}

#[test]
fn ml_1m_equals_expected() {
    check_shared("ml-1m-subset", "ml-1m");
}

#[test]
fn metadata_is_complete() {
    let dataset = read_dataset(&read_folder(&root().join("public/data/ml-latest-small"))).expect("the data set is sound");
    assert_eq!(dataset.items.len(), 9_742);
    let toy_story = dataset.item(1).expect("item 1 is there");
    assert_eq!((toy_story.title.as_str(), toy_story.year), ("Toy Story", Some(1995)));
    assert_eq!(toy_story.genres, ["Adventure", "Animation", "Children", "Comedy", "Fantasy"]);
    assert_eq!(dataset.items.iter().filter(|item| item.genres.is_empty()).count(), 34);
    assert_eq!(dataset.items.iter().filter(|item| item.year.is_none()).count(), 12);
    assert!(dataset.item(2_000_000).is_none());
}

/// Sixty accounts that push a film are known to act together; people who happen to be forgotten at once are not, however many.
#[test]
fn who_pushes_an_item_is_told_from_people_drawn_at_random() {
    let read = || read_dataset(&read_folder(&root().join("public/data/ml-latest-small"))).expect("the data set is sound");
    let dataset = read();
    let split_rows = split(&dataset).expect("it is large enough");
    let at_random = [r#"{"standard": true}"#, r#"{"percent": 50, "shuffle": 1}"#, r#"{"core": 10}"#, r#"{"edge": 50}"#];
    for spec in at_random {
        let spec: ForgetSpec = serde_json::from_str(spec).expect("it is a forget spec");
        let forget = select(&split_rows, &dataset, &spec).expect("somebody is drawn").forget;
        assert_eq!(common_item(&split_rows.train, &forget), None, "{spec:?}");
    }
    let mut dataset = read();
    let users = add_spam(&mut dataset, Spam { item: 8, accounts: 60, seed: 1 }).expect("the film is known");
    let split = split(&dataset).expect("it is large enough");
    let forget = select(&split, &dataset, &ForgetSpec { users: Some(users), ..ForgetSpec::default() }).expect("they are known").forget;
    let found = common_item(&split.train, &forget).expect("they rated one film alike");
    assert_eq!((found.item, found.people), (8, 60));
    assert!(found.ratings < 75, "{} ratings", found.ratings);
}
