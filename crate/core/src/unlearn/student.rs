//! The student's loop: a fresh adapter follows fixed soft targets on forget and retain rows.
//!
//! Every term of the loss is a cross entropy with a target that does not change, so targets are computed once, before the first step, and a step is one
//! forward and one backward pass over forget and retain rows together.

use super::checkpoint::{STUDENT, Saved, TARGETS, student, student_file, targets_file};
use super::ensemble::Recommender;
use super::plan::{StudentPlan, StudentSpec, Teacher, Term};
use super::run::{Outcome, Sets, World};
use super::teachers::{augment, forgetting_teacher, one_hot, soft_cross_entropy};
use crate::data::batch::Dealer;
use crate::data::tokenizer::{NO, YES};
use crate::linear::random::SeedRng;
use crate::metric::{log_softmax, softmax};
use crate::model::{Model, Network, Trainable};
use crate::package::Files;
use crate::train::event::{Event, LossTerms, Phase};
use crate::train::gradient::{Memory, gradient};
use crate::train::host::Host;
use crate::train::infer::{answer_logits, read};
use crate::train::optim::Optimiser;
use crate::train::progress::Progress;
use crate::{Error, Result};
use burn::tensor::Tensor;
use rand::SeedableRng;

/// Steps between two read-backs: one wait for the device, not one a step.
const READ_EVERY: usize = 10;
/// Forget rows on which an early stop is judged.
const STOP_ROWS: usize = 256;
/// Such looks in a run of the planned length.
const STOP_LOOKS: u32 = 40;

/// Forget and retain rows of one step, all of one length.
pub type Batch = (Vec<u32>, Vec<u32>);

/// Soft targets of every row that a run uses, computed once.
pub struct Targeted {
    pub(super) rows: Vec<Option<RowTarget>>,
}

pub(super) struct RowTarget {
    /// Σ weight · target over the row's terms.
    pub(super) soft: Vec<f64>,
    /// Σ weight · entropy of the target: what the cross entropy exceeds KL by.
    pub(super) entropy: f64,
    /// Weight of the row's terms together.
    pub(super) weight: f64,
    /// The model the row is drawn to, if a model is among the terms.
    pub(super) teacher: Option<Vec<f64>>,
}

impl Targeted {
    /// No targets yet for `n_rows` rows.
    pub fn new(n_rows: usize) -> Self {
        Self { rows: std::iter::repeat_with(|| None).take(n_rows).collect() }
    }

    /// One more term of a row: `weight` × the cross entropy with `target`; `model` says whether it is a model's answer.
    pub fn add(&mut self, row: u32, weight: f64, target: Vec<f64>, model: bool) {
        let entry = self.rows[row as usize].get_or_insert_with(|| RowTarget {
            soft: vec![0.0; target.len()],
            entropy: 0.0,
            weight: 0.0,
            teacher: None,
        });
        for (sum, p) in entry.soft.iter_mut().zip(&target) {
            *sum += weight * p;
        }
        entry.entropy -= weight * target.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>();
        entry.weight += weight;
        if model {
            entry.teacher = Some(target);
        }
    }

    fn of(&self, row: u32) -> &RowTarget {
        self.rows[row as usize].as_ref().expect("every dealt row was given its target")
    }
}

