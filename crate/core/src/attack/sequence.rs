//! A sequence of requests: the people to forget come in ten parts, one after the other, as they do in life. Each request is unlearned from what
//! the former one left, with the adapter merged into the weights; that is what a service would have. Does old forgetting hold when new is added,
//! and what does it cost everyone else?
//!
//! Where fewer than ten people are forgotten, their rows come in ten parts, person by person in order of time.

use super::judge::{Trio, conclusion, control, of_100, recovered, right};
use super::merge::merged;
use super::report::{Chart, CurveLine, CurvePoint, Finding, Level};
use super::scene::{Clock, ORIGINAL, RETRAIN, Scene, UNLEARNED, finding, skipped};
use super::{AttackEntry, Extent};
use crate::Result;
use crate::lab::every_nth;
use crate::model::{Model, Network};
use crate::report::Quality;
use crate::train::host::Host;
use crate::train::progress::Progress;
use crate::unlearn::plan::{Plan, Setting};
use crate::unlearn::run::{Fresh, Sets, World, carry_out};
use crate::unlearn::{ParamEntry, Params, Recommender};
use std::collections::{BTreeMap, HashSet};

pub const ENTRY: AttackEntry = AttackEntry {
    id: "sequence",
    label: "Ten requests in a row",
    citation: "sequential requests: Gao et al. 2024, arXiv 2407.10223; Shi et al. 2024 (MUSE), arXiv 2407.06460",
    summary: "Nobody attacks here: the people to forget ask one after the other, and each time the model forgets from where it was left. \
              Old forgetting may come undone, and the harm to everyone else may add up.",
    params: &[ParamEntry::int("requests", "Requests", "Parts in which the forget set comes.", [2.0, 50.0, 10.0])],
    text: &[("requests", 3.0)],
    passes: |params, extent: &Extent| {
        let n = params["requests"];
        n * (extent.run + extent.n_forget as f64 * 1.5 + extent.n_test as f64) + extent.forget() + extent.n_test as f64
    },
};

