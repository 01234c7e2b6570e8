//! The cross-fitted answers of a package: further models, each without a part of the people or of the rows, answer the rows that they never saw.

use super::training_inputs::TrainingInputs;
use crate::host::Terminal;
use crate::threads::together;
use anyhow::Result;
use burn::tensor::Device;
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::interaction::Dataset;
use unlearn_core::data::split::split;
use unlearn_core::host::Host;
use unlearn_core::host::event::Phase;
use unlearn_core::host::progress::Progress;
use unlearn_core::model::PretrainSpec;
use unlearn_core::package::cross_fit::CrossFit;
use unlearn_core::train::cross_fit::{PEOPLE_SEEDS, ROW_SEEDS, cross_fit, folds};
use unlearn_core::train::pretrain::{nano_spec, pretrain};
use unlearn_core::train::tune::tune;

/// Trains `n_folds` models by person and as many by row, and returns their answers. No model has Original's seed.
pub async fn answers(
    spec: &PretrainSpec,
    n_folds: u32,
    dataset: &Dataset,
    inputs: &TrainingInputs,
    host: &mut Terminal,
) -> Result<CrossFit> {
    let mut split = split(dataset)?;
    inputs.text.iter().filter_map(|text| text.rows).for_each(|n| split.keep_train(n));
    let encoded = Encoded::new(&split.train, &split, &inputs.vocabulary);
    let people: Vec<u32> = split.train.iter().map(|sample| sample.user).collect();
    let rows: Vec<u32> = (0..encoded.len() as u32).collect();
    let device = Device::flex();
    let mut found = Vec::new();
    for (what, groups, offset) in [("people", &people, PEOPLE_SEEDS), ("rows", &rows, ROW_SEEDS)] {
        host.say(format!("cross-fitting by {what}: {n_folds} models"));
        let fold_of = folds(groups, n_folds, spec.seed);
        let fit = async |rows: Vec<u32>, fold: u32, host: &mut dyn Host| {
            let spec = PretrainSpec { seed: spec.seed.wrapping_add(offset + fold), ..spec.clone() };
            let mut progress = Progress::new(&[(Phase::Retrain, 1, 1.0)], host);
            let tell = |host: &mut dyn Host, step: u32, total: u32| progress.at(Phase::Retrain, step, total, host);
            Ok(match &inputs.start {
                Some(start) => tune(&spec, start, &encoded, &rows, host, tell).await?,
                None => pretrain(
                    &nano_spec(inputs.vocabulary.len()),
                    &spec,
                    dataset,
                    inputs.vocabulary.items()?,
                    &encoded,
                    &rows,
                    &device,
                    host,
                    tell,
                )
                .await?
                .into(),
            })
        };
        host.label = format!("cross-fitting by {what}");
        found.push(together(&mut (), host, async |(), host| cross_fit(&encoded, &fold_of, host, &fit).await)?);
    }
    let mut found = found.into_iter();
    Ok(CrossFit { by_person: found.next().unwrap_or_default(), by_row: found.next() })
}
