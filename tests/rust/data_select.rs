//! Tests of the split on small data, and of the rows that a forget spec selects from it.

use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::interaction::{Dataset, Interaction, Item};
use unlearn_core::data::select::{Selection, select};
use unlearn_core::data::split::{Split, split};

/// Two users with 15 ratings each, alternating; at every time, user 2's rating comes first. Items 0..15; the even ones are dramas.
fn small() -> Dataset {
    let mut interactions = Vec::new();
    for item in 0..15 {
        for user in [9, 2] {
            interactions.push(Interaction { user, item, rating: if item % 3 == 0 { 2.0 } else { 4.5 }, time: i64::from(item) });
        }
    }
    let genres = |id: u32| if id.is_multiple_of(2) { vec!["Drama".to_owned()] } else { vec!["Comedy".to_owned()] };
    let item = |id| Item { id, title: format!("item {id}"), genres: genres(id), authors: Vec::new(), year: None };
    Dataset { name: "small".into(), interactions, items: (0..15).chain([77]).map(item).collect(), ..Dataset::default() }
}

fn ready() -> (Dataset, Split) {
    let dataset = small();
    let split = split(&dataset).expect("20 samples are enough");
    (dataset, split)
}

#[test]
fn split_in_time_order() {
    let (dataset, split) = ready();
    // 15 − 5 samples per user; 20 · 60 % = 12, 20 · 80 % = 16
    assert_eq!((split.train.len(), split.valid.len(), split.test.len()), (12, 4, 4));
    let first: Vec<(u32, u32)> = split.train.iter().take(3).map(|sample| (sample.user, sample.item)).collect();
    assert_eq!(first, [(2, 5), (9, 5), (2, 6)]);
    assert_eq!(split.train_users, [2, 9]);
    let last = split.test.last().expect("4 samples");
    assert_eq!((last.user, last.item, last.label()), (9, 14, true));
    assert_eq!(split.history(last), &[4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map(|item| (item, if item % 3 == 0 { 2.0 } else { 4.5 })));
    assert_eq!(split.history(&split.train[0]).len(), 5);
    assert_eq!(dataset.interactions[split.train[0].row as usize].user, 2);
}

#[test]
fn too_few_samples() {
    let mut dataset = small();
    dataset.interactions.truncate(18);
    let error = split(&dataset).expect_err("8 samples");
    assert_eq!(error.to_string(), "small: at least 10 ratings must have 5 earlier ones of the same user, got `8`");
    dataset.interactions.clear();
    assert!(split(&dataset).is_err());
}

fn chosen(spec: ForgetSpec) -> Vec<(u32, u32)> {
    let (dataset, split) = ready();
    let Selection { forget, retain } = select(&split, &dataset, &spec).expect("the spec is sound");
    let mut all: Vec<u32> = forget.iter().chain(&retain).copied().collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..12), "every training sample once");
    assert!(forget.is_sorted() && retain.is_sorted());
    forget.iter().map(|idx| &split.train[*idx as usize]).map(|sample| (sample.user, sample.item)).collect()
}

#[test]
fn by_user_item_genre_and_interaction() {
    assert_eq!(chosen(ForgetSpec { users: Some(vec![9]), ..Default::default() }), [5, 6, 7, 8, 9, 10].map(|item| (9, item)));
    assert_eq!(chosen(ForgetSpec { items: Some(vec![6, 0]), ..Default::default() }), [(2, 6), (9, 6)]);
    let comedies = [5, 7, 9].map(|item| [(2, item), (9, item)]).concat();
    assert_eq!(chosen(ForgetSpec { genre: Some("Comedy".into()), ..Default::default() }), comedies);
    assert_eq!(chosen(ForgetSpec { interactions: Some(vec![(9, 7), (2, 5)]), ..Default::default() }), [(2, 5), (9, 7)]);
    // a false `standard` next to another field has no effect
    assert_eq!(chosen(ForgetSpec { items: Some(vec![6]), standard: Some(false), ..Default::default() }).len(), 2);
}

fn standard() -> ForgetSpec {
    ForgetSpec { standard: Some(true), ..Default::default() }
}

fn refused(spec: ForgetSpec, expect: &str) {
    let (dataset, split) = ready();
    let error = select(&split, &dataset, &spec).expect_err("the spec breaks a rule");
    assert_eq!(error.to_string(), expect);
}

