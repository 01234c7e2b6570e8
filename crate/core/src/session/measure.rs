//! Figures for a package's manifest (its Original and Retrain on the standard forget set, and the floor between two Retrains), and import and
//! export of Retrains.

use super::evaluate::{EvalRows, Evaluation, Reference};
use super::expected::error_of;
use super::state::{Retrained, Session};
use crate::data::select::Selection;
use crate::data::tokenizer::{NO, YES};
use crate::data::{ForgetSpec, every_nth};
use crate::host::Host;
use crate::host::progress::Progress;
use crate::linear::Bits;
use crate::metric::Divergences;
use crate::model::{Model, Trainable};
use crate::package::manifest::{CrossFitError, Manifest, RETRAIN};
use crate::package::weights;
use crate::package::weights::Residency;
use crate::report::{MethodFigures, Proxy, Report};
use crate::train::infer::answer_logits;
use crate::unlearn::engine::recommender::Recommender;
use crate::{Error, Result, metric};
use std::collections::HashMap;

impl Session {
    /// Figures of the package's Original and Retrain, measured anew on the weights as loaded, and the proxy: for the manifest.
    ///
    /// # Errors
    /// If the package has no Retrain for these data, the device fails or the host cancels.
    pub async fn measure(&self, host: &mut dyn Host) -> Result<(Vec<MethodFigures>, Proxy)> {
        let (selection, retrain) = self.standard()?;
        let eval_rows = EvalRows::new(self, &selection);
        let reference = Reference::new(self, retrain, &eval_rows, host).await?;
        let eval = Evaluation { rows: &eval_rows, reference: Some(&reference), lists: None, validate: false };
        let mut progress = Progress::new(&[], host);
        let mut figures = Vec::new();
        for (id, model) in [("original", &self.original), ("retrain", retrain)] {
            let model_of = Recommender::from(model.clone());
            let mut found = self.evaluate(&model_of, id, &eval, None, &mut progress, host).await?;
            found.source = "shipped".into();
            found.seed = self.manifest.training.seed;
            found.trainable_params = model.n_params(Trainable::Base);
            figures.push(found);
        }
        let proxy = self.proxy(&figures[0], &figures[0], None, &eval_rows, host).await?;
        Ok((figures, proxy))
    }

    /// How far the mean loss of one person, as the cross-fitted answers expect it, is from Retrain's: over the people of the standard forget set.
    /// `None` without cross-fitted answers.
    ///
    /// # Errors
    /// If the package has no Retrain for these data, the device fails or the host cancels.
    pub async fn cross_fit_error(&self, host: &mut dyn Host) -> Result<Option<CrossFitError>> {
        let spec = ForgetSpec { standard: Some(true), ..Default::default() };
        let (selection, retrain) = self.standard()?;
        let Ok(expected) = self.expected(&spec, &selection) else { return Ok(None) };
        let rows = every_nth(&selection.forget, self.eval_rows);
        let truth = self.train.truth(&rows);
        let logits = answer_logits(retrain, &self.train, &rows, host, |_, _| {}).await?;
        let found = metric::losses(&metric::p_yes(&logits, self.width()), &truth);
        let expected = metric::losses(&expected.of(&selection.forget, &rows).p_yes(), &truth);
        let mut people: HashMap<u32, (f64, usize)> = HashMap::new();
        for ((row, found), expected) in rows.iter().zip(found).zip(expected) {
            let of = people.entry(self.split.train[*row as usize].user).or_default();
            *of = (of.0 + expected - found, of.1 + 1);
        }
        Ok(Some(error_of(&people)))
    }

    /// A report with the figures of a package's manifest.
    ///
    /// # Errors
    /// If the package has no Retrain.
    pub fn report_of(&self, manifest: Manifest) -> Result<Report> {
        let (selection, _) = self.standard()?;
        Ok(Report {
            methods: manifest.figures,
            floor: manifest.floor,
            floor_yes_no: manifest.floor_yes_no,
            proxy: manifest.proxy,
            ..self.report(&selection)
        })
    }

    /// Divergence of a second Retrain, given as a weights file, from the package's own: the floor that no method can be expected to beat.
    ///
    /// # Errors
    /// If the package has no Retrain, the file does not fit the model, the device fails or the host cancels.
    pub async fn floor(&self, second: &[u8], host: &mut dyn Host) -> Result<Divergences> {
        let (selection, first) = self.standard()?;
        let second = self.open_weights(second)?;
        let mut logits = Vec::new();
        for model in [first, &second] {
            logits.push(answer_logits(model, &self.train, &every_nth(&selection.forget, self.eval_rows), host, |_, _| {}).await?);
        }
        Ok(metric::divergences(&logits[0], &logits[1], self.width(), YES as usize, NO as usize))
    }

    /// The weights of the Retrain for a selection, in eight bits, so that another process need not train it.
    ///
    /// # Errors
    /// If there is no Retrain for it, or the device fails.
    pub async fn retrain_weights(&self, selection: &Selection) -> Result<Vec<u8>> {
        let retrained = self.retrain_of(selection).ok_or_else(|| Error::setting("retrain", "must have been trained", "none"))?;
        weights::write(&retrained.model, Bits::Eight).await
    }

    /// Adds a Retrain for a forget spec from the bytes of [`Session::retrain_weights`], replacing an existing one. Its figures are measured when a
    /// run needs them.
    ///
    /// # Errors
    /// If the spec selects nothing, or the weights do not fit the model.
    pub fn add_reference(&mut self, forget: &ForgetSpec, bytes: &[u8]) -> Result<()> {
        let forget = self.select(forget)?.forget;
        let model = self.open_weights(bytes)?;
        self.retrained.retain(|known| known.forget != forget);
        self.retrained.push(Retrained { forget, model, figures: None, source: "this device" });
        Ok(())
    }

    /// A model of the package's architecture from its weights.
    pub(super) fn open_weights(&self, bytes: &[u8]) -> Result<Model> {
        weights::load(RETRAIN, bytes, &self.manifest.config, self.manifest.bits()?, Residency::Dense, &self.device)
    }

    fn standard(&self) -> Result<(Selection, &Model)> {
        let selection = self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?;
        if let Some(why) = &self.data_mismatch {
            return Err(Error::package(RETRAIN, format!("must have been trained on these data: {why}")));
        }
        let retrain = self.retrain_of(&selection).ok_or_else(|| Error::package(RETRAIN, "is missing"))?;
        Ok((selection, &retrain.model))
    }
}
