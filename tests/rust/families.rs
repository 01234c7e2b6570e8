//! Tests of the tokenizers of every supported kind against Python, on a thousand prompts each: whole, in units, and from GGUF's metadata.

use super::repo;
use super::text::{samples, sources};
use flate2::read::GzDecoder;
use rand::{RngExt, SeedableRng};
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
    let kept = vocabulary::order(&encoder, &Specials::default(), ["No", "Yes"], n).expect("the answers are one token each");
    TextSpec { template, kept, answers: Answers::default(), specials: Specials::default(), rows: None, rank: None, eval_rows: None }
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
        (0..vocabulary.wording().n_units() as u32).for_each(|unit| drop(vocabulary.tokens(unit)));
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
    for token in ["of\u{2581}the", ":1", ".\n", "a b"] {
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
