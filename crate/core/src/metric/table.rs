//! The metric table: one line a metric. Reports' tables, tooltips and `docs/metrics.md` are made from it; a metric's own file has its row.

use super::answers::ForgetAnswers;
use super::entry::{EXTRA, MetricEntry, Shown};
use super::{cost, divergence, fairness, gap, ks, membership, memorisation, quality, ranking};
use std::collections::BTreeMap;

/// Every metric, in the order of the columns.
pub const METRICS: &[MetricEntry] = &[
    quality::TEST_AUC,
    quality::TEST_ACC,
    quality::TEST_LOGLOSS,
    quality::TEST_ECE,
    ranking::HR_10,
    ranking::NDCG_10,
    quality::RETAIN_AUC,
    quality::NEIGHBOUR_AUC,
    quality::LISTS_KEPT,
    fairness::GAP,
    quality::FORGET_AUC,
    quality::FORGET_ACC,
    quality::FORGET_LOGLOSS,
    quality::FORGET_ECE,
    gap::CLOSED,
    divergence::JSD,
    divergence::JSD_YES_NO,
    divergence::SYM_KL,
    divergence::L2,
    membership::LOSS_ATTACK,
    membership::REFERENCE_ATTACK,
    membership::PRIV_LEAK,
    memorisation::S_MA,
    memorisation::S_EL,
    ks::KS_P,
    cost::SECONDS,
    cost::RATIO,
    cost::STEPS,
    cost::TRAINED,
    cost::MEMORY,
    quality::VALID_AUC,
];

/// The metrics that a table shows.
pub fn shown_in(table: Shown) -> impl Iterator<Item = &'static MetricEntry> {
    METRICS.iter().filter(move |metric| metric.is_in(table))
}

/// A column's head in a table without groups: the short name where no other column has it.
pub fn head(metric: &MetricEntry, table: Shown) -> &'static str {
    let n = shown_in(table).filter(|other| other.short == metric.short).count();
    if n > 1 { metric.label } else { metric.short }
}

/// The metrics without a field of their own, by the last part of their path; what is not finite is left out.
pub fn extra(metrics: &[MetricEntry], answers: &ForgetAnswers) -> BTreeMap<String, f64> {
    let one = |metric: &MetricEntry| {
        let value = metric.compute?(answers).filter(|value| value.is_finite())?;
        Some((metric.path.strip_prefix(EXTRA)?.to_owned(), value))
    };
    metrics.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::entry::{Better, MetricGroup};
    use std::collections::BTreeSet;

    #[test]
    fn rows_are_whole() {
        let (mut ids, mut paths) = (BTreeSet::new(), BTreeSet::new());
        for metric in METRICS {
            assert!(ids.insert(metric.id) && paths.insert(metric.path), "{} is there twice", metric.id);
            assert!(!metric.help.is_empty() && !metric.formula.is_empty() && !metric.help.ends_with('.'), "{}", metric.id);
            assert_eq!(metric.compute.is_some(), metric.path.starts_with(EXTRA), "{}", metric.id);
            assert!(MetricGroup::ALL.iter().any(|(group, ..)| *group == metric.group), "{}", metric.id);
        }
    }

    #[test]
    fn heads_without_groups_are_told_apart() {
        assert_eq!((head(&quality::TEST_AUC, Shown::Comparison), head(&quality::TEST_ACC, Shown::Comparison)), ("test AUC", "ACC"));
        assert_eq!(head(&quality::TEST_ACC, Shown::Run), "test ACC");
    }

    /// Brier score: the mean square of p(Yes) − truth.
    const BRIER: MetricEntry = MetricEntry {
        better: Better::NearRetrain,
        compute: Some(|answers| {
            let squares = answers.p_yes.iter().zip(answers.truth).map(|(p, truth)| (p - f64::from(*truth)).powi(2));
            Some(squares.sum::<f64>() / answers.truth.len() as f64)
        }),
        ..MetricEntry::new("brier", "forget.extra.brier", "Brier", MetricGroup::Forget)
    };

    #[test]
    fn a_metric_is_one_line_of_the_table() {
        let metrics = [METRICS, &[BRIER]].concat();
        let answers = ForgetAnswers { logits: &[0.0; 4], retrain: None, width: 2, p_yes: &[0.5, 0.75], truth: &[true, true] };
        let found = extra(&metrics, &answers);
        assert_eq!(found, BTreeMap::from([("brier".to_owned(), (0.25 + 0.0625) / 2.0)]));
        // It stands in the report under its path, and a report without it has no trace of the map.
        let mut figures = crate::metric::ForgetFigures { extra: found, ..Default::default() };
        let json = serde_json::json!({ "forget": figures });
        assert_eq!(json.pointer("/forget/extra/brier").and_then(serde_json::Value::as_f64), Some(0.15625));
        assert_eq!(serde_json::from_value::<crate::metric::ForgetFigures>(json["forget"].clone()).unwrap(), figures);
        figures.extra.clear();
        assert!(!serde_json::to_string(&figures).unwrap().contains("extra"));
        // No rows: 0 / 0 is left out.
        assert!(extra(&metrics, &ForgetAnswers { logits: &[], p_yes: &[], truth: &[], ..answers }).is_empty());
    }
}
