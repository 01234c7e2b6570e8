//! Principal components: the directions in which rows differ most.

use super::random::SeedRng;
use rand::{Rng, SeedableRng};

/// Rounds of the iteration. The subspace of the leading components converges by the ratio of neighbouring variances in each.
const ROUNDS: usize = 60;

/// The mean of rows, and their leading principal components.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// `[d]`.
    pub mean: Vec<f64>,
    /// Orthonormal rows `[k, d]`, the direction of the largest variance first.
    pub components: Vec<f64>,
}

/// The `k` leading components of rows `[n, d]`, by orthogonal iteration on their covariance (Golub and Van Loan, Matrix Computations, 8.2.4) from a
/// fixed random start. `k` is at most d.
pub fn pca(rows: &[f32], d: usize, k: usize) -> Pca {
    let n = rows.len() / d.max(1);
    let k = k.min(d);
    let mut mean = vec![0.0; d];
    for row in rows.chunks_exact(d) {
        mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value) / n as f64);
    }
    let mut covariance = vec![0.0; d * d];
    let mut centred = vec![0.0; d];
    for row in rows.chunks_exact(d) {
        centred.iter_mut().zip(row).zip(&mean).for_each(|((c, value), mean)| *c = f64::from(*value) - mean);
        for (at, c) in centred.iter().enumerate() {
            let line = &mut covariance[at * d..(at + 1) * d];
            line.iter_mut().zip(&centred).for_each(|(sum, other)| *sum += c * other / n as f64);
        }
    }
    let mut rng = SeedRng::seed_from_u64(1);
    let mut basis: Vec<f64> = (0..k * d).map(|_| rng.random::<f64>() - 0.5).collect();
    orthonormal(&mut basis, d);
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; k * d];
        for (to, from) in next.chunks_exact_mut(d).zip(basis.chunks_exact(d)) {
            for (line, weight) in covariance.chunks_exact(d).zip(from) {
                to.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        orthonormal(&mut next, d);
        basis = next;
    }
    Pca { mean, components: basis }
}

impl Pca {
    /// The coordinates `[k]` of a row `[d]`.
    pub fn of(&self, row: &[f32]) -> Vec<f64> {
        let along = |component: &[f64]| row.iter().zip(&self.mean).zip(component).map(|((v, mean), c)| (f64::from(*v) - mean) * c).sum();
        self.components.chunks_exact(self.mean.len()).map(along).collect()
    }
}

/// Makes rows `[k, d]` orthonormal, in their order (modified Gram–Schmidt). A row that depends on those before it becomes zero.
fn orthonormal(rows: &mut [f64], d: usize) {
    for at in 0..rows.len() / d {
        let (before, rest) = rows.split_at_mut(at * d);
        let row = &mut rest[..d];
        for other in before.chunks_exact(d) {
            let along: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
            row.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
        }
        let norm = row.iter().map(|a| a * a).sum::<f64>().sqrt();
        let factor = if norm > 1e-12 { 1.0 / norm } else { 0.0 };
        row.iter_mut().for_each(|a| *a *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on an ellipse around (3, −1, 2) with axes (0.6, 0.8, 0) and (−0.8, 0.6, 0) of lengths 5 and 2.
    #[test]
    fn the_axes_of_an_ellipse() {
        let rows: Vec<f32> = (0..360)
            .flat_map(|degree| {
                let (y, x) = f64::from(degree).to_radians().sin_cos();
                let (x, y) = (5.0 * x, 2.0 * y);
                [3.0 + 0.6 * x - 0.8 * y, -1.0 + 0.8 * x + 0.6 * y, 2.0].map(|v| v as f32)
            })
            .collect();
        let found = pca(&rows, 3, 2);
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a.abs() - b.abs()).abs() < 1e-5);
        assert!(near(&found.mean, &[3.0, -1.0, 2.0]), "{found:?}");
        assert!(near(&found.components, &[0.6, 0.8, 0.0, -0.8, 0.6, 0.0]), "{found:?}");
        let first = found.of(&rows[..3]);
        assert!((first[0].abs() - 5.0).abs() < 1e-4 && first[1].abs() < 1e-4, "{first:?}");
    }

    #[test]
    fn rows_that_do_not_differ_have_no_components() {
        let found = pca(&[1.0, 2.0, 1.0, 2.0], 2, 2);
        assert!(found.of(&[1.0, 2.0]).iter().all(|v| *v == 0.0));
    }
}
