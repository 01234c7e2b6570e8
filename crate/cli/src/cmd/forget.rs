//! `unlearn forget`: one unlearning run on one forget set, and its report.

use crate::args::{RankingCandidates, Source, What, assignment, at_least_one, parameters};
use crate::checkpoint::CheckpointFolder;
use crate::console::{is_stdout, tell};
use crate::host::Terminal;
use crate::id::Names;
use crate::targets::{self, Input, Output, OutputKind};
use crate::threads::together;
use crate::usage::{self, asked, wrong};
use crate::{clock, io, report};
use anyhow::{Context, Result, bail};
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use std::path::PathBuf;
use unlearn_core::package::peft;
use unlearn_core::record;
use unlearn_core::report::{Report, RunRequest};
use unlearn_core::session::Session;
use unlearn_core::unlearn::engine::plan::Plan;
use unlearn_core::unlearn::{METHODS, method};

pub const EXAMPLES: &str = "Examples:
  unlearn forget --standard                       the paper's 20 %, tuned E2URec, the shipped model
  unlearn forget --user 414 --retrain             one user, compared with a Retrain that is trained first
  unlearn forget --genre Horror --preset published --json > report.json
  unlearn forget --interest 414:Horror            one person's interest
  unlearn forget --words suicide,horror           sensitive items, by words of titles and genres
  unlearn forget --interaction 1:2571,1:260 --adapter-out adapter
  unlearn forget --requests asked.json --method eul     several requests, an adapter each, fused
  unlearn forget --user 414 --record report.html        a report to be filed; `unlearn verify` checks the .json form
  unlearn forget --standard --checkpoint kept     go on where the same command was ended, by Ctrl-C or a power cut
  unlearn forget --standard --param alpha=0.5 --param targets=3 --steps 500 --eval-every 50";

/// Forget users, items, a genre or single interactions, and report what was forgotten and what it cost.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    what: What,
    /// How; the long help lists every method's presets and parameters.
    #[arg(long, default_value = "e2urec", value_parser = PossibleValuesParser::new(METHODS.iter().map(|entry| entry.id)))]
    method: String,
    /// Named settings of the method.
    #[arg(long, value_name = "ID")]
    preset: Option<String>,
    /// A setting over the preset's.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    param: Vec<(String, String)>,
    /// Optimiser steps of the student [default: by the method and the forget set's size].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Seed of everything random in the run.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Take figures every so many steps.
    #[arg(long, default_value_t = 0, value_name = "N")]
    eval_every: u32,
    /// Report validation figures too, for tuning.
    #[arg(long)]
    validate: bool,
    /// Also rank each user's next liked item, beside 99 items that the user never rated or beside all of them: HR and NDCG, for nanos.
    #[arg(long, value_enum, value_name = "CANDIDATES")]
    ranking: Option<RankingCandidates>,
    /// Take figures on at most so many rows of every set [default: all for a nano, as many as its size allows for a language model].
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    eval_rows: Option<usize>,
    /// Train Retrain for this forget set first, where the package has none.
    #[arg(long)]
    retrain: bool,
    /// Write the adapter in PEFT's layout to this folder, or, if the name ends with .gguf, as a file that llama.cpp loads beside the exported model.
    #[arg(long, value_name = "PATH")]
    adapter_out: Option<PathBuf>,
    /// Keep a checkpoint in this folder while the student trains, go on from the one that is there, and remove it at the end.
    #[arg(long, value_name = "DIR")]
    checkpoint: Option<PathBuf>,
    /// Steps between two checkpoints.
    #[arg(long, default_value_t = 20, value_name = "N", requires = "checkpoint", value_parser = clap::value_parser!(u32).range(1..))]
    checkpoint_every: u32,
    /// Write the forgetting report, to be filed, to this file: hashes in the data's place, sealed by its own hash; a printable page if it ends in .html; `-` for standard output.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the report as JSON to this file too; `-` for standard output alone.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

