//! `unlearn compare`: data sets × forget sets × methods and settings × seeds, planned in one file, resumable, with reports.

pub mod cell;
mod csv;
mod faithful;
mod file;
mod flags;
mod html;
mod interval;
mod job;
mod list;
mod markdown;
mod outputs;
mod paired;
mod people;
mod plan;
mod record;
mod reference;
mod run;
mod settings;
mod summary;
mod svg;
mod table;

use crate::args::Usage;
use crate::host::Terminal;
use crate::io;
use crate::targets::{self, Input, Output, OutputKind};
use crate::usage::wrong;
use anyhow::{Context, Result, bail};
use plan::{Plan, Planned};
use run::Named;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Compare methods and settings over data sets, forget sets and seeds.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn compare bench/compare.toml --jobs 2              everything in the file, into runs/compare
  unlearn compare bench/compare.toml --list                its cells and which are done
  unlearn compare bench/compare.toml --shard 1/2           half of it; the other half elsewhere, then --merge
  unlearn compare --standard                               without a file: tuned and published E2URec, seeds 1, 2, 3
  unlearn compare --standard --preset tuned --ablations --out runs/ablations
  unlearn compare --user 414 --retrain --preset tuned --param alpha=0.5 --seeds 1,2,3,4,5 --validate --json

A run folder keeps every finished cell: after Ctrl-C or a crash the same call goes on where it was. It holds result.json, result.csv, result.md
and report.html in the end. An interval is the mean's 95 % confidence interval (Student's t) over the seeds.")]
pub struct Args {
    /// The plan (TOML), instead of the flags that describe one.
    #[arg(value_name = "PLAN", conflicts_with_all = flags::INSTEAD_OF_FILE)]
    plan: Option<PathBuf>,
    #[command(flatten)]
    flags: flags::Flags,
    /// Run folder [default: runs/NAME, by the plan's file name].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Cells at a time; each uses one thread.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Run finished cells again.
    #[arg(long)]
    fresh: bool,
    /// Run only part I of N and write no tables.
    #[arg(long, value_name = "I/N", value_parser = shard, conflicts_with_all = ["merge", "list", "cell", "measures"])]
    shard: Option<Shard>,
    /// Run nothing; write the tables of the cells that are there.
    #[arg(long, conflicts_with_all = ["list", "cell", "fresh"])]
    merge: bool,
    /// Also write each data set's result as DIR/DATASET.json, as the page shows it (public/reference).
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// Run nothing; tell how well each measure of memory distinguishes models that were trained on a person from models that were not, by the Retrains
    /// of single people in the run folder. Also written as measures.json there.
    #[arg(long, conflicts_with_all = ["merge", "list", "cell", "fresh", "publish"])]
    measures: bool,
    /// Print the cells and whether they are done.
    #[arg(long, conflicts_with = "cell")]
    list: bool,
    /// Run one cell (or Retrain) of `--list` in this process and print it as JSON.
    #[arg(long, value_name = "KEY")]
    cell: Option<String>,
    /// End when stdin ends, with `--cell`.
    #[arg(long, hide = true, requires = "cell")]
    watch: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Part `index` of `n`, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shard {
    index: usize,
    n: usize,
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse::<usize>().ok()?, n.parse::<usize>().ok()?)));
    match parts {
        Some((i, n)) if (1..=n).contains(&i) => Ok(Shard { index: i - 1, n }),
        _ => Err(format!("must be I/N with I from 1 to N, got `{text}`")),
    }
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let start = Instant::now();
    let plan = match &args.plan {
        Some(path) => file::read(path)?,
        None => flags::plan(&args.flags)?,
    };
    let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(&plan.name));
    if out.exists() && !out.is_dir() {
        return Err(anyhow::anyhow!("out: {} must be a folder", out.display()).context(Usage));
    }
    check(&plan, args, &out)?;
    let all = plan.cells();
    // Settings with equal values share a cell, which runs only once.
    let mut seen = HashSet::new();
    let cells: Vec<&Planned<'_>> = all.iter().filter(|cell| seen.insert(cell.key.as_str())).collect();
    if args.list {
        return list::print(&all, &out, args.json);
    }
    if args.measures {
        return faithful::judge(&all, &out, args.json, host).await;
    }
    if let Some(key) = &args.cell {
        if args.watch {
            cell::end_with_stdin();
        }
        return list::run_one(key, &cells, &out, args.fresh, host).await;
    }
    let mine: Vec<&Planned<'_>> = match args.shard {
        Some(Shard { index, n }) => cells.iter().copied().skip(index).step_by(n).collect(),
        None => cells.clone(),
    };
    if args.fresh {
        forget_results(&mine, &out)?;
    }
    let failed = if args.merge { 0 } else { run_cells(&mine, &out, usize::from(args.jobs), host).await? };
    let n = if args.shard.is_some() { mine.len() } else { cells.len() };
    if args.shard.is_none() {
        merge(&plan, &all, &out, args)?;
    }
    if failed > 0 {
        bail!("{failed} of {n} cells failed; the same call tries them again");
    }
    let missing = mine.iter().filter(|cell| record::read(&out, &cell.cell).is_none()).count();
    if missing > 0 {
        bail!("{missing} of {n} cells are missing in {}; the same call without --merge runs them", out.display());
    }
    host.say(format!("{n} cells in {}, {}", out.display(), run::took(start)));
    Ok(())
}

