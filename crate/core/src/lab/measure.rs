//! What a package says of itself: figures of its own Original and Retrain on the standard forget set, and the floor between two Retrains;
//! and Retrains that come from outside the package.

use super::figures::{Reference, Shown};
use super::{Lab, Retrained, every_nth};
use crate::data::split::Selection;
use crate::data::tokenizer::{NO, YES};
use crate::linear::Bits;
use crate::model::{Model, Trainable};
use crate::package::manifest::{Manifest, RETRAIN};
use crate::package::weights::{self, Residency};
use crate::report::{Divergences, ForgetSpec, MethodFigures, Proxy, Report, RunRequest};
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::progress::Progress;
use crate::unlearn::Recommender;
use crate::{Error, Result, metric};

impl Lab {
    /// Figures of the package's Original and Retrain, measured afresh on the weights as they were loaded, and the proxy: for the manifest.
    ///
    /// # Errors
    /// If the package has no Retrain, the device fails or the host cancels.
    pub async fn measure<H: Host>(&self, host: &mut H) -> Result<(Vec<MethodFigures>, Proxy)> {
        let (selection, retrain) = self.standard()?;
        let request = RunRequest::default();
        let shown = Shown::new(self, &selection);
        let reference = Reference::new(self, retrain, &shown, host).await?;
        let mut progress = Progress::new(&[], host);
        let mut figures = Vec::new();
        for (id, model) in [("original", &self.original), ("retrain", retrain)] {
            let model_of = Recommender::from(model.clone());
            let mut found = self.evaluate(&model_of, id, &shown, Some(&reference), &request, None, &mut progress, host).await?;
            found.source = "shipped".into();
            found.seed = self.manifest.training.seed;
            found.trainable_params = model.n_params(Trainable::Base);
            figures.push(found);
        }
        let proxy = self.proxy(&figures[0], &figures[0], host).await?;
        Ok((figures, proxy))
    }

    /// The figures in a package's manifest as a report.
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

    /// Divergence of a second Retrain, given as a weights file, from the package's own: what no method can be expected to go below.
    ///
    /// # Errors
    /// If the package has no Retrain, the file does not fit the model, the device fails or the host cancels.
    pub async fn floor<H: Host>(&self, second: &[u8], host: &mut H) -> Result<Divergences> {
        let (selection, first) = self.standard()?;
        let second = weights::load(RETRAIN, second, &self.manifest.config, self.manifest.bits()?, Residency::Dense, &self.device)?;
        let mut logits = Vec::new();
        for model in [first, &second] {
            logits.push(answer_logits(model, &self.train, &every_nth(&selection.forget, self.eval_rows), host, |_, _| {}).await?);
        }
        Ok(metric::divergences(&logits[0], &logits[1], self.width(), YES as usize, NO as usize))
    }

    /// The weights of the Retrain for a selection, eight bits, so that another process need not train it.
    ///
    /// # Errors
    /// If there is no Retrain for it, or the device fails.
    pub async fn retrain_weights(&self, selection: &Selection) -> Result<Vec<u8>> {
        let retrained = self.retrain_of(selection).ok_or_else(|| Error::setting("retrain", "must have been trained", "none"))?;
        weights::write(&retrained.model, Bits::Eight).await
    }

    /// Takes a Retrain for a forget spec from [`Lab::retrain_weights`], in place of one that is there. Its figures are measured when a run needs them.
    ///
    /// # Errors
    /// If the spec selects nothing, or the weights do not fit the model.
    pub fn add_reference(&mut self, forget: &ForgetSpec, bytes: &[u8]) -> Result<()> {
        let forget = self.select(forget)?.forget;
        let model = weights::load(RETRAIN, bytes, &self.manifest.config, self.manifest.bits()?, Residency::Dense, &self.device)?;
        self.retrained.retain(|known| known.forget != forget);
        self.retrained.push(Retrained { forget, model, figures: None, source: "this device" });
        Ok(())
    }

    fn standard(&self) -> Result<(Selection, &Model)> {
        let selection = self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?;
        let retrain = self.retrain_of(&selection).ok_or_else(|| Error::package(RETRAIN, "is missing"))?;
        Ok((selection, &retrain.model))
    }
}
