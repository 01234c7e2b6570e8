//! Tests of text prompts: tokens equal to those of the Python `tokenizers`, a vocabulary reduced to the data, and a session on a language model.

use super::language_model::{FIRST, everything, order, package, spec, tiny, tokenizer};
use super::{Quiet, repo};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::interaction::{Dataset, Item, Person, SourceFile};
use unlearn_core::data::prompt::Question;
use unlearn_core::data::source::read_dataset;
use unlearn_core::data::split::{Sample, Split, split};
use unlearn_core::data::text::{Template, TextSpec, TextVocabulary, needed_tokens};
use unlearn_core::data::tokenizer::UNK;
use unlearn_core::data::vocabulary::Vocabulary;
use unlearn_core::host::Files;
use unlearn_core::model::{Model, Network};
use unlearn_core::package::import::Quantisation;
use unlearn_core::package::manifest::{MANIFEST, MODEL, TOKENIZER};
use unlearn_core::package::merge::{MergeSpec, merge};
use unlearn_core::package::{peft, sha256, weights};
use unlearn_core::report::RunRequest;
use unlearn_core::session::{Session, params};
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::tensor::read;
use unlearn_core::train::tune::cut_down;
use unlearn_core::unlearn::engine::recommender::Recommender;

pub fn sources(name: &str) -> Vec<SourceFile> {
    let items = if name == "goodbooks-10k" { "books.csv" } else { "movies.csv" };
    let file = |file: &str| {
        let path = format!("public/data/{name}/{file}");
        SourceFile { bytes: std::fs::read(repo(&path)).expect("the data are shipped"), name: path }
    };
    vec![file("ratings.csv"), file(items)]
}

pub fn samples(split: &Split) -> Vec<&Sample> {
    split.train.iter().chain(&split.valid).chain(&split.test).collect()
}

#[test]
fn prompts_are_token_for_token_python_s() {
    let fixture = std::fs::read(repo("tests/parity/fixtures/tokens.json")).expect("the fixture is there");
    let fixture: serde_json::Value = serde_json::from_slice(&fixture).expect("it is JSON");
    let bytes = tokenizer();
    for set in fixture["sets"].as_array().expect("sets") {
        let (name, template) = (set["dataset"].as_str().expect("a name"), set["template"].as_str().expect("a template"));
        let dataset = read_dataset(&sources(name)).expect("the shipped data");
        let split = split(&dataset).expect("enough ratings");
        let text = TextSpec { template: template.parse().expect("a template"), ..everything() };
        let vocabulary = TextVocabulary::new(&bytes, &text, &dataset).expect("the tokenizer fits");
        let every = samples(&split);
        assert_eq!(every.len() as u64, set["n_samples"].as_u64().expect("a count"));
        let hashes = set["hashes"].as_array().expect("hashes");
        for (at, expected) in hashes.iter().enumerate() {
            let question = split.question(every[at * every.len() / hashes.len()]);
            let prompt = vocabulary.wording().prompt(&question);
            let mut units = Vec::new();
            vocabulary.wording().units(&question, &mut units);
            let by_unit: Vec<u32> = units.iter().flat_map(|unit| vocabulary.tokens(*unit)).map(|row| text.kept[*row as usize]).collect();
            assert_eq!(by_unit, vocabulary.encode(&question).expect("encodes"), "encoded in parts and whole: {prompt}");
            let hashed: Vec<u8> = prompt.bytes().chain(by_unit.iter().flat_map(|id| id.to_le_bytes())).collect();
            if let Some(whole) = set["whole"].as_array().expect("whole").iter().find(|whole| whole["at"] == at) {
                assert_eq!(prompt, whole["text"].as_str().expect("a text"));
                assert_eq!(serde_json::json!(by_unit), whole["ids"], "{prompt}");
            }
            assert_eq!(sha256(&hashed)[..16], *expected.as_str().expect("a hash"), "{name} {template} {at}: {prompt}");
        }
        assert_eq!(vocabulary.n_unknown(), 0);
    }
}