/// Runs a student's plan.
///
/// # Errors
/// If no row is left to learn from, the device fails or the host cancels.
pub async fn run<H: Host>(
    plan: &StudentPlan,
    world: &World<'_>,
    progress: &mut Progress,
    host: &mut H,
    watch: impl AsyncFnMut(&Model, u32, bool, &mut H) -> Result<()>,
) -> Result<Outcome> {
    let began = host.now_ms();
    let mut rng = SeedRng::seed_from_u64(u64::from(world.seed));
    let schedule = deal(plan, &world.sets, &mut rng);
    if schedule.is_empty() {
        return Err(Error::setting("terms", "without forget terms there must be retain rows as long as a forget row", "none"));
    }
    let saved = world.resume.map(|files| Saved::open(files, world.run)).transpose()?;
    let targets = match &saved {
        Some(saved) => {
            progress.expect(Phase::Augment, 0);
            progress.expect(Phase::Teachers, 0);
            saved.targets(world.sets.encoded.len(), world.original.head_vocab_size())?
        }
        None => targets(plan, world, &schedule, &mut rng, progress, host).await?,
    };
    let stop = if plan.stop { Stop::new(world, host).await? } else { None };
    let spec = StudentSpec { n_steps: schedule.len() as u32, ..plan.student };
    let (model, optimiser) = student(|rng| world.original.with_adapter(&spec.lora, spec.targets, rng), &mut rng, saved.as_ref())?;
    let (done, spent_ms) = saved.map_or((0, 0.0), |saved| (saved.step, saved.spent_ms));
    if done >= spec.n_steps {
        return Err(Error::Checkpoint { file: STUDENT.into(), reason: format!("is after step {done} of a run of {}", spec.n_steps) });
    }
    let course = Course { world, spec, schedule, targets, stop, done, began_ms: began - spent_ms };
    let mut outcome = course.follow(model, optimiser, progress, host, watch).await?;
    outcome.aside_ms -= spent_ms;
    Ok(outcome)
}

/// Rows of every step, dealt before the teachers are asked: only rows that will be used cost them a pass.
fn deal(plan: &StudentPlan, sets: &Sets<'_>, rng: &mut SeedRng) -> Vec<Batch> {
    let mut forget = Dealer::new(sets.encoded, sets.forget.iter().copied());
    let mut retain = Dealer::new(sets.encoded, sets.retain.iter().copied());
    let (forgets, remembers) = (!plan.forget.is_empty(), !plan.retain.is_empty());
    let alone = (f64::from(plan.student.n_steps) * plan.forget_first) as usize;
    let mut queue = Vec::new();
    (0..plan.student.n_steps as usize)
        .map(|step| {
            if queue.is_empty() {
                queue = forget.epoch(plan.batch, rng);
            }
            let f = queue.pop().unwrap_or_default();
            let seq = f.first().map_or(0, |row| sets.encoded.n_tokens(*row));
            // Without forget terms there is nothing to do alone.
            let r = if remembers && (step >= alone || !forgets) { retain.draw(seq, f.len(), rng) } else { Vec::new() };
            (if forgets { f } else { Vec::new() }, r)
        })
        .filter(|(f, r)| !f.is_empty() || !r.is_empty())
        .collect()
}

/// Asks the teachers, each once for every row that needs it.
async fn targets<H: Host>(
    plan: &StudentPlan,
    world: &World<'_>,
    schedule: &[Batch],
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut H,
) -> Result<Targeted> {
    let (original, sets) = (world.original, &world.sets);
    let width = original.head_vocab_size();
    let mut retained: Vec<u32> = schedule.iter().flat_map(|(_, r)| r.iter().copied()).collect();
    retained.sort_unstable();
    retained.dedup();
    let mut total = if plan.asks_original() { retained.len() as u32 } else { 0 };
    total += sets.forget.len() as u32 * plan.forget.iter().filter(|term| is_model(term.teacher)).count() as u32;
    progress.expect(Phase::Teachers, total);

    let mut targets = Targeted::new(sets.encoded.len());
    let mut done = 0;
    for (rows, terms) in [(sets.forget, &plan.forget), (retained.as_slice(), &plan.retain)] {
        for Term { teacher, weight } in terms {
            let tell = |h: &mut H, n: usize| progress.at(Phase::Teachers, done + n as u32, total, h);
            let logits = match *teacher {
                Teacher::Truth | Teacher::Flipped => None,
                Teacher::Original => Some(answer_logits(original, sets.encoded, rows, host, tell).await?),
                Teacher::Random => {
                    let ignorant = Model::init(&original.spec(), rng, &original.device())?;
                    Some(answer_logits(&ignorant, sets.encoded, rows, host, tell).await?)
                }
                Teacher::Forgetting { augment: spec, alpha, difference } => {
                    let v_g = augment(original, sets.encoded, rows, &spec, rng, progress, host).await?;
                    let mut v_o = answer_logits(original, sets.encoded, rows, host, |h, n| {
                        progress.at(Phase::Teachers, done + n as u32, total, h);
                    })
                    .await?;
                    for (o, g) in v_o.chunks_exact_mut(width).zip(v_g.chunks_exact(width)) {
                        let v_f = forgetting_teacher(o, g, alpha, difference);
                        o.copy_from_slice(&v_f);
                    }
                    Some(v_o)
                }
            };
            done += if logits.is_some() { rows.len() as u32 } else { 0 };
            for (at, row) in rows.iter().enumerate() {
                let liked = sets.encoded.labels[*row as usize];
                let target = match &logits {
                    Some(logits) => softmax(&logits[at * width..(at + 1) * width]),
                    None => one_hot(liked == (*teacher == Teacher::Truth), width),
                };
                targets.add(*row, *weight, target, logits.is_some());
            }
        }
    }
    Ok(targets)
}

