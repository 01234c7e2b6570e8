//! Cholesky solver for symmetric positive definite systems, in host memory.

/// L of `A = L Lᵀ`, in place: only the lower triangle of the row-major matrix `[n, n]` is read and overwritten. Pivots that rounding made zero are
/// kept positive.
pub fn factorise(a: &mut [f64], n: usize) {
    for i in 0..n {
        for j in 0..=i {
            let rest = a[i * n + j] - (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum::<f64>();
            a[i * n + j] = if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / a[j * n + j] };
        }
    }
}

/// The solution x of `L Lᵀ x = b`.
pub fn solve(factor: &[f64], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        x[i] = (x[i] - (0..i).map(|k| factor[i * n + k] * x[k]).sum::<f64>()) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] = (x[i] - (i + 1..n).map(|k| factor[k * n + i] * x[k]).sum::<f64>()) / factor[i * n + i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // (4 2; 2 3) x = (8, 7): x = (1.25, 1.5)
        let mut a = [4.0, f64::NAN, 2.0, 3.0]; // the upper triangle is not read
        factorise(&mut a, 2);
        let x = solve(&a, &[8.0, 7.0]);
        assert!((x[0] - 1.25).abs() < 1e-12 && (x[1] - 1.5).abs() < 1e-12, "{x:?}");
    }
}
