//! Tests of GGUF's block types against the `gguf` package's numbers, bit for bit, and of models that are stored in them.

use super::repo;
use super::text_parity::{folder, import, load, tokens};
use burn::tensor::Device;
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use unlearn_core::linear::Weight;
use unlearn_core::model::{DecoderSpec, Network, Spec, Variant};
use unlearn_core::package::blocks::BlockType;
use unlearn_core::package::checkpoint::{Checkpoint, Kind, layout};
use unlearn_core::package::export::Numbers;
use unlearn_core::package::gguf::{Gguf, Writer};
use unlearn_core::package::import::Quantisation;
use unlearn_core::package::manifest::{MANIFEST, MODEL, Manifest, TOKENIZER};
use unlearn_core::package::stored::{Form, Stored};
use unlearn_core::package::weights::{Residency, floats, le_bytes, parse, stored};
use unlearn_core::package::{export, gguf, hf, sha256};

/// The fixture's blocks of a type as a matrix of one row each, and the reference numbers.
fn fixture(kind: BlockType) -> (Stored, Vec<f32>) {
    let bytes = std::fs::read(repo("tests/parity/fixtures/blocks.safetensors")).expect("the fixture is committed");
    let tensors = SafeTensors::deserialize(&bytes).expect("the fixture is safetensors");
    let tensor = |what: &str| tensors.tensor(&format!("{}.{what}", kind.layout().name)).expect("every type is in the fixture");
    let (blocks, values) = (tensor("blocks"), tensor("values"));
    let dims = [blocks.shape()[0], kind.layout().weights];
    assert_eq!((blocks.shape()[1], values.shape()), (kind.layout().bytes, &dims[..]));
    let stored = Stored { form: Form::Blocks(kind), dims, values: blocks.data().to_vec(), scales: vec![], offsets: vec![] };
    (stored, floats(values.data()))
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn blocks_unpack_to_the_same_bits() {
    for kind in BlockType::ALL {
        let (stored, expected) = fixture(kind);
        assert!(stored.is_finite(), "{kind:?}");
        assert_eq!(bits(&stored.to_dense()), bits(&expected), "{kind:?}");
        let rows = stored.select_rows(&[2, 0]).expect("the rows are there");
        let weights = kind.layout().weights;
        assert_eq!(bits(&rows.to_dense()), bits(&[&expected[2 * weights..3 * weights], &expected[..weights]].concat()), "{kind:?}");
    }
}

/// A decoder whose matrices are blocks of the fixture, every type at least once.
fn checkpoint() -> Checkpoint {
    let vocab_size = 72;
    let spec = Spec::Llama(DecoderSpec {
        vocab_size,
        head_vocab_size: vocab_size,
        hidden_size: 256,
        intermediate_size: 256,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        num_key_value_heads: 1,
        max_position_embeddings: 64,
        rms_norm_eps: 1e-5,
        rope_theta: 10_000.0,
        tie_word_embeddings: false,
        head_dim: None,
        attention: unlearn_core::model::AttentionSpec::PLAIN,
        variant: Variant::Llama,
    });
    let mut types = BlockType::ALL.into_iter().cycle();
    let mut tensors = BTreeMap::new();
    for slot in layout(&spec) {
        let n = slot.dims[0] * slot.dims[1];
        let tensor = if slot.kind == Kind::Weight {
            let kind = types.next().expect("a cycle has no end");
            let (blocks, n_bytes) = (fixture(kind).0.values, kind.layout().bytes);
            // The fixture's first three blocks are random; the others are edges that no model has.
            let row: Vec<u8> = blocks[..3 * n_bytes].iter().copied().cycle().take(n / kind.layout().weights * n_bytes).collect();
            Stored { form: Form::Blocks(kind), dims: slot.dims, values: row, scales: vec![], offsets: vec![] }
        } else {
            Stored::from_floats(&vec![0.5; n], slot.dims)
        };
        tensors.insert(slot.name, tensor);
    }
    let tokenizer = folder("tiny-hf")[TOKENIZER].clone();
    Checkpoint { name: Some("blocks".into()), licence: None, spec, tokenizer, specials: Default::default(), tensors }
}

#[test]
fn a_model_of_every_type_comes_back_bit_by_bit() {
    let before = checkpoint();
    let file = gguf::write(&before).expect("a decoder can be written");
    let read = gguf::checkpoint(&file).expect("what was written is a model");
    assert_eq!((&read.spec, &read.tensors), (&before.spec, &before.tensors));
    let package = import(read, Quantisation::Keep);
    assert_eq!(Manifest::read(&package).unwrap().quantisation, "gguf");
    let again = export::to_gguf(&package, Numbers::Keep).expect("a whole package can be exported");
    assert_eq!(gguf::checkpoint(&again).unwrap().tensors, before.tensors);
    for kind in BlockType::ALL {
        let parsed = Gguf::parse(&again).unwrap();
        assert!(parsed.tensors().any(|(_, info)| info.form == Form::Blocks(kind)), "the model lacks {kind:?}");
    }
    // The package is no larger than the file, but for names and metadata.
    assert!(package[MODEL].len() < file.len() + 4096, "{} of {}", package[MODEL].len(), file.len());
    let floats = hf::checkpoint(&export::to_hf(&package, Numbers::F32).unwrap()).unwrap();
    for (name, tensor) in &before.tensors {
        assert_eq!(bits(&floats.tensors[name].to_dense()), bits(&tensor.to_dense()), "{name}");
    }
    // Whoever asks for other numbers gets them.
    let q8 = import(before, Quantisation::Q8);
    assert_eq!(Manifest::read(&q8).unwrap().quantisation, "q8");
}

/// Packed in memory, a matrix is a byte a weight with its scales and offsets, and unpacks to the same bits.
#[test]
fn packed_blocks_compute_as_their_numbers_do() {
    let package = import(checkpoint(), Quantisation::Keep);
    let model = |residency| load(&package, residency).0;
    let (packed, dense) = (model(Residency::Packed), model(Residency::Dense));
    let values = |weight: &Weight| -> Vec<f32> { weight.dense().try_into_vec_as().expect("a read-back") };
    let mut expected = BTreeMap::new();
    dense.clone().each_weight(&mut |name, weight| drop(expected.insert(name.to_owned(), bits(&values(weight)))));
    let tensors = parse(MODEL, &package[MODEL]).unwrap();
    let mut n_bytes = 0;
    packed.clone().each_weight(&mut |name, weight| {
        assert!(weight.is_packed(), "{name}");
        assert_eq!(bits(&values(weight)), expected[name], "{name}");
        let stored = stored(MODEL, &tensors, name, weight.dims()).expect("it is in the package");
        assert_eq!(weight.bytes(), stored.packed_bytes(), "{name}");
        n_bytes += weight.bytes();
    });
    assert!(n_bytes > 0 && n_bytes == packed.weight_bytes());
    let rows: Vec<u32> = (0..72).collect();
    let answers = |model: &unlearn_core::model::Decoder| -> Vec<f32> {
        model.answer_logits(tokens(&[7, 3, 19, 40], &rows)).try_into_vec_as().expect("a read-back")
    };
    let (ours, theirs) = (answers(&packed), answers(&dense));
    assert!(ours.iter().all(|logit| logit.is_finite()) && ours.iter().any(|logit| *logit != ours[0]), "{ours:?}");
    assert_eq!(bits(&ours), bits(&theirs));
}

#[test]
fn damaged_blocks_are_told() {
    let whole = gguf::write(&checkpoint()).unwrap();
    // Behind the last tensor are up to 31 bytes of padding.
    for n in (0..whole.len()).step_by(9973).chain([whole.len() - 32]) {
        assert!(gguf::checkpoint(&whole[..n]).is_err(), "cut at {n}");
    }
    // Scales that are not finite: d of Q4_K, dmin of Q2_K, and a binary32 whose products overflow.
    let nan = 0x7e00u16.to_le_bytes();
    for (kind, at, bytes) in
        [(BlockType::Q4K, 0, &nan[..]), (BlockType::Q2K, 82, &nan[..]), (BlockType::Q8K, 0, &3e38f32.to_le_bytes()[..])]
    {
        let mut model = checkpoint();
        let (name, tensor) = model.tensors.iter_mut().find(|(_, tensor)| tensor.form == Form::Blocks(kind)).expect("every type is there");
        let at = kind.layout().bytes + at;
        tensor.values[at..at + bytes.len()].copy_from_slice(bytes);
        let says = format!("tensor `{name}` has a number that is not finite");
        let told = gguf::checkpoint(&gguf::write(&model).unwrap()).unwrap_err().to_string();
        assert!(told.contains(&says), "{kind:?}: {told}");
    }
    // Rows that are no whole blocks.
    for kind in BlockType::ALL {
        let mut writer = Writer::default();
        writer.tensor("t", &fixture(kind).0, false, |row| row);
        let mut bytes = writer.finish();
        Gguf::parse(&bytes).expect("it is whole");
        let at = bytes.windows(9).position(|window| window == b"\x01\0\0\0\0\0\0\0t").expect("its name") + 9 + 4;
        bytes[at] += 16;
        let told = Gguf::parse(&bytes).unwrap_err().to_string();
        let says = format!("a block of {} must divide the row length", kind.layout().weights);
        assert!(told.contains(&says), "{kind:?}: {told}");
    }
    // A package whose blocks have another size.
    let package = import(checkpoint(), Quantisation::Keep);
    let manifest = Manifest::read(&package).unwrap();
    let damage = |from: &str, to: &str| {
        let mut bytes = package[MODEL].clone();
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap_or_else(|| panic!("no {from}"));
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        let loaded = unlearn_core::package::weights::load(
            MODEL,
            &bytes,
            &manifest.config,
            manifest.bits().unwrap(),
            Residency::Packed,
            &Device::flex(),
        );
        loaded.err().map(|e| e.to_string()).unwrap_or_default()
    };
    let told = damage(".q4_k\"", ".q6_k\"");
    assert!(told.contains(".q6_k` must be U8 [") && told.contains("weights"), "{told}");
    let told = damage(".q4_k\"", ".q9_k\"");
    assert!(told.contains("is missing"), "{told}");
    assert!(package.contains_key(MANIFEST));
}

/// A real file, which is not in the repository: its numbers are compared with those of the `gguf` package by hash, tensor by tensor.
#[test]
fn a_real_file_has_the_same_numbers() {
    let Ok(path) = std::env::var("UNLEARN_GGUF") else {
        println!("skipped: UNLEARN_GGUF names no file");
        return;
    };
    let bytes = std::fs::read(&path).expect("UNLEARN_GGUF can be read");
    let expected = std::fs::read_to_string(format!("{path}.sha256")).expect("make_block_fixtures.py has written the hashes");
    let file = Gguf::parse(&bytes).expect("it is a GGUF");
    assert_eq!(file.tensors().count(), expected.lines().count());
    for line in expected.lines() {
        let [name, kind, hash] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let tensor = file.tensor(name).unwrap_or_else(|| panic!("{name} is missing")).stored(|row| row);
        assert_eq!(sha256(&le_bytes(&tensor.to_dense())), hash, "{name} {kind}");
    }
}
