//! Requantisation (Zhang et al. 2024, arXiv 2410.16454): the adapter is merged into the weights, which are then rounded to fewer bits, as is common
//! before a model is distributed. Rounding may undo changes smaller than its step.

use crate::Result;
use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, ORIGINAL, RETRAIN, UNLEARNED};
use crate::attack::entry::AttackEntry;
use crate::attack::judge::{Trio, conclusion, control, of_100, recovered};
use crate::attack::merge::merged;
use crate::attack::report::{Bar, Chart, Finding};
use crate::host::Host;
use crate::linear::Bits;
use crate::unlearn::engine::recommender::Recommender;

/// The attack's entry.
pub const ENTRY: AttackEntry = AttackEntry {
    id: "requantise",
    label: "Requantised to 8 and 4 bits",
    citation: "Zhang et al. 2024, arXiv 2410.16454",
    summary: "The model is merged with its adapter and rounded to fewer bits. What was forgotten by small changes of many weights may \
              come back when they are rounded away.",
    params: &[],
    text: &[],
    passes: |_, extent| 3.0 * extent.n_models as f64 * (extent.n_forget + extent.n_test) as f64,
    run: |ctx, _, clock, host| Box::pin(run(ctx, clock, host)),
};

async fn run(ctx: &AttackContext<'_>, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let Some(student) = ctx.student() else {
        return Ok(ENTRY.skipped("This method makes several models that answer together; they are not rounded here."));
    };
    let mut bars: Vec<Bar> = Vec::new();
    for (name, label, model) in
        [(ORIGINAL, "Original", Some(ctx.original)), (UNLEARNED, "Unlearned", Some(student)), (RETRAIN, "Retrain", ctx.retrain)]
    {
        let Some(model) = model else { continue };
        bars.push(ctx.bar(label, name, &model.clone().into(), true, clock, host).await?);
        for (bits, said) in [(Bits::Eight, "8 bits"), (Bits::Four, "4 bits")] {
            let rounded = Recommender::from(merged(model, Some(bits)).await?);
            bars.push(ctx.bar(&format!("{label}, {said}"), name, &rounded, true, clock, host).await?);
        }
    }
    let at = |idx: usize| bars.get(idx).map(|bar| bar.right);
    let (original, before, eight, four, retrain) = (bars[0].right, bars[3].right, bars[4].right, bars[5].right, at(8));
    let error = ctx.error(original, &ctx.forget.rows);
    // The coarser of the two roundings, compared with models that were rounded the same way.
    let after = Trio { original: bars[2].right, unlearned: four, retrain };
    let plain = Trio { original, unlearned: before, retrain: at(6) };
    let verdict = recovered(plain, after, error);
    let sentence = format!(
        "Merged and rounded to 8 bits, the model gets {} of 100 forgotten cases right, to 4 bits {}; it was {} before. With 4 bits the \
         original gives {}; {}. {}",
        of_100(eight),
        of_100(four),
        of_100(before),
        of_100(bars[2].right),
        control(retrain, " with 4 bits"),
        conclusion(verdict, plain, error)
    );
    Ok(ENTRY.finding(verdict, sentence, after.figures(), error, Chart::Bars { bars }))
}
