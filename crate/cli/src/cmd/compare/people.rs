//! People who ask one by one: a method's forgetting of many single people, each beside two Retrains of its own.

use super::interval::{Interval, interval};
use super::plan::{MethodConfig, Plan, Planned};
use super::record::Record;
use serde::Serialize;
use std::collections::BTreeSet;
use unlearn_core::report::MethodFigures;

/// One setting's forgetting of single people. Losses are mean log losses over {Yes, No} on a person's rows, nats.
#[derive(Debug, Clone, Serialize)]
pub struct PeopleRow {
    pub id: String,
    pub label: String,
    pub setting: String,
    /// Number of people and of runs: one for each person and seed.
    pub n_people: usize,
    pub n_runs: usize,
    /// By how much Retrain raises the loss.
    pub rise: Option<Interval>,
    /// Share of Retrain's rise that is closed: the mean rise over Retrain's mean rise.
    pub closed: Option<Interval>,
    /// Root of the mean square of the loss minus Retrain's.
    pub error: f64,
    /// The same between two Retrains.
    pub error_of_retrain: Option<f64>,
    /// Share of runs within twice `error_of_retrain`.
    pub within: Option<f64>,
    /// The 5th, 25th, 50th, 75th and 95th of a hundred of the loss minus Retrain's.
    pub quantiles: [f64; 5],
    /// JSD from Retrain.
    pub jsd: Option<Interval>,
    /// Original's JSD from Retrain.
    pub jsd_of_original: Option<Interval>,
    /// Test AUC minus Original's.
    pub test_auc: Option<Interval>,
    /// Overlap@10 of other people's lists with Original's.
    pub lists_kept: Option<Interval>,
    /// Seconds of the method, and of the whole process.
    pub seconds: Option<Interval>,
    pub wall_seconds: Option<Interval>,
    /// Every run, for the plot.
    pub runs: Vec<PersonRun>,
}

/// One run for one person.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PersonRun {
    pub user: u32,
    pub rows: u32,
    pub seed: u32,
    pub original: f64,
    pub retrain: f64,
    pub unlearned: f64,
}

/// A run with what it is held against.
struct Run<'a> {
    user: u32,
    rows: u32,
    original: &'a MethodFigures,
    retrain: &'a MethodFigures,
    unlearned: &'a MethodFigures,
    wall_seconds: f64,
}

