//! What a package says of itself: figures of its own Original and Retrain on the standard forget set, and the floor between two Retrains.

use super::figures::{Reference, Shown};
use super::{Lab, bits};
use crate::data::split::Selection;
use crate::data::tokenizer::{NO, YES};
use crate::model::{Decoder, Trainable};
use crate::package::manifest::RETRAIN;
use crate::package::weights::{self, Residency};
use crate::report::{Divergences, ForgetSpec, MethodFigures, Proxy, RunRequest};
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

    /// Divergence of a second Retrain, given as a weights file, from the package's own: what no method can be expected to go below.
    ///
    /// # Errors
    /// If the package has no Retrain, the file does not fit the model, the device fails or the host cancels.
    pub async fn floor<H: Host>(&self, second: &[u8], host: &mut H) -> Result<Divergences> {
        let (selection, first) = self.standard()?;
        let second = weights::load(RETRAIN, second, &self.manifest.config, bits(&self.manifest)?, Residency::Dense, &self.device)?;
        let mut logits = Vec::new();
        for model in [first, &second] {
            logits.push(answer_logits(model, &self.train, &selection.forget, host, |_, _| {}).await?);
        }
        Ok(metric::divergences(&logits[0], &logits[1], self.width(), YES as usize, NO as usize))
    }

    fn standard(&self) -> Result<(Selection, &Decoder)> {
        let selection = self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?;
        let retrain = self.retrain_of(&selection).ok_or_else(|| Error::package(RETRAIN, "is missing"))?;
        Ok((selection, &retrain.model))
    }
}
