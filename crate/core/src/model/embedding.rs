//! Token embedding with optional additions to each row: an adapter, or the item features and names of a model in training.

use crate::linear::{LoraSpec, Weight};
use crate::tensor::random::{SeedRng, normal};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// A rank-r addition to a table `[vocab, d]`: row t gains `s · a[t] · b`. Only the rows that a batch uses are gathered.
#[derive(Debug, Clone)]
pub struct LowRank {
    /// `[vocab, r]`: PEFT's `lora_embedding_A`, transposed; for item features, fixed multi-hot rows.
    pub a: Tensor<2>,
    /// `[r, d]`: PEFT's `lora_embedding_B`, transposed; for item features, one vector per genre and decade.
    pub b: Tensor<2>,
    /// Scale s: `alpha / r` for an adapter, 1 for features.
    pub scale: f64,
}

impl LowRank {
    /// A new adapter, initialised as in PEFT: a zero, b standard normal.
    pub fn adapter(spec: &LoraSpec, [vocab, d]: [usize; 2], rng: &mut SeedRng, device: &Device) -> Self {
        Self {
            a: Tensor::zeros([vocab, spec.rank], device).require_grad(),
            b: normal([spec.rank, d], 1.0, rng, device).require_grad(),
            scale: spec.alpha / spec.rank as f64,
        }
    }

    /// The same addition for a reordered table: its row i is row `rows[i]` of this one. Rows that do not exist here gain nothing.
    #[must_use]
    pub fn with_rows(&self, rows: &[Option<u32>]) -> Self {
        let ([vocab, rank], device) = (self.a.dims(), self.a.device());
        let none = Tensor::zeros([1, rank], &device);
        let ids: Vec<i32> = rows.iter().map(|row| row.map_or(vocab, |row| (row as usize).min(vocab)) as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [rows.len()]), &device);
        Self { a: Tensor::cat(vec![self.a.clone(), none], 0).select(0, ids), b: self.b.clone(), scale: self.scale }
    }

    fn rows(&self, tokens: Tensor<1, Int>) -> Tensor<2> {
        self.a.clone().select(0, tokens).matmul(self.b.clone().mul_scalar(self.scale))
    }
}

/// Vectors of names (authors, series), added to the rows of the tokens that carry them. There are too many names for multi-hot rows,
/// so each token has a list.
#[derive(Debug, Clone)]
pub struct Names {
    /// The names of every token `[vocab, k]`; shorter lists are padded with arbitrary ids.
    pub ids: Tensor<2, Int>,
    /// Mask `[vocab, k]`: 1 for a name, 0 for padding.
    pub present: Tensor<2>,
    /// One vector per name `[n_names, d]`.
    pub basis: Tensor<2>,
}

impl Names {
    fn rows(&self, tokens: Tensor<1, Int>) -> Tensor<2> {
        let ([_, k], [_, d]) = (self.ids.dims(), self.basis.dims());
        let [n] = tokens.dims();
        let present = self.present.clone().select(0, tokens.clone()).reshape([n, k, 1]);
        let vectors = self.basis.clone().select(0, self.ids.clone().select(0, tokens).flatten(0, 1)).reshape([n, k, d]);
        (vectors * present).sum_dim(1).reshape([n, d])
    }
}

/// The embedding table with its additions.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// The table `[vocab, d]`.
    pub weight: Weight,
    /// The adapter, if it targets the embedding.
    pub lora: Option<LowRank>,
    /// Item features of a model in training; merged into the table on export.
    pub features: Option<LowRank>,
    /// Names of a model in training; merged into the table on export.
    pub names: Option<Names>,
    /// Factor on the rows with their additions: 1, or Gemma's √d.
    pub scale: f64,
}

impl Embedding {
    /// A table without additions.
    pub fn new(weight: Weight) -> Self {
        Self { weight, lora: None, features: None, names: None, scale: 1.0 }
    }

    /// Embeds tokens `[n]` → `[n, d]`. `id_tokens` differs from `tokens` where training drops a token's own row.
    pub fn forward(&self, tokens: Tensor<1, Int>, id_tokens: Option<Tensor<1, Int>>) -> Tensor<2> {
        let ids = id_tokens.unwrap_or_else(|| tokens.clone());
        let mut rows = self.weight.select_rows(ids);
        for addition in [&self.lora, &self.features].into_iter().flatten() {
            rows = rows + addition.rows(tokens.clone());
        }
        let rows = match &self.names {
            Some(names) => rows + names.rows(tokens),
            None => rows,
        };
        if self.scale == 1.0 { rows } else { rows.mul_scalar(self.scale) }
    }

    /// Whether any tensor of the embedding requires a gradient.
    pub fn trains(&self) -> bool {
        self.lora.is_some() || matches!(&self.weight, Weight::Dense(w) if w.is_require_grad())
    }

    /// The table with its additions merged `[vocab, d]`.
    pub fn merged(&self) -> Tensor<2> {
        let table = [&self.lora, &self.features]
            .into_iter()
            .flatten()
            .fold(self.weight.dense(), |table, addition| table + addition.a.clone().matmul(addition.b.clone()).mul_scalar(addition.scale));
        match &self.names {
            Some(names) => {
                let n_tokens = table.dims()[0] as i64;
                let tokens = Tensor::arange(0..n_tokens, &table.device());
                table + names.rows(tokens)
            }
            None => table,
        }
    }
}