/// For titles of any kind, units encoded separately equal the prompt encoded as a whole.
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
    ];
    let item = |(id, title): (u32, &&str)| Item { id, title: (*title).into(), genres: Vec::new(), authors: Vec::new(), year: Some(1990) };
    let items: Vec<Item> = (0..).zip(&odd).map(item).collect();
    let person = Person { id: 3, male: true, age: "56+".into(), job: "K-12 student".into() };
    let films = Dataset { name: "odd".into(), interactions: Vec::new(), items, people: vec![person], ..Dataset::default() };
    let author = |item: &Item| Item { authors: vec!["O'Brien, 2nd".into()], ..item.clone() };
    let books = Dataset { items: films.items.iter().map(author).collect(), ..films.clone() };
    let mut rng = SeedRng::seed_from_u64(11);
    for (dataset, template) in
        [(&films, Template::Simple), (&films, Template::Compact), (&books, Template::Simple), (&books, Template::Compact)]
    {
        let text = TextSpec { template, ..everything() };
        let vocabulary = TextVocabulary::new(&tokenizer(), &text, dataset).expect("the tokenizer fits");
        for _ in 0..400 {
            let mut draw = || rng.random_range(0..odd.len() as u32);
            let earlier: Vec<(u32, f32)> = (0..draw() % 11).map(|_| (draw(), (1 + draw() % 10) as f32 / 2.0)).collect();
            let question = Question { earlier: &earlier, target: draw(), same_author: &[], user: Some(draw() % 4) };
            let mut units = Vec::new();
            vocabulary.wording().units(&question, &mut units);
            let by_unit: Vec<u32> = units.iter().flat_map(|unit| vocabulary.tokens(*unit)).map(|row| text.kept[*row as usize]).collect();
            assert_eq!(by_unit, vocabulary.encode(&question).expect("encodes"), "{}", vocabulary.wording().prompt(&question));
        }
    }
}

/// Each line of a compact prompt is a question with its answer: the position before the rating, and whether that rating is a Yes.
#[test]
fn the_history_answers_its_own_questions() {
    let films = read_dataset(&sources("ml-latest-small")).expect("the shipped data");
    let text = everything();
    let vocabulary: Vocabulary = TextVocabulary::new(&tokenizer(), &text, &films).expect("the tokenizer fits").into();
    let earlier = [(1, 3.5), (2, 3.0), (3, 0.5), (6, 5.0)];
    let question = Question { earlier: &earlier, target: 7, same_author: &[], user: None };
    let mut encoded = Encoded::default();
    encoded.push(&question, true, &vocabulary);
    let prompt = vocabulary.text().expect("a language model");
    let row = encoded.row(0);
    let said: Vec<(String, String, bool)> =
        encoded.answered(0).into_iter().map(|(at, liked)| (prompt.text_of(row[at]), prompt.text_of(row[at + 1]), liked)).collect();
    let expected = [("3", true), ("3", false), ("0", false), ("5", true)];
    assert_eq!(said.len(), expected.len());
    for ((before, after, liked), (stars, answer)) in said.iter().zip(expected) {
        assert!(before.ends_with(':'), "{before:?} before {after:?}");
        assert_eq!((after.as_str(), *liked), (stars, answer));
    }
    assert!(prompt.text_of(row[row.len() - 1]).ends_with(':'), "the answer stands where a rating would");

    let simple = TextSpec { template: Template::Simple, ..text };
    let simple: Vocabulary = TextVocabulary::new(&tokenizer(), &simple, &films).expect("the tokenizer fits").into();
    let mut encoded = Encoded::default();
    encoded.push(&question, true, &simple);
    assert_eq!(encoded.answered(0), [], "the published wording has no such places");
}

