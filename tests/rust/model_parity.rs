//! Tests of the decoder, its adapter, the losses, the gradient and AdamW against transformers, PEFT and PyTorch.

use super::repo;
use burn::tensor::{Device, Int, Tensor, TensorData};
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use unlearn_core::host::Files;
use unlearn_core::linear::{Bits, LoraSpec, Quantised, Weight};
use unlearn_core::model::{Decoder, DecoderSpec, Network, Targets, Trainable};
use unlearn_core::package::peft;
use unlearn_core::package::weights::floats;
use unlearn_core::train::optim::Optimiser;
use unlearn_core::unlearn::engine::divergence::{cross_entropy, kl};
use unlearn_core::unlearn::engine::loss::{one_hot, soft_cross_entropy};
use unlearn_core::unlearn::engine::teachers::{LogitDifference, forgetting_teacher};

/// Maximum difference, relative to the largest number of the reference.
const BOUND: f64 = 1e-4;
const WIDTH: usize = 16;

struct Fixture {
    bytes: Vec<u8>,
    json: serde_json::Value,
}

impl Fixture {
    fn read() -> Self {
        let folder = repo("tests/parity/fixtures");
        let json = std::fs::read(folder.join("model.json")).expect("the fixture is committed");
        Self {
            bytes: std::fs::read(folder.join("model.safetensors")).expect("the fixture is committed"),
            json: serde_json::from_slice(&json).expect("the fixture is JSON"),
        }
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("the fixture is safetensors")
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        floats(self.tensors().tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).data())
    }

    fn ints(&self, name: &str) -> Vec<i32> {
        let tensors = self.tensors();
        tensors
            .tensor(name)
            .unwrap_or_else(|e| panic!("{name}: {e}"))
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| i32::from_le_bytes(*b))
            .collect()
    }

    fn loss(&self, name: &str) -> f64 {
        self.json["losses"][name].as_f64().expect("a loss")
    }

    fn base(&self, device: &Device) -> Decoder {
        let config = &self.json["config"];
        let size = |key: &str| config[key].as_u64().expect(key) as usize;
        let spec = DecoderSpec {
            vocab_size: size("vocab_size"),
            head_vocab_size: size("head_vocab"),
            hidden_size: size("hidden_size"),
            intermediate_size: size("intermediate_size"),
            num_hidden_layers: size("num_hidden_layers"),
            num_attention_heads: size("num_attention_heads"),
            num_key_value_heads: size("num_key_value_heads"),
            max_position_embeddings: size("max_position_embeddings"),
            rms_norm_eps: 1e-5,
            rope_theta: 1e4,
            tie_word_embeddings: false,
            head_dim: None,
            attention: unlearn_core::model::AttentionSpec::PLAIN,
            variant: unlearn_core::model::Variant::Llama,
        };
        Decoder::build(&spec, device, |name, dims| Ok(Weight::Dense(Tensor::from_data(TensorData::new(self.floats(name), dims), device))))
            .expect("the fixture fits the spec")
    }

    /// The base with PEFT's adapter, loaded through our reader of PEFT files.
    fn adapted(&self, device: &Device) -> Decoder {
        let tensors = self.tensors();
        let adapter = tensors.tensors().into_iter().filter(|(name, _)| name.starts_with("base_model."));
        let weights = safetensors::serialize(adapter, None).expect("a subset of a valid file");
        let config = br#"{"peft_type":"LORA","r":4,"lora_alpha":8}"#.to_vec();
        let files = Files::from([(peft::CONFIG.to_owned(), config), (peft::WEIGHTS.to_owned(), weights)]);
        peft::load(&self.base(device), &files).expect("PEFT's adapter fits")
    }

    /// Answer logits of every row. Rows differ in length, so each is its own batch.
    fn logits(&self, model: &Decoder, device: &Device) -> Tensor<2> {
        let (tokens, lengths) = (self.ints("batch.tokens"), self.ints("batch.lengths"));
        let rows = tokens.chunks_exact(23).zip(lengths).map(|(row, len)| {
            let row = row[..len as usize].to_vec();
            model.answer_logits(Tensor::<2, Int>::from_data(TensorData::new(row, [1, len as usize]), device))
        });
        Tensor::cat(rows.collect(), 0)
    }

    fn targets(&self) -> Vec<Vec<f64>> {
        let (v_o, v_f, answers) = (self.floats("teacher.v_o"), self.floats("teacher.v_f_relu"), self.ints("batch.answers"));
        let row = |values: &[f32], at: usize| unlearn_core::metric::softmax(&values[at * WIDTH..(at + 1) * WIDTH]);
        (0..6)
            .map(|at| {
                if at < 3 {
                    return row(&v_f, at).into_iter().map(|p| 0.4 / 3.0 * p).collect();
                }
                let truth = one_hot(answers[at] == 5, WIDTH);
                row(&v_o, at).into_iter().zip(truth).map(|(p, t)| 0.6 / 3.0 * (p + t)).collect()
            })
            .collect()
    }
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.try_into_vec_as().expect("floats")
}

