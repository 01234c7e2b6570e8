//! How far an adapter moves a weight: the Frobenius norm of ΔW = s · B A, as a whole or by parts (heads), without composing ΔW.
//!
//! With the Gram matrices `BᵀB` and `A Aᵀ`, both `[r, r]`: `‖B A‖² = Σ (BᵀB) ∘ (A Aᵀ)`.

use crate::Result;
use crate::tensor::read;
use burn::tensor::Tensor;

/// The parts of ΔW `[out, in]` that are told apart: equal runs of rows or of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// All of it.
    Whole,
    /// So many runs of output rows: the heads of a query, key or value projection.
    Rows(usize),
    /// So many runs of input columns: the heads of an output projection.
    Columns(usize),
}

/// The squared Frobenius norm of each part of `s · B A`, for B `[out, r]` and A `[r, in]`. Parts that do not divide the matrix are taken as one.
///
/// # Errors
/// If the device fails, or the factors are not finite.
pub async fn squares(b: Tensor<2>, a: Tensor<2>, scale: f64, parts: Parts) -> Result<Vec<f64>> {
    let ([n_out, rank], [_, n_in]) = (b.dims(), a.dims());
    let (b, a) = (read(b).await?, read(a.transpose()).await?); // [out, r] and [in, r]
    let whole = |rows: &[f32]| gram(rows, rank);
    let by = |rows: &[f32], n: usize| rows.chunks_exact(rows.len() / n).map(whole).collect::<Vec<_>>();
    let of = |left: &[f64], right: &[f64]| scale * scale * left.iter().zip(right).map(|(x, y)| x * y).sum::<f64>();
    Ok(match parts {
        Parts::Rows(n) if n > 0 && n_out.is_multiple_of(n) => {
            let right = whole(&a);
            by(&b, n).iter().map(|left| of(left, &right)).collect()
        }
        Parts::Columns(n) if n > 0 && n_in.is_multiple_of(n) => {
            let left = whole(&b);
            by(&a, n).iter().map(|right| of(&left, right)).collect()
        }
        _ => vec![of(&whole(&b), &whole(&a))],
    })
}

/// `XᵀX` `[r, r]` of rows X `[n, r]`.
fn gram(rows: &[f32], rank: usize) -> Vec<f64> {
    let mut sums = vec![0.0; rank * rank];
    for row in rows.chunks_exact(rank.max(1)) {
        for (line, x) in sums.chunks_exact_mut(rank).zip(row) {
            line.iter_mut().zip(row).for_each(|(sum, y)| *sum += f64::from(*x) * f64::from(*y));
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// B A = [[1, 2], [3, 4]] · [[1, 0, 2], [0, 1, 1]] = [[1, 2, 4], [3, 4, 10]]; doubled, its squares are four times as large.
    #[test]
    fn by_hand() {
        let device = Device::flex();
        let b = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
        let a = Tensor::<2>::from_floats([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]], &device);
        let of = |parts| pollster::block_on(squares(b.clone(), a.clone(), 2.0, parts)).unwrap();
        assert_eq!(of(Parts::Whole), [4.0 * (1.0 + 4.0 + 16.0 + 9.0 + 16.0 + 100.0)]);
        assert_eq!(of(Parts::Rows(2)), [4.0 * 21.0, 4.0 * 125.0]);
        assert_eq!(of(Parts::Columns(3)), [4.0 * 10.0, 4.0 * 20.0, 4.0 * 116.0]);
        assert_eq!(of(Parts::Columns(2)), of(Parts::Whole), "three columns are no two heads");
    }
}
