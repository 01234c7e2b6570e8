//! The rows of every step of a student, drawn before the first one: only rows that will be used cost a teacher's forward pass.
//!
//! A batch of forget rows has one length, and so has a batch of retain rows, but the two lengths need not agree. Retain rows of each length come as
//! often as they are in the retain set. Where they can, they have the length of the forget rows beside them, since one pass over both costs less
//! than two: the two lengths are drawn from the maximal coupling of the forget batches' lengths and the retain rows' lengths.

use super::loss::Batch;
use super::plan::StudentPlan;
use super::task::Sets;
use crate::data::batch::{LengthBucketSampler, LengthCounts};
use crate::tensor::random::SeedRng;
use rand::Rng;
use std::collections::BTreeMap;

/// The rows of every step. A step without any row is left out.
pub fn draw_batches(plan: &StudentPlan, sets: &Sets<'_>, rng: &mut SeedRng) -> Vec<Batch> {
    let mut forget = LengthBucketSampler::new(sets.encoded, sets.forget.iter().copied());
    let mut retain = LengthBucketSampler::new(sets.encoded, sets.retain.iter().copied());
    let lengths = RetainLengths::new(&retain.lengths(), &forget.lengths(), plan.batch);
    let (forgets, remembers) = (!plan.forget.is_empty(), !plan.retain.is_empty());
    let alone = (f64::from(plan.student.n_steps) * plan.forget_first) as usize;
    let mut queue = Vec::new();
    (0..plan.student.n_steps as usize)
        .map(|step| {
            if queue.is_empty() {
                queue = forget.epoch(plan.batch, rng);
            }
            let f = queue.pop().unwrap_or_default();
            let mut r = Vec::new();
            // Steps of forget terms alone make no sense without forget terms.
            if remembers && (step >= alone || !forgets) {
                let beside = f.first().map(|row| sets.encoded.n_tokens(*row)).filter(|_| forgets);
                if let Some(seq) = lengths.draw(beside, rng) {
                    r = retain.draw(seq, f.len(), rng);
                }
            }
            (if forgets { f } else { Vec::new() }, r)
        })
        .filter(|(f, r)| !f.is_empty() || !r.is_empty())
        .collect()
}

/// The lengths that batches of retain rows are drawn from.
struct RetainLengths {
    /// Share of the retain rows, by length.
    rows: BTreeMap<usize, f64>,
    /// Share of the forget batches, by length.
    beside: BTreeMap<usize, f64>,
}

impl RetainLengths {
    fn new(retain: &LengthCounts, forget: &LengthCounts, batch: usize) -> Self {
        let (n_rows, n_batches) = (retain.n_rows() as f64, forget.n_batches(batch) as f64);
        let of_batches = |n: usize| n.div_ceil(batch.max(1)) as f64 / n_batches;
        Self {
            rows: retain.iter().map(|(seq, n)| (seq, n as f64 / n_rows)).collect(),
            beside: forget.iter().map(|(seq, n)| (seq, of_batches(n))).collect(),
        }
    }

    /// A length with probability equal to its share of the retain rows, beside forget rows of length `beside` if there are any; `None` if there is no
    /// retain row.
    fn draw(&self, beside: Option<usize>, rng: &mut SeedRng) -> Option<usize> {
        let share = |of: &BTreeMap<usize, f64>, seq: usize| of.get(&seq).copied().unwrap_or(0.0);
        let Some(seq) = beside else { return drawn(self.rows.iter().map(|(seq, p)| (*seq, *p)), rng) };
        let (p, q) = (share(&self.rows, seq), share(&self.beside, seq));
        if p >= q || rng.random::<f64>() * q < p {
            return Some(seq);
        }
        // What is left to the lengths that come less often among the forget batches than among the retain rows.
        let left = self.rows.iter().map(|(seq, p)| (*seq, (p - share(&self.beside, *seq)).max(0.0)));
        drawn(left, rng).or(Some(seq).filter(|_| p > 0.0)) // rounding may leave nothing
    }
}

