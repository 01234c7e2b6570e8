//! The student's loop: a fresh adapter follows fixed soft targets on forget and retain rows.

use super::teachers::soft_cross_entropy;
use crate::Result;
use crate::data::batch::Encoded;
use crate::linear::LoraSpec;
use crate::linear::random::SeedRng;
use crate::metric::log_softmax;
use crate::model::{Decoder, Targets, Trainable};
use crate::train::event::{Event, LossTerms, Phase};
use crate::train::host::Host;
use crate::train::infer::read;
use crate::train::optim::Optimiser;
use crate::train::progress::Progress;
use burn::tensor::Tensor;

/// Steps between two read-backs: one wait for the device, not one a step.
const READ_EVERY: usize = 10;

/// What is forgotten and what stays, as rows of one set of encoded training prompts.
#[derive(Debug, Clone, Copy)]
pub struct Sets<'a> {
    /// All training rows.
    pub encoded: &'a Encoded,
    /// Rows to forget.
    pub forget: &'a [u32],
    /// Rows that stay.
    pub retain: &'a [u32],
}

/// How the student trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentSpec {
    /// Its adapter.
    pub lora: LoraSpec,
    /// Where the adapter sits.
    pub targets: Targets,
    /// Highest learning rate.
    pub lr: f64,
    /// Half a cosine to zero instead of a constant rate.
    pub cosine: bool,
    /// Optimiser steps.
    pub n_steps: u32,
}

/// What a method made.
pub struct Outcome {
    /// The base with the unlearned adapter.
    pub student: Decoder,
    /// Optimiser steps.
    pub n_steps: u32,
    /// Numbers that could change.
    pub trainable_params: u64,
    /// Time that `watch` took, ms.
    pub watched_ms: f64,
}

/// Soft targets of every row that a run uses, computed once.
pub struct Targeted {
    rows: Vec<Option<RowTarget>>,
}

struct RowTarget {
    /// Distribution to be close to.
    teacher: Vec<f64>,
    /// The true answer, where its cross entropy counts too.
    truth: Option<Vec<f64>>,
}

impl Targeted {
    /// No targets yet for `n_rows` rows.
    pub fn new(n_rows: usize) -> Self {
        Self { rows: std::iter::repeat_with(|| None).take(n_rows).collect() }
    }

    /// A forget row follows `teacher`.
    pub fn forget(&mut self, row: u32, teacher: Vec<f64>) {
        self.rows[row as usize] = Some(RowTarget { teacher, truth: None });
    }

    /// A retain row follows `teacher` and the true answer, one each.
    pub fn retain(&mut self, row: u32, teacher: Vec<f64>, truth: Vec<f64>) {
        self.rows[row as usize] = Some(RowTarget { teacher, truth: Some(truth) });
    }

    fn of(&self, row: u32) -> &RowTarget {
        self.rows[row as usize].as_ref().expect("every dealt row was given its target")
    }
}

