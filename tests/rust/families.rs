//! Tests of the tokenizers of every supported kind against Python, on a thousand prompts each: whole, in units, and from GGUF's metadata.

use super::repo;
use super::text::{samples, sources};
use flate2::read::GzDecoder;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use std::io::Read;
use unlearn_core::data::interaction::{Dataset, Item};
use unlearn_core::data::prompt::Question;
use unlearn_core::data::source::read_dataset;
use unlearn_core::data::split::split;
use unlearn_core::data::text::{Answers, Encoder, Specials, Template, TextSpec, TextVocabulary, needed_tokens};
use unlearn_core::package::{gguf, sha256, vocabulary};
use unlearn_core::tensor::random::SeedRng;

const PATH: &str = "tests/parity/fixtures/tokenizers";
const KINDS: [&str; 7] = ["gpt2", "llama3", "qwen2", "llama2", "mistral", "gemma", "unigram"];
const GGUFS: [&str; 3] = ["qwen2", "llama2", "gemma"];

fn unpacked(name: &str) -> Vec<u8> {
    let packed = std::fs::read(repo(PATH).join(name)).expect("the fixture is committed");
    let mut bytes = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("it is whole");
    bytes
}

fn about() -> Value {
    serde_json::from_slice(&std::fs::read(repo(PATH).join("tokenizers.json")).expect("the fixture is committed")).expect("it is JSON")
}

/// The spec of prompts with all of a tokenizer's tokens.
fn everything(tokenizer: &[u8], template: Template) -> TextSpec {
    let encoder = Encoder::open(tokenizer).expect("a tokenizer");
    let n = encoder.all_ids().len();
    // In these small vocabularies “Yes” is one token of some kinds alone; these two are of all.
    let answers = Answers { no: "and".into(), yes: "The".into() };
    let kept = vocabulary::order(&encoder, &Specials::default(), [&answers.no, &answers.yes], n).expect("the answers are one token each");
    TextSpec { template, kept, answers, specials: Specials::default(), rows: None, rank: None, eval_rows: None }
}

/// The ids of a prompt, unit by unit.
fn by_unit(vocabulary: &TextVocabulary, spec: &TextSpec, question: &Question) -> Vec<u32> {
    let mut units = Vec::new();
    vocabulary.wording().units(question, &mut units);
    units.iter().flat_map(|unit| vocabulary.tokens(*unit)).map(|row| spec.kept[*row as usize]).collect()
}

fn hashed(ids: &[u32]) -> String {
    sha256(&ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<_>>())[..8].to_owned()
}

#[test]
fn prompts_are_token_for_token_python_s() {
    let about = about();
    let n = about["n"].as_u64().expect("a count") as usize;
    let data: Vec<_> = ["ml-latest-small", "goodbooks-10k"].map(|name| read_dataset(&sources(name)).expect("the shipped data")).into();
    let splits: Vec<_> = data.iter().map(|dataset| split(dataset).expect("enough ratings")).collect();
    for kind in KINDS {
        let tokenizer = unpacked(&format!("{kind}.json.gz"));
        let from_gguf = GGUFS.contains(&kind).then(|| {
            let model = gguf::checkpoint(&unpacked(&format!("{kind}.gguf.gz"))).expect("the fixture is a model");
            let again = gguf::checkpoint(&gguf::write(&model).expect("it can be written")).expect("and read");
            assert_eq!(again.specials, model.specials);
            [model, again].map(|model| Encoder::open(&model.tokenizer).expect("a tokenizer"))
        });
        let opening = Encoder::open(&tokenizer).unwrap().opening().unwrap();
        assert_eq!(opening, if matches!(kind, "gpt2" | "qwen2") { vec![] } else { vec![1] }, "{kind}");
        let hashes = about["kinds"][kind]["hashes"].as_str().expect("hashes").as_bytes();
        let mut hashes = hashes.as_chunks::<8>().0.iter();
        for (dataset, split) in data.iter().zip(&splits) {
            let every = samples(split);
            for template in [Template::Simple, Template::Compact] {
                let spec = everything(&tokenizer, template);
                let vocabulary = TextVocabulary::new(&tokenizer, &spec, dataset).unwrap_or_else(|e| panic!("{kind}: {e}"));
                assert_eq!(vocabulary.is_whole(), kind == "unigram");
                for at in 0..n {
                    let question = split.question(every[at * every.len() / n]);
                    let prompt = vocabulary.wording().prompt(&question);
                    let mut ids = vocabulary.encode(&question).expect("encodes");
                    if !vocabulary.is_whole() {
                        assert_eq!(by_unit(&vocabulary, &spec, &question), ids, "{kind}: encoded in parts and whole: {prompt}");
                        assert_eq!(ids[..opening.len()], opening);
                        ids.drain(..opening.len());
                    }
                    let expected = std::str::from_utf8(hashes.next().expect("a hash")).unwrap();
                    assert_eq!(hashed(&ids), expected, "{kind}: {prompt}");
                    for encoder in from_gguf.iter().flatten() {
                        assert_eq!(encoder.ids(&prompt, false).unwrap(), ids, "{kind}, from GGUF: {prompt}");
                        assert_eq!(encoder.opening().unwrap(), if kind == "qwen2" { vec![] } else { vec![1] });
                    }
                }
                assert_eq!(vocabulary.n_unknown(), 0);
            }
        }
        assert!(hashes.next().is_none());
    }
}

