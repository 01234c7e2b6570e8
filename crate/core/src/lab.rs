//! A model, the data it was trained on, and what can be asked of them: the one engine behind the page and the command line.

mod attack;
mod explain;
mod figures;
mod measure;
mod memory;
mod rows;
mod secrets;
mod train;

use crate::attack::report::Finding;
use crate::baseline::logistic;
use crate::data::batch::Encoded;
use crate::data::interaction::{Dataset, SourceFile};
use crate::data::source::read_dataset;
use crate::data::split::{Sample, Selection, Split, requests, select, split};
use crate::data::text::{N_FIXED, TextVocabulary, cut, needed_tokens};
use crate::data::tokenizer::{ItemVocabulary, NO, YES};
use crate::data::vocabulary::Vocabulary;
use crate::metric;
use crate::model::{Model, Network};
use crate::package::manifest::{MANIFEST, MODEL, Manifest, RETRAIN, START, TOKENIZER};
use crate::package::vocabulary::{is_whole, rows_by_id};
use crate::package::weights::{self, Residency};
use crate::package::{Files, file, peft, sha256};
use crate::record::{Evidence, FileHash, record};
use crate::report::{ForgetSpec, GroupFairness, MethodFigures, Quality, Report, RunRequest, SetSizes};
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::progress::Progress;
use crate::train::tune::{Start, cut_down};
use crate::unlearn::plan::{Plan, Setting};
use crate::unlearn::run::{Fresh, Outcome, Sets, World, carry_out};
use crate::unlearn::{Params, Recommender, method};
use crate::{Error, Result};
use burn::tensor::Device;
pub use explain::{Explanation, Shade};
use figures::{Reference, Shown, Watched};
pub use memory::StepMemory;
use std::collections::{BTreeMap, HashSet};

/// Everything loaded, and what this device has found out so far.
pub struct Lab {
    /// The manifest of the model package.
    pub manifest: Manifest,
    /// The data.
    pub dataset: Dataset,
    /// Its split.
    pub split: Split,
    /// The model's vocabulary.
    pub vocabulary: Vocabulary,
    /// The model as it was shipped.
    pub original: Model,
    /// What the last run left, if there was one.
    pub unlearned: Option<Recommender>,
    /// Report of the run that left it.
    last: Option<Report>,
    /// What attacks on it found.
    findings: Vec<Finding>,
    /// The files it was loaded from.
    loaded: Loaded,
    /// What a language model's Original was tuned from, if the package has it.
    start: Option<Start>,
    /// Tokens of a published model, of which `original` has those that the data need.
    n_published: Option<usize>,
    /// Rows of any set that figures are taken on, at most.
    eval_rows: usize,
    /// Whether the package's figures are on those rows.
    shipped_rows: bool,
    device: Device,
    device_name: String,
    train: Encoded,
    valid: Encoded,
    test: Encoded,
    /// Retrain models by the rows they left out.
    retrained: Vec<Retrained>,
    /// Forward pass of one row, once it was timed.
    seconds_per_row: Option<f64>,
    /// The original's test and validation quality, once they were measured here.
    original_quality: Option<Known>,
    /// The logistic baseline's test quality.
    baseline: Option<Quality>,
}

/// Hashes of what a lab was loaded from.
struct Loaded {
    data: Vec<FileHash>,
    manifest_sha256: String,
}

/// Figures that do not depend on what is forgotten.
#[derive(Debug, Clone)]
struct Known {
    test: Quality,
    valid: Option<Quality>,
    fairness: Option<GroupFairness>,
}

/// Expected wall time on this device, s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// A run with its evaluation.
    pub run: f64,
    /// Training Retrain.
    pub retrain: f64,
}

struct Retrained {
    forget: Vec<u32>,
    model: Model,
    /// Full figures if they were measured already.
    figures: Option<MethodFigures>,
    source: &'static str,
}

