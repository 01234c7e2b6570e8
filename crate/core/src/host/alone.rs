//! A host wrapper for what a replica does on its own.

use super::event::Event;
use super::{Host, LocalFuture};
use crate::Result;

/// The wrapped host for work that is one replica's own: nothing in it is shared.
pub struct Alone<'a>(pub &'a mut dyn Host);

impl Host for Alone<'_> {
    fn now_ms(&self) -> f64 {
        self.0.now_ms()
    }

    fn event(&mut self, event: Event) {
        self.0.event(event);
    }

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        self.0.breathe()
    }

    fn peak_bytes(&self) -> Option<u64> {
        self.0.peak_bytes()
    }
}