fn is_model(teacher: Teacher) -> bool {
    !matches!(teacher, Teacher::Truth | Teacher::Flipped)
}

/// Judges whether enough was forgotten: the mean log loss of some forget rows over {Yes, No} against what it is expected to come to.
struct Stop {
    rows: Vec<u32>,
    goal: f64,
}

impl Stop {
    async fn new<H: Host>(world: &World<'_>, host: &mut H) -> Result<Option<Self>> {
        let Some(rise) = world.expected_rise else { return Ok(None) };
        let forget = world.sets.forget;
        let n = forget.len().min(STOP_ROWS);
        let rows: Vec<u32> = (0..n).map(|k| forget[k * forget.len() / n]).collect();
        let mut stop = Self { rows, goal: 0.0 };
        stop.goal = stop.loss(world.original, &world.sets, host).await? + rise;
        Ok(Some(stop))
    }

    async fn loss<H: Host>(&self, model: &Model, sets: &Sets<'_>, host: &mut H) -> Result<f64> {
        let logits = answer_logits(model, sets.encoded, &self.rows, host, |_, _| {}).await?;
        let answers = logits.chunks_exact(model.head_vocab_size()).map(|row| [row[NO as usize], row[YES as usize]]);
        let sum: f64 =
            answers.zip(&self.rows).map(|(pair, row)| -log_softmax(&pair)[usize::from(sets.encoded.labels[*row as usize])]).sum();
        Ok(sum / self.rows.len() as f64)
    }
}

/// A student's way, once everything about it is known.
struct Course<'a> {
    world: &'a World<'a>,
    spec: StudentSpec,
    schedule: Vec<Batch>,
    targets: Targeted,
    stop: Option<Stop>,
    /// Steps that a checkpoint has done already.
    done: u32,
    /// When the run began, or would have begun if it had not been ended in between, ms.
    began_ms: f64,
}

