//! How well items that nobody rated are judged: a tenth of the items is taken out of the training data, and the test rows that ask about them are told
//! apart from the others. A nano of rows and genres is beside one that knows items by their titles alone.
//!
//!     cargo run --release --workspace --example unseen_titles -- public/data/ml-latest-small titles.safetensors 3

use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::collections::HashSet;
use std::path::Path;
use unlearn_core::data::batch::Encoded;
use unlearn_core::data::interaction::{Dataset, SourceFile};
use unlearn_core::data::source::{is_wanted, read_dataset};
use unlearn_core::data::split::split;
use unlearn_core::data::tokenizer::{HEAD_VOCAB, ItemVocabulary, NO, YES};
use unlearn_core::data::vocabulary::Vocabulary;
use unlearn_core::host::event::Event;
use unlearn_core::host::{Host, LocalFuture};
use unlearn_core::metric::auc;
use unlearn_core::model::{Model, PretrainSpec};
use unlearn_core::package::titles;
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::train::infer::answer_logits;
use unlearn_core::train::pretrain::{nano_spec, pretrain};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

struct Silent;

impl Host for Silent {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, _: Event) {}

    fn breathe(&mut self) -> LocalFuture<'_, unlearn_core::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, vectors, rest @ ..] = &arguments[..] else { return Err("usage: unseen_titles DATA TITLES [SEED]".into()) };
    let seed: u32 = rest.first().map_or(Ok(2), |seed| seed.parse())?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(Path::new(folder))? {
        let path = entry?.path();
        let name = path.to_string_lossy().into_owned();
        if is_wanted(&name) {
            files.push(SourceFile { name, bytes: std::fs::read(&path)? });
        }
    }
    let mut dataset = read_dataset(&files)?;
    dataset.titles = Some(titles::read(&std::fs::read(vectors)?)?);
    let mut rated: Vec<u32> = dataset.interactions.iter().map(|row| row.item).collect::<HashSet<_>>().into_iter().collect();
    rated.sort_unstable();
    rated.shuffle(&mut SeedRng::seed_from_u64(u64::from(seed)));
    let unseen: HashSet<u32> = rated[..rated.len() / 10].iter().copied().collect();
    let mut seen_only = dataset.clone();
    seen_only.interactions.retain(|row| !unseen.contains(&row.item));
    println!("{}, seed {seed}: {} of {} items unseen", dataset.name, unseen.len(), rated.len());
    println!("{:24} {:>22} {:>22}", "", "rows of unseen items", "rows of the others");
    let own = PretrainSpec::suited_to(&dataset);
    let titles_only = PretrainSpec { titles: true, item_rows: false, ..own.clone() };
    for (name, spec) in [("rows and genres", own), ("titles", titles_only)] {
        for (trained, data) in [("all items", &dataset), ("nine tenths", &seen_only)] {
            let [of_unseen, of_others] = judge(&PretrainSpec { seed, ..spec.clone() }, data, &dataset, &unseen)?;
            println!("{:24} {of_unseen:>22.4} {of_others:>22.4}", format!("{name}, {trained}"));
        }
    }
    Ok(())
}

/// AUC on the test rows of items that were taken out, and on all others.
fn judge(spec: &PretrainSpec, train: &Dataset, all: &Dataset, unseen: &HashSet<u32>) -> Outcome<[f64; 2]> {
    let vocabulary = Vocabulary::from(ItemVocabulary::from_json(ItemVocabulary::json_of(all).as_bytes())?);
    let (of_train, of_all) = (split(train)?, split(all)?);
    let encoded = Encoded::new(&of_train.train, &of_train, &vocabulary);
    let rows: Vec<u32> = (0..encoded.len() as u32).collect();
    let shape = nano_spec(vocabulary.len());
    let device = burn::tensor::Device::flex();
    let model: Model =
        pollster::block_on(pretrain(&shape, spec, train, vocabulary.items()?, &encoded, &rows, &device, &mut Silent, |_, _, _| ()))?.into();
    let test = Encoded::new(&of_all.test, &of_all, &vocabulary);
    let rows: Vec<u32> = (0..test.len() as u32).collect();
    let logits = pollster::block_on(answer_logits(&model, &test, &rows, &mut Silent, |_, _| ()))?;
    let p = |row: usize| f64::from(logits[row * HEAD_VOCAB + YES as usize] - logits[row * HEAD_VOCAB + NO as usize]);
    Ok([true, false].map(|wanted| {
        let rows: Vec<usize> = (0..of_all.test.len()).filter(|row| unseen.contains(&of_all.test[*row].item) == wanted).collect();
        let (scores, truth): (Vec<f64>, Vec<bool>) = rows.iter().map(|row| (p(*row), of_all.test[*row].label())).unzip();
        auc(&scores, &truth).unwrap_or(f64::NAN)
    }))
}
