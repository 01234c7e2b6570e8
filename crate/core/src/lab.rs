//! A model, the data it was trained on, and what can be asked of them: the one engine behind the page and the command line.

mod measure;

use crate::data::batch::Encoded;
use crate::data::interaction::{Dataset, SourceFile};
use crate::data::source::read_dataset;
use crate::data::split::{Sample, Selection, Split, select, split};
use crate::data::tokenizer::{NO, Vocabulary, YES};
use crate::linear::Bits;
use crate::metric;
use crate::model::Decoder;
use crate::package::manifest::{MODEL, Manifest, RETRAIN, TOKENIZER};
use crate::package::weights::{self, Residency};
use crate::package::{Files, file, peft};
use crate::report::{ForgetFigures, ForgetSpec, MethodFigures, Proxy, Quality, Report, RunRequest, SetSizes};
use crate::train::event::{Event, Phase};
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::progress::Progress;
use crate::unlearn::plan::{Plan, Setting};
use crate::unlearn::run::{Outcome, Sets, World, carry_out};
use crate::unlearn::{Params, Recommender, method};
use crate::{Error, Result};
use burn::tensor::Device;
use std::collections::{BTreeMap, HashSet};

/// Rows of a figure taken in the middle of a run.
const WATCHED: usize = 1000;
/// Retain rows of the final figures.
const RETAIN_SHOWN: usize = 2000;
/// Rows of unseen users for the proxy.
const PROXY_ROWS: usize = 2000;

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
    pub original: Decoder,
    /// What the last run left, if there was one.
    pub unlearned: Option<Recommender>,
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
}