impl Lab {
    /// Loads a model package and the data it was trained on.
    ///
    /// # Errors
    /// If either is damaged, or they do not belong together.
    pub fn load(model: &Files, data: &[SourceFile], device: &Device, device_name: &str) -> Result<Self> {
        let (mut manifest, mut original) = open_model(model, None, device)?;
        let dataset = read_dataset(data)?;
        // A language model that was never tuned as a recommender belongs to no data set.
        if dataset.name != manifest.dataset && !(manifest.dataset.is_empty() && manifest.text.is_some()) {
            return Err(Error::package(
                "manifest.json",
                format!("the model was trained on `{}`, the data are `{}`", manifest.dataset, dataset.name),
            ));
        }
        let mut split = split(&dataset)?;
        let tokenizer = file(model, TOKENIZER)?;
        let mut n_published = None;
        let vocabulary: Vocabulary = match &mut manifest.text {
            Some(text) => {
                if manifest.dataset.is_empty() {
                    n_published = is_whole(&text.kept).then_some(text.kept.len());
                    // No prompt of these data has another token, and no answer is another one: the rest would be memory and time for nothing.
                    let (kept, rows) = cut(&text.kept, &needed_tokens(&dataset, tokenizer, text.template)?);
                    let layers: Vec<usize> = (0..manifest.config.num_hidden_layers()).collect();
                    original = cut_down(&original, &layers, &rows, N_FIXED)?;
                    text.kept = kept;
                    manifest.config = original.spec();
                }
                text.rows.iter().for_each(|n| split.keep_train(*n));
                TextVocabulary::new(tokenizer, text, &dataset)?.into()
            }
            None => ItemVocabulary::from_json(tokenizer)?.into(),
        };
        if vocabulary.len() != manifest.config.vocab_size() {
            return Err(Error::package(TOKENIZER, format!("must have {} tokens, got {}", manifest.config.vocab_size(), vocabulary.len())));
        }
        let start = match (&manifest.text, model.get(START)) {
            (Some(text), Some(bytes)) => {
                let model = weights::load(START, bytes, &manifest.config, manifest.bits()?, Residency::Dense, device)?;
                Some(Start { model, rank: text.rank })
            }
            _ => None,
        };
        let encode = |samples: &[Sample]| Encoded::new(samples, &split, &vocabulary);
        let (train, valid, test) = (encode(&split.train), encode(&split.valid), encode(&split.test));
        for set in [&train, &valid, &test] {
            set.check_lengths(manifest.config.max_tokens())?;
        }
        let hash = |file: &SourceFile| FileHash { name: file.name.clone(), bytes: file.bytes.len() as u64, sha256: sha256(&file.bytes) };
        let loaded = Loaded { data: data.iter().map(hash).collect(), manifest_sha256: sha256(file(model, MANIFEST)?) };
        let mut lab = Self {
            loaded,
            manifest,
            dataset,
            split,
            vocabulary,
            original,
            unlearned: None,
            last: None,
            findings: Vec::new(),
            start,
            n_published,
            eval_rows: usize::MAX,
            shipped_rows: true,
            device: device.clone(),
            device_name: device_name.to_owned(),
            train,
            valid,
            test,
            retrained: Vec::new(),
            seconds_per_row: None,
            original_quality: None,
            baseline: None,
        };
        let asked = lab.manifest.text.as_ref().and_then(|text| text.eval_rows);
        lab.eval_rows = asked.unwrap_or(lab.affordable_rows()).max(1);
        lab.baseline = match lab.manifest.baseline {
            Some(known) => Some(known),
            None => logistic(&lab.dataset, &lab.split, &lab.all_train()).ok().map(|found| found.test),
        };
        if let Some(bytes) = model.get(RETRAIN) {
            lab.add_retrain(bytes)?;
        }
        Ok(lab)
    }

    /// Takes the package's Retrain, which may come later than the rest.
    ///
    /// # Errors
    /// If the file is not the one that the manifest names.
    pub fn add_retrain(&mut self, bytes: &[u8]) -> Result<()> {
        self.manifest.verify(RETRAIN, bytes)?;
        let model = weights::load(RETRAIN, bytes, &self.manifest.config, self.manifest.bits()?, Residency::Dense, &self.device)?;
        let forget = self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?.forget;
        let figures = self.shipped("retrain").filter(|_| self.shipped_rows).cloned();
        self.retrained.push(Retrained { forget, model, figures, source: "shipped" });
        Ok(())
    }

