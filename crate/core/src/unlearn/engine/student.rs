//! The student's training loop: an adapter is trained towards fixed soft targets on forget and retain rows.
//!
//! Every term of the loss is a cross entropy with a fixed target, or a shaped function of such cross entropies. So targets are computed once,
//! before the first step, and a usual step is one forward and one backward pass over forget and retain rows together.

use super::calibrate;
use super::checkpoint::{STUDENT, Saved, TARGETS, student_file, targets_file};
use super::init::StudentSpec;
use super::loss::{Batch, alone_scale};
use super::plan::StudentPlan;
use super::schedule::draw_batches;
use super::soft_targets::SoftTargets;
use super::step::{StepInput, StepOutput};
use super::task::{Outcome, RunState, Sets, UnlearnTask, Yardstick};
use super::teach;
use crate::data::tokenizer::{NO, YES};
use crate::host::event::{Event, LossTerms, Phase};
use crate::host::progress::Progress;
use crate::host::{Files, Host};
use crate::metric::log_softmax;
use crate::model::{Model, Network, Trainable};
use crate::report::Calibration;
use crate::tensor::dropout::Dropout;
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::train::infer::answer_logits;
use crate::train::optim::Optimiser;
use crate::{Error, Result};
use burn::tensor::Tensor;
use rand::SeedableRng;

/// Steps between two read-backs: one wait for the device every ten steps instead of one per step.
const READ_EVERY: usize = 10;
/// Forget rows on which early stopping is judged.
const STOP_ROWS: usize = 256;
/// Early-stopping checks in a run of the planned length.
const STOP_LOOKS: u32 = 40;

/// Runs the loop of a student's plan. `watch` is called after every step with the model, the step number and whether it is the last.
///
/// # Errors
/// If no batch can be formed, the device fails or the host cancels.
pub async fn run(
    plan: &StudentPlan,
    task: &UnlearnTask<'_>,
    progress: &mut Progress,
    host: &mut dyn Host,
    watch: impl AsyncFnMut(&Model, u32, bool, &mut dyn Host) -> Result<()>,
) -> Result<Outcome> {
    let began = host.now_ms();
    let mut rng = SeedRng::seed_from_u64(u64::from(task.seed));
    let schedule = draw_batches(plan, &task.sets, &mut rng);
    if schedule.is_empty() {
        return Err(Error::setting("terms", "without forget terms there must be retain rows", "none"));
    }
    let saved = task.resume.map(|files| Saved::open(files, task.run)).transpose()?;
    let shaped = teach::shaped_of(plan)?;
    let (mut targets, aside_ms) = match &saved {
        Some(saved) => {
            progress.expect(Phase::Augment, 0);
            progress.expect(Phase::Retrain, 0);
            progress.expect(Phase::Teachers, 0);
            (saved.targets(task.sets.encoded.len(), task.original.head_vocab_size())?, 0.0)
        }
        None => teach::ask(plan, task, &schedule, &mut rng, progress, host).await?,
    };
    targets.shaped = shaped;
    let alpha = targets.alpha;
    let stop = if plan.stop { Stop::new(task) } else { None };
    let spec = StudentSpec { n_steps: schedule.len() as u32, ..plan.student };
    let state = RunState { rng: &mut rng, progress, host };
    let model = plan.init.init(task, &plan.student, saved.is_some(), state).await?;
    let mut model = plan.step.begin(model, &task.sets)?;
    let mut optimiser = Optimiser::of(Trainable::Adapter, plan.student.adamw);
    let (done, spent_ms) = match saved {
        Some(saved) => {
            saved.restore(&mut model, &mut optimiser)?;
            (saved.step, saved.spent_ms)
        }
        None => (0, 0.0),
    };
    if done >= spec.n_steps {
        return Err(Error::Checkpoint { file: STUDENT.into(), reason: format!("is after step {done} of a run of {}", spec.n_steps) });
    }
    let train_loop = TrainLoop { task, plan, spec, schedule, targets, stop, done, began_ms: began + aside_ms - spent_ms };
    let (model, n_steps, watched_ms) = train_loop.run(model, optimiser, progress, host, watch).await?;
    let trainable_params = model.n_params(Trainable::Adapter);
    let (model, found) = calibrate::scaled(plan.scaling, model, task, progress, host).await?;
    let calibration = match (found, alpha) {
        (None, None) => None,
        (found, alpha) => Some(Calibration { alpha, ..found.unwrap_or(Calibration { scale: 1.0, ..Default::default() }) }),
    };
    Ok(Outcome { model: model.into(), n_steps, trainable_params, calibration, aside_ms: watched_ms + aside_ms - spent_ms })
}

