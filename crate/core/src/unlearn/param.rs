//! A parameter of a method or an attack. The page's control and the command line's flag are generated from its entry.

use crate::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// Parameter values by id.
pub type Params = BTreeMap<String, f64>;

/// The kind of a parameter, which decides its control.
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
    /// Value of the parameter.
    pub value: f64,
    /// Display name.
    pub label: &'static str,
}

/// One parameter of a method or an attack.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct ParamEntry {
    /// Key in `params`.
    pub id: &'static str,
    /// Display name.
    pub label: &'static str,
    /// What it does, in one sentence.
    pub help: &'static str,
    /// Kind of the parameter.
    pub kind: ParamKind,
    /// Smallest allowed value.
    pub min: f64,
    /// Largest allowed value.
    pub max: f64,
    /// Step of the control.
    pub step: f64,
    /// Value used if none is given.
    pub default: f64,
    /// Allowed values of a choice; empty for other kinds.
    pub choices: &'static [Choice],
}

impl ParamEntry {
    /// A real-valued parameter between `min` and `max`.
    pub const fn float(id: &'static str, label: &'static str, help: &'static str, [min, max, step, default]: [f64; 4]) -> Self {
        Self { id, label, help, kind: ParamKind::Float, min, max, step, default, choices: &[] }
    }

    /// An integer parameter between `min` and `max`.
    pub const fn int(id: &'static str, label: &'static str, help: &'static str, [min, max, default]: [f64; 3]) -> Self {
        Self { id, label, help, kind: ParamKind::Int, min, max, step: 1.0, default, choices: &[] }
    }

    /// A choice among `choices`, whose values are 0, 1, 2, …
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
