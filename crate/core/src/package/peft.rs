//! Adapters in PEFT's file layout: `adapter_config.json` and `adapter_model.safetensors`.

use super::bytes::{floats, le_bytes, parse, serialise};
use super::file;
use crate::host::Files;
use crate::linear::{Lora, LoraSpec};
use crate::model::{LowRank, Network, Spec};
use crate::tensor::read;
use crate::{Error, Result};
use burn::tensor::{Tensor, TensorData};
use safetensors::tensor::Dtype;
use serde_json::json;

/// File of the adapter's settings.
pub const CONFIG: &str = "adapter_config.json";
/// File of the adapter's weights.
pub const WEIGHTS: &str = "adapter_model.safetensors";
const PREFIX: &str = "base_model.model.";

/// Writes a model's adapter as PEFT files.
///
/// # Errors
/// If the model has no adapter, or the device fails.
pub async fn write(model: &impl Network, base_name: &str) -> Result<Files> {
    let mut model = model.frozen();
    let (shape, table) = (model.spec(), model.spec().embedding());
    let mut modules = Vec::new();
    let mut factors = Vec::new();
    let mut spec = None;
    model.each_linear(&mut |name, linear| {
        if let Some(lora) = &linear.lora {
            spec = Some((lora.a.dims()[0], lora.scale));
            modules.push(name.rsplit('.').next().unwrap_or(name).to_owned());
            factors.push((format!("{PREFIX}{name}.lora_A.weight"), lora.a.clone()));
            factors.push((format!("{PREFIX}{name}.lora_B.weight"), lora.b.clone()));
        }
    });
    if let Some(lora) = &model.embedding().lora {
        spec = Some((lora.b.dims()[0], lora.scale));
        modules.push(table.rsplit('.').next().unwrap_or(table).to_owned());
        factors.push((format!("{PREFIX}{table}.lora_embedding_A"), lora.a.clone().transpose()));
        factors.push((format!("{PREFIX}{table}.lora_embedding_B"), lora.b.clone().transpose()));
    }
    let Some((rank, scale)) = spec else { return Err(Error::package(WEIGHTS, "the model has no adapter")) };
    modules.sort();
    modules.dedup();
    let mut parts = Vec::new();
    for (name, factor) in factors {
        let dims = factor.dims();
        parts.push((name, Dtype::F32, dims.to_vec(), le_bytes(&read(factor).await?)));
    }
    let task = match shape {
        Spec::Llama(_) => "CAUSAL_LM",
        Spec::T5(_) => "SEQ_2_SEQ_LM",
    };
    let config = json!({
        "peft_type": "LORA", "task_type": task, "base_model_name_or_path": base_name, "r": rank, "lora_alpha": scale * rank as f64,
        "lora_dropout": 0.0, "bias": "none", "fan_in_fan_out": false, "inference_mode": true, "target_modules": modules,
    });
    let config = serde_json::to_vec_pretty(&config).map_err(|e| Error::package(CONFIG, e.to_string()))?;
    Ok(Files::from([(CONFIG.to_owned(), config), (WEIGHTS.to_owned(), serialise(&parts)?)]))
}

/// Loads an adapter onto a base model.
///
/// # Errors
/// If a file is missing or damaged, or a weight does not fit the base.
pub fn load<M: Network>(base: &M, files: &Files) -> Result<M> {
    #[derive(serde::Deserialize)]
    struct Config {
        r: usize,
        lora_alpha: f64,
    }
    let config: Config = serde_json::from_slice(file(files, CONFIG)?).map_err(|e| Error::package(CONFIG, e.to_string()))?;
    if config.r == 0 {
        return Err(Error::package(CONFIG, "r must be at least 1, got 0"));
    }
    let spec = LoraSpec { rank: config.r, alpha: config.lora_alpha };
    let scale = spec.alpha / spec.rank as f64;
    let tensors = parse(WEIGHTS, file(files, WEIGHTS)?)?;
    let device = base.device();
    let factor = |name: String, dims: [usize; 2]| -> Result<Option<Tensor<2>>> {
        let Ok(view) = tensors.tensor(&name) else { return Ok(None) };
        if view.dtype() != Dtype::F32 || view.shape() != dims {
            return Err(Error::package(
                WEIGHTS,
                format!("tensor `{name}` must be F32 {dims:?}, got {:?} {:?}", view.dtype(), view.shape()),
            ));
        }
        Ok(Some(Tensor::from_data(TensorData::new(floats(view.data()), dims), &device)))
    };
    let mut model = base.without_adapter();
    let mut outcome = Ok(0);
    model.each_linear(&mut |name, linear| {
        let [d_out, d_in] = linear.weight.dims();
        let pair = factor(format!("{PREFIX}{name}.lora_A.weight"), [spec.rank, d_in])
            .and_then(|a| Ok((a, factor(format!("{PREFIX}{name}.lora_B.weight"), [d_out, spec.rank])?)));
        match (pair, &mut outcome) {
            (Ok((Some(a), Some(b))), Ok(n)) => {
                linear.lora = Some(Lora { a, b, scale });
                *n += 2;
            }
            (Err(e), Ok(_)) => outcome = Err(e),
            _ => {}
        }
    });
    let mut n_read = outcome?;
    let [vocab, d] = base.embedding().weight.dims();
    let table = base.spec().embedding();
    let a = factor(format!("{PREFIX}{table}.lora_embedding_A"), [spec.rank, vocab])?;
    let b = factor(format!("{PREFIX}{table}.lora_embedding_B"), [d, spec.rank])?;
    if let (Some(a), Some(b)) = (a, b) {
        model.embedding_mut().lora = Some(LowRank { a: a.transpose(), b: b.transpose(), scale });
        n_read += 2;
    }
    if n_read != tensors.len() {
        return Err(Error::package(WEIGHTS, format!("has {} tensors, of which the model can take {n_read}", tensors.len())));
    }
    Ok(model)
}
