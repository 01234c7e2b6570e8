//! An adapter in GGUF, as llama.cpp loads it beside a base (`--lora`): two factors of each matrix, named after it.

use super::write::{Entry, Writer};
use crate::model::Network;
use crate::package::architecture::Published;
use crate::package::checkpoint::Slot;
use crate::package::stored::Stored;
use crate::tensor::read;
use crate::{Error, Result};
use burn::tensor::Tensor;

/// A matrix's factors `[rank, in]` and `[out, rank]`; of a table, `[vocab, rank]` and `[d, rank]`.
struct Factors {
    name: String,
    a: Tensor<2>,
    b: Tensor<2>,
    rank: usize,
    scale: f64,
}

/// Writes a model's adapter. Tokens are in the model's order, which must be the published one if the embedding has factors.
///
/// # Errors
/// If the model has no adapter, it is no decoder, the device fails, or llama.cpp could not apply the adapter.
pub async fn write_adapter(model: &impl Network, base_name: &str) -> Result<Vec<u8>> {
    let Published::Decoder(keys, spec) = Published::of(&model.spec()) else {
        return Err(Error::setting("gguf", "must be an adapter of a decoder", "t5"));
    };
    let mut model = model.frozen();
    let table = model.spec().embedding();
    let mut found = Vec::new();
    model.each_linear(&mut |name, linear| {
        if let Some(lora) = &linear.lora {
            found.push(Factors { name: name.to_owned(), a: lora.a.clone(), b: lora.b.clone(), rank: lora.a.dims()[0], scale: lora.scale });
        }
    });
    if let Some(lora) = &model.embedding().lora {
        if spec.tie_word_embeddings {
            // llama.cpp takes a table's factors in the other order, and has one name for both uses of a tied table.
            let must = "must leave the embedding alone where it is tied to the output layer: llama.cpp cannot apply it; merge it (`unlearn merge`)";
            return Err(Error::setting("gguf", must, format!("factors of {table}")));
        }
        found.push(Factors {
            name: table.to_owned(),
            a: lora.a.clone(),
            b: lora.b.clone().transpose(),
            rank: lora.b.dims()[0],
            scale: lora.scale,
        });
    }
    // The file has one α; factors with another scale are multiplied by what they have beyond α / rank.
    let Some(alpha) = found.last().map(|of| of.scale * of.rank as f64) else {
        return Err(Error::setting("adapter", "must have factors", "none"));
    };
    let mut writer = Writer::default();
    let mut entry = |key: &str, entry: Entry| writer.entry(key, &entry);
    entry("general.architecture", Entry::Text(keys.gguf.into()));
    entry("general.type", Entry::Text("adapter".into()));
    entry("general.name", Entry::Text(format!("{base_name}, adapter")));
    entry("adapter.type", Entry::Text("lora".into()));
    entry("adapter.lora.alpha", Entry::Number(alpha));
    let slots = keys.slots(&spec);
    for Factors { name, a, b, rank, scale } in found {
        let slot = slots.iter().find(|slot| slot.name.strip_suffix(".weight") == Some(name.as_str()));
        let Some((slot, Some(gguf))) = slot.map(|slot: &Slot| (slot, slot.gguf.as_deref())) else {
            return Err(Error::setting("gguf", "must be factors of the model's matrices", name));
        };
        let b = b.mul_scalar(if alpha == 0.0 { 0.0 } else { scale * rank as f64 / alpha });
        let dims = [a.dims(), b.dims()];
        let [a, b] = [Stored::from_floats(&read(a).await?, dims[0]), Stored::from_floats(&read(b).await?, dims[1])];
        writer.tensor(&format!("{gguf}.lora_a"), &a, false, |row| row);
        // The rows of a rotary projection are in GGUF's order, as those of the weight that they are added to.
        writer.tensor(&format!("{gguf}.lora_b"), &b, false, |row| slot.published_row(row));
    }
    Ok(writer.finish())
}
