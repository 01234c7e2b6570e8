//! L2-regularised logistic regression by Newton's method (iteratively reweighted least squares), for few features and many rows.

use crate::tensor::cholesky::{factorise, solve};

/// Safety limit on steps: a handful reduce the gradient to rounding errors.
const MAX_STEPS: usize = 50;

/// Minimises Σ log loss + ½ `l2` Σ wⱼ² over the rows of `design` `[rows, width]`. Returns the intercept, which is not penalised, then the weights.
///
/// Equal to scikit-learn's `LogisticRegression(C=1/l2)`. A minimum exists if `l2 > 0` and both answers occur.
pub fn fit(design: &[f64], width: usize, labels: &[bool], l2: f64) -> Vec<f64> {
    assert_eq!(design.len(), width * labels.len(), "{width} features a row");
    let size = width + 1;
    let mut weights = vec![0.0; size];
    let mut loss = objective(design, width, labels, l2, &weights);
    for _ in 0..MAX_STEPS {
        // g = Σ (p − y) x + l2 w, H = Σ p (1 − p) x xᵀ + l2 I, lower triangle
        let (mut gradient, mut hessian) = (vec![0.0; size], vec![0.0; size * size]);
        let mut x = vec![1.0; size];
        for (row, &label) in design.chunks_exact(width).zip(labels) {
            x[1..].copy_from_slice(row);
            let p = p_yes(&weights, row);
            for i in 0..size {
                gradient[i] += (p - f64::from(label)) * x[i];
                for j in 0..=i {
                    hessian[i * size + j] += p * (1.0 - p) * x[i] * x[j];
                }
            }
        }
        for i in 1..size {
            gradient[i] += l2 * weights[i];
            hessian[i * size + i] += l2;
        }
        factorise(&mut hessian, size);
        let step = solve(&hessian, &gradient);
        // Far from the minimum a full step can overshoot; repeated halving finds one that does not.
        let mut share = 1.0;
        let (next, next_loss) = loop {
            let next: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w - share * s).collect();
            let next_loss = objective(design, width, labels, l2, &next);
            if next_loss <= loss || share < 1e-6 {
                break (next, next_loss);
            }
            share /= 2.0;
        };
        if next_loss > loss {
            break; // at rounding precision no step improves it
        }
        let moved = step.iter().fold(0.0, |most: f64, s| most.max((share * s).abs()));
        (weights, loss) = (next, next_loss);
        if moved < 1e-10 {
            break;
        }
    }
    weights
}

/// The model's p(Yes), σ(w₀ + Σ wⱼ xⱼ).
pub fn p_yes(weights: &[f64], row: &[f64]) -> f64 {
    1.0 / (1.0 + (-score(weights, row)).exp())
}

fn score(weights: &[f64], row: &[f64]) -> f64 {
    weights[0] + weights[1..].iter().zip(row).map(|(w, x)| w * x).sum::<f64>()
}

fn objective(design: &[f64], width: usize, labels: &[bool], l2: f64, weights: &[f64]) -> f64 {
    let log_loss = design.chunks_exact(width).zip(labels).map(|(row, &label)| {
        // ln(1 + e^−m) of the margin m, without overflow
        let margin = if label { score(weights, row) } else { -score(weights, row) };
        (-margin).max(0.0) + (-margin.abs()).exp().ln_1p()
    });
    log_loss.sum::<f64>() + 0.5 * l2 * weights[1..].iter().map(|w| w * w).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::{fit, p_yes};

    #[test]
    fn one_binary_feature_by_hand() {
        // Without a penalty the fit reproduces the groups' shares: 1 of 4 at x = 0, 2 of 3 at x = 1.
        let weights = fit(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0], 1, &[true, false, false, false, true, true, false], 0.0);
        assert!((weights[0] - (1f64 / 3.0).ln()).abs() < 1e-9 && (weights[1] - 6f64.ln()).abs() < 1e-9, "{weights:?}");
        assert!((p_yes(&weights, &[1.0]) - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn separable_answers_stay_finite_with_a_penalty() {
        // By symmetry the intercept is 0 and w solves w = 2σ(−w): w = .7388…
        let weights = fit(&[-1.0, 1.0], 1, &[false, true], 1.0);
        assert!(weights[0].abs() < 1e-9 && (weights[1] - 2.0 / (1.0 + weights[1].exp())).abs() < 1e-9, "{weights:?}");
    }
}
