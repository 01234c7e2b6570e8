//! Training a model on a subset of the rows: a nano from scratch, a language model from its starting checkpoint.

use super::task::UnlearnTask;
use crate::data::vocabulary::Vocabulary;
use crate::host::Host;
use crate::model::{Model, Network, PretrainSpec, Spec};
use crate::package::manifest::START;
use crate::train::pretrain::pretrain;
use crate::train::tune::tune;
use crate::{Error, Result};

/// A model trained on `rows` alone, and its number of steps. `report` receives the number of rows seen and their total.
///
/// # Errors
/// If a language model's package lacks its starting checkpoint, the device fails or the host cancels.
pub async fn train_from_scratch(
    task: &UnlearnTask<'_>,
    spec: &PretrainSpec,
    rows: &[u32],
    mut report: impl FnMut(&mut dyn Host, u32, u32),
    host: &mut dyn Host,
) -> Result<(Model, u32)> {
    let mut n_steps = 0;
    let n_rows = rows.len() as u32;
    let encoded = task.sets.encoded;
    let on_step = |h: &mut dyn Host, step: u32, total: u32| {
        n_steps = total;
        report(h, (u64::from(n_rows) * u64::from(step) / u64::from(total)) as u32, n_rows);
    };
    let model = match task.vocabulary {
        Vocabulary::Items(items) => {
            let Spec::Llama(shape) = task.original.spec() else {
                return Err(Error::setting("method", "a model of item tokens is trained again only if it is a decoder", "t5"));
            };
            pretrain(&shape, spec, task.dataset, items, encoded, rows, &task.original.device(), host, on_step).await?.into()
        }
        Vocabulary::Text(_) => {
            let rule = "a language model is trained again from where it started, and the package does not have that";
            let start = task.start.ok_or_else(|| Error::setting("method", rule, START))?;
            tune(spec, start, encoded, rows, host, on_step).await?
        }
    };
    Ok((model, n_steps))
}