#[test]
fn unknown_names() {
    let none = ForgetSpec::default;
    refused(ForgetSpec { users: Some(vec![2, 3]), ..none() }, "forget.users: every user must be in the data set, got `3`");
    refused(ForgetSpec { items: Some(vec![99]), ..none() }, "forget.items: every item must be in the data set, got `99`");
    refused(ForgetSpec { genre: Some("dramas".into()), ..none() }, "forget.genre: must be a genre of small (Comedy, Drama), got `dramas`");
    let rule = "must be training samples: the model never learned from any other";
    for (user, item) in [(2, 99), (2, 0), (2, 14)] {
        let spec = ForgetSpec { interactions: Some(vec![(2, 5), (user, item)]), ..none() };
        refused(spec, &format!("forget.interactions: {rule}, got `user {user}, item {item}`"));
    }
}

#[test]
fn nothing_or_everything() {
    let none = ForgetSpec::default;
    let empty = "must select at least one training sample";
    refused(ForgetSpec { users: Some(vec![]), ..none() }, &format!("forget.users: {empty}, got `[]`"));
    refused(ForgetSpec { interactions: Some(vec![]), ..none() }, &format!("forget.interactions: {empty}, got `[]`"));
    // item 77 was never rated, item 0 only before the first sample; two users have no fifth
    let never = "none among the training rows: the model never learned from them, there is nothing to forget";
    refused(ForgetSpec { items: Some(vec![77]), ..none() }, &format!("forget.items: {empty}, got `[77]`"));
    let told = format!("forget.items: {empty}; items 77, 0 have 2 ratings, {never}, got `[77, 0]`");
    refused(ForgetSpec { items: Some(vec![77, 0]), ..none() }, &told);
    refused(standard(), &format!("forget.standard: {empty}, got `[]`"));
    let all = "must leave at least one training sample to retain";
    refused(ForgetSpec { users: Some(vec![2, 9]), ..none() }, &format!("forget.users: {all}, got `[2, 9]`"));
}

