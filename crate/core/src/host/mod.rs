//! The host: what a run needs from its surroundings, namely a clock, a receiver of events, and pauses between two steps.
//!
//! Core itself has no clock, no files and no threads. [`Host`] is used as a trait object, so methods and attacks can be entries of a table.

mod alone;
pub mod event;
pub mod progress;
pub mod replica;
pub mod shares;
mod without_checkpoints;

pub use alone::Alone;
pub use without_checkpoints::WithoutCheckpoints;

use crate::Result;
use event::Event;
use replica::Replica;
use std::collections::BTreeMap;
use std::pin::Pin;

/// Files by name, with their contents: core does no IO.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A boxed future that stays on its thread, so that methods of a trait object can be asynchronous.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The surroundings of a run: the command line, or a page's worker.
pub trait Host {
    /// The time in milliseconds, on a monotonic clock that stands still while the run is paused.
    fn now_ms(&self) -> f64;
    /// Receives an event.
    fn event(&mut self, event: Event);
    /// A wait between two steps: lets messages be handled, and lasts while the run is paused.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`] if the run is to end.
    fn breathe(&mut self) -> LocalFuture<'_, Result<()>>;
    /// This engine's place among those that run the command together.
    fn replica(&self) -> Replica {
        Replica::ALONE
    }
    /// Sends this replica's part to all, and waits for the parts of all, in the order of their numbers.
    ///
    /// # Errors
    /// [`crate::Error::ReplicaLost`] if one is gone, [`crate::Error::Cancelled`] if the command ends.
    fn exchange(&mut self, part: Vec<f32>) -> LocalFuture<'_, Result<Vec<Vec<f32>>>> {
        Box::pin(async { Ok(vec![part]) })
    }
    /// Highest memory in use so far, bytes; `None` if unknown.
    fn peak_bytes(&self) -> Option<u64>;
    /// Steps of a student between two checkpoints; 0 for none.
    fn checkpoint_every(&self) -> u32 {
        0
    }
    /// Receives a checkpoint, from which the run can be resumed after `step` steps. A file replaces an earlier one of the same name; others stay.
    fn checkpoint(&mut self, _step: u32, _files: Files) {}
}

/// A host for tests that never pauses, and whose clock advances one second per event.
#[cfg(test)]
#[derive(Default)]
pub(crate) struct Quiet {
    /// All events in order.
    pub(crate) events: Vec<Event>,
}

#[cfg(test)]
impl Host for Quiet {
    fn now_ms(&self) -> f64 {
        1000.0 * self.events.len() as f64
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}
