//! Relearning (Tarun et al. 2021, arXiv 2111.08947; Hu et al. 2024, arXiv 2406.13356): the attacker has a few of the forgotten ratings and trains
//! the model on them. If the others return faster than in a model that never saw them, they were not forgotten.
//!
//! The unlearned model's adapter is trained further. Retrain, which has none, gets a fresh one, and so does an unlearned model without one. Models
//! are judged on rows that the attacker does not have.

use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, ORIGINAL, RETRAIN, UNLEARNED};
use crate::attack::entry::AttackEntry;
use crate::attack::judge::{Trio, conclusion, control, of_100, recovered, right};
use crate::attack::report::{Chart, CurveLine, CurvePoint, Finding, Level};
use crate::attack::tune::{TuneSpec, Tuner, passes, ready};
use crate::host::Host;
use crate::model::{Model, Network};
use crate::tensor::random::SeedRng;
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::param::{ParamEntry, Params};
use crate::{Result, metric};
use rand::SeedableRng;
use rand::seq::SliceRandom;

/// The attack's entry.
pub const ENTRY: AttackEntry = AttackEntry {
    id: "relearn",
    label: "Relearning",
    citation: "relearn time: Tarun et al. 2021, arXiv 2111.08947; Hu et al. 2024, arXiv 2406.13356",
    summary: "The attacker has some of the forgotten ratings and trains the model on them for a few steps. If the other ones come back \
              faster than in a model that never saw any, they had only been covered.",
    params: &[
        ParamEntry::int(
            "rows",
            "Ratings",
            "Forgotten ratings that the attacker has; also an eighth of them is tried.",
            [1.0, 2000.0, 64.0],
        ),
        ParamEntry::int(
            "steps",
            "Steps",
            "Steps of training; the curve has the start, an eighth, a quarter, a half and all.",
            [1.0, 2000.0, 40.0],
        ),
        ParamEntry::float("lr", "Learning rate", "AdamW's step size.", [1e-5, 0.1, 1e-4, 1e-3]),
        ParamEntry::int("batch", "Batch", "Rows a step.", [1.0, 256.0, 32.0]),
    ],
    text: &[("rows", 16.0), ("steps", 8.0), ("lr", 1e-3), ("batch", 8.0)],
    passes: |params, extent| {
        let sizes = sizes(params["rows"] as usize, extent.n_forget);
        let looks = 1.0 + marks(params["steps"] as u32).len() as f64;
        let each: f64 = sizes.iter().map(|n| passes(spec(params), *n) + looks * extent.n_forget as f64).sum();
        each * (extent.n_models - 1) as f64 + extent.forget()
    },
    run: |ctx, params, clock, host| Box::pin(run(ctx, params, clock, host)),
};

fn spec(params: &Params) -> TuneSpec {
    TuneSpec { lr: params["lr"], batch: params["batch"] as usize, steps: params["steps"] as u32 }
}

/// Numbers of rows that the attacker has: an eighth of `rows` and all of them, limited to half of the forget rows.
fn sizes(rows: usize, n_forget: usize) -> Vec<usize> {
    let most = rows.min(n_forget / 2).max(1);
    let mut sizes = vec![(most / 8).max(1), most];
    sizes.dedup();
    sizes
}

/// Steps at which figures are taken, besides step 0.
fn marks(steps: u32) -> Vec<u32> {
    let mut marks: Vec<u32> = [8, 4, 2, 1].iter().map(|part| (steps / part).max(1)).collect();
    marks.dedup();
    marks
}

