//! The wording of a prompt, as units that are encoded one by one.
//!
//! Encoding the units separately gives the same tokens as encoding the whole prompt, because every unit but the first begins where the tokenizer
//! always cuts ([`Family`](super::Family)). A unit begins either with one white-space character followed by something else (no word or run of punctuation
//! extends over white space) or with a digit after a colon. No unit but the last ends in white space, since the last character of a run of white
//! space belongs to what follows. Some tokenizers take a line break to the punctuation before it: for them it is moved to the unit before
//! ([`Wording::text_to_break`]), which is always followed by one.

use crate::data::interaction::{Dataset, Item, Person};
use crate::data::prompt::{MAX_HISTORY, Question};
use crate::data::split::LIKED_ABOVE;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::str::FromStr;

/// The available wordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Template {
    /// The prompt of arXiv 2403.03536's code, word for word, with the sentences on sex, job and age if the dataset states them:
    /// `['0. Heat (1995) (4 stars)', …`.
    Simple,
    /// One line per rating, `Alien:4`, and an open last line, `Brazil:`: about 100 tokens. The answer takes the place of a rating, and an item is
    /// asked about in the same form as it is listed, so each line of the history is an answered question. Items that share a title are listed with
    /// their year or author: `Heat (1995):`.
    Compact,
}

impl FromStr for Template {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "simple" => Ok(Self::Simple),
            "compact" => Ok(Self::Compact),
            other => Err(Error::setting("template", "must be simple or compact", other)),
        }
    }
}

const HEAD: usize = 0;
const TAIL: usize = 1;
/// Index of the first of three asking units: about the user, him and her.
const FIRST_ASK: usize = 2;
/// Index of the first unit that numbers the list, `'0.` to `'9.`, with either quote.
const FIRST_MARK: usize = FIRST_ASK + 3;
/// Index of the first rating unit: 0.5 to 5, with either quote, before another item and at the end.
const FIRST_STARS: usize = FIRST_MARK + 2 * MAX_HISTORY;
/// Index of the first item unit: each item has two, as rated and as asked about. The persons' opening units follow.
const FIRST_ITEM: usize = FIRST_STARS + 10 * 4;
const QUOTES: [char; 2] = ['\'', '"'];

/// A template with a dataset's titles.
pub struct Wording {
    template: Template,
    books: bool,
    ids: Vec<u32>,
    titles: Vec<Title>,
    /// Persons whom prompts describe, ascending by id.
    people: Vec<Person>,
}

struct Title {
    /// Text as a rated item.
    past: String,
    /// Text as the item asked about.
    asked: String,
    /// Which quote is used: Python writes a string that contains `'` but no `"` between `"`.
    quote: usize,
}

impl Wording {
    /// The wording for all items of a dataset, rated or with metadata.
    pub fn new(template: Template, dataset: &Dataset) -> Self {
        let books = dataset.has_authors();
        let ids = dataset.item_ids();
        let shared = shared_titles(&dataset.items);
        let title = |id: &u32| match dataset.item(*id) {
            Some(item) => Title::new(template, item, books, &shared),
            None => Title { past: format!("item {id}"), asked: format!("item {id}"), quote: 0 },
        };
        let people = if template == Template::Simple { dataset.people.clone() } else { Vec::new() };
        Self { template, books, titles: ids.iter().map(title).collect(), ids, people }
    }

    /// Number of units.
    pub fn n_units(&self) -> usize {
        self.unnamed() + 1
    }

    /// The unit of an anonymous item.
    fn unnamed(&self) -> usize {
        self.first_person() + self.people.len()
    }

    /// Replaces every item of the history by the anonymous item.
    pub fn unname(&self, units: &mut [u32]) {
        let past =
            |unit: u32| (FIRST_ITEM..self.first_person()).contains(&(unit as usize)) && (unit as usize - FIRST_ITEM).is_multiple_of(2);
        units.iter_mut().filter(|unit| past(**unit)).for_each(|unit| *unit = self.unnamed() as u32);
    }

    fn first_person(&self) -> usize {
        FIRST_ITEM + 2 * self.ids.len()
    }

    /// Whether the dataset contains the item.
    pub fn knows(&self, item: u32) -> bool {
        self.ids.binary_search(&item).is_ok()
    }

