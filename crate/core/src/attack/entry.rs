//! An entry of the attack table: name, source, parameters, cost and the attack itself.

use super::clock::Clock;
use super::context::AttackContext;
use super::report::{Chart, Finding, Verdict};
use crate::host::{Host, LocalFuture};
use crate::unlearn::{ParamEntry, Params};
use crate::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// The sizes that an attack's cost depends on, besides its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Number of evaluated forget rows.
    pub n_forget: usize,
    /// Number of evaluated rows of unseen users.
    pub n_unseen: usize,
    /// Number of evaluated test rows.
    pub n_test: usize,
    /// Number of models: Original, the unlearned one, and Retrain if there is one.
    pub n_models: usize,
    /// Cost of a run of the same method on one tenth of the forget set, in forward passes of a row.
    pub run: f64,
}

impl Extent {
    /// Passes of all models over the forget rows.
    pub fn forget(&self) -> f64 {
        (self.n_models * self.n_forget) as f64
    }

    /// Passes of all models over the forget rows and the unseen users' rows.
    pub fn both_sets(&self) -> f64 {
        (self.n_models * (self.n_forget + self.n_unseen)) as f64
    }
}

/// One attack of the table.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct AttackEntry {
    /// Key, as in requests and reports.
    pub id: &'static str,
    /// Display name.
    pub label: &'static str,
    /// Publication it comes from.
    pub citation: &'static str,
    /// What the attacker does, and what would show that forgetting is only superficial.
    pub summary: &'static str,
    /// Its parameters.
    pub params: &'static [ParamEntry],
    /// Parameter values for language models, whose every step costs a thousand times more.
    #[serde(skip)]
    pub text: &'static [(&'static str, f64)],
    /// Its cost in forward passes of a row.
    #[serde(skip)]
    pub passes: fn(&Params, &Extent) -> f64,
    /// Carries out the attack with resolved parameters.
    #[serde(skip)]
    pub run: AttackFn,
}

/// The function of an attack. It fails if the device fails or the host cancels.
pub type AttackFn = for<'a> fn(&'a AttackContext<'a>, &'a Params, &'a mut Clock, &'a mut dyn Host) -> LocalFuture<'a, Result<Finding>>;

impl AttackEntry {
    /// All parameters with their values: `given` over the defaults for this kind of model.
    ///
    /// # Errors
    /// If a name is unknown or a value is outside its range.
    pub fn resolve(&self, given: &Params, language_model: bool) -> Result<Params> {
        let mut values: Params = self.params.iter().map(|p| (p.id.to_owned(), p.default)).collect();
        if language_model {
            values.extend(self.text.iter().map(|(id, value)| ((*id).to_owned(), *value)));
        }
        for (id, value) in given {
            let Some(param) = self.params.iter().find(|p| p.id == id) else {
                let known: Vec<_> = self.params.iter().map(|p| p.id).collect();
                let rule = if known.is_empty() { "has no parameters".to_owned() } else { format!("has {}", known.join(", ")) };
                return Err(Error::setting("params", format!("attack {} {rule}", self.id), id));
            };
            param.check(*value)?;
            values.insert(id.clone(), *value);
        }
        Ok(values)
    }

    /// A finding with the figures of Original, the unlearned model and Retrain, in this order.
    pub fn finding(&self, verdict: Verdict, sentence: String, figures: [Option<f64>; 3], error: f64, chart: Chart) -> Finding {
        let [original, unlearned, retrain] = figures;
        Finding {
            id: self.id.into(),
            label: self.label.into(),
            verdict,
            sentence,
            original,
            unlearned,
            retrain,
            error: Some(error),
            params: BTreeMap::new(),
            seconds: 0.0,
            chart,
        }
    }

    /// A finding that the attack does not apply, with the reason.
    pub fn skipped(&self, why: &str) -> Finding {
        Finding { error: None, ..self.finding(Verdict::Skipped, why.into(), [None; 3], 0.0, Chart::None) }
    }
}