async fn run(ctx: &AttackContext<'_>, params: &Params, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let Some(student) = ctx.student() else {
        return Ok(ENTRY.skipped("This method makes several models that answer together; an attacker would have to train each of them."));
    };
    let rows = &ctx.forget.rows;
    if rows.len() < 2 {
        return Ok(
            ENTRY.skipped("A single forgotten rating leaves none to judge: the attacker needs at least one, and one that he has not.")
        );
    }
    let mut order = rows.clone();
    order.shuffle(&mut SeedRng::seed_from_u64(u64::from(ctx.seed)));
    let sizes = sizes(params["rows"] as usize, rows.len());
    let most = sizes.last().copied().unwrap_or(1);
    // All sizes are judged on the same rows.
    let (had, others) = order.split_at(most);
    let original = ctx.quality(&Recommender::from(ctx.original.clone()), ctx.forget.encoded, others, clock, host).await?;
    let mut lines = Vec::new();
    for (name, said, model) in [(UNLEARNED, "Unlearned", Some(student)), (RETRAIN, "Retrain", ctx.retrain)] {
        let Some(model) = model else { continue };
        for n in &sizes {
            let label = format!("{said}, {n} ratings");
            lines.extend(curves(ctx, (name, &label), model, (&had[..*n], had, others), params, clock, host).await?);
        }
    }
    let line = |name: &str| lines.iter().rev().find(|line: &&CurveLine| line.model == name && line.drawn);
    let start = |name: &str| line(name).and_then(|line| line.points.first()).map(|point| point.right);
    // The attacker may stop at the best step, and so may whoever trains Retrain.
    let best = |name: &str| line(name).map(|line| line.points.iter().map(|point| point.right).fold(0.0, f64::max));
    let original = right(&original);
    let error = ctx.error(original, others);
    let of =
        |figure: &dyn Fn(&str) -> Option<f64>| Trio { original, unlearned: figure(UNLEARNED).unwrap_or(0.0), retrain: figure(RETRAIN) };
    let (before, after) = (of(&start), of(&best));
    let verdict = recovered(before, after, error);
    let sentence = format!(
        "Trained for up to {} steps on {most} of the forgotten ratings, the model gets at best {} of 100 cases right among those that the attacker \
         does not have, {} before; the original gets {}, and {}. {}",
        params["steps"],
        of_100(after.unlearned),
        of_100(before.unlearned),
        of_100(original),
        control(after.retrain, " after the same training"),
        conclusion(verdict, before, error)
    );
    let levels = vec![Level { label: "Original".into(), model: ORIGINAL.into(), right: original }];
    let chart = Chart::Curves { x: "steps of training".into(), lines, levels };
    Ok(ENTRY.finding(verdict, sentence, after.figures(), error, chart))
}

/// The curves on the rows that the attacker does not have, and on all rows.
async fn curves(
    ctx: &AttackContext<'_>,
    (name, label): (&str, &str),
    model: &Model,
    (used, had, others): (&[u32], &[u32], &[u32]),
    params: &Params,
    clock: &mut Clock,
    host: &mut dyn Host,
) -> Result<[CurveLine; 2]> {
    let encoded = ctx.forget.encoded;
    let looked: Vec<u32> = others.iter().chain(had).copied().collect();
    let truth = encoded.truth(&looked);
    let mut points: [Vec<CurvePoint>; 2] = Default::default();
    let spec = spec(params);
    let mut rng = SeedRng::seed_from_u64(u64::from(ctx.seed) + 1);
    let mut tuner = Tuner::new(ready(model, ctx.is_text(), &mut rng), encoded, used, spec, rng);
    for x in std::iter::once(0).chain(marks(spec.steps)) {
        tuner.until(x, clock, host).await?;
        let p = ctx.p_yes(&Recommender::from(tuner.model().frozen()), encoded, &looked, clock, host).await?;
        for (points, n) in points.iter_mut().zip([others.len(), looked.len()]) {
            let quality = metric::quality(&p[..n], &truth[..n]);
            points.push(CurvePoint { x, right: right(&quality), logloss: quality.logloss });
        }
    }
    let [on_others, on_all] = points;
    let line = |label: String, drawn, points| CurveLine { label, model: name.into(), drawn, points };
    Ok([line(label.to_owned(), true, on_others), line(format!("{label}, judged on all"), false, on_all)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_marks_by_hand() {
        assert_eq!(sizes(64, 1000), [8, 64]);
        assert_eq!(sizes(64, 30), [1, 15], "half is left to be judged");
        assert_eq!(sizes(1, 1000), [1]);
        assert_eq!(marks(40), [5, 10, 20, 40]);
        assert_eq!(marks(2), [1, 2]);
    }
}
