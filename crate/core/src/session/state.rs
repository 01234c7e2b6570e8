//! The state of a session: a model, its data, and what was computed from them. The page and the command line each work on one.

use super::teach_report::TeachReport;
use crate::Result;
use crate::attack::report::Finding;
use crate::data::DataHash;
use crate::data::batch::Encoded;
use crate::data::interaction::Dataset;
use crate::data::select::Selection;
use crate::data::split::Split;
use crate::data::vocabulary::Vocabulary;
use crate::host::Host;
use crate::metric::{Quality, p_yes};
use crate::model::Model;
use crate::package::cross_fit::CrossFit;
use crate::package::manifest::Manifest;
use crate::record::FileHash;
use crate::report::{GroupFairness, MethodFigures, Report, SetSizes};
use crate::train::tune::Start;
use crate::unlearn::Recommender;
use burn::tensor::Device;
use std::collections::BTreeMap;
use std::ops::Range;
/// A loaded model with its data, and everything computed from them so far. A clone shares the weights.
#[derive(Clone)]
pub struct Session {
    /// The manifest of the model package.
    pub manifest: Manifest,
    /// The dataset.
    pub dataset: Dataset,
    /// Hashes of the dataset.
    pub data_hash: DataHash,
    /// Why nothing that the package keeps was used: the data are not those it was made with. `None` if they are.
    pub data_mismatch: Option<String>,
    /// Split of the dataset.
    pub split: Split,
    /// The model's vocabulary.
    pub vocabulary: Vocabulary,
    /// The model as shipped.
    pub original: Model,
    /// The last run's model or models, if there was a run.
    pub unlearned: Option<Recommender>,
    /// Report of the last run.
    pub(super) last: Option<Report>,
    /// Findings of attacks on the last run's model.
    pub(super) findings: Vec<Finding>,
    /// Hashes of the files it was loaded from.
    pub(super) loaded: Loaded,
    /// The checkpoint that a language model's Original was tuned from, if the package has it.
    pub(super) start: Option<Start>,
    /// Number of tokens of a published model; `original` has only those that the data need.
    pub(super) n_published: Option<usize>,
    /// Largest number of rows per set that figures are taken on.
    pub(super) eval_rows: usize,
    /// Whether the package's figures are on those rows.
    pub(super) shipped_rows: bool,
    pub(super) device: Device,
    pub(super) device_name: String,
    pub(super) train: Encoded,
    pub(super) valid: Encoded,
    pub(super) test: Encoded,
    /// Retrain models, keyed by the rows they left out.
    pub(super) retrained: Vec<Retrained>,
    /// The person whom the model was taught after it was made, if there is one.
    pub taught: Option<TaughtPerson>,
    /// The package's cross-fitted answers.
    pub(super) cross_fit: Option<CrossFit>,
    /// Time of a forward pass of one row, s; `None` before it was timed.
    pub(super) seconds_per_row: Option<f64>,
    /// The original's test and validation quality, if it was measured here.
    pub(super) original_quality: Option<CachedEval>,
    /// Whether reports say what stays of other people's lists: twenty lists of every item take half as long again as the other figures.
    pub compares_lists: bool,
    /// Original's ten best items for some people, by user.
    pub(super) original_lists: BTreeMap<u32, Vec<u32>>,
    /// The logistic baseline's test quality.
    pub(super) baseline: Option<Quality>,
    /// Why there is no baseline.
    pub(super) baseline_missing: Option<String>,
}

/// A person whom the model was taught after it was made.
#[derive(Clone)]
pub struct TaughtPerson {
    /// Their number in the data.
    pub user: u32,
    /// Their training rows.
    pub(super) rows: Range<u32>,
    /// log (p(Yes) / p(No)) of the model before, for each of them.
    pub(super) untaught: Vec<f64>,
    /// What teaching did, where it was done in this session.
    pub report: Option<TeachReport>,
}

/// Hashes of the files that a session was loaded from.
#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) data: Vec<FileHash>,
    pub(super) manifest_sha256: String,
}

/// Cached figures that do not depend on the forget set.
#[derive(Debug, Clone)]
pub(super) struct CachedEval {
    pub(super) test: Quality,
    pub(super) valid: Option<Quality>,
    pub(super) fairness: Option<GroupFairness>,
}

