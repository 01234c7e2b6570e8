//! `unlearn spam`: accounts that push one item are added to a data set, a model learns from them, and forgets them.

use crate::args::{DEVICE, assignment, at_least_one, parameters};
use crate::host::Terminal;
use crate::usage::asked;
use crate::{io, report};
use anyhow::Result;
use burn::tensor::Device;
use serde::Serialize;
use std::path::PathBuf;
use unlearn_core::data::ForgetSpec;
use unlearn_core::data::movielens_csv::movielens_csv;
use unlearn_core::data::read_spec::ReadSpec;
use unlearn_core::data::source::read_dataset;
use unlearn_core::data::spam::{Spam, add_spam};
use unlearn_core::report::{Report, RunRequest};
use unlearn_core::session::{Exposures, Session, TrainSpec};
use unlearn_core::unlearn::method;

/// Add accounts that push one item, train a model on all, and forget the accounts beside a Retrain that never saw them.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn spam --item 8                              Tom and Huck (1995), 60 accounts: some minutes
  unlearn spam --item 8 --accounts 200 --json
  unlearn spam --item 8 --ratings 20000 --folds 0    the latest fifth of the data, not calibrated: half a minute

Every account rates ten items as others did and then gives the pushed item five stars (the average attack of the literature on shilling). With
cross-fitted answers (--folds) the run calibrates itself; without, it does not know how far to go.")]
pub struct Args {
    /// The data: a folder, a .zip, or the files themselves.
    #[arg(long, value_name = "INPUT", num_args = 1.., default_value = "public/data/ml-latest-small")]
    data: Vec<PathBuf>,
    /// The item that is pushed.
    #[arg(long, value_name = "ITEM")]
    item: u32,
    /// Number of accounts.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(5..=100_000))]
    accounts: u32,
    /// The method that forgets them.
    #[arg(long, default_value = "e2urec", value_name = "METHOD")]
    method: String,
    /// Its preset [default: tuned].
    #[arg(long, value_name = "ID")]
    preset: Option<String>,
    /// A setting over the preset's.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    param: Vec<(String, String)>,
    /// Seed of accounts, models and run.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u32,
    /// Training passes.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    epochs: u32,
    /// Further models for cross-fitted answers; 0: none.
    #[arg(long, default_value_t = 5, value_name = "K", value_parser = clap::value_parser!(u32).range(0..=20))]
    folds: u32,
    /// Train on at most so many of the data's ratings: the latest ones in time.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    ratings: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Found {
    /// Title of the pushed item.
    title: String,
    /// The accounts that were added.
    accounts: Vec<u32>,
    /// How far each model puts the item before others.
    exposure: Exposures,
    /// The run's report.
    report: Report,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let entry = method(&args.method)?;
    let params = parameters(entry, args.preset.as_deref(), &args.param)?;
    let mut dataset = read_dataset(&io::read_sources(&args.data)?)?;
    if let Some(n) = args.ratings {
        dataset.interactions.sort_by_key(|row| row.time);
        dataset.interactions.drain(..dataset.interactions.len().saturating_sub(n));
    }
    let accounts = add_spam(&mut dataset, Spam { item: args.item, accounts: args.accounts, seed: args.seed }).map_err(asked)?;
    host.say(format!("{} accounts added; training {} models", accounts.len(), 2 + args.folds));
    let files = movielens_csv(&dataset);
    let spec = TrainSpec { read: ReadSpec::default(), seed: args.seed, epochs: args.epochs, folds: args.folds };
    let mut session = Session::train(&files, &spec, &Device::flex(), DEVICE, host).await?;
    let forget = ForgetSpec { users: Some(accounts.clone()), ..Default::default() };
    session.retrain(&forget, args.seed, host).await?;
    let request = RunRequest { method: args.method.clone(), params, forget, seed: args.seed, ..Default::default() };
    let report = session.run(&request, host).await.map_err(asked)?;
    let exposure = session.exposure(args.item, host).await.map_err(asked)?;
    let title = session.item(args.item).title;
    let found = Found { title, accounts, exposure, report };
    io::answer(&found, args.json, None, || text(&found))
}

fn text(found: &Found) -> String {
    let Exposures { people, original, unlearned, retrain } = found.exposure;
    let figures = |id: &str| found.report.methods.iter().find(|figures| figures.id == id);
    let row = |name: &str, id: &str, exposure: Option<unlearn_core::session::Exposure>| {
        let percent = |value: Option<f64>| report::number(value.map(|value| 100.0 * value), 1);
        vec![
            name.to_owned(),
            report::number(exposure.map(|of| of.p_yes), 3),
            percent(exposure.map(|of| of.above)),
            percent(exposure.map(|of| of.in_lists)),
            report::number(figures(id).map(|of| of.forget.logloss), 4),
            report::number(figures(id).and_then(|of| of.test.auc), 4),
        ]
    };
    let head = ["", "p(Yes)", "above, %", "in lists, %", "accounts' loss", "test AUC"];
    let rows = vec![
        head.map(str::to_owned).to_vec(),
        row("original, with the accounts", "original", Some(original)),
        row("unlearned", found.report.request.as_ref().map_or("", |request| &request.method), unlearned),
        row("Retrain, without them", "retrain", retrain),
    ];
    format!("{} accounts push {}; asked for {people} others\n{}", found.accounts.len(), found.title, report::table(&rows))
        .trim_end()
        .to_owned()
}
