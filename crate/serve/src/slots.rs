//! Slots for simultaneous connections: each thread takes one and returns it when it ends.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A fixed number of slots.
pub struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A slot that is taken; it becomes free when dropped.
pub struct Slot(Arc<Slots>);

impl Slots {
    /// Creates `n` free slots.
    pub fn new(n: usize) -> Arc<Self> {
        Arc::new(Self { free: Mutex::new(n), freed: Condvar::new() })
    }

    /// Takes a slot as soon as one is free; `None` if none becomes free within `wait`.
    pub fn take(self: &Arc<Self>, wait: Duration) -> Option<Slot> {
        let (mut free, waited) =
            self.freed.wait_timeout_while(self.lock(), wait, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return None;
        }
        *free -= 1;
        Some(Slot(Arc::clone(self)))
    }

    /// Whether all slots are taken.
    pub fn are_taken(&self) -> bool {
        *self.lock() == 0
    }

    /// A panic cannot leave a number half changed, so a poisoned lock is still valid.
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Whether other connections wait, or would have to.
    pub fn is_last(&self) -> bool {
        self.0.are_taken()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;
    use std::time::Duration;

    #[test]
    fn a_place_is_waited_for() {
        let slots = Slots::new(2);
        let (first, second) = (slots.take(Duration::ZERO).expect("free"), slots.take(Duration::ZERO).expect("free"));
        assert!(first.is_last() && slots.take(Duration::from_millis(1)).is_none());
        let giver = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            drop(second);
        });
        assert!(slots.take(Duration::from_secs(60)).is_some(), "given back meanwhile");
        giver.join().expect("no panic");
        assert!(!first.is_last(), "what was taken last is free again too");
    }
}
