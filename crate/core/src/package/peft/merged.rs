//! An adapter merged into the weights of a checkpoint, as PEFT's own merging does. Where the output layer is tied to the embedding and an adapter changes
//! one of the two, they become two tables: PEFT's answers before merging are the reference.

use super::adapter::Adapter;
use super::names::{HEAD, in_config, in_weights};
use super::tensors::{Dense, Factors};
use crate::model::Spec;
use crate::package::checkpoint::{Checkpoint, Slot, layout};
use crate::package::stored::Stored;
use crate::{Error, Result};

impl Adapter {
    /// Merges the adapter into the weights. Rows of the vocabulary must have the order that the adapter was made for. `head_rows` are the rows of the
    /// embedding that an output layer scores which is tied to it.
    ///
    /// # Errors
    /// If a shape does not fit.
    pub fn merge_into(&self, model: &mut Checkpoint, head_rows: &[u32]) -> Result<()> {
        let table = model.spec.embedding();
        let (head_weight, table_weight) = (format!("{HEAD}.weight"), format!("{table}.weight"));
        let is_tied = model.spec.tie_word_embeddings();
        let tensors = &self.tensors;
        for (module, weight) in &tensors.bases {
            // PEFT reads it into the base itself, which a tied output layer shares.
            let module = if is_tied && module == HEAD { table } else { module };
            replace(model, &format!("{module}.weight"), weight)?;
        }
        for (module, rows) in &tensors.tokens {
            if is_tied && module == HEAD {
                return Err(in_config(format!("trainable_token_indices: `{HEAD}` is tied to the embedding here, and has rows of its own")));
            }
            let ids = self.settings.tokens(module, module == table);
            let ids = ids.ok_or_else(|| in_config(format!("trainable_token_indices must list the rows of `{module}`")))?;
            replace_rows(model, module, rows, &ids)?;
        }
        let changes_head = tensors.factors.contains_key(HEAD) || tensors.saved.contains_key(&head_weight);
        if is_tied && (changes_head || tensors.factors.contains_key(table) || tensors.saved.contains_key(&table_weight)) {
            untie(model, head_rows, changes_head)?;
        }
        for (name, weight) in &tensors.saved {
            replace(model, name, weight)?;
        }
        for (module, factors) in &tensors.factors {
            let slot = slot(model, &format!("{module}.weight"))?;
            let stored = model.tensors.get(&slot.name).ok_or_else(|| in_weights(format!("the model has no `{}`", slot.name)))?;
            let merged = self.merged(module, factors, stored.to_dense(), slot.dims)?;
            model.tensors.insert(slot.name, Stored::from_floats(&merged, slot.dims));
        }
        Ok(())
    }

    /// `W + s B A`; with DoRA (arXiv 2402.09353) each row, or for an embedding each column, then gets its own length.
    fn merged(&self, module: &str, factors: &Factors, mut weight: Vec<f32>, dims: [usize; 2]) -> Result<Vec<f32>> {
        let [rows, cols] = dims;
        let (a, b, scale) = self.factors(module, factors, dims)?;
        let rank = if factors.is_embedding { b.dims[1] } else { a.dims[0] };
        let (scale, mut sum) = (scale as f32, vec![0f32; cols]);
        for (row, out) in weight.chunks_exact_mut(cols.max(1)).enumerate() {
            sum.fill(0.0);
            for k in 0..rank {
                if factors.is_embedding {
                    // ΔW = s Aᵀ Bᵀ, for A [r, vocab] and B [d, r]
                    let left = a.values[k * rows + row];
                    sum.iter_mut().enumerate().for_each(|(col, sum)| *sum += left * b.values[col * rank + k]);
                } else {
                    let left = b.values[row * rank + k];
                    sum.iter_mut().zip(&a.values[k * cols..][..cols]).for_each(|(sum, right)| *sum += left * right);
                }
            }
            out.iter_mut().zip(&sum).for_each(|(out, sum)| *out += scale * sum);
        }
        let Some(magnitude) = &factors.magnitude else { return Ok(weight) };
        let n = if factors.is_embedding { cols } else { rows };
        if magnitude.dims[0] * magnitude.dims[1] != n {
            return Err(in_weights(format!("`{module}`: lora_magnitude_vector must have {n} numbers, got {:?}", magnitude.dims)));
        }
        // An index counts rows of the matrix, or columns of the table.
        let line = |at: usize| if factors.is_embedding { at % cols } else { at / cols };
        let mut squares = vec![0f64; n];
        weight.iter().enumerate().for_each(|(at, w)| squares[line(at)] += f64::from(*w).powi(2));
        let factor: Vec<f32> = magnitude.values.iter().zip(squares).map(|(m, square)| (f64::from(*m) / square.sqrt()) as f32).collect();
        weight.iter_mut().enumerate().for_each(|(at, w)| *w *= factor[line(at)]);
        Ok(weight)
    }
}

