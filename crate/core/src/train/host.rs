//! What a run needs of the world around it: a clock, a place for its events, and a moment to breathe between steps.

use super::event::Event;
use crate::Result;

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
}
