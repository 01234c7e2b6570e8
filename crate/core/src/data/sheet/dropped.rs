//! Rows that are left out, by reason, with the first of their lines.

/// Lines that are named.
const NAMED: usize = 5;

/// The rows that were left out.
#[derive(Debug, Default)]
pub struct Dropped(Vec<Reason>);

#[derive(Debug)]
struct Reason {
    why: String,
    n: usize,
    lines: Vec<u64>,
}

impl Dropped {
    /// Leaves a row out.
    pub fn add(&mut self, why: &str, line: u64) {
        let at = self.0.iter().position(|reason| reason.why == why).unwrap_or_else(|| {
            self.0.push(Reason { why: why.to_owned(), n: 0, lines: Vec::new() });
            self.0.len() - 1
        });
        let reason = &mut self.0[at];
        reason.n += 1;
        if reason.lines.len() < NAMED {
            reason.lines.push(line);
        }
    }

    /// A sentence for each reason, without a final dot.
    pub fn sentences(&self) -> Vec<String> {
        let sentence = |reason: &Reason| {
            let lines = reason.lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            let more = if reason.n > reason.lines.len() { " and others" } else { "" };
            let (rows, word) = if reason.n == 1 { ("1 row is", "line") } else { (&*format!("{} rows are", reason.n), "lines") };
            format!("{rows} left out: {} ({word} {lines}{more})", reason.why)
        };
        self.0.iter().map(sentence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_named() {
        let mut dropped = Dropped::default();
        dropped.add("no time", 7);
        (10..20).for_each(|line| dropped.add("no rating", line));
        assert_eq!(
            dropped.sentences(),
            ["1 row is left out: no time (line 7)", "10 rows are left out: no rating (lines 10, 11, 12, 13, 14 and others)"]
        );
    }
}
