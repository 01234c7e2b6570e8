//! Export of the last run's adapter, and an adapter in the place of a run.

use super::state::Session;
use crate::host::Files;
use crate::model::{Model, Network, Spec};
use crate::package::gguf;
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

    /// The last run's adapter as a GGUF file, which llama.cpp loads beside the model that `unlearn export` writes of the package.
    ///
    /// # Errors
    /// As [`Session::adapter`], or if there is no such GGUF file of the package, or llama.cpp could not apply the adapter to it.
    pub async fn adapter_gguf(&self) -> Result<Vec<u8>> {
        let student = match &self.unlearned {
            Some(Recommender::One(student)) if student.has_adapter() => student,
            Some(_) => return Err(Error::setting("adapter", "needs a method that trains one", "whole models")),
            None => return Err(Error::setting("adapter", "needs a finished run", "none")),
        };
        self.check_gguf_adapter(false)?;
        gguf::write_adapter(&self.published(student), &self.manifest.name).await
    }

    /// Checks, before a run, that its adapter will have a GGUF file; `embedding` says whether it trains the embedding.
    ///
    /// # Errors
    /// If llama.cpp has no file of the base, or cannot apply such an adapter.
    pub fn check_gguf_adapter(&self, embedding: bool) -> Result<()> {
        let spec = self.original.spec();
        if self.n_published.is_none() || !matches!(spec, Spec::Llama(_)) {
            let must = "must be of a decoder with all of its tokenizer's tokens to be a GGUF file: write a folder";
            return Err(Error::setting("adapter", must, format!("that of {}", self.manifest.name)));
        }
        if embedding && spec.tie_word_embeddings() {
            let must = "must leave the embedding alone where it is tied to the output layer, as llama.cpp needs it: write a folder";
            return Err(Error::setting("adapter", must, "one that trains the embedding"));
        }
        Ok(())
    }

    /// The model with its embedding's factors, if it has any, in the published order of tokens.
    fn published(&self, student: &Model) -> Model {
        let mut student = student.frozen();
        if let (Some(text), Some(n_tokens), Some(lora)) = (&self.manifest.text, self.n_published, &mut student.embedding_mut().lora) {
            *lora = lora.with_rows(&rows_by_id(&text.kept, n_tokens));
        }
        student
    }

    pub(super) async fn adapter_of(&self, student: &Model) -> Result<Files> {
        peft::write(&self.published(student), &peft::base_id(&self.manifest)).await
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
