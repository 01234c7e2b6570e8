//! An adapter on a model, beside its frozen weights.

use super::adapter::Adapter;
use super::names::{HEAD, in_config};
use super::tensors::Dense;
use crate::Result;
use crate::host::Files;
use crate::linear::Lora;
use crate::model::{LowRank, Network};
use burn::tensor::{Device, Tensor, TensorData};

/// The tokens of a published model, of which a session keeps a part in another order.
#[derive(Debug, Clone, Copy)]
pub struct PublishedTokens<'a> {
    /// Their number in the published model.
    pub n: usize,
    /// The published id of every row of the session's model.
    pub kept: &'a [u32],
}

/// Loads an adapter onto a base model.
///
/// # Errors
/// If a file is missing or damaged, a weight does not fit the base, or the adapter does more than add factors to linear layers and the embedding.
pub fn load<M: Network>(base: &M, files: &Files) -> Result<M> {
    Adapter::read(files, &base.spec())?.attach(base, None)
}

impl Adapter {
    /// The base with this adapter beside its weights. `published` is given if the adapter's embedding has the published model's tokens.
    ///
    /// # Errors
    /// If a weight does not fit the base, or the adapter does more than add factors to linear layers and the embedding.
    pub fn attach<M: Network>(&self, base: &M, published: Option<PublishedTokens<'_>>) -> Result<M> {
        self.only_adds()?;
        let device = base.device();
        let mut model = base.without_adapter();
        let mut outcome = Ok(());
        model.each_linear(&mut |name, linear| {
            if outcome.is_err() {
                return;
            }
            let Some(factors) = self.tensors.factors.get(name) else { return };
            match self.factors(name, factors, linear.weight.dims()) {
                Ok((a, b, scale)) => linear.lora = Some(Lora { a: tensor(a, &device), b: tensor(b, &device), scale }),
                Err(e) => outcome = Err(e),
            }
        });
        outcome?;
        let (table, [vocab, d]) = (base.spec().embedding(), base.embedding().weight.dims());
        if let Some(factors) = self.tensors.factors.get(table) {
            let n_tokens = published.map_or(vocab, |tokens| tokens.n);
            let (a, b, scale) = self.factors(table, factors, [n_tokens, d])?;
            let lora = LowRank { a: tensor(a, &device).transpose(), b: tensor(b, &device).transpose(), scale };
            let rows = published.map(|tokens| tokens.kept.iter().map(|id| Some(*id)).collect::<Vec<_>>());
            model.embedding_mut().lora = Some(rows.map_or(lora.clone(), |rows| lora.with_rows(&rows)));
        }
        Ok(model)
    }

    /// Checks that factors are all there is, and that none is for the output layer.
    fn only_adds(&self) -> Result<()> {
        let (settings, tensors) = (&self.settings, &self.tensors);
        let merge = "an adapter beside frozen weights cannot; merge it into its package (`unlearn merge`)";
        let fail = |what: String| Err(in_config(format!("{what}, which {merge}")));
        if settings.dora {
            return fail("use_dora gives every row a length of its own".into());
        }
        if let Some(name) = tensors.saved.keys().next() {
            return fail(format!("modules_to_save: `{name}` takes the place of a whole weight"));
        }
        if let Some(name) = tensors.bases.keys().next() {
            return fail(format!(
                "target_modules: PEFT saved the base's `{name}` beside its factors (save_embedding_layers), and it may differ"
            ));
        }
        if let Some(name) = tensors.tokens.keys().next() {
            return fail(format!("trainable_token_indices: rows of `{name}` are replaced"));
        }
        if tensors.factors.contains_key(HEAD) {
            return fail(format!("target_modules: `{HEAD}`, the output layer, has factors"));
        }
        Ok(())
    }
}

fn tensor(dense: &Dense, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(dense.values.clone(), dense.dims), device)
}
