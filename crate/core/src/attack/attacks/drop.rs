//! Dropping the adapter: removing the adapter undoes whatever a method wrote into it.

use crate::Result;
use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, ORIGINAL, RETRAIN, UNLEARNED};
use crate::attack::entry::AttackEntry;
use crate::attack::judge::{Trio, conclusion, control, of_100, recovered};
use crate::attack::report::{Chart, Finding, Verdict};
use crate::host::Host;
use crate::model::Network;
use crate::unlearn::engine::recommender::Recommender;

/// The attack's entry.
pub const ENTRY: AttackEntry = AttackEntry {
    id: "drop",
    label: "Adapter removed",
    citation: "LoRA keeps the base: Hu et al. 2021, arXiv 2106.09685",
    summary: "The attacker loads the base without the adapter that makes it forget. The base never changed, so everything is back: \
              who gives the model away must merge the adapter first.",
    params: &[],
    text: &[],
    passes: |_, extent| (extent.n_models + 1) as f64 * (extent.n_forget + extent.n_test) as f64,
    run: |ctx, _, clock, host| Box::pin(run(ctx, clock, host)),
};

async fn run(ctx: &AttackContext<'_>, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let Some(student) = ctx.student().filter(|model| model.has_adapter()) else {
        return Ok(ENTRY.skipped("This method makes whole models: there is no adapter that could be removed."));
    };
    let base = Recommender::from(student.without_adapter());
    let mut bars = vec![
        ctx.bar("Original", ORIGINAL, &ctx.original.clone().into(), true, clock, host).await?,
        ctx.bar("Unlearned", UNLEARNED, ctx.unlearned, true, clock, host).await?,
        ctx.bar("Unlearned without its adapter", UNLEARNED, &base, true, clock, host).await?,
    ];
    let (original, with, without) = (bars[0].right, bars[1].right, bars[2].right);
    if let Some(retrain) = ctx.retrain {
        bars.push(ctx.bar("Retrain", RETRAIN, &retrain.clone().into(), true, clock, host).await?);
    }
    let retrain = bars.get(3).map(|bar| bar.right);
    let error = ctx.error(original, &ctx.forget.rows);
    let after = Trio { original, unlearned: without, retrain };
    let before = Trio { unlearned: with, ..after };
    let verdict = recovered(before, after, error);
    let last = match verdict {
        // No training is involved, so Retrain's figure is irrelevant here.
        Verdict::Broken if retrain.is_none() => "So forgetting does not survive this.",
        _ => conclusion(verdict, before, error),
    };
    let sentence = format!(
        "Without its adapter the model gets {} of 100 forgotten cases right instead of {}, as the original does ({}); {}. {} Merge the \
         adapter into the weights before you give the model away.",
        of_100(without),
        of_100(with),
        of_100(original),
        control(retrain, ""),
        last
    );
    Ok(ENTRY.finding(verdict, sentence, after.figures(), error, Chart::Bars { bars }))
}