/// One of the lengths, with probability proportional to its weight; `None` if there is none with a weight.
fn drawn(weights: impl Iterator<Item = (usize, f64)> + Clone, rng: &mut SeedRng) -> Option<usize> {
    let total: f64 = weights.clone().map(|(_, weight)| weight).sum();
    let mut left = rng.random::<f64>() * total;
    let mut last = None;
    for (seq, weight) in weights.filter(|(_, weight)| *weight > 0.0) {
        last = Some(seq);
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    last // rounding may leave a little beyond the last weight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::batch::Encoded;
    use crate::data::prompt::Question;
    use crate::data::tokenizer::ItemVocabulary;
    use crate::data::vocabulary::Vocabulary;
    use crate::linear::LoraSpec;
    use crate::model::Targets;
    use crate::train::optim::AdamWSpec;
    use crate::unlearn::engine::init::StudentSpec;
    use crate::unlearn::engine::plan::{Teacher, Term};
    use rand::SeedableRng;

    /// Prompts with histories of so many items, one for each number.
    fn encoded(histories: &[usize]) -> Encoded {
        let vocabulary = Vocabulary::from(ItemVocabulary::from_json(ItemVocabulary::json(&[1, 2], false).as_bytes()).unwrap());
        let mut encoded = Encoded::default();
        for n in histories {
            encoded.push(&Question { earlier: &vec![(1, 4.0); *n], target: 2, same_author: &[], user: None }, true, &vocabulary);
        }
        encoded
    }

    fn plan(n_steps: u32, batch: usize, forgets: bool) -> StudentPlan {
        let lora = LoraSpec { rank: 1, alpha: 1.0 };
        let student =
            StudentSpec { lora, targets: Targets::Linear, lr: 1e-3, cosine: false, n_steps, adamw: AdamWSpec::default(), dropout: 0.0 };
        let term = || vec![Term::new(Teacher::Truth, 1.0)];
        StudentPlan::new(student, batch, if forgets { term() } else { Vec::new() }, term())
    }

    #[test]
    fn retain_rows_of_every_length_come_as_often_as_they_are() {
        // Forget rows of five and six items; retain rows: 10 of five, 20 of seven, 70 of eight.
        let histories = [[5; 12].as_slice(), &[6; 4], &[5; 10], &[7; 20], &[8; 70]].concat();
        let encoded = encoded(&histories);
        let (forget, retain): (Vec<u32>, Vec<u32>) = ((0..16).collect(), (16..116).collect());
        let sets = Sets { encoded: &encoded, forget: &forget, retain: &retain };
        for forgets in [true, false] {
            let batches = draw_batches(&plan(4000, 4, forgets), &sets, &mut SeedRng::seed_from_u64(1));
            assert!(batches.iter().all(|(_, r)| !r.is_empty()), "retain rows beside every batch, whatever its length");
            let share = |seq: usize| batches.iter().filter(|(_, r)| encoded.n_tokens(r[0]) == seq).count() as f64 / 4000.0;
            for (n_items, expected) in [(5, 0.1), (6, 0.0), (7, 0.2), (8, 0.7)] {
                let found = share(encoded.n_tokens(0) + 2 * n_items - 10);
                assert!((found - expected).abs() < 0.03, "{n_items} items, forgets {forgets}: {found}, {expected} of the rows");
            }
        }
    }

    #[test]
    fn equal_lengths_go_together_and_a_seed_decides() {
        // The same shares on both sides: nothing has to be apart.
        let encoded = encoded(&[[5; 8].as_slice(), &[7; 8], &[5; 40], &[7; 40]].concat());
        let (forget, retain): (Vec<u32>, Vec<u32>) = ((0..16).collect(), (16..96).collect());
        let sets = Sets { encoded: &encoded, forget: &forget, retain: &retain };
        let of = |seed: u64| draw_batches(&plan(100, 4, true), &sets, &mut SeedRng::seed_from_u64(seed));
        assert!(of(1).iter().all(|(f, r)| encoded.n_tokens(f[0]) == encoded.n_tokens(r[0])));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        let none = Sets { retain: &[], ..sets };
        assert!(draw_batches(&plan(10, 4, true), &none, &mut SeedRng::seed_from_u64(1)).iter().all(|(_, r)| r.is_empty()));
    }
}
