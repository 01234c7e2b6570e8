//! Tests that several replicas, which carry out a command together, come to the same bits as one alone, with every method and every attack.

use super::methods::{nano, request, text};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use unlearn_core::attack::ATTACKS;
use unlearn_core::attack::report::AttackRequest;
use unlearn_core::host::event::Event;
use unlearn_core::host::replica::Replica;
use unlearn_core::host::{Host, LocalFuture};
use unlearn_core::report::Report;
use unlearn_core::session::Session;
use unlearn_core::unlearn::METHODS;
use unlearn_core::{Error, Result};

/// A replica with lines to all, itself among them.
struct Member {
    rank: usize,
    to: Vec<Sender<Vec<f32>>>,
    from: Vec<Receiver<Vec<f32>>>,
    n_exchanges: u32,
}

impl Host for Member {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, _: Event) {}

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }

    fn replica(&self) -> Replica {
        Replica { rank: self.rank, of: self.to.len() }
    }

    fn exchange(&mut self, part: Vec<f32>) -> LocalFuture<'_, Result<Vec<Vec<f32>>>> {
        self.n_exchanges += 1;
        Box::pin(async move {
            let lost = || Error::ReplicaLost { reason: "it hung up".into() };
            self.to.iter().try_for_each(|line| line.send(part.clone()).map_err(|_| lost()))?;
            self.from.iter().map(|line| line.recv().map_err(|_| lost())).collect()
        })
    }
}

/// What `work` comes to on `of` replicas of a session, and how often each exchanged something.
fn on<T: Send>(of: usize, session: &Session, work: impl Fn(&mut Session, &mut Member) -> T + Sync) -> Vec<(T, u32)> {
    let mut lines: Vec<Vec<_>> = (0..of).map(|_| (0..of).map(|_| Some(channel())).collect()).collect();
    let (mut to, mut from): (Vec<Vec<_>>, Vec<Vec<_>>) = ((0..of).map(|_| Vec::new()).collect(), (0..of).map(|_| Vec::new()).collect());
    for (a, row) in lines.iter_mut().enumerate() {
        for (b, line) in row.iter_mut().enumerate() {
            let (sender, receiver) = line.take().expect("each line is laid once");
            to[a].push(sender);
            from[b].push(receiver);
        }
    }
    let members = to.into_iter().zip(from).enumerate().map(|(rank, (to, from))| Member { rank, to, from, n_exchanges: 0 });
    thread::scope(|scope| {
        let started: Vec<_> = members
            .map(|mut member| {
                let (mut session, work) = (session.clone(), &work);
                scope.spawn(move || (work(&mut session, &mut member), member.n_exchanges))
            })
            .collect();
        started.into_iter().map(|thread| thread.join().expect("the replica ends")).collect()
    })
}

/// A report without its seconds.
fn figures(report: &Report) -> String {
    let mut told = serde_json::to_value(report).expect("is JSON");
    for method in told["methods"].as_array_mut().expect("methods") {
        method["seconds"] = 0.into();
    }
    told.to_string()
}

#[test]
fn any_number_of_replicas_gives_the_same_bits_with_every_method() {
    let session = nano();
    for (at, entry) in METHODS.iter().enumerate() {
        let request = request(&session, entry, 3);
        let run =
            |session: &mut Session, host: &mut Member| figures(&pollster::block_on(session.run(&request, host)).expect("the run ends"));
        let alone = on(1, &session, run).remove(0).0;
        let of = 2 + at % 2; // two share pairs of shards, three do not
        for (told, n_exchanges) in on(of, &session, run) {
            assert!(n_exchanges > 0, "{}: nothing was shared", entry.id);
            assert_eq!(told, alone, "{}, {of} replicas", entry.id);
        }
    }
}

#[test]
fn a_language_model_is_shared_too() {
    let session = text();
    for entry in METHODS.iter().filter(|entry| ["e2urec", "retrain", "npo"].contains(&entry.id)) {
        let request = request(&session, entry, 2);
        let run =
            |session: &mut Session, host: &mut Member| figures(&pollster::block_on(session.run(&request, host)).expect("the run ends"));
        let alone = on(1, &session, run).remove(0).0;
        for (told, n_exchanges) in on(5, &session, run) {
            assert!(n_exchanges > 0, "{}: nothing was shared", entry.id);
            assert_eq!(told, alone, "{}, more replicas than shards", entry.id);
        }
    }
}

#[test]
fn attacks_come_to_the_same() {
    let session = nano();
    let entry = METHODS.iter().find(|entry| entry.id == "e2urec").expect("it is in the table");
    let request = request(&session, entry, 4);
    let quick: Vec<String> = ATTACKS
        .iter()
        .map(|entry| entry.id.to_owned())
        .filter(|id| ["loss", "reference", "relearn", "prompt"].contains(&id.as_str()))
        .collect();
    assert!(quick.len() >= 3, "{quick:?}");
    let attacked = |session: &mut Session, host: &mut Member| {
        pollster::block_on(session.run(&request, host)).expect("the run ends");
        let wanted = AttackRequest { attacks: quick.clone(), ..Default::default() };
        let report = pollster::block_on(session.attacks(&wanted, host)).expect("the attacks end");
        serde_json::to_string(&report.findings).expect("is JSON")
    };
    let alone = on(1, &session, attacked).remove(0).0;
    for (told, _) in on(2, &session, attacked) {
        assert_eq!(told, alone);
    }
}
