//! FairSISA: SISA whose answers are then post-processed to be equally accurate for two groups of users.
//!
//! Hardt et al.'s post-processing (arXiv 1610.02413): given the model's outcome y and the group a, the answer is Yes with probability `q[y][a]`. The
//! q that equalise the true and false positive rates of both groups at the least error are found by a linear programme on retain rows. It is
//! applied at one of three places: to each shard before aggregation (`pre`), to the number of shards that say Yes (`in`), or to the joint answer
//! (`post`). Derived: the paper's text names the three; that `in` means the number of votes is our reading. A changed answer has its Yes and No
//! logits exchanged, so its confidence stays. Whether it changes is drawn from the row itself, so a row always gets the same answer.

use crate::data::batch::Encoded;
use crate::data::group::Groups;
use crate::data::tokenizer::{NO, YES};
use crate::host::LocalFuture;
use crate::model::{Model, Network};
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::recommender::{Answers, Join, mean};
use crate::unlearn::engine::shards::{JoinSpec, Partition, ShardPlan, retained_answers};
use crate::unlearn::engine::task::{RunState, TaskSizes, UnlearnTask};
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use crate::{Error, Result};
use std::sync::Arc;

/// Largest number of shards for the variant `in`: its programme has two variables for each number of votes.
const MOST_VOTERS: usize = 6;

/// Where the answers are equalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fairness {
    /// On every shard's answer.
    Pre,
    /// On the number of shards that say Yes.
    In,
    /// On the joint answer.
    Post,
}

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "fairsisa",
    label: "FairSISA",
    family: Family::Exact,
    citation: "Kadhe et al. 2023, arXiv 2312.07420; equalised odds: Hardt et al. 2016, arXiv 1610.02413",
    summary: "SISA, then answers are changed now and then so that both groups of people are answered equally right: women and men where the data say, \
              else those who rate less and more. Exact forgetting, at some cost in accuracy.",
    params: &[
        ParamEntry::int("shards", "Shards", "Models the training rows are divided among.", [2.0, 16.0, 4.0]),
        ParamEntry::choice(
            "fairness",
            "Where",
            "On every shard’s answer, on the number of shards that say Yes, or on the joint answer.",
            &[
                Choice { value: 0.0, label: "before aggregation" },
                Choice { value: 1.0, label: "in aggregation" },
                Choice { value: 2.0, label: "after aggregation" },
            ],
            2.0,
        ),
        ParamEntry::int("epochs", "Epochs", "Passes of every shard over its rows.", [1.0, 20.0, 1.0]),
    ],
    presets: &[
        Preset {
            id: "tuned",
            label: "After aggregation",
            note: "Four shards of people, and the joint answer made fair: the paper’s best trade.",
            params: &[],
        },
        Preset { id: "in", label: "In aggregation", note: "The number of shards that say Yes decides.", params: &[("fairness", 1.0)] },
        Preset {
            id: "pre",
            label: "Before aggregation",
            note: "Every shard’s answer is made fair, then their mean is taken.",
            params: &[("fairness", 0.0)],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "Two shards, since each is a tuning of its own. Not tuned.",
            params: &[("shards", 2.0)],
        },
    ],
    plan,
};

fn plan(p: &Params, _: &TaskSizes) -> Result<Plan> {
    let fairness = [Fairness::Pre, Fairness::In, Fairness::Post][p["fairness"] as usize];
    let n_shards = p["shards"] as usize;
    if fairness == Fairness::In && n_shards > MOST_VOTERS {
        return Err(Error::setting("shards", format!("must be at most {MOST_VOTERS} where the number of votes is made fair"), n_shards));
    }
    Ok(Plan::Shards(ShardPlan { n_shards, partition: Partition::Users, join: Arc::new(fairness), epochs: p["epochs"] as u32 }))
}

impl JoinSpec for Fairness {
    fn learns(&self) -> bool {
        true
    }

    fn learn<'a>(
        &'a self,
        members: &'a [Model],
        task: &'a UnlearnTask<'a>,
        mut state: RunState<'a>,
    ) -> LocalFuture<'a, Result<Arc<dyn Join>>> {
        Box::pin(async move {
            let (rows, shards) = retained_answers(members, &task.sets, &mut state).await?;
            let width = members[0].head_vocab_size();
            Ok(Arc::new(Fair::learn(*self, Groups::new(task.dataset), task.sets.encoded, &rows, &shards, width)?) as Arc<dyn Join>)
        })
    }
}

