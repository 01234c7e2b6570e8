//! An adapter as read from its two files, before it is put on a model or merged into one.

use super::base;
use super::names::{CONFIG, HEAD, PREFIX, WEIGHTS, in_config, in_weights};
use super::settings::Settings;
use super::tensors::{Dense, Factors, Tensors};
use crate::Result;
use crate::host::Files;
use crate::model::Spec;
use crate::package::checkpoint::layout;
use crate::package::file;
use crate::package::manifest::Manifest;
use std::collections::BTreeSet;

/// An adapter that fits a model of some shape by its names; its shapes are checked when it is used.
#[derive(Debug)]
pub struct Adapter {
    pub(super) settings: Settings,
    pub(super) tensors: Tensors,
}

impl Adapter {
    /// Reads an adapter for a model of this shape.
    ///
    /// # Errors
    /// If a file is missing or damaged, a setting is not computed, or a tensor belongs to no part of the model.
    pub fn read(files: &Files, spec: &Spec) -> Result<Self> {
        let settings = Settings::read(file(files, CONFIG)?)?;
        let slots = layout(spec);
        let mut modules: BTreeSet<&str> = slots.iter().filter_map(|slot| slot.name.strip_suffix(".weight")).collect();
        modules.insert(HEAD); // also where it is tied
        // An adapter of the model without its output layer has names without the first part.
        let published =
            |module: &str| [module.to_owned(), format!("model.{module}")].into_iter().find(|name| modules.contains(name.as_str()));
        let tensors = Tensors::read(file(files, WEIGHTS)?, published)?;
        for (module, factors) in &tensors.factors {
            match (settings.dora, &factors.magnitude) {
                (true, None) => return Err(in_weights(format!("use_dora is on, but `{module}` has no lora_magnitude_vector"))),
                (false, Some(_)) => return Err(in_config(format!("use_dora must be on, since `{module}` has a lora_magnitude_vector"))),
                _ => {}
            }
        }
        Ok(Self { settings, tensors })
    }

    /// Checks that the adapter was made for this package. One that names no base is taken.
    ///
    /// # Errors
    /// If it names another.
    pub fn check_base(&self, manifest: &Manifest) -> Result<()> {
        self.settings.base.as_deref().map_or(Ok(()), |named| base::check(named, manifest))
    }

    /// The factors of a linear layer `[out, in]`, or of a table `[vocab, d]`, with their scale.
    ///
    /// # Errors
    /// If a factor is missing, or a shape does not fit.
    pub(super) fn factors<'a>(&self, module: &str, factors: &'a Factors, dims: [usize; 2]) -> Result<(&'a Dense, &'a Dense, f64)> {
        let (rank, [rows, cols]) = (self.settings.rank(module), dims);
        if rank == 0 {
            return Err(in_config(format!("rank_pattern must give `{module}` a rank of at least 1, got 0")));
        }
        let (names, must) = if factors.is_embedding {
            (["lora_embedding_A", "lora_embedding_B"], [[rank, rows], [cols, rank]])
        } else {
            (["lora_A.weight", "lora_B.weight"], [[rank, cols], [rows, rank]])
        };
        let scale = self.settings.scale(module);
        if !(scale as f32).is_finite() {
            return Err(in_config(format!("lora_alpha must give a scale that fits in 32 bits, got {scale} for `{module}`")));
        }
        let mut found = [&factors.a, &factors.b].into_iter().zip(names).zip(must).map(|((factor, name), must)| {
            let full = format!("{PREFIX}{module}.{name}");
            let factor = factor.as_ref().ok_or_else(|| in_weights(format!("tensor `{full}` is missing")))?;
            if factor.dims != must {
                return Err(in_weights(format!("tensor `{full}` must be {must:?}, got {:?}", factor.dims)));
            }
            Ok(factor)
        });
        let mut next = || found.next().unwrap_or_else(|| Err(in_weights("has no factors")));
        Ok((next()?, next()?, scale))
    }
}
