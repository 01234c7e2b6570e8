//! `result.md`: the result as Markdown.

use super::summary::DataResult;
use super::table::{Table, heading, notes, people, tables};
use std::fmt::Write;

/// The tables as Markdown.
pub fn markdown(results: &[DataResult]) -> String {
    let mut out = String::from("# Comparison\n");
    for result in results {
        for set in &result.forget_sets {
            let _ = write!(out, "\n## {}\n", text(&heading(result, set)));
            tables(result, set).iter().for_each(|table| put(&mut out, table));
        }
        people(result).iter().for_each(|table| put(&mut out, table));
        out.push('\n');
        notes(result).iter().for_each(|note| out.push_str(&format!("- {}\n", note.replace('\n', " "))));
    }
    out
}

fn put(out: &mut String, table: &Table) {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let _ = write!(out, "\n### {}\n\n", table.caption);
    out.push_str(&line(table.head.iter().map(|cell| (*cell).to_owned()).collect()));
    out.push_str(&line(table.head.iter().enumerate().map(|(k, _)| if k == 0 { "---".into() } else { "---:".into() }).collect()));
    table.rows.iter().for_each(|row| out.push_str(&line(row.iter().map(|cell| text(cell)).collect())));
}

/// Escapes plain text for Markdown, since labels come from the user's file.
fn text(plain: &str) -> String {
    let mut out = String::new();
    for c in plain.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | '<' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_label_breaks_no_table() {
        assert_eq!(super::text("a|b\n<i>"), "a\\|b \\<i>");
    }
}
