//! Do the measures measure? The faithfulness of a measure of memory (OpenUnlearning, arXiv 2506.12618): the AUC with which it tells models that were
//! trained on a person from models that were not.

use super::{auc, ks, loss_attack, losses};
use serde::Serialize;

/// What a measure may look at: a model's answers to one person's training rows, and what is known of these rows without a Retrain of the person.
pub struct PersonAnswers<'a> {
    /// log (p(Yes) / p(No)) of the model under judgement.
    pub log_odds: &'a [f64],
    /// The same of the original model, which was trained on the person.
    pub original: &'a [f64],
    /// The same of models that never saw the person (cross-fitted).
    pub expected: &'a [f64],
    /// The true answers.
    pub truth: &'a [bool],
    /// The model's losses on rows of people that no model was trained on.
    pub unseen_losses: &'a [f64],
}

/// A measure of how much a model knows of a person.
pub struct MemoryMeasure {
    /// Its id in files.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Higher if the model was rather trained on the person; `None` where it cannot be taken.
    pub score: fn(&PersonAnswers<'_>) -> Option<f64>,
}

/// All measures that are compared.
pub const MEMORY_MEASURES: &[MemoryMeasure] = &[
    MemoryMeasure { id: "logloss", name: "log loss", score: |answers| Some(-mean(&answers.losses(answers.log_odds))) },
    MemoryMeasure { id: "auc", name: "AUC", score: |answers| auc(answers.log_odds, answers.truth) },
    MemoryMeasure { id: "acc", name: "accuracy", score: |answers| Some(answers.accuracy()) },
    MemoryMeasure {
        id: "mia",
        name: "MIA (loss attack)",
        score: |answers| loss_attack(&answers.losses(answers.log_odds), answers.unseen_losses),
    },
    MemoryMeasure {
        id: "expected",
        name: "log loss beside the expected one",
        score: |answers| Some(mean(&answers.losses(answers.expected)) - mean(&answers.losses(answers.log_odds))),
    },
    MemoryMeasure { id: "lira", name: "LiRA from the cross-fit", score: |answers| Some(answers.likelihood_ratio()) },
    MemoryMeasure {
        id: "distance",
        name: "distance from the expected answers",
        score: |answers| Some(mean(&squares(answers.log_odds, answers.expected))),
    },
    MemoryMeasure {
        id: "nearness",
        name: "nearness to the original’s answers",
        score: |answers| Some(-mean(&squares(answers.log_odds, answers.original))),
    },
    MemoryMeasure {
        id: "ks",
        name: "KS test beside the expected answers",
        score: |answers| {
            let confidence = |log_odds: &[f64]| answers.losses(log_odds).iter().map(|loss| (-loss).exp()).collect::<Vec<_>>();
            ks(&confidence(answers.log_odds), &confidence(answers.expected)).map(|found| -found.p)
        },
    },
];

impl PersonAnswers<'_> {
    fn losses(&self, log_odds: &[f64]) -> Vec<f64> {
        let p_yes: Vec<f64> = log_odds.iter().map(|odds| 1.0 / (1.0 + (-odds).exp())).collect();
        losses(&p_yes, self.truth)
    }

    fn accuracy(&self) -> f64 {
        let right = self.log_odds.iter().zip(self.truth).filter(|(odds, liked)| (**odds > 0.0) == **liked).count();
        right as f64 / self.truth.len().max(1) as f64
    }

    /// The log likelihood ratio of LiRA (Carlini et al. 2022, arXiv 2112.03570) per example, averaged, up to a factor: the logit of the true answer is
    /// taken as normal around the original's where the row was learned and around the cross-fitted one where it was not, with one variance for all rows.
    fn likelihood_ratio(&self) -> f64 {
        let rows = self.log_odds.iter().zip(self.original).zip(self.expected);
        mean(&rows.map(|((odds, learned), not)| (learned - not) * (odds - (learned + not) / 2.0)).collect::<Vec<_>>())
    }
}

/// How well a measure tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Faithfulness {
    /// Id of the measure.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// AUC between models of the same person, mean over people: how an auditor sees it who has other models to compare with.
    pub among_models: f64,
    /// Standard error of that mean over people.
    pub error: f64,
    /// AUC over all people and models together: how one sees it who has a single model.
    pub alone: f64,
    /// Number of people.
    pub n_people: usize,
}

/// The faithfulness of a measure from its scores: for each person those of models that were trained on them, and those of models that were not.
/// `None` if there is nobody with both.
pub fn faithfulness(measure: &MemoryMeasure, people: &[[Vec<f64>; 2]]) -> Option<Faithfulness> {
    let tell = |with: &[f64], without: &[f64]| {
        let scores: Vec<f64> = with.iter().chain(without).copied().collect();
        let trained: Vec<bool> = (0..scores.len()).map(|k| k < with.len()).collect();
        auc(&scores, &trained)
    };
    let each: Vec<f64> = people.iter().filter_map(|[with, without]| tell(with, without)).collect();
    let all = |side: usize| people.iter().flat_map(|scores| scores[side].iter().copied()).collect::<Vec<f64>>();
    let alone = tell(&all(0), &all(1))?;
    let among_models = mean(&each);
    let variance = each.iter().map(|of| (of - among_models).powi(2)).sum::<f64>() / (each.len().max(2) - 1) as f64;
    let error = (variance / each.len().max(1) as f64).sqrt();
    Some(Faithfulness { id: measure.id, name: measure.name, among_models, error, alone, n_people: each.len() })
}

fn squares(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(id: &str) -> &'static MemoryMeasure {
        MEMORY_MEASURES.iter().find(|measure| measure.id == id).unwrap()
    }

    #[test]
    fn scores_by_hand() {
        let answers = |log_odds| PersonAnswers {
            log_odds,
            original: &[2.0, -2.0],
            expected: &[0.0, 0.0],
            truth: &[true, false],
            unseen_losses: &[0.5],
        };
        let score = |id: &str, log_odds| (measure(id).score)(&answers(log_odds)).unwrap();
        let loss = (1.0 + (-2f64).exp()).ln();
        assert!((score("logloss", &[2.0, -2.0]) + loss).abs() < 1e-12);
        assert!((score("expected", &[2.0, -2.0]) - (2f64.ln() - loss)).abs() < 1e-12);
        // Half way between the two is even; (2 − 0)(2 − 1) where it is the original.
        assert_eq!((score("lira", &[1.0, -1.0]), score("lira", &[2.0, -2.0]), score("lira", &[0.0, 0.0])), (0.0, 2.0, -2.0));
        assert_eq!((score("acc", &[1.0, 1.0]), score("auc", &[1.0, 0.0]), score("mia", &[2.0, -2.0])), (0.5, 1.0, 1.0));
        assert_eq!((score("distance", &[1.0, -3.0]), score("nearness", &[1.0, -3.0])), (5.0, -1.0));
    }

    #[test]
    fn a_measure_that_tells_within_people_alone_is_seen_as_such() {
        // Everybody's models with them score higher, but the second person's all lie above the first one's.
        let people = [[vec![2.0, 3.0], vec![1.0]], [vec![12.0, 13.0], vec![11.0]]];
        let found = faithfulness(measure("logloss"), &people).unwrap();
        assert_eq!((found.among_models, found.error, found.n_people), (1.0, 0.0, 2));
        // Of the 4 × 2 pairs, (2, 11) and (3, 11) are the wrong way round.
        assert_eq!(found.alone, 0.75);
        assert!(faithfulness(measure("logloss"), &[]).is_none());
    }
}
