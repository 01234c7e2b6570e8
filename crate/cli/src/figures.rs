//! All numbers of a report row, keyed by path (e.g. `forget.jsd`). New report fields appear in tables, intervals and files automatically.

use serde_json::Value;
use std::collections::BTreeMap;
use unlearn_core::report::MethodFigures;

/// Numbers by path.
pub type Figures = BTreeMap<String, f64>;

/// Fields that are not figures: those that come from the request, and those without a meaningful mean.
const NOT: [&str; 5] = ["id", "seed", "params", "histogram", "source"];

/// All numbers of a report row.
pub fn figures(line: &MethodFigures) -> Figures {
    let mut found = Figures::new();
    if let Ok(Value::Object(fields)) = serde_json::to_value(line) {
        for (name, value) in fields.iter().filter(|(name, _)| !NOT.contains(&name.as_str())) {
            collect(name, value, &mut found);
        }
    }
    found
}

fn collect(path: &str, value: &Value, found: &mut Figures) {
    match value {
        Value::Number(number) => found.extend(number.as_f64().map(|number| (path.to_owned(), number))),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(&format!("{path}.{name}"), value, found)),
        _ => {}
    }
}

/// Turns paths back into nested JSON objects.
pub fn nest(values: impl IntoIterator<Item = (String, Value)>) -> serde_json::Map<String, Value> {
    let mut root = serde_json::Map::new();
    for (path, value) in values {
        put(&mut root, &path, value);
    }
    root
}

fn put(into: &mut serde_json::Map<String, Value>, path: &str, value: Value) {
    let Some((head, rest)) = path.split_once('.') else {
        into.insert(path.to_owned(), value);
        return;
    };
    if let Value::Object(inner) = into.entry(head).or_insert_with(|| Value::Object(serde_json::Map::new())) {
        put(inner, rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let line = MethodFigures { seconds: 2.0, ..Default::default() };
        let found = figures(&line);
        assert!(found["seconds"] == 2.0 && found.contains_key("test.logloss") && !found.contains_key("seed"));
        let nested = nest([("test.auc".to_owned(), 0.5.into()), ("steps".to_owned(), 3.into())]);
        assert_eq!(Value::Object(nested), serde_json::json!({ "test": { "auc": 0.5 }, "steps": 3 }));
    }
}