impl Course<'_> {
    /// Trains the student. `watch` is called with the model after every step, and told which is the last.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    async fn follow<H: Host>(
        &self,
        mut model: Model,
        mut optimiser: Optimiser,
        progress: &mut Progress,
        host: &mut H,
        mut watch: impl AsyncFnMut(&Model, u32, bool, &mut H) -> Result<()>,
    ) -> Result<Outcome> {
        let (sets, n_planned) = (&self.world.sets, self.spec.n_steps);
        let look_every = (n_planned / STOP_LOOKS).max(2);
        let mut pending: Vec<(u32, Tensor<2>)> = Vec::new();
        let mut aside_ms = 0.0;
        let mut n_steps = self.done;
        let mut targets_kept = self.done > 0;
        for (idx, batch) in self.schedule.iter().enumerate().skip(self.done as usize) {
            let step = idx as u32 + 1;
            let logits = train_step(&mut model, &mut optimiser, sets, batch, &self.targets, rate(&self.spec, step));
            pending.push((step, logits));
            n_steps = step;
            let enough = match &self.stop {
                Some(stop) if step.is_multiple_of(look_every) => stop.loss(&model, sets, host).await? >= stop.goal,
                _ => false,
            };
            let last = enough || step == n_planned;
            let keep = !last && step.checked_rem(host.checkpoint_every()) == Some(0);
            if pending.len() == READ_EVERY || last || keep {
                let steps = terms(std::mem::take(&mut pending), &self.schedule, &self.targets, sets).await?;
                host.event(Event::Losses { steps });
            }
            progress.at(Phase::Student, step, if last { step } else { n_planned }, host);
            host.breathe().await?;
            let before = host.now_ms();
            watch(&model, step, last, host).await?;
            aside_ms += host.now_ms() - before;
            if keep {
                let spent_ms = host.now_ms() - self.began_ms - aside_ms;
                let mut files =
                    Files::from([(STUDENT.to_owned(), student_file(self.world.run, step, spent_ms, &model, &optimiser).await?)]);
                if !std::mem::replace(&mut targets_kept, true) {
                    files.insert(TARGETS.to_owned(), targets_file(self.world.run, &self.targets)?);
                }
                host.checkpoint(step, files);
            }
            if last {
                break;
            }
        }
        let trainable_params = model.n_params(Trainable::Adapter);
        Ok(Outcome { model: Recommender::from(model.frozen()), n_steps, trainable_params, aside_ms })
    }
}

/// One step: the loss of a batch, its gradient, and AdamW. Gives the logits before it `[rows, head_vocab]`.
///
/// A set's terms are a mean over its rows. A batch of forget rows alone has weight 1, whatever their weight beside retain rows is.
pub fn train_step(model: &mut Model, optimiser: &mut Optimiser, sets: &Sets<'_>, batch: &Batch, targets: &Targeted, lr: f64) -> Tensor<2> {
    let device = model.device().autodiff();
    let (forget, retain) = batch;
    let rows: Vec<u32> = forget.iter().chain(retain).copied().collect();
    let alone = alone_scale(batch, targets);
    let soft: Vec<Vec<f64>> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let share = if at < forget.len() { alone / forget.len() as f64 } else { 1.0 / retain.len() as f64 };
            targets.of(*row).soft.iter().map(|p| share * p).collect()
        })
        .collect();
    let loss = |logits| soft_cross_entropy(logits, &soft, 1.0, &device);
    let mut pass = gradient(model, sets.encoded.tensor(&rows, &device), Memory::suited_to(model), &loss);
    optimiser.step(lr, model, &mut pass.grads);
    pass.logits
}

fn alone_scale((forget, retain): &Batch, targets: &Targeted) -> f64 {
    match forget.first() {
        Some(row) if retain.is_empty() => 1.0 / targets.of(*row).weight.abs().max(f64::MIN_POSITIVE),
        _ => 1.0,
    }
}

fn rate(spec: &StudentSpec, step: u32) -> f64 {
    if !spec.cosine {
        return spec.lr;
    }
    let done = f64::from(step - 1) / f64::from(spec.n_steps);
    spec.lr * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
}

/// The loss terms of past steps, from the logits that were left on the device meanwhile.
async fn terms(pending: Vec<(u32, Tensor<2>)>, schedule: &[Batch], targets: &Targeted, sets: &Sets<'_>) -> Result<Vec<LossTerms>> {
    let (steps, logits): (Vec<u32>, Vec<Tensor<2>>) = pending.into_iter().unzip();
    let width = logits[0].dims()[1];
    let values = read(Tensor::cat(logits, 0)).await?;
    let mut rows = values.chunks_exact(width);
    Ok(steps.into_iter().map(|step| batch_terms(step, &schedule[step as usize - 1], &mut rows, targets, sets)).collect())
}

