//! What a column of a table can be.

use serde::{Deserialize, Serialize};

/// What a column is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Who rated.
    User,
    /// What was rated.
    Item,
    /// The rating.
    Rating,
    /// When.
    Time,
    /// The item's title.
    Title,
    /// The item's genres.
    Genres,
    /// The item's authors.
    Authors,
    /// The year of the item.
    Year,
}

/// Names of columns by which a role is known, in small letters and digits alone. A column takes the first role whose list has its name.
const NAMES: [(Role, &[&str]); 8] = [
    (
        Role::User,
        &[
            "user",
            "userid",
            "uid",
            "username",
            "useremail",
            "usernumber",
            "email",
            "mail",
            "emailaddress",
            "person",
            "personid",
            "customer",
            "customerid",
            "member",
            "memberid",
            "reviewer",
            "reviewerid",
            "reader",
            "readerid",
            "viewer",
            "viewerid",
            "account",
            "accountid",
            "profile",
            "profileid",
            "profilename",
            "player",
            "playerid",
            "listener",
            "who",
            "rater",
            "raterid",
            "nutzer",
            "nutzerid",
            "benutzer",
            "kunde",
            "utilisateur",
            "usuario",
        ],
    ),
    (
        Role::Rating,
        &[
            "rating",
            "ratings",
            "stars",
            "star",
            "starrating",
            "score",
            "vote",
            "votes",
            "grade",
            "liked",
            "like",
            "likes",
            "thumb",
            "thumbs",
            "points",
            "bookrating",
            "myrating",
            "yourrating",
            "userrating",
            "overall",
            "overallrating",
            "reviewrating",
            "reaction",
            "preference",
            "value",
            "bewertung",
            "sterne",
            "punkte",
            "nota",
        ],
    ),
    (
        Role::Time,
        &[
            "timestamp",
            "time",
            "date",
            "datetime",
            "ts",
            "ratedat",
            "createdat",
            "created",
            "updatedat",
            "reviewtime",
            "unixreviewtime",
            "reviewdate",
            "ratingdate",
            "ratingtimestamp",
            "dateadded",
            "daterated",
            "when",
            "day",
            "datum",
            "zeit",
            "fecha",
            "unixtime",
            "watchedat",
        ],
    ),
    (
        Role::Item,
        &[
            "item",
            "itemid",
            "iid",
            "itemnumber",
            "movie",
            "movieid",
            "film",
            "filmid",
            "book",
            "bookid",
            "product",
            "productid",
            "asin",
            "parentasin",
            "isbn",
            "isbn13",
            "song",
            "songid",
            "track",
            "trackid",
            "artist",
            "artistid",
            "album",
            "albumid",
            "game",
            "gameid",
            "appid",
            "anime",
            "animeid",
            "joke",
            "jokeid",
            "article",
            "articleid",
            "business",
            "businessid",
            "recipe",
            "recipeid",
            "show",
            "showid",
            "beer",
            "beerid",
            "place",
            "placeid",
            "restaurant",
            "restaurantid",
            "imdbid",
            "what",
            "sku",
            "artikel",
            "buch",
            "produkt",
            "producto",
            "pelicula",
        ],
    ),
    (
        Role::Title,
        &[
            "title",
            "name",
            "movietitle",
            "filmtitle",
            "booktitle",
            "itemname",
            "itemtitle",
            "productname",
            "moviename",
            "filmname",
            "bookname",
            "titel",
            "titulo",
            "titre",
        ],
    ),
    (Role::Genres, &["genre", "genres", "category", "categories", "class", "tags", "kind"]),
    (Role::Authors, &["author", "authors", "bookauthor", "writer", "writers"]),
    (Role::Year, &["year", "releaseyear", "originalpublicationyear", "publicationyear", "yearofpublication", "published", "jahr"]),
];

/// The role that a column's name states. RecBole writes a type behind a colon.
pub fn role_of(name: &str) -> Option<Role> {
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NAMES.iter().find(|(_, names)| names.contains(&bare.as_str())).map(|(role, _)| *role)
}

/// Whether a row names columns: at least two of its fields are known names.
pub fn are_names(row: &[String]) -> bool {
    row.iter().filter(|name| role_of(name).is_some()).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case() {
        for (name, role) in [
            ("userId", Some(Role::User)),
            ("User-ID", Some(Role::User)),
            ("user_id:token", Some(Role::User)),
            ("E-Mail", Some(Role::User)),
            ("Book-Rating", Some(Role::Rating)),
            ("MOVIE_ID", Some(Role::Item)),
            ("Date rated", Some(Role::Time)),
            ("original_publication_year", Some(Role::Year)),
            ("weight", None),
            ("", None),
        ] {
            assert_eq!(role_of(name), role, "{name}");
        }
    }

    #[test]
    fn a_name_has_one_role() {
        let mut names: Vec<&str> = NAMES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let n = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n);
    }
}
