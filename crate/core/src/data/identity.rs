//! The identity of a dataset: two hashes of what was read. Whatever was computed from data and is kept carries them, since a name does not say
//! which ratings were meant.

use super::interaction::{Dataset, Interaction, Item, Person};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Hashes of a dataset as it was read. The same data in another file format, encoding or row order have the same hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(deny_unknown_fields)]
pub struct DataHash {
    /// Sha256 of all ratings in the order of the split: by time, user and item. Each is user, item and time as little-endian 32, 32 and 64 bits and
    /// the rating in half stars as one byte.
    pub ratings: String,
    /// Sha256 of the items' metadata, of what the source says about users, and of what it calls users and items where that is no number.
    pub metadata: String,
}

impl DataHash {
    /// Hashes a dataset.
    pub fn of(dataset: &Dataset) -> Self {
        Self {
            ratings: ratings(&dataset.interactions),
            metadata: metadata(&dataset.items, &dataset.people, [&dataset.user_names, &dataset.item_names]),
        }
    }

    /// In which way two datasets differ, in words; `None` if they are the same.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        match (self.ratings == other.ratings, self.metadata == other.metadata) {
            (true, true) => None,
            (false, true) => Some("other ratings"),
            (true, false) => Some("other titles, genres, authors or user descriptions"),
            (false, false) => Some("other ratings and other metadata"),
        }
    }
}

fn ratings(rows: &[Interaction]) -> String {
    let mut ordered: Vec<&Interaction> = rows.iter().collect();
    ordered.sort_by_key(|row| (row.time, row.user, row.item));
    let mut hash = Sha256::new();
    for row in ordered {
        hash.update(row.user.to_le_bytes());
        hash.update(row.item.to_le_bytes());
        hash.update(row.time.to_le_bytes());
        hash.update([(row.rating * 2.0).round() as u8]);
    }
    hex(hash)
}

/// Every text ends with a zero byte, and every list with a second one, so that two different items never give the same bytes.
fn metadata(items: &[Item], people: &[Person], names: [&[String]; 2]) -> String {
    let mut hash = Sha256::new();
    let mut texts = |texts: &mut dyn Iterator<Item = &str>| {
        for text in texts {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hash.update([0]);
    };
    for item in items {
        let (id, year) = (item.id.to_string(), item.year.map(|year| year.to_string()).unwrap_or_default());
        texts(&mut [id.as_str(), &item.title, &year].into_iter());
        texts(&mut item.genres.iter().map(String::as_str));
        texts(&mut item.authors.iter().map(String::as_str));
    }
    for person in people {
        let id = person.id.to_string();
        texts(&mut [id.as_str(), if person.male { "m" } else { "f" }, &person.age, &person.job].into_iter());
    }
    if names.iter().any(|names| !names.is_empty()) {
        names.iter().for_each(|names| texts(&mut names.iter().map(String::as_str)));
    }
    hex(hash)
}

/// A hash as 64 hexadecimal digits.
pub(crate) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset() -> Dataset {
        let row = |user, item, rating, time| Interaction { user, item, rating, time };
        let item = |id, title: &str| Item { id, title: title.into(), genres: vec!["Drama".into()], authors: Vec::new(), year: Some(1994) };
        Dataset {
            name: "d".into(),
            interactions: vec![row(1, 7, 4.5, 20), row(2, 7, 3.0, 10)],
            items: vec![item(7, "Harbour Lights"), item(8, "Low Tide")],
            ..Dataset::default()
        }
    }

    #[test]
    fn the_hash_is_of_what_stands_in_the_data() {
        // By hand: time 10 (user 2, item 7, six half stars), then time 20 (user 1, item 7, nine half stars).
        let bytes: Vec<u8> =
            [[2, 0, 0, 0, 7, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 6], [1, 0, 0, 0, 7, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 9]].concat();
        assert_eq!(DataHash::of(&dataset()).ratings, hex(Sha256::new_with_prefix(bytes)));
    }

    #[test]
    fn order_of_rows_and_name_do_not_matter_anything_else_does() {
        let first = DataHash::of(&dataset());
        let told = |change: fn(&mut Dataset)| {
            let mut other = dataset();
            change(&mut other);
            first.difference(&DataHash::of(&other))
        };
        assert_eq!(told(|data| data.interactions.reverse()), None);
        assert_eq!(told(|data| data.name = "e".into()), None);
        let ratings: [fn(&mut Dataset); 5] = [
            |data| data.interactions[0].rating = 4.0,
            |data| data.interactions[0].user = 3,
            |data| data.interactions[0].item = 8,
            |data| data.interactions[0].time = 21,
            |data| data.interactions.truncate(1),
        ];
        assert!(ratings.into_iter().all(|change| told(change) == Some("other ratings")));
        let metadata: [fn(&mut Dataset); 5] = [
            |data| data.items[0].title.push('!'),
            |data| data.items[1].genres.clear(),
            |data| data.items[0].year = None,
            |data| data.user_names = vec!["anna@example.org".into()],
            |data| data.people.push(Person { id: 1, male: true, age: "25-34".into(), job: "artist".into() }),
        ];
        assert!(metadata.into_iter().all(|change| told(change).is_some_and(|told| told.starts_with("other titles"))));
        assert_eq!(
            told(|data| (data.items[0].title, data.interactions[0].time) = ("x".into(), 0)),
            Some("other ratings and other metadata")
        );
    }
}