    /// Appends a prompt's units to `out`. Items that the dataset does not contain are left out of the history; as the item asked about, they are
    /// replaced by the last item.
    pub fn units(&self, question: &Question, out: &mut Vec<u32>) {
        let find = |item: u32| self.ids.binary_search(&item);
        let known = || question.history().iter().filter_map(|(item, rating)| Some((find(*item).ok()?, *rating)));
        let n_known = known().count();
        let mut push = |unit: usize| out.push(unit as u32);
        let person = question.user.and_then(|user| self.people.binary_search_by_key(&user, |person| person.id).ok());
        push(person.map_or(HEAD, |at| self.first_person() + at));
        for (k, (idx, rating)) in known().enumerate() {
            let (quote, last) = (self.titles[idx].quote, usize::from(k + 1 == n_known));
            if self.template == Template::Simple {
                push(FIRST_MARK + 2 * k + quote);
            }
            push(FIRST_ITEM + 2 * idx);
            let half = (rating * 2.0) as usize - 1;
            push(FIRST_STARS + if self.template == Template::Simple { 4 * half + 2 * quote + last } else { 4 * half });
        }
        if self.template == Template::Simple {
            push(FIRST_ASK + person.map_or(0, |at| if self.people[at].male { 1 } else { 2 }));
        }
        push(FIRST_ITEM + 2 * find(question.target).unwrap_or(self.ids.len() - 1) + 1);
        if self.template == Template::Simple {
            push(TAIL);
        }
    }

    /// The range of a unit's tokens that name an item: those between line break or mark and colon or star. `moved` says whether line breaks belong to
    /// the units before.
    pub fn name(&self, unit: u32, n_tokens: usize, moved: bool) -> Option<std::ops::Range<usize>> {
        let item = (FIRST_ITEM..self.first_person()).contains(&(unit as usize));
        let asked = item && !(unit as usize - FIRST_ITEM).is_multiple_of(2);
        let (before, after) =
            if self.template == Template::Compact { (usize::from(!moved), 1) } else { (usize::from(asked), usize::from(asked)) };
        (item && n_tokens > before + after).then(|| before..n_tokens - after)
    }

    /// Number of units after the one that names the item asked about.
    pub fn n_after_target(&self) -> usize {
        usize::from(self.template == Template::Simple)
    }

    /// Whether the answer is Yes, if the unit is a rating in the place of an answer; otherwise `None`.
    pub fn answered(&self, unit: u32) -> Option<bool> {
        let half =
            (unit as usize).checked_sub(FIRST_STARS).filter(|at| self.template == Template::Compact && *at < FIRST_ITEM - FIRST_STARS)? / 4;
        Some((half + 1) as f32 / 2.0 > LIKED_ABOVE)
    }

    /// The text of a unit below [`Wording::n_units`].
    pub fn text(&self, unit: u32) -> String {
        let (unit, simple) = (unit as usize, self.template == Template::Simple);
        let (thing, seen) = if self.books { ("book", "read") } else { ("movie", "watched") };
        match unit {
            HEAD if simple => format!("The user {seen} the following {thing}s in order in the past, and rated them:"),
            HEAD => format!("{} rated out of 5:", if self.books { "Books" } else { "Films" }),
            TAIL => format!(
                "\nNote that more stars the user rated the {thing}, the user liked the {thing} more.\nYou should ONLY tell me yes or no.\n"
            ),
            _ if unit < FIRST_MARK => {
                let who = ["the user", "he", "she"][unit - FIRST_ASK];
                format!("\nBased on the {thing}s {who} has {seen}, deduce if {who} will like the {thing}")
            }
            _ if unit < FIRST_STARS => {
                let (number, quote) = ((unit - FIRST_MARK) / 2, QUOTES[(unit - FIRST_MARK) % 2]);
                if number == 0 { format!("\n[{quote}0.") } else { format!(" {quote}{number}.") }
            }
            _ if unit < FIRST_ITEM => {
                let (half, quote, last) = ((unit - FIRST_STARS) / 4, QUOTES[(unit - FIRST_STARS) % 4 / 2], (unit - FIRST_STARS) % 2 == 1);
                let stars = (half + 1) as f32 / 2.0;
                if simple {
                    let s = if stars == 1.0 { "" } else { "s" };
                    format!(" ({stars} star{s}){quote}{}", if last { "]" } else { "," })
                } else {
                    format!("{stars}")
                }
            }
            _ if unit == self.unnamed() => {
                if simple {
                    format!(" a {thing}")
                } else {
                    format!("\na {thing}:")
                }
            }
            _ if unit >= self.first_person() => {
                let Person { male, age, job, .. } = &self.people[unit - self.first_person()];
                let [sex, his, he] = if *male { ["male", "His", "He"] } else { ["female", "Her", "She"] };
                format!(
                    "The user is a {sex}. {his} job is {job}. {his} age is {age}.\n\
                     {he} {seen} the following {thing}s in order in the past, and rated them:"
                )
            }
            _ => {
                let title = &self.titles[(unit - FIRST_ITEM) / 2];
                match ((unit - FIRST_ITEM) % 2 == 1, simple) {
                    (false, true) => format!(" {}", title.past),
                    (false, false) => format!("\n{}:", title.past),
                    (true, true) => format!(" ***{}***.", title.asked),
                    (true, false) => format!("\n{}:", title.asked),
                }
            }
        }
    }

