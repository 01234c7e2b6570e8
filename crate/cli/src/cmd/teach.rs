//! `unlearn teach`: a person's own ratings are matched to the data, the model learns them, and can be made to forget them.

use crate::args::{DEVICE, Source, data_of};
use crate::host::Terminal;
use crate::stored;
use crate::targets::{self, Input, Output, OutputKind};
use crate::usage::{asked, wrong};
use crate::{io, report};
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use unlearn_core::data::interaction::{Dataset, Item, SourceFile};
use unlearn_core::data::personal::{Certainty, Entry, Match, Person, PersonRating, Shelf, ShelfSpec, Titles, read_shelf};
use unlearn_core::data::source::read_dataset_as;
use unlearn_core::package::file;
use unlearn_core::package::manifest::{MANIFEST, Manifest};
use unlearn_core::session::{Session, TeachReport, TeachSpec};

/// Teach a model your own ratings, on this device: from Letterboxd, IMDb, Goodreads, StoryGraph, Trakt, or any list of titles and stars.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn teach --export letterboxd.zip --review          what the titles are matched to; nothing is trained
  unlearn teach --export letterboxd.zip --out me          teaches what is beyond doubt
  unlearn teach --export ratings.csv --doubtful --choose 12=260 --leave 15 --out me

What is taught is forgotten like anybody: `unlearn forget --model me --user 611`, with the number that `teach` tells. Titles are matched by title, year and author. A doubtful one is taken only with --doubtful, or by --choose LINE=ITEM with the item's number in the
data. The package that is written holds your ratings in person.json: keep it to yourself.")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    /// The export: a file, or the archive that the service gives.
    #[arg(long, required = true, value_name = "FILE", num_args = 1..)]
    export: Vec<PathBuf>,
    /// Only print what the titles are matched to.
    #[arg(long, conflicts_with = "out")]
    review: bool,
    /// Folder of the taught model's package.
    #[arg(long, value_name = "DIR", required_unless_present = "review")]
    out: Option<PathBuf>,
    /// Take doubtful matches too.
    #[arg(long)]
    doubtful: bool,
    /// What a line of the file is, by the item's number in the data.
    #[arg(long, value_name = "LINE=ITEM", value_parser = choice)]
    choose: Vec<(u32, u32)>,
    /// Lines to leave out.
    #[arg(long, value_name = "LINE,LINE", value_delimiter = ',')]
    leave: Vec<u32>,
    /// Passes over your ratings.
    #[arg(long, value_name = "N")]
    passes: Option<u32>,
    /// Rows of other people for each of yours.
    #[arg(long, value_name = "N")]
    others: Option<u32>,
    /// Rank of the adapter by which the model learns.
    #[arg(long, value_name = "N")]
    rank: Option<u32>,
    /// Highest learning rate.
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// Seed of the training.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn choice(text: &str) -> std::result::Result<(u32, u32), String> {
    let parts = text.split_once('=').and_then(|(line, item)| Some((line.trim().parse().ok()?, item.trim().parse().ok()?)));
    parts.ok_or_else(|| "must be the line and the item's number, such as 12=318".into())
}

/// A rating and what it is matched to.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    #[serde(flatten)]
    found: &'a Match,
    /// Title of the item.
    ours: Option<String>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Told<'a> {
    source: &'a str,
    notes: &'a [String],
    matches: Vec<Row<'a>>,
    /// Ratings that are taken.
    taken: usize,
    /// What teaching did.
    taught: Option<&'a TeachReport>,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let inputs: Vec<Input> = args.source.inputs().into_iter().chain(args.export.iter().cloned().map(Input::File)).collect();
    let kind = OutputKind::Package { with_card: false };
    let outputs: Vec<Output> = args.out.iter().map(|path| Output { flag: "out", path, kind }).collect();
    targets::check(&inputs, &outputs)?;
    let package = io::read_package(&args.source.model)?;
    let manifest: Manifest = serde_json::from_slice(file(&package, MANIFEST)?).with_context(|| format!("reading {MANIFEST}"))?;
    let sources = io::read_sources(&data_of(&manifest, &args.source.data)?)?;
    let dataset = read_dataset_as(&sources, &manifest.read)?;
    let shelf = read_shelf(&exports(&args.export)?, &ShelfSpec::default()).map_err(asked)?;
    if let Some(problem) = &shelf.problem {
        bail!("{problem}");
    }
    shelf.notes.iter().for_each(|note| host.warn(format!("note: {note}")));
    let matches = matched(args, &shelf, &dataset)?;
    let person = taken(args, &shelf, &matches);
    let title = |item: u32| dataset.item(item).map(Item::title_and_year);
    let rows = || shelf.entries.iter().zip(&matches).map(|(entry, found)| Row { entry, found, ours: found.item.and_then(title) }).collect();
    let mut told = Told { source: &shelf.source, notes: &shelf.notes, matches: rows(), taken: person.ratings.len(), taught: None };
    let Some(out) = &args.out else {
        return io::answer(&told, args.json, None, || review(&told));
    };
    for row in told.matches.iter().filter(|row| !is_taken(args, row.entry, row.found)) {
        host.warn(format!("left out: {}", described(row)));
    }
    let usual = TeachSpec::default();
    let spec = TeachSpec {
        passes: args.passes.unwrap_or(usual.passes),
        others: args.others.unwrap_or(usual.others),
        rank: args.rank.unwrap_or(usual.rank),
        lr: args.lr.unwrap_or(usual.lr),
        seed: args.seed,
    };
    let (_, taught, files) = Session::teach(&package, &sources, &person, &spec, &Device::flex(), DEVICE, host).await.map_err(asked)?;
    stored::replace_package(out, &files)?;
    host.say(format!("package written to {}; person.json in it holds your ratings", out.display()));
    told.taught = Some(&taught);
    io::answer(&told, args.json, None, || text(&told, &taught, out))
}

