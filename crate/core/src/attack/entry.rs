//! What an attack says of itself: controls, flags and costs come from it, as a method's do.

use crate::unlearn::{ParamEntry, Params};
use crate::{Error, Result};
use serde::Serialize;

/// What an attack's cost follows from, beside its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Forget rows that are looked at.
    pub n_forget: usize,
    /// Rows of people never trained on.
    pub n_unseen: usize,
    /// Test rows.
    pub n_test: usize,
    /// Models: Original, the unlearned one, and Retrain where there is one.
    pub n_models: usize,
    /// Forward passes of a row of a run of the same method on one tenth of the forget set.
    pub run: f64,
}

impl Extent {
    /// Passes of every model over the forget rows.
    pub fn forget(&self) -> f64 {
        (self.n_models * self.n_forget) as f64
    }
}

/// One attack of the table.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct AttackEntry {
    /// Key, as in requests and reports.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// Where it was published.
    pub citation: &'static str,
    /// What the attacker does, and what would show that forgetting is only skin-deep.
    pub summary: &'static str,
    /// Its parameters.
    pub params: &'static [ParamEntry],
    /// Values for language models, whose every step costs a thousand times more.
    #[serde(skip)]
    pub text: &'static [(&'static str, f64)],
    /// Its cost in forward passes of a row.
    #[serde(skip)]
    pub passes: fn(&Params, &Extent) -> f64,
}

impl AttackEntry {
    /// Every parameter with its value: `given` over what suits the model.
    ///
    /// # Errors
    /// If a name is unknown or a value outside its range.
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
}
