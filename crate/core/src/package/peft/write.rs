//! Writing a model's adapter as PEFT's files.

use super::names::{CONFIG, PREFIX, WEIGHTS, in_config, in_weights};
use crate::Result;
use crate::host::Files;
use crate::model::{Network, Spec};
use crate::package::bytes::{le_bytes, serialise};
use crate::tensor::read;
use safetensors::tensor::Dtype;
use serde_json::{Map, json};

/// A layer with an adapter.
struct Adapted {
    module: String,
    rank: usize,
    alpha: f64,
}

/// Writes a model's adapter as PEFT files.
///
/// # Errors
/// If the model has no adapter, or the device fails.
pub async fn write(model: &impl Network, base_name: &str) -> Result<Files> {
    let mut model = model.frozen();
    let (shape, table) = (model.spec(), model.spec().embedding());
    let (mut adapted, mut factors) = (Vec::new(), Vec::new());
    model.each_linear(&mut |name, linear| {
        if let Some(lora) = &linear.lora {
            let rank = lora.a.dims()[0];
            adapted.push(Adapted { module: name.to_owned(), rank, alpha: lora.scale * rank as f64 });
            factors.push((format!("{PREFIX}{name}.lora_A.weight"), lora.a.clone()));
            factors.push((format!("{PREFIX}{name}.lora_B.weight"), lora.b.clone()));
        }
    });
    if let Some(lora) = &model.embedding().lora {
        let rank = lora.b.dims()[0];
        adapted.push(Adapted { module: table.to_owned(), rank, alpha: lora.scale * rank as f64 });
        factors.push((format!("{PREFIX}{table}.lora_embedding_A"), lora.a.clone().transpose()));
        factors.push((format!("{PREFIX}{table}.lora_embedding_B"), lora.b.clone().transpose()));
    }
    let Some(Adapted { rank, alpha, .. }) = adapted.last() else { return Err(in_weights("the model has no adapter")) };
    let mut modules: Vec<&str> = adapted.iter().map(|of| of.module.rsplit('.').next().unwrap_or(&of.module)).collect();
    modules.sort_unstable();
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
    let mut config = json!({
        "peft_type": "LORA", "task_type": task, "base_model_name_or_path": base_name, "r": rank, "lora_alpha": alpha,
        "lora_dropout": 0.0, "bias": "none", "fan_in_fan_out": false, "inference_mode": true, "target_modules": modules,
    });
    // An adapter that was read may have ranks and scales that differ.
    let ranks: Map<_, _> = adapted.iter().filter(|of| of.rank != *rank).map(|of| (of.module.clone(), of.rank.into())).collect();
    let alphas: Map<_, _> = adapted.iter().filter(|of| of.alpha != *alpha).map(|of| (of.module.clone(), of.alpha.into())).collect();
    for (key, pattern) in [("rank_pattern", ranks), ("alpha_pattern", alphas)] {
        if !pattern.is_empty() {
            config[key] = pattern.into();
        }
    }
    let config = serde_json::to_vec_pretty(&config).map_err(|e| in_config(e.to_string()))?;
    Ok(Files::from([(CONFIG.to_owned(), config), (WEIGHTS.to_owned(), serialise(&parts)?)]))
}
