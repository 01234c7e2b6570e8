//! `unlearn bench`: times an E2URec step against a plain fine-tuning step on the same rows, and measures rows per second of the surrounding passes.

use super::{peak, scaling};
use crate::args::{DEVICE, Source};
use crate::console::{is_stdout, tell};
use crate::host::Terminal;
use crate::io;
use crate::targets::{self, Output, OutputKind};
use crate::threads::together;
use crate::usage::wrong;
use anyhow::{Result, ensure};
use burn::tensor::Device;
use rand::SeedableRng;
use serde::Serialize;
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::host::Host;
use unlearn_core::linear::LoraSpec;
use unlearn_core::metric;
use unlearn_core::model::{Model, Network, Targets, Trainable};
use unlearn_core::session::Session;
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::tensor::read;
use unlearn_core::train::infer::answer_logits;
use unlearn_core::train::optim::Optimiser;
use unlearn_core::unlearn::engine::loss::{Batch, one_hot, soft_cross_entropy};
use unlearn_core::unlearn::engine::recommender::Recommender;
use unlearn_core::unlearn::engine::soft_targets::SoftTargets;
use unlearn_core::unlearn::engine::step::{StepInput, train_step};
use unlearn_core::unlearn::engine::task::Sets;
use unlearn_core::unlearn::engine::teachers::{LogitDifference, distributions, forgetting_teacher};

/// Forget rows per step; there are as many retain rows.
const BATCH: usize = 32;
/// Steps before timing starts.
const WARM_UP: usize = 3;
/// Rounds in which both kinds of step alternate, so that a change of the machine's load affects both.
const ROUNDS: usize = 3;
const LORA: LoraSpec = LoraSpec { rank: 4, alpha: 8.0 };
const TARGETS: Targets = Targets::LinearEmbedding;

/// Time an E2URec step, a fine-tuning step, the teachers' pass and an evaluation.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  unlearn bench
  unlearn bench --steps 90 --json
  unlearn bench --scaling bench/scaling.svg
  unlearn bench --peak

Both steps take 32 forget and 32 retain rows of full length and train a LoRA of rank 4 on the linear layers and the embedding.")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    /// Timed steps of each kind.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    steps: u32,
    /// Also time a step as the forget set, the history and the model grow tenfold, and draw it into this SVG file.
    #[arg(long, value_name = "FILE")]
    scaling: Option<std::path::PathBuf>,
    /// Also measure how fast this processor multiplies matrices, and what steps and scoring reach of it.
    #[arg(long)]
    peak: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Bench {
    model: String,
    device: String,
    /// The E2URec step that several threads share; all other figures are of one thread, since burn-flex is built without its thread pool.
    shared: Option<Shared>,
    steps: usize,
    seq: usize,
    forget: usize,
    retain: usize,
    rank: usize,
    /// Median time per step, ms.
    ms: Milliseconds,
    ratio: f64,
    /// Operations of the products in an E2URec step, if rates were requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    gflop_per_step: Option<f64>,
    rows_per_s: Rates,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scaling: Vec<scaling::Growth>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    peak: Vec<peak::Rate>,
}

#[derive(Serialize)]
struct Milliseconds {
    e2urec: f64,
    finetune: f64,
}

#[derive(Serialize)]
struct Shared {
    threads: usize,
    /// Milliseconds, median.
    ms: f64,
}

#[derive(Serialize)]
struct Rates {
    /// Computing the answers of Original and the augmented model, and the forgetting teacher from both.
    teachers: f64,
    /// Answering and evaluating test rows.
    evaluation: f64,
}