/// A Retrain, keyed by the rows it was trained without.
#[derive(Clone)]
pub(super) struct Retrained {
    pub(super) forget: Vec<u32>,
    pub(super) model: Model,
    /// Its final figures, if they were measured.
    pub(super) figures: Option<MethodFigures>,
    pub(super) source: &'static str,
}

impl Session {
    /// Test-set quality of the logistic baseline, which any model must beat. `None` if all answers are the same.
    pub fn baseline(&self) -> Option<Quality> {
        self.baseline
    }

    /// That Original is worse than the logistic baseline on the held-out ratings, in words without a final dot. `None` if it is not, or either is not
    /// known.
    pub fn weakness(&self) -> Option<String> {
        let measured = self.original_quality.as_ref().map(|known| known.test);
        let original = measured.or_else(|| self.shipped("original").map(|figures| figures.test))?;
        weakness(&original, &self.baseline?)
    }

    /// Figures of a method that were shipped in the package.
    pub fn shipped(&self, id: &str) -> Option<&MethodFigures> {
        self.manifest.figures.iter().find(|figures| figures.id == id)
    }

    /// Drops the last run and every Retrain that was not shipped.
    pub fn reset(&mut self) {
        (self.unlearned, self.last) = (None, None);
        self.findings.clear();
        self.retrained.retain(|retrained| retrained.source == "shipped");
    }

    pub(super) fn all_train(&self) -> Vec<u32> {
        all(&self.train)
    }

    pub(super) fn width(&self) -> usize {
        self.manifest.config.head_vocab_size()
    }

    pub(super) fn report(&self, selection: &Selection) -> Report {
        Report {
            version: 1,
            dataset: self.dataset.name.clone(),
            model: self.manifest.name.clone(),
            device: self.device_name.clone(),
            sizes: self.sizes(selection),
            baseline: self.baseline,
            baseline_missing: self.baseline_missing.clone(),
            data: Some(self.data_hash.clone()),
            data_mismatch: self.data_mismatch.clone(),
            evaluated_rows: self.evaluated_rows(selection),
            unknown_tokens: self.vocabulary.text().map(|text| text.n_unknown()),
            ..Default::default()
        }
    }

    /// Sizes of the sets for a selection.
    pub fn sizes(&self, selection: &Selection) -> SetSizes {
        let n = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        SetSizes {
            forget: n(selection.forget.len()),
            retain: n(selection.retain.len()),
            valid: n(self.valid.len()),
            test: n(self.test.len()),
        }
    }

    /// p(Yes) of a model for each prompt.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn p_yes(&self, model: &Recommender, prompts: &Encoded, host: &mut dyn Host) -> Result<Vec<f64>> {
        prompts.check_lengths(self.manifest.config.max_tokens())?;
        let rows: Vec<u32> = (0..prompts.len() as u32).collect();
        let logits = model.answer_logits(prompts, &rows, host, |_, _| {}).await?;
        Ok(p_yes(&logits, self.width()))
    }

    /// p(Yes) of a model for candidates of one user, whose prompts share a prefix.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn p_yes_of_candidates(&self, model: &Recommender, prompts: &Encoded, host: &mut dyn Host) -> Result<Vec<f64>> {
        prompts.check_lengths(self.manifest.config.max_tokens())?;
        Ok(p_yes(&model.logits_after_shared(prompts, host).await?, self.width()))
    }
}

fn weakness(original: &Quality, baseline: &Quality) -> Option<String> {
    let (own, averages) = (original.auc?, baseline.auc?);
    (own < averages).then(|| {
        format!(
            "This model is worse than averages: on the ratings that were held out, it tells liked from not liked with an AUC of {own:.3}, and a \
             logistic regression on a handful of averages with {averages:.3}. What you see forgotten is little. More ratings help"
        )
    })
}

pub(super) fn all(encoded: &Encoded) -> Vec<u32> {
    all_of(encoded.len())
}

pub(super) fn all_of(n: usize) -> Vec<u32> {
    (0..n as u32).collect()
}

/// Parameter values of a request as a map.
pub fn params(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_worse_than_averages_is_told() {
        let of = |auc| Quality { auc, ..Quality::default() };
        let told = |own, averages| weakness(&of(own), &of(averages));
        assert!(told(Some(0.61), Some(0.684)).is_some_and(|told| told.contains("AUC of 0.610") && told.contains("with 0.684")));
        assert_eq!((told(Some(0.7), Some(0.6)), told(None, Some(0.6)), told(Some(0.6), None)), (None, None, None));
    }
}
