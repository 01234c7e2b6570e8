//! Threads that run one command together: each has a session of its own, and they exchange what each has computed.

use crate::host::Terminal;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;
use unlearn_core::host::event::Event;
use unlearn_core::host::replica::Replica;
use unlearn_core::host::{Host, LocalFuture};
use unlearn_core::{Error, Result};

/// More would find nothing to do in a step, which is cut into four parts.
pub const MOST: usize = 4;

/// As many threads as there are processors, and no more than can be used.
pub fn suited() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST)
}

/// Does `work` on `state`, on as many threads as the host has. Each has a copy of the state, and does the same with the host that it is given; what the
/// others compute beyond what they exchange is dropped.
///
/// # Errors
/// As `work`.
pub fn together<S: Clone + Send, T>(
    state: &mut S,
    host: &mut Terminal,
    work: impl AsyncFn(&mut S, &mut dyn Host) -> Result<T> + Sync,
) -> Result<T> {
    let of = host.threads;
    if of == 1 {
        return pollster::block_on(work(state, host));
    }
    let team = Team { of, round: Mutex::default(), changed: Condvar::new() };
    std::thread::scope(|scope| {
        for rank in 1..of {
            let (mut state, member) = (state.clone(), Member { team: &team, rank });
            let work = &work;
            scope.spawn(move || {
                // Dropped at the end, also by a panic, which the others then hear of instead of waiting.
                let member = member;
                let mut host = Follower { member: &member, start: Instant::now() };
                drop(pollster::block_on(work(&mut state, &mut host)));
            });
        }
        let member = Member { team: &team, rank: 0 };
        pollster::block_on(work(state, &mut Leader { host, member: &member }))
    })
}

/// What several threads exchange.
struct Team {
    of: usize,
    round: Mutex<Round>,
    changed: Condvar,
}

/// One exchange.
#[derive(Default)]
struct Round {
    parts: Vec<(usize, Vec<f32>)>,
    /// All parts, once they are there.
    all: Option<Arc<Vec<Vec<f32>>>>,
    /// How many have taken them.
    taken: usize,
    /// Whether a thread has ended: nothing more can be exchanged.
    ended: bool,
}

/// One thread of a team.
struct Member<'a> {
    team: &'a Team,
    rank: usize,
}

impl Drop for Member<'_> {
    fn drop(&mut self) {
        self.team.round.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.team.changed.notify_all();
    }
}

impl Member<'_> {
    fn replica(&self) -> Replica {
        Replica { rank: self.rank, of: self.team.of }
    }

    fn exchange(&self, part: Vec<f32>) -> Result<Vec<Vec<f32>>> {
        let lost = || Error::ReplicaLost { reason: "a thread has ended".into() };
        let mut round = self.team.round.lock().unwrap_or_else(PoisonError::into_inner);
        // The round before is over when all have taken what it gave.
        while round.all.is_some() && !round.ended {
            round = self.team.changed.wait(round).unwrap_or_else(PoisonError::into_inner);
        }
        round.parts.push((self.rank, part));
        if round.parts.len() == self.team.of {
            round.parts.sort_by_key(|(rank, _)| *rank);
            let parts = std::mem::take(&mut round.parts);
            round.all = Some(Arc::new(parts.into_iter().map(|(_, part)| part).collect()));
            self.team.changed.notify_all();
        }
        let all = loop {
            match &round.all {
                Some(all) => break Arc::clone(all),
                None if round.ended => return Err(lost()),
                None => round = self.team.changed.wait(round).unwrap_or_else(PoisonError::into_inner),
            }
        };
        round.taken += 1;
        if round.taken == self.team.of {
            (round.all, round.taken) = (None, 0);
            self.team.changed.notify_all();
        }
        drop(round);
        Ok(Arc::unwrap_or_clone(all))
    }
}

/// The host of the thread that reports.
struct Leader<'a> {
    host: &'a mut Terminal,
    member: &'a Member<'a>,
}

impl Host for Leader<'_> {
    fn now_ms(&self) -> f64 {
        self.host.now_ms()
    }

    fn event(&mut self, event: Event) {
        self.host.event(event);
    }

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        self.host.breathe()
    }

    fn replica(&self) -> Replica {
        self.member.replica()
    }

    fn exchange(&mut self, part: Vec<f32>) -> LocalFuture<'_, Result<Vec<Vec<f32>>>> {
        Box::pin(async { self.member.exchange(part) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        self.host.peak_bytes()
    }

    fn checkpoint_every(&self) -> u32 {
        self.host.checkpoint_every()
    }

    fn checkpoint(&mut self, step: u32, files: unlearn_core::host::Files) {
        self.host.checkpoint(step, files);
    }
}

/// The host of every other thread: it tells nothing, and ends when the others do.
struct Follower<'a> {
    member: &'a Member<'a>,
    start: Instant,
}

impl Host for Follower<'_> {
    fn now_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1000.0
    }

    fn event(&mut self, _: Event) {}

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        let ended = self.member.team.round.lock().unwrap_or_else(PoisonError::into_inner).ended;
        Box::pin(async move { if ended { Err(Error::Cancelled) } else { Ok(()) } })
    }

    fn replica(&self) -> Replica {
        self.member.replica()
    }

    fn exchange(&mut self, part: Vec<f32>) -> LocalFuture<'_, Result<Vec<Vec<f32>>>> {
        Box::pin(async { self.member.exchange(part) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}