/// A join that equalises an ensemble's answers.
#[derive(Debug, Clone)]
struct Fair {
    place: Fairness,
    groups: Groups,
    /// `q[outcome][group]`: one table, or one per shard.
    tables: Vec<Table>,
}

/// Probability of Yes by outcome and group.
type Table = Vec<[f64; 2]>;

impl Fair {
    /// Learns from the shards' answers to `rows`, each `[rows, width]`.
    ///
    /// # Errors
    /// If a group lacks one of the two true answers among these rows.
    fn learn(place: Fairness, groups: Groups, encoded: &Encoded, rows: &[u32], shards: &[Vec<f32>], width: usize) -> Result<Self> {
        let truth = encoded.truth(rows);
        let second: Vec<bool> = rows.iter().map(|row| groups.second(encoded.users[*row as usize])).collect();
        let learn = |outcomes: &[usize], n: usize| equalise(outcomes, &truth, &second, n);
        let tables = match place {
            Fairness::Pre => shards.iter().map(|shard| learn(&decisions(shard, width), 2)).collect::<Result<_>>()?,
            Fairness::In => vec![learn(&votes(shards, width), shards.len() + 1)?],
            Fairness::Post => vec![learn(&decisions(&mean(shards), width), 2)?],
        };
        Ok(Self { place, groups, tables })
    }

    /// The equalised joint logits `[rows, width]` from the shards' logits, each `[rows, width]`.
    fn joined(&self, encoded: &Encoded, rows: &[u32], shards: &[Vec<f32>], width: usize) -> Vec<f32> {
        let decide = |logits: &mut [f32], outcomes: &[usize], table: &Table| {
            for ((row, logits), outcome) in rows.iter().zip(logits.chunks_exact_mut(width)).zip(outcomes) {
                let group = usize::from(self.groups.second(encoded.users[*row as usize]));
                let yes = draw(&encoded.row(*row)) < table[*outcome][group];
                if yes != (logits[YES as usize] > logits[NO as usize]) {
                    logits.swap(YES as usize, NO as usize);
                }
            }
        };
        match self.place {
            Fairness::Pre => {
                let mut shards = shards.to_vec();
                for (shard, table) in shards.iter_mut().zip(&self.tables) {
                    let outcomes = decisions(shard, width);
                    decide(shard, &outcomes, table);
                }
                mean(&shards)
            }
            Fairness::In | Fairness::Post => {
                let mut joint = mean(shards);
                let outcomes = if self.place == Fairness::In { votes(shards, width) } else { decisions(&joint, width) };
                decide(&mut joint, &outcomes, &self.tables[0]);
                joint
            }
        }
    }
}

impl Join for Fair {
    fn join<'a>(&'a self, answers: Answers<'a>) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(async move { Ok(self.joined(answers.encoded, answers.rows, answers.members, answers.width)) })
    }
}

/// Decision of each row: 1 for Yes, 0 for No.
fn decisions(logits: &[f32], width: usize) -> Vec<usize> {
    logits.chunks_exact(width).map(|row| usize::from(row[YES as usize] > row[NO as usize])).collect()
}

/// Number of shards that say Yes, per row.
fn votes(shards: &[Vec<f32>], width: usize) -> Vec<usize> {
    let mut sums = vec![0; shards[0].len() / width];
    for shard in shards {
        sums.iter_mut().zip(decisions(shard, width)).for_each(|(sum, yes)| *sum += yes);
    }
    sums
}

