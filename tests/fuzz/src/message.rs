//! Messages to the engine's worker: JSON in the place of the browser's structured clone, read by the same types, carried out on a small lab.

use crate::answer::answer;
use crate::protocol::Command;
use burn::tensor::Device;
use std::cell::RefCell;
use std::fmt::Write;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::lab::Lab;
use unlearn_core::package::Files;
use unlearn_core::train::event::Event;
use unlearn_core::train::host::Host;
use unlearn_core::{Error, Result};

/// Messages of one input, at most; more would only be slower.
const MOST: usize = 4;
/// A run is cancelled after so many steps.
const STEPS: u32 = 6;

/// A page that listens to nothing and cancels soon.
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

    async fn breathe(&mut self) -> Result<()> {
        (self.now_ms, self.n_breaths) = (self.now_ms + 100.0, self.n_breaths + 1);
        if self.n_breaths > STEPS { Err(Error::Cancelled) } else { Ok(()) }
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}

/// Lines of one message each.
pub fn run(bytes: &[u8]) {
    thread_local!(static LAB: RefCell<Lab> = RefCell::new(lab()));
    LAB.with_borrow_mut(|lab| {
        for line in bytes.split(|byte| *byte == b'\n').take(MOST) {
            let Ok(command) = serde_json::from_slice::<Command>(line) else { continue };
            if let Ok(reply) = pollster::block_on(carry_out(lab, command)) {
                serde_json::to_string(&reply).expect("a reply can be told");
            }
        }
        lab.reset();
    });
}

async fn carry_out(lab: &mut Lab, command: Command) -> Result<crate::protocol::Reply> {
    let sources = |data: Vec<crate::files::NamedBytes>| -> Vec<SourceFile> {
        data.into_iter().map(|file| SourceFile { name: file.name, bytes: file.bytes }).collect()
    };
    let mut host = Hasty::default();
    match command {
        Command::Load { model, data } => {
            let model: Files = model.into_iter().map(|file| (file.name, file.bytes)).collect();
            crate::views::loaded(&Lab::load(&model, &sources(data), &Device::flex(), "cpu")?)
        }
        Command::Train { data, seed, epochs } => {
            crate::views::loaded(&Lab::train(&sources(data), seed, epochs, &Device::flex(), "cpu", &mut host).await?)
        }
        other => answer(lab, other, &mut host).await,
    }
}

/// Twelve people, each with eight to ten ratings of the same twenty films: the least that can be divided and answers to every command.
fn lab() -> Lab {
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
    pollster::block_on(Lab::train(&files, 1, 1, &Device::flex(), "cpu", &mut host)).expect("the data are sound")
}

/// Lets the first training come to its end.
struct Patient;

impl Host for Patient {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, _: Event) {}

    async fn breathe(&mut self) -> Result<()> {
        Ok(())
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}