/// The reduced vocabulary covers every prompt of the data, and a reduced model gives the same answers as the whole one.
#[test]
fn a_cut_vocabulary_knows_every_prompt() {
    let bytes = tokenizer();
    let dataset = read_dataset(&sources("ml-latest-small")).expect("the shipped data");
    let split = split(&dataset).expect("enough ratings");
    let every = samples(&split);
    let mut rng = SeedRng::seed_from_u64(7);
    for template in [Template::Simple, Template::Compact] {
        let kept = order(FIRST, &needed_tokens(&dataset, &bytes, template).expect("a byte-level tokenizer"));
        assert!((5_000..12_000).contains(&kept.len()), "{} tokens kept", kept.len());
        let cut = TextVocabulary::new(&bytes, &spec(template, kept.clone()), &dataset).expect("the cut vocabulary fits");
        let whole = TextSpec { template, ..everything() };
        let vocabulary = Vocabulary::from(cut);
        let (mut small, mut large) = (Encoded::default(), Encoded::default());
        let uncut = Vocabulary::from(TextVocabulary::new(&bytes, &whole, &dataset).expect("the whole vocabulary fits"));
        for _ in 0..500 {
            let question = split.question(every[rng.random_range(0..every.len())]);
            small.push(&question, true, &vocabulary);
            large.push(&question, true, &uncut);
        }
        for row in 0..500 {
            let (small, large) = (small.row(row), large.row(row));
            assert!(!small.contains(&UNK), "row {row}");
            let ids = |rows: &[u32], kept: &[u32]| rows.iter().map(|row| kept[*row as usize]).collect::<Vec<_>>();
            assert_eq!(ids(&small, &kept), ids(&large, &whole.kept));
        }
        assert_eq!(vocabulary.text().expect("a language model").n_unknown(), 0);

        let mut shape = tiny(49_152);
        shape.head_vocab_size = shape.vocab_size;
        let model = Model::init(&shape.into(), &mut rng, &Device::flex()).expect("a valid shape");
        let at: Vec<u32> = kept.iter().map(|id| whole.kept.iter().position(|of| of == id).expect("kept is a part") as u32).collect();
        let cut = cut_down(&model, &[0, 1], &at, at.len()).expect("a part of the model");
        let device = Device::flex();
        let (a, b) = (cut.answer_logits(small.tensor(&[0], &device)), model.answer_logits(large.tensor(&[0], &device)));
        let places = Tensor::<1, Int>::from_data(TensorData::new(at.iter().map(|at| *at as i32).collect(), [at.len()]), &device);
        let (a, b) = pollster::block_on(async { (read(a).await.unwrap(), read(b.select(1, places)).await.unwrap()) });
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}

/// A small data set in which the parity of `item + user` decides the rating.
pub fn small_data() -> Vec<SourceFile> {
    let mut ratings = String::from("userId,movieId,rating,timestamp\n");
    for user in 1..=20u32 {
        for k in 0..20u32 {
            let item = 1 + (user * 13 + k * 7) % 60;
            let rating = if (item + user).is_multiple_of(2) { "4.5" } else { "2.0" };
            ratings.push_str(&format!("{user},{item},{rating},{}\n", 1_000_000 + user * 300 + k * 97));
        }
    }
    let mut movies = String::from("movieId,title,genres\n");
    for item in 1..=60u32 {
        movies.push_str(&format!("{item},\"Film {}, The ({})\",Comedy\n", ["Ä", "b's", "C!"][item as usize % 3], 1960 + item % 50));
    }
    vec![
        SourceFile { name: "ratings.csv".into(), bytes: ratings.into_bytes() },
        SourceFile { name: "movies.csv".into(), bytes: movies.into_bytes() },
    ]
}

#[test]
fn a_lab_runs_a_language_model() {
    let data = small_data();
    let dataset = read_dataset(&data).expect("the small data");
    let device = Device::flex();
    let wrong = Session::load(&package(Some(&dataset), "ml-1m", false), &data, &device, "test").err().expect("other data");
    assert!(wrong.to_string().contains("trained on `ml-1m`"), "{wrong}");
    let without = |model: &str| {
        let mut session = Session::load(&package(Some(&dataset), model, false), &data, &device, "test").expect("the package loads");
        let request = RunRequest {
            method: "retrain".into(),
            forget: ForgetSpec { standard: Some(true), ..Default::default() },
            ..Default::default()
        };
        pollster::block_on(session.run(&request, &mut Quiet)).expect_err("nothing to start from").to_string()
    };
    assert!(without("").contains("start.safetensors"), "a model that belongs to no data set takes any");

    let mut session = Session::load(&package(Some(&dataset), &dataset.name, true), &data, &device, "test").expect("the package loads");
    assert_eq!(session.split.train.len(), 150, "only the rows the model was tuned on can be forgotten");
    session.limit_rows(12);
    let forget = ForgetSpec { standard: Some(true), ..Default::default() };
    let retrained = pollster::block_on(session.retrain(&forget, 5, &mut Quiet)).expect("tunes from the start");
    assert_eq!(retrained.evaluated_rows, Some(12));
    let request = RunRequest { forget, steps: Some(6), eval_every: 3, ..Default::default() };
    let report = pollster::block_on(session.run(&request, &mut Quiet)).expect("forgets");
    let ids: Vec<&str> = report.methods.iter().map(|figures| figures.id.as_str()).collect();
    assert_eq!(ids, ["original", "retrain", "e2urec"]);
    assert_eq!(report.methods[1].forget.l2, Some(0.0), "Retrain is its own reference");
    assert!(report.methods[2].forget.jsd.is_some_and(|jsd| jsd > 0.0) && report.adapter_sha256.is_some());
    let counted: u32 = report.methods[2].histogram.liked.iter().chain(&report.methods[2].histogram.disliked).sum();
    assert_eq!(counted, 12, "figures are on so many rows of the forget set");

    let sample = session.split.test[3].clone();
    let question = session.split.question(&sample);
    let found = pollster::block_on(session.explain(&session.original, &question)).expect("answers");
    let Vocabulary::Text(text) = &session.vocabulary else { panic!("a language model") };
    assert_eq!(found.tokens.iter().map(|token| token.id).collect::<Vec<_>>(), text.encode(&question).expect("encodes"));
    sums_to_one(&found, 1.02); // random weights look nearly everywhere alike
    let mut prompt = Encoded::default();
    prompt.push(&question, true, &session.vocabulary);
    let p = pollster::block_on(session.p_yes(&session.original.clone().into(), &prompt, &mut Quiet)).expect("answers");
    assert!((p[0] - found.p_yes).abs() < 1e-9);
}

/// Neither a truncated tokenizer nor prompts longer than the model's positions cause a panic.
#[test]
fn what_does_not_fit_is_an_error() {
    let data = small_data();
    let dataset = read_dataset(&data).expect("the small data");
    let whole = package(Some(&dataset), &dataset.name, false);
    let load = |files: &Files| Session::load(files, &data, &Device::flex(), "test").err().expect("refused").to_string();

    let tokenizer = whole[TOKENIZER].clone();
    for end in [0, 10, tokenizer.len() / 2, tokenizer.len() - 3] {
        let mut cut = whole.clone();
        cut.insert(TOKENIZER.into(), tokenizer[..end].to_vec());
        assert!(load(&cut).contains(TOKENIZER), "{end}");
    }

    let mut short = whole;
    let mut manifest: serde_json::Value = serde_json::from_slice(&short[MANIFEST]).expect("it is JSON");
    manifest["config"]["max_position_embeddings"] = 24.into();
    short.insert(MANIFEST.into(), serde_json::to_vec(&manifest).expect("serialises"));
    assert!(load(&short).contains("at most 24 tokens"), "{}", load(&short));
}

#[test]
fn a_nano_is_explained_too() {
    let read = |name: &str| std::fs::read(repo(&format!("models/nano-ml-latest-small/{name}"))).expect("the shipped package");
    let files = [MANIFEST, MODEL, TOKENIZER].map(|name| (name.to_owned(), read(name)));
    let session = Session::load(&Files::from(files), &sources("ml-latest-small"), &Device::flex(), "test").expect("the package loads");
    let question = session.split.question(&session.split.test[0]);
    let found = pollster::block_on(session.explain(&session.original, &question)).expect("answers");
    sums_to_one(&found, 1.5);
    let texts: Vec<&str> = found.tokens.iter().map(|token| token.text.as_str()).collect();
    assert_eq!((texts[0], texts[texts.len() - 1], texts.len()), ("[bos]", "[ask]", 2 * question.history().len() + 3));
    let (item, rating) = question.history()[0];
    assert_eq!(texts[1], session.dataset.item(item).expect("described").title);
    assert_eq!(texts[2], format!("{rating} stars"));
}

/// `most`: what some token gets at least, in shares of an even attention.
fn sums_to_one(found: &unlearn_core::session::Explanation, most: f32) {
    let n_heads = found.tokens[0].heads.len();
    for head in 0..n_heads {
        let sum: f32 = found.tokens.iter().map(|token| token.heads[head]).sum();
        assert!((sum - 1.0).abs() < 1e-4, "head {head}: {sum}");
    }
    let sum: f32 = found.tokens.iter().map(|token| token.attention).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    assert!(found.tokens.iter().any(|token| token.attention > most / found.tokens.len() as f32), "not all alike");
}

/// A published model was tuned on no wording: where the simple prompts do not fit its context, the compact ones are used.
#[test]
fn a_short_context_gets_the_shorter_wording() {
    let (data, device) = (small_data(), Device::flex());
    let load = |positions: usize, dataset: &str| {
        let mut files = package(None, "", false);
        let mut manifest: serde_json::Value = serde_json::from_slice(&files[MANIFEST]).expect("it is JSON");
        manifest["config"]["max_position_embeddings"] = positions.into();
        manifest["text"]["template"] = "simple".into();
        manifest["dataset"] = dataset.into();
        files.insert(MANIFEST.into(), manifest.to_string().into_bytes());
        Session::load(&files, &data, &device, "test")
    };
    let template = |session: &Session| session.manifest.text.as_ref().map(|text| text.template);
    assert_eq!(template(&load(512, "").expect("all fits")), Some(Template::Simple));
    let short = load(150, "").expect("the compact prompts fit");
    assert_eq!(template(&short), Some(Template::Compact));
    let question = short.split.question(&short.split.test[0]);
    assert!(short.vocabulary.text().expect("words").wording().prompt(&question).starts_with("Films rated out of 5:"));
    // Neither fits; and a model that was tuned keeps the wording that it was tuned on.
    for (positions, dataset) in [(20, ""), (150, short.dataset.name.as_str())] {
        let told = load(positions, dataset).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(told.contains(&format!("must have at most {positions} tokens")), "{told}");
    }
}

/// What was learned on the tokens of one data set fits the published model, which has all of these tokens, but in another order.
#[test]
fn an_adapter_fits_the_published_model() {
    let (data, device) = (small_data(), Device::flex());
    let published = package(None, "", false);
    let load = |files: &Files| Session::load(files, &data, &device, "test").expect("the package loads");
    let mut session = load(&published);
    session.limit_rows(12);
    let params = params(&[("targets", 2.0), ("rank", 2.0)]);
    let request =
        RunRequest { forget: ForgetSpec { standard: Some(true), ..Default::default() }, steps: Some(4), params, ..Default::default() };
    pollster::block_on(session.run(&request, &mut Quiet)).expect("forgets");
    let adapter = pollster::block_on(session.adapter()).expect("there was a run");
    let tensors = weights::parse(peft::WEIGHTS, &adapter[peft::WEIGHTS]).expect("readable");
    let n_tokens = everything().kept.len();
    assert_eq!(tensors.tensor("base_model.model.model.embed_tokens.lora_embedding_A").expect("the embedding's").shape(), [2, n_tokens]);

    let spec = MergeSpec { name: "merged".into(), quantisation: Quantisation::F32, force: false };
    let merged = merge(&published, &adapter, &spec).expect("they fit");
    // A session takes it back as it left it.
    let adapted = load(&published).adapted(&adapter).expect("they fit");
    let question = session.split.question(&session.split.test[3]);
    let p_yes = |session: &Session, model: &Model| pollster::block_on(session.explain(model, &question)).expect("answers").p_yes;
    let Some(Recommender::One(unlearned)) = &session.unlearned else { panic!("one model") };
    let (before, after) = (p_yes(&session, &session.original), p_yes(&session, unlearned));
    assert!((p_yes(&session, &adapted) - after).abs() < 1e-6, "{} {after}", p_yes(&session, &adapted));
    let again = load(&merged);
    assert!((before - after).abs() > 1e-4, "the run changed the answer: {before} {after}");
    assert!((p_yes(&again, &again.original) - after).abs() < 1e-5, "{} {after}", p_yes(&again, &again.original));
}

/// A session handles T5 without special treatment, though it has an encoder and a Unigram tokenizer.
#[test]
fn a_lab_runs_t5() {
    let data = small_data();
    let files = super::t5_parity::import("v1_1", Quantisation::Keep);
    let mut session = Session::load(&files, &data, &Device::flex(), "test").expect("the package loads");
    assert_eq!(session.manifest.config.head_vocab_size(), 6, "only the answers are scored");
    session.limit_rows(12);
    let request = RunRequest { steps: Some(6), eval_every: 3, ..Default::default() };
    let request = RunRequest { forget: ForgetSpec { standard: Some(true), ..Default::default() }, ..request };
    for method in ["e2urec", "badt"] {
        let report =
            pollster::block_on(session.run(&RunRequest { method: method.into(), ..request.clone() }, &mut Quiet)).expect("forgets");
        assert_eq!(report.methods[1].id, method);
        assert!(report.methods[1].trainable_params > 0 && report.adapter_sha256.is_some());
    }

    let question = session.split.question(&session.split.test[3]);
    let found = pollster::block_on(session.explain(&session.original, &question)).expect("answers");
    let text = session.vocabulary.text().expect("a language model");
    let whole = text.encode(&question).expect("encodes");
    let ids: Vec<u32> = found.tokens.iter().map(|token| token.id).collect();
    assert_eq!(ids, [&whole[..], &[1]].concat(), "the prompt in one piece, and its end");
    sums_to_one(&found, 1.5);

    // Candidates are read whole, because an encoder's positions depend on what comes after them.
    let mut prompts = Encoded::default();
    session.split.test[..4].iter().for_each(|sample| prompts.push(&session.split.question(sample), true, &session.vocabulary));
    let model = session.original.clone().into();
    let one_by_one = pollster::block_on(session.p_yes(&model, &prompts, &mut Quiet)).expect("answers");
    let together = pollster::block_on(session.p_yes_of_candidates(&model, &prompts, &mut Quiet)).expect("answers");
    one_by_one.iter().zip(&together).for_each(|(a, b)| assert!((a - b).abs() < 1e-6, "{a} {b}"));
}
