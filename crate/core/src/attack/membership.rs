//! What the three membership attacks have in common: forget rows are members, validation rows of people never trained on are the others, and a
//! score is to tell them apart.
//!
//! Those two sets differ in more than membership (time, and how hard their rows are), so not 0.5 is the goal but what Retrain gives.

use super::AttackEntry;
use super::judge::{judge, of_100, standard_error};
use super::report::{Chart, Finding, RocLine, SampleScore, Verdict};
use super::roc::roc;
use super::scene::{Clock, ORIGINAL, RETRAIN, Rows, Scene, UNLEARNED, finding, skipped};
use crate::train::host::Host;
use crate::{Result, metric};

/// Scores of one model on the members and on the others.
pub type Scores = [Vec<f64>; 2];

/// Losses of every model on both sets, in the order of [`Scene::models`].
pub async fn losses<H: Host>(scene: &Scene<'_>, others: &Rows<'_>, clock: &mut Clock, host: &mut H) -> Result<Vec<Scores>> {
    let mut all = Vec::new();
    for (_, model) in scene.models() {
        let mut of = Vec::new();
        for set in [&scene.forget, others] {
            let p = scene.p_yes(&model, set.encoded, &set.rows, clock, host).await?;
            of.push(metric::losses(&p, &set.labels()));
        }
        let others = of.pop().unwrap_or_default();
        all.push([of.pop().unwrap_or_default(), others]);
    }
    Ok(all)
}

/// The finding of an attack from its scores, model by model. `how` says what the attacker does, after “An attacker who”.
pub fn found(entry: &AttackEntry, scene: &Scene<'_>, others: &Rows<'_>, scores: &[Scores], score: &str, how: &str) -> Finding {
    let names: Vec<&str> = scene.models().iter().map(|(name, _)| *name).collect();
    let lines: Vec<RocLine> = names.iter().zip(scores).filter_map(|(name, [members, others])| roc(name, members, others)).collect();
    if lines.len() < names.len() {
        return skipped(
            entry,
            "There is nobody to compare with: every person of the validation rows has training rows, or a score is no number.",
        );
    }
    let auc = |name: &str| lines.iter().find(|line| line.model == name).map(|line| line.auc);
    let (original, unlearned, retrain) = (auc(ORIGINAL).unwrap_or(0.5), auc(UNLEARNED).unwrap_or(0.5), auc(RETRAIN));
    let error = standard_error(unlearned, scene.forget.rows.len(), others.rows.len());
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
    let samples = samples(scene, others, scores);
    finding(entry, verdict, sentence, [Some(original), Some(unlearned), retrain], error, Chart::Roc { score: score.into(), lines, samples })
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

fn samples(scene: &Scene<'_>, others: &Rows<'_>, scores: &[Scores]) -> Vec<SampleScore> {
    let mut all = Vec::new();
    for (set, side, member) in [(&scene.forget, 0, true), (others, 1, false)] {
        for (at, row) in set.rows.iter().enumerate() {
            let sample = &set.samples[*row as usize];
            all.push(SampleScore {
                user: sample.user,
                item: sample.item,
                title: scene.dataset.item(sample.item).map_or_else(|| format!("item {}", sample.item), |item| item.title.clone()),
                liked: sample.label(),
                member,
                // As many digits as anybody can use: thousands of rows travel.
                scores: scores.iter().map(|of| (of[side][at] * 1e5).round() / 1e5).collect(),
            });
        }
    }
    all
}
