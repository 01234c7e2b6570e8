//! Functions that bench/peers times, in a module of its own that no page loads: the training step and the scoring that are compared with other
//! libraries.

use crate::failure::{failed, failure};
use crate::files::NamedBytes;
use crate::gpu;
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData, activation};
use js_sys::{Array, Float32Array, Function};
use rand::SeedableRng;
use std::collections::BTreeMap;
use unlearn_core::Error;
use unlearn_core::data::text::{N_FIXED, cut};
use unlearn_core::linear::{LoraSpec, Weight};
use unlearn_core::model::{Decoder, DecoderSpec, Model, Network, Targets, Trainable};
use unlearn_core::session::open_model;
use unlearn_core::tensor::dropout::Dropout;
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::tensor::read;
use unlearn_core::train::optim::Optimiser;
use unlearn_core::train::tune::cut_down;
use wasm_bindgen::prelude::*;

/// The training step of bench/README.md: a frozen teacher's answers, a student's with LoRA, KL between them at the last position, and Adam.
#[wasm_bindgen]
pub struct Step {
    teacher: Decoder,
    student: Decoder,
    optimiser: Optimiser,
    tokens: Vec<i32>,
    dims: [usize; 2],
    whole: bool,
}

#[wasm_bindgen]
impl Step {
    /// A teacher and a student of the shape `[d, ff, layers, heads, vocab, rank, batch, seq]`. `weights(model, name, rows, cols)` returns their
    /// weights, including the student's adapter, so that all libraries can use the same. `whole` computes the last block at every position, as code
    /// does that does not know the answer position.
    ///
    /// # Errors
    /// If the shape is invalid, or `weights` fails.
    pub async fn make(shape: Vec<usize>, weights: Function, whole: bool) -> Result<Step, JsValue> {
        let (device, _) = gpu::open().await.map_err(|e| failed(&e))?;
        let Ok([d, ff, layers, heads, vocab, rank, batch, seq]) = <[usize; 8]>::try_from(shape) else {
            return Err(failure("setting", "shape must have eight numbers"));
        };
        let spec = DecoderSpec {
            vocab_size: vocab,
            head_vocab_size: vocab,
            hidden_size: d,
            intermediate_size: ff,
            num_hidden_layers: layers,
            num_attention_heads: heads,
            num_key_value_heads: heads,
            max_position_embeddings: 2048,
            rms_norm_eps: 1e-5,
            rope_theta: 1e4,
            tie_word_embeddings: false,
            head_dim: None,
            attention: unlearn_core::model::AttentionSpec::PLAIN,
            variant: unlearn_core::model::Variant::Llama,
        };
        let take = |model: &str, name: &str, dims: [usize; 2]| -> unlearn_core::Result<Tensor<2>> {
            let arguments = Array::of4(&JsValue::from(model), &JsValue::from(name), &JsValue::from(dims[0]), &JsValue::from(dims[1]));
            let values = weights.apply(&JsValue::NULL, &arguments).map(|values| Float32Array::new(&values).to_vec());
            match values {
                Ok(values) if values.len() == dims[0] * dims[1] => Ok(Tensor::from_data(TensorData::new(values, dims), &device)),
                other => {
                    Err(Error::setting("weights", format!("must be {dims:?} numbers for {name}"), format!("{:?}", other.map(|v| v.len()))))
                }
            }
        };
        let build = |model: &str| Decoder::build(&spec, &device, |name, dims| Ok(Weight::Dense(take(model, name, dims)?)));
        let teacher = build("teacher").map_err(|e| failed(&e))?;
        let base = build("student").map_err(|e| failed(&e))?;
        let mut rng = SeedRng::seed_from_u64(1);
        let mut student = base.with_adapter(&LoraSpec { rank, alpha: 2.0 * rank as f64 }, Targets::QueryValue, &mut rng);
        let mut failure = None;
        student.each_param(Trainable::Adapter, &mut |name, p| match take("student", name, p.dims()) {
            Ok(values) => *p = values.autodiff().require_grad(),
            Err(error) => failure = Some(error),
        });
        if let Some(error) = failure {
            return Err(failed(&error));
        }
        let tokens = (0..batch * seq).map(|at| (at * 7919 % vocab) as i32).collect();
        Ok(Self { teacher, student, optimiser: Optimiser::new(Trainable::Adapter, 0.0), tokens, dims: [batch, seq], whole })
    }

