//! Calibration: how much is forgotten is set by what a model that never saw the forget rows is expected to answer, with two handles. α of the
//! forgetting teacher is found on cached logits, before training; the scale of the adapter on the forget rows, after it.

use super::task::{Stage, UnlearnTask, Yardstick};
use super::teachers::{LogitDifference, forgetting_teacher};
use crate::Result;
use crate::host::Host;
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::metric::{auc, p_yes, quality};
use crate::model::{Model, Network};
use crate::report::Calibration;
use crate::train::infer::answer_logits;

/// Largest number of forget rows on which an adapter's scale is judged.
const MOST_ROWS: usize = 8192;
/// Largest number of scales that are tried.
const MOST_LOOKS: u32 = 10;
/// How near to the goal is near enough, nats or AUC: a tenth of what two Retrains differ by.
const NEAR: f64 = 5e-4;
/// Largest scale, relative to the adapter as trained.
const MOST_SCALE: f64 = 2.0;
/// Largest α.
const MOST_ALPHA: f64 = 8.0;
/// Number of forget rows from which the AUC is matched: below it, its sampling error is larger than what is forgotten.
const MANY: usize = 1000;

/// How α of a forgetting teacher is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Alpha {
    /// This value.
    Given(f64),
    /// The value at which the teacher's mean loss on the forget rows is the original's plus `reach` times the expected rise; without an expected loss,
    /// the value `otherwise`.
    Expected {
        /// How far the teacher goes, in expected rises: a student follows its teacher only part of the way.
        reach: f64,
        /// α where nothing is expected.
        otherwise: f64,
    },
}

/// What the scale of a trained adapter is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// Nothing: the adapter stays as it was trained.
    AsTrained,
    /// The expected loss of the forget rows.
    Loss,
    /// Their expected AUC.
    Auc,
    /// The loss where forget rows are few, the AUC where they are many.
    Suited,
}

/// α at which the mean loss of the forgetting teacher over {Yes, No} is `goal` nats. `original` and `augmented` are logits `[rows, width]`.
///
/// The loss is convex in α and rises from the original's at α = 0, so there is one such α at most; without one, the nearest in range.
pub fn alpha_for(goal: f64, [original, augmented]: [&[f32]; 2], width: usize, difference: LogitDifference, truth: &[bool]) -> f64 {
    let loss = |alpha: f64| {
        let rows = original.chunks_exact(width).zip(augmented.chunks_exact(width));
        let logits: Vec<f32> = rows.flat_map(|(o, g)| forgetting_teacher(o, g, alpha, difference)).collect();
        quality(&p_yes(&logits, width), truth).logloss
    };
    let (mut low, mut high) = (0.0, MOST_ALPHA);
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        *if loss(middle) < goal { &mut low } else { &mut high } = middle;
    }
    (low + high) / 2.0
}

impl Scaling {
    /// The stage of a run that tries scales on its forget rows; empty if the adapter stays as trained.
    pub fn stage(self, n_forget: usize) -> Stage {
        let n_rows = if self == Self::AsTrained { 0 } else { MOST_LOOKS * n_forget.min(MOST_ROWS) as u32 };
        (Phase::Calibrate, n_rows, 1.0)
    }
}

/// Scales the adapter of `model` so that its answers to the forget rows fit what is expected. Returns the scaled model and what was done; nothing if the
/// adapter stays as trained.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn scaled(
    scaling: Scaling,
    model: Model,
    task: &UnlearnTask<'_>,
    progress: &mut Progress,
    host: &mut dyn Host,
) -> Result<(Model, Option<Calibration>)> {
    if scaling == Scaling::AsTrained {
        return Ok((model, None));
    }
    let as_trained = Calibration { scale: 1.0, ..Default::default() };
    let Some(Yardstick { rows, truth, expected }) = task.yardstick(MOST_ROWS) else {
        progress.expect(Phase::Calibrate, 0);
        return Ok((model, Some(as_trained)));
    };
    let goal_auc = expected.auc(&truth).filter(|_| scaling == Scaling::Auc || (scaling == Scaling::Suited && rows.len() >= MANY));
    let goal_loss = expected.logloss(&truth);
    let n_rows = rows.len() as u32;
    progress.expect(Phase::Calibrate, MOST_LOOKS * n_rows);
    let mut looks = 0;
    // How far the answers are beyond the goal: negative while too little is forgotten.
    let mut beyond = async |scale: f64, host: &mut dyn Host| -> Result<f64> {
        let (done, total) = (looks * n_rows, MOST_LOOKS * n_rows);
        let tell = |h: &mut dyn Host, n: usize| progress.at(Phase::Calibrate, done + n as u32, total, h);
        let logits = answer_logits(&model.scaled_adapter(scale), task.sets.encoded, &rows, host, tell).await?;
        looks += 1;
        let p = p_yes(&logits, model.head_vocab_size());
        Ok(match goal_auc {
            Some(goal) => goal - auc(&p, &truth).unwrap_or(goal),
            None => quality(&p, &truth).logloss - goal_loss,
        })
    };
    let scale = root(MOST_SCALE, MOST_LOOKS, &mut beyond, host).await?;
    progress.expect(Phase::Calibrate, looks * n_rows);
    let matched = if goal_auc.is_some() { "auc" } else { "loss" };
    Ok((model.scaled_adapter(scale), Some(Calibration { scale, matched: matched.into(), ..as_trained })))
}

