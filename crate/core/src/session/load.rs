//! Loading a session from a model package and the data that the model was trained on.

use super::state::{Loaded, Retrained, Session, TaughtPerson};
use crate::baseline::logistic;
use crate::data::batch::Encoded;
use crate::data::interaction::SourceFile;
use crate::data::personal::place;
use crate::data::source::read_dataset_as;
use crate::data::split::{Sample, split};
use crate::data::text::{N_FIXED, Template, TextVocabulary, cut, needed_tokens};
use crate::data::tokenizer::ItemVocabulary;
use crate::data::vocabulary::Vocabulary;
use crate::data::{DataHash, ForgetSpec};
use crate::host::Files;
use crate::model::Network;
use crate::package::cross_fit::CROSS_FIT;
use crate::package::manifest::{MANIFEST, RETRAIN, START, TOKENIZER};
use crate::package::open::open_model;
use crate::package::person::{PERSON, Taught};
use crate::package::titles::TITLES;
use crate::package::vocabulary::is_whole;
use crate::package::weights::Residency;
use crate::package::{file, sha256, titles, weights};
use crate::record::FileHash;
use crate::train::tune::{Start, cut_down};
use crate::{Error, Result};
use burn::tensor::Device;
impl Session {
    /// Loads a model package and the data that the model was trained on. If the simple prompts of a published model are longer than its positions,
    /// the compact ones are used: `manifest.text` then says so.
    ///
    /// # Errors
    /// If either is damaged, or they do not belong together.
    pub fn load(model: &Files, data: &[SourceFile], device: &Device, device_name: &str) -> Result<Self> {
        Self::load_in(model, data, device, device_name, None)
    }

    /// [`Session::load`] with prompts in another wording than the package's.
    fn load_in(model: &Files, data: &[SourceFile], device: &Device, device_name: &str, wording: Option<Template>) -> Result<Self> {
        let (mut manifest, mut original) = open_model(model, None, device)?;
        if let (Some(wording), Some(text)) = (wording, &mut manifest.text) {
            text.template = wording;
        }
        let mut dataset = read_dataset_as(data, &manifest.read)?;
        dataset.titles = model.get(TITLES).map(|bytes| titles::read(bytes)).transpose()?;
        // A language model that was never tuned as a recommender belongs to no dataset.
        if dataset.name != manifest.dataset && !(manifest.dataset.is_empty() && manifest.text.is_some()) {
            return Err(Error::package(
                "manifest.json",
                format!("the model was trained on `{}`, the data are `{}`", manifest.dataset, dataset.name),
            ));
        }
        let mut split = split(&dataset)?;
        let taught = match model.get(PERSON).map(|bytes| Taught::read(bytes)).transpose()? {
            Some(_) if manifest.text.is_some() => {
                return Err(Error::package(PERSON, "is only read beside a model with a token for every item"));
            }
            Some(taught) => {
                let placed = place(&taught.person, &mut dataset, &mut split)?;
                taught.check(placed.rows.len())?;
                Some(TaughtPerson { user: placed.user, rows: placed.rows, untaught: taught.untaught, report: None })
            }
            None => None,
        };
        let data_hash = DataHash::of(&dataset);
        let data_mismatch = manifest.data_mismatch(&data_hash);
        if data_mismatch.is_some() {
            manifest.drop_figures();
        }
        let tokenizer = file(model, TOKENIZER)?;
        let mut n_published = None;
        let vocabulary: Vocabulary = match &mut manifest.text {
            Some(text) => {
                if manifest.dataset.is_empty() {
                    n_published = is_whole(&text.kept).then_some(text.kept.len());
                    // Prompts and answers of this dataset contain no other tokens: the rest would only cost memory and time.
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
        let fit = [&train, &valid, &test].into_iter().try_for_each(|set| set.check_lengths(manifest.config.max_tokens()));
        if let Err(too_long) = fit {
            // A model that was never tuned was tuned on no wording, so the shorter one serves it as well.
            let is_long = manifest.text.as_ref().is_some_and(|text| text.template == Template::Simple);
            if !manifest.dataset.is_empty() || !is_long {
                return Err(too_long);
            }
            return Self::load_in(model, data, device, device_name, Some(Template::Compact)).map_err(|_| too_long);
        }
        let hash = |file: &SourceFile| FileHash { name: file.name.clone(), bytes: file.bytes.len() as u64, sha256: sha256(&file.bytes) };
        let loaded = Loaded { data: data.iter().map(hash).collect(), manifest_sha256: sha256(file(model, MANIFEST)?) };
        let mut session = Self {
            loaded,
            manifest,
            dataset,
            data_hash,
            data_mismatch,
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
            cross_fit: None,
            taught,
            seconds_per_row: None,
            original_quality: None,
            compares_lists: false,
            original_lists: std::collections::BTreeMap::new(),
            baseline: None,
            baseline_missing: None,
        };
        let stated = session.manifest.text.as_ref().and_then(|text| text.eval_rows);
        session.eval_rows = stated.unwrap_or(session.affordable_rows()).max(1);
        let baseline = match session.manifest.baseline {
            Some(known) => Ok(known),
            None => logistic(&session.dataset, &session.split, &session.all_train()).map(|found| found.test),
        };
        session.baseline_missing = baseline.as_ref().err().map(ToString::to_string);
        session.baseline = baseline.ok();
        if let Some(bytes) = model.get(RETRAIN) {
            session.add_retrain(bytes)?;
        }
        if let Some(bytes) = model.get(CROSS_FIT) {
            session.add_cross_fit(bytes)?;
        }
        Ok(session)
    }

    /// Adds the package's Retrain, which may be loaded later than the rest. Does nothing if the data are not those it was trained on, since it may have
    /// seen people who are now to be forgotten.
    ///
    /// # Errors
    /// If the file's hash is not the manifest's.
    pub fn add_retrain(&mut self, bytes: &[u8]) -> Result<()> {
        self.manifest.verify(RETRAIN, bytes)?;
        if self.data_mismatch.is_some() {
            return Ok(());
        }
        let model = weights::load(RETRAIN, bytes, &self.manifest.config, self.manifest.bits()?, Residency::Dense, &self.device)?;
        let forget = self.select(&ForgetSpec { standard: Some(true), ..Default::default() })?.forget;
        let figures = self.shipped("retrain").filter(|_| self.shipped_rows).cloned();
        self.retrained.push(Retrained { forget, model, figures, source: "shipped" });
        Ok(())
    }
}
