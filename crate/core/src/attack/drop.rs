//! Dropping the adapter: what a method writes into an adapter is undone by whoever leaves the adapter away.

use super::AttackEntry;
use super::judge::{Trio, conclusion, control, of_100, recovered};
use super::report::{Chart, Finding, Verdict};
use super::scene::{Clock, ORIGINAL, RETRAIN, Scene, UNLEARNED, finding, skipped};
use crate::Result;
use crate::model::Network;
use crate::train::host::Host;
use crate::unlearn::Recommender;

pub const ENTRY: AttackEntry = AttackEntry {
    id: "drop",
    label: "Adapter left away",
    citation: "LoRA keeps the base: Hu et al. 2021, arXiv 2106.09685",
    summary: "The attacker loads the base without the adapter that makes it forget. The base never changed, so everything is back: \
              who gives the model away must merge the adapter first.",
    params: &[],
    text: &[],
    passes: |_, extent| (extent.n_models + 1) as f64 * (extent.n_forget + extent.n_test) as f64,
};

pub async fn run<H: Host>(scene: &Scene<'_>, clock: &mut Clock, host: &mut H) -> Result<Finding> {
    let Some(student) = scene.student().filter(|model| model.has_adapter()) else {
        return Ok(skipped(&ENTRY, "This method makes whole models: there is no adapter that could be left away."));
    };
    let base = Recommender::from(student.without_adapter());
    let mut bars = vec![
        scene.bar("Original", ORIGINAL, &scene.original.clone().into(), true, clock, host).await?,
        scene.bar("Unlearned", UNLEARNED, scene.unlearned, true, clock, host).await?,
        scene.bar("Unlearned without its adapter", UNLEARNED, &base, true, clock, host).await?,
    ];
    let (original, with, without) = (bars[0].right, bars[1].right, bars[2].right);
    if let Some(retrain) = scene.retrain {
        bars.push(scene.bar("Retrain", RETRAIN, &retrain.clone().into(), true, clock, host).await?);
    }
    let retrain = bars.get(3).map(|bar| bar.right);
    let error = scene.error(original, &scene.forget.rows);
    let after = Trio { original, unlearned: without, retrain };
    let before = Trio { unlearned: with, ..after };
    let verdict = recovered(before, after, error);
    let last = match verdict {
        // Training has no part in this: what Retrain gives is no matter.
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
    Ok(finding(&ENTRY, verdict, sentence, after.figures(), error, Chart::Bars { bars }))
}
