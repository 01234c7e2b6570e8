//! Computes the soft targets of a run. Targets stay fixed, so each teacher is asked once, before the first step.

use super::calibrate::{Alpha, alpha_for};
use super::divergence::{self, entropy};
use super::loss::{Batch, one_hot};
use super::loss_shape::LossShape;
use super::plan::{StudentPlan, Teacher, Term};
use super::soft_targets::{ShapedTerm, SoftTargets};
use super::task::{RunState, UnlearnTask};
use super::teachers::{LogitDifference, augment, distributions, forgetting_teacher, overfit};
use crate::data::batch::Encoded;
use crate::host::Host;
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::metric::{p_yes, quality};
use crate::model::{Model, Network};
use crate::tensor::random::SeedRng;
use crate::train::infer::answer_logits;
use crate::{Error, Result};
use rand::Rng;

/// The weight and shape of the forget rows' shaped term, if there is one.
///
/// # Errors
/// If there are two shaped terms, or a retain term is shaped.
pub fn shaped_of(plan: &StudentPlan) -> Result<Option<(f64, LossShape)>> {
    let shaped = |terms: &[Term]| {
        terms.iter().filter(|term| term.shape != LossShape::Mean).map(|term| (term.weight, term.shape)).collect::<Vec<_>>()
    };
    match (shaped(&plan.forget).as_slice(), shaped(&plan.retain).len()) {
        ([], 0) => Ok(None),
        ([one], 0) => Ok(Some(*one)),
        (forget, retain) => Err(Error::setting(
            "terms",
            "must have at most one shaped term, over the forget rows",
            format!("{} and {retain}", forget.len()),
        )),
    }
}

/// Asks each teacher once for every row that needs it. Also returns the time spent on models that exist before any request, ms.
pub async fn ask(
    plan: &StudentPlan,
    task: &UnlearnTask<'_>,
    schedule: &[Batch],
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut dyn Host,
) -> Result<(SoftTargets, f64)> {
    let sets = &task.sets;
    let mut retained: Vec<u32> = schedule.iter().flat_map(|(_, r)| r.iter().copied()).collect();
    retained.sort_unstable();
    retained.dedup();
    let n_asked = |terms: &[Term], n_rows: usize| terms.iter().map(|term| term.n_asked()).sum::<usize>() * n_rows;
    let total = n_asked(&plan.forget, sets.forget.len()) + n_asked(&plan.retain, retained.len());
    progress.expect(Phase::Teachers, total as u32);

    let mut pass = TeacherPass { task, width: task.original.head_vocab_size(), done: 0, total: total as u32, alpha: None, aside_ms: 0.0 };
    let mut targets = SoftTargets::new(sets.encoded.len());
    for (rows, terms) in [(sets.forget, &plan.forget), (retained.as_slice(), &plan.retain)] {
        for term in terms {
            let answers = pass.answers(&term.teacher, rows, rng, progress, host).await?;
            let offsets = pass.offsets(term, rows, &answers, rng, progress, host).await?;
            for (at, (row, target)) in rows.iter().zip(answers).enumerate() {
                let model = term.teacher.is_model();
                match &offsets {
                    None => targets.add(*row, term.weight, target, model),
                    Some(offsets) => targets.add_shaped(*row, term.weight, ShapedTerm { target, offset: offsets[at] }, model),
                }
            }
        }
    }
    targets.alpha = pass.alpha;
    Ok((targets, pass.aside_ms))
}

/// The state of asking the teachers of one run.
struct TeacherPass<'a> {
    task: &'a UnlearnTask<'a>,
    width: usize,
    done: u32,
    total: u32,
    /// α of the forgetting teacher, if it was found.
    alpha: Option<f64>,
    aside_ms: f64,
}