pub async fn run<H: Host>(scene: &Scene<'_>, params: &Params, clock: &mut Clock, host: &mut H) -> Result<Finding> {
    let parts = parts(scene, params["requests"] as usize);
    let setting = |part: &[u32], n_retain: usize| Setting {
        n_forget: part.len(),
        n_retain,
        // Steps that were asked for are shared out among the requests.
        steps: scene.run.steps.map(|steps| (steps / parts.len() as u32).max(1)),
        epochs: scene.training.epochs,
        n_blocks: scene.original.spec().num_hidden_layers(),
        n_requests: 1,
    };
    let probe = (scene.plan)(&setting(&scene.selection.forget, scene.selection.retain.len().max(1)))?;
    if !matches!(probe, Plan::Student(_)) {
        let why = "This method trains models again without the forgotten rows: ten requests give what one gives for all of them, at ten times the cost.";
        return Ok(skipped(&ENTRY, why));
    }
    if parts.len() < 2 {
        return Ok(skipped(&ENTRY, "A single forgotten rating cannot come in parts."));
    }
    let users: Vec<u32> = scene.split.train.iter().map(|sample| sample.user).collect();
    let encoded = scene.forget.encoded;
    let first = every_nth(&parts[0], scene.most_rows);
    let look = async |model: &Model, gone: &[u32], clock: &mut Clock, host: &mut H| {
        let model = Recommender::from(model.clone());
        let mut found: [Quality; 3] = Default::default();
        for (quality, rows) in found.iter_mut().zip([&every_nth(gone, scene.most_rows), &first]) {
            *quality = scene.quality(&model, encoded, rows, clock, host).await?;
        }
        found[2] = scene.quality(&model, scene.test.encoded, &scene.test.rows, clock, host).await?;
        Ok::<_, crate::Error>(found)
    };
    let mut model = scene.original.clone();
    let mut points: [Vec<CurvePoint>; 3] = Default::default();
    let mut add = |x: usize, found: [Quality; 3]| {
        for (points, quality) in points.iter_mut().zip(found) {
            points.push(CurvePoint { x: x as u32, right: right(&quality), logloss: quality.logloss });
        }
    };
    add(0, look(&model, &scene.selection.forget, clock, host).await?);
    let mut gone: Vec<u32> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        gone.extend(part);
        let lost: HashSet<u32> = gone.iter().copied().collect();
        let retain: Vec<u32> = (0..encoded.len() as u32).filter(|row| !lost.contains(row)).collect();
        let plan = (scene.plan)(&setting(part, retain.len()))?;
        let world = World {
            original: &model,
            sets: Sets { encoded, forget: part, retain: &retain },
            fresh: Fresh { encoded: scene.unseen.encoded, rows: &scene.unseen.rows },
            requests: std::slice::from_ref(part),
            users: &users,
            dataset: scene.dataset,
            vocabulary: scene.vocabulary,
            training: scene.training,
            start: scene.start,
            seed: scene.run.seed.wrapping_add(at as u32),
            run: "sequence",
            resume: None,
            expected_rise: scene.expected_rise,
        };
        let stages = plan.stages(&setting(part, retain.len()));
        let cost: f64 = stages.iter().map(|(_, n, cost)| f64::from(*n) * cost).sum();
        let mut progress = Progress::new(&stages, host);
        let outcome = carry_out(&plan, &world, &mut progress, host, async |_, _, _, _| Ok(())).await?;
        if let Recommender::One(student) = &outcome.model {
            model = merged(student, None).await?;
        }
        clock.pass(cost, host);
        add(at + 1, look(&model, &gone, clock, host).await?);
    }
    let retrain = match scene.retrain {
        Some(retrain) => Some(right(&scene.quality(&Recommender::from(retrain.clone()), encoded, &first, clock, host).await?)),
        None => None,
    };
    let at_once = right(&scene.quality(scene.unlearned, encoded, &scene.forget.rows, clock, host).await?);
    let [on_gone, on_first, on_test] = points;
    let ends = |points: &[CurvePoint]| (points.first().map_or(0.0, |p| p.right), points.last().map_or(0.0, |p| p.right));
    let ((original, last), (_, all), (test_before, test_after)) = (ends(&on_first), ends(&on_gone), ends(&on_test));
    let own = on_first.get(1).map_or(last, |point| point.right);
    let error = scene.error(original, &first);
    let after = Trio { original, unlearned: last, retrain };
    let before = Trio { unlearned: own, ..after };
    let verdict = recovered(before, after, error);
    let n = parts.len();
    let sentence = format!(
        "After {n} requests one after the other, what was forgotten first is right in {} of 100 cases, {} after its own request and {} before it; \
         {}. {} All that was forgotten is right in {} ({} when forgotten at once), and the test in {} instead of {}.",
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
    Ok(finding(&ENTRY, verdict, sentence, after.figures(), error, Chart::Curves { x: "requests".into(), lines, levels }))
}

/// The forget set in `n` parts of about as many people, or of as many rows where there are fewer people.
fn parts(scene: &Scene<'_>, n: usize) -> Vec<Vec<u32>> {
    divided(&scene.selection.forget, |row| scene.split.train[row as usize].user, n)
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
        // Rows 0..6 of the people 3, 1, 3, 2, 1, 4.
        let user = |row: u32| [3, 1, 3, 2, 1, 4][row as usize];
        assert_eq!(divided(&[0, 1, 2, 3, 4, 5], user, 2), [vec![1, 4, 3], vec![0, 2, 5]]);
        // Fewer people than parts: their rows, person by person.
        assert_eq!(divided(&[1, 3, 4], user, 3), [vec![1], vec![4], vec![3]]);
        assert_eq!(divided(&[1], user, 10), [vec![1]]);
    }
}
