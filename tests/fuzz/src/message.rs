//! Fuzz target for messages to the engine's worker: JSON replaces the browser's structured clone; the same types parse it and a small session answers.

use crate::answer::answer;
use crate::protocol::Command;
use burn::tensor::Device;
use std::cell::RefCell;
use std::fmt::Write;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::host::event::Event;
use unlearn_core::host::{Files, Host, LocalFuture};
use unlearn_core::session::{Session, TrainSpec};
use unlearn_core::{Error, Result};

/// Maximum number of messages per input; more would only be slower.
const MOST: usize = 4;
/// A run is cancelled after this many steps.
const STEPS: u32 = 6;

/// A host that ignores events and cancels soon.
#[derive(Default)]
struct Hasty {
    now_ms: f64,
    n_breaths: u32,
}

impl Host for Hasty {
    fn now_ms(&self) -> f64 {
        self.now_ms
    }

    fn event(&mut self, event: Event) {
        serde_json::to_string(&event).expect("an event can be told");
    }

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        Box::pin(async move {
            (self.now_ms, self.n_breaths) = (self.now_ms + 100.0, self.n_breaths + 1);
            if self.n_breaths > STEPS { Err(Error::Cancelled) } else { Ok(()) }
        })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}

/// Runs the input: one message per line.
pub fn run(bytes: &[u8]) {
    thread_local!(static LAB: RefCell<Session> = RefCell::new(session()));
    LAB.with_borrow_mut(|session| {
        for line in bytes.split(|byte| *byte == b'\n').take(MOST) {
            let Ok(command) = serde_json::from_slice::<Command>(line) else { continue };
            if let Ok(reply) = pollster::block_on(carry_out(session, command)) {
                serde_json::to_string(&reply).expect("a reply can be told");
            }
        }
        session.reset();
    });
}

async fn carry_out(session: &mut Session, command: Command) -> Result<crate::protocol::Reply> {
    let sources = |data: Vec<crate::files::NamedBytes>| -> Vec<SourceFile> {
        data.into_iter().map(|file| SourceFile { name: file.name, bytes: file.bytes }).collect()
    };
    let mut host = Hasty::default();
    match command {
        Command::Load { model, data } => {
            let model: Files = model.into_iter().map(|file| (file.name, file.bytes)).collect();
            crate::views::loaded(&Session::load(&model, &sources(data), &Device::flex(), "cpu")?)
        }
        Command::Look { data, read } => crate::views::look(&sources(data), &read),
        Command::Train { data, read, seed, epochs, folds } => {
            let spec = TrainSpec { read, seed, epochs, folds };
            crate::views::loaded(&Session::train(&sources(data), &spec, &Device::flex(), "cpu", &mut host).await?)
        }
        other => answer(session, other, &mut host).await,
    }
}

/// Loads a session on twelve users, each with eight to ten ratings of the same twenty films: the smallest data set that can be split and answers every
/// command.
fn session() -> Session {
    let mut ratings = String::from("userId,movieId,rating,timestamp\n");
    let mut movies = String::from("movieId,title,genres\n");
    for item in 1..=20 {
        writeln!(movies, "{item},Film {item} ({}),{}", 1980 + item, if item % 3 == 0 { "Horror" } else { "Comedy|Drama" })
            .expect("memory takes it");
    }
    for user in 1..=12 {
        for n in 0..8 + user % 3 {
            let item = 1 + (user * 7 + n * 3) % 20;
            writeln!(ratings, "{user},{item},{}.0,{}", 1 + (user * n + item) % 5, 1000 + user + 12 * n).expect("memory takes it");
        }
    }
    let files = [("ratings.csv", ratings), ("movies.csv", movies)];
    let files = files.map(|(name, text)| SourceFile { name: name.into(), bytes: text.into_bytes() });
    let mut host = Patient;
    let spec = TrainSpec { seed: 1, epochs: 1, ..TrainSpec::default() };
    pollster::block_on(Session::train(&files, &spec, &Device::flex(), "cpu", &mut host)).expect("the data are sound")
}

/// A host that lets the initial training finish.
struct Patient;

impl Host for Patient {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, _: Event) {}

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        Box::pin(async move { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}