    /// Whether the unit begins a prompt; no other unit does, and it stands nowhere else.
    pub fn opens(&self, unit: u32) -> bool {
        unit as usize == HEAD || (self.first_person()..self.unnamed()).contains(&(unit as usize))
    }

    /// The text of a unit with its line break at its end: without the one that it begins with, and with that of the unit after it.
    pub fn text_to_break(&self, unit: u32) -> String {
        let (text, at, simple) = (self.text(unit), unit as usize, self.template == Template::Simple);
        let is_rating = (FIRST_STARS..FIRST_ITEM).contains(&at);
        let is_asked = (FIRST_ITEM..self.first_person()).contains(&at) && !(at - FIRST_ITEM).is_multiple_of(2);
        // The list ends with a rating, before the sentence that asks.
        let is_followed = self.opens(unit) || if simple { is_asked || (is_rating && (at - FIRST_STARS) % 2 == 1) } else { is_rating };
        format!("{}{}", text.strip_prefix('\n').unwrap_or(&text), if is_followed { "\n" } else { "" })
    }

    /// The text of the whole prompt.
    pub fn prompt(&self, question: &Question) -> String {
        let mut units = Vec::new();
        self.units(question, &mut units);
        units.into_iter().map(|unit| self.text(unit)).collect()
    }
}

impl Title {
    fn new(template: Template, item: &Item, books: bool, shared: &HashSet<String>) -> Self {
        match template {
            Template::Simple => {
                let full = match item.year.filter(|_| !books) {
                    Some(year) => format!("{} ({year})", item.title),
                    None => item.title.clone(),
                };
                let quote = usize::from(full.contains('\'') && !full.contains('"'));
                let escaped = full.replace('\\', "\\\\");
                let past = if quote == 0 { escaped.replace('\'', "\\'") } else { escaped };
                Self { past, asked: full, quote }
            }
            Template::Compact => {
                let title = short(&item.title);
                let title = match (item.authors.first(), item.year) {
                    _ if !shared.contains(&title) => title,
                    (Some(author), _) => format!("{title} by {author}"),
                    (None, Some(year)) => format!("{title} ({year})"),
                    (None, None) => title,
                };
                Self { past: title.clone(), asked: title, quote: 0 }
            }
        }
    }
}

/// Short titles that several items share.
fn shared_titles(items: &[Item]) -> HashSet<String> {
    let mut seen = HashSet::new();
    items.iter().map(|item| short(&item.title)).filter(|title| !seen.insert(title.clone())).collect()
}

