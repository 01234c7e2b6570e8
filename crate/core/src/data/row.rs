//! The fields of one row of a table, with quotes taken off.

use std::ops::Index;

/// The fields of one row, without quotes.
#[derive(Debug, Default)]
pub struct Row {
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// Its fields in order.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.n()).map(|idx| &self[idx])
    }

    /// Number of fields.
    pub fn n(&self) -> usize {
        self.ends.len()
    }

    /// Splits a line; false unless quotes open only at the start of a field, close only at its end, and are doubled inside.
    pub fn split(&mut self, line: &str, separator: &str) -> bool {
        self.text.clear();
        self.ends.clear();
        let mut rest = line;
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                rest = quoted;
                loop {
                    let Some((inside, after)) = rest.split_once('"') else { return false };
                    self.text.push_str(inside);
                    rest = after;
                    let Some(after) = rest.strip_prefix('"') else { break };
                    self.text.push('"');
                    rest = after;
                }
                if !(rest.is_empty() || rest.starts_with(separator)) {
                    return false;
                }
            } else {
                let end = rest.find(separator).unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return false;
                }
                self.text.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            self.ends.push(self.text.len());
            match rest.strip_prefix(separator) {
                Some(next) => rest = next,
                None => return true,
            }
        }
    }

    /// Takes fields as they are.
    pub fn split_plain<'t>(&mut self, fields: impl Iterator<Item = &'t str>) {
        self.text.clear();
        self.ends.clear();
        for field in fields {
            self.text.push_str(field);
            self.ends.push(self.text.len());
        }
    }
}

impl Index<usize> for Row {
    type Output = str;

    fn index(&self, idx: usize) -> &str {
        let start = idx.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[idx]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        let good: [(&str, &[&str]); 7] = [
            ("1,2", &["1", "2"]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("1,\"say \"\"no\"\"\"", &["1", "say \"no\""]),
            ("\"\",", &["", ""]),
            ("", &[""]),
            ("\"\"\"a\"\"\"", &["\"a\""]),
            (",é,", &["", "é", ""]),
        ];
        let mut row = Row::default();
        for (line, fields) in good {
            assert!(row.split(line, ","), "{line}");
            assert_eq!(row.fields().collect::<Vec<_>>(), fields, "{line}");
        }
        for bad in ["\"a,b", "a\"b,c", "\"a\"b,c", "1,\"a\"\"", "\""] {
            assert!(!row.split(bad, ","), "{bad}");
        }
    }
}
