//! How far an adapter has moved each weight of a model, in the order of a forward pass.

use crate::Result;
use crate::host::event::MovedWeight;
use crate::linear::{Parts, squares};
use crate::model::{Model, Network};
use burn::tensor::Tensor;

/// A layer with its factors, B before A.
struct Factors {
    name: String,
    b: Tensor<2>,
    a: Tensor<2>,
    scale: f64,
    parts: Parts,
}

/// ΔW of each weight that has an adapter; none without one.
pub(super) async fn moved(model: &Model) -> Result<Vec<MovedWeight>> {
    let (spec, mut model) = (model.spec(), model.frozen());
    let mut layers = Vec::new();
    if let Some(lora) = &model.embedding().lora {
        // Its factors stand the other way round: rows of a are tokens.
        layers.push(Factors {
            name: spec.embedding().into(),
            b: lora.a.clone(),
            a: lora.b.clone(),
            scale: lora.scale,
            parts: Parts::Whole,
        });
    }
    model.each_linear(&mut |name, linear| {
        if let Some(lora) = &linear.lora {
            layers.push(Factors { name: name.into(), b: lora.b.clone(), a: lora.a.clone(), scale: lora.scale, parts: spec.heads(name) });
        }
    });
    let mut found = Vec::with_capacity(layers.len());
    for Factors { name, b, a, scale, parts } in layers {
        let n_values = (b.dims()[0] * a.dims()[1]) as f64;
        let squares = squares(b, a, scale, parts).await?;
        let whole: f64 = squares.iter().sum();
        let rms = |square: f64, n: f64| (square.max(0.0) / n).sqrt() as f32;
        let n_heads = squares.len() as f64;
        found.push(MovedWeight {
            name,
            norm: whole.max(0.0).sqrt() as f32,
            rms: rms(whole, n_values),
            heads: if parts == Parts::Whole { Vec::new() } else { squares.iter().map(|square| rms(*square, n_values / n_heads)).collect() },
        });
    }
    Ok(found)
}
