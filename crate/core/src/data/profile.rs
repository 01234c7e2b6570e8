//! A summary of all earlier ratings of a user, in three words that a prompt may have before its last item: `m3.75 n6 a4.5x2`.
//!
//! `m` is the mean of the earlier ratings in quarter stars, and `n` the binary logarithm of their number. `a` is the mean rating, in half stars,
//! of items by the first author of the item asked about, with their number (3 also stands for more); it is `a-` if there are none. Only ratings
//! before the one to be predicted count.

/// Number of profile words in a prompt.
pub const N_WORDS: usize = 3;
/// The word for an author whose books the user has not rated. A vocabulary that contains it contains all profile words.
pub const NO_AUTHOR: &str = "a-";

const N_MEANS: usize = 19;
const N_COUNTS: usize = 16;
const N_STARS: usize = 10;
const MAX_BOOKS: usize = 3;

/// All profile words, in the order of [`Profile::word_ids`].
pub fn words() -> Vec<String> {
    let means = (0..N_MEANS).map(|quarter| format!("m{:.2}", 0.5 + quarter as f32 / 4.0));
    let counts = (0..N_COUNTS).map(|log| format!("n{log}"));
    let authors = (1..=MAX_BOOKS).flat_map(|n| (1..=N_STARS).map(move |half| format!("a{:.1}x{n}", half as f32 / 2.0)));
    means.chain(counts).chain([NO_AUTHOR.to_owned()]).chain(authors).collect()
}

/// The three values of a profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    mean: f32,
    n: usize,
    /// Mean and number of the user's ratings of the author's books.
    author: Option<(f32, usize)>,
}

impl Profile {
    /// The profile of `earlier` ratings, at least one, for an item by the author of the items `same_author`.
    pub fn new(earlier: &[(u32, f32)], same_author: &[u32]) -> Self {
        let mean = earlier.iter().map(|(_, rating)| rating).sum::<f32>() / earlier.len() as f32;
        let of_author = earlier.iter().filter(|(item, _)| same_author.contains(item));
        let (n, sum) = of_author.fold((0, 0.0), |(n, sum), (_, rating)| (n + 1, sum + rating));
        Self { mean, n: earlier.len(), author: if n == 0 { None } else { Some((sum / n as f32, n)) } }
    }

    /// The indices of the profile's words in [`words`].
    pub fn word_ids(&self) -> [usize; N_WORDS] {
        let mean = ((self.mean - 0.5) * 4.0).round() as usize;
        let count = self.n.max(1).ilog2() as usize;
        let author = self.author.map_or(0, |(mean, n)| 1 + (n.min(MAX_BOOKS) - 1) * N_STARS + (mean * 2.0).round() as usize - 1);
        let parts = [(mean, N_MEANS), (count, N_COUNTS), (author, 1 + MAX_BOOKS * N_STARS)];
        let mut start = 0;
        parts.map(|(id, n)| {
            start += n;
            start - n + id.min(n - 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_profile() {
        let words = words();
        let of = |earlier: &[(u32, f32)], same: &[u32]| Profile::new(earlier, same).word_ids().map(|id| words[id].as_str());
        assert_eq!(of(&[(1, 4.0), (2, 3.5), (3, 5.0)], &[]), ["m4.25", "n1", "a-"]);
        assert_eq!(of(&[(1, 4.0), (2, 3.5), (3, 5.0)], &[2, 9]), ["m4.25", "n1", "a3.5x1"]);
        assert_eq!(of(&[(1, 0.5); 4], &[1]), ["m0.50", "n2", "a0.5x3"]);
        assert_eq!(of(&[(1, 5.0); 200], &[1]), ["m5.00", "n7", "a5.0x3"]);
    }
}
