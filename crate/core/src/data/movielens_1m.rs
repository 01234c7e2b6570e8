//! MovieLens 1M: `ratings.dat` and `movies.dat`, `::` between fields, ISO-8859-1, whole stars. `users.dat` is not read: nano takes no
//! demographics.

use super::interaction::{Dataset, Interaction, Item, SourceFile};
use super::lines::{latin1, lines};
use super::ratings::{Items, Ratings};
use super::title::{genres, split_year};
use crate::Result;

/// Reads the two files.
pub fn read(ratings: &SourceFile, movies: &SourceFile) -> Result<Dataset> {
    let mut rows = Ratings::new(&ratings.name);
    for (place, line) in lines(&ratings.name, &latin1(&ratings.bytes))? {
        let [user, item, rating, time] = place.fields(line, "::", "UserID::MovieID::Rating::Timestamp")?;
        let (user, item) = (place.id("UserID", user)?, place.id("MovieID", item)?);
        rows.push(place, Interaction { user, item, rating: place.whole_stars(rating)?, time: place.seconds(time)? });
    }

    let mut items = Items::new(&movies.name);
    for (place, line) in lines(&movies.name, &latin1(&movies.bytes))? {
        let [id, full, listed] = place.fields(line, "::", "MovieID::Title::Genres")?;
        let (title, year) = split_year(place.title(full)?);
        let id = place.id("MovieID", id)?;
        items.push(place, Item { id, title: title.to_owned(), genres: genres(listed), authors: Vec::new(), year });
    }
    rows.into_dataset("ml-1m", items)
}