/// Runs the unfinished cells and returns the number of failures.
async fn run_cells(mine: &[&Planned<'_>], out: &Path, n_jobs: usize, host: &mut Terminal) -> Result<usize> {
    let left: Vec<&Planned<'_>> = mine.iter().copied().filter(|cell| record::read(out, &cell.cell).is_none()).collect();
    host.say(format!("{} cells, {} are done", mine.len(), mine.len() - left.len()));
    let mut seen = HashSet::new();
    let mut jobs = Vec::new();
    for cell in &left {
        if let (Some(reference), Some(job)) = (&cell.reference, cell.reference_job(out))
            && seen.insert(reference.key())
            && !reference::path(out, &reference.key()).is_file()
        {
            jobs.push(Named { job, name: format!("{}, {}: Retrain", cell.data.manifest.name, cell.forget.name) });
        }
    }
    jobs.extend(left.iter().map(|cell| Named { job: cell.job(out), name: cell.name() }));
    run::run(jobs, n_jobs, host).await.with_context(|| {
        let done = mine.iter().filter(|cell| record::read(out, &cell.cell).is_some()).count();
        format!("{done} of {} cells are done and kept in {}: the same call goes on from there", mine.len(), out.display())
    })?;
    Ok(left.iter().filter(|cell| record::read(out, &cell.cell).is_none()).count())
}

/// Writes and prints the tables of the finished cells.
fn merge(plan: &Plan, cells: &[Planned<'_>], out: &Path, args: &Args) -> Result<()> {
    let records: HashMap<String, record::Record> =
        cells.iter().filter_map(|planned| Some((planned.key.clone(), record::read(out, &planned.cell)?))).collect();
    if records.is_empty() {
        return Ok(());
    }
    let results = summary::summarise(plan, cells, &records, &outputs::created_with());
    let (value, mut written) = outputs::write(out, &results)?;
    if let Some(folder) = &args.publish {
        written = written.and(outputs::publish(folder, &results));
    }
    let printed = io::print(&if args.json || written.is_err() { serde_json::to_string_pretty(&value)? } else { outputs::text(&results) });
    written.and(printed)
}

/// Checks the folders that are written against what is read.
fn check(plan: &Plan, args: &Args, out: &Path) -> Result<()> {
    let mut inputs: Vec<Input> = args.plan.iter().cloned().map(Input::File).chain(args.flags.what.input()).collect();
    for data in &plan.data {
        inputs.push(Input::Model(data.model.clone()));
        inputs.extend(data.files.iter().cloned().map(Input::Data));
    }
    // A cell's process gets its paths as JSON.
    let mut paths = inputs.iter().map(|input| match input {
        Input::File(path) | Input::Model(path) | Input::Data(path) => path.as_path(),
    });
    if let Some(path) = paths.by_ref().chain([out]).find(|path| path.to_str().is_none()) {
        return Err(wrong(format!("compare: a path must be UTF-8 text, got {}", path.display())));
    }
    let folders = [("out", Some(out)), ("publish", args.publish.as_deref())];
    let outputs: Vec<_> = folders.iter().filter_map(|(flag, path)| Some(Output { flag, path: (*path)?, kind: OutputKind::Work })).collect();
    targets::check(&inputs, &outputs)?;
    if args.list { Ok(()) } else { outputs.iter().try_for_each(targets::folder) }
}

/// Removes the results of these cells, and the Retrains they were compared with.
fn forget_results(cells: &[&Planned<'_>], out: &Path) -> Result<()> {
    let references = cells.iter().filter_map(|cell| Some(reference::path(out, &cell.reference.as_ref()?.key())));
    for path in cells.iter().map(|cell| record::path(out, &cell.key)).chain(references) {
        if path.exists() {
            std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_count_from_one() {
        assert_eq!(shard("2/3"), Ok(Shard { index: 1, n: 3 }));
        assert!(["0/2", "3/2", "1", "a/b", "1/0"].iter().all(|text| shard(text).is_err()));
    }
}
