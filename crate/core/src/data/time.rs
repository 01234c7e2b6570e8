//! Times in users' files: whole numbers of seconds, milliseconds or finer, and dates. The unit of a number follows from its size and must be the
//! same in a whole file, which `Ratings` checks.

/// The unit of a number that counts from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds: below 10¹¹, which is the year 5138.
    Seconds,
    /// Milliseconds: from 10¹¹, which is March 1973.
    Milliseconds,
    /// Microseconds: from 10¹⁴.
    Microseconds,
    /// Nanoseconds: from 10¹⁷, as pandas writes dates as numbers.
    Nanoseconds,
}

impl Unit {
    /// How many make a second.
    pub fn per_second(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1_000_000,
            Self::Nanoseconds => 1_000_000_000,
        }
    }

    /// The unit in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
        }
    }
}

/// A time as a file states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Number of units since 1970, never negative.
    pub number: i64,
    /// The unit; `None` for zero, which is the same in all of them.
    pub unit: Option<Unit>,
}

impl Stamp {
    /// Parses a number of units since 1970, or a date. Fractions are cut off. `None` for anything else, and for dates before 1970.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        number(text).or_else(|| {
            let seconds = iso_date(text).or_else(|| c_date(text)).filter(|seconds| *seconds >= 0)?;
            Some(Self { number: seconds, unit: Some(Unit::Seconds) })
        })
    }
}

fn number(text: &str) -> Option<Stamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let number = digits(whole).filter(|_| digits(fraction).is_some())?;
    // 10¹¹ s is the year 5138, 10¹¹ ms March 1973
    let unit = match number.checked_ilog10() {
        None => None,
        Some(..11) => Some(Unit::Seconds),
        Some(11..14) => Some(Unit::Milliseconds),
        Some(14..17) => Some(Unit::Microseconds),
        Some(_) => Some(Unit::Nanoseconds),
    };
    Some(Stamp { number, unit })
}

/// Parses `2004-11-09`, `2004-11-09 10:00`, `2004-11-09T10:00:00.5+01:00` and the like into seconds since 1970; without a zone, UTC is meant.
fn iso_date(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let [year, month, day] = parts(date, '-')?;
    let rest = rest.trim_end_matches("UTC").trim_end();
    let at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(at);
    let clock = clock.split_once('.').map_or(Some(clock), |(clock, fraction)| digits(fraction).map(|_| clock))?;
    let is_short = clock.matches(':').count() == 1;
    let [hour, minute, second] = if is_short { parts(&format!("{clock}:00"), ':')? } else { parts(clock, ':')? };
    Some(days(year, month, day)? * 86_400 + seconds_of_day(hour, minute, second)? - offset(zone)?)
}

/// Parses a date as C and Python write it with a zone, `Fri Apr 27 12:03:41 -0700 2012`.
fn c_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [_weekday, month, day, clock, zone, year] = text.split_ascii_whitespace().collect::<Vec<_>>().try_into().ok()?;
    let month = 1 + MONTHS.iter().position(|name| *name == month)? as i64;
    let [hour, minute, second] = parts(clock, ':')?;
    let zone = Some(zone).filter(|zone| zone.len() == 5)?;
    Some(days(digits(year)?, month, digits(day)?)? * 86_400 + seconds_of_day(hour, minute, second)? - offset(zone)?)
}

/// Seconds since 1970 at the beginning of a day that exists.
pub fn seconds_of_date(year: i64, month: i64, day: i64) -> Option<i64> {
    days(year, month, day).map(|days| days * 86_400)
}

/// Days since 1970 of a date that exists.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let n_days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !((1900..=2200).contains(&year) && (1..=12).contains(&month) && (1..=n_days).contains(&day)) {
        return None;
    }
    // counted in years that begin in March, so that the leap day comes last
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468)
}

fn seconds_of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

/// Seconds by which a zone is ahead of UTC: nothing, `Z`, `+01`, `+0130` or `+01:30`.
fn offset(zone: &str) -> Option<i64> {
    let (sign, zone) = match zone.split_at_checked(1) {
        None | Some(("Z", "")) => return Some(0),
        Some(("+", zone)) => (1, zone.replace(':', "")),
        Some(("-", zone)) => (-1, zone.replace(':', "")),
        Some(_) => return None,
    };
    let number = digits(&zone)?;
    let (hours, minutes) = match zone.len() {
        2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn parts(text: &str, separator: char) -> Option<[i64; 3]> {
    text.split(separator).map(digits).collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn digits(text: &str) -> Option<i64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        // From `date -u -d '2012-04-27 12:03:41 -0700' +%s` and the like.
        let cases = [
            ("Fri Apr 27 12:03:41 -0700 2012", Some(1_335_553_421)),
            ("Thu Jan 01 00:00:00 +0000 1970", Some(0)),
            ("Wed Feb 29 23:59:59 +0530 2012", Some(1_330_540_199)),
            ("Tue Feb 29 00:00:00 +0000 2011", None),
            ("Thu Jan 01 00:00:00 +0100 1970", None),
            ("Fri Apr 27 12:03 -0700 2012", None),
            ("2012-04-27 12:03:41", Some(1_335_528_221)),
            ("2012-04-27T12:03:41Z", Some(1_335_528_221)),
            ("2012-04-27T12:03:41.999Z", Some(1_335_528_221)),
            ("2012-04-27 12:03:41 UTC", Some(1_335_528_221)),
            ("2012-04-27T12:03:41-07:00", Some(1_335_553_421)),
            ("2012-04-27T12:03:41+0530", Some(1_335_508_421)),
            ("2012-04-27 12:03", Some(1_335_528_180)),
            ("2012-04-27", Some(1_335_484_800)),
            ("2012-13-27", None),
            ("2012-04-31", None),
            ("04/27/2012", None),
            ("27.04.2012", None),
            ("1969-12-31", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(Stamp::parse(text).map(|stamp| stamp.number), seconds, "{text}");
        }
    }

    #[test]
    fn numbers_have_the_unit_of_their_size() {
        let cases = [
            ("978300760", 978_300_760, Some(Unit::Seconds)),
            ("978300760.0", 978_300_760, Some(Unit::Seconds)),
            ("978300760.9", 978_300_760, Some(Unit::Seconds)),
            ("978300760123", 978_300_760_123, Some(Unit::Milliseconds)),
            ("978300760123456", 978_300_760_123_456, Some(Unit::Microseconds)),
            ("978300760123456789", 978_300_760_123_456_789, Some(Unit::Nanoseconds)),
            ("0", 0, None),
        ];
        for (text, number, unit) in cases {
            assert_eq!(Stamp::parse(text), Some(Stamp { number, unit }), "{text}");
        }
        for bad in ["-1", "+1", "1e9", "9.78e+08", "x", "1.", ".5", "99999999999999999999", "NaN", "1,5"] {
            assert_eq!(Stamp::parse(bad), None, "{bad}");
        }
    }
}