impl Args {
    /// Checks where results go against what is read, before minutes are spent on a run.
    fn check(&self) -> Result<()> {
        let inputs: Vec<Input> = self.source.inputs().into_iter().chain(self.what.input()).collect();
        let output = |flag, path: &'_ Option<PathBuf>, kind| path.clone().map(|path| (flag, path, kind));
        let outputs = [
            output("adapter-out", &self.adapter_out, self.adapter_kind()),
            output("checkpoint", &self.checkpoint, OutputKind::Work),
            output("record", &self.record, OutputKind::File),
            output("out", &self.out, OutputKind::File),
        ];
        let outputs: Vec<_> = outputs.iter().flatten().map(|(flag, path, kind)| Output { flag, path, kind: *kind }).collect();
        targets::check(&inputs, &outputs)?;
        if self.json && self.record_is_stdout() {
            return Err(wrong("record: standard output takes one result, and --json prints another: name a file"));
        }
        Ok(())
    }

    /// What the adapter is written as: a file of this name is GGUF.
    fn adapter_kind(&self) -> OutputKind {
        let is_gguf = self.adapter_out.as_ref().is_some_and(|path| path.extension().is_some_and(|ending| ending == "gguf"));
        if is_gguf { OutputKind::File } else { OutputKind::Adapter }
    }

    fn record_is_stdout(&self) -> bool {
        self.record.as_deref().is_some_and(is_stdout)
    }
}

/// A finished run, of which not everything is written yet.
pub struct Finished {
    pub session: Session,
    pub report: Report,
    /// The run's checkpoint, which stays until everything is written.
    checkpoint: Option<CheckpointFolder>,
    /// What could not be written.
    failed: Vec<anyhow::Error>,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let run = forget(args, host).await?;
    let report = run.report.clone();
    finish(args, run, host, &report, || report::text(&report))
}

/// Writes the forgetting report, with the findings of any attacks on the run, and the command's result. Nothing that fails keeps the rest from being
/// written, and the checkpoint stays unless everything was.
pub fn finish<T: Serialize>(args: &Args, run: Finished, host: &Terminal, result: &T, text: impl FnOnce() -> String) -> Result<()> {
    let Finished { session, checkpoint, mut failed, .. } = run;
    failed.extend(write_record(args, &session, host).err());
    let answered = if args.record_is_stdout() {
        tell(&text());
        args.out.as_ref().map_or(Ok(()), |path| io::deliver(path, &serde_json::to_vec_pretty(result)?))
    } else {
        io::deliver_answer(result, args.json, args.out.as_deref(), text)
    };
    failed.extend(answered.err());
    if !failed.is_empty() {
        let mut told: Vec<String> = failed.iter().map(usage::told).collect();
        if let Some(folder) = &args.adapter_out.as_ref().filter(|folder| folder.join(peft::WEIGHTS).is_file()) {
            told.push(format!("the adapter is in {}", folder.display()));
        }
        if let Some(folder) = &checkpoint {
            told.push(format!("the checkpoint stays in {folder}: the same command goes on from it"));
        }
        bail!("{}", told.join("; "));
    }
    if let Some(Err(error)) = checkpoint.map(|folder| folder.clear()) {
        host.warn(format!("the checkpoint is no longer needed, but stays: {}", usage::told(&error)));
    }
    Ok(())
}

/// Writes the forgetting report if requested.
fn write_record(args: &Args, session: &Session, host: &Terminal) -> Result<()> {
    let Some(path) = &args.record else { return Ok(()) };
    let record = session.record(&clock::now())?;
    let page = path.extension().is_some_and(|ending| ending == "html");
    let text = if page { record::html(&record) } else { record::json(&record)? };
    io::deliver(path, text.as_bytes())?;
    host.say(format!("forgetting report written to {}", path.display()));
    Ok(())
}

