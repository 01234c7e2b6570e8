//! `unlearn prepare`: detects the format of a data set, reads it, and prints the counts of the data and its split.

use crate::console::tell;
use crate::read_args::ReadArgs;
use crate::{io, report};
use anyhow::Result;
use serde::Serialize;
use std::path::PathBuf;
use unlearn_core::data::counts::{Counts, counts};
use unlearn_core::data::formats::{FORMATS, labels};
use unlearn_core::data::sheet::Assumption;
use unlearn_core::data::split::split;

/// Read a data set, divide it, and print the counts.
#[derive(clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// A folder, a .zip as downloaded, or the single files.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn help() -> String {
    format!(
        "Examples:
  unlearn prepare ml-latest-small.zip
  unlearn prepare public/data/ml-latest-small --json
  unlearn prepare ratings.dat movies.dat
  unlearn prepare votes.tsv --columns user=0,item=3,rating=4,time=5 --threshold 7

The format is found out: {}.
Any other table is read too, if each row has a user, an item and a rating: what is assumed of it is told, and the options above say it instead.
Rows of one person alone, such as an export of Letterboxd, IMDb or Goodreads, are no data set.",
        labels(FORMATS)
    )
}

/// What `--json` prints.
#[derive(Serialize)]
struct Prepared {
    #[serde(flatten)]
    counts: Counts,
    /// Number of items that anybody rated.
    rated_items: usize,
    /// Number of these that have metadata.
    described_items: usize,
    /// What was assumed of a table in no known format.
    assumed: Vec<Assumption>,
    /// What a person should know about how the files were read.
    notes: Vec<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let (dataset, assumed) = args.read.read(&io::read_sources(&args.inputs)?)?;
    assumed.iter().for_each(|assumed| tell(&format!("assumed: {}", assumed.text)));
    let (described_items, rated_items) = dataset.n_described();
    let described = report::described(described_items, rated_items);
    let counts = counts(&dataset, &split(&dataset)?);
    dataset.notes.iter().for_each(|note| tell(&format!("warning: {note}")));
    let prepared = Prepared { counts, rated_items, described_items, assumed, notes: dataset.notes };
    io::answer(&prepared, args.json, None, || text(&dataset.name, dataset.items.len(), &described, &prepared.counts))
}

fn text(name: &str, n_items: usize, described: &str, counts: &Counts) -> String {
    format!(
        "{name}: {} ratings, {n_items} items with metadata; {described}\n\
         samples: {} with enough earlier ratings, {} used: {} train ({} users, {:.1} % Yes), {} valid, {} test ({:.1} % Yes)\n\
         standard forget set: {} users, {} rows; {} rows stay",
        counts.ratings,
        counts.eligible_samples,
        counts.window_samples,
        counts.train,
        counts.train_users,
        100.0 * counts.positive_rate_train,
        counts.valid,
        counts.test,
        100.0 * counts.positive_rate_test,
        counts.forget_users,
        counts.forget_rows,
        counts.retain_rows
    )
}