/// The settings of a plan over its single people. The method `retrain` gives the second Retrains.
pub fn people(plan: &Plan, done: &[(&Planned<'_>, &Record)]) -> Vec<PeopleRow> {
    let of = |setting: &MethodConfig| -> Vec<Run<'_>> {
        done.iter().filter(|(cell, _)| cell.forget.person && std::ptr::eq(cell.setting, setting)).filter_map(run).collect()
    };
    let second: Vec<Run<'_>> = plan.settings.iter().filter(|setting| setting.entry.id == "retrain").flat_map(of).collect();
    plan.settings.iter().filter_map(|setting| row(setting, &of(setting), &second)).collect()
}

fn run<'a>((cell, record): &(&Planned<'_>, &'a Record)) -> Option<Run<'a>> {
    let (unlearned, references) = record.report.methods.split_last()?;
    let of = |id: &str| references.iter().find(|figures| figures.id == id);
    Some(Run {
        user: *cell.forget.spec.users.as_ref()?.first()?,
        rows: record.report.sizes.forget,
        original: of("original")?,
        retrain: of("retrain")?,
        unlearned,
        wall_seconds: record.wall_seconds,
    })
    // A Retrain of the reference's own seed is the reference.
    .filter(|run| unlearned.id != "retrain" || run.retrain.seed != unlearned.seed)
}

fn row(setting: &MethodConfig, runs: &[Run<'_>], second: &[Run<'_>]) -> Option<PeopleRow> {
    if runs.is_empty() {
        return None;
    }
    let loss = |figures: &MethodFigures| figures.forget.logloss;
    let over = |of: &dyn Fn(&Run<'_>) -> Option<f64>| interval(&runs.iter().filter_map(of).collect::<Vec<_>>());
    let error = |runs: &[Run<'_>]| -> Vec<f64> { runs.iter().map(|run| loss(run.unlearned) - loss(run.retrain)).collect() };
    let rise = over(&|run| Some(loss(run.retrain) - loss(run.original)));
    let closed = rise.filter(|rise| rise.mean != 0.0).and_then(|rise| {
        let beyond = interval(&error(runs))?;
        Some(Interval { mean: 1.0 + beyond.mean / rise.mean, half_width: beyond.half_width.map(|half| half / rise.mean.abs()) })
    });
    let mut errors = error(runs);
    let error_of_retrain = (!second.is_empty()).then(|| root_mean_square(&error(second)));
    let near = |limit: f64| errors.iter().filter(|error| error.abs() <= limit).count() as f64 / errors.len() as f64;
    let within = error_of_retrain.map(|of_retrain| near(2.0 * of_retrain));
    let rms = root_mean_square(&errors);
    errors.sort_by(f64::total_cmp);
    let people: BTreeSet<u32> = runs.iter().map(|run| run.user).collect();
    Some(PeopleRow {
        id: setting.entry.id.into(),
        label: setting.label.clone(),
        setting: setting.setting.clone(),
        n_people: people.len(),
        n_runs: runs.len(),
        rise,
        closed,
        error: rms,
        error_of_retrain,
        within,
        quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(|share| quantile(&errors, share)),
        jsd: over(&|run| run.unlearned.forget.jsd),
        jsd_of_original: over(&|run| run.original.forget.jsd),
        test_auc: over(&|run| Some(run.unlearned.test.auc? - run.original.test.auc?)),
        lists_kept: over(&|run| run.unlearned.lists_kept),
        seconds: over(&|run| Some(run.unlearned.seconds)),
        wall_seconds: over(&|run| Some(run.wall_seconds)),
        runs: runs
            .iter()
            .map(|run| PersonRun {
                user: run.user,
                rows: run.rows,
                seed: run.unlearned.seed,
                original: loss(run.original),
                retrain: loss(run.retrain),
                unlearned: loss(run.unlearned),
            })
            .collect(),
    })
}

fn root_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len().max(1) as f64).sqrt()
}

/// Of sorted values, with linear interpolation.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let below = sorted[at as usize];
    let above = sorted[(at as usize + 1).min(sorted.len() - 1)];
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::compare::plan::Forget;
    use unlearn_core::data::forget_spec::ForgetSpec;
    use unlearn_core::metric::{ForgetFigures, Quality};
    use unlearn_core::unlearn::method;

    fn figures(id: &str, seed: u32, logloss: f64, auc: f64) -> MethodFigures {
        let forget = ForgetFigures { logloss, ..Default::default() };
        MethodFigures { id: id.into(), seed, forget, test: Quality { auc: Some(auc), ..Default::default() }, ..Default::default() }
    }

    #[test]
    fn two_people_by_hand() {
        let setting = MethodConfig {
            entry: method("e2urec").unwrap(),
            label: "E2URec".into(),
            setting: "tuned".into(),
            params: std::collections::BTreeMap::new(),
            steps: None,
        };
        let known = [figures("original", 2, 0.5, 0.8), figures("retrain", 2, 0.6, 0.8)];
        let ends = [figures("e2urec", 1, 0.61, 0.79), figures("e2urec", 1, 0.57, 0.81)];
        let again = [figures("retrain", 1, 0.62, 0.8), figures("retrain", 1, 0.60, 0.8)];
        let run_of = |unlearned| Run { user: 7, rows: 30, original: &known[0], retrain: &known[1], unlearned, wall_seconds: 1.0 };
        let row = row(&setting, &[run_of(&ends[0]), run_of(&ends[1])], &[run_of(&again[0]), run_of(&again[1])]).unwrap();
        // Errors .01 and −.03: their mean −.01 is a tenth of the rise .1.
        assert!((row.closed.unwrap().mean - 0.9).abs() < 1e-9);
        assert!((row.error - (0.0005f64).sqrt()).abs() < 1e-9 && (row.error_of_retrain.unwrap() - (0.0002f64).sqrt()).abs() < 1e-9);
        assert_eq!(row.within, Some(0.5), "twice .0141 is less than .03");
        assert!((row.quantiles[2] + 0.01).abs() < 1e-9 && row.test_auc.unwrap().mean.abs() < 1e-9);
        assert!(!Forget::new(None, ForgetSpec { users: Some(vec![7]), ..Default::default() }).person, "only people who were drawn");
    }
}
