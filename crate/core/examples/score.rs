//! Scores a data set's prompts with a language-model package, one round per request of another program: bench/llama_scoring.py and bench/peers
//! alternate their own rounds with it.
//!
//! `cargo run --release -p unlearn-core --example score -- PACKAGE DATA N [LONGEST]` prints one JSON object: the shape; N test prompts in the compact
//! wording (as the tokenizer's ids) and one in the paper's wording with LONGEST tokens (288), truncated at its start; and the logits of No and Yes of
//! each. It then reads lines from standard input, and answers each with the CPU seconds of this thread:
//! `one` scores the prompts one by one, `batch` scores prompts of equal length together, `long` the long prompt; `product M K N` measures GFLOP/s of
//! such a product.

use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::source::read_dataset;
use unlearn_core::data::split::split;
use unlearn_core::data::text::{N_FIXED, Template, TextVocabulary, cut};
use unlearn_core::host::Files;
use unlearn_core::model::{Model, Network};
use unlearn_core::package::manifest::{Manifest, TOKENIZER};
use unlearn_core::package::open::open_model;
use unlearn_core::train::tune::cut_down;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [package, data, rest @ ..] = args.as_slice() else { panic!("score PACKAGE DATA [N] [LONGEST]") };
    let number = |at: usize, default: usize| rest.get(at).and_then(|arg| arg.parse().ok()).unwrap_or(default);
    let files: Files = files(package).collect();
    let prompts = prompts(&files, data, number(0, 16), number(1, 288));
    let scorer = Scorer::open(&files, &prompts);
    let (long, short) = prompts.split_last().expect("there are prompts");
    let logits: Vec<Vec<f32>> = prompts.iter().map(|prompt| scorer.score(&[prompt])).collect();
    let spec = scorer.model.spec();
    let flops: Vec<f64> = prompts.iter().map(|prompt| spec.row_flops(prompt.len())).collect();
    println!("{}", json!({ "prompts": prompts, "logits": logits, "flops": flops, "packed": scorer.model.has_packed_blocks() }));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = busy();
        match words.as_slice() {
            ["one"] => short.iter().for_each(|prompt| drop(scorer.score(&[prompt]))),
            ["batch"] => scorer.by_length(short),
            ["long"] => drop(scorer.score(&[long])),
            ["product", sizes @ ..] => {
                let sizes: Vec<usize> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
                println!("{}", product(&sizes));
                continue;
            }
            _ => break,
        }
        println!("{}", busy() - start);
    }
}

/// The files of a folder.
fn files(folder: &str) -> impl Iterator<Item = (String, Vec<u8>)> {
    let entries = std::fs::read_dir(Path::new(folder)).unwrap_or_else(|e| panic!("{folder} cannot be read: {e}"));
    entries.map(|entry| {
        let entry = entry.expect("an entry");
        (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("a file"))
    })
}

/// `n` test prompts, evenly spaced, in the compact wording; then the last `longest` tokens of a prompt in the paper's.
fn prompts(package: &Files, data: &str, n: usize, longest: usize) -> Vec<Vec<u32>> {
    let sources: Vec<SourceFile> = files(data).map(|(name, bytes)| SourceFile { name, bytes }).collect();
    let dataset = read_dataset(&sources).expect("a data set");
    let split = split(&dataset).expect("enough interactions");
    let manifest = Manifest::read(package).expect("a whole package");
    let encode = |template: Template, at: usize| {
        let mut text = manifest.text.clone().expect("a language model's package");
        text.template = template;
        let vocabulary = TextVocabulary::new(&package[TOKENIZER], &text, &dataset).expect("a known tokenizer");
        let question = split.question(&split.test[at]);
        vocabulary.encode(&question).expect("a prompt")
    };
    let mut prompts: Vec<Vec<u32>> = (0..n).map(|i| encode(Template::Compact, i * split.test.len() / n)).collect();
    let long = (0..split.test.len()).step_by(37).map(|at| encode(Template::Simple, at)).find(|ids| ids.len() >= longest);
    let long = long.expect("a prompt of so many tokens");
    prompts.push(long[long.len() - longest..].to_vec());
    prompts
}

struct Scorer {
    model: Model,
    rows: BTreeMap<u32, i32>,
    device: Device,
}

impl Scorer {
    /// Opens the package reduced to the prompts' tokens, as a session reduces it to a data set's.
    fn open(files: &Files, prompts: &[Vec<u32>]) -> Self {
        let device = Device::flex();
        let (manifest, whole) = open_model(files, None, &device).expect("a whole package");
        let ids: Vec<u32> = prompts.iter().flatten().copied().collect();
        let (kept, rows) = cut(&manifest.text.expect("a language model's package").kept, &ids);
        let layers: Vec<usize> = (0..manifest.config.num_hidden_layers()).collect();
        let model = cut_down(&whole, &layers, &rows, N_FIXED).expect("its own tokens");
        Self { model, rows: kept.iter().enumerate().map(|(row, id)| (*id, row as i32)).collect(), device }
    }

    /// Logits of No and Yes for prompts of equal length.
    fn score(&self, prompts: &[&Vec<u32>]) -> Vec<f32> {
        let ids: Vec<i32> = prompts.iter().flat_map(|prompt| prompt.iter().map(|id| self.rows[id])).collect();
        let tokens = Tensor::<2, Int>::from_data(TensorData::new(ids, [prompts.len(), prompts[0].len()]), &self.device);
        self.model.answer_logits(tokens).slice_dim(1, 4..6).try_into_vec_as().expect("logits")
    }

    fn by_length(&self, prompts: &[Vec<u32>]) {
        let mut buckets: BTreeMap<usize, Vec<&Vec<u32>>> = BTreeMap::new();
        prompts.iter().for_each(|prompt| buckets.entry(prompt.len()).or_default().push(prompt));
        buckets.values().for_each(|prompts| drop(self.score(prompts)));
    }
}

/// GFLOP/s of the fastest of several products `[m, k] · [k, n]`.
fn product(sizes: &[usize]) -> Value {
    let &[m, k, n] = sizes else { return json!("product M K N") };
    let random = |dims| Tensor::<2>::random(dims, Distribution::Default, &Device::flex());
    let (a, b) = (random([m, k]), random([k, n]));
    let mut best = f64::INFINITY;
    for _ in 0..6 {
        // The system counts in ticks of milliseconds, so this takes the mean over many repetitions.
        let (start, mut times) = (busy(), 0.0);
        while busy() - start < 0.1 {
            drop(a.clone().matmul(b.clone()));
            times += 1.0;
        }
        best = best.min((busy() - start) / times);
    }
    json!(2e-9 * (m * k * n) as f64 / best)
}

/// CPU seconds of this thread, independent of other load; wall-clock time on systems that do not report it.
fn busy() -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds
        .map_or_else(|| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |t| t.as_secs_f64()), |ns| ns / 1e9)
}
