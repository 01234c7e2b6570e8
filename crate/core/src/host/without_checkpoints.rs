//! A host wrapper that discards checkpoints.

use super::event::Event;
use super::replica::Replica;
use super::{Host, LocalFuture};
use crate::Result;

/// The wrapped host without checkpoints: for runs that are part of another run or of an attack. Their checkpoints would replace those of the run
/// that the user wants to resume.
pub struct WithoutCheckpoints<'a>(pub &'a mut dyn Host);

impl Host for WithoutCheckpoints<'_> {
    fn now_ms(&self) -> f64 {
        self.0.now_ms()
    }

    fn event(&mut self, event: Event) {
        self.0.event(event);
    }

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        self.0.breathe()
    }

    fn replica(&self) -> Replica {
        self.0.replica()
    }

    fn exchange(&mut self, part: Vec<f32>) -> LocalFuture<'_, Result<Vec<Vec<f32>>>> {
        self.0.exchange(part)
    }

    fn peak_bytes(&self) -> Option<u64> {
        self.0.peak_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Files;
    use crate::host::event::Phase;

    #[derive(Default)]
    struct Keeps {
        n_events: usize,
        n_checkpoints: usize,
    }

    impl Host for Keeps {
        fn now_ms(&self) -> f64 {
            7.0
        }

        fn event(&mut self, _: Event) {
            self.n_events += 1;
        }

        fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
            Box::pin(async { Ok(()) })
        }

        fn peak_bytes(&self) -> Option<u64> {
            Some(3)
        }

        fn checkpoint_every(&self) -> u32 {
            1
        }

        fn checkpoint(&mut self, _: u32, _: Files) {
            self.n_checkpoints += 1;
        }
    }

    #[test]
    fn everything_passes_but_checkpoints() {
        let mut keeps = Keeps::default();
        let mut host = WithoutCheckpoints(&mut keeps);
        assert_eq!((host.now_ms(), host.peak_bytes(), host.checkpoint_every()), (7.0, Some(3), 0));
        host.event(Event::Progress { phase: Phase::Student, done: 1, total: 2, elapsed_ms: 0.0, left_ms: None });
        host.checkpoint(1, Files::new());
        assert_eq!((keeps.n_events, keeps.n_checkpoints), (1, 0));
    }
}
