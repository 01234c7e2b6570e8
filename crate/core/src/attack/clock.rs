//! Progress over several attacks, counted in forward passes of a row.

use crate::host::Host;
use crate::host::event::Phase;
use crate::host::progress::Progress;

/// Counts forward passes of a row over all attacks of a request, and reports progress.
pub struct Clock {
    progress: Progress,
    /// Passes of the finished attacks; `after` includes the present one.
    before: f64,
    after: f64,
    total: f64,
    done: f64,
}

impl Clock {
    /// A clock for `total` passes altogether.
    pub fn new(total: f64, host: &dyn Host) -> Self {
        let progress = Progress::new(&[(Phase::Attack, total as u32, 1.0)], host);
        Self { progress, before: 0.0, after: 0.0, total, done: 0.0 }
    }

    /// Begins the next attack, which is expected to take `passes` passes.
    pub fn begin(&mut self, passes: f64, host: &mut dyn Host) {
        self.before = self.after;
        self.after += passes;
        self.done = self.before;
        self.within(0.0, host);
    }

    /// Adds `passes` finished passes.
    pub fn pass(&mut self, passes: f64, host: &mut dyn Host) {
        self.done += passes;
        self.within(0.0, host);
    }

    /// Reports passes of an operation in progress; an underestimate does not exceed the attack's total.
    pub fn within(&mut self, passes: f64, host: &mut dyn Host) {
        let at = (self.done + passes).min(self.after);
        self.progress.at(Phase::Attack, at as u32, self.total as u32, host);
    }
}
