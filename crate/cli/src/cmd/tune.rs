//! The language-model part of `unlearn train --base`: which parts of the base are kept, and the wording of its prompts.

use super::training_inputs::TrainingInputs;
use crate::args::{Usage, at_least_one};
use crate::io;
use crate::usage::asked;
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use unlearn_core::data::interaction::Dataset;
use unlearn_core::data::text::{N_FIXED, Template, TextSpec, TextVocabulary, cut, needed_tokens};
use unlearn_core::model::PretrainSpec;
use unlearn_core::package::manifest::TOKENIZER;
use unlearn_core::package::open::open_model;
use unlearn_core::package::weights::Residency;
use unlearn_core::train::tune::{Start, cut_down};

/// Default rank of the adapter.
const RANK: usize = 16;

/// Options for a language model.
#[derive(clap::Args)]
pub struct TextArgs {
    /// Folder of a language model's package, to tune it instead of training a nano.
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,
    /// Layers to keep: the first N, or a list such as 0,1,2,29 [default: all].
    #[arg(long, value_name = "N|LIST", requires = "base")]
    layers: Option<String>,
    /// Training rows to use, evenly spaced over all [default: all].
    #[arg(long, value_name = "N", requires = "base", value_parser = at_least_one)]
    rows: Option<usize>,
    /// Wording of the prompts: compact (about 100 tokens) or simple (the paper's, about 260).
    #[arg(long, default_value = "compact", value_name = "NAME", requires = "base")]
    template: String,
    /// Tune an adapter of this rank on every linear layer and merge it [default: 16].
    #[arg(long, requires = "base", conflicts_with = "full", value_parser = clap::value_parser!(u16).range(1..=256))]
    rank: Option<u16>,
    /// Tune every weight.
    #[arg(long, requires = "base")]
    full: bool,
    /// Put the untuned weights into the package too, so that it can train Retrain for any forget set.
    #[arg(long, requires = "base")]
    keep_start: bool,
    /// Take the package's figures on at most so many rows of every set [default: as many as the model's size allows].
    #[arg(long, requires = "base", value_name = "N", value_parser = at_least_one)]
    eval_rows: Option<usize>,
}

/// Default settings for the options that are not given.
pub fn usual(args: &TextArgs) -> PretrainSpec {
    let lr = if args.full { 1e-4 } else { 3e-4 };
    PretrainSpec {
        epochs: 1,
        batch: 16,
        lr,
        weight_decay: 0.01,
        dropout: 0.0,
        item_dropout: 0.0,
        auxiliary: 1.0,
        seed: 2,
        ..PretrainSpec::default()
    }
}

/// Opens the base and reduces it to the layers to keep and the tokens that the data need.
pub fn begin(base: &Path, args: &TextArgs, dataset: &Dataset) -> Result<TrainingInputs> {
    let template: Template = args.template.parse().context(Usage)?;
    let mut package = io::read_package(base)?;
    let (manifest, model) =
        open_model(&package, Some(Residency::Dense), &Device::flex()).with_context(|| format!("loading {}", base.display()))?;
    let Some(known) = manifest.text else {
        bail!("{}: the base must be a language model's package; its manifest has no `text`", base.display());
    };
    let tokenizer = package.remove(TOKENIZER).context("the package was read with its tokenizer")?;
    let (kept, tokens) = cut(&known.kept, &needed_tokens(dataset, &tokenizer, template)?);
    let layers = layers(args.layers.as_deref(), manifest.config.num_hidden_layers()).context(Usage)?;
    let model = cut_down(&model, &layers, &tokens, N_FIXED).map_err(asked)?;
    let rank = if args.full { None } else { Some(args.rank.map_or(RANK, usize::from)) };
    let text =
        TextSpec { template, kept, answers: known.answers, specials: known.specials, rows: args.rows, rank, eval_rows: args.eval_rows };
    let vocabulary = TextVocabulary::new(&tokenizer, &text, dataset)?.into();
    Ok(TrainingInputs {
        family: manifest.name,
        base_licence: Some(manifest.licence),
        tokenizer,
        vocabulary,
        text: Some(text),
        start: Some(Start { model, rank }),
        keep_start: args.keep_start,
    })
}

/// Parses the layers to keep: "6" means the first six, "0,1,29" exactly these.
fn layers(text: Option<&str>, n_layers: usize) -> Result<Vec<usize>> {
    let Some(text) = text else { return Ok((0..n_layers).collect()) };
    let number = |part: &str| part.trim().parse::<usize>().ok();
    let layers: Option<Vec<usize>> = if text.contains(',') {
        text.split(',').filter(|part| !part.trim().is_empty()).map(number).collect()
    } else {
        number(text).filter(|n| *n <= n_layers).map(|n| (0..n).collect())
    };
    let layers = layers.filter(|layers| !layers.is_empty() && layers.iter().all(|layer| *layer < n_layers));
    layers.with_context(|| format!("layers: must be 1 to {n_layers}, or a list of layers from 0 to {}, got `{text}`", n_layers - 1))
}

#[cfg(test)]
mod tests {
    use super::layers;

    #[test]
    fn layers_by_number_or_list() {
        assert_eq!(layers(None, 3).unwrap(), [0, 1, 2]);
        assert_eq!(layers(Some("2"), 3).unwrap(), [0, 1]);
        assert_eq!(layers(Some("0, 2"), 3).unwrap(), [0, 2]);
        assert_eq!(layers(Some("2,"), 3).unwrap(), [2]);
        for bad in ["0", "4", "0,3", "x", ","] {
            assert!(layers(Some(bad), 3).is_err(), "{bad}");
        }
    }
}
