//! A model's answers on the forget set: what a metric of the table is computed from.

/// Answers on the forget set, row by row.
#[derive(Debug, Clone, Copy)]
pub struct ForgetAnswers<'a> {
    /// Logits `[rows, width]`.
    pub logits: &'a [f32],
    /// Retrain's logits on the same rows, where there is a Retrain.
    pub retrain: Option<&'a [f32]>,
    /// Numbers in a row of logits.
    pub width: usize,
    /// Softmax over {Yes, No}, the share of Yes.
    pub p_yes: &'a [f64],
    /// The true answers.
    pub truth: &'a [bool],
}
