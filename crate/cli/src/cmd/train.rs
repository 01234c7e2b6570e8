//! `unlearn train`: trains Original, Retrain and a second Retrain, from scratch or from a language model, and writes a package with the first two.

use super::training_inputs::TrainingInputs;
use super::tune::{self, TextArgs};
use super::{card, cross_fit};
use crate::args::{DEVICE, Usage};
use crate::host::Terminal;
use crate::read_args::ReadArgs;
use crate::targets::{self, Input, LICENCE, Output, OutputKind, README};
use crate::usage::asked;
use crate::{io, report, stored};
use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use std::collections::BTreeMap;
use std::path::PathBuf;
use unlearn_core::data::DataHash;
use unlearn_core::data::batch::{Encoded, LengthCounts};
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::interaction::{Dataset, SourceFile};
use unlearn_core::data::read_spec::ReadSpec;
use unlearn_core::data::select::select;
use unlearn_core::data::source::read_and_tell;
use unlearn_core::data::split::split;
use unlearn_core::host::event::Phase;
use unlearn_core::host::progress::Progress;
use unlearn_core::host::{Files, Host};
use unlearn_core::linear::Bits;
use unlearn_core::model::{Network, PretrainSpec, Spec};
use unlearn_core::package::cross_fit::{CROSS_FIT, CrossFit};
use unlearn_core::package::manifest::{FORMAT, MANIFEST, MODEL, Manifest, RETRAIN, START, TOKENIZER};
use unlearn_core::package::titles::{self, TITLES};
use unlearn_core::package::{sha256, weights};
use unlearn_core::report::Proxy;
use unlearn_core::session::{Session, params};
use unlearn_core::train::pretrain::{nano_spec, pretrain};
use unlearn_core::train::tune::tune;

/// Train a nano and its Retrain on the standard forget set, and write a model package.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn train --seed 3 --data public/data/ml-latest-small --out models/nano-ml-latest-small
  unlearn train --data public/data/goodbooks-10k --out models/nano-goodbooks-10k
  unlearn train --data votes.tsv --columns user=who,item=what,rating=points --threshold 7 --out own
  unlearn train --base smollm2 --layers 6 --data public/data/ml-latest-small --rows 8000 --out small

Three models are trained: Original on every training row, Retrain on those outside the standard forget set, and a second Retrain
with another seed, whose distance from the first is the floor. Ten more answer the training rows that they never saw (--folds; 0 leaves them out).
Settings that are not given suit the data: films or books.

With --base, a language model is tuned as a recommender instead, its vocabulary cut down to the data. The second Retrain is then trained only if
--floor-seed is given. Of the settings, epochs, batch, lr, weight-decay and seeds count.")]
pub struct Args {
    /// A folder, a .zip as downloaded, or the single files.
    #[arg(long, required = true, value_name = "INPUT", num_args = 1..)]
    data: Vec<PathBuf>,
    /// Folder of the package.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    text: TextArgs,
    /// Name of the package [default: nano-DATASET, BASE-DATASET].
    #[arg(long)]
    name: Option<String>,
    /// Passes over the data.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Rows a step.
    #[arg(long)]
    batch: Option<usize>,
    /// Highest learning rate.
    #[arg(long)]
    lr: Option<f64>,
    /// Decoupled weight decay.
    #[arg(long)]
    weight_decay: Option<f64>,
    /// Dropout.
    #[arg(long)]
    dropout: Option<f64>,
    /// Share of item tokens that lose their own row.
    #[arg(long)]
    item_dropout: Option<f64>,
    /// What a language model read in the titles (`unlearn titles`), as part of every item's vector.
    #[arg(long, value_name = "FILE", conflicts_with = "base")]
    titles: Option<PathBuf>,
    /// No rows for single items: an item is only what its title says.
    #[arg(long, requires = "titles")]
    no_item_rows: bool,
    /// Weight of the auxiliary rating loss.
    #[arg(long)]
    auxiliary: Option<f64>,
    /// Seed of Original and Retrain.
    #[arg(long)]
    seed: Option<u32>,
    /// Folds of the cross-fitted answers, by which a single request is calibrated: so many further models without a part of the people, and as many
    /// without a part of the rows; 0 for none [default: 5; 0 with --base].
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=20))]
    folds: Option<u32>,
    /// Seed of the second Retrain [default: the first seed + 1].
    #[arg(long)]
    pub floor_seed: Option<u32>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// A trained model as stored in the package.