/// Early stopping: compares the mean log loss of some forget rows over {Yes, No} with the loss expected after forgetting.
struct Stop {
    rows: Vec<u32>,
    goal: f64,
}

impl Stop {
    /// `None` if nothing is expected: the run then has its planned length, and the report says so.
    fn new(task: &UnlearnTask<'_>) -> Option<Self> {
        let Yardstick { rows, truth, expected } = task.yardstick(STOP_ROWS)?;
        Some(Self { rows, goal: expected.logloss(&truth) })
    }

    async fn loss(&self, model: &Model, sets: &Sets<'_>, host: &mut dyn Host) -> Result<f64> {
        let logits = answer_logits(model, sets.encoded, &self.rows, host, |_, _| {}).await?;
        let answers = logits.chunks_exact(model.head_vocab_size()).map(|row| [row[NO as usize], row[YES as usize]]);
        let sum: f64 =
            answers.zip(&self.rows).map(|(pair, row)| -log_softmax(&pair)[usize::from(sets.encoded.labels[*row as usize])]).sum();
        Ok(sum / self.rows.len() as f64)
    }
}

/// A student's run, with everything it needs.
struct TrainLoop<'a> {
    task: &'a UnlearnTask<'a>,
    plan: &'a StudentPlan,
    spec: StudentSpec,
    schedule: Vec<Batch>,
    targets: SoftTargets,
    stop: Option<Stop>,
    /// Steps already done by the checkpoint.
    done: u32,
    /// When the run began, shifted as if it had never been interrupted, ms.
    began_ms: f64,
}

impl TrainLoop<'_> {
    /// Trains the student; returns it with the number of steps and the time spent on watching, ms. `watch` is called after every step with the model,
    /// the step number and whether it is the last.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    async fn run(
        &self,
        mut model: Model,
        mut optimiser: Optimiser,
        progress: &mut Progress,
        host: &mut dyn Host,
        mut watch: impl AsyncFnMut(&Model, u32, bool, &mut dyn Host) -> Result<()>,
    ) -> Result<(Model, u32, f64)> {
        let (sets, n_planned) = (&self.task.sets, self.spec.n_steps);
        let look_every = (n_planned / STOP_LOOKS).max(2);
        let mut pending: Vec<(u32, StepOutput)> = Vec::new();
        let mut aside_ms = 0.0;
        let mut n_steps = self.done;
        let mut targets_kept = self.done > 0;
        for (idx, batch) in self.schedule.iter().enumerate().skip(self.done as usize) {
            let step = idx as u32 + 1;
            let lr = rate(&self.spec, step);
            model.set_lora_dropout(Dropout::of_step(self.spec.dropout, self.task.seed, step));
            let input = StepInput { model: &mut model, optimiser: &mut optimiser, sets, batch, targets: &self.targets, lr, host };
            let diverged = |error: Error| error.in_training(step, self.spec.lr, "lr");
            pending.push((step, self.plan.step.take(input).await.map_err(diverged)?));
            model.set_lora_dropout(Dropout::default());
            n_steps = step;
            let answering = || self.plan.step.end(model.clone(), sets);
            let enough = match &self.stop {
                Some(stop) if step.is_multiple_of(look_every) => stop.loss(&answering(), sets, host).await.map_err(diverged)? >= stop.goal,
                _ => false,
            };
            let last = enough || step == n_planned;
            let keep = !last && step.checked_rem(host.checkpoint_every()) == Some(0);
            if pending.len() == READ_EVERY || last || keep {
                let steps = terms(std::mem::take(&mut pending), &self.schedule, &self.targets, sets).await.map_err(diverged)?;
                host.event(Event::Losses { steps });
            }
            progress.at(Phase::Student, step, if last { step } else { n_planned }, host);
            host.breathe().await?;
            let before = host.now_ms();
            watch(&answering(), step, last, host).await.map_err(diverged)?;
            aside_ms += host.now_ms() - before;
            if keep {
                let spent_ms = host.now_ms() - self.began_ms - aside_ms;
                let mut files = Files::from([(STUDENT.to_owned(), student_file(self.task.run, step, spent_ms, &model, &optimiser).await?)]);
                if !std::mem::replace(&mut targets_kept, true) {
                    files.insert(TARGETS.to_owned(), targets_file(self.task.run, &self.targets)?);
                }
                host.checkpoint(step, files);
            }
            if last {
                break;
            }
        }
        Ok((self.plan.step.end(model, sets).frozen(), n_steps, aside_ms))
    }
}

fn rate(spec: &StudentSpec, step: u32) -> f64 {
    if !spec.cosine {
        return spec.lr;
    }
    let done = f64::from(step - 1) / f64::from(spec.n_steps);
    spec.lr * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
}

