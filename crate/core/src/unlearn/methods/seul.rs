//! SeUL (selective forgetting): gradient ascent on the sensitive spans only; in a recommender these are the names of the items a user rated.
//!
//! Where the embedding table is the output layer (published language models), the next-token loss of each token of a name is raised. A nano scores
//! answers only: there the loss of the answer is raised through the embedding rows of the forgotten users' items, and no other parameter changes.
//! Derived: in the paper an annotator selects spans of free text; the names in a prompt are known.

use super::common::{is_grown, student, student_plan};
use super::presets::{presets, with_student};
use crate::data::batch::Encoded;
use crate::model::{Model, Network, Trainable};
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::step::{Step, StepFuture, StepInput, StepOutput, pass};
use crate::unlearn::engine::task::{Sets, TaskSizes};
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::Params;
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

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let mut plan = student_plan(p, sizes, vec![Term::new(Teacher::Truth, -1.0)], Vec::new())?;
    plan.step = Arc::new(SeulStep);
    Ok(Plan::Student(plan))
}

/// AdamW ascent on the loss of names.
#[derive(Debug)]
struct SeulStep;

impl Step for SeulStep {
    fn begin(&self, mut model: Model, _: &Sets<'_>) -> Result<Model> {
        if !scores_names(&model) && model.embedding_mut().lora.is_none() {
            let rule = "must reach the embedding in a model whose output layer has answers alone";
            return Err(Error::setting("targets", rule, "linear layers"));
        }
        Ok(model)
    }

    fn take<'a>(&'a self, at: StepInput<'a>) -> StepFuture<'a> {
        Box::pin(async move {
            let StepInput { model, optimiser, sets, batch, targets, lr, .. } = at;
            let rows = &batch.0;
            if let Some(decoder) = model.decoder().filter(|_| scores_names(model)) {
                let device = model.device().autodiff();
                let (at, names) = positions(sets.encoded, rows);
                let (at, names) = (ids(&at, &device), ids(&names, &device));
                let n = names.dims()[0];
                if let Some(logits) = decoder.next_logits(sets.encoded.tensor(rows, &device), at) {
                    // The minimised loss is −ℓ of the names.
                    let loss = activation::log_softmax(logits, 1).gather(1, names.reshape([n, 1])).mean();
                    let mut grads = loss.clone().backward().into();
                    optimiser.step(lr, model, &mut grads);
                    return Ok(StepOutput::Loss(loss.inner()));
                }
            }
            let mut pass = pass(model, sets, batch, targets);
            let mut grads = Vec::new();
            model.each_param(Trainable::Adapter, &mut |name, param| {
                let grad = pass.grads.take(param).filter(|_| is_grown(name) && name.ends_with("lora_embedding_A"));
                grads.push(grad.map(|grad| of_names(grad, sets.encoded, rows)));
            });
            optimiser.apply(lr, model, grads);
            Ok(StepOutput::Logits(pass.logits))
        })
    }
}

/// Whether the model's head scores the tokens of names.
fn scores_names(model: &Model) -> bool {
    model.decoder().is_some_and(|decoder| decoder.spec.tie_word_embeddings)
}

/// The positions among `[rows · seq]` that predict a token of a name, and the tokens to predict. A name at the very start of a prompt is left out.
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

/// The gradient of an embedding's adapter factor `[vocab, r]`, restricted to the rows of the names' tokens.
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
        // [bos] i7 r4.0 i9 [ask]: the names are at 1 and 3 and are predicted at 0 and 2.
        let first = HEAD_VOCAB as i32;
        assert_eq!(positions(&encoded, &[0]), (vec![0, 2], vec![first, first + 2]));
        let grad = Tensor::<2>::ones([HEAD_VOCAB + 3, 1], &Device::flex());
        let kept: Vec<f32> = of_names(grad, &encoded, &[0]).into_data().try_to_vec().unwrap();
        assert_eq!(kept[HEAD_VOCAB..], [1.0, 0.0, 1.0]);
        assert!(kept[..HEAD_VOCAB].iter().all(|value| *value == 0.0));
    }
}
