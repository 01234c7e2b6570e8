//! The training step that `bench/webgpu.mjs` compares with other libraries. Its weights are random, since their values do not affect the time.

use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use rand::{Rng, SeedableRng};
use unlearn_core::gpu;
use unlearn_core::linear::LoraSpec;
use unlearn_core::model::{Decoder, DecoderSpec, Network, Targets, Trainable};
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::train::optim::Optimiser;
use wasm_bindgen::prelude::*;

const BATCH: usize = 8;
const SEQ: usize = 64;
const VOCABULARY: usize = 4096;

/// A teacher, a student with an adapter, and their batch.
#[wasm_bindgen]
pub struct PeerStep {
    device: Device,
    teacher: Decoder,
    student: Decoder,
    optimiser: Optimiser,
    ids: Vec<i32>,
}

#[wasm_bindgen]
impl PeerStep {
    /// Opens the device; `own` says whether to use our kernels.
    pub async fn open(own: bool) -> Result<PeerStep, JsError> {
        crate::gpu::log_to_console();
        let (device, _) = crate::gpu::open().await.map_err(|e| JsError::new(&e.to_string()))?;
        gpu::enable(own);
        let spec = DecoderSpec {
            vocab_size: VOCABULARY,
            head_vocab_size: VOCABULARY,
            hidden_size: 128,
            intermediate_size: 384,
            num_hidden_layers: 2,
            num_attention_heads: 4,
            num_key_value_heads: 4,
            max_position_embeddings: SEQ,
            rms_norm_eps: 1e-5,
            rope_theta: 1e4,
            tie_word_embeddings: false,
            head_dim: None,
            attention: unlearn_core::model::AttentionSpec::PLAIN,
            variant: unlearn_core::model::Variant::Llama,
        };
        let mut rng = SeedRng::seed_from_u64(1);
        let teacher = Decoder::init(&spec, &mut rng, &device).map_err(|e| JsError::new(&e.to_string()))?.frozen();
        let other = Decoder::init(&spec, &mut rng, &device).map_err(|e| JsError::new(&e.to_string()))?.frozen();
        let student = other.with_adapter(&LoraSpec { rank: 8, alpha: 16.0 }, Targets::QueryValue, &mut rng);
        let ids = (0..BATCH * SEQ).map(|_| rng.random_range(0..VOCABULARY as i32)).collect();
        Ok(Self { device, teacher, student, optimiser: Optimiser::new(Trainable::Adapter, 0.0), ids })
    }

    /// Takes `n` steps and returns the loss of the last one.
    pub async fn steps(&mut self, n: u32) -> Result<f32, JsError> {
        let trainable = self.device.clone().autodiff();
        let mut last = None;
        for _ in 0..n {
            let tokens = |device: &Device| Tensor::<2, Int>::from_data(TensorData::new(self.ids.clone(), [BATCH, SEQ]), device);
            let target = activation::softmax(self.teacher.answer_logits(tokens(&self.device)), 1);
            let answer = activation::log_softmax(self.student.answer_logits(tokens(&trainable)), 1);
            let loss = (answer * target).sum().mul_scalar(-1.0 / BATCH as f64);
            let mut grads = loss.backward().into();
            self.optimiser.step(1e-3, &mut self.student, &mut grads);
            last = Some(loss);
        }
        let loss = last.ok_or_else(|| JsError::new("at least one step"))?;
        let values = unlearn_core::tensor::read(loss).await.map_err(|e| JsError::new(&e.to_string()))?;
        Ok(values[0])
    }

    /// Compares every kernel with Burn's. Returns the differing checks, empty if there are none, and the number of comparisons.
    pub async fn check(&self) -> Result<String, JsError> {
        let checks = unlearn_core::selftest::check_kernels(&self.device).await.map_err(|e| JsError::new(&e.to_string()))?;
        let wrong: Vec<String> = checks.iter().filter(|c| !c.ok).map(|c| format!("{}: {:e}", c.name, c.difference)).collect();
        let worst = checks.iter().map(|c| c.difference).fold(0.0, f64::max);
        Ok(format!("{} numbers' lists, largest relative difference {worst:.1e}; wrong: {wrong:?}", checks.len()))
    }

    /// Runs the self-test of the page's start. Returns the failed checks, empty if there are none.
    pub async fn self_test(&self) -> Result<String, JsError> {
        let found = unlearn_core::selftest::self_test(&self.device).await.map_err(|e| JsError::new(&e.to_string()))?;
        Ok(format!("{:?}", found.checks.iter().filter(|c| !c.ok).map(|c| &c.name).collect::<Vec<_>>()))
    }

    /// Computes a product x Wᵀ of `n × k` and `m × k`, `times` times, and returns one number of the last. The caller measures the time.
    pub async fn product(&self, n: usize, k: usize, m: usize, times: u32) -> Result<f32, JsError> {
        let a = Tensor::<2>::ones([n, k], &self.device);
        let b = Tensor::<2>::ones([m, k], &self.device);
        let mut y = None;
        for _ in 0..times {
            y = Some(gpu::linear(a.clone(), b.clone()).unwrap_or_else(|| a.clone().matmul(b.clone().transpose())));
        }
        let y = y.ok_or_else(|| JsError::new("at least one product"))?;
        Ok(unlearn_core::tensor::read(y.slice([0..1, 0..1])).await.map_err(|e| JsError::new(&e.to_string()))?[0])
    }
}
