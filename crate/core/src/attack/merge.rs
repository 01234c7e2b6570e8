//! Merging an adapter into its base in memory, with optional rounding of the merged weights.
//!
//! `package::merge` does the same to files. If the output layer is tied to the embedding table, an adapter on the table affects it once merged, as
//! in PEFT. Rounding moves each weight by up to half a step, often more than an adapter does (arXiv 2410.16454).

use crate::Result;
use crate::linear::{Bits, Quantised, Weight};
use crate::model::{Model, Network};
use crate::tensor::read;
use burn::tensor::{Device, Tensor};

/// The model with its adapter merged into its weights, each matrix rounded to `bits` if given. Packed models stay packed, by default in eight bits,
/// since they might not fit into memory as floats.
///
/// # Errors
/// If a row's length is not a multiple of the block size, or the device fails.
pub async fn merged(model: &Model, bits: Option<Bits>) -> Result<Model> {
    let frozen = model.frozen();
    let (device, packed) = (frozen.device(), frozen.has_packed_blocks());
    let bits = if packed { Some(bits.unwrap_or(Bits::Eight)) } else { bits };
    let mut result = frozen.without_adapter();
    // Collects names and matrices first: the awaits of device reads cannot be inside the callback.
    let mut linears = Vec::new();
    frozen.clone().each_linear(&mut |_, linear| linears.push(linear.clone()));
    let mut weights = Vec::new();
    for linear in linears {
        weights.push(rounded(linear.merged(), bits, packed, false, &device).await?);
    }
    let mut weights = weights.into_iter();
    result.each_linear(&mut |_, linear| {
        if let Some(weight) = weights.next() {
            linear.weight = weight;
        }
    });
    result.embedding_mut().weight = rounded(frozen.embedding().merged(), bits, packed, true, &device).await?;
    if let Some(head) = result.head_mut() {
        head.weight = rounded(head.weight.dense(), bits, packed, false, &device).await?;
    }
    Ok(result)
}

async fn rounded(weight: Tensor<2>, bits: Option<Bits>, packed: bool, table: bool, device: &Device) -> Result<Weight> {
    let Some(bits) = bits else { return Ok(Weight::Dense(weight)) };
    let dims = weight.dims();
    let q = Quantised::from_dense(&read(weight).await?, dims, bits)?;
    Ok(if packed { Weight::packed(&q, table, device) } else { Weight::Dense(q.to_tensor(device)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::LoraSpec;
    use crate::model::{DecoderSpec, Spec, Targets, Trainable};
    use crate::tensor::random::SeedRng;
    use rand::SeedableRng;

    #[test]
    fn merging_changes_no_answer_and_rounding_does() {
        let spec = DecoderSpec {
            vocab_size: 40,
            head_vocab_size: 16,
            hidden_size: 32,
            intermediate_size: 64,
            num_hidden_layers: 2,
            ..DecoderSpec::tiny()
        };
        let device = Device::flex();
        let mut rng = SeedRng::seed_from_u64(3);
        let base = Model::init(&Spec::Llama(spec), &mut rng, &device).expect("a valid spec");
        let mut student = base.with_adapter(&LoraSpec { rank: 2, alpha: 4.0 }, Targets::LinearEmbedding, &mut rng);
        student.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().inner() + 0.05);
        let student = student.frozen();
        let tokens = Tensor::<2, burn::tensor::Int>::from_ints([[1, 20, 7, 33, 3]], &device);
        let answer = |model: &Model| model.answer_logits(tokens.clone()).into_data().try_to_vec::<f32>().expect("floats");
        let far = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);

        let plain = pollster::block_on(merged(&student, None)).expect("merges");
        assert!(!plain.has_adapter());
        assert!(far(&answer(&student), &answer(&base)) > 1e-2, "the adapter does something");
        assert!(far(&answer(&plain), &answer(&student)) < 1e-5, "merged, the model answers as before");
        let eight = pollster::block_on(merged(&student, Some(Bits::Eight))).expect("rounds");
        let four = pollster::block_on(merged(&student, Some(Bits::Four))).expect("rounds");
        let (e8, e4) = (far(&answer(&eight), &answer(&student)), far(&answer(&four), &answer(&student)));
        assert!(e8 > 0.0 && e4 > 4.0 * e8, "eight bits {e8}, four bits {e4}");
    }
}
