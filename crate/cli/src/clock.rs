//! Dates and times as written to files: UTC, to the second.

use jiff::Timestamp;

/// The current time, as `2026-01-31T12:00:00Z`.
pub fn now() -> String {
    utc(Timestamp::now())
}

/// Formats a time; fractions of a second are truncated.
fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::utc;
    use jiff::Timestamp;

    #[test]
    fn dates_by_the_shell() {
        // date -u -d @1709210096
        let shown = |seconds, nanoseconds| utc(Timestamp::new(seconds, nanoseconds).unwrap());
        assert_eq!((shown(0, 0), shown(1_709_210_096, 999_999_999)), ("1970-01-01T00:00:00Z".into(), "2024-02-29T12:34:56Z".into()));
    }
}