/// Executes the run, and writes its adapter if requested.
pub async fn forget(args: &Args, host: &mut Terminal) -> Result<Finished> {
    let entry = method(&args.method)?;
    let params = |language_model| {
        let preset = args.preset.as_deref().or_else(|| entry.suited(language_model).map(|preset| preset.id));
        parameters(entry, preset, &args.param)
    };
    args.what.spec(None)?;
    params(false)?; // reports a wrong setting before a large file is read, and an unwritable folder before a long run
    args.check()?;
    let checkpoint = args.checkpoint.as_ref().map(|folder| CheckpointFolder::open(folder, args.checkpoint_every)).transpose()?;
    let mut session = args.source.load()?;
    let params = params(session.manifest.text.is_some())?;
    args.eval_rows.iter().for_each(|n| session.limit_rows(*n));
    let request = RunRequest {
        method: args.method.clone(),
        forget: args.what.spec(Some(&Names::of(&session.dataset)))?,
        params,
        steps: args.steps,
        seed: args.seed,
        eval_every: args.eval_every,
        validate: args.validate,
        ranking: args.ranking.map(Into::into),
    };
    let selection = session.select(&request.forget).map_err(asked)?;
    let (plan, ..) = session.plan(&request, &selection).map_err(asked)?;
    if args.adapter_out.is_some() && matches!(plan, Plan::Retrain | Plan::Shards(_)) {
        return Err(wrong(format!("adapter-out: {} trains whole models and leaves no adapter", args.method)));
    }
    if args.adapter_kind() == OutputKind::File {
        let embedding = matches!(&plan, Plan::Student(plan) if plan.student.targets.embedding());
        session.check_gguf_adapter(embedding).map_err(|error| wrong(format!("adapter-out: {error}")))?;
    }
    if session.retrain_source(&selection).is_none() {
        session.time(host).await?;
        let seconds = session.cost(&request, &selection).map_err(asked)?.map_or(0.0, |cost| cost.retrain);
        if args.retrain {
            host.say(format!("training Retrain on {} rows: about {seconds:.0} s", selection.retain.len()));
            session.retrain(&request.forget, session.manifest.training.seed, host).await.map_err(asked)?;
        } else {
            host.say(format!("no Retrain for this forget set: --retrain would train one, about {seconds:.0} s"));
        }
    }
    let (report, checkpoint) = match checkpoint {
        Some(folder) => run_kept(&mut session, &request, folder, host)?,
        None => (together(&mut session, host, async |session, host| session.run(&request, host).await).map_err(asked)?, None),
    };
    let mut failed = Vec::new();
    if let Some(folder) = &args.adapter_out {
        let written = if args.adapter_kind() == OutputKind::File {
            session.adapter_gguf().await.map_err(Into::into).and_then(|bytes| io::deliver(folder, &bytes))
        } else {
            session.adapter().await.map_err(Into::into).and_then(|files| io::deliver_files(folder, &files, peft::CONFIG))
        };
        match written {
            Ok(()) => host.say(format!("adapter written to {}", folder.display())),
            Err(error) => failed.push(error),
        }
    }
    Ok(Finished { session, report, checkpoint, failed })
}

/// Runs with checkpoints, resuming from an existing one. They belong to this run only: anything after it, such as an attack that trains, writes none.
fn run_kept(
    session: &mut Session,
    request: &RunRequest,
    folder: CheckpointFolder,
    host: &mut Terminal,
) -> Result<(Report, Option<CheckpointFolder>)> {
    let (files, place) = (folder.read()?, folder.to_string());
    host.checkpoints = Some(folder);
    let report = if files.is_empty() {
        together(session, host, async |session, host| session.run(request, host).await).map_err(asked)
    } else {
        host.say(format!("going on from the checkpoint in {place}"));
        let resumed = together(session, host, async |session, host| session.resume(request, &files, host).await).map_err(asked);
        resumed.with_context(|| format!("{place}: to begin anew, remove it or name another folder"))
    };
    let folder = host.checkpoints.take();
    Ok((report?, folder))
}
