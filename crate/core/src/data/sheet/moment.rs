//! Times of a table: what [`Stamp`] reads, and dates with slashes, dots or dashes whose order of day and month follows from the whole column.

use crate::data::read_spec::DateOrder;
use crate::data::time::{Stamp, Unit, seconds_of_date};

/// A time as a field states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A number of units since 1970, or a date whose parts are in a known order.
    Known(Stamp),
    /// A date such as 03/04/2021.
    Open(OpenDate),
}

/// A date that begins with its day or its month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenDate {
    first: u8,
    second: u8,
    year: i16,
    seconds: i32,
    /// Whether dots stand between its parts, as where days come first.
    pub is_dotted: bool,
}

impl Moment {
    /// Reads a field; `None` if it is no time.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Stamp::parse(text)
            .or_else(|| Stamp::parse(&text.replacen('/', "-", 2)))
            .map(Self::Known)
            .or_else(|| OpenDate::parse(text).map(Self::Open))
    }
}

impl OpenDate {
    fn parse(text: &str) -> Option<Self> {
        let (date, clock) = text.split_once([' ', 'T', ',']).unwrap_or((text, ""));
        let sign = date.chars().find(|sign| !sign.is_ascii_digit()).filter(|sign| matches!(sign, '/' | '.' | '-'))?;
        let mut parts = date.split(sign);
        let (first, second, year) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, parts.next()?);
        let year = if year.len() == 4 { digits(year, 4)? } else { return None };
        if parts.next().is_some() || !(1..=31).contains(&first) || !(1..=31).contains(&second) || (first > 12 && second > 12) {
            return None;
        }
        let seconds = seconds_of_clock(clock.trim_start_matches([' ', ',']))?;
        Some(Self { first: first as u8, second: second as u8, year: year as i16, seconds, is_dotted: sign == '.' })
    }

    /// The order that this date alone allows; `None` if both.
    pub fn only(&self) -> Option<DateOrder> {
        match (self.first > 12, self.second > 12) {
            (true, _) => Some(DateOrder::DayFirst),
            (_, true) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }

    /// The date as it is written, for messages.
    pub fn told(&self) -> String {
        let sign = if self.is_dotted { '.' } else { '/' };
        format!("{}{sign}{}{sign}{}", self.first, self.second, self.year)
    }

    /// The time in an order; `None` if there is no such day, or it is before 1970.
    pub fn stamp(&self, order: DateOrder) -> Option<Stamp> {
        let (day, month) = match order {
            DateOrder::DayFirst => (self.first, self.second),
            DateOrder::MonthFirst => (self.second, self.first),
        };
        let number = seconds_of_date(i64::from(self.year), i64::from(month), i64::from(day))? + i64::from(self.seconds);
        (number >= 0).then_some(Stamp { number, unit: Some(Unit::Seconds) })
    }
}

/// Seconds of a day of `10:00`, `10:00:30` or `3:04 PM`; nothing is midnight.
fn seconds_of_clock(text: &str) -> Option<i32> {
    if text.is_empty() {
        return Some(0);
    }
    let upper = text.to_ascii_uppercase();
    let (clock, half) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(clock), _) => (clock.trim_end(), Some(0)),
        (_, Some(clock)) => (clock.trim_end(), Some(12)),
        _ => (upper.as_str(), None),
    };
    let mut parts = clock.split(':').map(|part| digits(part, 2));
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    (parts.next().is_none() && hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

fn digits(text: &str, most: usize) -> Option<i32> {
    if (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_dates() {
        let number = |text: &str, order| match Moment::parse(text)? {
            Moment::Known(stamp) => Some(stamp.number),
            Moment::Open(date) => Some(date.stamp(order)?.number),
        };
        // From `date -u -d '2021-04-03 10:05:30' +%s` and the like.
        for (text, day_first, month_first) in [
            ("03/04/2021", Some(1_617_408_000), Some(1_614_816_000)),
            ("3/4/2021 10:05:30", Some(1_617_444_330), Some(1_614_852_330)),
            ("03.04.2021", Some(1_617_408_000), Some(1_614_816_000)),
            ("03-04-2021, 3:04 PM", Some(1_617_462_240), Some(1_614_870_240)),
            ("31/12/2021", Some(1_640_908_800), None),
            ("12/31/2021 12:00 am", None, Some(1_640_908_800)),
            ("2021/04/03", Some(1_617_408_000), Some(1_617_408_000)),
            ("2021-04-03T00:00:00+02:00", Some(1_617_400_800), Some(1_617_400_800)),
            ("31/04/2021", None, None),
            ("32/01/2021", None, None),
            ("13/13/2021", None, None),
            ("1/2/21", None, None),
            ("01/02/1969", None, None),
            ("01/02/2021 25:00", None, None),
            ("a/b/2021", None, None),
            ("", None, None),
        ] {
            assert_eq!((number(text, DateOrder::DayFirst), number(text, DateOrder::MonthFirst)), (day_first, month_first), "{text}");
        }
        let only = |text: &str| match Moment::parse(text) {
            Some(Moment::Open(date)) => date.only(),
            _ => None,
        };
        assert_eq!(
            (only("13/04/2021"), only("04/13/2021"), only("04/05/2021")),
            (Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst), None)
        );
    }
}
