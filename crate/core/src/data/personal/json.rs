//! Objects of JSON as rows of a table: a list of them, or one a line. What stands in an object inside has its path as a name, as `movie.title`.

use super::records::Record;
use crate::data::interaction::SourceFile;
use crate::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// Largest number of different fields.
const MAX_FIELDS: usize = 200;

/// The names of all fields, and a record for every object.
///
/// # Errors
/// If the text is no JSON, something in it is no object, or there are too many different fields.
pub fn objects(file: &SourceFile) -> Result<(Vec<String>, Vec<Record>)> {
    let bytes = &file.bytes;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_list = text.trim_ascii_start().first() == Some(&b'[');
    let mut at = if is_list { text.len() - text.trim_ascii_start().len() + 1 } else { 0 };
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows: Vec<(u64, Vec<(usize, String)>)> = Vec::new();
    // Lines are counted once on the way, not from the beginning for every object.
    let (mut line, mut counted) = (1, 0);
    let mut is_closed = !is_list;
    loop {
        at += text[at..].iter().take_while(|byte| byte.is_ascii_whitespace() || (is_list && **byte == b',')).count();
        line += text[counted..at].iter().filter(|byte| **byte == b'\n').count() as u64;
        counted = at;
        match text.get(at) {
            None => break,
            Some(b']') if is_list => {
                is_closed = true;
                break;
            }
            Some(_) => {}
        }
        let mut values = serde_json::Deserializer::from_slice(&text[at..]).into_iter::<Value>();
        let value = match values.next() {
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                let line = line + (error.line() as u64).saturating_sub(1);
                return Err(Error::data(&file.name, line, "must be objects in JSON, a list of them or one a line", error));
            }
            None => break,
        };
        at += values.byte_offset();
        let Value::Object(_) = &value else {
            return Err(Error::data(&file.name, line, "every entry must be an object in JSON", value));
        };
        let mut row = Vec::new();
        flatten("", &value, &mut |name, value| {
            let next = names.len();
            let column = *names.entry(name).or_insert(next);
            row.push((column, value));
        });
        if names.len() > MAX_FIELDS {
            return Err(Error::data(&file.name, line, format!("at most {MAX_FIELDS} different fields are read"), names.len()));
        }
        rows.push((line, row));
    }
    if !is_closed {
        return Err(Error::data(&file.name, line, "a list must be closed by `]`: the file was cut off, fetch it again", "end of file"));
    }
    let n = names.len();
    let records = rows.into_iter().map(|(line, row)| {
        let mut fields = vec![String::new(); n];
        row.into_iter().for_each(|(column, value)| fields[column] = value);
        (line, fields)
    });
    let records = records.collect();
    let mut ordered: Vec<(String, usize)> = names.into_iter().collect();
    ordered.sort_by_key(|(_, column)| *column);
    Ok((ordered.into_iter().map(|(name, _)| name).collect(), records))
}

/// Every value of an object that is no object itself. A list is its texts, separated by commas.
fn flatten(before: &str, value: &Value, f: &mut dyn FnMut(String, String)) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        let path = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        match value {
            Value::Object(_) => flatten(&path, value, f),
            Value::Null => f(path, String::new()),
            Value::String(text) => f(path, text.clone()),
            Value::Array(list) => {
                let texts: Vec<String> = list.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
                f(path, texts.join(", "));
            }
            other => f(path, other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Vec<String>, Vec<Record>)> {
        objects(&SourceFile { name: "a.json".into(), bytes: text.as_bytes().to_vec() })
    }

    #[test]
    fn a_list_or_one_object_a_line() {
        let list = "[\n {\"rating\": 9, \"movie\": {\"title\": \"Heat\", \"year\": 1995}},\n {\"rating\": 7}\n]";
        let (names, rows) = read(list).unwrap();
        assert_eq!(names, ["movie.title", "movie.year", "rating"]);
        assert_eq!(rows[0], (2, ["Heat", "1995", "9"].map(str::to_owned).to_vec()));
        assert_eq!(rows[1], (3, ["", "", "7"].map(str::to_owned).to_vec()));
        let lines = "{\"rating\": 9}\n{\"rating\": null, \"tags\": [\"a\", \"b\"]}\n";
        let (names, rows) = read(lines).unwrap();
        assert_eq!((names.len(), rows[1].0), (2, 2));
        assert_eq!(rows[1].1, ["", "a, b"]);
    }

    #[test]
    fn what_is_no_such_thing_has_its_line() {
        let said = |text: &str| read(text).unwrap_err().to_string();
        assert!(said("[\n{\"a\": 1},\n{\"a\": }]").starts_with("a.json:3: must be objects in JSON"));
        assert!(said("[\n{\"a\": 1},\n").starts_with("a.json:3: a list must be closed by `]`"));
        assert!(said("[1]").starts_with("a.json:1: every entry must be an object"));
    }
}