fn slot(model: &Checkpoint, name: &str) -> Result<Slot> {
    layout(&model.spec).into_iter().find(|slot| slot.name == name).ok_or_else(|| in_weights(format!("the model has no `{name}`")))
}

/// Puts a whole weight in the place of the model's. One that is the same keeps its form.
fn replace(model: &mut Checkpoint, name: &str, weight: &Dense) -> Result<()> {
    let slot = slot(model, name)?;
    if weight.dims != slot.dims {
        return Err(in_weights(format!(
            "`{name}` must be {:?}, got {:?}: the adapter was made for another vocabulary or model",
            slot.dims, weight.dims
        )));
    }
    if model.tensors.get(name).is_none_or(|stored| stored.to_dense() != weight.values) {
        model.tensors.insert(slot.name, Stored::from_floats(&weight.values, slot.dims));
    }
    Ok(())
}

fn replace_rows(model: &mut Checkpoint, module: &str, rows: &Dense, ids: &[u64]) -> Result<()> {
    let slot = slot(model, &format!("{module}.weight"))?;
    let [n_rows, cols] = slot.dims;
    if rows.dims != [ids.len(), cols] {
        return Err(in_weights(format!("trainable_tokens_delta of `{module}` must be {:?}, got {:?}", [ids.len(), cols], rows.dims)));
    }
    let stored = model.tensors.get(&slot.name).ok_or_else(|| in_weights(format!("the model has no `{}`", slot.name)))?;
    let mut values = stored.to_dense();
    for (id, row) in ids.iter().zip(rows.values.chunks_exact(cols.max(1))) {
        let at = usize::try_from(*id).ok().filter(|id| *id < n_rows);
        let at = at.ok_or_else(|| in_config(format!("trainable_token_indices must be below {n_rows}, got {id}")))?;
        values[at * cols..][..cols].copy_from_slice(row);
    }
    model.tensors.insert(slot.name, Stored::from_floats(&values, slot.dims));
    Ok(())
}

/// Gives a tied model an output layer of its own: a copy of the embedding.
fn untie(model: &mut Checkpoint, head_rows: &[u32], changes_head: bool) -> Result<()> {
    let name = format!("{}.weight", model.spec.embedding());
    let table = model.tensors.get(&name).ok_or_else(|| Error::package(&name, "is missing"))?;
    let head = table.select_rows(head_rows)?;
    let head = match &mut model.spec {
        Spec::Llama(spec) => {
            spec.tie_word_embeddings = false;
            head
        }
        // A tied T5 divides its states by √d before the output layer; the divisor becomes part of the layer.
        Spec::T5(_) if changes_head => {
            return Err(in_config(format!(
                "target_modules or modules_to_save: `{HEAD}` is tied to the embedding in this T5, which is not computed"
            )));
        }
        Spec::T5(spec) => {
            spec.tie_word_embeddings = false;
            let by = 1.0 / (spec.d_model as f64).sqrt();
            let values: Vec<f32> = head.to_dense().into_iter().map(|x| (f64::from(x) * by) as f32).collect();
            Stored::from_floats(&values, head.dims)
        }
    };
    model.tensors.insert(format!("{HEAD}.weight"), head);
    Ok(())
}
