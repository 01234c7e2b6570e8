//! From a request to its sets and its plan, before anything runs.

use super::state::Session;
use crate::Result;
use crate::data::ForgetSpec;
use crate::data::batch::LengthCounts;
use crate::data::select::{Selection, requests, select};
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
        let lengths = |rows: &[u32]| LengthCounts::new(&self.train, rows);
        let forget = lengths(&selection.forget);
        let requests = match &request.forget.any {
            Some(any) => requests(&self.split, &self.dataset, any)?.iter().map(|rows| lengths(rows)).collect(),
            None => vec![forget.clone()],
        };
        let sizes = TaskSizes {
            forget,
            retain: lengths(&selection.retain),
            requests,
            steps: request.steps,
            epochs: self.manifest.training.epochs,
            n_blocks: self.manifest.config.num_hidden_layers(),
        };
        Ok(((entry.plan)(&params, &sizes)?, sizes, params))
    }

    pub(super) fn is_standard(&self, selection: &Selection) -> Result<bool> {
        Ok(self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?.forget == selection.forget)
    }
}
