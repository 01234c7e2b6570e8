//! Export of the last run's adapter, and an adapter in the place of a run.

use super::state::Session;
use crate::host::Files;
use crate::model::{Model, Network};
use crate::package::peft::{self, Adapter, PublishedTokens};
use crate::package::vocabulary::rows_by_id;
use crate::unlearn::Recommender;
use crate::{Error, Result};
impl Session {
    /// The last run's adapter in PEFT's layout. The adapter of a published model fits the published checkpoint: its embedding covers all tokens, in
    /// the tokenizer's order.
    ///
    /// # Errors
    /// If there was no run, or its method trained whole models instead of an adapter.
    pub async fn adapter(&self) -> Result<Files> {
        match &self.unlearned {
            Some(Recommender::One(student)) if student.has_adapter() => self.adapter_of(student).await,
            Some(_) => Err(Error::setting("adapter", "needs a method that trains one", "whole models")),
            None => Err(Error::setting("adapter", "needs a finished run", "none")),
        }
    }

    pub(super) async fn adapter_of(&self, student: &Model) -> Result<Files> {
        let mut student = student.frozen();
        if let (Some(text), Some(n_tokens), Some(lora)) = (&self.manifest.text, self.n_published, &mut student.embedding_mut().lora) {
            *lora = lora.with_rows(&rows_by_id(&text.kept, n_tokens));
        }
        peft::write(&student, &peft::base_id(&self.manifest)).await
    }

    /// Original with an adapter in PEFT's layout, as a run leaves one.
    ///
    /// # Errors
    /// If the adapter is damaged, was made for another base, or does not fit.
    pub fn adapted(&self, files: &Files) -> Result<Model> {
        let adapter = Adapter::read(files, &self.original.spec())?;
        adapter.check_base(&self.manifest)?;
        let kept = self.manifest.text.as_ref().map(|text| text.kept.as_slice());
        let published = self.n_published.zip(kept).map(|(n, kept)| PublishedTokens { n, kept });
        adapter.attach(&self.original, published)
    }
}
