//! An entry of the method table: name, source, parameters and plan of a method.

use super::engine::plan::Plan;
use super::engine::task::TaskSizes;
use super::param::{ParamEntry, Params};
use crate::{Error, Result};
use serde::Serialize;

/// A named set of parameter values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Preset {
    /// Key of the preset.
    pub id: &'static str,
    /// Display name.
    pub label: &'static str,
    /// What the preset is for, and its source.
    pub note: &'static str,
    /// Parameter values that differ from the defaults.
    #[cfg_attr(feature = "tsify", tsify(type = "[string, number][]"))]
    pub params: &'static [(&'static str, f64)],
}

/// Key of the preset for language models.
pub const LANGUAGE_MODEL: &str = "text";

/// The family of a method; lists are grouped by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Compared in the E2URec paper's tables.
    Paper,
    /// Pushes the forget rows' answers away, or teaches wrong ones.
    Ascent,
    /// Follows a teacher that shows how a model answers without the forget rows.
    Teacher,
    /// Changes single weights, units or hidden states.
    Inner,
    /// Trains models that never saw the forget rows.
    Exact,
}

/// One method of the table.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct MethodEntry {
    /// Key, as in requests and reports.
    pub id: &'static str,
    /// Display name.
    pub label: &'static str,
    /// Family of the method.
    pub family: Family,
    /// Publication it comes from.
    pub citation: &'static str,
    /// What it does, in two sentences.
    pub summary: &'static str,
    /// Its parameters.
    pub params: &'static [ParamEntry],
    /// Presets, the recommended one first.
    pub presets: &'static [Preset],
    /// The plan for these parameters and set sizes. Pure, so that cost and progress stages are known before a run.
    #[serde(skip)]
    pub plan: fn(&Params, &TaskSizes) -> Result<Plan>,
}

impl MethodEntry {
    /// The default preset: the one for language models if there is one and the model is one, otherwise the recommended one.
    pub fn suited(&self, language_model: bool) -> Option<&'static Preset> {
        let of_text = self.presets.iter().find(|preset| language_model && preset.id == LANGUAGE_MODEL);
        of_text.or_else(|| self.presets.first())
    }

    /// All parameters with their values: `given` over the defaults.
    ///
    /// # Errors
    /// If a name is unknown or a value is outside its range.
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
