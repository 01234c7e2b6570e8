//! What every row of a run is drawn towards. Targets do not change, so each teacher is asked once, before the first step.

use super::curve::Curve;
use super::plan::{StudentPlan, Teacher, Term};
use super::run::World;
use super::step::Batch;
use super::teachers::{augment, distributions, forgetting_teacher, one_hot, overfit};
use super::{leave_one_out, terms};
use crate::data::batch::Encoded;
use crate::linear::random::SeedRng;
use crate::model::{Model, Network};
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::progress::Progress;
use crate::{Error, Result};
use rand::Rng;

/// Soft targets of every row that a run uses.
pub struct Targeted {
    pub(super) rows: Vec<Option<RowTarget>>,
    /// Weight and curve of the forget rows' bent term, if they have one.
    pub(super) bent: Option<(f64, Curve)>,
}

pub(super) struct RowTarget {
    /// Σ weight · target over the row's straight terms.
    pub(super) soft: Vec<f64>,
    /// Σ weight · entropy of the target: what the cross entropy exceeds KL by.
    pub(super) entropy: f64,
    /// Weight of the row's terms together.
    pub(super) weight: f64,
    /// The model the row is drawn to, if a model is among the terms.
    pub(super) teacher: Option<Vec<f64>>,
    /// Of the bent term.
    pub(super) bent: Option<Bent>,
}

pub(super) struct Bent {
    pub(super) target: Vec<f64>,
    /// Taken off the cross entropy before it is bent, nats.
    pub(super) offset: f64,
}

impl Targeted {
    /// No targets yet for `n_rows` rows.
    pub fn new(n_rows: usize) -> Self {
        Self { rows: std::iter::repeat_with(|| None).take(n_rows).collect(), bent: None }
    }

    /// One more straight term of a row: `weight` × the cross entropy with `target`; `model` says whether it is a model's answer.
    pub fn add(&mut self, row: u32, weight: f64, target: Vec<f64>, model: bool) {
        let entry = self.entry(row, target.len());
        for (sum, p) in entry.soft.iter_mut().zip(&target) {
            *sum += weight * p;
        }
        entry.entropy += weight * entropy(&target);
        entry.weight += weight;
        if model {
            entry.teacher = Some(target);
        }
    }

    /// The bent term of a row, whose weight and curve are the run's.
    pub(super) fn bend(&mut self, row: u32, weight: f64, bent: Bent, model: bool) {
        let entry = self.entry(row, bent.target.len());
        entry.weight += weight;
        if model {
            entry.teacher = Some(bent.target.clone());
        }
        entry.bent = Some(bent);
    }

    fn entry(&mut self, row: u32, width: usize) -> &mut RowTarget {
        self.rows[row as usize].get_or_insert_with(|| RowTarget {
            soft: vec![0.0; width],
            entropy: 0.0,
            weight: 0.0,
            teacher: None,
            bent: None,
        })
    }

    pub(super) fn of(&self, row: u32) -> &RowTarget {
        self.rows[row as usize].as_ref().expect("every dealt row was given its target")
    }
}

/// The forget rows' bent term, of which there may be one.
///
/// # Errors
/// If there are two, or a retain term is bent.
pub(super) fn bent_of(plan: &StudentPlan) -> Result<Option<(f64, Curve)>> {
    let bent = |terms: &[Term]| {
        terms.iter().filter(|term| term.curve != Curve::Straight).map(|term| (term.weight, term.curve)).collect::<Vec<_>>()
    };
    match (bent(&plan.forget).as_slice(), bent(&plan.retain).len()) {
        ([], 0) => Ok(None),
        ([one], 0) => Ok(Some(*one)),
        (forget, retain) => {
            Err(Error::setting("terms", "must have at most one bent one, over the forget rows", format!("{} and {retain}", forget.len())))
        }
    }
}

