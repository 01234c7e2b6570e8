//! Fuzz target for PEFT adapters on small bases: the settings, and the weights as arbitrary bytes or with corrected lengths.

use super::parts::{choice, parts, safetensors};
use super::whole::{folder, imported};
use burn::tensor::Device;
use std::sync::OnceLock;
use unlearn_core::host::Files;
use unlearn_core::package::import::Quantisation;
use unlearn_core::package::merge::{MergeSpec, merge};
use unlearn_core::package::open::open_model;
use unlearn_core::package::{hf, peft};

/// Bits of the first byte: use the weights unchanged, T5, also merge. Then the settings, the header of the weights, and their data.
pub fn run(bytes: &[u8]) -> bool {
    let (way, rest) = choice(bytes);
    let mut parts = parts(rest).into_iter();
    let (config, header, data) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.collect::<Vec<_>>().concat());
    let weights = if way & 1 == 0 { safetensors(header, &data) } else { [header, &data].concat() };
    let adapter = Files::from([(peft::CONFIG.to_owned(), config.to_vec()), (peft::WEIGHTS.to_owned(), weights)]);
    let base = base(way & 2 != 0);
    let (_, model) = open_model(base, None, &Device::flex()).expect("the base is whole");
    let Ok(adapted) = peft::load(&model, &adapter) else { return false };
    // An adapter without any factors is accepted, but is no adapter.
    if let Ok(written) = pollster::block_on(peft::write(&adapted, "base")) {
        peft::load(&model, &written).expect("what was written is an adapter");
    }
    if way & 4 != 0 {
        // A scale may be so large that a merged number is not finite; this is reported as an error.
        let _ = merge(base, &adapter, &MergeSpec { name: "merged".into(), quantisation: Quantisation::Q8, force: true });
    }
    true
}

fn base(is_t5: bool) -> &'static Files {
    static BASES: OnceLock<[Files; 2]> = OnceLock::new();
    let import = |is_t5| imported(hf::checkpoint(&folder(is_t5)).expect("the folder is a model"), 0).expect("it can be imported");
    &BASES.get_or_init(|| [import(false), import(true)])[usize::from(is_t5)]
}
