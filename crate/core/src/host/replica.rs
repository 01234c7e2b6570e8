//! Replicas: engines that run the same command on the same state. Each does a share of the work, and they put the shares together, as in distributed
//! data parallel training (Li et al. 2020, arXiv 2006.15704).
//!
//! Everything that is not shared, they all compute, with the same seed and so to the same bits. What is shared is cut into units that do not depend
//! on the number of replicas, so the result does not either.

use std::ops::Range;

/// A replica's place among those that run a command together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replica {
    /// Its number, from 0. Number 0 reports.
    pub rank: usize,
    /// How many there are.
    pub of: usize,
}

impl Replica {
    /// The only one.
    pub const ALONE: Self = Self { rank: 0, of: 1 };

    /// Which of `n` units are this replica's: as many for each as for the next, one more or less.
    pub fn share(self, n: usize) -> Range<usize> {
        self.rank * n / self.of..(self.rank + 1) * n / self.of
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_belongs_to_one() {
        for of in 1..9 {
            for n in 0..12 {
                let shares: Vec<usize> = (0..of).flat_map(|rank| Replica { rank, of }.share(n)).collect();
                assert_eq!(shares, (0..n).collect::<Vec<_>>(), "{of} replicas, {n} units");
                let sizes: Vec<usize> = (0..of).map(|rank| Replica { rank, of }.share(n).len()).collect();
                assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            }
        }
    }
}
