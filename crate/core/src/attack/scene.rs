//! What there is when attacks begin: the models, the rows, and a clock of what was done.

use super::judge::{right, standard_error};
use super::report::{Bar, Chart, Finding, Verdict};
use super::{AttackEntry, Extent};
use crate::Result;
use crate::data::batch::Encoded;
use crate::data::interaction::Dataset;
use crate::data::split::{Sample, Selection, Split};
use crate::data::vocabulary::Vocabulary;
use crate::metric;
use crate::model::{Model, Network};
use crate::report::{Quality, RunRequest};
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::pretrain::PretrainSpec;
use crate::train::progress::Progress;
use crate::train::tune::Start;
use crate::unlearn::Recommender;
use crate::unlearn::plan::{Plan, Setting};
use std::collections::BTreeMap;

/// Names of the models in reports.
pub const ORIGINAL: &str = "original";
/// The one under attack.
pub const UNLEARNED: &str = "unlearned";
/// The control.
pub const RETRAIN: &str = "retrain";

/// Encoded prompts with the samples they were made of, and the rows of them that are looked at.
#[derive(Clone)]
pub struct Rows<'a> {
    /// Prompts.
    pub encoded: &'a Encoded,
    /// Their samples.
    pub samples: &'a [Sample],
    /// Rows, evenly spaced over the set.
    pub rows: Vec<u32>,
}

impl Rows<'_> {
    /// True answers.
    pub fn labels(&self) -> Vec<bool> {
        labels(self.encoded, &self.rows)
    }
}

/// Models, rows and what made them.
pub struct Scene<'a> {
    /// The model as it was shipped.
    pub original: &'a Model,
    /// What the last run left.
    pub unlearned: &'a Recommender,
    /// A model that never saw the forget rows, where there is one.
    pub retrain: Option<&'a Model>,
    /// Rows to forget, of the training rows.
    pub forget: Rows<'a>,
    /// Rows of people never trained on, of the validation rows.
    pub unseen: Rows<'a>,
    /// Test rows.
    pub test: Rows<'a>,
    /// All rows to forget, and all that stay.
    pub selection: &'a Selection,
    /// At most so many rows of any set.
    pub most_rows: usize,
    /// The run that was attacked, its plan for a part of its forget set, and its parameters.
    pub run: &'a RunRequest,
    /// The plan of its method for so many rows to forget and so many that stay.
    pub plan: &'a dyn Fn(&Setting) -> Result<Plan>,
    /// How the original was trained.
    pub training: &'a PretrainSpec,
    /// What a language model's Original was tuned from.
    pub start: Option<&'a Start>,
    /// What Retrain's loss on the forget rows rose by when the package was made, nats.
    pub expected_rise: Option<f64>,
    /// The data.
    pub dataset: &'a Dataset,
    /// Their split.
    pub split: &'a Split,
    /// The model's tokens.
    pub vocabulary: &'a Vocabulary,
    /// Seed of everything random.
    pub seed: u32,
}