/// Titles of any kind, encoded in units and whole.
#[test]
fn odd_titles_do_not_matter() {
    let odd = [
        "'Til There Was You",
        "...And Justice",
        "12",
        "7  Up ",
        "?",
        "\"q\" 'n' r",
        "É\u{301}t\u{a0}é",
        "🙂 ☃",
        "<|im_start|>",
        "a\tb",
        "x's",
        "$9.99 (x)",
        "—",
        "'s",
        "\u{3000}全角　",
        "Go, The",
        "\\",
        "1234567",
        "No",
        "Yes",
        "a:1",
        "▁x ▁",
    ];
    let item = |(id, title): (u32, &&str)| Item { id, title: (*title).into(), genres: Vec::new(), authors: Vec::new(), year: Some(1990) };
    let items: Vec<Item> = (0..).zip(&odd).map(item).collect();
    let films = Dataset { name: "odd".into(), interactions: Vec::new(), items, ..Dataset::default() };
    let mut rng = SeedRng::seed_from_u64(11);
    for kind in &KINDS[..6] {
        let tokenizer = unpacked(&format!("{kind}.json.gz"));
        for template in [Template::Simple, Template::Compact] {
            let spec = everything(&tokenizer, template);
            let vocabulary = TextVocabulary::new(&tokenizer, &spec, &films).unwrap();
            for _ in 0..200 {
                let mut draw = || rng.random_range(0..odd.len() as u32);
                let earlier: Vec<(u32, f32)> = (0..draw() % 11).map(|_| (draw(), (1 + draw() % 10) as f32 / 2.0)).collect();
                let question = Question { earlier: &earlier, target: draw(), same_author: &[], user: None };
                assert_eq!(
                    by_unit(&vocabulary, &spec, &question),
                    vocabulary.encode(&question).unwrap(),
                    "{kind}: {}",
                    vocabulary.wording().prompt(&question)
                );
            }
        }
    }
}