#[test]
fn a_request_that_names_nobody_is_not_the_standard_set() {
    let rule = "must name what to forget, by one of users, items, genre, interest, words, interactions, standard, percent, core, edge, any; \
                {\"standard\": true} is the paper's 20 % of users";
    let read = |json: &str| serde_json::from_str::<ForgetSpec>(json).expect("a forget spec");
    for nobody in ["{}", r#"{"users": null}"#, r#"{"shuffle": 7}"#] {
        refused(read(nobody), &format!("forget: {rule}, got `none of them`"));
    }
    for asked in ["[{}]", r#"[{"users": null}]"#] {
        refused(read(&format!(r#"{{"any": {asked}}}"#)), &format!("forget.any[0]: {rule}, got `none of them`"));
    }
    refused(read(r#"{"any": [{"users": [2]}, {}]}"#), &format!("forget.any[1]: {rule}, got `none of them`"));
    let empty = "must select at least one training sample, got `[]`";
    refused(read(r#"{"any": [{"users": [2]}, {"users": []}]}"#), &format!("forget.any[1].users: {empty}"));
    refused(read(r#"{"any": []}"#), "forget.any: must have 1 to 1000 requests, got `0`");
}

#[test]
fn one_persons_interest() {
    let interest = |user, genre: &str| ForgetSpec { interest: Some((user, genre.into())), ..Default::default() };
    assert_eq!(chosen(interest(9, "comedy")), [(9, 5), (9, 7), (9, 9)]);
    refused(interest(3, "Comedy"), "forget.interest: every user must be in the data set, got `3`");
    refused(interest(9, "Horror"), "forget.interest: must be a genre of small (Comedy, Drama), got `Horror`");
    let both = ForgetSpec { users: Some(vec![9]), ..interest(9, "Comedy") };
    refused(
        both,
        "forget: exactly one of users, items, genre, interest, words, interactions, standard, percent, core, edge, any may be set, got `users, interest`",
    );
}

#[test]
fn items_with_a_word() {
    let words = |words: &[&str]| ForgetSpec { words: Some(words.iter().map(|word| (*word).to_owned()).collect()), ..Default::default() };
    // Whole words, in any case, in titles and genres: "1" is no word of "item 10".
    assert_eq!(chosen(words(&["ITEM 10"])), [(2, 10), (9, 10)]);
    assert_eq!(chosen(words(&["6", "no such"])), [(2, 6), (9, 6)]);
    assert_eq!(chosen(words(&["comedy"])).len(), 6);
    let empty = "must select at least one training sample";
    refused(words(&["7 7"]), &format!("forget.words: {empty}, got `[\"7 7\"]`"));
    let never = "none among the training rows: the model never learned from them, there is nothing to forget";
    refused(words(&["1"]), &format!("forget.words: {empty}; items with these words have 2 ratings, {never}, got `[\"1\"]`"));
    refused(words(&["!"]), "forget.words: every word must have a letter or a digit, got `!`");
    refused(words(&[]), "forget.words: must name at least one word, got `none`");
}

#[test]
fn a_genre_is_found_in_any_case() {
    let (mut dataset, split) = ready();
    let rows = |dataset: &Dataset, genre: &str| {
        select(&split, dataset, &ForgetSpec { genre: Some(genre.into()), ..Default::default() }).map(|selection| selection.forget)
    };
    let comedies = rows(&dataset, "Comedy").expect("it is a genre");
    assert_eq!(
        (rows(&dataset, "comedy").expect("in any case"), rows(&dataset, " COMEDY").expect("in any case")),
        (comedies.clone(), comedies)
    );
    // Where two genres differ in their case alone, the one that is written so is meant, and no other spelling.
    dataset.items[1].genres = vec!["COMEDY".into()];
    assert_eq!(rows(&dataset, "COMEDY").expect_err("item 1 was rated before the first sample").to_string().matches("2 ratings").count(), 1);
    let told = rows(&dataset, "comedy").expect_err("two are meant").to_string();
    assert_eq!(told, "forget.genre: must be a genre of small (COMEDY, Comedy, Drama), got `comedy`");
    dataset.items.iter_mut().for_each(|item| item.genres.clear());
    let told = rows(&dataset, "Drama").expect_err("no genres").to_string();
    assert_eq!(told, "forget.genre: cannot be chosen: small has no genres, got `Drama`");
}

/// User 5 begins when the training rows have ended; user 6 has too few ratings to be asked about.
#[test]
fn who_was_never_learned_from_is_told_so() {
    let mut dataset = small();
    for item in 0..8 {
        dataset.interactions.push(Interaction { user: 5, item, rating: 4.0, time: 100 + i64::from(item) });
    }
    dataset.interactions.push(Interaction { user: 6, item: 3, rating: 4.0, time: 0 });
    let split = split(&dataset).expect("23 samples are enough");
    let told = |users: &[u32]| {
        let spec = ForgetSpec { users: Some(users.to_vec()), ..Default::default() };
        select(&split, &dataset, &spec).expect_err("nothing to forget").to_string()
    };
    let never = "none among the training rows: the model never learned from them, there is nothing to forget";
    let rule = "forget.users: must select at least one training sample";
    assert_eq!(told(&[5]), format!("{rule}; user 5 has 8 ratings, {never}, got `[5]`"));
    assert_eq!(told(&[6]), format!("{rule}; user 6 has 1 rating, {never}, got `[6]`"));
    assert_eq!(told(&[5, 6]), format!("{rule}; users 5, 6 have 9 ratings, {never}, got `[5, 6]`"));
}

#[test]
fn more_than_one_field() {
    let rule = "exactly one of users, items, genre, interest, words, interactions, standard, percent, core, edge, any may be set";
    let spec = ForgetSpec { users: Some(vec![2]), genre: Some("Drama".into()), ..Default::default() };
    refused(spec, &format!("forget: {rule}, got `users, genre`"));
    let spec = ForgetSpec { users: Some(vec![2]), standard: Some(true), ..Default::default() };
    refused(spec, &format!("forget: {rule}, got `users, standard`"));
    let spec = ForgetSpec { standard: Some(false), ..Default::default() };
    refused(spec, "forget.standard: must be true, or another field must say what to forget, got `false`");
}

#[test]
fn the_most_and_the_least_active() {
    let none = ForgetSpec::default;
    // Half of two people is one; both have six rows, so it is the lower id at either end.
    for spec in [ForgetSpec { core: Some(50), ..none() }, ForgetSpec { edge: Some(50), ..none() }] {
        let rows = chosen(spec);
        assert!(rows.len() == 6 && rows.iter().all(|(user, _)| *user == 2), "{rows:?}");
    }
    refused(ForgetSpec { core: Some(0), ..none() }, "forget.core: must be between 1 and 90, got `0`");
    refused(ForgetSpec { edge: Some(91), ..none() }, "forget.edge: must be between 1 and 90, got `91`");
}
