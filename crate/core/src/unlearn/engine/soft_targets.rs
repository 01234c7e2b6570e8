//! The soft targets of a run: the distributions that its rows are trained towards. They stay fixed while the student trains.

use super::divergence::entropy;
use super::loss_shape::LossShape;

/// Soft targets of all rows that a run uses.
pub struct SoftTargets {
    /// Target by training row; `None` for a row that the run does not use.
    pub rows: Vec<Option<RowTarget>>,
    /// Weight and shape of the forget rows' shaped term, if they have one.
    pub shaped: Option<(f64, LossShape)>,
    /// α of the forgetting teacher, if it was found from the expected loss.
    pub alpha: Option<f64>,
}

/// The soft target of one row.
pub struct RowTarget {
    /// Σ weight · target over the row's plain terms `[head_vocab]`.
    pub soft: Vec<f64>,
    /// Σ weight · entropy of the targets: the difference between the cross entropy and KL.
    pub entropy: f64,
    /// Σ |weight| over the row's terms.
    pub weight: f64,
    /// The teacher model's answer `[head_vocab]`, if one of the terms has a model as its teacher.
    pub teacher: Option<Vec<f64>>,
    /// The target of its shaped term, if it has one.
    pub shaped: Option<ShapedTerm>,
}

/// The target of a row's shaped term.
pub struct ShapedTerm {
    /// Target probabilities `[head_vocab]`.
    pub target: Vec<f64>,
    /// Subtracted from the cross entropy before the shape is applied, nats.
    pub offset: f64,
}

impl SoftTargets {
    /// An empty table for `n_rows` rows.
    pub fn new(n_rows: usize) -> Self {
        Self { rows: std::iter::repeat_with(|| None).take(n_rows).collect(), shaped: None, alpha: None }
    }

    /// Adds a plain term to a row: `weight` × the cross entropy with `target`. `model` says whether the target is a model's answer.
    pub fn add(&mut self, row: u32, weight: f64, target: Vec<f64>, model: bool) {
        let entry = self.entry(row, target.len());
        for (sum, p) in entry.soft.iter_mut().zip(&target) {
            *sum += weight * p;
        }
        entry.entropy += weight * entropy(&target);
        entry.weight += weight.abs();
        if model {
            entry.teacher = Some(target);
        }
    }

    /// Sets the shaped term of a row; its weight and shape are the run's.
    pub fn add_shaped(&mut self, row: u32, weight: f64, shaped: ShapedTerm, model: bool) {
        let entry = self.entry(row, shaped.target.len());
        entry.weight += weight.abs();
        if model {
            entry.teacher = Some(shaped.target.clone());
        }
        entry.shaped = Some(shaped);
    }

    fn entry(&mut self, row: u32, width: usize) -> &mut RowTarget {
        self.rows[row as usize].get_or_insert_with(|| RowTarget {
            soft: vec![0.0; width],
            entropy: 0.0,
            weight: 0.0,
            teacher: None,
            shaped: None,
        })
    }

    /// The target of a row that the run uses.
    pub fn of(&self, row: u32) -> &RowTarget {
        self.rows[row as usize].as_ref().expect("every dealt row was given its target")
    }
}
