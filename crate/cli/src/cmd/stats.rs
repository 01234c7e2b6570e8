//! Intervals as table cells.

use unlearn_core::metric::Interval;

/// For a table cell.
pub fn cell(interval: Option<Interval>, digits: usize) -> String {
    match interval {
        None => "–".into(),
        Some(Interval { mean, half_width: None }) => format!("{mean:.digits$}"),
        Some(Interval { mean, half_width: Some(half) }) => format!("{mean:.digits$} ± {half:.digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::cell;
    use unlearn_core::metric::interval;

    #[test]
    fn with_and_without_a_spread() {
        assert_eq!(cell(interval(&[1.0, 2.0, 3.0]), 1), "2.0 ± 2.5");
        assert_eq!((cell(interval(&[5.0]), 2), cell(None, 2)), ("5.00".into(), "–".into()));
    }
}
