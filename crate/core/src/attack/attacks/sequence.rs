//! A sequence of requests: the users to forget come in ten parts, one after the other. Each time, everything asked so far is forgotten anew from the
//! base; or, as a service that keeps no base would do it, only the new request from the result of the previous one, with the adapter merged into
//! the weights. Does old forgetting hold when new is added, and what does it cost all other users?
//!
//! If fewer than ten users are forgotten, their rows come in ten parts, user by user in order of time.

use crate::Result;
use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, ORIGINAL, RETRAIN, UNLEARNED};
use crate::attack::entry::{AttackEntry, Extent};
use crate::attack::judge::{Trio, conclusion, control, of_100, recovered, right};
use crate::attack::merge::merged;
use crate::attack::report::{Chart, CurveLine, CurvePoint, Finding, Level};
use crate::data::batch::LengthCounts;
use crate::data::every_nth;
use crate::host::Host;
use crate::host::progress::Progress;
use crate::metric::Quality;
use crate::model::{Model, Network};
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::engine::run::carry_out;
use crate::unlearn::engine::task::{Sets, TaskSizes, UnlearnTask, UnseenUsers};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use std::collections::{BTreeMap, HashSet};

/// The attack's entry.
pub const ENTRY: AttackEntry = AttackEntry {
    id: "sequence",
    label: "Ten requests in a row",
    citation: "sequential requests: Gao et al. 2024, arXiv 2407.10223; Shi et al. 2024 (MUSE), arXiv 2407.06460",
    summary: "Nobody attacks here: the people to forget ask one after the other. Each time the model forgets all of them anew, or only the \
              new ones from where it was left. Old forgetting may come undone, and the harm to everyone else may add up.",
    params: &[
        ParamEntry::int("requests", "Requests", "Parts in which the forget set comes.", [2.0, 50.0, 10.0]),
        ParamEntry::choice(
            "from",
            "Each request",
            "Whether everything asked so far is forgotten anew from the original, or only the new part from the last result.",
            &[
                Choice { value: 0.0, label: "all so far, from the original" },
                Choice { value: 1.0, label: "the new part, from the last result" },
            ],
            0.0,
        ),
    ],
    text: &[("requests", 3.0)],
    passes: |params, extent: &Extent| {
        let n = params["requests"];
        // Request k forgets k parts anew: (n + 1) / 2 parts in the mean.
        let share = if params["from"] == 0.0 { (n + 1.0) / 2.0 } else { 1.0 };
        n * (extent.run * share + extent.n_forget as f64 * 1.5 + extent.n_test as f64) + extent.forget() + extent.n_test as f64
    },
    run: |ctx, params, clock, host| Box::pin(run(ctx, params, clock, host)),
};

