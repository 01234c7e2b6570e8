//! Requantisation (Zhang et al. 2024, arXiv 2410.16454): the adapter is merged into the weights and these are rounded to fewer bits, as many do
//! before they give a model away. Rounding may undo a change that is smaller than its step.

use super::AttackEntry;
use super::judge::{Trio, conclusion, control, of_100, recovered};
use super::merge::merged;
use super::report::{Bar, Chart, Finding};
use super::scene::{Clock, ORIGINAL, RETRAIN, Scene, UNLEARNED, finding, skipped};
use crate::Result;
use crate::linear::Bits;
use crate::train::host::Host;
use crate::unlearn::Recommender;

pub const ENTRY: AttackEntry = AttackEntry {
    id: "requantise",
    label: "Rounded to 8 and 4 bits",
    citation: "Zhang et al. 2024, arXiv 2410.16454",
    summary: "The model is merged with its adapter and rounded to fewer bits. What was forgotten by small changes of many weights may \
              come back when they are rounded away.",
    params: &[],
    text: &[],
    passes: |_, extent| 3.0 * extent.n_models as f64 * (extent.n_forget + extent.n_test) as f64,
};

pub async fn run<H: Host>(scene: &Scene<'_>, clock: &mut Clock, host: &mut H) -> Result<Finding> {
    let Some(student) = scene.student() else {
        return Ok(skipped(&ENTRY, "This method makes several models that answer together; they are not rounded here."));
    };
    let mut bars: Vec<Bar> = Vec::new();
    for (name, label, model) in
        [(ORIGINAL, "Original", Some(scene.original)), (UNLEARNED, "Unlearned", Some(student)), (RETRAIN, "Retrain", scene.retrain)]
    {
        let Some(model) = model else { continue };
        bars.push(scene.bar(label, name, &model.clone().into(), true, clock, host).await?);
        for (bits, said) in [(Bits::Eight, "8 bits"), (Bits::Four, "4 bits")] {
            let rounded = Recommender::from(merged(model, Some(bits)).await?);
            bars.push(scene.bar(&format!("{label}, {said}"), name, &rounded, true, clock, host).await?);
        }
    }
    let at = |idx: usize| bars.get(idx).map(|bar| bar.right);
    let (original, before, eight, four, retrain) = (bars[0].right, bars[3].right, bars[4].right, bars[5].right, at(8));
    let error = scene.error(original, &scene.forget.rows);
    // The harder of the two roundings, against models that were rounded alike.
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
    Ok(finding(&ENTRY, verdict, sentence, after.figures(), error, Chart::Bars { bars }))
}
