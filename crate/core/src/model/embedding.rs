//! Token embedding, with what may be added to a looked-up row: an adapter, or the item features and names of a model in training.

use crate::linear::random::{SeedRng, normal};
use crate::linear::{LoraSpec, Weight};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// A rank-r addition to a table `[vocab, d]`: row t gains `s · code[t] · basis`. Only the rows a batch touches are gathered.
#[derive(Debug, Clone)]
pub struct LowRank {
    /// `[vocab, r]`: PEFT's `lora_embedding_A`, transposed; for item features the fixed multi-hot rows.
    pub code: Tensor<2>,
    /// `[r, d]`: PEFT's `lora_embedding_B`, transposed; for item features one vector per genre and decade.
    pub basis: Tensor<2>,
    /// `alpha / r`; 1 for features.
    pub scale: f64,
}

impl LowRank {
    /// A fresh adapter: code zero, basis standard normal, as PEFT does.
    pub fn adapter(spec: &LoraSpec, [vocab, d]: [usize; 2], rng: &mut SeedRng, device: &Device) -> Self {
        Self {
            code: Tensor::zeros([vocab, spec.rank], device).require_grad(),
            basis: normal([spec.rank, d], 1.0, rng, device).require_grad(),
            scale: spec.alpha / spec.rank as f64,
        }
    }

    /// The addition to a table whose row i is this one's row `rows[i]`; rows that this one lacks gain nothing.
    #[must_use]
    pub fn with_rows(&self, rows: &[Option<u32>]) -> Self {
        let ([vocab, rank], device) = (self.code.dims(), self.code.device());
        let none = Tensor::zeros([1, rank], &device);
        let ids: Vec<i32> = rows.iter().map(|row| row.map_or(vocab, |row| (row as usize).min(vocab)) as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [rows.len()]), &device);
        Self { code: Tensor::cat(vec![self.code.clone(), none], 0).select(0, ids), basis: self.basis.clone(), scale: self.scale }
    }

    fn rows(&self, tokens: Tensor<1, Int>) -> Tensor<2> {
        self.code.clone().select(0, tokens).matmul(self.basis.clone().mul_scalar(self.scale))
    }
}

/// Vectors of names (authors, series) added to the rows of the tokens that bear them: too many for multi-hot rows, so each token has a list.
#[derive(Debug, Clone)]
pub struct Names {
    /// The names of every token `[vocab, k]`; shorter lists are filled up with anything.
    pub ids: Tensor<2, Int>,
    /// 1 for a name, 0 for filling `[vocab, k]`.
    pub present: Tensor<2>,
    /// One vector a name `[n_names, d]`.
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

/// The embedding table and its additions.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// `[vocab, d]`.
    pub weight: Weight,
    /// The adapter, if the embedding is one of its targets.
    pub lora: Option<LowRank>,
    /// Item features while a model is trained; merged into the table when it is exported.
    pub features: Option<LowRank>,
    /// Names while a model is trained, likewise.
    pub names: Option<Names>,
}

impl Embedding {
    /// A table without additions.
    pub fn new(weight: Weight) -> Self {
        Self { weight, lora: None, features: None, names: None }
    }

    /// Tokens `[n]` → rows `[n, d]`. `id_tokens` may differ from `tokens` where a token's own row is dropped in training.
    pub fn forward(&self, tokens: Tensor<1, Int>, id_tokens: Option<Tensor<1, Int>>) -> Tensor<2> {
        let ids = id_tokens.unwrap_or_else(|| tokens.clone());
        let mut rows = self.weight.select_rows(ids);
        for addition in [&self.lora, &self.features].into_iter().flatten() {
            rows = rows + addition.rows(tokens.clone());
        }
        match &self.names {
            Some(names) => rows + names.rows(tokens),
            None => rows,
        }
    }

    /// Whether it requires a gradient.
    pub fn trains(&self) -> bool {
        self.lora.is_some() || matches!(&self.weight, Weight::Dense(w) if w.is_require_grad())
    }

    /// The table with its additions merged into it `[vocab, d]`.
    pub fn merged(&self) -> Tensor<2> {
        let table = [&self.lora, &self.features].into_iter().flatten().fold(self.weight.dense(), |table, addition| {
            table + addition.code.clone().matmul(addition.basis.clone()).mul_scalar(addition.scale)
        });
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
