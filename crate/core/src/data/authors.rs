//! Authors and series of items: which items share their first author, and which series a title belongs to.

use super::interaction::{Dataset, Item};
use std::collections::HashMap;

/// Items grouped by their first author; later names are mostly illustrators and translators.
#[derive(Debug, Clone, Default)]
pub struct Authors {
    author_of: HashMap<u32, u32>,
    items: Vec<Vec<u32>>,
}

impl Authors {
    /// The authors of a dataset; empty for films.
    pub fn new(dataset: &Dataset) -> Self {
        let (mut numbers, mut authors) = (HashMap::new(), Self::default());
        for item in &dataset.items {
            let Some(name) = item.authors.first() else { continue };
            let number = *numbers.entry(name.as_str()).or_insert_with(|| {
                authors.items.push(Vec::new());
                authors.items.len() - 1
            });
            authors.items[number].push(item.id);
            authors.author_of.insert(item.id, number as u32);
        }
        authors
    }

    /// All items with the same first author as `item`, itself included; empty if the author is unknown.
    pub fn beside(&self, item: u32) -> &[u32] {
        self.author_of.get(&item).map_or(&[], |number| &self.items[*number as usize])
    }
}

/// The series of a title such as "The Hunger Games (The Hunger Games, #1)".
pub fn series(item: &Item) -> Option<&str> {
    let (_, inside) = item.title.strip_suffix(')')?.rsplit_once('(')?;
    let name = inside.split_once('#')?.0.split(';').next()?.trim().trim_end_matches(',').trim_end();
    if name.is_empty() { None } else { Some(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(id: u32, title: &str, authors: &[&str]) -> Item {
        let authors = authors.iter().map(|name| (*name).to_owned()).collect();
        Item { id, title: title.into(), genres: Vec::new(), authors, year: None }
    }

    #[test]
    fn first_authors_share() {
        let items = vec![book(1, "A", &["X", "Y"]), book(2, "B", &["Y"]), book(3, "C", &["X"]), book(4, "D", &[])];
        let authors = Authors::new(&Dataset { name: "t".into(), interactions: Vec::new(), items, ..Dataset::default() });
        assert_eq!((authors.beside(1), authors.beside(2), authors.beside(3)), (&[1, 3][..], &[2][..], &[1, 3][..]));
        assert!(authors.beside(4).is_empty() && authors.beside(99).is_empty());
    }

    #[test]
    fn series_of_titles() {
        let cases = [
            ("The Hunger Games (The Hunger Games, #1)", Some("The Hunger Games")),
            ("Boxed (Harry Potter, #1-7)", Some("Harry Potter")),
            ("Storm Front (The Dresden Files #1)", Some("The Dresden Files")),
            ("Heat (uncut)", None),
            ("#1 (#1)", None),
            ("Emma", None),
        ];
        for (title, name) in cases {
            assert_eq!(series(&book(1, title, &[])), name, "{title}");
        }
    }
}
