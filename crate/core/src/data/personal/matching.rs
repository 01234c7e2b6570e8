//! Finds a data set's items by title, year and author. What is beyond doubt is taken, what is doubtful is proposed with the reason, and what is not
//! found is said.

use super::fold::{fold, titles_in, without_subtitle};
use super::read::Entry;
use crate::data::interaction::{Dataset, Item};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// Two titles that share this part of their letter triples are alike (Dice's coefficient).
const ALIKE: f64 = 0.6;
/// The same where no year can confirm it.
const ALIKE_WITHOUT_YEAR: f64 = 0.75;
/// Largest number of items proposed.
const N_PROPOSED: usize = 5;

/// How certain a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The same title, and a year or an author that agrees.
    Sure,
    /// Perhaps: a person should look.
    Doubtful,
    /// The data have nothing like it.
    Missing,
}

/// What was found for a rating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Match {
    /// How certain it is.
    pub verdict: Certainty,
    /// The item that it most probably is.
    pub item: Option<u32>,
    /// What else it may be, likeliest first.
    pub others: Vec<u32>,
    /// Why it is doubtful, in words without a final dot; empty where it is not.
    pub why: String,
}

/// A data set's titles, to be searched.
pub struct Titles<'a> {
    dataset: &'a Dataset,
    /// Places of items by folded title.
    whole: HashMap<String, Vec<u32>>,
    /// Places of items by folded title without a subtitle.
    short: HashMap<String, Vec<u32>>,
    /// Places of items by three letters that stand in their titles.
    triples: HashMap<[char; 3], Vec<u32>>,
    n_triples: Vec<u32>,
}

/// An item that may be meant.
struct Candidate {
    place: u32,
    is_same_title: bool,
    alike: f64,
}

/// How far two years are apart, so that the nearest come first: festivals and cinemas, or two countries, are a year apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Years {
    Same,
    Near,
    Unknown,
    Far(u32),
}

impl<'a> Titles<'a> {
    /// The titles of a data set.
    pub fn of(dataset: &'a Dataset) -> Self {
        let mut titles = Self { dataset, whole: HashMap::new(), short: HashMap::new(), triples: HashMap::new(), n_triples: Vec::new() };
        for (place, item) in (0..).zip(&dataset.items) {
            let keys = titles_in(&item.title);
            let of_first = triples(keys.first().map_or("", String::as_str));
            titles.n_triples.push(of_first.len() as u32);
            of_first.into_iter().for_each(|triple| titles.triples.entry(triple).or_default().push(place));
            keys.into_iter().for_each(|key| titles.whole.entry(key).or_default().push(place));
            without_subtitle(&item.title).into_iter().for_each(|key| titles.short.entry(key).or_default().push(place));
        }
        titles
    }

    /// The item that a rating is of.
    pub fn find(&self, entry: &Entry) -> Match {
        if let Some(id) = entry.id {
            return self.by_id(id);
        }
        let mut found = self.candidates(entry);
        let years = |found: &Candidate| self.years(entry, found.place);
        let author = |found: &Candidate| self.same_author(entry, found.place);
        // The same title first, then who wrote it, then the nearest year, then the likest title.
        found.sort_by(|a, b| {
            let of = |c: &Candidate| (!c.is_same_title, author(c) == Some(false), author(c) != Some(true), years(c));
            of(a).cmp(&of(b)).then(b.alike.total_cmp(&a.alike)).then(a.place.cmp(&b.place))
        });
        let Some(best) = found.first() else {
            return Match { verdict: Certainty::Missing, item: None, others: Vec::new(), why: String::new() };
        };
        let id = |found: &Candidate| self.item(found.place).id;
        // Another item that is as good: two entries of one film, or two films of one title and year.
        let rank = |c: &Candidate| (c.is_same_title, author(c), years(c));
        let n_alike = found.iter().filter(|c| c.is_same_title && rank(c) == rank(best)).count();
        let why = self.doubt(entry, best, n_alike);
        let others = found.iter().skip(1).take(N_PROPOSED).map(id).collect();
        let verdict = if why.is_empty() { Certainty::Sure } else { Certainty::Doubtful };
        Match { verdict, item: Some(id(best)), others, why }
    }

