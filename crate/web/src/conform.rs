//! Replies to the conformance page: the list of cases, and their numbers on this device.

use crate::protocol::{CaseSummary, Numbers, Reply};
use burn::tensor::Device;
use unlearn_core::Result;
use unlearn_core::conformance::{CASES, run};

/// All conformance cases.
pub fn cases() -> Reply {
    let summary = |case: &unlearn_core::conformance::Case| CaseSummary { id: case.id.into(), title: case.title.into(), bound: case.bound };
    Reply::Cases { cases: CASES.iter().map(summary).collect() }
}

/// The computed numbers of one case.
pub async fn numbers(case: &str, device: &Device) -> Result<Reply> {
    let tensors = run(case, device).await?;
    Ok(Reply::Numbers { tensors: tensors.into_iter().map(|tensor| Numbers { name: tensor.name, values: tensor.values }).collect() })
}