/// The forget and retain rows of every step; all rows of a batch have the same length.
type Schedule = Vec<Batch>;

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let scaling = args.scaling.as_deref();
    let outputs: Vec<_> = scaling.iter().map(|path| Output { flag: "scaling", path, kind: OutputKind::File }).collect();
    targets::check(&args.source.inputs(), &outputs)?;
    let drawn = scaling.is_some_and(is_stdout);
    if drawn && args.json {
        return Err(wrong("scaling: standard output takes one result, and --json prints another: name a file"));
    }
    let session = args.source.load()?;
    let encoded = Encoded::new(&session.split.train, &session.split, &session.vocabulary);
    let selection = session.select(&ForgetSpec { standard: Some(true), ..Default::default() })?;
    let seq = selection.forget.iter().map(|row| encoded.n_tokens(*row)).max().unwrap_or(0);
    let full = |rows: &[u32]| -> Vec<u32> { rows.iter().copied().filter(|row| encoded.n_tokens(*row) == seq).collect() };
    let (forget, retain) = (full(&selection.forget), full(&selection.retain));
    ensure!(
        forget.len() >= BATCH && retain.len() >= BATCH,
        "bench needs {BATCH} forget and retain rows of {seq} tokens, got {} and {}",
        forget.len(),
        retain.len()
    );
    let sets = Sets { encoded: &encoded, forget: &forget, retain: &retain };
    let n_round = (args.steps as usize).div_ceil(ROUNDS);
    let schedule: Schedule = (0..n_round + WARM_UP).map(|step| (slice(&forget, step), slice(&retain, step))).collect();

    let teachers = teachers(&session.original, &sets, schedule.len() * BATCH, host).await?;
    let (mut e2urec, mut shared, mut finetune, mut computed) = (Vec::new(), Vec::new(), Vec::new(), 0.0);
    for round in 0..ROUNDS {
        host.label = format!("round {} of {ROUNDS}", round + 1);
        finetune.extend(finetune_steps(&session.original, &sets, &schedule, host).await?);
        let start = peak::computed_ms(host);
        e2urec.extend(e2urec_steps(&session.original, &sets, &schedule, &teachers.targets, host).await?);
        computed += peak::computed_ms(host) - start;
        if host.threads > 1 {
            shared.extend(together(&mut (), host, async |(), host| {
                e2urec_steps(&session.original, &sets, &schedule, &teachers.targets, host).await
            })?);
        }
    }
    let shared = (!shared.is_empty()).then(|| Shared { threads: host.threads, ms: median(&mut shared) });
    let ms = Milliseconds { e2urec: median(&mut e2urec), finetune: median(&mut finetune) };
    let growths = if scaling.is_some() { scaling::measure(&session, host).await? } else { Vec::new() };
    let (gflop_per_step, rates) = if args.peak {
        let shape = (2 * BATCH, seq);
        let gflop = peak::step_operations(&session.original, shape, LORA.rank)? / 1e9;
        let reached = gflop * (ROUNDS * schedule.len()) as f64 / computed * 1e3;
        (Some(gflop), peak::measure(&session.original, shape, reached, host)?)
    } else {
        (None, Vec::new())
    };
    let bench = Bench {
        model: session.manifest.name.clone(),
        device: DEVICE.into(),
        shared,
        steps: n_round * ROUNDS,
        seq,
        forget: BATCH,
        retain: BATCH,
        rank: LORA.rank,
        ratio: ms.e2urec / ms.finetune,
        ms,
        gflop_per_step,
        rows_per_s: Rates { teachers: teachers.rows_per_s, evaluation: evaluation(&session, host).await? },
        scaling: growths,
        peak: rates,
    };
    let written = scaling.map_or(Ok(()), |path| scaling::draw(&bench.scaling, path));
    let text = || {
        format!(
            "{} on {}: {BATCH} + {BATCH} rows of {} tokens\nE2URec step      {:8.2} ms\nfine-tuning step {:8.2} ms   ratio {:.2}\n\
             teachers         {:8.0} rows/s\nevaluation       {:8.0} rows/s\n{}{}",
            bench.model,
            bench.device,
            bench.seq,
            bench.ms.e2urec,
            bench.ms.finetune,
            bench.ratio,
            bench.rows_per_s.teachers,
            bench.rows_per_s.evaluation,
            scaling::text(&bench.scaling),
            peak::text(&bench.peak)
        )
    };
    if drawn {
        tell(&text());
        return written;
    }
    written.and(io::answer(&bench, args.json, None, text))
}

/// The rows of batch number `step`, wrapping around at the end.
fn slice(rows: &[u32], step: usize) -> Vec<u32> {
    (0..BATCH).map(|k| rows[(step * BATCH + k) % rows.len()]).collect()
}

struct Teachers {
    targets: SoftTargets,
    rows_per_s: f64,
}

