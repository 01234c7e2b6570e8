//! Equalised odds (Hardt et al. 2016, arXiv 1610.02413): are true and false positive rates equal in two groups?

use super::entry::{MetricEntry, MetricGroup, Shown};

/// True and false positive rates in two groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// Share of Yes among the rows whose true answer is Yes, by group.
    pub true_positive: [f64; 2],
    /// Share of Yes among the rows whose true answer is No, by group.
    pub false_positive: [f64; 2],
}

impl Odds {
    /// Equalised-odds gap: the larger of the two differences between the groups.
    pub fn gap(&self) -> f64 {
        let of = |rates: [f64; 2]| (rates[0] - rates[1]).abs();
        of(self.true_positive).max(of(self.false_positive))
    }
}

/// The rates at p(Yes) > 0.5 by group; `None` if a group lacks one of the true answers.
pub fn odds(p_yes: &[f64], labels: &[bool], second: &[bool]) -> Option<Odds> {
    assert!(p_yes.len() == labels.len() && labels.len() == second.len(), "one label and one group a probability");
    let rate = |truth: bool, group: bool| {
        let of = || p_yes.iter().zip(labels).zip(second).filter(|((_, label), of)| **label == truth && **of == group);
        let n = of().count();
        (n > 0).then(|| of().filter(|((p, _), _)| **p > 0.5).count() as f64 / n as f64)
    };
    let both = |truth: bool| Some([rate(truth, false)?, rate(truth, true)?]);
    Some(Odds { true_positive: both(true)?, false_positive: both(false)? })
}

/// The row of the metric table.
pub const GAP: MetricEntry = MetricEntry {
    shown: &[Shown::Figures, Shown::Comparison],
    help: "Test set: how much more often one group of people is answered right or wrong than the other (equalised odds); women and men where the data say, \
           else those who rate less and more. Groups that like unlike shares of what they rate have a gap in any good model: what counts is how it \
           differs from Retrain’s",
    formula: "larger of |difference of true positive rates| and |difference of false positive rates|",
    citation: "Hardt et al. 2016, arXiv 1610.02413",
    ..MetricEntry::new("fairness", "fairness.gap", "fairness gap", MetricGroup::Fairness)
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let p = [0.9, 0.2, 0.8, 0.6, 0.4, 0.7];
        let labels = [true, true, false, true, false, false];
        let second = [false, false, false, true, true, true];
        let found = odds(&p, &labels, &second).unwrap();
        assert_eq!((found.true_positive, found.false_positive), ([0.5, 1.0], [1.0, 0.5]));
        assert_eq!(found.gap(), 0.5);
        assert_eq!(odds(&p[..3], &labels[..3], &second[..3]), None);
    }
}