/// The files of the export.
fn exports(paths: &[PathBuf]) -> Result<Vec<SourceFile>> {
    paths.iter().map(|path| Ok(SourceFile { name: path.display().to_string(), bytes: io::read(path)? })).collect()
}

/// What every rating is matched to, with what was said.
fn matched(args: &Args, shelf: &Shelf, dataset: &Dataset) -> Result<Vec<Match>> {
    let chosen: HashMap<u32, u32> = args.choose.iter().copied().collect();
    let lines: HashSet<u32> = shelf.entries.iter().map(|entry| entry.line).collect();
    for line in chosen.keys().chain(&args.leave) {
        if !lines.contains(line) {
            return Err(wrong(format!("{}: line {line} has no rating", shelf.file)));
        }
    }
    if let Some((line, item)) = args.choose.iter().find(|(_, item)| dataset.item(*item).is_none()) {
        return Err(wrong(format!("choose: {line}={item}: the data have no item {item}")));
    }
    let titles = Titles::of(dataset);
    let found = |entry: &Entry| match chosen.get(&entry.line) {
        Some(item) => Match { verdict: Certainty::Sure, item: Some(*item), others: Vec::new(), why: String::new() },
        None => titles.find(entry),
    };
    Ok(shelf.entries.iter().map(found).collect())
}

fn is_taken(args: &Args, entry: &Entry, found: &Match) -> bool {
    let is_enough = found.verdict == Certainty::Sure || (args.doubtful && found.verdict == Certainty::Doubtful);
    is_enough && !args.leave.contains(&entry.line)
}

fn taken(args: &Args, shelf: &Shelf, matches: &[Match]) -> Person {
    let taken = shelf.entries.iter().zip(matches).filter(|(entry, found)| is_taken(args, entry, found));
    let rating = |(entry, found): (&Entry, &Match)| Some(PersonRating { item: found.item?, rating: entry.stars, time: entry.time });
    Person { ratings: taken.filter_map(rating).collect() }
}

fn described(row: &Row) -> String {
    let Entry { line, title, year, .. } = row.entry;
    let theirs = year.map_or_else(|| title.clone(), |year| format!("{title} ({year})"));
    match (&row.ours, row.found.why.as_str()) {
        (None, _) => format!("line {line}: {theirs}: not in the data"),
        (Some(ours), "") => format!("line {line}: {theirs} → {ours}"),
        (Some(ours), why) => format!("line {line}: {theirs} → {ours}? {why}"),
    }
}

fn review(told: &Told) -> String {
    let n = |verdict| told.matches.iter().filter(|row| row.found.verdict == verdict).count();
    let mut lines = vec![format!(
        "{}: {} ratings; {} matched, {} doubtful, {} not in the data",
        told.source,
        told.matches.len(),
        n(Certainty::Sure),
        n(Certainty::Doubtful),
        n(Certainty::Missing)
    )];
    for verdict in [Certainty::Doubtful, Certainty::Missing, Certainty::Sure] {
        lines.extend(told.matches.iter().filter(|row| row.found.verdict == verdict).map(described));
    }
    lines.join("\n")
}

fn text(told: &Told, taught: &TeachReport, out: &std::path::Path) -> String {
    let row = |name: &str, [before, after]: [unlearn_core::metric::Quality; 2]| {
        let number = |value: Option<f64>| report::number(value, 4);
        vec![name.to_owned(), number(Some(before.logloss)), number(Some(after.logloss)), number(before.auc), number(after.auc)]
    };
    let rows = vec![
        ["", "loss before", "after", "AUC before", "after"].map(str::to_owned).to_vec(),
        row("your ratings", [taught.before, taught.after]),
        row("others, held out", [taught.others_before, taught.others_after]),
    ];
    let others = taught.known_of_others.map_or_else(String::new, |known| format!("; the people it was made with, by {known:.3}"));
    format!(
        "{} ratings taken of {}, {} rows learned in {:.1} s\n{}\nit knows you by {:.3} nats{others}\nyou are user {}: `unlearn forget --model {} --user {}`",
        told.taken,
        told.matches.len(),
        taught.n_rows,
        taught.seconds,
        report::table(&rows).trim_end(),
        taught.known,
        taught.user,
        out.display(),
        taught.user
    )
}