/// Figures that do not depend on what is forgotten.
#[derive(Debug, Clone, Copy)]
struct Known {
    test: Quality,
    valid: Option<Quality>,
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
    model: Decoder,
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
        let manifest = Manifest::read(model)?;
        let dataset = read_dataset(data)?;
        if dataset.name != manifest.dataset {
            return Err(Error::package(
                "manifest.json",
                format!("the model was trained on `{}`, the data are `{}`", manifest.dataset, dataset.name),
            ));
        }
        let split = split(&dataset)?;
        let vocabulary = Vocabulary::from_json(file(model, TOKENIZER)?)?;
        if vocabulary.len() != manifest.config.vocab_size {
            return Err(Error::package(TOKENIZER, format!("must have {} tokens, got {}", manifest.config.vocab_size, vocabulary.len())));
        }
        let bits = bits(&manifest)?;
        let original = weights::load(MODEL, file(model, MODEL)?, &manifest.config, bits, Residency::Dense, device)?;
        let encode = |samples: &[Sample]| Encoded::new(samples, &split, &vocabulary);
        let (train, valid, test) = (encode(&split.train), encode(&split.valid), encode(&split.test));
        let mut lab = Self {
            manifest,
            dataset,
            split,
            vocabulary,
            original,
            unlearned: None,
            device: device.clone(),
            device_name: device_name.to_owned(),
            train,
            valid,
            test,
            retrained: Vec::new(),
            seconds_per_row: None,
            original_quality: None,
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
        let model = weights::load(RETRAIN, bytes, &self.manifest.config, bits(&self.manifest)?, Residency::Dense, &self.device)?;
        let forget = self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?.forget;
        let figures = self.shipped("retrain").cloned();
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

    /// Rows that final figures are taken on beside the test set.
    fn n_shown(&self, selection: &Selection) -> u32 {
        (selection.forget.len() + RETAIN_SHOWN.min(selection.retain.len())) as u32
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
        let shown = f64::from(self.n_shown(selection)) + self.test.len() as f64;
        Ok(Some(Cost { run: row * (passes(&plan) + shown), retrain: row * (passes(&Plan::Retrain) + shown) }))
    }

    /// Times a forward pass on a few rows, for [`Lab::cost`].
    ///
    /// # Errors
    /// If the device fails.
    pub async fn time<H: Host>(&mut self, host: &mut H) -> Result<()> {
        let rows = every_nth(&all(&self.test), 256);
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
        let selection = self.select(&request.forget)?;
        let (plan, setting, params) = self.plan(request, &selection)?;
        let standard = self.is_standard(&selection)?;
        let mut stages = vec![(Phase::Before, self.n_shown(&selection), 1.0)];
        stages.extend(plan.stages(&setting));
        stages.push((Phase::After, self.n_shown(&selection) + self.test.len() as u32, 1.0));
        let mut progress = Progress::new(&stages, host);
        let mut retrain_logits = match self.retrain_of(&selection) {
            Some(retrained) => Some(answer_logits(&retrained.model, &self.train, &selection.forget, host, |_, _| {}).await?),
            None => None,
        };
        let original = self.before(&selection, retrain_logits.as_deref(), request, &mut progress, host).await?;
        let watched = Watched::new(self, &selection, retrain_logits.as_deref());
        if request.eval_every > 0 {
            watched.tell(self, &self.original, 0, host).await?;
        }
        let users: Vec<u32> = self.split.train.iter().map(|sample| sample.user).collect();
        let world = World {
            original: &self.original,
            sets: Sets { encoded: &self.train, forget: &selection.forget, retain: &selection.retain },
            users: &users,
            dataset: &self.dataset,
            vocabulary: &self.vocabulary,
            training: &self.manifest.training,
            seed: request.seed,
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
        if let (Plan::Retrain, None, Recommender::One(retrained)) = (&plan, &retrain_logits, &model) {
            // The first Retrain for this forget set is what others are measured against from now on.
            retrain_logits = Some(answer_logits(retrained, &self.train, &selection.forget, host, |_, _| {}).await?);
        }
        let mut done =
            self.evaluate(&model, &request.method, &selection, retrain_logits.as_deref(), request, None, &mut progress, host).await?;
        let shown = f64::from(self.n_shown(&selection)) + self.test.len() as f64;
        self.seconds_per_row = Some(progress.spent_ms(Phase::After, host) / 1000.0 / shown / model.n_members() as f64);
        done.seed = request.seed;
        done.params = params;
        done.seconds = seconds;
        done.steps = n_steps;
        done.trainable_params = trainable_params;
        done.peak_bytes = host.peak_bytes();
        done.gpu_bytes = self.device.memory_pool_usage().map(|usage| usage.bytes_reserved);
        let proxy = self.proxy(&original, &done, host).await?;
        let mut methods = vec![original];
        if let Some(logits) = retrain_logits
            && self.retrain_of(&selection).is_some()
        {
            methods.push(self.retrain_figures(&selection, &logits, request, &mut progress, host).await?);
        }
        let gap_closed = gap(&methods, &done);
        if let (Plan::Retrain, Recommender::One(retrained)) = (&plan, &model)
            && self.retrain_of(&selection).is_none()
        {
            let forget = selection.forget.clone();
            self.retrained.push(Retrained { forget, model: (**retrained).clone(), figures: Some(done.clone()), source: "this device" });
        }
        methods.push(done);
        let adapter_sha256 = match &model {
            Recommender::One(student) if student.has_adapter() => {
                peft::write(student, &self.manifest.name).await?.get(peft::WEIGHTS).map(|bytes| crate::package::sha256(bytes))
            }
            _ => None,
        };
        self.unlearned = Some(model);
        Ok(Report {
            gap_closed,
            methods,
            proxy,
            request: Some(request.clone()),
            floor: if standard { self.manifest.floor } else { None },
            adapter_sha256,
            ..self.report(&selection)
        })
    }

    /// Trains Retrain for a forget spec, keeps it for later runs instead of another, and measures it beside the original.
    ///
    /// # Errors
    /// As [`Lab::run`].
    pub async fn retrain<H: Host>(&mut self, forget: &ForgetSpec, seed: u32, host: &mut H) -> Result<Report> {
        let selection = self.select(forget)?;
        let (known, others) = std::mem::take(&mut self.retrained).into_iter().partition(|known| known.forget == selection.forget);
        self.retrained = others;
        let last = self.unlearned.take();
        let request = RunRequest { forget: forget.clone(), seed, method: "retrain".into(), ..Default::default() };
        let report = self.run(&request, host).await;
        self.unlearned = last; // a reference is not a result
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
        let rows: Vec<u32> = (0..prompts.len() as u32).collect();
        let logits = model.answer_logits(prompts, &rows, host, |_, _| {}).await?;
        Ok(p_yes(&logits, self.width()))
    }

    /// The last run's adapter in PEFT's layout.
    ///
    /// # Errors
    /// If there was no run, or its method made whole models instead of an adapter.
    pub async fn adapter(&self) -> Result<Files> {
        match &self.unlearned {
            Some(Recommender::One(student)) if student.has_adapter() => peft::write(student, &self.manifest.name).await,
            Some(_) => Err(Error::setting("adapter", "needs a method that trains one", "whole models")),
            None => Err(Error::setting("adapter", "needs a finished run", "none")),
        }
    }

    /// Drops the last run and every Retrain made on this device.
    pub fn reset(&mut self) {
        self.unlearned = None;
        self.retrained.retain(|retrained| retrained.source == "shipped");
    }

    fn width(&self) -> usize {
        self.manifest.config.head_vocab_size
    }

    fn report(&self, selection: &Selection) -> Report {
        Report {
            version: 1,
            dataset: self.dataset.name.clone(),
            model: self.manifest.name.clone(),
            device: self.device_name.clone(),
            sizes: self.sizes(selection),
            ..Default::default()
        }
    }

    fn is_standard(&self, selection: &Selection) -> Result<bool> {
        Ok(self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?.forget == selection.forget)
    }

    fn retrain_of(&self, selection: &Selection) -> Option<&Retrained> {
        self.retrained.iter().rev().find(|retrained| retrained.forget == selection.forget)
    }

    async fn retrain_figures<H: Host>(
        &self,
        selection: &Selection,
        logits: &[f32],
        request: &RunRequest,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<MethodFigures> {
        match self.retrain_of(selection) {
            Some(Retrained { figures: Some(figures), .. }) if !request.validate => Ok(figures.clone()),
            Some(retrained) => {
                let model = Recommender::from(retrained.model.clone());
                let mut figures = self.evaluate(&model, "retrain", selection, Some(logits), request, None, progress, host).await?;
                if let Some(known) = &retrained.figures {
                    (figures.seconds, figures.steps, figures.seed) = (known.seconds, known.steps, known.seed);
                }
                Ok(figures)
            }
            None => Err(Error::setting("retrain", "must have been trained", "none")),
        }
    }

    /// The original's figures for a selection: from the package where they are there, else measured, what does not depend on the selection once.
    async fn before<H: Host>(
        &mut self,
        selection: &Selection,
        retrain: Option<&[f32]>,
        request: &RunRequest,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<MethodFigures> {
        if let Some(figures) = self.shipped("original")
            && !request.validate
            && self.is_standard(selection)?
        {
            return Ok(figures.clone());
        }
        let shipped = self.shipped("original").map(|figures| Known { test: figures.test, valid: None });
        let known = self.original_quality.or(shipped).filter(|known| known.valid.is_some() || !request.validate);
        let model = Recommender::from(self.original.clone());
        let mut figures = self.evaluate(&model, "original", selection, retrain, request, known, progress, host).await?;
        if self.original_quality.is_none() && known.is_some() {
            figures.source = "this device, test set shipped".into();
            return Ok(figures);
        }
        self.original_quality = Some(Known { test: figures.test, valid: figures.valid.or(known.and_then(|known| known.valid)) });
        Ok(figures)
    }

    /// Final figures of a model; what is `known` is not measured again.
    #[expect(clippy::too_many_arguments, reason = "one private caller shape: what is measured, on what, against what")]
    async fn evaluate<H: Host>(
        &self,
        model: &Recommender,
        id: &str,
        selection: &Selection,
        retrain: Option<&[f32]>,
        request: &RunRequest,
        known: Option<Known>,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<MethodFigures> {
        let phase = if id == "original" { Phase::Before } else { Phase::After };
        let shown = every_nth(&selection.retain, RETAIN_SHOWN);
        let n_test = if known.is_some() { 0 } else { self.test.len() };
        let total = (selection.forget.len() + shown.len() + n_test) as u32;
        let forget_logits =
            model.answer_logits(&self.train, &selection.forget, host, |h, n| progress.at(phase, n as u32, total, h)).await?;
        let mut done = selection.forget.len();
        let retain = self.quality_of(model, &self.train, &shown, host, |h, n| progress.at(phase, (done + n) as u32, total, h)).await?;
        done += shown.len();
        let Known { test, valid } = match known {
            Some(known) => known,
            None => {
                let test = self
                    .quality_of(model, &self.test, &all(&self.test), host, |h, n| progress.at(phase, (done + n) as u32, total, h))
                    .await?;
                let valid = if request.validate {
                    Some(self.quality_of(model, &self.valid, &all(&self.valid), host, |_, _| {}).await?)
                } else {
                    None
                };
                Known { test, valid }
            }
        };
        let p = p_yes(&forget_logits, self.width());
        let labels = labels(&self.train, &selection.forget);
        Ok(MethodFigures {
            id: id.into(),
            test,
            valid,
            retain,
            forget: forget_figures(metric::quality(&p, &labels), &forget_logits, retrain, self.width()),
            histogram: metric::histogram(&p, &labels),
            source: "this device".into(),
            ..Default::default()
        })
    }

    async fn quality_of<H: Host>(
        &self,
        model: &Recommender,
        encoded: &Encoded,
        rows: &[u32],
        host: &mut H,
        progress: impl FnMut(&mut H, usize),
    ) -> Result<Quality> {
        let logits = model.answer_logits(encoded, rows, host, progress).await?;
        Ok(metric::quality(&p_yes(&logits, self.width()), &labels(encoded, rows)))
    }

    /// The rise of the forget-set log loss that Retrain brought when the package was made, nats.
    fn expected_rise(&self) -> Option<f64> {
        Some(self.shipped("retrain")?.forget.logloss - self.shipped("original")?.forget.logloss)
    }

    /// Forget-set loss beside that of validation users who have no training row.
    async fn proxy<H: Host>(&self, before: &MethodFigures, after: &MethodFigures, host: &mut H) -> Result<Proxy> {
        let (forget_before, forget_after) = (before.forget.logloss, after.forget.logloss);
        let expected = self.expected_rise().map(|rise| forget_before + rise);
        if self.manifest.proxy.unseen > 0.0 {
            return Ok(Proxy { forget_before, forget_after, expected, ..self.manifest.proxy });
        }
        let unseen = self.quality_of(&Recommender::from(self.original.clone()), &self.valid, &self.unseen_rows(), host, |_, _| {}).await?;
        Ok(Proxy { forget_before, forget_after, unseen: unseen.logloss, unseen_auc: unseen.auc, expected })
    }

    /// Validation rows of users with no training row, at most [`PROXY_ROWS`].
    fn unseen_rows(&self) -> Vec<u32> {
        let trained: HashSet<u32> = self.split.train_users.iter().copied().collect();
        let rows: Vec<u32> = (0..self.valid.len() as u32).filter(|row| !trained.contains(&self.split.valid[*row as usize].user)).collect();
        every_nth(&rows, PROXY_ROWS)
    }
}

/// The subset on which figures are taken while a run goes on.
struct Watched {
    test: Vec<u32>,
    forget: Vec<u32>,
    retrain: Option<Vec<f32>>,
}

impl Watched {
    fn new(lab: &Lab, selection: &Selection, retrain: Option<&[f32]>) -> Self {
        let width = lab.width();
        let positions = every_nth(&all_of(selection.forget.len()), WATCHED);
        let retrain = retrain.map(|logits| positions.iter().flat_map(|at| &logits[*at as usize * width..][..width]).copied().collect());
        let forget = positions.iter().map(|at| selection.forget[*at as usize]).collect();
        Self { test: every_nth(&all(&lab.test), WATCHED), forget, retrain }
    }

    async fn tell<H: Host>(&self, lab: &Lab, model: &Decoder, step: u32, host: &mut H) -> Result<()> {
        let test = lab.quality_of(&Recommender::from(model.clone()), &lab.test, &self.test, host, |_, _| {}).await?;
        let logits = answer_logits(model, &lab.train, &self.forget, host, |_, _| {}).await?;
        let quality = metric::quality(&p_yes(&logits, lab.width()), &labels(&lab.train, &self.forget));
        host.event(Event::Eval { step, test, forget: forget_figures(quality, &logits, self.retrain.as_deref(), lab.width()) });
        Ok(())
    }
}

fn bits(manifest: &Manifest) -> Result<Bits> {
    match manifest.quantisation.as_str() {
        "q8" => Ok(Bits::Eight),
        "q4" => Ok(Bits::Four),
        other => Err(Error::package("manifest.json", format!("quantisation must be q8 or q4, got `{other}`"))),
    }
}

/// p(Yes) by softmax over {Yes, No}, per row of logits `[rows, width]`.
fn p_yes(logits: &[f32], width: usize) -> Vec<f64> {
    logits.chunks_exact(width).map(|row| 1.0 / (1.0 + f64::from(row[NO as usize] - row[YES as usize]).exp())).collect()
}

fn forget_figures(quality: Quality, logits: &[f32], retrain: Option<&[f32]>, width: usize) -> ForgetFigures {
    let distances = retrain.map(|reference| metric::divergences(reference, logits, width, YES as usize, NO as usize));
    ForgetFigures {
        auc: quality.auc,
        acc: quality.acc,
        logloss: quality.logloss,
        jsd: distances.map(|d| d.full.jsd),
        sym_kl: distances.map(|d| d.full.sym_kl),
        l2: distances.map(|d| d.full.l2),
        yes_no: distances.map(|d| d.yes_no),
        ..Default::default()
    }
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
fn every_nth(rows: &[u32], n: usize) -> Vec<u32> {
    if rows.len() <= n { rows.to_vec() } else { (0..n).map(|i| rows[i * rows.len() / n]).collect() }
}

/// Named values of a request, as a map.
pub fn params(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect()
}