impl TeacherPass<'_> {
    /// A teacher's answer distributions `[rows][head_vocab]`.
    async fn answers(
        &mut self,
        teacher: &Teacher,
        rows: &[u32],
        rng: &mut SeedRng,
        progress: &mut Progress,
        host: &mut dyn Host,
    ) -> Result<Vec<Vec<f64>>> {
        let (task, width) = (self.task, self.width);
        let (original, encoded) = (task.original, task.sets.encoded);
        let liked = |row: &u32| encoded.labels[*row as usize];
        let logits = match teacher {
            Teacher::Truth => return Ok(rows.iter().map(|row| one_hot(liked(row), width)).collect()),
            Teacher::Flipped => return Ok(rows.iter().map(|row| one_hot(!liked(row), width)).collect()),
            Teacher::Coin => return Ok(rows.iter().map(|_| one_hot(rng.random(), width)).collect()),
            Teacher::Unseen => {
                let usual = unseen(task, host).await?;
                return Ok(rows.iter().map(|row| usual[usize::from(liked(row))].clone()).collect());
            }
            Teacher::Own(teacher) => {
                let start = host.now_ms();
                let answers = teacher.answers(task, rows, RunState { rng, progress, host }).await?;
                if teacher.precedes_request() {
                    self.aside_ms += host.now_ms() - start;
                }
                self.done += (teacher.n_asked() * rows.len()) as u32;
                progress.at(Phase::Teachers, self.done, self.total, host);
                return Ok(answers);
            }
            Teacher::Original => self.model(original, encoded, rows, progress, host).await?,
            Teacher::Random => {
                let ignorant = Model::init(&original.spec(), rng, &original.device())?;
                self.model(&ignorant, encoded, rows, progress, host).await?
            }
            Teacher::Tuned(spec) => {
                self.done += rows.len() as u32;
                augment(original, encoded, rows, spec, rng, progress, host).await?
            }
            Teacher::Forgetting { augment: spec, alpha, difference, generic } => {
                let v_g = augment(original, encoded, rows, spec, rng, progress, host).await?;
                let mut v_o = self.model(original, encoded, rows, progress, host).await?;
                // The base of the subtraction: the original's answers, or its answers to a prompt that names nothing (Who's Harry Potter).
                let base = if *generic { Some(self.generic(rows, progress, host).await?) } else { None };
                let alpha = self.alpha_of(*alpha, [&v_o, &v_g], *difference, rows);
                for (at, (o, g)) in v_o.chunks_exact_mut(width).zip(v_g.chunks_exact(width)).enumerate() {
                    let v_f = match &base {
                        None => forgetting_teacher(o, g, alpha, *difference),
                        Some(base) => {
                            let moved = forgetting_teacher(o, g, alpha, *difference);
                            let of = &base[at * width..(at + 1) * width];
                            moved.iter().zip(&*o).zip(of).map(|((v, o), b)| b + (v - o)).collect()
                        }
                    };
                    o.copy_from_slice(&v_f);
                }
                v_o
            }
        };
        Ok(distributions(&logits, width))
    }

    /// The value of α, found on the forget rows' logits if it is not given.
    fn alpha_of(&mut self, alpha: Alpha, logits: [&[f32]; 2], difference: LogitDifference, rows: &[u32]) -> f64 {
        let (reach, expected) = match (alpha, self.task.expected) {
            (Alpha::Given(alpha), _) => return alpha,
            (Alpha::Expected { otherwise, .. }, None) => return otherwise,
            (Alpha::Expected { reach, .. }, Some(expected)) => (reach, expected),
        };
        let truth = self.task.sets.encoded.truth(rows);
        let before = quality(&p_yes(logits[0], self.width), &truth).logloss;
        let found = alpha_for(before + reach * (expected.logloss(&truth) - before), logits, self.width, difference, &truth);
        self.alpha = Some(found);
        found
    }

    /// A model's answer logits, row-major `[rows, head_vocab]`.
    async fn model(
        &mut self,
        model: &Model,
        encoded: &Encoded,
        rows: &[u32],
        progress: &mut Progress,
        host: &mut dyn Host,
    ) -> Result<Vec<f32>> {
        let (done, total) = (self.done, self.total);
        self.done += rows.len() as u32;
        answer_logits(model, encoded, rows, host, |h, n| progress.at(Phase::Teachers, done + n as u32, total, h)).await
    }

    /// The original's answer logits for the rows' prompts with nothing named in their histories.
    async fn generic(&mut self, rows: &[u32], progress: &mut Progress, host: &mut dyn Host) -> Result<Vec<f32>> {
        let generic = self.task.sets.encoded.generic(rows, self.task.vocabulary);
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        self.model(self.task.original, &generic, &all, progress, host).await
    }

    /// The offsets of a shaped term's rows, nats; `None` for a plain term.
    async fn offsets(
        &mut self,
        term: &Term,
        rows: &[u32],
        answers: &[Vec<f64>],
        rng: &mut SeedRng,
        progress: &mut Progress,
        host: &mut dyn Host,
    ) -> Result<Option<Vec<f64>>> {
        let original = if term.shape.asks_original() {
            Some(self.model(self.task.original, self.task.sets.encoded, rows, progress, host).await?)
        } else {
            None
        };
        let gap = match (term.shape, &term.teacher) {
            (LossShape::Mean, _) => return Ok(None),
            (LossShape::Gap, Teacher::Tuned(spec)) => {
                let unseen = self.task.unseen;
                if unseen.rows.is_empty() {
                    return Err(Error::setting("method", "needs validation rows of people without a training row, as fresh data", 0));
                }
                let tuned = overfit(self.task.original, unseen.encoded, unseen.rows, spec, rng, progress, host).await?;
                let of_tuned = answer_logits(&tuned, unseen.encoded, unseen.rows, host, |_, _| {}).await?;
                let of_original = answer_logits(self.task.original, unseen.encoded, unseen.rows, host, |_, _| {}).await?;
                let pairs = of_original.chunks_exact(self.width).zip(of_tuned.chunks_exact(self.width));
                pairs.map(|(o, n)| divergence::kl(o, n)).sum::<f64>() / unseen.rows.len() as f64
            }
            (LossShape::Gap, other) => return Err(Error::setting("terms", "a gap is that of a tuned teacher", format!("{other:?}"))),
            _ => 0.0,
        };
        let of = |at: usize| -> f64 {
            let logits = original.as_ref().map_or(&[][..], |logits| &logits[at * self.width..(at + 1) * self.width]);
            divergence::soft_cross_entropy(&answers[at], logits)
        };
        Ok(Some((0..rows.len()).map(|at| term.shape.offset(entropy(&answers[at]), || of(at), gap)).collect()))
    }
}

/// The original's mean answer distribution on users it never saw, by their true answer (No, Yes).
async fn unseen(task: &UnlearnTask<'_>, host: &mut dyn Host) -> Result<[Vec<f64>; 2]> {
    let (encoded, rows) = (task.unseen.encoded, task.unseen.rows);
    let width = task.original.head_vocab_size();
    let answers = distributions(&answer_logits(task.original, encoded, rows, host, |_, _| {}).await?, width);
    let mean = |liked: bool| {
        let of: Vec<_> = rows.iter().zip(&answers).filter(|(row, _)| encoded.labels[**row as usize] == liked).map(|(_, p)| p).collect();
        if of.is_empty() {
            return Err(Error::setting("method", "needs validation rows of people without a training row with either answer", 0));
        }
        Ok((0..width).map(|at| of.iter().map(|p| p[at]).sum::<f64>() / of.len() as f64).collect())
    };
    Ok([mean(false)?, mean(true)?])
}
