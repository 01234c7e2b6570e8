//! What is told of a run while it goes on: figures on a subset of the rows, and, more often, the answers to a smaller sample.

use super::evaluate::{Evaluation, forget_figures};
use super::moved::moved;
use super::state::{Session, all, all_of};
use crate::Result;
use crate::data::batch::Encoded;
use crate::data::every_nth;
use crate::host::Host;
use crate::host::event::{Event, SampleRow};
use crate::metric::{ForgetAnswers, p_yes};
use crate::model::Model;
use crate::tensor::pca::{Pca, pca};
use crate::train::infer::{answer_logits, answer_states};
use crate::unlearn::engine::expected::Expected;
use crate::unlearn::engine::recommender::Recommender;

/// Largest number of rows per set for figures taken during a run.
const MAX_LIVE_ROWS: usize = 1000;
/// Largest number of forget rows, and of retain rows, whose answers are told.
const MAX_SAMPLE: usize = 150;
/// How often answers are told between two figures.
const ANSWERS_PER_FIGURES: u32 = 4;

/// The rows on which figures are taken during a run, and those whose answers are told.
pub(super) struct LiveEval {
    every: u32,
    test: Vec<u32>,
    forget: Vec<u32>,
    retrain: Option<Vec<f32>>,
    sample: Vec<u32>,
    /// What is known of the sample's rows; told once.
    rows: Vec<SampleRow>,
    /// Original's principal components.
    map: Pca,
}

impl LiveEval {
    /// Chooses the rows. Without `every`, the steps between two figures, nothing is told and nothing computed.
    pub(super) async fn new(
        session: &Session,
        eval: &Evaluation<'_>,
        expected: Option<&Expected>,
        every: u32,
        host: &mut dyn Host,
    ) -> Result<Self> {
        let Evaluation { rows: eval_rows, reference, .. } = *eval;
        let width = session.width();
        let positions = every_nth(&all_of(eval_rows.forget.len()), MAX_LIVE_ROWS);
        let retrain =
            reference.map(|found| positions.iter().flat_map(|at| &found.forget[*at as usize * width..][..width]).copied().collect());
        let forget = positions.iter().map(|at| eval_rows.forget[*at as usize]).collect();
        let mut live = Self {
            every,
            test: every_nth(&all(&session.test), MAX_LIVE_ROWS.min(session.eval_rows)),
            forget,
            retrain,
            sample: Vec::new(),
            rows: Vec::new(),
            map: Pca { mean: Vec::new(), components: Vec::new() },
        };
        if every > 0 {
            live.choose_sample(session, eval, expected, host).await?;
        }
        Ok(live)
    }

    async fn choose_sample(
        &mut self,
        session: &Session,
        eval: &Evaluation<'_>,
        expected: Option<&Expected>,
        host: &mut dyn Host,
    ) -> Result<()> {
        let n = MAX_SAMPLE.min(session.eval_rows);
        let forget = every_nth(&eval.rows.forget, n);
        let n_forget = forget.len();
        let expected = expected.map(|expected| expected.of(&eval.rows.selection.forget, &forget).p_yes());
        self.sample = [forget, every_nth(&eval.rows.retain, n)].concat();
        let retrain = match session.retrain_of(eval.rows.selection) {
            Some(known) => Some(p_yes(&answer_logits(&known.model, &session.train, &self.sample, host, |_, _| {}).await?, session.width())),
            None => None,
        };
        let row = |(at, row): (usize, &u32)| {
            let sample = &session.split.train[*row as usize];
            let of = |known: &Option<Vec<f64>>| known.as_ref().and_then(|all| all.get(at)).map(|p| *p as f32);
            SampleRow {
                user: sample.user,
                item: sample.item,
                title: session.item(sample.item).title,
                liked: sample.label(),
                forget: at < n_forget,
                retrain: of(&retrain),
                expected: of(&expected),
            }
        };
        self.rows = self.sample.iter().enumerate().map(row).collect();
        let states = answer_states(&session.original, &session.train, &self.sample, host).await?.0;
        self.map = pca(&states, states.len() / self.sample.len().max(1), 2);
        Ok(())
    }

    /// Tells what is due after a step, `last` of the student's or not.
    pub(super) async fn watch(&self, session: &Session, model: &Model, step: u32, last: bool, host: &mut dyn Host) -> Result<()> {
        if self.every == 0 {
            return Ok(());
        }
        // A language model's answers cost a thousand times a nano's: they are told with the figures.
        let often = if session.eval_rows < MAX_LIVE_ROWS { self.every } else { (self.every / ANSWERS_PER_FIGURES).max(1) };
        if last || step.is_multiple_of(self.every) {
            self.tell_figures(session, model, step, host).await?;
        }
        if last || step.is_multiple_of(often) { self.tell_answers(session, model, step, false, host).await } else { Ok(()) }
    }

    async fn tell_figures(&self, session: &Session, model: &Model, step: u32, host: &mut dyn Host) -> Result<()> {
        let test = session.quality_of(&Recommender::from(model.clone()), &session.test, &self.test, host, |_, _| {}).await?;
        let logits = answer_logits(model, &session.train, &self.forget, host, |_, _| {}).await?;
        let (width, retrain) = (session.width(), self.retrain.as_deref());
        let (p_yes, truth) = (p_yes(&logits, width), session.train.truth(&self.forget));
        let answers = ForgetAnswers { logits: &logits, retrain, width, p_yes: &p_yes, truth: &truth };
        host.event(Event::Eval { step, test, forget: Box::new(forget_figures(&answers)) });
        Ok(())
    }

    async fn tell_answers(&self, session: &Session, model: &Model, step: u32, calibrated: bool, host: &mut dyn Host) -> Result<()> {
        let encoded: &Encoded = &session.train;
        let (states, logits) = answer_states(model, encoded, &self.sample, host).await?;
        let place = |state: &[f32]| {
            let at = self.map.of(state);
            [0, 1].map(|axis| at.get(axis).map_or(0.0, |value| *value as f32))
        };
        host.event(Event::Answers {
            step,
            calibrated,
            rows: if step == 0 { self.rows.clone() } else { Vec::new() },
            p_yes: p_yes(&logits, session.width()).into_iter().map(|p| p as f32).collect(),
            places: states.chunks_exact(self.map.mean.len().max(1)).map(place).collect(),
            moved: moved(model).await?,
        });
        Ok(())
    }

    /// Tells the answers of a finished student whose adapter was scaled after its last step.
    pub(super) async fn end(&self, session: &Session, model: &Recommender, n_steps: u32, host: &mut dyn Host) -> Result<()> {
        match model {
            Recommender::One(student) if self.every > 0 => self.tell_answers(session, student, n_steps, true, host).await,
            _ => Ok(()),
        }
    }
}