    fn by_id(&self, id: u32) -> Match {
        match self.dataset.item(id) {
            Some(_) => {
                let why = "matched by its number: right only if the file's numbers are those of the loaded data".into();
                Match { verdict: Certainty::Doubtful, item: Some(id), others: Vec::new(), why }
            }
            None => Match { verdict: Certainty::Missing, item: None, others: Vec::new(), why: String::new() },
        }
    }

    /// Why the best candidate is doubtful; empty if it is not.
    fn doubt(&self, entry: &Entry, best: &Candidate, n_alike: usize) -> String {
        let item = self.item(best.place);
        let year = |year: Option<i32>| year.map_or_else(|| "no year".into(), |year| year.to_string());
        if !best.is_same_title {
            return "the title is another, but alike".into();
        }
        if n_alike > 1 {
            return format!("{n_alike} have this title");
        }
        match (self.same_author(entry, best.place), self.years(entry, best.place)) {
            // A book has a year for every edition.
            (Some(true), _) | (None, Years::Same | Years::Near) => String::new(),
            (Some(false), _) => format!("the author is another: {}", item.authors.join(", ")),
            (None, Years::Unknown) => "there is no year to compare".into(),
            (None, Years::Far(_)) => format!("the year is another: {} there, {} here", year(entry.year), year(item.year)),
        }
    }

    fn candidates(&self, entry: &Entry) -> Vec<Candidate> {
        let texts: Vec<&str> = std::iter::once(entry.title.as_str()).chain(entry.other_title.as_deref()).collect();
        let mut found: Vec<Candidate> = Vec::new();
        let mut seen = HashSet::new();
        for key in texts.iter().flat_map(|text| titles_in(text)) {
            for place in self.whole.get(&key).into_iter().flatten() {
                if seen.insert(*place) {
                    found.push(Candidate { place: *place, is_same_title: true, alike: 1.0 });
                }
            }
        }
        let is_near = |place: u32| matches!(self.years(entry, place), Years::Same | Years::Near);
        for text in &texts {
            // “Star Wars” and “Star Wars: Episode IV – A New Hope”, either way round
            let (whole, short) = (fold(text), without_subtitle(text));
            let longer = self.short.get(&whole).into_iter().flatten();
            let shorter = short.iter().flat_map(|key| self.whole.get(key).into_iter().chain(self.short.get(key)).flatten());
            for place in longer.chain(shorter) {
                if is_near(*place) && seen.insert(*place) {
                    found.push(Candidate { place: *place, is_same_title: false, alike: 0.9 });
                }
            }
            let of_text = triples(&whole);
            let mut shared: HashMap<u32, u32> = HashMap::new();
            for place in of_text.iter().filter_map(|triple| self.triples.get(triple)).flatten() {
                *shared.entry(*place).or_default() += 1;
            }
            for (place, n) in shared {
                let alike = 2.0 * f64::from(n) / (of_text.len() as f64 + f64::from(self.n_triples[place as usize]));
                let enough = match self.years(entry, place) {
                    Years::Same | Years::Near => ALIKE,
                    Years::Unknown => ALIKE_WITHOUT_YEAR,
                    Years::Far(_) => continue,
                };
                if alike >= enough && self.same_author(entry, place) != Some(false) && seen.insert(place) {
                    found.push(Candidate { place, is_same_title: false, alike });
                }
            }
        }
        found
    }

    fn item(&self, place: u32) -> &Item {
        &self.dataset.items[place as usize]
    }

    fn years(&self, entry: &Entry, place: u32) -> Years {
        match (entry.year, self.item(place).year) {
            (Some(theirs), Some(ours)) => match theirs.abs_diff(ours) {
                0 => Years::Same,
                1 => Years::Near,
                apart => Years::Far(apart),
            },
            _ => Years::Unknown,
        }
    }

    /// Whether the author is among the item's; `None` if either is not known.
    fn same_author(&self, entry: &Entry, place: u32) -> Option<bool> {
        let authors = &self.item(place).authors;
        let said = entry.author.as_deref().filter(|_| !authors.is_empty())?;
        // By the last word of a name: first names are written in many ways.
        let last = |name: &str| fold(name).split(' ').next_back().unwrap_or_default().to_owned();
        let said: Vec<String> = said.split([',', ';']).map(last).filter(|name| !name.is_empty()).collect();
        Some(authors.iter().map(|name| last(name)).any(|name| said.contains(&name)))
    }
}