struct Trained {
    config: Spec,
    weights: Vec<u8>,
    seconds: f64,
    steps: u32,
    peak_bytes: Option<u64>,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    spec(args, PretrainSpec::default()).context(Usage)?; // reports a wrong setting before a large file is read
    let inputs = args.data.iter().chain(&args.titles).cloned().map(Input::Data).chain(args.text.base.iter().cloned().map(Input::Model));
    let kind = OutputKind::Package { with_card: true };
    targets::check(&inputs.collect::<Vec<_>>(), &[Output { flag: "out", path: &args.out, kind }])?;
    let sources = io::read_sources(&args.data)?;
    let read = args.read.spec(&sources)?;
    let (mut dataset, assumed) = read_and_tell(&sources, &read).map_err(asked)?;
    assumed.iter().for_each(|assumed| host.warn(format!("assumed: {}", assumed.text)));
    let (n_described, n_rated) = dataset.n_described();
    let described = report::described(n_described, n_rated);
    dataset.notes.iter().for_each(|note| host.warn(format!("warning: {note}")));
    let read_titles = args.titles.as_deref().map(io::read).transpose()?;
    dataset.titles = read_titles.as_deref().map(titles::read).transpose().map_err(asked)?;
    let inputs = match &args.text.base {
        Some(base) => tune::begin(base, &args.text, &dataset)?,
        None => TrainingInputs::nano(&dataset)?,
    };
    let usual = if inputs.start.is_some() { tune::usual(&args.text) } else { PretrainSpec::suited_to(&dataset) };
    let spec = spec(args, usual).context(Usage)?;
    let floor_seed = if inputs.start.is_some() { args.floor_seed } else { Some(args.floor_seed.unwrap_or(spec.seed.wrapping_add(1))) };
    let name = args.name.clone().unwrap_or_else(|| format!("{}-{}", inputs.family, dataset.name));
    let trained = train_all(&spec, floor_seed, &dataset, &inputs, host).await?;
    let n_folds = args.folds.unwrap_or(if inputs.start.is_some() { 0 } else { 5 });
    let cross_fit = if n_folds > 1 { Some(cross_fit::answers(&spec, n_folds, &dataset, &inputs, host).await?) } else { None };
    host.label = name.clone();
    let (files, manifest) = package(&name, &spec, &dataset, &read, &inputs, trained, cross_fit, read_titles, &sources, host).await?;
    let written = stored::replace_package(&args.out, &files);
    if written.is_ok() {
        host.say(format!("package written to {}", args.out.display()));
    }
    let session = Session::load(&files, &sources, &Device::flex(), DEVICE)?;
    session.weakness().iter().for_each(|why| host.warn(format!("warning: {why}")));
    let report = session.report_of(manifest)?;
    let printed = io::answer(&report, args.json, None, || {
        format!("{}: {} ratings; {described}\n{}", dataset.name, dataset.interactions.len(), report::models(&report))
    });
    written.and(printed)
}