/// Shortens a title: "Seven Samurai, The (Shichinin no samurai)" → "The Seven Samurai"; "Emma (Oxford, #2)" → "Emma".
fn short(title: &str) -> String {
    let mut short = title;
    while let Some((before, _)) = short.strip_suffix(')').and_then(|open| open.rsplit_once(" (")).filter(|(b, _)| !b.trim().is_empty()) {
        short = before.trim();
    }
    for article in ["The", "A", "An"] {
        if let Some(name) = short.strip_suffix(article).and_then(|rest| rest.strip_suffix(", ")).filter(|name| !name.trim().is_empty()) {
            return format!("{article} {}", name.trim());
        }
    }
    short.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn films() -> Dataset {
        let film = |id, title: &str, year| Item { id, title: title.into(), genres: Vec::new(), authors: Vec::new(), year };
        let items = vec![
            film(1, "Matrix, The", Some(1999)),
            film(2, "Schindler's List", Some(1993)),
            film(3, "Both ' and \"", None),
            film(9, "Seven Samurai, The (Shichinin no samurai)", Some(1954)),
            film(11, "Heat", Some(1995)),
            film(12, "Heat", Some(1986)),
        ];
        Dataset { name: "t".into(), interactions: Vec::new(), items, ..Dataset::default() }
    }

    #[test]
    fn simple_as_published() {
        let wording = Wording::new(Template::Simple, &films());
        let question = Question { earlier: &[(1, 4.0), (2, 1.0), (3, 3.5)], target: 9, same_author: &[], user: None };
        let expected = "The user watched the following movies in order in the past, and rated them:\n\
            ['0. Matrix, The (1999) (4 stars)', \"1. Schindler's List (1993) (1 star)\", '2. Both \\' and \" (3.5 stars)']\n\
            Based on the movies the user has watched, deduce if the user will like the movie ***Seven Samurai, The (Shichinin no samurai) (1954)***.\n\
            Note that more stars the user rated the movie, the user liked the movie more.\n\
            You should ONLY tell me yes or no.\n";
        assert_eq!(wording.prompt(&question), expected);
    }

    #[test]
    fn people_are_told_of() {
        let person = Person { id: 5, male: false, age: "25-34".into(), job: "writer".into() };
        let wording = Wording::new(Template::Simple, &Dataset { people: vec![person], ..films() });
        let prompt = |user| wording.prompt(&Question { earlier: &[(1, 4.0)], target: 2, same_author: &[], user });
        let expected = "The user is a female. Her job is writer. Her age is 25-34.\n\
            She watched the following movies in order in the past, and rated them:\n['0. Matrix, The (1999) (4 stars)']\n\
            Based on the movies she has watched, deduce if she will like the movie ***Schindler's List (1993)***.\n";
        assert!(prompt(Some(5)).starts_with(expected), "{}", prompt(Some(5)));
        assert!(prompt(Some(6)).starts_with("The user watched") && prompt(None) == prompt(Some(6)));
    }

    #[test]
    fn compact() {
        let wording = Wording::new(Template::Compact, &films());
        let question = Question { earlier: &[(9, 0.5), (77, 3.0), (2, 5.0), (12, 2.0)], target: 1, same_author: &[], user: None };
        let expected = "Films rated out of 5:\nThe Seven Samurai:0.5\nSchindler's List:5\nHeat (1986):2\nThe Matrix:";
        assert_eq!(wording.prompt(&question), expected);
        assert!(wording.knows(9) && !wording.knows(77));
    }

    /// Every prompt's units with their line breaks at the end make the same text.
    #[test]
    fn line_breaks_move_to_the_unit_before() {
        let person = Person { id: 5, male: false, age: "25-34".into(), job: "writer".into() };
        for template in [Template::Simple, Template::Compact] {
            let wording = Wording::new(template, &Dataset { people: vec![person.clone()], ..films() });
            for (earlier, user) in [(&[][..], None), (&[(1, 4.0)], Some(5)), (&[(9, 0.5), (2, 5.0), (12, 1.0)], Some(6))] {
                for (unnamed, target) in [(false, 1), (true, 12)] {
                    let mut units = Vec::new();
                    wording.units(&Question { earlier, target, same_author: &[], user }, &mut units);
                    if unnamed {
                        wording.unname(&mut units);
                    }
                    let whole: String = units.iter().map(|unit| wording.text(*unit)).collect();
                    let moved: Vec<_> = units.iter().map(|unit| wording.text_to_break(*unit)).collect();
                    assert_eq!(moved.concat(), whole);
                    assert!(moved.iter().all(|text| !text.starts_with('\n')) && units.iter().skip(1).all(|unit| !wording.opens(*unit)));
                    assert!(wording.opens(units[0]));
                }
            }
        }
    }

    #[test]
    fn short_titles() {
        for (title, expected) in [
            ("Emma (Oxford, #2) (b)", "Emma"),
            ("(500) Days of Summer", "(500) Days of Summer"),
            ("American in Paris, An", "An American in Paris"),
            (" (x)", " (x)"),
        ] {
            assert_eq!(short(title), expected, "{title}");
        }
    }
}