impl Scene<'_> {
    /// Every model under its name.
    pub fn models(&self) -> Vec<(&'static str, Recommender)> {
        let mut models = vec![(ORIGINAL, Recommender::from(self.original.clone())), (UNLEARNED, self.unlearned.clone())];
        models.extend(self.retrain.map(|model| (RETRAIN, Recommender::from(model.clone()))));
        models
    }

    /// The unlearned model, if it is one and not several.
    pub fn student(&self) -> Option<&Model> {
        match self.unlearned {
            Recommender::One(model) => Some(model),
            Recommender::Shards(_) => None,
        }
    }

    /// Whether the model reads words.
    pub fn is_text(&self) -> bool {
        self.vocabulary.text().is_some()
    }

    /// One standard error of right answers on forget rows.
    pub fn error(&self, value: f64, rows: &[u32]) -> f64 {
        let n_pos = labels(self.forget.encoded, rows).iter().filter(|liked| **liked).count();
        standard_error(value, n_pos, rows.len() - n_pos)
    }

    /// p(Yes) on `rows` of `encoded`; the clock goes on.
    pub async fn p_yes<H: Host>(
        &self,
        model: &Recommender,
        encoded: &Encoded,
        rows: &[u32],
        clock: &mut Clock,
        host: &mut H,
    ) -> Result<Vec<f64>> {
        let logits = match model {
            Recommender::One(model) => answer_logits(model, encoded, rows, host, |h, n| clock.within(n as f64, h)).await?,
            shards => shards.answer_logits(encoded, rows, host, |h, n| clock.within(n as f64, h)).await?,
        };
        clock.pass(rows.len() as f64, host);
        Ok(crate::lab::p_yes(&logits, self.original.head_vocab_size()))
    }

    /// Quality on `rows` of `encoded`.
    pub async fn quality<H: Host>(
        &self,
        model: &Recommender,
        encoded: &Encoded,
        rows: &[u32],
        clock: &mut Clock,
        host: &mut H,
    ) -> Result<Quality> {
        let p = self.p_yes(model, encoded, rows, clock, host).await?;
        Ok(metric::quality(&p, &labels(encoded, rows)))
    }

    /// A bar: quality on the forget rows, and on the test rows if asked for.
    pub async fn bar<H: Host>(
        &self,
        label: &str,
        name: &str,
        model: &Recommender,
        with_test: bool,
        clock: &mut Clock,
        host: &mut H,
    ) -> Result<Bar> {
        let forget = self.quality(model, self.forget.encoded, &self.forget.rows, clock, host).await?;
        let test = match with_test {
            true => Some(self.quality(model, self.test.encoded, &self.test.rows, clock, host).await?),
            false => None,
        };
        Ok(Bar { label: label.into(), model: name.into(), right: right(&forget), forget, test })
    }
}

/// A finding whose figures are those of Original, the unlearned model and Retrain, in this order.
pub fn finding(entry: &AttackEntry, verdict: Verdict, sentence: String, figures: [Option<f64>; 3], error: f64, chart: Chart) -> Finding {
    let [original, unlearned, retrain] = figures;
    let (id, label) = (entry.id.into(), entry.label.into());
    Finding { id, label, verdict, sentence, original, unlearned, retrain, error: Some(error), params: BTreeMap::new(), seconds: 0.0, chart }
}

/// A finding of an attack that does not apply.
pub fn skipped(entry: &AttackEntry, why: &str) -> Finding {
    Finding { error: None, ..finding(entry, Verdict::Skipped, why.into(), [None; 3], 0.0, Chart::None) }
}

/// True answers of `rows`.
pub fn labels(encoded: &Encoded, rows: &[u32]) -> Vec<bool> {
    rows.iter().map(|row| encoded.labels[*row as usize]).collect()
}

/// Counts forward passes of a row over all attacks of a request, and tells how far they are.
pub struct Clock {
    progress: Progress,
    /// Passes of attacks that are over, and of the present one when it is.
    before: f64,
    after: f64,
    total: f64,
    done: f64,
}

impl Clock {
    /// For so many passes altogether.
    pub fn new<H: Host>(total: f64, host: &H) -> Self {
        let progress = Progress::new(&[(Phase::Attack, total as u32, 1.0)], host);
        Self { progress, before: 0.0, after: 0.0, total, done: 0.0 }
    }

    /// The next attack begins; it is to take so many passes.
    pub fn begin<H: Host>(&mut self, passes: f64, host: &mut H) {
        self.before = self.after;
        self.after += passes;
        self.done = self.before;
        self.within(0.0, host);
    }

    /// So many passes more are done.
    pub fn pass<H: Host>(&mut self, passes: f64, host: &mut H) {
        self.done += passes;
        self.within(0.0, host);
    }

    /// So many passes of what is in work are done, too; an estimate that was too low does not run over.
    pub fn within<H: Host>(&mut self, passes: f64, host: &mut H) {
        let at = (self.done + passes).min(self.after);
        self.progress.at(Phase::Attack, at as u32, self.total as u32, host);
    }
}

/// What an attack costs that asks every model about the forget rows and about those of unseen people.
pub fn both_sets(extent: &Extent) -> f64 {
    (extent.n_models * (extent.n_forget + extent.n_unseen)) as f64
}
