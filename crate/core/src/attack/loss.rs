//! The loss attack (Yeom et al. 2018, arXiv 1709.01604): a row that the model answers with confidence and right was probably trained on.

use super::AttackEntry;
use super::membership::{found, losses};
use super::report::Finding;
use super::scene::{Clock, Scene, both_sets};
use crate::Result;
use crate::train::host::Host;

pub const ENTRY: AttackEntry = AttackEntry {
    id: "loss",
    label: "Confidence",
    citation: "loss attack: Yeom et al. 2018, arXiv 1709.01604",
    summary: "The attacker looks at how sure the model is of the true answer: what it was trained on, it tends to know better. \
              What counts is whether the forgotten ratings are told more often than with a model that never saw them.",
    params: &[],
    text: &[],
    passes: |_, extent| both_sets(extent),
};

pub async fn run<H: Host>(scene: &Scene<'_>, clock: &mut Clock, host: &mut H) -> Result<Finding> {
    let mut scores = losses(scene, &scene.unseen, clock, host).await?;
    scores.iter_mut().flatten().flatten().for_each(|loss| *loss = -*loss);
    Ok(found(&ENTRY, scene, &scene.unseen, &scores, "minus the loss of the true answer, nats", "looks at the model’s confidence"))
}
