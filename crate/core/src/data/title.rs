//! Titles and genres of MovieLens. A title includes its year: "Toy Story (1995)", "Death Note (2006–2007)".

/// Splits the year, or the first year of a range, off the end of a title.
pub fn split_year(full: &str) -> (&str, Option<i32>) {
    let full = full.trim();
    let Some((title, years)) = full.strip_suffix(')').and_then(|open| open.rsplit_once('(')) else { return (full, None) };
    let title = title.trim_end();
    let mut parts = years.splitn(2, ['-', '–']);
    let first = parts.next().and_then(year);
    let last_is_sound = parts.next().is_none_or(|last| last.trim().is_empty() || year(last).is_some());
    if title.is_empty() || first.is_none() || !last_is_sound {
        return (full, None);
    }
    (title, first)
}

/// Splits genres at `|` and drops the sources' words for "none".
pub fn genres(text: &str) -> Vec<String> {
    text.split('|').map(str::trim).filter(|genre| !matches!(*genre, "" | "(no genres listed)" | "unknown")).map(str::to_owned).collect()
}

fn year(text: &str) -> Option<i32> {
    let text = text.trim();
    if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years() {
        let cases = [
            ("Toy Story (1995)", "Toy Story", Some(1995)),
            ("Slingshot, The (Kådisbellan ) (1993) ", "Slingshot, The (Kådisbellan )", Some(1993)),
            ("Death Note: Desu nôto (2006–2007)", "Death Note: Desu nôto", Some(2006)),
            ("Doctor Who (2005-)", "Doctor Who", Some(2005)),
            ("Babylon 5", "Babylon 5", None),
            ("Heat (uncut)", "Heat (uncut)", None),
            ("(1995)", "(1995)", None),
            ("Odd (1995-then)", "Odd (1995-then)", None),
        ];
        for (full, title, year) in cases {
            assert_eq!(split_year(full), (title, year), "{full}");
        }
    }

    #[test]
    fn no_genres() {
        assert_eq!(genres("(no genres listed)"), Vec::<String>::new());
        assert_eq!(genres("Action|Film-Noir"), ["Action", "Film-Noir"]);
    }
}
