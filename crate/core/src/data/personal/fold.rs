//! Titles without what differs between two spellings of one: case, accents, punctuation, a leading article and where it stands, `&` and “and”, and
//! Roman numerals.

/// Articles that stand before a title, or after it behind a comma.
const ARTICLES: [&str; 21] =
    ["the", "a", "an", "le", "la", "les", "l", "un", "une", "el", "los", "las", "il", "lo", "gli", "i", "der", "die", "das", "ein", "eine"];
/// Roman numerals from two on; `i` and `x` alone are words, too.
const ROMAN: [(&str, &str); 11] = [
    ("ii", "2"),
    ("iii", "3"),
    ("iv", "4"),
    ("v", "5"),
    ("vi", "6"),
    ("vii", "7"),
    ("viii", "8"),
    ("ix", "9"),
    ("xi", "11"),
    ("xii", "12"),
    ("xiii", "13"),
];

/// A title folded. Empty if it has neither letter nor digit.
pub fn fold(title: &str) -> String {
    let title = article_in_front(title);
    let mut text = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        match c {
            '\'' | '’' | '‘' | '`' | '´' | '.' => {}
            '&' | '+' => text.push_str(" and "),
            c if c.is_alphanumeric() => unaccented(c, &mut text),
            // A mark that stands on the letter before it.
            '\u{300}'..='\u{36f}' => {}
            _ => text.push(' '),
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let start = usize::from(words.len() > 1 && ARTICLES.contains(&words[0]));
    let of = |(at, word): (usize, &&str)| {
        let roman = ROMAN.iter().find(|(roman, _)| at > 0 && roman == word);
        roman.map_or_else(|| (*word).to_owned(), |(_, digits)| (*digits).to_owned())
    };
    words[start..].iter().enumerate().map(of).collect::<Vec<_>>().join(" ")
}

/// “Matrix, The” is “The Matrix”.
fn article_in_front(title: &str) -> String {
    let Some((before, last)) = title.trim().rsplit_once(',') else { return title.to_owned() };
    let article = last.trim().to_lowercase();
    let article = article.trim_end_matches(['\'', '’']);
    if ARTICLES.contains(&article) { format!("{article} {before}") } else { title.to_owned() }
}

/// A letter without its accent.
fn unaccented(c: char, out: &mut String) {
    let plain = match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => {
            out.push(c);
            return;
        }
    };
    out.push_str(plain);
}

/// All titles that an item's title states: itself without what stands in brackets, and what stands there, as in
/// “City of Lost Children, The (Cité des enfants perdus, La)” or “Seven (a.k.a. Se7en)”. A series is no title.
pub fn titles_in(title: &str) -> Vec<String> {
    let (mut outside, mut inside, mut depth) = (String::new(), Vec::new(), 0usize);
    for c in title.chars() {
        match c {
            '(' | '[' => {
                depth += 1;
                if depth == 1 {
                    inside.push(String::new());
                }
            }
            ')' | ']' if depth > 0 => depth -= 1,
            _ if depth > 0 => inside.last_mut().into_iter().for_each(|text| text.push(c)),
            _ => outside.push(c),
        }
    }
    let others = inside.iter().filter(|text| !text.contains('#')).map(|text| {
        let text = text.trim();
        ["a.k.a.", "aka ", "A.K.A."].iter().find_map(|also| text.strip_prefix(also)).unwrap_or(text)
    });
    let mut all = vec![fold(&outside)];
    all.extend(others.map(fold));
    all.push(fold(title));
    all.retain(|key| !key.is_empty());
    let mut seen = std::collections::HashSet::new();
    all.retain(|key| seen.insert(key.clone()));
    all
}

/// The part of a title before its subtitle, folded, if it has one.
pub fn without_subtitle(title: &str) -> Option<String> {
    let title = title.split(['(', '[']).next().unwrap_or(title);
    let (main, _) = title.split_once(": ").or_else(|| title.split_once(" - ")).or_else(|| title.split_once(" – "))?;
    Some(fold(main)).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_title_fold_alike() {
        for (one, other) in [
            ("Matrix, The", "The Matrix"),
            ("Amélie", "AMELIE"),
            ("Schindler's List", "Schindler’s List"),
            ("Rocky II", "Rocky 2"),
            ("Lock, Stock & Two Smoking Barrels", "Lock, Stock and Two Smoking Barrels"),
            ("WALL·E", "WALL-E"),
            ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
            ("Misérables, Les", "Les Miserables"),
            ("E.T. the Extra-Terrestrial", "ET The Extra Terrestrial"),
            ("Ame\u{301}lie", "Amélie"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} | {other}");
        }
        assert_ne!(fold("Rocky"), fold("Rocky II"));
        assert_eq!((fold("V for Vendetta").as_str(), fold("…"), fold("A").as_str()), ("v for vendetta", String::new(), "a"));
    }

    #[test]
    fn other_titles_stand_in_brackets() {
        assert_eq!(titles_in("Seven (a.k.a. Se7en)"), ["seven", "se7en", "seven aka se7en"]);
        assert_eq!(
            titles_in("City of Lost Children, The (Cité des enfants perdus, La)")[1],
            "cite des enfants perdus",
            "the article goes wherever it stands"
        );
        assert_eq!(titles_in("The Hunger Games (The Hunger Games, #1)")[0], "hunger games");
        assert_eq!(without_subtitle("Star Wars: Episode IV - A New Hope").as_deref(), Some("star wars"));
        assert_eq!(without_subtitle("Heat"), None);
    }
}
