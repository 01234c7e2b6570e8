//! Cost of a training step as the forget set, the history and the model grow tenfold. One axis varies at a time; the others stay as shipped.

use crate::host::Terminal;
use crate::io;
use anyhow::{Result, bail};
use burn::tensor::Device;
use rand::SeedableRng;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::prompt::Question;
use unlearn_core::host::Host;
use unlearn_core::linear::LoraSpec;
use unlearn_core::model::{DecoderSpec, Model, Network, Spec, Targets, Trainable};
use unlearn_core::session::Session;
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::tensor::read;
use unlearn_core::train::optim::Optimiser;
use unlearn_core::unlearn::engine::loss::Batch;
use unlearn_core::unlearn::engine::soft_targets::SoftTargets;
use unlearn_core::unlearn::engine::step::{StepInput, train_step};
use unlearn_core::unlearn::engine::task::Sets;

const BATCH: usize = 32;
const WARM_UP: usize = 2;
const STEPS: usize = 12;
/// Repetitions of each point. The points alternate, so that a change of the machine's load affects all of them.
const ROUNDS: usize = 2;

/// The measurements along one axis.
#[derive(Serialize)]
pub struct Growth {
    what: &'static str,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    size: usize,
    /// Median time of a step.
    ms: f64,
}

/// An axis: its name, its sizes, and the shape at a given size.
type Axis = (&'static str, [usize; 5], fn(usize) -> Shape);

/// The quantities that vary between points.
#[derive(Clone, Copy)]
struct Shape {
    n_forget: usize,
    history: usize,
    width: usize,
}

const SHIPPED: Shape = Shape { n_forget: 10_000, history: 10, width: 64 };

/// Measures every axis.
pub async fn measure(session: &Session, host: &mut Terminal) -> Result<Vec<Growth>> {
    let axes: [Axis; 3] = [
        ("forget set, rows", [1_000, 1_800, 3_200, 5_600, 10_000], |n_forget| Shape { n_forget, ..SHIPPED }),
        ("history, items", [1, 2, 3, 5, 10], |history| Shape { history, ..SHIPPED }),
        ("model, width", [32, 64, 96, 160, 320], |width| Shape { width, ..SHIPPED }),
    ];
    let mut found: Vec<Vec<Vec<f64>>> = vec![vec![Vec::new(); 5]; axes.len()];
    for round in 0..ROUNDS {
        for ((what, sizes, shape), found) in axes.iter().zip(&mut found) {
            host.say(format!("{what}, round {} of {ROUNDS}", round + 1));
            for (size, found) in sizes.iter().zip(found) {
                found.extend(steps(session, shape(*size), host).await?);
            }
        }
    }
    let median = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let growths = axes.iter().zip(&found).map(|((what, sizes, _), found)| Growth {
        what,
        points: sizes.iter().zip(found).map(|(size, ms)| Point { size: *size, ms: median(ms) }).collect(),
    });
    Ok(growths.collect())
}

/// Times of all timed steps at a point, ms. The values of the targets do not affect the time, so they are all equal.
async fn steps(session: &Session, shape: Shape, host: &mut Terminal) -> Result<Vec<f64>> {
    let selection = session.select(&ForgetSpec { standard: Some(true), ..Default::default() })?;
    let mut encoded = Encoded::default();
    let full = |row: &&u32| session.split.train[**row as usize].history.len() >= 10;
    let rows = selection.forget.iter().filter(full).take(shape.n_forget).chain(selection.retain.iter().filter(full).take(shape.n_forget));
    for row in rows {
        let sample = &session.split.train[*row as usize];
        let history = session.split.history(sample);
        let earlier = &history[history.len() - shape.history..];
        encoded.push(&Question { earlier, target: sample.item, same_author: &[], user: None }, sample.label(), &session.vocabulary);
    }
    let all: Vec<u32> = (0..encoded.len() as u32).collect();
    let (forget, retain) = all.split_at(encoded.len() / 2);
    let sets = Sets { encoded: &encoded, forget, retain };
    let Spec::Llama(config) = &session.manifest.config else { bail!("model: must be a nano, to be made wider, got T5") };
    let spec = DecoderSpec { hidden_size: shape.width, intermediate_size: 2 * shape.width, ..config.clone() };
    let mut rng = SeedRng::seed_from_u64(1);
    let base = Model::init(&spec.clone().into(), &mut rng, &Device::flex())?;
    let mut model = base.with_adapter(&LoraSpec { rank: 4, alpha: 8.0 }, Targets::LinearEmbedding, &mut rng);
    let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
    let mut targets = SoftTargets::new(encoded.len());
    for row in &all {
        targets.add(*row, 1.0, vec![1.0 / spec.head_vocab_size as f64; spec.head_vocab_size], true);
    }
    let mut taken = Vec::new();
    for step in 0..WARM_UP + STEPS {
        // Strides through the whole set, so that a larger set touches more of the embedding table.
        let slice = |rows: &[u32]| (0..BATCH).map(|k| rows[(step * BATCH + k) * 97 % rows.len()]).collect();
        let batch: Batch = (slice(forget), slice(retain));
        let start = host.now_ms();
        let logits = train_step(StepInput {
            model: &mut model,
            optimiser: &mut optimiser,
            sets: &sets,
            batch: &batch,
            targets: &targets,
            lr: 3e-3,
            host,
        })
        .await?;
        read(logits).await?;
        taken.push(host.now_ms() - start);
        host.breathe().await?;
    }
    Ok(taken.split_off(WARM_UP))
}

/// Draws the axes side by side, with logarithmic scales on both: a slope of one means proportional growth.
pub fn draw(growths: &[Growth], path: &Path) -> Result<()> {
    io::write(path, svg(growths).as_bytes())
}

fn svg(growths: &[Growth]) -> String {
    const PANEL: f64 = 250.0;
    let all = growths.iter().flat_map(|growth| &growth.points).map(|point| point.ms);
    let (low, high) = all.fold((f64::INFINITY, 0f64), |(low, high), ms| (low.min(ms), high.max(ms)));
    let (low, high) = (low * 0.8, high * 1.25);
    let y = |ms: f64| 180.0 - (ms / low).ln() / (high / low).ln() * 150.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} 230\" font-family=\"system-ui, sans-serif\" font-size=\"11\" role=\"img\" \
         aria-label=\"Milliseconds a step as forget set, history and model grow\">\n\
         <style>text{{fill:#555}}polyline{{fill:none;stroke:#2f6fde;stroke-width:2}}circle{{fill:#2f6fde}}line{{stroke:#999}}\
         @media(prefers-color-scheme:dark){{text{{fill:#bbb}}line{{stroke:#777}}}}</style>\n",
        PANEL * growths.len() as f64
    );
    for (at, growth) in growths.iter().enumerate() {
        let left = at as f64 * PANEL + 40.0;
        let first = growth.points.first().map_or(1, |point| point.size) as f64;
        let last = growth.points.last().map_or(2, |point| point.size) as f64;
        let x = |size: usize| left + (size as f64 / first).ln() / (last / first).ln() * (PANEL - 70.0);
        let _ = writeln!(
            out,
            "<text x=\"{left}\" y=\"18\">{}</text><line x1=\"{left}\" y1=\"180\" x2=\"{}\" y2=\"180\"/>",
            growth.what,
            left + PANEL - 70.0
        );
        let line: Vec<String> = growth.points.iter().map(|point| format!("{:.1},{:.1}", x(point.size), y(point.ms))).collect();
        let _ = writeln!(out, "<polyline points=\"{}\"/>", line.join(" "));
        for point in &growth.points {
            let (x, y) = (x(point.size), y(point.ms));
            let _ = writeln!(
                out,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:.1} ms</text>\
                 <text x=\"{x:.1}\" y=\"196\" text-anchor=\"middle\">{}</text>",
                y - 8.0,
                point.ms,
                point.size
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

/// The points as a plain-text table.
pub fn text(growths: &[Growth]) -> String {
    let mut out = String::new();
    for growth in growths {
        let points: Vec<String> = growth.points.iter().map(|point| format!("{} → {:.1} ms", point.size, point.ms)).collect();
        let _ = writeln!(out, "{}: {}", growth.what, points.join(", "));
    }
    out
}
