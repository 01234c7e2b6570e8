//! Retrain models, keyed by the rows they were trained without: the references of all divergences.

use super::state::{Retrained, Session};
use crate::Result;
use crate::data::ForgetSpec;
use crate::data::select::Selection;
use crate::host::Host;
use crate::report::{Report, RunRequest};
impl Session {
    /// Trains Retrain for a forget spec, keeps it for later runs in place of an existing one, and measures it and the original.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn retrain(&mut self, forget: &ForgetSpec, seed: u32, host: &mut dyn Host) -> Result<Report> {
        let selection = self.select(forget)?;
        let (known, others) = std::mem::take(&mut self.retrained).into_iter().partition(|known| known.forget == selection.forget);
        self.retrained = others;
        let last = (self.unlearned.take(), self.last.take(), std::mem::take(&mut self.findings));
        let request = RunRequest { forget: forget.clone(), seed, method: "retrain".into(), ..Default::default() };
        let report = self.run(&request, host).await;
        (self.unlearned, self.last, self.findings) = last; // a reference is not a result of the user's
        if report.is_err() {
            self.retrained.extend::<Vec<_>>(known);
        }
        report
    }

    /// The source of the Retrain for a selection, if there is one.
    pub fn retrain_source(&self, selection: &Selection) -> Option<&'static str> {
        self.retrain_of(selection).map(|retrained| retrained.source)
    }

    pub(super) fn retrain_of(&self, selection: &Selection) -> Option<&Retrained> {
        self.retrained.iter().rev().find(|retrained| retrained.forget == selection.forget)
    }
}
