//! Leave-one-out ensemble: each forgotten row is answered as models do that never saw the person.
//!
//! M teachers on disjoint people; for a row of the people of teacher m the target is the mean of the other teachers' p, followed with soft cross
//! entropy, beside a retain term. The teachers are there before any request, so their training is not the method's time; it is its cost all the same, and
//! the plan says so. Adapted: nothing; for a nano they are trained from nothing, as its Original is.

use super::grad_diff::{ALPHA, RETAIN, retain_term};
use super::plan::{Plan, Setting, ShardPlan, Teacher, Term, student, student_plan};
use super::presets::{presets, with_student};
use super::run::{World, from_nothing};
use super::shards::{Division, divide};
use super::{Family, MethodEntry, ParamEntry, Params, Preset};
use crate::linear::random::SeedRng;
use crate::metric::softmax;
use crate::model::Network;
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::pretrain::PretrainSpec;
use crate::train::progress::Progress;
use crate::{Error, Result};

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

fn plan(p: &Params, setting: &Setting) -> Result<Plan> {
    let teacher = Teacher::LeaveOneOut { n_teachers: p["teachers"] as usize };
    Ok(Plan::Student(student_plan(p, setting, vec![Term::new(teacher, p["gamma"])], vec![retain_term(p)])?))
}

/// For each of `rows` the mean p of the teachers of other people.
pub(super) async fn answers<H: Host>(
    world: &World<'_>,
    n_teachers: usize,
    rows: &[u32],
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut H,
) -> Result<Vec<Vec<f64>>> {
    let division =
        ShardPlan { n_shards: n_teachers, division: Division::Users, attention: false, fairness: None, epochs: world.training.epochs };
    let shard_of = divide(&division, world, rng).await?;
    let width = world.original.head_vocab_size();
    let total = shard_of.len() as u32;
    progress.expect(Phase::Retrain, total);
    let mut sums = vec![vec![0.0; width]; rows.len()];
    let mut done = 0;
    for teacher in 0..n_teachers {
        let own: Vec<u32> = (0..total).filter(|row| shard_of[*row as usize] == teacher).collect();
        if own.is_empty() {
            return Err(Error::setting("teachers", format!("must leave rows for each, teacher {} has none", teacher + 1), n_teachers));
        }
        let spec = PretrainSpec { seed: world.seed, ..world.training.clone() };
        let (model, _) = from_nothing(world, &spec, &own, |h, n, _| progress.at(Phase::Retrain, done + n, total, h), host).await?;
        done += own.len() as u32;
        let logits = answer_logits(&model, world.sets.encoded, rows, host, |_, _| {}).await?;
        for ((row, sum), logits) in rows.iter().zip(&mut sums).zip(logits.chunks_exact(width)) {
            if shard_of[*row as usize] != teacher {
                sum.iter_mut().zip(softmax(logits)).for_each(|(sum, p)| *sum += p / (n_teachers - 1) as f64);
            }
        }
    }
    Ok(sums)
}
