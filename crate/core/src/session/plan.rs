//! From a request to its sets and its plan, before anything runs.

use super::state::Session;
use crate::Result;
use crate::data::ForgetSpec;
use crate::data::select::{Selection, select};
use crate::report::RunRequest;
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method;
use crate::unlearn::param::Params;
impl Session {
    /// The forget rows that a spec selects, and the retain rows.
    ///
    /// # Errors
    /// If the spec selects no row or all rows, or names something that does not exist.
    pub fn select(&self, spec: &ForgetSpec) -> Result<Selection> {
        select(&self.split, &self.dataset, spec)
    }

    /// The plan of a request for a selection, with the sizes and all parameters that it was made from.
    ///
    /// # Errors
    /// If a parameter is out of range.
    pub fn plan(&self, request: &RunRequest, selection: &Selection) -> Result<(Plan, TaskSizes, Params)> {
        let entry = method(&request.method)?;
        let params = entry.resolve(&request.params)?;
        let sizes = TaskSizes {
            n_forget: selection.forget.len(),
            n_retain: selection.retain.len(),
            steps: request.steps,
            epochs: self.manifest.training.epochs,
            n_blocks: self.manifest.config.num_hidden_layers(),
            n_requests: request.forget.any.as_ref().map_or(1, Vec::len),
        };
        Ok(((entry.plan)(&params, &sizes)?, sizes, params))
    }

    pub(super) fn is_standard(&self, selection: &Selection) -> Result<bool> {
        Ok(self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?.forget == selection.forget)
    }
}
