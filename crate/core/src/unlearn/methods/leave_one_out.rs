//! Leave-one-out ensemble: the target of a forget row is the answer of models that never saw its user.
//!
//! M teachers are trained on disjoint sets of users. For a row whose user belongs to teacher m, the target is the mean p of the other teachers; the
//! student is trained on it with soft cross entropy, plus a retain term. The teachers exist before any request, so their training does not count as
//! the method's time. It is part of its cost all the same, and the plan states it. Adapted: nothing; for a nano the teachers are trained from
//! scratch, as its Original is.

use super::common::{ALPHA, RETAIN, retain_term, student, student_plan};
use super::presets::{presets, with_student};
use crate::host::LocalFuture;
use crate::host::event::Phase;
use crate::metric::softmax;
use crate::model::{Network, PretrainSpec};
use crate::train::infer::answer_logits;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::scratch::train_from_scratch;
use crate::unlearn::engine::shards::{Partition, divide};
use crate::unlearn::engine::task::{RunState, TaskSizes, UnlearnTask};
use crate::unlearn::engine::teachers::OwnTeacher;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use crate::{Error, Result};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "loo",
    label: "Leave-one-out ensemble",
    family: Family::Teacher,
    citation: "Liu and Kalinli 2023, arXiv 2309.16082",
    summary: "Several teachers, each trained on its own people. A forgotten row learns the mean answer of those that never saw its person. The teachers must \
              be there before: they cost about as much as Retrain.",
    params: with_student!([
        ParamEntry::int("teachers", "Teachers", "Models trained on disjoint people.", [2.0, 16.0, 4.0]),
        ParamEntry::float("gamma", "γ, weight of forgetting", "How much the forget rows count.", [0.0, 10.0, 0.05, 4.0]),
        ALPHA,
        RETAIN,
    ], lr 3e-3, stop 0.0),
    presets: presets!(tuned; published "Eight teachers with equal weights, and the student of E2URec’s public code.",
        [("teachers", 8.0), ("gamma", 1.0), ("alpha", 1.0), ("retain", 0.0)]; text []),
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let teacher = Teacher::Own(Arc::new(LeaveOneOut { n_teachers: p["teachers"] as usize }));
    Ok(Plan::Student(student_plan(p, sizes, vec![Term::new(teacher, p["gamma"])], vec![retain_term(p)])?))
}

/// A teacher: the mean of models trained on other users than the row's.
#[derive(Debug)]
struct LeaveOneOut {
    /// Number of teachers, each with its own users.
    n_teachers: usize,
}

impl OwnTeacher for LeaveOneOut {
    fn answers<'a>(&'a self, task: &'a UnlearnTask<'a>, rows: &'a [u32], state: RunState<'a>) -> LocalFuture<'a, Result<Vec<Vec<f64>>>> {
        Box::pin(answers(task, self.n_teachers, rows, state))
    }
}

/// For each of `rows`, the mean p of the teachers that did not see its user `[rows][head_vocab]`.
async fn answers(task: &UnlearnTask<'_>, n_teachers: usize, rows: &[u32], state: RunState<'_>) -> Result<Vec<Vec<f64>>> {
    let RunState { rng, progress, host } = state;
    let shard_of = divide(n_teachers, Partition::Users, task, rng).await?;
    let width = task.original.head_vocab_size();
    let total = shard_of.len() as u32;
    progress.expect(Phase::Retrain, total);
    let mut sums = vec![vec![0.0; width]; rows.len()];
    let mut done = 0;
    for teacher in 0..n_teachers {
        let own: Vec<u32> = (0..total).filter(|row| shard_of[*row as usize] == teacher).collect();
        if own.is_empty() {
            return Err(Error::setting("teachers", format!("must leave rows for each, teacher {} has none", teacher + 1), n_teachers));
        }
        let spec = PretrainSpec { seed: task.seed, ..task.training.clone() };
        let (model, _) = train_from_scratch(task, &spec, &own, |h, n, _| progress.at(Phase::Retrain, done + n, total, h), host).await?;
        done += own.len() as u32;
        let logits = answer_logits(&model, task.sets.encoded, rows, host, |_, _| {}).await?;
        for ((row, sum), logits) in rows.iter().zip(&mut sums).zip(logits.chunks_exact(width)) {
            if shard_of[*row as usize] != teacher {
                sum.iter_mut().zip(softmax(logits)).for_each(|(sum, p)| *sum += p / (n_teachers - 1) as f64);
            }
        }
    }
    Ok(sums)
}
