//! Tests of the ranking figures: opt-in, the same twice, and with the candidates that were asked for.

use super::Quiet;
use super::methods::{nano, text};
use std::collections::HashSet;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::report::{Candidates, RunRequest};
use unlearn_core::session::Session;

fn request(session: &Session, ranking: Option<Candidates>) -> RunRequest {
    let forget = ForgetSpec { users: Some(vec![session.split.train_users[0]]), ..Default::default() };
    RunRequest { method: "ascent".into(), forget, steps: Some(2), ranking, ..Default::default() }
}

#[test]
fn next_liked_items_are_ranked_on_demand() {
    let mut session = nano();
    let mut run = |ranking| {
        let request = request(&session, ranking);
        pollster::block_on(session.run(&request, &mut Quiet)).expect("runs")
    };
    assert!(run(None).methods.iter().all(|line| line.ranking.is_none()));
    let [sampled, again, full] = [Candidates::Sampled, Candidates::Sampled, Candidates::Full].map(|candidates| run(Some(candidates)));
    let rankings =
        |report: &unlearn_core::report::Report| report.methods.iter().map(|line| line.ranking.expect("was asked for")).collect::<Vec<_>>();
    assert_eq!(rankings(&sampled), rankings(&again), "the seed of the candidates is fixed");
    for (sampled, full) in rankings(&sampled).iter().zip(rankings(&full)) {
        assert_eq!(sampled.users, full.users);
        assert!(sampled.candidates <= 100.0 && full.candidates > 100.0, "{} {}", sampled.candidates, full.candidates);
        assert!(sampled.hr_5 <= sampled.hr_10 && sampled.ndcg_10 <= sampled.hr_10 && full.hr_10 <= sampled.hr_10, "{sampled:?} {full:?}");
    }
    let gone = session.split.train_users[0];
    let liked: HashSet<u32> = session.split.test.iter().filter(|row| row.label() && row.user != gone).map(|row| row.user).collect();
    assert_eq!(rankings(&full)[0].users as usize, liked.len());
}

#[test]
fn a_language_model_is_not_ranked() {
    let mut session = text();
    let request = request(&session, Some(Candidates::Sampled));
    let error = pollster::block_on(session.run(&request, &mut Quiet)).expect_err("is refused").to_string();
    assert!(error.contains("ranking: is measured for nanos"), "{error}");
}