/// Asks the teachers, each once for every row that needs it. Also gives the time that models took which are there before any request, ms.
pub(super) async fn ask<H: Host>(
    plan: &StudentPlan,
    world: &World<'_>,
    schedule: &[Batch],
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut H,
) -> Result<(Targeted, f64)> {
    let sets = &world.sets;
    let mut retained: Vec<u32> = schedule.iter().flat_map(|(_, r)| r.iter().copied()).collect();
    retained.sort_unstable();
    retained.dedup();
    let n_asked = |terms: &[Term], n_rows: usize| terms.iter().map(|term| term.n_asked()).sum::<usize>() * n_rows;
    let total = n_asked(&plan.forget, sets.forget.len()) + n_asked(&plan.retain, retained.len());
    progress.expect(Phase::Teachers, total as u32);

    let mut asking = Asking { world, width: world.original.head_vocab_size(), done: 0, total: total as u32, aside_ms: 0.0 };
    let mut targets = Targeted::new(sets.encoded.len());
    for (rows, terms) in [(sets.forget, &plan.forget), (retained.as_slice(), &plan.retain)] {
        for term in terms {
            let answers = asking.answers(term.teacher, rows, rng, progress, host).await?;
            let offsets = asking.offsets(term, rows, &answers, rng, progress, host).await?;
            for (at, (row, target)) in rows.iter().zip(answers).enumerate() {
                let model = term.teacher.is_model();
                match &offsets {
                    None => targets.add(*row, term.weight, target, model),
                    Some(offsets) => targets.bend(*row, term.weight, Bent { target, offset: offsets[at] }, model),
                }
            }
        }
    }
    Ok((targets, asking.aside_ms))
}

/// The teachers of one run, and how far they are.
struct Asking<'a> {
    world: &'a World<'a>,
    width: usize,
    done: u32,
    total: u32,
    aside_ms: f64,
}

