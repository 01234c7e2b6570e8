//! The input of an attack: the models, the rows on which they are judged, and their origin.

use super::clock::Clock;
use super::judge::{right, standard_error};
use super::report::Bar;
use crate::data::batch::Encoded;
use crate::data::interaction::Dataset;
use crate::data::select::Selection;
use crate::data::split::{Sample, Split};
use crate::data::vocabulary::Vocabulary;
use crate::host::Host;
use crate::metric::Quality;
use crate::model::{Model, Network, PretrainSpec};
use crate::report::RunRequest;
use crate::train::infer::answer_logits;
use crate::train::tune::Start;
use crate::unlearn::engine::expected::Expected;
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::engine::task::TaskSizes;
use crate::{Result, metric};

/// Name of Original in reports.
pub const ORIGINAL: &str = "original";
/// Name of the model under attack in reports.
pub const UNLEARNED: &str = "unlearned";
/// Name of Retrain, the control, in reports.
pub const RETRAIN: &str = "retrain";

/// Encoded prompts with their samples, and the rows that are evaluated.
#[derive(Clone)]
pub struct Rows<'a> {
    /// All encoded prompts of the set.
    pub encoded: &'a Encoded,
    /// The samples of the prompts.
    pub samples: &'a [Sample],
    /// The evaluated rows, evenly spaced over the set.
    pub rows: Vec<u32>,
}

impl Rows<'_> {
    /// True answers of the evaluated rows.
    pub fn labels(&self) -> Vec<bool> {
        self.encoded.truth(&self.rows)
    }
}

/// The models under attack, their rows and their origin.
pub struct AttackContext<'a> {
    /// The model as shipped.
    pub original: &'a Model,
    /// The last run's model or models.
    pub unlearned: &'a Recommender,
    /// A model that never saw the forget rows, if there is one.
    pub retrain: Option<&'a Model>,
    /// Forget rows, among the training rows.
    pub forget: Rows<'a>,
    /// Rows of users that no model was trained on, among the validation rows.
    pub unseen: Rows<'a>,
    /// Test rows.
    pub test: Rows<'a>,
    /// All forget rows and all retain rows.
    pub selection: &'a Selection,
    /// Largest number of rows per set.
    pub most_rows: usize,
    /// The request of the attacked run.
    pub run: &'a RunRequest,
    /// The plan of its method, with its parameters, for other set sizes.
    pub plan: &'a dyn Fn(&TaskSizes) -> Result<Plan>,
    /// How the original was trained.
    pub training: &'a PretrainSpec,
    /// The checkpoint that a language model's Original was tuned from.
    pub start: Option<&'a Start>,
    /// What a model that never saw the forget rows is expected to answer to them, if that is known.
    pub expected: Option<&'a Expected>,
    /// The dataset.
    pub dataset: &'a Dataset,
    /// Split of the dataset.
    pub split: &'a Split,
    /// The model's vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// Seed of all random numbers.
    pub seed: u32,
}

impl AttackContext<'_> {
    /// All models with their names.
    pub fn models(&self) -> Vec<(&'static str, Recommender)> {
        let mut models = vec![(ORIGINAL, Recommender::from(self.original.clone())), (UNLEARNED, self.unlearned.clone())];
        models.extend(self.retrain.map(|model| (RETRAIN, Recommender::from(model.clone()))));
        models
    }

    /// The unlearned model, if it is a single one.
    pub fn student(&self) -> Option<&Model> {
        match self.unlearned {
            Recommender::One(model) => Some(model),
            Recommender::Shards(_) => None,
        }
    }

    /// Whether the model is a language model, whose prompts are text.
    pub fn is_text(&self) -> bool {
        self.vocabulary.text().is_some()
    }

    /// One standard error of the accuracy measure on forget rows.
    pub fn error(&self, value: f64, rows: &[u32]) -> f64 {
        let n_pos = self.forget.encoded.truth(rows).iter().filter(|liked| **liked).count();
        standard_error(value, n_pos, rows.len() - n_pos)
    }

    /// p(Yes) on `rows` of `encoded`; advances the clock.
    pub async fn p_yes(
        &self,
        model: &Recommender,
        encoded: &Encoded,
        rows: &[u32],
        clock: &mut Clock,
        host: &mut dyn Host,
    ) -> Result<Vec<f64>> {
        let logits = match model {
            Recommender::One(model) => answer_logits(model, encoded, rows, host, |h, n| clock.within(n as f64, h)).await?,
            shards => shards.answer_logits(encoded, rows, host, |h, n| clock.within(n as f64, h)).await?,
        };
        clock.pass(rows.len() as f64, host);
        Ok(metric::p_yes(&logits, self.original.head_vocab_size()))
    }

    /// Quality on `rows` of `encoded`; advances the clock.
    pub async fn quality(
        &self,
        model: &Recommender,
        encoded: &Encoded,
        rows: &[u32],
        clock: &mut Clock,
        host: &mut dyn Host,
    ) -> Result<Quality> {
        let p = self.p_yes(model, encoded, rows, clock, host).await?;
        Ok(metric::quality(&p, &encoded.truth(rows)))
    }

    /// A bar with the quality on the forget rows and, if asked for, on the test rows.
    pub async fn bar(
        &self,
        label: &str,
        name: &str,
        model: &Recommender,
        with_test: bool,
        clock: &mut Clock,
        host: &mut dyn Host,
    ) -> Result<Bar> {
        let forget = self.quality(model, self.forget.encoded, &self.forget.rows, clock, host).await?;
        let test = match with_test {
            true => Some(self.quality(model, self.test.encoded, &self.test.rows, clock, host).await?),
            false => None,
        };
        Ok(Bar { label: label.into(), model: name.into(), right: right(&forget), forget, test })
    }
}