/// The loss terms of one step's logits, which are taken from `rows`.
pub fn batch_terms<'a>(
    step: u32,
    batch: &Batch,
    rows: &mut impl Iterator<Item = &'a [f32]>,
    targets: &Targeted,
    sets: &Sets<'_>,
) -> LossTerms {
    let (forget, retain) = batch;
    let mut mean_of = |set: &[u32]| {
        let (mut kl, mut ce, mut total) = (None, 0.0, 0.0);
        for (row, logits) in set.iter().zip(rows.by_ref()) {
            let log_u = log_softmax(logits);
            let target = targets.of(*row);
            let cross = |p: &[f64]| -p.iter().zip(&log_u).filter(|(p, _)| **p != 0.0).map(|(p, u)| p * u).sum::<f64>();
            if let Some(teacher) = &target.teacher {
                let entropy: f64 = -teacher.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>();
                *kl.get_or_insert(0.0) += cross(teacher) - entropy;
            }
            ce -= log_u[if sets.encoded.labels[*row as usize] { YES } else { NO } as usize];
            total += cross(&target.soft) - target.entropy;
        }
        let n = set.len() as f64;
        (!set.is_empty()).then(|| (kl.map(|kl| kl / n), ce / n, total / n))
    };
    let (f, r) = (mean_of(forget), mean_of(retain));
    let total = f.map_or(0.0, |f| alone_scale(batch, targets) * f.2) + r.map_or(0.0, |r| r.2);
    LossTerms {
        step,
        total: total as f32,
        kl_forget: f.and_then(|f| f.0).map(|kl| kl as f32),
        kl_retain: r.and_then(|r| r.0).map(|kl| kl as f32),
        ce_retain: r.map(|r| r.1 as f32),
        ce_forget: f.map(|f| f.1 as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::batch::Encoded;
    use crate::data::prompt::Question;
    use crate::data::tokenizer::ItemVocabulary;
    use crate::data::vocabulary::Vocabulary;

    /// NegGrad and a flipped label on one forget and one retain row, with logits (0, ln 3) for (No, Yes).
    #[test]
    fn losses_by_hand() {
        let vocabulary = Vocabulary::from(ItemVocabulary::from_json(ItemVocabulary::json(&[1, 2], false).as_bytes()).unwrap());
        let mut encoded = Encoded::default();
        for (earlier, target) in [([(1, 4.0)], 2), ([(2, 4.0)], 1)] {
            encoded.push(&Question { earlier: &earlier, target, same_author: &[], user: None }, true, &vocabulary);
        }
        let sets = Sets { encoded: &encoded, forget: &[0], retain: &[1] };
        let mut logits = [-1e9f32; 16];
        (logits[NO as usize], logits[YES as usize]) = (0.0, 3f32.ln());
        let (yes, no) = ((4f64 / 3.0).ln(), 4f64.ln()); // −ln ¾ and −ln ¼
        for (teacher, weight, expected) in [(true, -0.2, yes - 0.2 * yes), (false, 0.2, yes + 0.2 * no)] {
            let mut targets = Targeted::new(2);
            targets.add(0, weight, one_hot(teacher, 16), false);
            targets.add(1, 1.0, one_hot(true, 16), false);
            let found = batch_terms(1, &(vec![0], vec![1]), &mut [&logits[..], &logits[..]].into_iter(), &targets, &sets);
            assert!((f64::from(found.total) - expected).abs() < 1e-6, "{found:?}");
            assert_eq!((found.kl_forget, found.kl_retain), (None, None));
        }
        // KL to a fair coin: ½ ln(½ / ¼) + ½ ln(½ / ¾) = ½ ln (4/3).
        let mut targets = Targeted::new(2);
        let mut coin = vec![0.0; 16];
        (coin[NO as usize], coin[YES as usize]) = (0.5, 0.5);
        targets.add(0, 0.4, coin, true);
        let found = batch_terms(1, &(vec![0], vec![]), &mut std::iter::once(&logits[..]), &targets, &sets);
        assert!((f64::from(found.total) - 0.5 * (4f64 / 3.0).ln()).abs() < 1e-6, "forget rows alone have weight 1: {found:?}");
    }
}
