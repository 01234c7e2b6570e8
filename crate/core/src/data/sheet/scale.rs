//! The scale of a table's ratings, and how it becomes half stars, of which more than three are liked.

use crate::data::read_spec::ReadSpec;
use crate::data::split::LIKED_ABOVE;
use crate::{Error, Result};

/// The highest ratings of the scales that are known.
const HIGHEST: [f64; 3] = [5.0, 10.0, 100.0];
/// A scale is taken for the next smaller one with a few wrong rows if fewer than one rating in so many is beyond that.
const FEW: usize = 100;

/// Where all ratings of a table lie, and from where on something is liked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The lowest rating that counts as such.
    pub lowest: f64,
    /// The highest rating.
    pub highest: f64,
    /// What is above it is liked.
    pub threshold: f64,
    /// Whether there are only two ratings, for liked and not.
    pub is_thumbs: bool,
}

/// What was seen of a column of ratings.
#[derive(Debug, Default)]
pub struct Seen {
    pub n: usize,
    pub n_zero: usize,
    /// Whether all are whole numbers.
    pub has_fractions: bool,
    /// Whether words for thumbs were among them; they are 1 and 0.
    pub has_thumbs: bool,
    /// Whether a rating other than -1, 0 and 1 was among them.
    pub has_others: bool,
    pub lowest: f64,
    pub highest: f64,
    /// The lowest of the ratings that are not zero.
    pub lowest_beside_zero: f64,
    /// How many ratings are above each of the known scales, and the line and value of the first.
    above: [(usize, u64, f64); 3],
}

impl Seen {
    /// Takes a rating into account.
    pub fn add(&mut self, rating: f64, line: u64) {
        (self.lowest, self.highest) = if self.n == 0 { (rating, rating) } else { (self.lowest.min(rating), self.highest.max(rating)) };
        if rating != 0.0 {
            self.lowest_beside_zero = if self.n == self.n_zero { rating } else { self.lowest_beside_zero.min(rating) };
        }
        self.n += 1;
        self.n_zero += usize::from(rating == 0.0);
        self.has_fractions |= rating.fract() != 0.0;
        self.has_others |= ![-1.0, 0.0, 1.0].contains(&rating);
        for (above, highest) in self.above.iter_mut().zip(HIGHEST) {
            if rating > highest {
                *above = if above.0 == 0 { (1, line, rating) } else { (above.0 + 1, above.1, above.2) };
            }
        }
    }
}

impl Seen {
    /// Whether 0 stands for no rating: all others are from 1 to 5 or 10.
    pub fn zero_is_nothing(&self) -> bool {
        self.n_zero > 0 && self.has_others && self.lowest == 0.0 && self.lowest_beside_zero >= 1.0 && self.highest <= HIGHEST[1]
    }
}

impl Scale {
    /// The scale of what was seen, or as it was said.
    ///
    /// # Errors
    /// [`Error::Data`] for the first rating that is off the scale, [`Error::Setting`] for a setting that does not fit.
    pub fn of(file: &str, seen: &Seen, spec: &ReadSpec) -> Result<Self> {
        let is_thumbs = spec.highest.is_none() && !seen.has_others && seen.lowest < seen.highest;
        let (lowest, highest) = if is_thumbs {
            (seen.lowest, seen.highest)
        } else {
            let highest = match spec.highest {
                Some(highest) if highest > 0.0 && highest.is_finite() => highest,
                Some(highest) => return Err(Error::setting("highest", "must be a number above 0", highest)),
                None => highest_of(file, seen)?,
            };
            // a scale with negative ratings has as many below zero as above
            (if seen.lowest < 0.0 { -highest } else { 0.0 }, highest)
        };
        if seen.lowest < lowest || seen.highest > highest {
            let value = if seen.highest > highest { seen.highest } else { seen.lowest };
            return Err(Error::data(file, 0, format!("every rating must be from {} to {}", told(lowest), told(highest)), value));
        }
        let usual = if is_thumbs { (lowest + highest) / 2.0 } else { lowest + 0.6 * (highest - lowest) };
        let threshold = spec.threshold.unwrap_or((usual * 1000.0).round() / 1000.0);
        if !(lowest..highest).contains(&threshold) {
            let rule = format!("must be from {} to below {}, as the ratings are", told(lowest), told(highest));
            return Err(Error::setting("threshold", rule, threshold));
        }
        Ok(Self { lowest, highest, threshold, is_thumbs })
    }

    /// A rating in half stars: more than three if, and only if, it is above the threshold.
    pub fn stars(&self, rating: f64) -> f32 {
        let liked_above = f64::from(LIKED_ABOVE);
        let stars = if rating > self.threshold {
            let share = (rating - self.threshold) / (self.highest - self.threshold);
            (liked_above + (5.0 - liked_above) * share).max(liked_above + 0.5)
        } else if self.threshold > self.lowest {
            (liked_above * (rating - self.lowest) / (self.threshold - self.lowest)).max(0.5)
        } else {
            0.5
        };
        ((stars * 2.0).round() / 2.0) as f32
    }

    /// Whether half stars are exactly the ratings as they stand in the file.
    pub fn is_stars(&self, seen: &Seen) -> bool {
        self.lowest == 0.0 && self.highest == 5.0 && self.threshold == f64::from(LIKED_ABOVE) && !seen.has_fractions
    }
}