/// A number in [0, 1) that depends only on the prompt (FNV-1a, mixed once more).
fn draw(prompt: &[u32]) -> f64 {
    let hash = prompt
        .iter()
        .flat_map(|token| token.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

/// The probabilities of Yes `[outcomes][2]` with equal odds in both groups and the least error.
///
/// They solve a linear programme with two equalities over the unit box. A best vertex has at most two variables strictly inside the box, so all
/// pairs are tried with the others at their bounds.
fn equalise(outcomes: &[usize], truth: &[bool], second: &[bool], n: usize) -> Result<Table> {
    // count[truth][group][outcome]
    let mut count = [[vec![0.0; n], vec![0.0; n]], [vec![0.0; n], vec![0.0; n]]];
    for ((outcome, truth), second) in outcomes.iter().zip(truth).zip(second) {
        count[usize::from(*truth)][usize::from(*second)][*outcome] += 1.0;
    }
    let total = |truth: usize, group: usize| count[truth][group].iter().sum::<f64>();
    if [(0, 0), (0, 1), (1, 0), (1, 1)].iter().any(|(truth, group)| total(*truth, *group) == 0.0) {
        return Err(Error::setting("fairness", "needs retain rows of both groups with either answer", truth.len()));
    }
    // Variable v = 2 · outcome + group: its share in the difference of true and false positive rates, and the error cost of a Yes there.
    let sign = |group: usize| if group == 0 { 1.0 } else { -1.0 };
    let variables: Vec<[f64; 3]> = (0..2 * n)
        .map(|v| {
            let (outcome, group) = (v / 2, v % 2);
            let rate = |truth: usize| sign(group) * count[truth][group][outcome] / total(truth, group);
            [rate(1), rate(0), count[0][group][outcome] - count[1][group][outcome]]
        })
        .collect();
    let mut best: (f64, Vec<f64>) = (0.0, vec![0.0; 2 * n]); // never saying Yes is always fair
    for i in 0..2 * n {
        for j in i + 1..2 * n {
            let others: Vec<usize> = (0..2 * n).filter(|v| *v != i && *v != j).collect();
            let [a, b] = [variables[i], variables[j]];
            let determinant = a[0] * b[1] - a[1] * b[0];
            if determinant.abs() < 1e-12 {
                continue;
            }
            for ends in 0u32..1 << others.len() {
                let at_one = || others.iter().enumerate().filter(|(k, _)| ends >> k & 1 == 1).map(|(_, v)| *v);
                let sum = |part: usize| at_one().map(|v| variables[v][part]).sum::<f64>();
                let (r, s) = (-sum(0), -sum(1));
                let (x, y) = ((r * b[1] - s * b[0]) / determinant, (a[0] * s - a[1] * r) / determinant);
                let inside = |q: f64| (-1e-9..=1.0 + 1e-9).contains(&q);
                let cost = sum(2) + x * a[2] + y * b[2];
                if inside(x) && inside(y) && cost < best.0 - 1e-9 {
                    let mut q = vec![0.0; 2 * n];
                    at_one().for_each(|v| q[v] = 1.0);
                    (q[i], q[j]) = (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
                    best = (cost, q);
                }
            }
        }
    }
    Ok(best.1.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expands rows of `(outcome, truth, second group, count)`.
    fn rows(of: &[(usize, bool, bool, usize)]) -> (Vec<usize>, Vec<bool>, Vec<bool>) {
        let all = of.iter().flat_map(|(y, t, a, n)| std::iter::repeat_n((*y, *t, *a), *n));
        let (outcomes, rest): (Vec<_>, Vec<_>) = all.map(|(y, t, a)| (y, (t, a))).unzip();
        let (truth, second) = rest.into_iter().unzip();
        (outcomes, truth, second)
    }

    #[test]
    fn equal_odds_by_hand() {
        // Group 1: TPR 8/10, FPR 2/10. Group 2 is perfect: TPR 1, FPR 0. Its odds are lowered to group 1's: Yes with 0.8 where it said Yes, and
        // with 0.2 where it said No.
        let (outcomes, truth, second) = rows(&[
            (1, true, false, 8),
            (0, true, false, 2),
            (1, false, false, 2),
            (0, false, false, 8),
            (1, true, true, 10),
            (0, false, true, 10),
        ]);
        let q = equalise(&outcomes, &truth, &second, 2).unwrap();
        for (found, wanted) in q.concat().iter().zip([0.0, 0.2, 1.0, 0.8]) {
            assert!((found - wanted).abs() < 1e-9, "{q:?}");
        }
    }

    #[test]
    fn nothing_changes_where_odds_are_equal() {
        let (outcomes, truth, second) = rows(&[
            (1, true, false, 8),
            (0, true, false, 2),
            (1, false, false, 2),
            (0, false, false, 8),
            (1, true, true, 4),
            (0, true, true, 1),
            (1, false, true, 1),
            (0, false, true, 4),
        ]);
        assert_eq!(equalise(&outcomes, &truth, &second, 2).unwrap(), [[0.0, 0.0], [1.0, 1.0]]);
        let alone = rows(&[(1, true, false, 8), (0, false, false, 2)]);
        assert!(equalise(&alone.0, &alone.1, &alone.2, 2).is_err());
    }

    #[test]
    fn draws_are_even_and_repeat() {
        let draws: Vec<f64> = (0..4000).map(|row| draw(&[1, row, 3])).collect();
        let below = |x: f64| draws.iter().filter(|draw| **draw < x).count() as f64 / 4000.0;
        assert!((below(0.25) - 0.25).abs() < 0.03 && (below(0.75) - 0.75).abs() < 0.03, "{} {}", below(0.25), below(0.75));
        assert_eq!(draw(&[1, 7, 3]), draws[7]);
    }
}
