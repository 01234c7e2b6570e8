//! What the measures of memory say of models that were trained on people, and of models that were not.

use super::state::Session;
use crate::data::ForgetSpec;
use crate::data::tokenizer::{NO, YES};
use crate::host::Host;
use crate::metric::{MEMORY_MEASURES, PersonAnswers, losses, p_yes};
use crate::model::Model;
use crate::train::infer::answer_logits;
use crate::{Error, Result};

/// A person's rows, with what is known of them without a Retrain.
struct Person {
    rows: Vec<u32>,
    truth: Vec<bool>,
    original: Vec<f64>,
    expected: Vec<f64>,
}

/// Measures of many models on the same people.
pub struct MemoryJudge<'a> {
    session: &'a Session,
    people: Vec<Person>,
    unseen: Vec<u32>,
}

impl<'a> MemoryJudge<'a> {
    /// For the people with these numbers.
    ///
    /// # Errors
    /// If one of them has no training rows, or the package has no cross-fitted answers.
    pub async fn new(session: &'a Session, users: &[u32], host: &mut dyn Host) -> Result<Self> {
        let mut people = Vec::new();
        for user in users {
            let spec = ForgetSpec { users: Some(vec![*user]), ..Default::default() };
            let selection = session.select(&spec)?;
            let expected = session.expected(&spec, &selection).map_err(|why| Error::setting("measures", why, user))?;
            let rows = selection.forget;
            let original = session.log_odds(&session.original, &rows, host).await?;
            people.push(Person { truth: session.train.truth(&rows), rows, original, expected: expected.log_odds });
        }
        Ok(Self { session, people, unseen: session.unseen_rows() })
    }

    /// The scores of a model, from its weights: for every person those of [`MEMORY_MEASURES`], `None` where one cannot be taken.
    ///
    /// # Errors
    /// If the weights are not of the session's architecture, the device fails or the host cancels.
    pub async fn scores(&self, weights: &[u8], host: &mut dyn Host) -> Result<Vec<Vec<Option<f64>>>> {
        self.scores_of(&self.session.open_weights(weights)?, host).await
    }

    /// The original's scores.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn scores_of_original(&self, host: &mut dyn Host) -> Result<Vec<Vec<Option<f64>>>> {
        self.scores_of(&self.session.original, host).await
    }

    async fn scores_of(&self, model: &Model, host: &mut dyn Host) -> Result<Vec<Vec<Option<f64>>>> {
        let session = self.session;
        let logits = answer_logits(model, &session.valid, &self.unseen, host, |_, _| {}).await?;
        let unseen_losses = losses(&p_yes(&logits, session.width()), &session.valid.truth(&self.unseen));
        let mut all = Vec::new();
        for Person { rows, truth, original, expected } in &self.people {
            let log_odds = session.log_odds(model, rows, host).await?;
            let answers = PersonAnswers { log_odds: &log_odds, original, expected, truth, unseen_losses: &unseen_losses };
            all.push(MEMORY_MEASURES.iter().map(|measure| (measure.score)(&answers)).collect());
        }
        Ok(all)
    }
}

impl Session {
    /// log (p(Yes) / p(No)) of a model to training rows.
    pub(super) async fn log_odds(&self, model: &Model, rows: &[u32], host: &mut dyn Host) -> Result<Vec<f64>> {
        let logits = answer_logits(model, &self.train, rows, host, |_, _| {}).await?;
        Ok(logits.chunks_exact(self.width()).map(|of| f64::from(of[YES as usize]) - f64::from(of[NO as usize])).collect())
    }
}