/// The scale that holds all ratings.
fn highest_of(file: &str, seen: &Seen) -> Result<f64> {
    let size = seen.highest.max(-seen.lowest);
    let Some(at) = HIGHEST.iter().position(|highest| size <= *highest) else {
        let (_, line, value) = seen.above[2];
        let rule = format!("a rating must be at most {}, unless the highest of the scale is said", told(HIGHEST[2]));
        return Err(Error::data(file, line, rule, if seen.highest > HIGHEST[2] { value } else { seen.lowest }));
    };
    // a single 50 among hundreds of ratings up to 5 is a slip, not a scale up to 100
    if let Some((highest, (n, line, value))) = HIGHEST.iter().zip(seen.above).take(at).find(|(_, (n, ..))| *n > 0 && n * FEW < seen.n) {
        let rule = format!(
            "a rating must be at most {}, as all but {n} of {} are: mend or leave out the row, or say what the highest rating is",
            told(*highest),
            seen.n
        );
        return Err(Error::data(file, line, rule, value));
    }
    Ok(HIGHEST[at])
}

/// A number as it is told: without a fraction if it has none.
pub fn told(number: f64) -> String {
    format!("{}", (number * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(ratings: &[f64]) -> Seen {
        let mut seen = Seen::default();
        ratings.iter().zip(1..).for_each(|(rating, line)| seen.add(*rating, line));
        seen
    }

    fn scale(ratings: &[f64], spec: &ReadSpec) -> Result<Scale> {
        Scale::of("a.csv", &seen(ratings), spec)
    }

    #[test]
    fn scales_and_their_thresholds() {
        let of = |ratings: &[f64]| scale(ratings, &ReadSpec::default()).map(|scale| (scale.lowest, scale.highest, scale.threshold)).ok();
        assert_eq!(of(&[1.0, 5.0]), Some((0.0, 5.0, 3.0)));
        assert_eq!(of(&[0.5, 4.5]), Some((0.0, 5.0, 3.0)));
        assert_eq!(of(&[1.0, 9.0]), Some((0.0, 10.0, 6.0)));
        assert_eq!(of(&[20.0, 95.0]), Some((0.0, 100.0, 60.0)));
        assert_eq!(of(&[0.0, 1.0]), Some((0.0, 1.0, 0.5)));
        assert_eq!(of(&[-1.0, 1.0]), Some((-1.0, 1.0, 0.0)));
        assert_eq!(of(&[-9.7, 3.2]), Some((-10.0, 10.0, 2.0)));
        assert_eq!(of(&[1.0, 101.0]), None);
    }

    #[test]
    fn half_stars_stay_and_others_follow_the_threshold() {
        let five = scale(&[0.5, 5.0], &ReadSpec::default()).unwrap();
        (1..=10).for_each(|half| assert_eq!(five.stars(f64::from(half) / 2.0), half as f32 / 2.0));
        let ten = scale(&[1.0, 10.0], &ReadSpec::default()).unwrap();
        (1..=10).for_each(|points| assert_eq!(ten.stars(f64::from(points)), points as f32 / 2.0));
        let strict = scale(&[1.0, 10.0], &ReadSpec { threshold: Some(8.0), ..ReadSpec::default() }).unwrap();
        assert_eq!([1.0, 8.0, 9.0, 10.0].map(|points| strict.stars(points)), [0.5, 3.0, 4.0, 5.0]);
        let lowest = scale(&[0.0, 80.0], &ReadSpec { threshold: Some(0.0), ..ReadSpec::default() }).unwrap();
        assert_eq!([0.0, 1.0, 100.0].map(|points| lowest.stars(points)), [0.5, 3.5, 5.0]);
        let thumbs = scale(&[0.0, 1.0], &ReadSpec::default()).unwrap();
        assert_eq!([0.0, 1.0].map(|thumb| thumbs.stars(thumb)), [0.5, 5.0]);
    }

    #[test]
    fn a_few_ratings_off_the_scale_are_slips() {
        let mut ratings = vec![4.0; 300];
        ratings[7] = 50.0;
        let error = scale(&ratings, &ReadSpec::default()).unwrap_err().to_string();
        assert!(error.starts_with("a.csv:8: a rating must be at most 5, as all but 1 of 300 are"), "{error}");
        assert!(scale(&ratings, &ReadSpec { highest: Some(100.0), ..ReadSpec::default() }).is_ok());
    }

    #[test]
    fn settings_must_fit() {
        let said = |spec: ReadSpec| scale(&[1.0, 10.0], &spec).unwrap_err().to_string();
        assert_eq!(
            said(ReadSpec { threshold: Some(10.0), ..ReadSpec::default() }),
            "threshold: must be from 0 to below 10, as the ratings are, got `10`"
        );
        assert_eq!(said(ReadSpec { highest: Some(0.0), ..ReadSpec::default() }), "highest: must be a number above 0, got `0`");
        assert!(said(ReadSpec { highest: Some(5.0), ..ReadSpec::default() }).contains("every rating must be from 0 to 5"));
        assert!(said(ReadSpec { threshold: Some(f64::NAN), ..ReadSpec::default() }).starts_with("threshold: "));
    }
}