    /// Rows that a forget spec names, and the rows that stay.
    ///
    /// # Errors
    /// If the spec names nothing, everything, or something that is not there.
    pub fn select(&self, spec: &ForgetSpec) -> Result<Selection> {
        select(&self.split, &self.dataset, spec)
    }

    /// Test-set quality of the logistic baseline: what any model must beat. None where the answers are all the same.
    pub fn baseline(&self) -> Option<Quality> {
        self.baseline
    }

    /// Sizes of the sets for a selection.
    pub fn sizes(&self, selection: &Selection) -> SetSizes {
        let n = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        SetSizes {
            forget: n(selection.forget.len()),
            retain: n(selection.retain.len()),
            valid: n(self.valid.len()),
            test: n(self.test.len()),
        }
    }

    /// What a request comes to on its sets, before it is carried out.
    ///
    /// # Errors
    /// If a parameter is out of range.
    pub fn plan(&self, request: &RunRequest, selection: &Selection) -> Result<(Plan, Setting, Params)> {
        let entry = method(&request.method)?;
        let params = entry.resolve(&request.params)?;
        let setting = Setting {
            n_forget: selection.forget.len(),
            n_retain: selection.retain.len(),
            steps: request.steps,
            epochs: self.manifest.training.epochs,
            n_blocks: self.manifest.config.num_hidden_layers(),
            n_requests: request.forget.any.as_ref().map_or(1, Vec::len),
        };
        Ok(((entry.plan)(&params, &setting)?, setting, params))
    }

    /// What a run and a Retrain will take on this device; none before it was timed.
    ///
    /// # Errors
    /// If a parameter is out of range.
    pub fn cost(&self, request: &RunRequest, selection: &Selection) -> Result<Option<Cost>> {
        let Some(row) = self.seconds_per_row else { return Ok(None) };
        let (plan, setting, _) = self.plan(request, selection)?;
        let passes = |plan: &Plan| plan.stages(&setting).iter().map(|(_, n, cost)| f64::from(*n) * cost).sum::<f64>();
        let beside = figures::SHOWN_BESIDE.min(self.eval_rows.saturating_mul(3));
        let forget = every_nth(&selection.forget, self.eval_rows);
        let shown = (forget.len() + self.test.len().min(self.eval_rows) + beside) as f64 + f64::from(self.n_secrets(&forget));
        Ok(Some(Cost { run: row * (passes(&plan) + shown), retrain: row * (passes(&Plan::Retrain) + shown) }))
    }

    /// Times a forward pass on a few rows, for [`Lab::cost`].
    ///
    /// # Errors
    /// If the device fails.
    pub async fn time<H: Host>(&mut self, host: &mut H) -> Result<()> {
        let rows = every_nth(&all(&self.test), self.timed_rows());
        let start = host.now_ms();
        let mut best = f64::INFINITY;
        // The first passes compile and warm up: the fastest of a quarter of a second is the device's pace.
        while host.now_ms() - start < 250.0 {
            let pass = host.now_ms();
            answer_logits(&self.original, &self.test, &rows, host, |_, _| {}).await?;
            best = best.min(host.now_ms() - pass);
        }
        self.seconds_per_row = Some(best / 1000.0 / rows.len() as f64);
        Ok(())
    }

