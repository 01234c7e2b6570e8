//! `unlearn merge`: merges an adapter into its package.

use crate::cmd::import::Numbers;
use crate::io;
use anyhow::{Context, Result};
use burn::tensor::Device;
use serde::Serialize;
use std::path::PathBuf;
use unlearn_core::host::Files;
use unlearn_core::package::manifest::{MANIFEST, Manifest};
use unlearn_core::package::merge::merge;
use unlearn_core::package::{file, peft};

/// Merge an adapter into its model package and requantise: one package that cannot remember by dropping the adapter.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn forget --user 414 --adapter-out adapter
  unlearn merge models/nano-ml-latest-small adapter --out merged
  unlearn forget --model merged --user 599              the next request, on what the first one left

Rounding may bring back some of what was forgotten, with four bits more than with eight: the merged package has no figures until it
is measured.")]
pub struct Args {
    /// Folder of the package that the adapter was trained on.
    #[arg(value_name = "DIR")]
    package: PathBuf,
    /// Folder with the adapter: adapter_config.json and adapter_model.safetensors, as `unlearn forget --adapter-out` and PEFT write them.
    #[arg(value_name = "ADAPTER")]
    adapter: PathBuf,
    /// Folder of the merged package; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Numbers of the matrices [keep: those that the adapter reaches become floats; q4: embedding and output layer have eight bits].
    #[arg(long, value_enum, default_value = "q8")]
    quantisation: Numbers,
    /// Name of the package [default: the folder's].
    #[arg(long)]
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Merged {
    name: String,
    out: PathBuf,
    quantisation: String,
    /// Size of the package's files.
    bytes: usize,
}

/// Runs the command.
pub async fn run(args: &Args) -> Result<()> {
    let base = io::read_package(&args.package)?;
    let adapter = [peft::CONFIG, peft::WEIGHTS].map(|name| io::read(&args.adapter.join(name)).map(|bytes| (name.to_owned(), bytes)));
    let adapter = adapter.into_iter().collect::<Result<Files>>()?;
    let folder = args.out.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = args.name.clone().or(folder).unwrap_or_else(|| "merged".into());
    let files = merge(&base, &adapter, &name, args.quantisation.into(), &Device::flex())
        .await
        .with_context(|| format!("merging {} into {}", args.adapter.display(), args.package.display()))?;
    let manifest: Manifest = serde_json::from_slice(file(&files, MANIFEST)?)?;
    io::write_files(&args.out, &files, MANIFEST)?;
    let bytes = files.values().map(Vec::len).sum();
    let told = Merged { name, out: args.out.clone(), quantisation: manifest.quantisation, bytes };
    io::answer(&told, args.json, None, || {
        format!("{} → {} ({}, {:.1} MB)\n", told.name, told.out.display(), told.quantisation, told.bytes as f64 / 1e6)
    })
}