fn close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-6f64, |max, v| max.max(f64::from(v.abs())));
    let worst = found.iter().zip(expected).map(|(f, e)| f64::from((f - e).abs())).fold(0.0, f64::max) / scale;
    assert!(worst <= BOUND, "{what}: relative difference {worst:e}");
}

#[test]
fn logits_with_and_without_the_adapter() {
    let (fixture, device) = (Fixture::read(), Device::flex());
    close("base", &values(fixture.logits(&fixture.base(&device), &device)), &fixture.floats("out.base_logits"));
    close("adapted", &values(fixture.logits(&fixture.adapted(&device), &device)), &fixture.floats("out.logits"));
}

#[test]
fn answer_only_equals_every_position() {
    let (fixture, device) = (Fixture::read(), Device::flex());
    let model = fixture.adapted(&device);
    let tokens = Tensor::<2, Int>::from_data(TensorData::new(fixture.ints("batch.tokens")[..13].to_vec(), [1, 13]), &device);
    let every = model.all_logits(tokens.clone(), None, unlearn_core::tensor::dropout::Dropout::default());
    close("last position", &values(model.answer_logits(tokens)), &values(every.slice_dim(0, 12..13)));
}

#[test]
fn forgetting_teacher_and_loss_terms() {
    let fixture = Fixture::read();
    let (v_o, v_g, u, answers) =
        (fixture.floats("teacher.v_o"), fixture.floats("teacher.v_g"), fixture.floats("out.logits"), fixture.ints("batch.answers"));
    let rows = |values: &[f32]| values.chunks_exact(WIDTH).map(<[f32]>::to_vec).collect::<Vec<_>>();
    let (v_o, v_g, u) = (rows(&v_o), rows(&v_g), rows(&u));
    for (difference, name) in [(LogitDifference::Relu, "relu"), (LogitDifference::Plain, "plain")] {
        let v_f: Vec<Vec<f32>> = v_o.iter().zip(&v_g).map(|(o, g)| forgetting_teacher(o, g, 2.0, difference)).collect();
        close(name, &v_f.concat(), &fixture.floats(&format!("teacher.v_f_{name}")));
        let mean = v_f.iter().zip(&u).map(|(f, u)| kl(f, u)).sum::<f64>() / 6.0;
        assert!((mean - fixture.loss(&format!("kl_f_{name}"))).abs() < 1e-5);
    }
    let kl_o = v_o.iter().zip(&u).map(|(o, u)| kl(o, u)).sum::<f64>() / 6.0;
    assert!((kl_o - fixture.loss("kl_o")).abs() < 1e-5);
    let ce = u.iter().zip(&answers).map(|(u, answer)| cross_entropy(u, *answer as usize)).sum::<f64>() / 6.0;
    assert!((ce - fixture.loss("ce")).abs() < 1e-5);
}

