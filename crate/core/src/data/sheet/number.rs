//! Numbers, words for a thumb, and words for nothing, as tables have them.

/// Words for a thumb up.
const UP: [&str; 16] =
    ["up", "thumbs up", "thumbs_up", "thumbsup", "like", "liked", "likes", "love", "yes", "true", "y", "t", "+", "positive", "good", "👍"];
/// Words for a thumb down.
const DOWN: [&str; 16] = [
    "down",
    "thumbs down",
    "thumbs_down",
    "thumbsdown",
    "dislike",
    "disliked",
    "dislikes",
    "hate",
    "no",
    "false",
    "n",
    "f",
    "-",
    "negative",
    "bad",
    "👎",
];
/// Words for nothing.
const NOTHING: [&str; 8] = ["", "na", "n/a", "nan", "null", "none", "\\n", "nil"];

/// Whether a field states nothing.
pub fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 4 && NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A number with a point or a comma before its fraction.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
        && digits.bytes().filter(|byte| !byte.is_ascii_digit()).count() <= 1;
    if !is_number {
        return None;
    }
    text.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether a word is a thumb up (`true`) or down; `None` if it is neither.
pub fn thumb(text: &str) -> Option<bool> {
    let text = text.trim().to_lowercase();
    // a thumb may have the colour of a skin
    let is = |words: &[&str]| words.iter().any(|word| *word == text) || words.last().is_some_and(|sign| text.starts_with(sign));
    if is(&UP) {
        return Some(true);
    }
    is(&DOWN).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words() {
        for (text, expected) in [
            ("4", Some(4.0)),
            (" 4.5 ", Some(4.5)),
            ("4,5", Some(4.5)),
            ("-1", Some(-1.0)),
            ("+1", Some(1.0)),
            ("1e3", None),
            ("NaN", None),
            ("inf", None),
            ("1.2.3", None),
            ("1,000.5", None),
            ("", None),
            (".", None),
            ("-", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
        assert_eq!(["Up", "👍", "👍🏽", "+", "TRUE"].map(thumb), [Some(true); 5]);
        assert_eq!(["down", "👎", "-", "no"].map(thumb), [Some(false); 4]);
        assert_eq!((thumb("maybe"), thumb("")), (None, None));
        assert!(["", " ", "NA", "NaN", "null", "\\N"].into_iter().all(is_nothing) && !is_nothing("Nana") && !is_nothing("0"));
    }
}
