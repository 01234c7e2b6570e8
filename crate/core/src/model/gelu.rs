//! GELU in its usual approximation: `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))` (arXiv 1606.08415).

use burn::tensor::Tensor;

/// GELU of every number of x.
pub fn gelu(x: Tensor<2>) -> Tensor<2> {
    // Products instead of a power, since some devices cannot raise a negative number to a power.
    let cube = x.clone() * x.clone() * x.clone();
    let slope = (2.0 / std::f64::consts::PI).sqrt();
    let share = (x.clone() + cube.mul_scalar(0.044_715)).mul_scalar(slope).tanh().add_scalar(1.0);
    x * share.mul_scalar(0.5)
}
