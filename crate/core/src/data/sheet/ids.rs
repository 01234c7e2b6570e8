//! Ids of people or items: whole numbers as they stand, or words such as e-mail addresses, which get numbers that stay inside.

use std::collections::HashMap;

/// The ids of a column, in the order in which they come.
#[derive(Debug, Default)]
pub struct Ids {
    known: HashMap<String, u32>,
    words: Vec<String>,
}

/// The ids of a column with the number of each.
#[derive(Debug)]
pub struct Numbered {
    /// The number of each id, in the order in which they came.
    numbers: Vec<u32>,
    /// The ids in the order of their numbers, from 1; empty if they are the numbers.
    pub words: Vec<String>,
}

impl Ids {
    /// The place of an id among those that came.
    pub fn place(&mut self, text: &str) -> u32 {
        let text = text.trim();
        if let Some(place) = self.known.get(text) {
            return *place;
        }
        let place = self.words.len() as u32;
        self.known.insert(text.to_owned(), place);
        self.words.push(text.to_owned());
        place
    }

    /// Numbers the ids. Words are numbered in their own order, so that the order of rows does not matter.
    pub fn numbered(self) -> Numbered {
        if let Some(numbers) = self.words.iter().map(|word| whole(word)).collect::<Option<Vec<u32>>>() {
            return Numbered { numbers, words: Vec::new() };
        }
        let mut order: Vec<u32> = (0..self.words.len() as u32).collect();
        order.sort_by(|a, b| self.words[*a as usize].cmp(&self.words[*b as usize]));
        let mut numbers = vec![0; order.len()];
        for (number, place) in (1..).zip(&order) {
            numbers[*place as usize] = number;
        }
        let mut words = self.words;
        words.sort();
        Numbered { numbers, words }
    }
}

impl Numbered {
    /// The number of the id at a place.
    pub fn of_place(&self, place: u32) -> u32 {
        self.numbers[place as usize]
    }

    /// The number of an id; `None` for a word that did not come, or where numbers are needed and this is none.
    pub fn of(&self, text: &str) -> Option<u32> {
        if self.words.is_empty() {
            return whole(text.trim());
        }
        self.words.binary_search_by(|word| word.as_str().cmp(text.trim())).ok().map(|at| at as u32 + 1)
    }
}

/// A whole number, also written as `7.0`. With zeros in front it is a word, or two different ids would become one.
fn whole(text: &str) -> Option<u32> {
    let digits = text
        .split_once('.')
        .filter(|(_, zeros)| !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0'))
        .map_or(text, |(digits, _)| digits);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if is_number { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(ids: &[&str]) -> (Vec<u32>, Numbered) {
        let mut all = Ids::default();
        let places: Vec<u32> = ids.iter().map(|id| all.place(id)).collect();
        let numbered = all.numbered();
        (places.into_iter().map(|place| numbered.of_place(place)).collect(), numbered)
    }

    #[test]
    fn numbers_stay_and_words_are_numbered_in_their_order() {
        let (numbers, ids) = numbered(&["7", "3.0", "7", "0"]);
        assert_eq!((numbers, ids.words.len(), ids.of("3"), ids.of("x")), (vec![7, 3, 7, 0], 0, Some(3), None));
        let (numbers, ids) = numbered(&["eve@x.org", "anna@x.org", " eve@x.org"]);
        assert_eq!((numbers, ids.of("anna@x.org"), ids.of("bo@x.org")), (vec![2, 1, 2], Some(1), None));
        assert_eq!(ids.words, ["anna@x.org", "eve@x.org"]);
        for words in [["7", "007"], ["1", "4294967296"], ["1", "x"], ["1", "-1"]] {
            assert_eq!(numbered(&words).1.words.len(), 2, "{words:?}");
        }
    }
}
