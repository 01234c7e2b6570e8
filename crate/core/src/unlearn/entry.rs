//! What a method says of itself: the page's controls and the command line's flags are generated from it.

use super::plan::{Plan, Setting};
use crate::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// Every parameter of a run with its value.
pub type Params = BTreeMap<String, f64>;

/// Kind of a parameter's control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// Any number in the range.
    Float,
    /// A whole number in the range.
    Int,
    /// One of the choices.
    Choice,
}

/// One value of a [`ParamKind::Choice`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Choice {
    /// As a parameter's value.
    pub value: f64,
    /// For people.
    pub label: &'static str,
}

/// One parameter of a method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct ParamEntry {
    /// Key in `params`.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// One sentence: what it does.
    pub help: &'static str,
    /// Kind.
    pub kind: ParamKind,
    /// Lowest value.
    pub min: f64,
    /// Highest value.
    pub max: f64,
    /// Step of the control.
    pub step: f64,
    /// Value if none is given.
    pub default: f64,
    /// Values of a choice, else empty.
    pub choices: &'static [Choice],
}

/// Named set of parameter values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Preset {
    /// Key.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// What it is for and where it comes from.
    pub note: &'static str,
    /// Values that differ from the defaults.
    #[cfg_attr(feature = "tsify", tsify(type = "[string, number][]"))]
    pub params: &'static [(&'static str, f64)],
}

/// Key of the settings for language models.
pub const LANGUAGE_MODEL: &str = "text";

/// What kind of method one is: lists are grouped by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// In the E2URec paper's tables.
    Paper,
    /// Answers are pushed away, or wrong ones taught.
    Ascent,
    /// A model that shows how one would answer without the data is followed.
    Teacher,
    /// Single weights, units or inner states are changed.
    Inner,
    /// Models that never saw the data.
    Exact,
}

/// One method of the table.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct MethodEntry {
    /// Key, as in requests and reports.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// Of which kind it is.
    pub family: Family,
    /// Where it was published.
    pub citation: &'static str,
    /// What it does, in two sentences.
    pub summary: &'static str,
    /// Its parameters.
    pub params: &'static [ParamEntry],
    /// Named settings, the recommended one first.
    pub presets: &'static [Preset],
    /// What is to be done with these parameters on these sets: pure, so that cost and progress are known before a run.
    #[serde(skip)]
    pub plan: fn(&Params, &Setting) -> Result<Plan>,
}

impl MethodEntry {
    /// The settings to begin with: those for language models where there are any and the model is one, else the recommended ones.
    pub fn suited(&self, language_model: bool) -> Option<&'static Preset> {
        let of_text = self.presets.iter().find(|preset| language_model && preset.id == LANGUAGE_MODEL);
        of_text.or_else(|| self.presets.first())
    }

    /// Every parameter with its value: `given` over the defaults.
    ///
    /// # Errors
    /// If a name is unknown or a value outside its range.
    pub fn resolve(&self, given: &Params) -> Result<Params> {
        let mut values: Params = self.params.iter().map(|p| (p.id.to_owned(), p.default)).collect();
        for (id, value) in given {
            let Some(param) = self.params.iter().find(|p| p.id == id) else {
                let known: Vec<_> = self.params.iter().map(|p| p.id).collect();
                return Err(Error::setting("params", format!("{} has {}", self.id, known.join(", ")), id));
            };
            param.check(*value)?;
            values.insert(id.clone(), *value);
        }
        Ok(values)
    }
}

impl ParamEntry {
    /// A number between `min` and `max`.
    pub const fn float(id: &'static str, label: &'static str, help: &'static str, [min, max, step, default]: [f64; 4]) -> Self {
        Self { id, label, help, kind: ParamKind::Float, min, max, step, default, choices: &[] }
    }

    /// A whole number between `min` and `max`.
    pub const fn int(id: &'static str, label: &'static str, help: &'static str, [min, max, default]: [f64; 3]) -> Self {
        Self { id, label, help, kind: ParamKind::Int, min, max, step: 1.0, default, choices: &[] }
    }

    /// One of `choices`, whose values are 0, 1, 2, …
    pub const fn choice(id: &'static str, label: &'static str, help: &'static str, choices: &'static [Choice], default: f64) -> Self {
        Self { id, label, help, kind: ParamKind::Choice, min: 0.0, max: choices.len() as f64 - 1.0, step: 1.0, default, choices }
    }

    /// The same parameter with another default.
    pub const fn default(mut self, default: f64) -> Self {
        self.default = default;
        self
    }

    pub(crate) fn check(&self, value: f64) -> Result<()> {
        if !(self.min..=self.max).contains(&value) {
            return Err(Error::setting(self.id, format!("must be between {} and {}", self.min, self.max), value));
        }
        if self.kind != ParamKind::Float && value.fract() != 0.0 {
            return Err(Error::setting(self.id, "must be a whole number", value));
        }
        Ok(())
    }
}
