//! The number of rows that figures are taken on: all for a nano, a sample for a language model, whose answers cost a thousand times more.

use super::state::{Session, all};
use crate::data::every_nth;
use crate::data::select::Selection;

/// Operations allowed for figures on one set: 190 rows of 100 tokens for SmolLM2-135M, every set in full for a nano. The limit follows from the
/// model's shape and not from the clock, so that a seed gives the same figures on every device.
const EVAL_FLOPS: f64 = 4e12;
/// Operations allowed for answers that a user waits for: some seconds on a CPU, all ratings of any user for a nano.
const QUICK_FLOPS: f64 = 1e11;
/// Operations of the pass timed by [`Session::time`].
const TIMED_FLOPS: f64 = 1e11;

impl Session {
    /// Takes figures on at most `n` rows of any set, evenly spaced over it. Without this call the default is all rows for a nano and, for a
    /// language model, the number in its package or what its cost allows. Figures on other rows are measured again.
    pub fn limit_rows(&mut self, n: usize) {
        if self.eval_rows == n.max(1) {
            return;
        }
        self.eval_rows = n.max(1);
        self.original_quality = None;
        self.shipped_rows = false;
        self.retrained.iter_mut().for_each(|retrained| retrained.figures = None);
    }

    /// Operations of a forward pass over one of the longer test rows.
    fn row_flops(&self) -> f64 {
        let longest = every_nth(&all(&self.test), 16).iter().map(|row| self.test.n_tokens(*row)).max();
        self.manifest.config.row_flops(longest.unwrap_or(1))
    }

    /// The test rows that figures are taken on.
    pub(super) fn test_rows(&self) -> Vec<u32> {
        every_nth(&all(&self.test), self.eval_rows)
    }

    /// The limit on rows, if it truncates the test or the forget set.
    pub fn evaluated_rows(&self, selection: &Selection) -> Option<u32> {
        let cut = self.test.len().max(selection.forget.len()) > self.eval_rows;
        cut.then(|| u32::try_from(self.eval_rows).unwrap_or(u32::MAX))
    }

    /// Number of rows of a set whose figures cost [`EVAL_FLOPS`].
    pub(super) fn affordable_rows(&self) -> usize {
        (EVAL_FLOPS / self.row_flops()) as usize
    }

    /// Number of rows that can be answered while a user waits for a list.
    pub fn quick_rows(&self) -> usize {
        ((QUICK_FLOPS / self.row_flops()) as usize).max(1)
    }

    /// Number of rows on which the device is timed.
    pub(super) fn timed_rows(&self) -> usize {
        ((TIMED_FLOPS / self.row_flops()) as usize).clamp(1, 256)
    }
}