impl Asking<'_> {
    /// What a teacher says of every row.
    async fn answers<H: Host>(
        &mut self,
        teacher: Teacher,
        rows: &[u32],
        rng: &mut SeedRng,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<Vec<Vec<f64>>> {
        let (world, width) = (self.world, self.width);
        let (original, encoded) = (world.original, world.sets.encoded);
        let liked = |row: &u32| encoded.labels[*row as usize];
        let logits = match teacher {
            Teacher::Truth => return Ok(rows.iter().map(|row| one_hot(liked(row), width)).collect()),
            Teacher::Flipped => return Ok(rows.iter().map(|row| one_hot(!liked(row), width)).collect()),
            Teacher::Coin => return Ok(rows.iter().map(|_| one_hot(rng.random(), width)).collect()),
            Teacher::Unseen => {
                let usual = unseen(world, host).await?;
                return Ok(rows.iter().map(|row| usual[usize::from(liked(row))].clone()).collect());
            }
            Teacher::LeaveOneOut { n_teachers } => {
                let start = host.now_ms();
                let answers = leave_one_out::answers(world, n_teachers, rows, rng, progress, host).await?;
                self.aside_ms += host.now_ms() - start;
                return Ok(answers);
            }
            Teacher::Original => self.model(original, encoded, rows, progress, host).await?,
            Teacher::Random => {
                let ignorant = Model::init(&original.spec(), rng, &original.device())?;
                self.model(&ignorant, encoded, rows, progress, host).await?
            }
            Teacher::Tuned(spec) => {
                self.done += rows.len() as u32;
                augment(original, encoded, rows, &spec, rng, progress, host).await?
            }
            Teacher::Forgetting { augment: spec, alpha, difference, generic } => {
                let v_g = augment(original, encoded, rows, &spec, rng, progress, host).await?;
                let mut v_o = self.model(original, encoded, rows, progress, host).await?;
                // What is stepped back from: the original's answers, or those to a prompt that names nothing (Who's Harry Potter).
                let base = if generic { Some(self.generic(rows, progress, host).await?) } else { None };
                for (at, (o, g)) in v_o.chunks_exact_mut(width).zip(v_g.chunks_exact(width)).enumerate() {
                    let v_f = match &base {
                        None => forgetting_teacher(o, g, alpha, difference),
                        Some(base) => {
                            let moved = forgetting_teacher(o, g, alpha, difference);
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

    /// A model's answer logits for rows `[rows, head_vocab]`.
    async fn model<H: Host>(
        &mut self,
        model: &Model,
        encoded: &Encoded,
        rows: &[u32],
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<Vec<f32>> {
        let (done, total) = (self.done, self.total);
        self.done += rows.len() as u32;
        answer_logits(model, encoded, rows, host, |h, n| progress.at(Phase::Teachers, done + n as u32, total, h)).await
    }

    /// The original's answer logits for the rows with nothing named in their histories.
    async fn generic<H: Host>(&mut self, rows: &[u32], progress: &mut Progress, host: &mut H) -> Result<Vec<f32>> {
        let generic = self.world.sets.encoded.generic(rows, self.world.vocabulary);
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        self.model(self.world.original, &generic, &all, progress, host).await
    }

    /// What a bent term's rows have taken off their cross entropy; none for a straight one.
    async fn offsets<H: Host>(
        &mut self,
        term: &Term,
        rows: &[u32],
        answers: &[Vec<f64>],
        rng: &mut SeedRng,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<Option<Vec<f64>>> {
        let original = if term.curve.asks_original() {
            Some(self.model(self.world.original, self.world.sets.encoded, rows, progress, host).await?)
        } else {
            None
        };
        let gap = match (term.curve, term.teacher) {
            (Curve::Straight, _) => return Ok(None),
            (Curve::Gap, Teacher::Tuned(spec)) => {
                let fresh = self.world.fresh;
                if fresh.rows.is_empty() {
                    return Err(Error::setting("method", "needs validation rows of people without a training row, as fresh data", 0));
                }
                let tuned = overfit(self.world.original, fresh.encoded, fresh.rows, &spec, rng, progress, host).await?;
                let of_tuned = answer_logits(&tuned, fresh.encoded, fresh.rows, host, |_, _| {}).await?;
                let of_original = answer_logits(self.world.original, fresh.encoded, fresh.rows, host, |_, _| {}).await?;
                let pairs = of_original.chunks_exact(self.width).zip(of_tuned.chunks_exact(self.width));
                pairs.map(|(o, n)| terms::kl(o, n)).sum::<f64>() / fresh.rows.len() as f64
            }
            (Curve::Gap, other) => return Err(Error::setting("terms", "a gap is that of a tuned teacher", format!("{other:?}"))),
            _ => 0.0,
        };
        let of = |at: usize| -> f64 {
            let logits = original.as_ref().map_or(&[][..], |logits| &logits[at * self.width..(at + 1) * self.width]);
            terms::soft_cross_entropy(&answers[at], logits)
        };
        Ok(Some((0..rows.len()).map(|at| term.curve.offset(entropy(&answers[at]), || of(at), gap)).collect()))
    }
}

/// The original's mean answer to people it never saw, by their true answer (No, Yes).
async fn unseen<H: Host>(world: &World<'_>, host: &mut H) -> Result<[Vec<f64>; 2]> {
    let (encoded, rows) = (world.fresh.encoded, world.fresh.rows);
    let width = world.original.head_vocab_size();
    let answers = distributions(&answer_logits(world.original, encoded, rows, host, |_, _| {}).await?, width);
    let mean = |liked: bool| {
        let of: Vec<_> = rows.iter().zip(&answers).filter(|(row, _)| encoded.labels[**row as usize] == liked).map(|(_, p)| p).collect();
        if of.is_empty() {
            return Err(Error::setting("method", "needs validation rows of people without a training row with either answer", 0));
        }
        Ok((0..width).map(|at| of.iter().map(|p| p[at]).sum::<f64>() / of.len() as f64).collect())
    };
    Ok([mean(false)?, mean(true)?])
}

/// −Σ p ln p, nats.
fn entropy(p: &[f64]) -> f64 {
    -p.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>()
}
