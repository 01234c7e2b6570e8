//! `unlearn titles`: a language model reads the titles of a data set, for a recommender that is made of what it read.

use crate::args::at_least_one;
use crate::host::Terminal;
use crate::io;
use crate::read_args::ReadArgs;
use crate::targets::{self, Input, Output, OutputKind};
use crate::usage::{asked, wrong};
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use std::path::PathBuf;
use unlearn_core::data::source::read_and_tell;
use unlearn_core::data::text::{Encoder, N_FIXED, cut};
use unlearn_core::data::title_vectors::TitleVectors;
use unlearn_core::data::tokenizer::{BOS, UNK};
use unlearn_core::host::Host;
use unlearn_core::host::event::Phase;
use unlearn_core::host::progress::Progress;
use unlearn_core::model::Model;
use unlearn_core::package::manifest::TOKENIZER;
use unlearn_core::package::open::open_model;
use unlearn_core::package::titles;
use unlearn_core::package::vocabulary::rows_by_id;
use unlearn_core::package::weights::Residency;
use unlearn_core::tensor::pca::pca;
use unlearn_core::train::read_titles::{read_titles, title_text};
use unlearn_core::train::tune::cut_down;

/// Let a language model read every title of a data set, once.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn titles --base models/smollm2-135m-instruct --data public/data/ml-latest-small --out titles.safetensors
  unlearn train --titles titles.safetensors --data public/data/ml-latest-small --out with-titles
  unlearn train --titles titles.safetensors --no-item-rows --data public/data/ml-latest-small --out of-titles

Every item's title, year, authors and genres are read; the mean of the hidden states after --layers of the model's blocks, in its leading principal
components, is the item's vector. `unlearn train --titles` then trains a recommender over these vectors.")]
pub struct Args {
    /// The package of a Llama-family language model.
    #[arg(long, value_name = "DIR")]
    base: PathBuf,
    /// A folder, a .zip as downloaded, or the single files.
    #[arg(long, required = true, value_name = "INPUT", num_args = 1..)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    /// File of the vectors.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Blocks that read; the later ones turn to the next word [default: two thirds of them].
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    layers: Option<usize>,
    /// Numbers in a vector.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    width: u16,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let inputs = args.data.iter().cloned().map(Input::Data).chain([Input::Model(args.base.clone())]);
    targets::check(&inputs.collect::<Vec<_>>(), &[Output { flag: "out", path: &args.out, kind: OutputKind::File }])?;
    let sources = io::read_sources(&args.data)?;
    let (dataset, assumed) = read_and_tell(&sources, &args.read.spec(&sources)?).map_err(asked)?;
    assumed.iter().for_each(|assumed| host.warn(format!("assumed: {}", assumed.text)));
    if dataset.items.is_empty() {
        return Err(wrong(format!("data: {} must have titles to read, got none", dataset.name)));
    }
    let mut package = io::read_package(&args.base)?;
    let (manifest, model) =
        open_model(&package, Some(Residency::Dense), &Device::flex()).with_context(|| format!("loading {}", args.base.display()))?;
    let Some(text) = manifest.text else {
        bail!("{}: the base must be a language model's package; its manifest has no `text`", args.base.display());
    };
    let tokenizer = Encoder::open(&package.remove(TOKENIZER).context("the package was read with its tokenizer")?)?;
    let n_blocks = manifest.config.num_hidden_layers();
    let layers = args.layers.unwrap_or((2 * n_blocks).div_ceil(3));
    if layers > n_blocks {
        return Err(wrong(format!("layers: {} has {n_blocks}, got `{layers}`", manifest.name)));
    }
    // The blocks that read, and the rows of the tokens that occur.
    let encoded = dataset.items.iter().map(|item| tokenizer.ids(&title_text(item), false)).collect::<Result<Vec<_>, _>>()?;
    let (kept, rows) = cut(&text.kept, &encoded.concat());
    let cut = cut_down(&model, &(0..layers).collect::<Vec<_>>(), &rows, N_FIXED).map_err(asked)?;
    let Model::Llama(decoder) = &cut else {
        return Err(wrong(format!("base: must be a Llama-family decoder, {} is a {}", manifest.name, manifest.config.family())));
    };
    let row_of = rows_by_id(&kept, kept.iter().max().map_or(0, |last| *last as usize + 1));
    let row = |id: &u32| row_of.get(*id as usize).copied().flatten();
    let n_unknown = encoded.iter().flatten().filter(|id| row(id).is_none()).count();
    if n_unknown > 0 {
        host.warn(format!("warning: {n_unknown} tokens of the titles are not in {}, and are read as unknown", manifest.name));
    }
    let titles: Vec<Vec<u32>> = encoded.iter().map(|ids| ids.iter().map(|id| row(id).unwrap_or(UNK)).collect()).collect();
    host.label = format!("reading {} titles", titles.len());
    let mut progress = Progress::new(&[(Phase::Before, titles.len() as u32, 1.0)], host);
    let total = titles.len() as u32;
    let states =
        read_titles(decoder, BOS, &titles, layers, host, |host: &mut dyn Host, done| progress.at(Phase::Before, done as u32, total, host))
            .await?;
    let d = decoder.spec.hidden_size;
    let found = pca(&states, d, usize::from(args.width));
    let vectors: Vec<f64> = states.chunks_exact(d).flat_map(|row| found.of(row)).collect();
    // The mean squared length is 1, whatever the reader's scale is.
    let squares: f64 = vectors.iter().map(|v| v * v).sum();
    let scale = (titles.len() as f64 / squares.max(f64::MIN_POSITIVE)).sqrt();
    let ids = dataset.items.iter().map(|item| item.id).collect();
    let vectors = TitleVectors::new(ids, found.components.len() / d, vectors.iter().map(|v| (v * scale) as f32).collect())?;
    let (name, licence) = (&manifest.name, &manifest.licence);
    let reader = format!("{name} ({licence}), mean after {layers} of {n_blocks} blocks, {} principal components", vectors.width());
    io::write(&args.out, &titles::write(&vectors, &reader)?)?;
    host.say(format!("{} titles read by {reader}: {}", titles.len(), args.out.display()));
    Ok(())
}
