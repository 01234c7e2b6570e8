//! The loss attack (Yeom et al. 2018, arXiv 1709.01604): a row that the model answers correctly and with confidence was probably trained on.

use crate::Result;
use crate::attack::clock::Clock;
use crate::attack::context::AttackContext;
use crate::attack::entry::AttackEntry;
use crate::attack::membership::{found, losses};
use crate::attack::report::Finding;
use crate::host::Host;

/// The attack's entry.
pub const ENTRY: AttackEntry = AttackEntry {
    id: "loss",
    label: "Confidence",
    citation: "loss attack: Yeom et al. 2018, arXiv 1709.01604",
    summary: "The attacker looks at how sure the model is of the true answer: what it was trained on, it tends to know better. \
              What counts is whether the forgotten ratings are told more often than with a model that never saw them.",
    params: &[],
    text: &[],
    passes: |_, extent| extent.both_sets(),
    run: |ctx, _, clock, host| Box::pin(run(ctx, clock, host)),
};

async fn run(ctx: &AttackContext<'_>, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let mut scores = losses(ctx, &ctx.unseen, clock, host).await?;
    scores.iter_mut().flatten().flatten().for_each(|loss| *loss = -*loss);
    Ok(found(&ENTRY, ctx, &ctx.unseen, &scores, "minus the loss of the true answer, nats", "looks at the model’s confidence"))
}