/// A tokenizer with merges that SentencePiece would not have made is not written as if it had.
#[test]
fn other_merges_are_not_written_to_gguf() {
    let mut model = gguf::checkpoint(&unpacked("llama2.gguf.gz")).unwrap();
    let mut file: Value = serde_json::from_slice(&model.tokenizer).unwrap();
    let mut rest = file["model"]["merges"].as_array().unwrap().clone();
    let first = rest.remove(0);
    let mut told = |merges: Vec<Value>| {
        file["model"]["merges"] = merges.into();
        model.tokenizer = serde_json::to_vec(&file).unwrap();
        gguf::write(&model).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(told(rest.clone()).contains("model.merges must be all that its pieces allow"));
    assert_eq!(told([vec![first], rest].concat()), "");
}

/// Llama 3's files have the token that begins a text in one of several post-processors.
#[test]
fn what_begins_a_text_is_not_lost_in_gguf() {
    let mut model = gguf::checkpoint(&unpacked("qwen2.gguf.gz")).unwrap();
    let begins = |model: &unlearn_core::package::checkpoint::Checkpoint| {
        let bytes = gguf::write(model).unwrap();
        gguf::Gguf::parse(&bytes).unwrap().flag("tokenizer.ggml.add_bos_token").unwrap()
    };
    assert_eq!(begins(&model), Some(false));
    let mut file: Value = serde_json::from_slice(&model.tokenizer).unwrap();
    let begin = serde_json::json!({
        "type": "TemplateProcessing", "single": [{ "SpecialToken": { "id": "<|begin|>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }],
        "pair": [], "special_tokens": { "<|begin|>": { "id": "<|begin|>", "ids": [1], "tokens": ["<|begin|>"] } },
    });
    file["post_processor"] =
        serde_json::json!({ "type": "Sequence", "processors": [{ "type": "ByteLevel", "add_prefix_space": true }, begin] });
    model.tokenizer = serde_json::to_vec(&file).unwrap();
    assert_eq!(begins(&model), Some(true));
}

/// A trimmed vocabulary still has every token of every prompt, and those that begin it.
#[test]
fn what_is_needed_is_kept() {
    let dataset = read_dataset(&sources("ml-latest-small")).expect("the shipped data");
    for kind in ["llama3", "llama2", "gemma"] {
        let tokenizer = unpacked(&format!("{kind}.json.gz"));
        let whole = everything(&tokenizer, Template::Compact);
        let needed = needed_tokens(&dataset, &tokenizer, Template::Compact).unwrap();
        assert!(needed.len() < whole.kept.len() && needed.contains(&1), "{kind}: {} of {}", needed.len(), whole.kept.len());
        let rest = whole.kept[6..].iter().filter(|id| needed.contains(id));
        let spec = TextSpec { kept: whole.kept[..6].iter().chain(rest).copied().collect(), ..whole.clone() };
        let vocabulary = TextVocabulary::new(&tokenizer, &spec, &dataset).unwrap();
        assert!((0..vocabulary.wording().n_units() as u32).all(|unit| !vocabulary.tokens(unit).is_empty()));
        assert_eq!(vocabulary.n_unknown(), 0, "{kind}");
    }
}

/// A tokenizer of which it is not known where it cuts is refused, by what it has.
#[test]
fn other_tokenizers_are_refused() {
    let told = |kind: &str, change: &dyn Fn(&mut Value)| {
        let mut file: Value = serde_json::from_slice(&unpacked(&format!("{kind}.json.gz"))).unwrap();
        change(&mut file);
        unlearn_core::data::text::usable(&serde_json::to_vec(&file).unwrap()).map(|_| ()).unwrap_err().to_string()
    };
    let reaches = |token: &'static str| {
        move |file: &mut Value| {
            let n = file["model"]["vocab"].as_object().unwrap().len();
            file["model"]["vocab"][token] = n.into();
        }
    };
    for token in [".\u{2581}the", "e\u{2581}(", ":1", ".\n"] {
        let told = told("llama2", &reaches(token));
        assert!(told.contains(&format!("this has the token `{}`", token.escape_debug())), "{told}");
    }
    let without = told("gemma", &|file| {
        file["model"]["vocab"].as_object_mut().unwrap().remove("<0x41>");
    });
    assert!(without.contains("without the token <0x41>"), "{without}");
    let pattern = told("qwen2", &|file| file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "\\w+".into());
    assert!(pattern.contains("a kind with a pattern of its own"), "{pattern}");
    let lower = told("gpt2", &|file| file["normalizer"] = serde_json::json!({ "type": "Lowercase" }));
    assert!(lower.contains("must cut as GPT-2's, SmolLM2's, Llama 3's or Qwen's does"), "{lower}");
}