/// The given settings, with defaults for the others.
fn spec(args: &Args, usual: PretrainSpec) -> Result<PretrainSpec> {
    let spec = PretrainSpec {
        epochs: args.epochs.unwrap_or(usual.epochs),
        batch: args.batch.unwrap_or(usual.batch),
        lr: args.lr.unwrap_or(usual.lr),
        weight_decay: args.weight_decay.unwrap_or(usual.weight_decay),
        dropout: args.dropout.unwrap_or(usual.dropout),
        item_dropout: args.item_dropout.unwrap_or(usual.item_dropout),
        auxiliary: args.auxiliary.unwrap_or(usual.auxiliary),
        titles: args.titles.is_some(),
        item_rows: !args.no_item_rows,
        seed: args.seed.unwrap_or(usual.seed),
    };
    let share = |name: &str, value: f64| {
        ensure!((0.0..1.0).contains(&value), "{name}: must be at least 0 and below 1, got `{value}`");
        Ok(())
    };
    share("dropout", spec.dropout)?;
    share("item-dropout", spec.item_dropout)?;
    ensure!(spec.batch > 0, "batch: must be at least 1, got `0`");
    ensure!(spec.lr > 0.0 && spec.lr <= 1.0, "lr: must be above 0 and at most 1, got `{}`", spec.lr);
    ensure!((0.0..=10.0).contains(&spec.weight_decay), "weight-decay: must be between 0 and 10, got `{}`", spec.weight_decay);
    ensure!((0.0..=10.0).contains(&spec.auxiliary), "auxiliary: must be between 0 and 10, got `{}`", spec.auxiliary);
    ensure!(args.floor_seed != Some(spec.seed), "floor-seed: must differ from seed, or the floor is zero, got `{}`", spec.seed);
    Ok(spec)
}

fn standard() -> ForgetSpec {
    ForgetSpec { standard: Some(true), ..Default::default() }
}

/// Trains Original, Retrain, and (if a floor seed is given) a second Retrain with that seed.
async fn train_all(
    spec: &PretrainSpec,
    floor_seed: Option<u32>,
    dataset: &Dataset,
    inputs: &TrainingInputs,
    host: &mut Terminal,
) -> Result<Vec<Trained>> {
    let mut split = split(dataset)?;
    inputs.text.iter().filter_map(|text| text.rows).for_each(|n| split.keep_train(n));
    let encoded = Encoded::new(&split.train, &split, &inputs.vocabulary);
    let everything: Vec<u32> = (0..encoded.len() as u32).collect();
    let retain = select(&split, dataset, &standard())?.retain;
    let device = Device::flex();
    let floor = PretrainSpec { seed: floor_seed.unwrap_or(spec.seed), ..spec.clone() };
    let n_models = if floor_seed.is_some() { 3 } else { 2 };
    let mut trained = Vec::new();
    for (name, spec, rows) in
        [("original", spec, &everything), ("retrain", spec, &retain), ("second retrain", &floor, &retain)].into_iter().take(n_models)
    {
        host.label = format!("{name}, {} rows", rows.len());
        let start = host.now_ms();
        let mut progress = Progress::new(&[(Phase::Retrain, 1, 1.0)], host);
        let tell = |host: &mut dyn Host, step: u32, total: u32| progress.at(Phase::Retrain, step, total, host);
        let model = match &inputs.start {
            Some(start) => tune(spec, start, &encoded, rows, host, tell).await.map_err(asked)?,
            None => pretrain(
                &nano_spec(inputs.vocabulary.len()),
                spec,
                dataset,
                inputs.vocabulary.items()?,
                &encoded,
                rows,
                &device,
                host,
                tell,
            )
            .await?
            .into(),
        };
        let seconds = (host.now_ms() - start) / 1000.0;
        host.say(format!("{name}: {} rows in {seconds:.0} s", rows.len()));
        trained.push(Trained {
            config: model.spec(),
            weights: weights::write(&model, Bits::Eight).await?,
            seconds,
            steps: n_steps(&encoded, rows, spec),
            peak_bytes: host.peak_bytes(),
        });
    }
    Ok(trained)
}

/// Steps per training run for these rows; each batch holds rows of one length.
fn n_steps(encoded: &Encoded, rows: &[u32], spec: &PretrainSpec) -> u32 {
    let an_epoch = LengthCounts::new(encoded, rows).n_batches(spec.batch);
    spec.epochs.saturating_mul(u32::try_from(an_epoch).unwrap_or(u32::MAX))
}