/// Trains the student on `schedule`, whose entries are the forget and the retain rows of a step (all of one length).
///
/// `weight(alone)` gives the weights of the forget and of the retain terms. `watch` is called with the model after every step, and told
/// which is the last.
///
/// # Errors
/// If the device fails or the host cancels.
#[expect(clippy::too_many_arguments, reason = "a run's parts are made by different hands and used here alone")]
pub async fn student<H: Host>(
    original: &Decoder,
    sets: &Sets<'_>,
    spec: &StudentSpec,
    schedule: &[(Vec<u32>, Vec<u32>)],
    targets: &Targeted,
    weight: impl Fn(bool) -> (f64, f64),
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut H,
    mut watch: impl AsyncFnMut(&Decoder, u32, bool, &mut H) -> Result<()>,
) -> Result<Outcome> {
    let mut model = original.with_adapter(&spec.lora, spec.targets, rng);
    let device = model.device().autodiff();
    let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
    let mut pending: Vec<(u32, Tensor<2>)> = Vec::new();
    let mut watched_ms = 0.0;
    for (idx, (forget, retain)) in schedule.iter().enumerate() {
        let step = idx as u32 + 1;
        let (w_f, w_r) = if forget.is_empty() { (0.0, 1.0) } else { weight(retain.is_empty()) };
        let rows: Vec<u32> = forget.iter().chain(retain).copied().collect();
        let soft: Vec<Vec<f64>> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let target = targets.of(*row);
                let share = if at < forget.len() { w_f / forget.len() as f64 } else { w_r / retain.len() as f64 };
                let truth = |k: usize| target.truth.as_ref().map_or(0.0, |t| t[k]);
                target.teacher.iter().enumerate().map(|(k, p)| share * (p + truth(k))).collect()
            })
            .collect();
        let logits = model.answer_logits(sets.encoded.tensor(&rows, &device));
        let loss = soft_cross_entropy(logits.clone(), &soft, 1.0, &device);
        let mut grads = loss.backward();
        optimiser.step(rate(spec, step), &mut model, &mut grads);
        pending.push((step, logits.inner()));
        if pending.len() == READ_EVERY || step == spec.n_steps {
            let steps = terms(std::mem::take(&mut pending), schedule, targets, sets, &weight).await?;
            host.event(Event::Losses { steps });
        }
        progress.at(Phase::Student, step, spec.n_steps, host);
        host.breathe().await?;
        let before = host.now_ms();
        watch(&model, step, step == spec.n_steps, host).await?;
        watched_ms += host.now_ms() - before;
    }
    Ok(Outcome { trainable_params: model.n_params(Trainable::Adapter), student: model.frozen(), n_steps: spec.n_steps, watched_ms })
}

fn rate(spec: &StudentSpec, step: u32) -> f64 {
    if !spec.cosine {
        return spec.lr;
    }
    let done = f64::from(step - 1) / f64::from(spec.n_steps);
    spec.lr * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
}

/// The loss terms of past steps, from the logits that were left on the device meanwhile.
async fn terms(
    pending: Vec<(u32, Tensor<2>)>,
    schedule: &[(Vec<u32>, Vec<u32>)],
    targets: &Targeted,
    sets: &Sets<'_>,
    weight: &impl Fn(bool) -> (f64, f64),
) -> Result<Vec<LossTerms>> {
    let (steps, logits): (Vec<u32>, Vec<Tensor<2>>) = pending.into_iter().unzip();
    let width = logits[0].dims()[1];
    let values = read(Tensor::cat(logits, 0)).await?;
    let mut rows = values.chunks_exact(width);
    let entries = steps.into_iter().map(|step| {
        let (forget, retain) = &schedule[step as usize - 1];
        let mut mean_of = |set: &[u32]| {
            let (mut kl, mut ce) = (0.0, 0.0);
            for (row, logits) in set.iter().zip(rows.by_ref()) {
                let log_u = log_softmax(logits);
                kl += targets.of(*row).teacher.iter().zip(&log_u).filter(|(t, _)| **t > 0.0).map(|(t, u)| t * (t.ln() - u)).sum::<f64>();
                ce -= log_u[answer(sets, *row)];
            }
            (!set.is_empty()).then(|| (kl / set.len() as f64, ce / set.len() as f64))
        };
        let (f, r) = (mean_of(forget), mean_of(retain));
        let (w_f, w_r) = if forget.is_empty() { (0.0, 1.0) } else { weight(retain.is_empty()) };
        let total = f.map_or(0.0, |f| w_f * f.0) + r.map_or(0.0, |r| w_r * (r.0 + r.1));
        LossTerms {
            step,
            total: total as f32,
            kl_forget: f.map(|f| f.0 as f32),
            kl_retain: r.map(|r| r.0 as f32),
            ce_retain: r.map(|r| r.1 as f32),
            ce_forget: f.map(|f| f.1 as f32),
        }
    });
    Ok(entries.collect())
}

fn answer(sets: &Sets<'_>, row: u32) -> usize {
    use crate::data::tokenizer::{NO, YES};
    if sets.encoded.labels[row as usize] { YES as usize } else { NO as usize }
}
