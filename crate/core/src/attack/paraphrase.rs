//! The same question in other words: does what was forgotten show when it is asked for otherwise?
//!
//! A nano has no words, so its question is asked after a part of what the person said (the last five ratings of up to ten), or after the same in
//! reverse order. A language model is asked these two as well, in its own wording: a package keeps the tokens of that one alone, so most words of
//! the other (`simple` ↔ `compact`) would be unknown to it.

use super::AttackEntry;
use super::judge::{Trio, conclusion, control, of_100, recovered, right};
use super::report::{Bar, Chart, Finding};
use super::scene::{Clock, ORIGINAL, Scene, UNLEARNED, finding};
use crate::Result;
use crate::data::batch::Encoded;
use crate::data::prompt::{MAX_HISTORY, Question};
use crate::train::host::Host;

pub const ENTRY: AttackEntry = AttackEntry {
    id: "paraphrase",
    label: "Asked otherwise",
    citation: "paraphrased prompts: Maini et al. 2024 (TOFU), arXiv 2401.06121; Lynch et al. 2024, arXiv 2402.16835",
    summary: "The attacker asks the same question in other words: after the last five ratings only, and after the same ratings in reverse \
              order. What was forgotten for one wording may still be there for another.",
    params: &[],
    text: &[],
    passes: |_, extent| 3.0 * extent.forget(),
};

/// A way to change the history, oldest first.
type Wording = fn(&[(u32, f32)]) -> Vec<(u32, f32)>;

/// Ways to ask, for people.
const WORDINGS: [(&str, Wording); 3] =
    [("as trained", <[(u32, f32)]>::to_vec), ("last five ratings only", last_five), ("ratings in reverse order", reversed)];

fn last_five(earlier: &[(u32, f32)]) -> Vec<(u32, f32)> {
    earlier[earlier.len().saturating_sub(5)..].to_vec()
}

/// What a prompt shows in reverse; what it does not show stays, for profiles count it.
fn reversed(earlier: &[(u32, f32)]) -> Vec<(u32, f32)> {
    let mut all = earlier.to_vec();
    let shown = all.len().saturating_sub(MAX_HISTORY);
    all[shown..].reverse();
    all
}

pub async fn run<H: Host>(scene: &Scene<'_>, clock: &mut Clock, host: &mut H) -> Result<Finding> {
    let rows: Vec<u32> = (0..scene.forget.rows.len() as u32).collect();
    let mut bars: Vec<Bar> = Vec::new();
    for (said, wording) in WORDINGS {
        let mut prompts = Encoded::default();
        for row in &scene.forget.rows {
            let sample = &scene.forget.samples[*row as usize];
            let asked = scene.split.question(sample);
            let earlier = wording(asked.earlier);
            prompts.push(&Question { earlier: &earlier, ..asked }, sample.label(), scene.vocabulary);
        }
        for (name, model) in scene.models() {
            let forget = scene.quality(&model, &prompts, &rows, clock, host).await?;
            bars.push(Bar { label: format!("{}, {said}", title(name)), model: name.into(), right: right(&forget), forget, test: None });
        }
    }
    let n_models = scene.models().len();
    let at = |wording: usize, model: usize| bars[wording * n_models + model].right;
    let retrain = |wording: usize| (n_models > 2).then(|| at(wording, 2));
    // The wording that brings most back, measured from what Retrain makes of it.
    let gained = |wording: usize| at(wording, 1) - retrain(wording).unwrap_or(at(0, 1));
    let worst = if gained(2) > gained(1) { 2 } else { 1 };
    let of = |wording: usize| Trio { original: at(wording, 0), unlearned: at(wording, 1), retrain: retrain(wording) };
    let (before, after) = (of(0), of(worst));
    let error = scene.error(after.original, &scene.forget.rows);
    let verdict = recovered(before, after, error);
    let sentence = format!(
        "Asked otherwise ({}), the model gets {} of 100 forgotten cases right, {} when asked as trained; the original gets {} so, and \
         {}. {}",
        WORDINGS[worst].0,
        of_100(after.unlearned),
        of_100(before.unlearned),
        of_100(after.original),
        control(after.retrain, " when asked so"),
        conclusion(verdict, before, error)
    );
    Ok(finding(&ENTRY, verdict, sentence, after.figures(), error, Chart::Bars { bars }))
}

fn title(name: &str) -> &'static str {
    match name {
        ORIGINAL => "Original",
        UNLEARNED => "Unlearned",
        _ => "Retrain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wordings_by_hand() {
        let earlier: Vec<(u32, f32)> = (1..=12).map(|item| (item, 3.0)).collect();
        let items = |ratings: Vec<(u32, f32)>| ratings.into_iter().map(|(item, _)| item).collect::<Vec<_>>();
        assert_eq!(items(last_five(&earlier)), [8, 9, 10, 11, 12]);
        assert_eq!(items(reversed(&earlier)), [1, 2, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
        assert_eq!(items(last_five(&earlier[..3])), [1, 2, 3]);
    }
}