/// The different letter triples of a text, with its ends marked.
fn triples(text: &str) -> HashSet<[char; 3]> {
    if text.is_empty() {
        return HashSet::new();
    }
    let chars: Vec<char> = std::iter::once(' ').chain(text.chars()).chain([' ']).collect();
    chars.windows(3).map(|window| [window[0], window[1], window[2]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset() -> Dataset {
        let film = |id, title: &str, year| Item { id, title: title.into(), genres: Vec::new(), authors: Vec::new(), year };
        let mut items = vec![
            film(1, "Matrix, The", Some(1999)),
            film(2, "Psycho", Some(1960)),
            film(3, "Psycho", Some(1998)),
            film(4, "Star Wars: Episode IV - A New Hope", Some(1977)),
            film(5, "Amelie (Fabuleux destin d'Amélie Poulain, Le)", Some(2001)),
            film(6, "Seven (a.k.a. Se7en)", Some(1995)),
            film(7, "Emma", Some(1996)),
            film(8, "Emma", Some(1996)),
            film(9, "Birdman: Or (The Unexpected Virtue of Ignorance)", Some(2014)),
        ];
        items.push(Item {
            authors: vec!["J.K. Rowling".into(), "Mary GrandPré".into()],
            ..film(10, "Stone (Harry Potter, #1)", Some(1997))
        });
        Dataset { items, ..Dataset::default() }
    }

    fn entry(title: &str, year: Option<i32>) -> Entry {
        Entry { line: 2, title: title.into(), other_title: None, id: None, year, author: None, stars: 4.0, time: None }
    }

    fn found(entry: &Entry) -> (Certainty, Option<u32>, String) {
        let data = dataset();
        let found = Titles::of(&data).find(entry);
        (found.verdict, found.item, found.why)
    }

    #[test]
    fn same_title_and_year_are_sure() {
        for (title, year, item) in [
            ("The Matrix", 1999, 1),
            ("The Matrix", 2000, 1),
            ("Psycho", 1998, 3),
            ("Se7en", 1995, 6),
            ("Amélie", 2001, 5),
            ("Le fabuleux destin d’Amélie Poulain", 2001, 5),
        ] {
            assert_eq!(found(&entry(title, Some(year))), (Certainty::Sure, Some(item), String::new()), "{title}");
        }
    }

    #[test]
    fn what_is_doubtful_is_proposed_with_the_reason() {
        for (title, year, item, why) in [
            ("Psycho", None, 2, "there is no year to compare"),
            ("The Matrix", Some(2021), 1, "the year is another: 2021 there, 1999 here"),
            ("Emma", Some(1996), 7, "2 have this title"),
            ("Star Wars", Some(1977), 4, "the title is another, but alike"),
            ("The Matrixx", Some(1999), 1, "the title is another, but alike"),
            ("Birdman", Some(2014), 9, "the title is another, but alike"),
        ] {
            let told = found(&entry(title, year));
            let why = if title == "Psycho" { "2 have this title" } else { why };
            assert_eq!(told, (Certainty::Doubtful, Some(item), why.into()), "{title}");
        }
        let data = dataset();
        assert_eq!(Titles::of(&data).find(&entry("Psycho", None)).others, [3]);
    }

    #[test]
    fn what_the_data_lack_is_missing() {
        for (title, year) in [("Heat", Some(1995)), ("Star Wars", Some(2015)), ("Matrixx", Some(2021))] {
            assert_eq!(found(&entry(title, year)).0, Certainty::Missing, "{title}");
        }
    }

    #[test]
    fn an_author_decides_where_years_are_of_editions() {
        let book = |author: &str| Entry { author: Some(author.into()), ..entry("Stone (Harry Potter, #1)", Some(2014)) };
        assert_eq!(found(&book("J. K. Rowling")).0, Certainty::Sure);
        assert_eq!(
            found(&book("Irving Stone")),
            (Certainty::Doubtful, Some(10), "the author is another: J.K. Rowling, Mary GrandPré".into())
        );
    }

    #[test]
    fn an_id_is_taken_and_looked_at() {
        let by_id = |id| found(&Entry { id: Some(id), ..entry("4", None) });
        assert_eq!((by_id(4).0, by_id(4).1, by_id(99).0), (Certainty::Doubtful, Some(4), Certainty::Missing));
    }
}