#[test]
fn gradient_of_the_whole_loss_and_one_adamw_step() {
    let (fixture, device) = (Fixture::read(), Device::flex().autodiff());
    let mut model = fixture.adapted(&Device::flex());
    model.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().autodiff().require_grad());
    let loss = soft_cross_entropy(fixture.logits(&model, &device), &fixture.targets(), 1.0, &device);
    // Soft cross entropy equals the loss up to the teachers' entropy, which has no gradient.
    let grads = loss.backward();
    let mut n_checked = 0;
    model.each_param(Trainable::Adapter, &mut |name, p| {
        let grad = p.grad(&grads).unwrap_or_else(|| panic!("{name} has no gradient"));
        close(name, &values(as_peft(name, grad)), &fixture.floats(&format!("grad.base_model.model.{name}")));
        n_checked += 1;
    });
    assert_eq!(n_checked, 30);

    Optimiser::new(Trainable::Adapter, 0.01).step(1e-3, &mut model, &mut grads.into());
    model.each_param(Trainable::Adapter, &mut |name, p| {
        close(name, &values(as_peft(name, p.clone().inner())), &fixture.floats(&format!("after.base_model.model.{name}")));
    });
    close("logits after the step", &values(fixture.logits(&model.frozen(), &Device::flex())), &fixture.floats("out.logits_after_step"));
}

/// Converts a factor to PEFT's layout: our factors of the embedding are stored transposed.
fn as_peft(name: &str, factor: Tensor<2>) -> Tensor<2> {
    if name.contains("lora_embedding") { factor.transpose() } else { factor }
}

#[test]
fn quantised_products() {
    let bytes = std::fs::read(repo("tests/parity/fixtures/quant.safetensors")).expect("the fixture is committed");
    let tensors = SafeTensors::deserialize(&bytes).expect("safetensors");
    let get = |name: &str| floats(tensors.tensor(name).expect(name).data());
    let device = Device::flex();
    for (bits, name) in [(Bits::Eight, "q8"), (Bits::Four, "q4")] {
        let q = Quantised::from_dense(&get("weight"), [64, 64], bits).expect("blocks fit");
        let stored: Vec<i8> = tensors.tensor(&format!("{name}.q")).expect("q").data().iter().map(|b| i8::from_le_bytes([*b])).collect();
        assert_eq!(q.values, stored, "{name}");
        close("scale", &q.scales, &get(&format!("{name}.scale")));
        let x = get("x");
        let x = Tensor::<2>::from_data(TensorData::new(x.clone(), [x.len() / 64, 64]), &device);
        for weight in [Weight::Packed(q.to_packed(&device)), Weight::Dense(q.to_tensor(&device))] {
            close("product", &values(x.clone().matmul(weight.dense().transpose())), &get(&format!("{name}.y")));
        }
    }
}

#[test]
fn a_packed_base_answers_and_trains_as_its_dense_twin() {
    let (fixture, device) = (Fixture::read(), Device::flex());
    let twin = |packed: bool| {
        let mut model = fixture.base(&device);
        model.each_weight(&mut |_, weight| {
            let dims = weight.dims();
            let q = Quantised::from_dense(&values(weight.dense()), dims, Bits::Eight).expect("rows of 32");
            *weight = if packed { Weight::Packed(q.to_packed(&device)) } else { Weight::Dense(q.to_tensor(&device)) };
        });
        let mut rng = rand::SeedableRng::seed_from_u64(3);
        let model = model.with_adapter(&LoraSpec { rank: 4, alpha: 8.0 }, Targets::LinearEmbedding, &mut rng);
        let trainable = device.clone().autodiff();
        let loss = soft_cross_entropy(fixture.logits(&model, &trainable), &fixture.targets(), 1.0, &trainable);
        let grads = loss.backward();
        let mut all = BTreeMap::new();
        model.clone().each_param(Trainable::Adapter, &mut |name, p| {
            all.insert(name.to_owned(), values(p.grad(&grads).expect("a gradient")));
        });
        all
    };
    let (packed, dense) = (twin(true), twin(false));
    for (name, grad) in &packed {
        close(name, grad, &dense[name]);
    }
}
