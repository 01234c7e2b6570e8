//! A data set as the two files of MovieLens: the way from data that were changed here back to files that a session loads.

use super::interaction::{Dataset, Item, SourceFile};
use std::fmt::Write;

/// `ratings.csv` and `movies.csv` of a data set. Authors stand in the column of genres where there are no genres, since MovieLens has none; people's
/// details are left out.
pub fn movielens_csv(dataset: &Dataset) -> Vec<SourceFile> {
    let mut ratings = String::from("userId,movieId,rating,timestamp\n");
    for row in &dataset.interactions {
        let _ = writeln!(ratings, "{},{},{:?},{}", row.user, row.item, row.rating, row.time);
    }
    let mut movies = String::from("movieId,title,genres\n");
    for item in &dataset.items {
        let _ = writeln!(movies, "{},{},{}", item.id, quoted(&item.title_and_year()), quoted(&genres(item)));
    }
    let file = |name: &str, text: String| SourceFile { name: name.into(), bytes: text.into_bytes() };
    vec![file("ratings.csv", ratings), file("movies.csv", movies)]
}

fn genres(item: &Item) -> String {
    let names = if item.genres.is_empty() { &item.authors } else { &item.genres };
    if names.is_empty() {
        "(no genres listed)".into()
    } else {
        names.iter().map(|name| name.replace('|', "/")).collect::<Vec<_>>().join("|")
    }
}

/// A field in quotes, with its own quotes doubled (RFC 4180).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\"").replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interaction::Interaction;
    use crate::data::source::read_dataset;

    #[test]
    fn what_is_written_is_read_again() {
        let item = |id, title: &str, genres: &[&str], year| Item {
            id,
            title: title.into(),
            genres: genres.iter().map(|name| (*name).into()).collect(),
            authors: Vec::new(),
            year,
        };
        let items = vec![
            item(3, "American President, The", &["Comedy", "Drama"], Some(1995)),
            item(7, "\"Great Performances\" Cats", &[], Some(1998)),
            item(9, "No year", &["Film-Noir"], None),
        ];
        let rating = |at: u32| Interaction {
            user: 1 + at % 4,
            item: [3, 7, 9][at as usize % 3],
            rating: 0.5 + (at % 10) as f32 / 2.0,
            time: i64::from(at),
        };
        let dataset = Dataset { interactions: (0..12).map(rating).collect(), items, ..Default::default() };
        let read = read_dataset(&movielens_csv(&dataset)).unwrap();
        assert_eq!((read.interactions, read.items), (dataset.interactions, dataset.items));
    }
}