/// The loss terms of past steps, from the outputs left on the device: the logits of every step, or its loss.
async fn terms(pending: Vec<(u32, StepOutput)>, schedule: &[Batch], targets: &SoftTargets, sets: &Sets<'_>) -> Result<Vec<LossTerms>> {
    let (mut steps, mut logits, mut losses): (Vec<u32>, Vec<Tensor<2>>, Vec<Tensor<1>>) = Default::default();
    for (step, output) in pending {
        steps.push(step);
        match output {
            StepOutput::Logits(of_step) => logits.push(of_step),
            StepOutput::Loss(of_step) => losses.push(of_step),
        }
    }
    if logits.is_empty() {
        let values = read(Tensor::cat(losses, 0)).await?;
        return Ok(steps.into_iter().zip(values).map(|(step, total)| LossTerms { step, total, ..Default::default() }).collect());
    }
    let width = logits[0].dims()[1];
    let values = read(Tensor::cat(logits, 0)).await?;
    let mut rows = values.chunks_exact(width);
    Ok(steps.into_iter().map(|step| batch_terms(step, &schedule[step as usize - 1], &mut rows, targets, sets)).collect())
}

/// The loss terms of one step, from the logits taken from the front of `rows`.
pub fn batch_terms<'a>(
    step: u32,
    batch: &Batch,
    rows: &mut impl Iterator<Item = &'a [f32]>,
    targets: &SoftTargets,
    sets: &Sets<'_>,
) -> LossTerms {
    let (forget, retain) = batch;
    let mut mean_of = |set: &[u32]| {
        let (mut kl, mut ce, mut total, mut shaped) = (None, 0.0, 0.0, Vec::new());
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
            shaped.extend(target.shaped.as_ref().map(|shaped| cross(&shaped.target) - shaped.offset));
        }
        let n = set.len() as f64;
        let shaped = targets.shaped.filter(|_| !shaped.is_empty()).map_or(0.0, |(weight, shape)| weight * shape.value(&shaped));
        (!set.is_empty()).then(|| (kl.map(|kl| kl / n), ce / n, total / n + shaped))
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
    use crate::unlearn::engine::loss::one_hot;
    use crate::unlearn::engine::loss_shape::LossShape;
    use crate::unlearn::engine::soft_targets::ShapedTerm;

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
            let mut targets = SoftTargets::new(2);
            targets.add(0, weight, one_hot(teacher, 16), false);
            targets.add(1, 1.0, one_hot(true, 16), false);
            let found = batch_terms(1, &(vec![0], vec![1]), &mut [&logits[..], &logits[..]].into_iter(), &targets, &sets);
            assert!((f64::from(found.total) - expected).abs() < 1e-6, "{found:?}");
            assert_eq!((found.kl_forget, found.kl_retain), (None, None));
        }
        // A capped KL to the original, subtracted, plus ascent on the answer: −min(KL, ½) − 0.2 CE.
        let mut targets = SoftTargets::new(2);
        targets.shaped = Some((-1.0, LossShape::Capped { most: 0.5 }));
        targets.add(0, -0.2, one_hot(true, 16), false);
        targets.add_shaped(0, -1.0, ShapedTerm { target: one_hot(false, 16), offset: 0.0 }, true);
        let batch = (vec![0], vec![]);
        let found = batch_terms(1, &batch, &mut std::iter::once(&logits[..]), &targets, &sets);
        let expected = (-0.5 - 0.2 * yes) / 1.2; // forget rows alone: rescaled to weight 1
        assert!((f64::from(found.total) - expected).abs() < 1e-6, "{found:?}");
        let device = burn::tensor::Device::flex();
        let on_device = Tensor::from_data(burn::tensor::TensorData::new(logits.to_vec(), [1, 16]), &device);
        let loss =
            crate::unlearn::engine::loss::Loss::new(&batch, &targets, &device).of(on_device).into_data().try_to_vec::<f32>().unwrap()[0];
        assert!((f64::from(loss) - expected).abs() < 1e-6, "{loss}");
        // KL to a fair coin: ½ ln(½ / ¼) + ½ ln(½ / ¾) = ½ ln (4/3).
        let mut targets = SoftTargets::new(2);
        let mut coin = vec![0.0; 16];
        (coin[NO as usize], coin[YES as usize]) = (0.5, 0.5);
        targets.add(0, 0.4, coin, true);
        let found = batch_terms(1, &(vec![0], vec![]), &mut std::iter::once(&logits[..]), &targets, &sets);
        assert!((f64::from(found.total) - 0.5 * (4f64 / 3.0).ln()).abs() < 1e-6, "forget rows alone have weight 1: {found:?}");
    }
}
