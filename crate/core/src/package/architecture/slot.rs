//! The description of a tensor in a model of a given shape: its names, its dimensions, and what its rows represent.

/// The kind of a tensor, which decides how it is written and whether it may be quantised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A matrix `[out, in]`, or a table with one row per token: the only kind that is ever quantised.
    Weight,
    /// The bias of a linear layer `[1, out]`, written as a vector.
    Bias,
    /// The gain of a norm `[1, d]`, written as a vector.
    Gain,
    /// T5's position biases `[buckets, heads]`: few values, in rows that are not whole blocks.
    PositionBias,
}

/// What the rows of a tensor represent, where their order differs between files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Nothing that is ever reordered.
    Plain,
    /// Tokens. A package keeps only those it needs, in its own order.
    Tokens,
    /// This number of query or key heads, whose rows GGUF reorders.
    RotaryHeads(usize),
}

/// A tensor that a Hugging Face folder may have beyond those of the architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spare {
    /// Nothing reads it.
    Unread,
    /// It must equal this tensor, which it is tied to.
    Copy(String),
}

/// A tensor of an architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Name in Hugging Face files and in packages.
    pub name: String,
    /// Name in GGUF; `None` if the architecture is not supported in GGUF.
    pub gguf: Option<String>,
    /// Dimensions `[rows, cols]`; `[1, n]` for gains and biases.
    pub dims: [usize; 2],
    /// Kind of the tensor.
    pub kind: Kind,
    /// What the rows represent; a bias has one value for each row of its weight.
    pub rows: Rows,
}

impl Slot {
    /// Whether files store it as a vector.
    pub fn is_vector(&self) -> bool {
        matches!(self.kind, Kind::Gain | Kind::Bias)
    }

    /// The row in a GGUF file of row `row` of a published checkpoint; for a bias, the index of the value.
    ///
    /// GGUF rotates neighbours (2j, 2j + 1) where published checkpoints rotate (j, j + half), so its converter reorders the rows of each head.
    pub fn gguf_row(&self, row: usize) -> usize {
        let Some(dim) = self.rotary_dim() else { return row };
        let (head, k) = (row / dim, row % dim);
        head * dim + 2 * (k % (dim / 2)) + k / (dim / 2)
    }

    /// The inverse of [`Self::gguf_row`].
    pub fn published_row(&self, row: usize) -> usize {
        let Some(dim) = self.rotary_dim() else { return row };
        let (head, k) = (row / dim, row % dim);
        head * dim + k % 2 * (dim / 2) + k / 2
    }

    /// Width of a head whose rows GGUF reorders.
    fn rotary_dim(&self) -> Option<usize> {
        let Rows::RotaryHeads(heads) = self.rows else { return None };
        Some(if self.kind == Kind::Bias { self.dims[1] } else { self.dims[0] } / heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_rotary_projection_go_there_and_back() {
        let slot = Slot { name: String::new(), gguf: None, dims: [12, 8], kind: Kind::Weight, rows: Rows::RotaryHeads(2) };
        // One head of six rows: the pairs (0, 3), (1, 4), (2, 5) become neighbours.
        let order: Vec<_> = (0..6).map(|row| slot.published_row(row)).collect();
        assert_eq!(order, [0, 3, 1, 4, 2, 5]);
        assert!((0..12).all(|row| slot.published_row(slot.gguf_row(row)) == row));
        assert_eq!(slot.gguf_row(7), 8);
        // A bias has one value for each of those rows.
        let bias = Slot { dims: [1, 12], kind: Kind::Bias, ..slot.clone() };
        assert!((0..12).all(|row| bias.gguf_row(row) == slot.gguf_row(row)));
    }
}