    /// Takes `n` steps and returns the KL of the last one, so that the device has finished them all.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn run(&mut self, n: usize) -> Result<f32, JsValue> {
        let mut last = None;
        for _ in 0..n {
            last = Some(self.step());
        }
        let Some(loss) = last else { return Ok(f32::NAN) };
        Ok(read(loss).await.map_err(|e| failed(&e))?[0])
    }

    fn step(&mut self) -> Tensor<1> {
        let of = |device: &Device| Tensor::<2, Int>::from_data(TensorData::new(self.tokens.clone(), self.dims), device);
        let answers = |model: &Decoder, tokens| if self.whole { whole(model, tokens) } else { model.answer_logits(tokens) };
        let device = self.teacher.device();
        let told = activation::log_softmax(answers(&self.teacher, of(&device)), 1);
        let target = told.autodiff();
        let given = activation::log_softmax(answers(&self.student, of(&device.autodiff())), 1);
        let loss = (target.clone().exp() * (target - given)).sum().mul_scalar(1.0 / self.dims[0] as f64);
        let mut grads = loss.backward().into();
        self.optimiser.step(1e-3, &mut self.student, &mut grads);
        loss.inner()
    }
}

/// The output logits with every block computed at every position, and the output layer at the last.
fn whole(model: &Decoder, tokens: Tensor<2, Int>) -> Tensor<2> {
    let [batch, seq] = tokens.dims();
    let pass = model.pass(0, seq);
    let x = model.embedding.forward(tokens.flatten(0, 1), None);
    let x = model.blocks.iter().fold(x, |x, block| block.all(x, &pass, Dropout::default()));
    let d = x.dims()[1];
    let last = x.reshape([batch, seq, d]).slice_dim(1, seq - 1..seq).reshape([batch, d]);
    let head = model.head.as_ref().expect("the spec is untied");
    head.forward(model.norm.forward(last))
}

/// A language model's package without data, restricted to the tokens of the prompts to score, as the engine restricts it to a dataset's.
#[wasm_bindgen]
pub struct Scorer {
    model: Model,
    rows: BTreeMap<u32, i32>,
    device: Device,
}

#[wasm_bindgen]
impl Scorer {
    /// Opens a package's files; `ids` are the tokens of all prompts, as ids of the tokenizer.
    ///
    /// # Errors
    /// If the package is damaged or not of a language model.
    pub async fn open(files: JsValue, ids: Vec<u32>) -> Result<Scorer, JsValue> {
        let (device, _) = gpu::open().await.map_err(|e| failed(&e))?;
        let files: Vec<NamedBytes> = serde_wasm_bindgen::from_value(files).map_err(|e| failure("message", &format!("not files: {e}")))?;
        let files = files.into_iter().map(|file| (file.name, file.bytes)).collect();
        let (manifest, whole) = open_model(&files, None, &device).map_err(|e| failed(&e))?;
        let text = manifest.text.ok_or_else(|| failure("model", "must be a language model's package"))?;
        let (kept, rows) = cut(&text.kept, &ids);
        let layers: Vec<usize> = (0..manifest.config.num_hidden_layers()).collect();
        let model = cut_down(&whole, &layers, &rows, N_FIXED).map_err(|e| failed(&e))?;
        let rows = kept.iter().enumerate().map(|(row, id)| (*id, row as i32)).collect();
        Ok(Self { model, rows, device })
    }

    /// Answer logits `[n · 6]` of prompts of `seq` tokens each `[n · seq]`; of the six, 4 is No and 5 is Yes.
    ///
    /// # Errors
    /// If a token was not in `ids` when the package was opened, or the device fails.
    pub async fn score(&self, ids: Vec<u32>, seq: usize) -> Result<Float32Array, JsValue> {
        let rows: Option<Vec<i32>> = ids.iter().map(|id| self.rows.get(id).copied()).collect();
        let rows = rows.ok_or_else(|| failure("prompt", "has a token that the model was not opened for"))?;
        let tokens = Tensor::<2, Int>::from_data(TensorData::new(rows, [ids.len() / seq, seq]), &self.device);
        let logits = read(self.model.answer_logits(tokens)).await.map_err(|e| failed(&e))?;
        Ok(Float32Array::from(logits.as_slice()))
    }
}

/// Multiplies random matrices `[m, k] · [k, n]`, to measure the device's peak speed.
#[wasm_bindgen]
pub async fn products(m: usize, k: usize, n: usize, times: usize) -> Result<f32, JsValue> {
    let (device, _) = gpu::open().await.map_err(|e| failed(&e))?;
    let (a, b) = (Tensor::<2>::random([m, k], Distribution::Default, &device), Tensor::<2>::random([k, n], Distribution::Default, &device));
    let mut last = a.clone().matmul(b.clone());
    for _ in 1..times {
        last = a.clone().matmul(b.clone());
    }
    Ok(read(last.slice([0..1, 0..1])).await.map_err(|e| failed(&e))?[0])
}
