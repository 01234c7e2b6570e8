//! What a run needs of the world around it: a clock, a place for its events, and a moment to breathe between steps.

use super::event::Event;
use crate::Result;
use crate::package::Files;

/// The world around a run: a terminal, or a page's worker.
pub trait Host {
    /// Milliseconds on a clock that never goes back, and stands still while the run is paused.
    fn now_ms(&self) -> f64;
    /// Takes an event.
    fn event(&mut self, event: Event);
    /// Called between two steps: lets messages in, and waits while paused.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`] ends the run.
    fn breathe(&mut self) -> impl Future<Output = Result<()>>;
    /// Highest memory in use so far, bytes.
    fn peak_bytes(&self) -> Option<u64>;
    /// Steps of a student between two checkpoints; 0 for none.
    fn checkpoint_every(&self) -> u32 {
        0
    }
    /// Takes a checkpoint: what the run can go on from after `step` steps. A file takes the place of an earlier one of its name, others stay.
    fn checkpoint(&mut self, _step: u32, _files: Files) {}
}

/// A host that lets run, with a second between two events.
#[cfg(test)]
#[derive(Default)]
pub(crate) struct Quiet {
    /// What it was told.
    pub(crate) told: Vec<Event>,
}

#[cfg(test)]
impl Host for Quiet {
    fn now_ms(&self) -> f64 {
        1000.0 * self.told.len() as f64
    }

    fn event(&mut self, event: Event) {
        self.told.push(event);
    }

    async fn breathe(&mut self) -> Result<()> {
        Ok(())
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}
