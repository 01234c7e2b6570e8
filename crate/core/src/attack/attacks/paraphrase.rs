//! Paraphrase: is forgotten knowledge revealed when the same question is asked differently?
//!
//! A nano's prompts have no words, so its question is asked after a part of the user's history (the last five ratings of up to ten), or after the
//! same history in reverse order. A language model is asked in these two ways as well, in its own wording: a package keeps only the tokens of that
//! one, so most words of the other (`simple` ↔ `compact`) would be unknown to it.

use crate::Result;
use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, ORIGINAL, UNLEARNED};
use crate::attack::entry::AttackEntry;
use crate::attack::judge::{Trio, conclusion, control, of_100, recovered, right};
use crate::attack::report::{Bar, Chart, Finding};
use crate::data::batch::Encoded;
use crate::data::prompt::{MAX_HISTORY, Question};
use crate::host::Host;

/// The attack's entry.
pub const ENTRY: AttackEntry = AttackEntry {
    id: "paraphrase",
    label: "Paraphrased prompts",
    citation: "paraphrased prompts: Maini et al. 2024 (TOFU), arXiv 2401.06121; Lynch et al. 2024, arXiv 2402.16835",
    summary: "The attacker asks the same question in other words: after the last five ratings only, and after the same ratings in reverse \
              order. What was forgotten for one wording may still be there for another.",
    params: &[],
    text: &[],
    passes: |_, extent| 3.0 * extent.forget(),
    run: |ctx, _, clock, host| Box::pin(run(ctx, clock, host)),
};

/// A function that changes the history, given oldest first.
type Wording = fn(&[(u32, f32)]) -> Vec<(u32, f32)>;

/// The ways to ask, with their display names.
const WORDINGS: [(&str, Wording); 3] =
    [("as trained", <[(u32, f32)]>::to_vec), ("last five ratings only", last_five), ("ratings in reverse order", reversed)];

fn last_five(earlier: &[(u32, f32)]) -> Vec<(u32, f32)> {
    earlier[earlier.len().saturating_sub(5)..].to_vec()
}

/// The ratings that a prompt shows, in reverse; earlier ones stay in place, since profiles count them.
fn reversed(earlier: &[(u32, f32)]) -> Vec<(u32, f32)> {
    let mut all = earlier.to_vec();
    let first_shown = all.len().saturating_sub(MAX_HISTORY);
    all[first_shown..].reverse();
    all
}

async fn run(ctx: &AttackContext<'_>, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let rows: Vec<u32> = (0..ctx.forget.rows.len() as u32).collect();
    let mut bars: Vec<Bar> = Vec::new();
    for (said, wording) in WORDINGS {
        let mut prompts = Encoded::default();
        for row in &ctx.forget.rows {
            let sample = &ctx.forget.samples[*row as usize];
            let asked = ctx.split.question(sample);
            let earlier = wording(asked.earlier);
            prompts.push(&Question { earlier: &earlier, ..asked }, sample.label(), ctx.vocabulary);
        }
        for (name, model) in ctx.models() {
            let forget = ctx.quality(&model, &prompts, &rows, clock, host).await?;
            bars.push(Bar { label: format!("{}, {said}", title(name)), model: name.into(), right: right(&forget), forget, test: None });
        }
    }
    let n_models = ctx.models().len();
    let at = |wording: usize, model: usize| bars[wording * n_models + model].right;
    let retrain = |wording: usize| (n_models > 2).then(|| at(wording, 2));
    // The wording that recovers most, relative to Retrain's answers to it.
    let gained = |wording: usize| at(wording, 1) - retrain(wording).unwrap_or(at(0, 1));
    let worst = if gained(2) > gained(1) { 2 } else { 1 };
    let of = |wording: usize| Trio { original: at(wording, 0), unlearned: at(wording, 1), retrain: retrain(wording) };
    let (before, after) = (of(0), of(worst));
    let error = ctx.error(after.original, &ctx.forget.rows);
    let verdict = recovered(before, after, error);
    let sentence = format!(
        "With paraphrased prompts ({}), the model gets {} of 100 forgotten cases right, {} when asked as trained; the original gets {} so, and \
         {}. {}",
        WORDINGS[worst].0,
        of_100(after.unlearned),
        of_100(before.unlearned),
        of_100(after.original),
        control(after.retrain, " when asked so"),
        conclusion(verdict, before, error)
    );
    Ok(ENTRY.finding(verdict, sentence, after.figures(), error, Chart::Bars { bars }))
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
