//! Logistic regression on a handful of averages: the baseline that a recommender must beat before its forgetting is of interest.
//!
//! It uses only what PROTOCOL allows a model: the answers of the training rows, and the user's ratings before the sample. Without tensors and
//! randomness: the same rows give the same figures, in a browser too, in about a tenth of a second.

mod features;
pub mod newton;

use crate::baseline::features::{Features, NAMES, Row};
use crate::data::interaction::Dataset;
use crate::data::split::{Sample, Split};
use crate::metric::{Quality, quality};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// L2 penalty on the weights; corresponds to scikit-learn's `C` = 1.
const L2: f64 = 1.0;

/// A fitted baseline and its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// `intercept`, then one weight per feature; features are standardised to mean 0 and standard deviation 1 over the training rows.
    pub coefficients: Vec<(String, f64)>,
    /// Quality on the test set.
    pub test: Quality,
    /// Quality on the validation set.
    pub valid: Quality,
}

/// Fits on `rows` of [`Split::train`]: all rows, or the retain rows as for Retrain.
///
/// # Errors
/// If a row is not a training row, or all rows have the same answer.
pub fn logistic(dataset: &Dataset, split: &Split, rows: &[u32]) -> Result<Baseline> {
    let mut rows = rows.to_vec();
    rows.sort_unstable(); // time order
    rows.dedup();
    if let Some(row) = rows.last().filter(|row| **row as usize >= split.train.len()) {
        return Err(Error::setting("rows", format!("the training set has {} rows", split.train.len()), row));
    }
    let train: Vec<&Sample> = rows.iter().map(|row| &split.train[*row as usize]).collect();
    let labels: Vec<bool> = train.iter().map(|sample| sample.label()).collect();
    let n_yes = labels.iter().filter(|label| **label).count();
    if n_yes == 0 || n_yes == labels.len() {
        return Err(Error::setting("rows", "the answers must be both Yes and No", format!("{n_yes} Yes of {}", labels.len())));
    }

    let mut features = Features::new(dataset, split, n_yes as f64 / labels.len() as f64);
    let mut design: Vec<Row> = train.iter().map(|sample| features.learn(sample)).collect();
    let scale = Scale::of(&design);
    design.iter_mut().for_each(|row| scale.apply(row));
    let weights = newton::fit(design.as_flattened(), NAMES.len(), &labels, L2);

    let measure = |samples: &[Sample]| {
        let p_yes = samples.iter().map(|sample| {
            let mut row = features.of(sample);
            scale.apply(&mut row);
            newton::p_yes(&weights, &row)
        });
        quality(&p_yes.collect::<Vec<_>>(), &samples.iter().map(Sample::label).collect::<Vec<_>>())
    };
    let (test, valid) = (measure(&split.test), measure(&split.valid));
    let names = std::iter::once("intercept").chain(NAMES).map(str::to_owned);
    Ok(Baseline { coefficients: names.zip(weights).collect(), test, valid })
}

/// Mean and standard deviation of every feature over the training rows.
struct Scale {
    mean: Row,
    deviation: Row,
}

impl Scale {
    fn of(design: &[Row]) -> Self {
        let n = design.len() as f64;
        let mean: Row = std::array::from_fn(|col| design.iter().map(|row| row[col]).sum::<f64>() / n);
        let deviation = std::array::from_fn(|col| (design.iter().map(|row| (row[col] - mean[col]).powi(2)).sum::<f64>() / n).sqrt());
        Self { mean, deviation }
    }

    /// Standardises a row. A constant feature becomes 0, and so does its weight.
    fn apply(&self, row: &mut Row) {
        for (col, x) in row.iter_mut().enumerate() {
            *x = if self.deviation[col] > 1e-9 { (*x - self.mean[col]) / self.deviation[col] } else { 0.0 };
        }
    }
}