/// The files of the package. Its figures are measured on the quantised weights, read back from the bytes that are written.
#[expect(clippy::too_many_arguments, reason = "one caller: everything that was made, and on what")]
async fn package(
    name: &str,
    spec: &PretrainSpec,
    dataset: &Dataset,
    read: &ReadSpec,
    inputs: &TrainingInputs,
    trained: Vec<Trained>,
    cross_fit: Option<CrossFit>,
    read_titles: Option<Vec<u8>>,
    sources: &[SourceFile],
    host: &mut Terminal,
) -> Result<(Files, Manifest)> {
    let facts: Vec<_> = trained.iter().map(|model| (model.seconds, model.steps, model.peak_bytes)).collect();
    let mut trained = trained.into_iter();
    let (original, retrain) = trained.next().zip(trained.next()).context("Original and Retrain were trained")?;
    let mut files = Files::from([
        (MODEL.to_owned(), original.weights),
        (RETRAIN.to_owned(), retrain.weights),
        (TOKENIZER.to_owned(), inputs.tokenizer.clone()),
        (LICENCE.to_owned(), card::licence(&dataset.name, inputs.base_licence.as_deref()).into_bytes()),
    ]);
    if let Some(answers) = &cross_fit {
        files.insert(CROSS_FIT.into(), answers.write()?);
    }
    let reader = read_titles.as_deref().map(titles::reader).transpose()?;
    files.extend(read_titles.map(|titles| (TITLES.to_owned(), titles)));
    if let Some(start) = inputs.start.as_ref().filter(|_| inputs.keep_start) {
        files.insert(START.into(), weights::write(&start.model, Bits::Eight).await?);
    }
    let mut manifest = Manifest {
        format: FORMAT,
        name: name.to_owned(),
        source: None,
        dataset: dataset.name.clone(),
        data: Some(DataHash::of(dataset)),
        licence: card::licence_line(&dataset.name, inputs.base_licence.as_deref()),
        config: original.config,
        quantisation: "q8".into(),
        training: spec.clone(),
        files: hashes(&files),
        figures: Vec::new(),
        floor: None,
        floor_yes_no: None,
        cross_fit_error: None,
        baseline: None,
        proxy: Proxy::default(),
        text: inputs.text.clone(),
        read: read.clone(),
    };
    files.insert(MANIFEST.into(), serde_json::to_vec(&manifest)?);
    let session = Session::load(&files, sources, &Device::flex(), DEVICE)?;
    (manifest.figures, manifest.proxy) = session.measure(host).await?;
    if let Some(second) = trained.next() {
        let floor = session.floor(&second.weights, host).await?;
        (manifest.floor, manifest.floor_yes_no) = (Some(floor.full), Some(floor.yes_no));
    }
    manifest.cross_fit_error = session.cross_fit_error(host).await?;
    manifest.baseline = session.baseline();
    let used = params(&[
        ("epochs", f64::from(spec.epochs)),
        ("batch", spec.batch as f64),
        ("lr", spec.lr),
        ("weight_decay", spec.weight_decay),
        ("dropout", spec.dropout),
        ("item_dropout", spec.item_dropout),
        ("auxiliary", spec.auxiliary),
    ]);
    for (figures, (seconds, steps, peak_bytes)) in manifest.figures.iter_mut().zip(facts) {
        (figures.seconds, figures.steps, figures.peak_bytes, figures.params) = (seconds, steps, peak_bytes, used.clone());
    }
    files.insert(README.into(), card::readme(&manifest, dataset.has_authors(), reader.as_deref()).into_bytes());
    files.remove(MANIFEST);
    manifest.files = hashes(&files);
    let mut text = serde_json::to_string_pretty(&manifest)?;
    text.push('\n');
    files.insert(MANIFEST.into(), text.into_bytes());
    Ok((files, manifest))
}

fn hashes(files: &Files) -> BTreeMap<String, String> {
    files.iter().map(|(name, bytes)| (name.clone(), sha256(bytes))).collect()
}
