//! The common part of the three membership attacks. Forget rows are the members, validation rows of unseen users the non-members, and a score has
//! to distinguish them.
//!
//! The two sets differ in more than membership (in time, and in how hard their rows are), so the goal is Retrain's result, not 0.5.

use super::entry::AttackEntry;
use super::judge::{judge, of_100, standard_error};
use super::report::{Chart, Finding, RocLine, SampleScore, Verdict};
use super::roc::roc;
use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, ORIGINAL, RETRAIN, Rows, UNLEARNED};
use crate::host::Host;
use crate::{Result, metric};

/// Scores of one model on the members and on the non-members.
pub type Scores = [Vec<f64>; 2];

/// Losses of every model on both sets, in the order of [`AttackContext::models`].
pub async fn losses(ctx: &AttackContext<'_>, others: &Rows<'_>, clock: &mut Clock, host: &mut dyn Host) -> Result<Vec<Scores>> {
    let mut all = Vec::new();
    for (_, model) in ctx.models() {
        let mut of = Vec::new();
        for set in [&ctx.forget, others] {
            let p = ctx.p_yes(&model, set.encoded, &set.rows, clock, host).await?;
            of.push(metric::losses(&p, &set.labels()));
        }
        let others = of.pop().unwrap_or_default();
        all.push([of.pop().unwrap_or_default(), others]);
    }
    Ok(all)
}

/// The finding of an attack from its scores, by model. `how` describes the attacker's action, after “An attacker who”.
pub fn found(entry: &AttackEntry, ctx: &AttackContext<'_>, others: &Rows<'_>, scores: &[Scores], score: &str, how: &str) -> Finding {
    let names: Vec<&str> = ctx.models().iter().map(|(name, _)| *name).collect();
    let lines: Vec<RocLine> = names.iter().zip(scores).filter_map(|(name, [members, others])| roc(name, members, others)).collect();
    if lines.len() < names.len() {
        return entry
            .skipped("There is nobody to compare with: every person of the validation rows has training rows, or a score is no number.");
    }
    let auc = |name: &str| lines.iter().find(|line| line.model == name).map(|line| line.auc);
    let (original, unlearned, retrain) = (auc(ORIGINAL).unwrap_or(0.5), auc(UNLEARNED).unwrap_or(0.5), auc(RETRAIN));
    let error = standard_error(unlearned, ctx.forget.rows.len(), others.rows.len());
    let verdict = judge(original, unlearned, retrain, error);
    let against = match retrain {
        Some(value) => format!("in {} with the original model, and in {} with one that never saw them", of_100(original), of_100(value)),
        None => format!("in {} with the original model; there is no Retrain to say what would be right", of_100(original)),
    };
    let guessing = match retrain {
        Some(retrain) if retrain < 0.47 => "50 is guessing; the forgotten ones are harder than the others for any model",
        Some(retrain) if retrain > 0.53 => "50 is guessing; the forgotten ones are easier than the others for any model",
        _ => "50 is guessing",
    };
    let sentence = format!(
        "Shown a forgotten rating and one that the model never saw, an attacker who {how} takes the right one for forgotten in {} of 100 \
         cases ({guessing}), {against}. {}",
        of_100(unlearned),
        conclusion(verdict, retrain.is_some())
    );
    let samples = samples(ctx, others, scores);
    entry.finding(verdict, sentence, [Some(original), Some(unlearned), retrain], error, Chart::Roc { score: score.into(), lines, samples })
}

fn conclusion(verdict: Verdict, has_retrain: bool) -> &'static str {
    match verdict {
        Verdict::Held => "So the model tells no more about who was forgotten than one that never saw them.",
        Verdict::Partly => "So part of the trace is still there.",
        Verdict::Broken => "So the forgotten are as easy to tell as before.",
        Verdict::Overdone => "So they stand out the other way round: by being forgotten too well.",
        Verdict::Unclear if has_retrain => "It hardly tells even the original from that one, so this attack proves nothing here.",
        Verdict::Unclear => "So whether that is too much cannot be said.",
        Verdict::Skipped => "",
    }
}

fn samples(ctx: &AttackContext<'_>, others: &Rows<'_>, scores: &[Scores]) -> Vec<SampleScore> {
    let mut all = Vec::new();
    for (set, side, member) in [(&ctx.forget, 0, true), (others, 1, false)] {
        for (at, row) in set.rows.iter().enumerate() {
            let sample = &set.samples[*row as usize];
            all.push(SampleScore {
                user: sample.user,
                item: sample.item,
                title: ctx.dataset.item(sample.item).map_or_else(|| format!("item {}", sample.item), |item| item.title.clone()),
                liked: sample.label(),
                member,
                // Rounded to the digits of any use, since thousands of rows are transferred.
                scores: scores.iter().map(|of| (of[side][at] * 1e5).round() / 1e5).collect(),
            });
        }
    }
    all
}