    /// Where the Retrain for a selection came from, if there is one.
    pub fn retrain_source(&self, selection: &Selection) -> Option<&'static str> {
        self.retrain_of(selection).map(|retrained| retrained.source)
    }

    /// Figures that the package brought along.
    pub fn shipped(&self, id: &str) -> Option<&MethodFigures> {
        self.manifest.figures.iter().find(|figures| figures.id == id)
    }

    /// Unlearns and measures.
    ///
    /// # Errors
    /// If the request is out of range, the device fails or the host cancels; the last run's model is then kept.
    pub async fn run<H: Host>(&mut self, request: &RunRequest, host: &mut H) -> Result<Report> {
        self.run_from(request, None, host).await
    }

    /// Goes on with a run that was ended in the middle, from what its host was given last by [`Host::checkpoint`].
    ///
    /// # Errors
    /// As [`Lab::run`]; if the checkpoint is damaged or belongs to another request, model or data.
    pub async fn resume<H: Host>(&mut self, request: &RunRequest, checkpoint: &Files, host: &mut H) -> Result<Report> {
        self.run_from(request, Some(checkpoint), host).await
    }

    async fn run_from<H: Host>(&mut self, request: &RunRequest, resume: Option<&Files>, host: &mut H) -> Result<Report> {
        let selection = self.select(&request.forget)?;
        let (plan, setting, params) = self.plan(request, &selection)?;
        let standard = self.is_standard(&selection)?;
        let shown = Shown::new(self, &selection);
        let mut stages = vec![(Phase::Before, shown.n_rows(), 1.0)];
        stages.extend(plan.stages(&setting));
        stages.push((Phase::After, shown.n_rows() + self.test_rows().len() as u32, 1.0));
        let mut progress = Progress::new(&stages, host);
        let mut reference = match self.retrain_of(&selection) {
            Some(retrained) => Some(Reference::new(self, &retrained.model, &shown, host).await?),
            None => None,
        };
        let original = self.before(&shown, reference.as_ref(), request, &mut progress, host).await?;
        let watched = Watched::new(self, &shown, reference.as_ref());
        if request.eval_every > 0 {
            watched.tell(self, &self.original, 0, host).await?;
        }
        let users: Vec<u32> = self.split.train.iter().map(|sample| sample.user).collect();
        let unseen = self.unseen_rows();
        let parts = match &request.forget.any {
            Some(any) => requests(&self.split, &self.dataset, any)?,
            None => vec![selection.forget.clone()],
        };
        let world = World {
            original: &self.original,
            sets: Sets { encoded: &self.train, forget: &selection.forget, retain: &selection.retain },
            fresh: Fresh { encoded: &self.valid, rows: &unseen },
            requests: &parts,
            users: &users,
            dataset: &self.dataset,
            vocabulary: &self.vocabulary,
            training: &self.manifest.training,
            start: self.start.as_ref(),
            seed: request.seed,
            run: &self.run_id(request, &selection)?,
            resume,
            expected_rise: self.expected_rise(),
        };
        let every = request.eval_every;
        let start = host.now_ms();
        let outcome = carry_out(&plan, &world, &mut progress, host, async |model, step, last, host| {
            if every > 0 && (last || step.is_multiple_of(every)) { watched.tell(self, model, step, host).await } else { Ok(()) }
        })
        .await?;
        let Outcome { model, n_steps, trainable_params, aside_ms } = outcome;
        let seconds = (host.now_ms() - start - aside_ms) / 1000.0;
        if let (Plan::Retrain, None, Recommender::One(retrained)) = (&plan, &reference, &model) {
            // The first Retrain for this forget set is what others are measured against from now on.
            reference = Some(Reference::new(self, retrained, &shown, host).await?);
        }
        let mut done = self.evaluate(&model, &request.method, &shown, reference.as_ref(), request, None, &mut progress, host).await?;
        let n_rows = f64::from(shown.n_rows()) + self.test_rows().len() as f64;
        self.seconds_per_row = Some(progress.spent_ms(Phase::After, host) / 1000.0 / n_rows / model.n_members() as f64);
        done.seed = request.seed;
        done.params = params;
        done.seconds = seconds;
        done.steps = n_steps;
        done.trainable_params = trainable_params;
        done.peak_bytes = host.peak_bytes();
        done.gpu_bytes = self.device.memory_pool_usage().map(|usage| usage.bytes_reserved);
        let proxy = self.proxy(&original, &done, host).await?;
        let mut methods = vec![original];
        if let Some(reference) = &reference
            && self.retrain_of(&selection).is_some()
        {
            methods.push(self.retrain_figures(&shown, reference, request, &mut progress, host).await?);
        }
        let gap_closed = gap(&methods, &done);
        if let (Plan::Retrain, Recommender::One(retrained)) = (&plan, &model)
            && self.retrain_of(&selection).is_none()
        {
            let forget = selection.forget.clone();
            self.retrained.push(Retrained { forget, model: retrained.clone(), figures: Some(done.clone()), source: "this device" });
        }
        methods.push(done);
        let adapter_sha256 = match &model {
            Recommender::One(student) if student.has_adapter() => {
                self.adapter_of(student).await?.get(peft::WEIGHTS).map(|bytes| sha256(bytes))
            }
            _ => None,
        };
        self.unlearned = Some(model);
        let report = Report {
            gap_closed,
            methods,
            proxy,
            request: Some(request.clone()),
            floor: if standard { self.manifest.floor } else { None },
            floor_yes_no: if standard { self.manifest.floor_yes_no } else { None },
            adapter_sha256,
            ..self.report(&selection)
        };
        self.last = Some(report.clone());
        self.findings.clear();
        Ok(report)
    }

    /// Trains Retrain for a forget spec, keeps it for later runs instead of another, and measures it beside the original.
    ///
    /// # Errors
    /// As [`Lab::run`].
    pub async fn retrain<H: Host>(&mut self, forget: &ForgetSpec, seed: u32, host: &mut H) -> Result<Report> {
        let selection = self.select(forget)?;
        let (known, others) = std::mem::take(&mut self.retrained).into_iter().partition(|known| known.forget == selection.forget);
        self.retrained = others;
        let last = (self.unlearned.take(), self.last.take(), std::mem::take(&mut self.findings));
        let request = RunRequest { forget: forget.clone(), seed, method: "retrain".into(), ..Default::default() };
        let report = self.run(&request, host).await;
        (self.unlearned, self.last, self.findings) = last; // a reference is not a result
        if report.is_err() {
            self.retrained.extend::<Vec<_>>(known);
        }
        report
    }

    /// p(Yes) of a model for prompts.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn p_yes<H: Host>(&self, model: &Recommender, prompts: &Encoded, host: &mut H) -> Result<Vec<f64>> {
        prompts.check_lengths(self.manifest.config.max_tokens())?;
        let rows: Vec<u32> = (0..prompts.len() as u32).collect();
        let logits = model.answer_logits(prompts, &rows, host, |_, _| {}).await?;
        Ok(p_yes(&logits, self.width()))
    }

    /// p(Yes) of a model for candidates of one user: prompts that begin alike.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn p_yes_of_candidates<H: Host>(&self, model: &Recommender, prompts: &Encoded, host: &mut H) -> Result<Vec<f64>> {
        prompts.check_lengths(self.manifest.config.max_tokens())?;
        Ok(p_yes(&model.logits_after_shared(prompts, host).await?, self.width()))
    }

    /// The last run's adapter in PEFT's layout. That of a published model fits the published one: its embedding has all tokens, in the tokenizer's
    /// order.
    ///
    /// # Errors
    /// If there was no run, or its method made whole models instead of an adapter.
    pub async fn adapter(&self) -> Result<Files> {
        match &self.unlearned {
            Some(Recommender::One(student)) if student.has_adapter() => self.adapter_of(student).await,
            Some(_) => Err(Error::setting("adapter", "needs a method that trains one", "whole models")),
            None => Err(Error::setting("adapter", "needs a finished run", "none")),
        }
    }

    async fn adapter_of(&self, student: &Model) -> Result<Files> {
        let mut student = student.frozen();
        if let (Some(text), Some(n_tokens), Some(lora)) = (&self.manifest.text, self.n_published, &mut student.embedding_mut().lora) {
            *lora = lora.with_rows(&rows_by_id(&text.kept, n_tokens));
        }
        peft::write(&student, &self.manifest.name).await
    }

    /// The forgetting report of the last run, with what attacks on it found; `made` is when (ISO 8601).
    ///
    /// # Errors
    /// If there was no run.
    pub fn record(&self, made: &str) -> Result<serde_json::Value> {
        let run = self.last.as_ref().and_then(|report| Some((report, report.request.as_ref()?)));
        let (report, request) = run.ok_or_else(|| Error::setting("report", "needs a finished run", "none"))?;
        record(report, &self.evidence(&self.select(&request.forget)?), &self.findings, made)
    }

    /// Drops the last run and every Retrain made on this device.
    pub fn reset(&mut self) {
        (self.unlearned, self.last) = (None, None);
        self.findings.clear();
        self.retrained.retain(|retrained| retrained.source == "shipped");
    }

    /// Names a run by its request, model and rows.
    fn run_id(&self, request: &RunRequest, selection: &Selection) -> Result<String> {
        let asked = RunRequest { eval_every: 0, ..request.clone() };
        let what = serde_json::to_vec(&(asked, &self.manifest, self.train.len(), &selection.forget, selection.retain.len()));
        Ok(sha256(&what.map_err(|e| Error::Device(e.to_string()))?))
    }

    fn evidence(&self, selection: &Selection) -> Evidence {
        let rows = |rows: &[u32]| {
            let line = |row: &u32| {
                let Sample { user, item, rating, time, .. } = &self.split.train[*row as usize];
                format!("{user},{item},{rating},{time}\n")
            };
            sha256(rows.iter().map(line).collect::<String>().as_bytes())
        };
        let people: HashSet<u32> = selection.forget.iter().map(|row| self.split.train[*row as usize].user).collect();
        Evidence {
            data: self.loaded.data.clone(),
            manifest_sha256: self.loaded.manifest_sha256.clone(),
            forget_sha256: rows(&selection.forget),
            retain_sha256: rows(&selection.retain),
            people: people.len() as u32,
        }
    }

    fn all_train(&self) -> Vec<u32> {
        all(&self.train)
    }

    fn width(&self) -> usize {
        self.manifest.config.head_vocab_size()
    }

    fn report(&self, selection: &Selection) -> Report {
        Report {
            version: 1,
            dataset: self.dataset.name.clone(),
            model: self.manifest.name.clone(),
            device: self.device_name.clone(),
            sizes: self.sizes(selection),
            baseline: self.baseline,
            evaluated_rows: self.evaluated_rows(selection),
            unknown_tokens: self.vocabulary.text().map(|text| text.n_unknown()),
            ..Default::default()
        }
    }

    fn is_standard(&self, selection: &Selection) -> Result<bool> {
        Ok(self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?.forget == selection.forget)
    }

    fn retrain_of(&self, selection: &Selection) -> Option<&Retrained> {
        self.retrained.iter().rev().find(|retrained| retrained.forget == selection.forget)
    }
}

