//! Expands methods with presets and parameter grids into single settings.

use super::plan::MethodConfig;
use crate::args::parameters;
use anyhow::Result;
use unlearn_core::unlearn::method::{MethodEntry, Preset};
use unlearn_core::unlearn::param::ParamEntry;

/// A method, one of its presets, and values for some parameters; several values make a grid.
pub struct Grid<'a> {
    pub entry: &'static MethodEntry,
    pub preset: Option<&'static Preset>,
    pub label: Option<&'a str>,
    pub values: &'a [(String, Vec<String>)],
    pub steps: Option<u32>,
}

impl Grid<'_> {
    /// Every combination; the last parameter's values vary fastest.
    pub fn settings(&self) -> Result<Vec<MethodConfig>> {
        let mut points: Vec<Vec<(String, String)>> = vec![Vec::new()];
        for (key, values) in self.values {
            let longer = |point: &Vec<(String, String)>, value: &String| [point.clone(), vec![(key.clone(), value.clone())]].concat();
            points = points.iter().flat_map(|point| values.iter().map(move |value| longer(point, value))).collect();
        }
        points.iter().map(|point| self.setting(point)).collect()
    }

    fn setting(&self, point: &[(String, String)]) -> Result<MethodConfig> {
        let id = self.preset.map(|preset| preset.id);
        let params = parameters(self.entry, id, point)?;
        let base = parameters(self.entry, id, &[])?;
        let changed = self.entry.params.iter().filter(|param| params.get(param.id) != base.get(param.id));
        let changes = changed.map(|param| format!("{} {}", param.id, value_of(param, params[param.id])));
        let parts: Vec<String> = id.map(str::to_owned).into_iter().chain(changes).collect();
        let setting = if parts.is_empty() { "default".into() } else { parts.join(", ") };
        let label = self.label.unwrap_or(self.entry.label).to_owned();
        Ok(MethodConfig { entry: self.entry, label, setting, params, steps: self.steps })
    }
}

fn value_of(param: &ParamEntry, value: f64) -> String {
    let choice = param.choices.iter().find(|choice| choice.value == value);
    choice.map_or_else(|| value.to_string(), |choice| choice.label.to_owned())
}

/// The parameter that lets a method leave out a part of its loss. Every value except its first choice is an ablation.
pub fn ablation(entry: &MethodEntry) -> Option<&'static ParamEntry> {
    entry.params.iter().find(|param| param.id == "terms" && !param.choices.is_empty())
}

/// Whether a setting leaves out a part of the method.
pub fn is_ablation(setting: &MethodConfig) -> bool {
    ablation(setting.entry).is_some_and(|param| setting.params.get(param.id).is_some_and(|value| *value != param.choices[0].value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unlearn_core::unlearn::METHODS;

    #[test]
    fn a_list_makes_a_grid() {
        let entry = METHODS.iter().find(|entry| entry.id == "e2urec").unwrap();
        let values =
            [("alpha".to_owned(), vec!["0.3".to_owned(), "0.75".to_owned()]), ("terms".to_owned(), vec!["without forgetting".to_owned()])];
        let preset = entry.presets.iter().find(|preset| preset.id == "tuned");
        let settings = Grid { entry, preset, label: None, values: &values, steps: None }.settings().unwrap();
        let names: Vec<_> = settings.iter().map(|setting| setting.setting.as_str()).collect();
        assert_eq!(names, ["tuned, alpha 0.3, terms without forgetting", "tuned, terms without forgetting"]);
        assert!(settings.iter().all(is_ablation));
    }
}
