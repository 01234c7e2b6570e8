//! `unlearn merge`: merges an adapter into its package.

use crate::cmd::import::Numbers;
use crate::stored;
use crate::targets::{self, Input, Output, OutputKind};
use crate::{adapter, io};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::PathBuf;
use unlearn_core::package::file;
use unlearn_core::package::manifest::{MANIFEST, Manifest};
use unlearn_core::package::merge::{MergeSpec, merge};

/// Merge an adapter into its model package and requantise: one package that cannot remember by dropping the adapter.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn forget --user 414 --adapter-out adapter
  unlearn merge models/nano-ml-latest-small adapter --out merged
  unlearn forget --model merged --user 474              the next request, on what the first one left

An adapter of PEFT is merged as PEFT merges it: rsLoRA, DoRA, patterns of ranks and alphas, saved modules, trained tokens, F16 and BF16. A setting
that is not computed is refused by its name. An adapter that was made for another base is refused unless --force is given.

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
    /// Merge an adapter that names another base too; its shapes must fit.
    #[arg(long)]
    force: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Merged {
    name: String,
    out: String,
    quantisation: String,
    /// Size of the package's files.
    bytes: usize,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let inputs = [&args.package, &args.adapter].map(|folder| Input::Model(folder.clone()));
    targets::check(&inputs, &[Output { flag: "out", path: &args.out, kind: OutputKind::Package { with_card: false } }])?;
    let base = io::read_package(&args.package)?;
    let adapter = adapter::read(&args.adapter)?;
    let folder = args.out.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = args.name.clone().or(folder).unwrap_or_else(|| "merged".into());
    let spec = MergeSpec { name: name.clone(), quantisation: args.quantisation.into(), force: args.force };
    let files =
        merge(&base, &adapter, &spec).with_context(|| format!("merging {} into {}", args.adapter.display(), args.package.display()))?;
    let manifest: Manifest = serde_json::from_slice(file(&files, MANIFEST)?)?;
    stored::replace_package(&args.out, &files)?;
    let bytes = files.values().map(Vec::len).sum();
    let told = Merged { name, out: args.out.display().to_string(), quantisation: manifest.quantisation, bytes };
    io::answer(&told, args.json, None, || {
        format!("{} → {} ({}, {:.1} MB)\n", told.name, told.out, told.quantisation, told.bytes as f64 / 1e6)
    })
}
