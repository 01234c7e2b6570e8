//! `unlearn export`: writes a package in a format that other programs read.

use crate::console::{self, tell};
use crate::targets::{self, Input, Output, OutputKind};
use crate::{io, stored};
use anyhow::{Context, Result};
use clap::ValueEnum;
use std::path::PathBuf;
use unlearn_core::host::Files;
use unlearn_core::package::export;
use unlearn_core::package::export::VOCABULARY;

/// Write a model package as a GGUF file or a Hugging Face folder.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn export models/smollm2-135m-instruct --to gguf --out smollm2.gguf
  unlearn export models/smollm2-135m-instruct --to hf --numbers f16 --out smollm2-hf

GGUF keeps every number as the package has it, in every type that `unlearn import` reads; Hugging Face's folder has floats. What GGUF cannot say
(the windows of Mistral and Qwen, for example) is refused: take hf. An adapter for the file is written by `unlearn forget --adapter-out X.gguf`.")]
pub struct Args {
    /// Folder of the model package.
    #[arg(value_name = "DIR")]
    package: PathBuf,
    /// Which format.
    #[arg(long, value_enum)]
    to: Format,
    /// The file (gguf; `-` for standard output) or folder (hf) to write.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Numbers of the matrices; quantised ones become f32 in a folder unless f16 is asked for.
    #[arg(long, value_enum, default_value = "keep")]
    numbers: Numbers,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Gguf,
    Hf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Numbers {
    Keep,
    F32,
    F16,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let kind = match args.to {
        Format::Gguf => OutputKind::File,
        Format::Hf => OutputKind::Export,
    };
    targets::check(&[Input::Model(args.package.clone())], &[Output { flag: "out", path: &args.out, kind }])?;
    let files = io::read_package(&args.package)?;
    let numbers = match args.numbers {
        Numbers::Keep => export::Numbers::Keep,
        Numbers::F32 => export::Numbers::F32,
        Numbers::F16 => export::Numbers::F16,
    };
    let failed = || format!("exporting {}", args.package.display());
    let mut is_stdout = false;
    let written: Files = match args.to {
        Format::Gguf => {
            let bytes = export::to_gguf(&files, numbers).with_context(failed)?;
            is_stdout = console::is_stdout(&args.out);
            io::write(&args.out, &bytes)?;
            Files::from([(args.out.to_string_lossy().into_owned(), bytes)])
        }
        Format::Hf => {
            let folder = export::to_hf(&files, numbers).with_context(failed)?;
            stored::replace_export(&args.out, &folder)?;
            folder
        }
    };
    let mut text: String = written.iter().map(|(name, bytes)| format!("{name}: {} bytes\n", bytes.len())).collect();
    if written.contains_key(VOCABULARY) {
        text.push_str("the package is trimmed: its rows are the tokens that vocabulary.json names, not those of tokenizer.json\n");
    }
    // Beside the file itself on standard output, words would be a part of it.
    if is_stdout {
        tell(&text);
        return Ok(());
    }
    io::print(&text)
}