/// The model of a package without any data, and its manifest; resident as suits its size if nothing is said.
///
/// # Errors
/// If the package is damaged.
pub fn open_model(package: &Files, residency: Option<Residency>, device: &Device) -> Result<(Manifest, Model)> {
    let manifest = Manifest::read(package)?;
    let residency = residency.unwrap_or_else(|| Residency::suited_to(&manifest.config));
    let model = weights::load(MODEL, file(package, MODEL)?, &manifest.config, manifest.bits()?, residency, device)?;
    Ok((manifest, model))
}
/// p(Yes) by softmax over {Yes, No}, per row of logits `[rows, width]`.
pub(crate) fn p_yes(logits: &[f32], width: usize) -> Vec<f64> {
    logits.chunks_exact(width).map(|row| 1.0 / (1.0 + f64::from(row[NO as usize] - row[YES as usize]).exp())).collect()
}

fn gap(methods: &[MethodFigures], done: &MethodFigures) -> Option<f64> {
    let auc = |id: &str| methods.iter().find(|m| m.id == id).and_then(|m| m.forget.auc);
    metric::gap_closed(auc("original")?, auc("retrain")?, done.forget.auc?)
}

fn labels(encoded: &Encoded, rows: &[u32]) -> Vec<bool> {
    rows.iter().map(|row| encoded.labels[*row as usize]).collect()
}

fn all(encoded: &Encoded) -> Vec<u32> {
    all_of(encoded.len())
}

fn all_of(n: usize) -> Vec<u32> {
    (0..n as u32).collect()
}

/// At most `n` rows, evenly spaced.
pub(crate) fn every_nth(rows: &[u32], n: usize) -> Vec<u32> {
    if rows.len() <= n { rows.to_vec() } else { (0..n).map(|i| rows[i * rows.len() / n]).collect() }
}

/// Named values of a request, as a map.
pub fn params(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect()
}
