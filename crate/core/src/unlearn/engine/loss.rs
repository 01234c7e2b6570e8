//! Losses on answer logits: cross entropy with soft targets, and the loss of a batch as the sum of its terms.

use super::loss_shape::LossShape;
use super::soft_targets::SoftTargets;
use crate::data::tokenizer::{NO, YES};
use burn::tensor::{Device, Tensor, TensorData, activation};

/// Forget rows of one length and retain rows of one length, for one step.
pub type Batch = (Vec<u32>, Vec<u32>);

/// A one-hot distribution `[width]` over the head vocabulary: 1 at the true answer, Yes if `liked`.
pub fn one_hot(liked: bool, width: usize) -> Vec<f64> {
    let mut row = vec![0.0; width];
    row[if liked { YES } else { NO } as usize] = 1.0;
    row
}

/// Weighted cross entropy with soft targets, `−Σ_rows weight · target · log softmax(logits)` `[1]`; equals KL up to the teacher's entropy.
pub fn soft_cross_entropy(logits: Tensor<2>, targets: &[Vec<f64>], weight: f64, device: &Device) -> Tensor<1> {
    let dims = logits.dims();
    let values: Vec<f32> = targets.iter().flatten().map(|t| (t * weight) as f32).collect();
    let targets = Tensor::from_data(TensorData::new(values, dims), device);
    (activation::log_softmax(logits, 1) * targets).sum().neg()
}

/// The loss of a batch as a function of its answer logits, forget rows first.
///
/// The terms of each set are averaged over its rows. In a batch of forget rows alone the terms are rescaled to total weight 1, whatever their
/// weight is beside retain rows.
pub struct Loss {
    /// Σ weight · target of the plain terms, divided by the set's number of rows `[rows, head_vocab]`.
    soft: Tensor<2>,
    /// The forget rows' shaped term: weight, shape, targets `[forget, head_vocab]` and offsets `[forget, 1]`.
    shaped: Option<(f64, LossShape, Tensor<2>, Tensor<2>)>,
}

impl Loss {
    /// The loss of a batch.
    pub fn new(batch: &Batch, targets: &SoftTargets, device: &Device) -> Self {
        Self::of_shard(batch, batch, targets, device)
    }

    /// What a part of a batch's rows adds to the batch's loss, as a function of their logits. The loss of the whole is the sum of its parts if
    /// [`Loss::is_sum`].
    pub fn of_shard(batch: &Batch, (forget, retain): &Batch, targets: &SoftTargets, device: &Device) -> Self {
        let share = |part: &[u32], whole: &[u32]| if whole.is_empty() { 1.0 } else { part.len() as f64 / whole.len() as f64 };
        let of_forget = alone_scale(batch, targets) * share(forget, &batch.0);
        Self::of_rows(forget, of_forget, retain, share(retain, &batch.1), targets, device)
    }

    /// Whether a batch's loss is a sum over its rows.
    pub fn is_sum(targets: &SoftTargets) -> bool {
        targets.shaped.is_none_or(|(_, shape)| shape.is_mean())
    }

    /// The loss of these rows, with the factor `scale` on the forget rows' terms, and `scale_retain` on those of the retain rows.
    fn of_rows(forget: &[u32], scale: f64, retain: &[u32], scale_retain: f64, targets: &SoftTargets, device: &Device) -> Self {
        let matrix = |rows: Vec<Vec<f32>>| {
            let dims = [rows.len(), rows.first().map_or(0, Vec::len)];
            Tensor::<2>::from_data(TensorData::new(rows.concat(), dims), device)
        };
        let scaled = |row: &u32, share: f64| targets.of(*row).soft.iter().map(|p| (share * p) as f32).collect::<Vec<_>>();
        let of_forget = forget.iter().map(|row| scaled(row, scale / forget.len() as f64));
        let soft = of_forget.chain(retain.iter().map(|row| scaled(row, scale_retain / retain.len() as f64))).collect();
        let shaped = targets.shaped.filter(|_| !forget.is_empty()).map(|(weight, shape)| {
            let shaped = |row: &u32| targets.of(*row).shaped.as_ref().expect("every forget row was given its shaped target");
            let soft = forget.iter().map(|row| shaped(row).target.iter().map(|p| *p as f32).collect()).collect();
            let offsets = forget.iter().map(|row| vec![shaped(row).offset as f32]).collect();
            (scale * weight, shape, matrix(soft), matrix(offsets))
        });
        Self { soft: matrix(soft), shaped }
    }

    /// The loss `[1]` of answer logits `[rows, head_vocab]`.
    pub fn of(&self, logits: Tensor<2>) -> Tensor<1> {
        let log_u = activation::log_softmax(logits, 1);
        let plain = (log_u.clone() * self.soft.clone()).sum().neg();
        match &self.shaped {
            None => plain,
            Some((weight, shape, target, offset)) => {
                let n_forget = target.dims()[0];
                let x = (log_u.slice_dim(0, 0..n_forget) * target.clone()).sum_dim(1).neg() - offset.clone();
                plain + shape.of(x).mul_scalar(*weight)
            }
        }
    }
}

/// The factor on a batch's forget terms: 1, or 1 / Σ |weight| in a batch without retain rows. Weights of both signs do not cancel.
pub fn alone_scale((forget, retain): &Batch, targets: &SoftTargets) -> f64 {
    match forget.first().map(|row| targets.of(*row).weight) {
        Some(weight) if retain.is_empty() && weight > 0.0 => 1.0 / weight,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unlearn::engine::soft_targets::SoftTargets;

    /// LLMU with equal weights of ascent and of the random answer: in a batch of forget rows alone, each term counts a half.
    #[test]
    fn weights_that_cancel_leave_a_finite_loss() {
        let mut targets = SoftTargets::new(1);
        targets.add(0, -0.7, one_hot(true, 6), false);
        targets.add(0, 0.7, one_hot(false, 6), false);
        let batch = (vec![0], vec![]);
        assert!((alone_scale(&batch, &targets) - 1.0 / 1.4).abs() < 1e-12);
        let device = Device::flex();
        // Logits 0 for No and ln 3 for Yes: −½ (−ln ¾) + ½ (−ln ¼).
        let mut logits = vec![-1e9f32; 6];
        (logits[NO as usize], logits[YES as usize]) = (0.0, 3f32.ln());
        let logits = Tensor::<2>::from_data(TensorData::new(logits, [1, 6]), &device);
        let loss = Loss::new(&batch, &targets, &device).of(logits).into_data().try_to_vec::<f32>().unwrap()[0];
        assert!((f64::from(loss) - 0.5 * 3f64.ln()).abs() < 1e-6, "{loss}");
        let mut nothing = SoftTargets::new(1);
        nothing.add(0, 0.0, one_hot(true, 6), false);
        assert_eq!(alone_scale(&batch, &nothing), 1.0, "weights of zero stay zero");
    }
}
