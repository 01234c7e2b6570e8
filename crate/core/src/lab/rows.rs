//! On how many rows figures are taken: on all for a nano, on some for a language model, whose every answer costs a thousand times more.

use super::{Lab, all, every_nth};
use crate::data::split::Selection;

/// Operations that figures on one set may cost: 190 rows of 100 tokens for SmolLM2-135M, any set whole for a nano. By the model's shape and
/// not by the clock, so that a seed gives the same figures on every device.
const EVAL_FLOPS: f64 = 4e12;
/// Operations of answers that somebody waits for: some seconds on a processor, any person's ratings for a nano.
const QUICK_FLOPS: f64 = 1e11;
/// Operations of the pass that [`Lab::time`] times.
const TIMED_FLOPS: f64 = 1e11;

impl Lab {
    /// Takes figures on at most so many rows of any set, evenly spaced over it. Without this call the model's size decides: a nano's
    /// figures are on all rows, a language model's on as many as its package says, or as its cost allows. Figures on other rows are
    /// measured again.
    pub fn limit_rows(&mut self, n: usize) {
        if self.eval_rows == n.max(1) {
            return;
        }
        self.eval_rows = n.max(1);
        self.original_quality = None;
        self.shipped_rows = false;
        self.retrained.iter_mut().for_each(|retrained| retrained.figures = None);
    }

    /// Operations of a pass over one of the longer test rows.
    fn row_flops(&self) -> f64 {
        let longest = every_nth(&all(&self.test), 16).iter().map(|row| self.test.n_tokens(*row)).max();
        self.manifest.config.row_flops(longest.unwrap_or(1))
    }

    /// The rows of the test set that figures are taken on.
    pub(super) fn test_rows(&self) -> Vec<u32> {
        every_nth(&all(&self.test), self.eval_rows)
    }

    /// The limit of rows, where it cuts the test or the forget set.
    pub fn evaluated_rows(&self, selection: &Selection) -> Option<u32> {
        let cut = self.test.len().max(selection.forget.len()) > self.eval_rows;
        cut.then(|| u32::try_from(self.eval_rows).unwrap_or(u32::MAX))
    }

    /// Rows of a set whose figures cost [`EVAL_FLOPS`].
    pub(super) fn affordable_rows(&self) -> usize {
        (EVAL_FLOPS / self.row_flops()) as usize
    }

    /// Rows that are answered while somebody waits for a list.
    pub fn quick_rows(&self) -> usize {
        ((QUICK_FLOPS / self.row_flops()) as usize).max(1)
    }

    /// Rows on which the device is timed.
    pub(super) fn timed_rows(&self) -> usize {
        ((TIMED_FLOPS / self.row_flops()) as usize).clamp(1, 256)
    }
}