async fn run(ctx: &AttackContext<'_>, params: &Params, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let parts = parts(ctx, params["requests"] as usize);
    let anew = params["from"] == 0.0;
    let encoded = ctx.forget.encoded;
    let sizes = |requests: &[Vec<u32>], retain: &[u32]| {
        let rows: Vec<u32> = requests.concat();
        TaskSizes {
            forget: LengthCounts::new(encoded, &rows),
            retain: LengthCounts::new(encoded, retain),
            requests: requests.iter().map(|rows| LengthCounts::new(encoded, rows)).collect(),
            // A requested number of steps is for all rows at once.
            steps: ctx.run.steps.map(|steps| (f64::from(steps) * rows.len() as f64 / ctx.selection.forget.len() as f64).ceil() as u32),
            epochs: ctx.training.epochs,
            n_blocks: ctx.original.spec().num_hidden_layers(),
        }
    };
    let probe = (ctx.plan)(&sizes(&parts, &ctx.selection.retain))?;
    if !matches!(probe, Plan::Student(_)) {
        let why = "This method trains models again without the forgotten rows: ten requests give what one gives for all of them, at ten times the cost.";
        return Ok(ENTRY.skipped(why));
    }
    if parts.len() < 2 {
        return Ok(ENTRY.skipped("A single forgotten rating cannot come in parts."));
    }
    let users: Vec<u32> = ctx.split.train.iter().map(|sample| sample.user).collect();
    let first = every_nth(&parts[0], ctx.most_rows);
    let look = async |model: &Model, gone: &[u32], clock: &mut Clock, host: &mut dyn Host| {
        let model = Recommender::from(model.clone());
        let mut found: [Quality; 3] = Default::default();
        for (quality, rows) in found.iter_mut().zip([&every_nth(gone, ctx.most_rows), &first]) {
            *quality = ctx.quality(&model, encoded, rows, clock, host).await?;
        }
        found[2] = ctx.quality(&model, ctx.test.encoded, &ctx.test.rows, clock, host).await?;
        Ok::<_, crate::Error>(found)
    };
    let mut model = ctx.original.clone();
    let mut points: [Vec<CurvePoint>; 3] = Default::default();
    let mut add = |x: usize, found: [Quality; 3]| {
        for (points, quality) in points.iter_mut().zip(found) {
            points.push(CurvePoint { x: x as u32, right: right(&quality), logloss: quality.logloss });
        }
    };
    add(0, look(&model, &ctx.selection.forget, clock, host).await?);
    let mut gone: Vec<u32> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        gone.extend(part);
        let (start, forget, n_requests) = if anew { (ctx.original, &gone, at + 1) } else { (&model, part, 1) };
        let lost: HashSet<u32> = gone.iter().copied().collect();
        let retain: Vec<u32> = (0..encoded.len() as u32).filter(|row| !lost.contains(row)).collect();
        let sizes = sizes(&parts[at + 1 - n_requests..=at], &retain);
        let plan = (ctx.plan)(&sizes)?;
        let expected = ctx.expected.map(|expected| expected.of(&ctx.selection.forget, forget));
        let task = UnlearnTask {
            original: start,
            sets: Sets { encoded, forget, retain: &retain },
            unseen: UnseenUsers { encoded: ctx.unseen.encoded, rows: &ctx.unseen.rows },
            requests: &parts[at + 1 - n_requests..=at],
            users: &users,
            dataset: ctx.dataset,
            vocabulary: ctx.vocabulary,
            training: ctx.training,
            start: ctx.start,
            seed: ctx.run.seed.wrapping_add(at as u32),
            run: "sequence",
            resume: None,
            expected: expected.as_ref(),
        };
        let stages = plan.stages(&sizes);
        let cost: f64 = stages.iter().map(|(_, n, cost)| f64::from(*n) * cost).sum();
        let mut progress = Progress::new(&stages, host);
        let outcome = carry_out(&plan, &task, &mut progress, host, async |_, _, _, _| Ok(())).await?;
        if let Recommender::One(student) = &outcome.model {
            model = if anew { student.clone() } else { merged(student, None).await? };
        }
        clock.pass(cost, host);
        add(at + 1, look(&model, &gone, clock, host).await?);
    }
    let retrain = match ctx.retrain {
        Some(retrain) => Some(right(&ctx.quality(&Recommender::from(retrain.clone()), encoded, &first, clock, host).await?)),
        None => None,
    };
    let at_once = right(&ctx.quality(ctx.unlearned, encoded, &ctx.forget.rows, clock, host).await?);
    let [on_gone, on_first, on_test] = points;
    let ends = |points: &[CurvePoint]| (points.first().map_or(0.0, |p| p.right), points.last().map_or(0.0, |p| p.right));
    let ((original, last), (_, all), (test_before, test_after)) = (ends(&on_first), ends(&on_gone), ends(&on_test));
    let own = on_first.get(1).map_or(last, |point| point.right);
    let error = ctx.error(original, &first);
    let after = Trio { original, unlearned: last, retrain };
    let before = Trio { unlearned: own, ..after };
    let verdict = recovered(before, after, error);
    let n = parts.len();
    let sentence = format!(
        "After {n} requests one after the other, {}, what was forgotten first is right in {} of 100 cases, {} after its own request and {} before it; \
         {}. {} All that was forgotten is right in {} ({} when forgotten at once), and the test in {} instead of {}.",
        if anew { "each forgetting all so far anew" } else { "each from the last result" },
        of_100(last),
        of_100(own),
        of_100(original),
        control(retrain, ""),
        conclusion(verdict, before, error),
        of_100(all),
        of_100(at_once),
        of_100(test_after),
        of_100(test_before)
    );
    let line = |label: &str, points| CurveLine { label: label.into(), model: UNLEARNED.into(), drawn: true, points };
    let lines = vec![line("All forgotten so far", on_gone), line("Forgotten first", on_first), line("Test", on_test)];
    let mut levels = vec![Level { label: "All at once".into(), model: UNLEARNED.into(), right: at_once }];
    levels.extend(retrain.map(|right| Level { label: "Retrain, forgotten first".into(), model: RETRAIN.into(), right }));
    levels.push(Level { label: "Original, forgotten first".into(), model: ORIGINAL.into(), right: original });
    Ok(ENTRY.finding(verdict, sentence, after.figures(), error, Chart::Curves { x: "requests".into(), lines, levels }))
}

/// The forget set in `n` parts with about equally many users, or equally many rows if there are fewer users than parts.
fn parts(ctx: &AttackContext<'_>, n: usize) -> Vec<Vec<u32>> {
    divided(&ctx.selection.forget, |row| ctx.split.train[row as usize].user, n)
}

fn divided(rows: &[u32], user: impl Fn(u32) -> u32, n: usize) -> Vec<Vec<u32>> {
    let mut people: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    rows.iter().for_each(|row| people.entry(user(*row)).or_default().push(*row));
    let units: Vec<Vec<u32>> =
        if people.len() >= n { people.into_values().collect() } else { people.into_values().flatten().map(|row| vec![row]).collect() };
    let n = n.min(units.len());
    (0..n).map(|k| units[k * units.len() / n..(k + 1) * units.len() / n].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::divided;

    #[test]
    fn parts_by_hand() {
        // Rows 0..6 of the users 3, 1, 3, 2, 1, 4.
        let user = |row: u32| [3, 1, 3, 2, 1, 4][row as usize];
        assert_eq!(divided(&[0, 1, 2, 3, 4, 5], user, 2), [vec![1, 4, 3], vec![0, 2, 5]]);
        // Fewer users than parts: their rows, user by user.
        assert_eq!(divided(&[1, 3, 4], user, 3), [vec![1], vec![4], vec![3]]);
        assert_eq!(divided(&[1], user, 10), [vec![1]]);
    }
}
