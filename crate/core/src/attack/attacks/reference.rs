//! The reference attack (Carlini et al. 2022, arXiv 2112.03570; Ye et al. 2022, arXiv 2111.09679): the score is the confidence relative to a
//! reference model, which corrects for how hard each row is.
//!
//! The reference is Retrain, which never saw the rows. Without one it is Original with the sign reversed: an attacker with both models takes the
//! rows that lost confidence for the forgotten ones (Chen et al. 2021, arXiv 2005.02205).

use crate::Result;
use crate::attack::clock::Clock;
use crate::attack::context::AttackContext;
use crate::attack::entry::AttackEntry;
use crate::attack::membership::{Scores, found, losses};
use crate::attack::report::Finding;
use crate::host::Host;

/// The attack's entry.
pub const ENTRY: AttackEntry = AttackEntry {
    id: "reference",
    label: "Confidence against a reference",
    citation: "reference attack: Carlini et al. 2022, arXiv 2112.03570; Ye et al. 2022, arXiv 2111.09679; before and after: Chen et al. 2021, arXiv 2005.02205",
    summary: "The attacker has a second model that never saw the forgotten ratings, and looks where the first one is surer than it. \
              A model that forgot well is no surer anywhere than chance has it.",
    params: &[],
    text: &[],
    passes: |_, extent| extent.both_sets(),
    run: |ctx, _, clock, host| Box::pin(run(ctx, clock, host)),
};

async fn run(ctx: &AttackContext<'_>, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let losses = losses(ctx, &ctx.unseen, clock, host).await?;
    let (score, sign, reference, how) = match ctx.retrain {
        Some(_) => (
            "loss of Retrain minus loss of the model, nats",
            1.0,
            losses.last(),
            "compares its confidence with that of a model that never saw them",
        ),
        None => {
            ("loss of the model minus loss of Original, nats", -1.0, losses.first(), "sees where it is less confident than the original")
        }
    };
    let reference = reference.cloned().unwrap_or_default();
    Ok(found(&ENTRY, ctx, &ctx.unseen, &gains(&losses, &reference, sign), score, how))
}

/// `sign` · (ℓ_ref − ℓ), by model and by row.
fn gains(losses: &[Scores], reference: &Scores, sign: f64) -> Vec<Scores> {
    let gain = |own: &[f64], other: &[f64]| other.iter().zip(own).map(|(r, l)| sign * (r - l)).collect();
    losses.iter().map(|own| [gain(&own[0], &reference[0]), gain(&own[1], &reference[1])]).collect()
}

#[cfg(test)]
mod tests {
    use super::gains;

    #[test]
    fn gains_by_hand() {
        let model = [vec![1.5, 0.5], vec![0.25]];
        let reference = [vec![2.0, 0.25], vec![0.25]];
        let got = gains(&[model.clone(), reference.clone()], &reference, 1.0);
        assert_eq!(got, [[vec![0.5, -0.25], vec![0.0]], [vec![0.0, 0.0], vec![0.0]]]);
        assert_eq!(gains(&[model], &reference, -1.0), [[vec![-0.5, 0.25], vec![-0.0]]]);
    }
}
