//! SeUL (selective forgetting): ascent on the sensitive spans alone; in a recommender those are the names of what a person rated.
//!
//! Where the embedding table is the output layer (published language models), the loss of each token of a name as the next one is pushed up. A nano scores
//! answers alone: there the answer's loss is pushed up through the rows of the forgotten people's items, and no other number moves. Derived: the
//! paper selects spans of free text by an annotator; a prompt's names are known.

use super::f_learning::is_grown;
use super::plan::{Plan, Setting, Teacher, Term, student, student_plan};
use super::presets::{presets, with_student};
use super::run::Sets;
use super::step::{At, Step, Stepping, Told, pass};
use super::{Family, MethodEntry, Params, Preset};
use crate::data::batch::Encoded;
use crate::model::{Model, Network, Trainable};
use crate::{Error, Result};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "seul",
    label: "SeUL",
    family: Family::Ascent,
    citation: "Wang et al. 2024, Selective Forgetting, arXiv 2402.05813",
    summary: "Ascent on what is sensitive and nothing else: the names of what the forgotten people rated. A model that recites titles unlearns to; in a nano only \
              the vectors of those items move.",
    params: with_student!([], lr 3e-3, stop 1.0),
    presets: presets!(tuned; published "Ascent alone, as in the paper, with the student of E2URec’s public code, on the embedding too.",
        [("targets", 2.0)]; text []),
    plan,
};

fn plan(p: &Params, setting: &Setting) -> Result<Plan> {
    let mut plan = student_plan(p, setting, vec![Term::new(Teacher::Truth, -1.0)], Vec::new())?;
    plan.step = Arc::new(Selective);
    Ok(Plan::Student(plan))
}

/// AdamW up the loss of names.
#[derive(Debug)]
struct Selective;

impl Step for Selective {
    fn begin(&self, mut model: Model, _: &Sets<'_>) -> Result<Model> {
        if !recites(&model) && model.embedding_mut().lora.is_none() {
            let rule = "must reach the embedding in a model whose output layer has answers alone";
            return Err(Error::setting("targets", rule, "linear layers"));
        }
        Ok(model)
    }

    fn take<'a>(&'a self, at: At<'a>) -> Stepping<'a> {
        Box::pin(async move {
            let At { model, optimiser, sets, batch, targets, lr } = at;
            let rows = &batch.0;
            if let Some(decoder) = model.decoder().filter(|_| recites(model)) {
                let device = model.device().autodiff();
                let (at, names) = positions(sets.encoded, rows);
                let (at, names) = (ids(&at, &device), ids(&names, &device));
                let n = names.dims()[0];
                if let Some(logits) = decoder.next_logits(sets.encoded.tensor(rows, &device), at) {
                    // −ℓ of the names is what is minimised.
                    let loss = activation::log_softmax(logits, 1).gather(1, names.reshape([n, 1])).mean();
                    let mut grads = loss.clone().backward().into();
                    optimiser.step(lr, model, &mut grads);
                    return Ok(Told::Loss(loss.inner()));
                }
            }
            let mut pass = pass(model, sets, batch, targets);
            let mut grads = Vec::new();
            model.each_param(Trainable::Adapter, &mut |name, param| {
                let grad = pass.grads.take(param).filter(|_| is_grown(name) && name.ends_with("lora_embedding_A"));
                grads.push(grad.map(|grad| of_names(grad, sets.encoded, rows)));
            });
            optimiser.apply(lr, model, grads);
            Ok(Told::Logits(pass.logits))
        })
    }
}

/// Whether the model scores the tokens of names.
fn recites(model: &Model) -> bool {
    model.decoder().is_some_and(|decoder| decoder.spec.tie_word_embeddings)
}

/// Where each token of a name is to be foretold, among `[rows · seq]`, and which token it is. Names at the very beginning have nothing before them.
pub(crate) fn positions(encoded: &Encoded, rows: &[u32]) -> (Vec<i32>, Vec<i32>) {
    let seq = rows.first().map_or(0, |row| encoded.n_tokens(*row));
    let (mut at, mut tokens) = (Vec::new(), Vec::new());
    for (idx, row) in rows.iter().enumerate() {
        let prompt = encoded.row(*row);
        for pos in encoded.names(*row).into_iter().flatten().filter(|pos| *pos > 0) {
            at.push((idx * seq + pos - 1) as i32);
            tokens.push(prompt[pos] as i32);
        }
    }
    (at, tokens)
}

fn ids(values: &[i32], device: &Device) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

/// The gradient of an embedding's code `[vocab, r]` in the rows of the names alone.
fn of_names(grad: Tensor<2>, encoded: &Encoded, rows: &[u32]) -> Tensor<2> {
    let mut kept = vec![0f32; grad.dims()[0]];
    for row in rows {
        let prompt = encoded.row(*row);
        encoded.names(*row).into_iter().flatten().for_each(|pos| kept[prompt[pos] as usize] = 1.0);
    }
    let device = grad.device();
    let n = kept.len();
    grad * Tensor::<2>::from_data(TensorData::new(kept, [n, 1]), &device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::prompt::Question;
    use crate::data::tokenizer::{HEAD_VOCAB, ItemVocabulary};
    use crate::data::vocabulary::Vocabulary;

    #[test]
    fn only_rows_of_names_move() {
        let vocabulary = Vocabulary::from(ItemVocabulary::from_json(ItemVocabulary::json(&[7, 8, 9], false).as_bytes()).unwrap());
        let mut encoded = Encoded::default();
        encoded.push(&Question { earlier: &[(7, 4.0)], target: 9, same_author: &[], user: None }, true, &vocabulary);
        // [bos] i7 r4.0 i9 [ask]: the names stand at 1 and 3, and are foretold at 0 and 2.
        let first = HEAD_VOCAB as i32;
        assert_eq!(positions(&encoded, &[0]), (vec![0, 2], vec![first, first + 2]));
        let grad = Tensor::<2>::ones([HEAD_VOCAB + 3, 1], &Device::flex());
        let kept: Vec<f32> = of_names(grad, &encoded, &[0]).into_data().try_to_vec().unwrap();
        assert_eq!(kept[HEAD_VOCAB..], [1.0, 0.0, 1.0]);
        assert!(kept[..HEAD_VOCAB].iter().all(|value| *value == 0.0));
    }
}