/// A root of `f` in [0, `most`] with at most `looks` evaluations, by bisection with secant steps (Illinois); the end that is nearer to one where there is none.
async fn root(most: f64, looks: u32, f: &mut impl AsyncFnMut(f64, &mut dyn Host) -> Result<f64>, host: &mut dyn Host) -> Result<f64> {
    let (mut low, mut high) = ((0.0, f(0.0, host).await?), (1.0, f(1.0, host).await?));
    if low.1 >= 0.0 {
        return Ok(0.0);
    }
    let mut left = looks - 2;
    if high.1 < 0.0 {
        low = high;
        high = (most, f(most, host).await?);
        left -= 1;
        if high.1 < 0.0 {
            return Ok(most);
        }
    }
    let (mut weights, mut last_side) = ([1.0, 1.0], None);
    for _ in 0..left {
        let (a, b) = (low.1 * weights[0], high.1 * weights[1]);
        let at = if b > a { (low.0 * b - high.0 * a) / (b - a) } else { (low.0 + high.0) / 2.0 };
        let value = f(at, host).await?;
        let side = usize::from(value >= 0.0);
        *if side == 0 { &mut low } else { &mut high } = (at, value);
        weights = match last_side {
            // The end that stays too long is halved, so that the other one moves as well.
            Some(last) if last == side => {
                if side == 0 {
                    [1.0, weights[1] / 2.0]
                } else {
                    [weights[0] / 2.0, 1.0]
                }
            }
            _ => [1.0, 1.0],
        };
        last_side = Some(side);
        if value.abs() < NEAR {
            break;
        }
    }
    Ok(if -low.1 < high.1 { low.0 } else { high.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Quiet;

    /// v_f is (α, −α) for (No, Yes), so the loss of a Yes is ln(1 + exp(2 α)).
    #[test]
    fn alpha_by_hand() {
        let (original, augmented) = ([0.0, 0.0, 0.0, 0.0], [-1.0, 1.0, -1.0, 1.0]);
        let of = |goal: f64| {
            // The answer tokens come last in a row of the head.
            let wide = |pairs: &[f32; 4]| pairs.chunks(2).flat_map(|pair| [&[-9.0; 4][..], pair].concat()).collect::<Vec<f32>>();
            alpha_for(goal, [&wide(&original), &wide(&augmented)], 6, LogitDifference::Plain, &[true, true])
        };
        assert!((of((1.0 + 1f64.exp()).ln()) - 0.5).abs() < 1e-6);
        assert!(of(2f64.ln()).abs() < 1e-6, "nothing is to be forgotten");
        assert!((of(1e3) - MOST_ALPHA).abs() < 1e-6, "the goal is out of reach");
    }

    #[test]
    fn a_scale_is_found_in_few_looks() {
        let mut looks = 0;
        let mut find = |f: &dyn Fn(f64) -> f64| {
            looks = 0;
            let mut told = async |scale: f64, _: &mut dyn Host| {
                looks += 1;
                Ok(f(scale))
            };
            let found = pollster::block_on(root(MOST_SCALE, MOST_LOOKS, &mut told, &mut Quiet::default())).unwrap();
            (found, looks)
        };
        for goal in [0.2, 0.7, 1.3] {
            let (found, looks) = find(&|scale| scale * scale * scale - goal * goal * goal);
            assert!((found.powi(3) - goal * goal * goal).abs() < NEAR && looks <= MOST_LOOKS, "{goal}: {found} after {looks}");
        }
        assert_eq!(find(&|scale| scale + 0.1), (0.0, 2), "it was forgotten already");
        assert_eq!(find(&|scale| scale - 3.0), (2.0, 3), "out of reach: as strong as allowed");
    }
}