/// Targets of the rows. Their values do not affect the timing, so Original stands in for the augmented model.
async fn teachers(original: &Model, sets: &Sets<'_>, n_retain: usize, host: &mut Terminal) -> Result<Teachers> {
    let width = original.head_vocab_size();
    let mut targets = SoftTargets::new(sets.encoded.len());
    let start = host.now_ms();
    let mut logits = Vec::new();
    for _ in 0..2 {
        logits.push(answer_logits(original, sets.encoded, sets.forget, host, |_, _| {}).await?);
    }
    for (idx, row) in sets.forget.iter().enumerate() {
        let of = |m: usize| &logits[m][idx * width..(idx + 1) * width];
        targets.add(*row, 0.7, metric::softmax(&forgetting_teacher(of(0), of(1), 0.35, LogitDifference::Plain)), true);
    }
    let seconds = (host.now_ms() - start) / 1000.0;
    // As many as the schedule can request.
    let retain: Vec<u32> = sets.retain.iter().copied().take(n_retain).collect();
    let retained = answer_logits(original, sets.encoded, &retain, host, |_, _| {}).await?;
    for (row, target) in retain.iter().zip(distributions(&retained, width)) {
        targets.add(*row, 0.3, target, true);
        targets.add(*row, 0.3, one_hot(sets.encoded.labels[*row as usize], width), false);
    }
    Ok(Teachers { targets, rows_per_s: 2.0 * sets.forget.len() as f64 / seconds })
}

/// Times of all steps of the method's own training loop, ms.
async fn e2urec_steps(
    original: &Model,
    sets: &Sets<'_>,
    schedule: &Schedule,
    targets: &SoftTargets,
    host: &mut dyn Host,
) -> unlearn_core::Result<Vec<f64>> {
    let mut model = original.with_adapter(&LORA, TARGETS, &mut SeedRng::seed_from_u64(1));
    let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
    let mut taken = Vec::new();
    for (idx, batch) in schedule.iter().enumerate() {
        let start = host.now_ms();
        let logits = train_step(StepInput { model: &mut model, optimiser: &mut optimiser, sets, batch, targets, lr: 3e-3, host }).await?;
        if (idx + 1).is_multiple_of(10) {
            read(logits).await?;
        }
        taken.push(host.now_ms() - start);
        host.breathe().await?;
    }
    Ok(taken.split_off(WARM_UP))
}

/// Times of all steps of plain fine-tuning, ms: cross entropy with the true answers, on the same rows, with the same adapter and optimiser.
async fn finetune_steps(original: &Model, sets: &Sets<'_>, schedule: &Schedule, host: &mut Terminal) -> Result<Vec<f64>> {
    let mut model = original.with_adapter(&LORA, TARGETS, &mut SeedRng::seed_from_u64(1));
    let device: Device = model.device().autodiff();
    let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
    let width = model.head_vocab_size();
    let mut taken = Vec::new();
    for (idx, (forget, retain)) in schedule.iter().enumerate() {
        let start = host.now_ms();
        let rows: Vec<u32> = forget.iter().chain(retain).copied().collect();
        let truth: Vec<Vec<f64>> = rows.iter().map(|row| one_hot(sets.encoded.labels[*row as usize], width)).collect();
        let loss = soft_cross_entropy(model.answer_logits(sets.encoded.tensor(&rows, &device)), &truth, 1.0 / rows.len() as f64, &device);
        let mut grads = loss.backward().into();
        optimiser.step(3e-3, &mut model, &mut grads);
        if (idx + 1).is_multiple_of(10) {
            read(loss).await?;
        }
        taken.push(host.now_ms() - start);
        host.breathe().await?;
    }
    Ok(taken.split_off(WARM_UP))
}

async fn evaluation(session: &Session, host: &mut Terminal) -> Result<f64> {
    let encoded = Encoded::new(&session.split.test, &session.split, &session.vocabulary);
    let start = host.now_ms();
    let p = session.p_yes(&Recommender::from(session.original.clone()), &encoded, host).await?;
    let quality = metric::quality(&p, &encoded.labels);
    ensure!(quality.logloss.is_finite(), "the test set's log loss must be a number, got {}", quality.logloss);
    Ok(encoded.len() as f64 / (host.now_ms() - start) * 1000.0)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n.is_multiple_of(2) { (values[n / 2 - 1] + values[n / 2]) / 2.0 } else { values[n / 2] }
}
