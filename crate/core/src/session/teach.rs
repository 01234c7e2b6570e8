//! Teaching a model one more person: their ratings are added to the data, and the model is tuned on them by an adapter that is merged. The taught model
//! takes Original's place, so that it can be made to forget them.
//!
//! A few of the others' rows are repeated beside theirs, or the model would forget how to answer anybody else. What the model answered before is kept:
//! for these rows it is exactly what a model that never saw the person answers, so a run that forgets them is calibrated by it and not by an estimate.

use super::state::Session;
use super::teach_report::TeachReport;
use crate::data::batch::{Encoded, LengthCounts};
use crate::data::interaction::SourceFile;
use crate::data::personal::{Person, place};
use crate::data::{DataHash, every_nth};
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::host::{Files, Host};
use crate::linear::Bits;
use crate::metric::{Quality, quality};
use crate::model::PretrainSpec;
use crate::package::cross_fit::CROSS_FIT;
use crate::package::manifest::{MANIFEST, MODEL, RETRAIN};
use crate::package::person::{PERSON, Taught};
use crate::package::{sha256, weights};
use crate::report::Proxy;
use crate::tensor::random::SeedRng;
use crate::train::tune::{Start, tune};
use crate::unlearn::Recommender;
use crate::unlearn::engine::expected::Expected;
use crate::{Error, Result};
use burn::tensor::Device;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

/// Rows of other people on which it is told how well the model knows them.
const KNOWN_ROWS: usize = 2000;
/// Fewest rows of others in a pass.
const FEWEST_OTHERS: usize = 256;

/// How a person is taught.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct TeachSpec {
    /// Passes over the person's rows.
    pub passes: u32,
    /// Rows of other people for each of the person's, in every pass.
    pub others: u32,
    /// Rank of the adapter.
    pub rank: u32,
    /// Highest learning rate.
    pub lr: f64,
    /// Seed of the adapter and of the order of rows.
    pub seed: u32,
}

impl Default for TeachSpec {
    fn default() -> Self {
        Self { passes: 12, others: 16, rank: 8, lr: 1e-3, seed: 1 }
    }
}

impl TeachSpec {
    fn check(&self) -> Result<()> {
        let within = |what: &str, value: u32, range: std::ops::RangeInclusive<u32>| {
            let rule = format!("must be {} to {}", range.start(), range.end());
            if range.contains(&value) { Ok(()) } else { Err(Error::setting(what, rule, value)) }
        };
        within("passes", self.passes, 1..=200)?;
        within("others", self.others, 0..=50)?;
        within("rank", self.rank, 1..=64)?;
        if self.lr > 0.0 && self.lr <= 0.1 { Ok(()) } else { Err(Error::setting("lr", "must be above 0 and at most 0.1", self.lr)) }
    }
}

impl Session {
    /// Teaches a package's model one more person. Returns the session with the taught model, what that did, and the files of its package.
    ///
    /// The package's Retrain and figures are not of the new data and are left out.
    ///
    /// # Errors
    /// If the person cannot be added to the data, the model is a language model or was taught somebody already, the device fails or the host cancels.
    pub async fn teach(
        package: &Files,
        data: &[SourceFile],
        person: &Person,
        spec: &TeachSpec,
        device: &Device,
        device_name: &str,
        host: &mut dyn Host,
    ) -> Result<(Self, TeachReport, Files)> {
        spec.check()?;
        if package.contains_key(PERSON) {
            return Err(Error::setting(
                "model",
                "must not have been taught a person yet: begin with the package that it was made from",
                PERSON,
            ));
        }
        let mut files: Files =
            package.iter().filter(|(name, _)| *name != RETRAIN).map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
        let mut base = Self::load(&files, data, device, device_name)?;
        if let Some(why) = &base.data_mismatch {
            return Err(Error::setting("data", "must be those that the model was made with", why));
        }
        let Some(items) = base.vocabulary.items().ok().filter(|_| base.manifest.text.is_none()) else {
            let rule = "must have a token for every item: a language model is not taught a person on the device";
            return Err(Error::setting("model", rule, &base.manifest.name));
        };
        if let Some(unknown) = person.ratings.iter().find(|rating| !items.knows(rating.item)) {
            return Err(Error::setting("ratings.item", "must be an item that the model has a token for", unknown.item));
        }
        let others_before = base.test_quality(host).await?;
        let known_of_others = base.known_of_others(host).await?;

        let placed = place(person, &mut base.dataset, &mut base.split)?;
        let encoded = Encoded::new(&base.split.train, &base.split, &base.vocabulary);
        let rows: Vec<u32> = placed.rows.clone().collect();
        base.train = encoded;
        let untaught = base.log_odds(&base.original, &rows, host).await?;
        let truth = base.train.truth(&rows);
        let before = of_answers(&untaught, &truth);

        let mixed = mixed_rows(&rows, placed.rows.start, spec);
        let training = PretrainSpec {
            epochs: 1,
            batch: 32,
            lr: spec.lr,
            weight_decay: 0.0,
            auxiliary: 0.0,
            seed: spec.seed,
            ..PretrainSpec::default()
        };
        let steps = LengthCounts::new(&base.train, &mixed).n_batches(training.batch) as u32;
        let start = Start { model: base.original.clone(), rank: Some(spec.rank as usize) };
        let mut progress = Progress::new(&[(Phase::Retrain, steps, 1.0)], host);
        progress.begin_part(Phase::Retrain);
        let began = host.now_ms();
        let tell = |host: &mut dyn Host, step, total| progress.at(Phase::Retrain, step, total, host);
        let taught = tune(&training, &start, &base.train, &mixed, host, tell).await?;
        let seconds = (host.now_ms() - began) / 1000.0;

        files.insert(MODEL.into(), weights::write(&taught, Bits::Eight).await?);
        files.insert(PERSON.into(), Taught { person: person.clone(), untaught }.write()?);
        let mut manifest = base.manifest.clone();
        manifest.name = format!("{}-taught", manifest.name);
        manifest.source = None;
        manifest.data = Some(DataHash::of(&base.dataset));
        manifest.figures.clear();
        (manifest.floor, manifest.floor_yes_no, manifest.baseline, manifest.proxy) = (None, None, None, Proxy::default());
        "q8".clone_into(&mut manifest.quantisation);
        files.remove(MANIFEST);
        // The card and the licence are of the package before.
        files.retain(|name, _| !name.ends_with(".md"));
        manifest.files = files.iter().map(|(name, bytes)| (name.clone(), sha256(bytes))).collect();
        // The page gives the cross-fitted answers later.
        if let Some(hash) = base.manifest.files.get(CROSS_FIT) {
            manifest.files.entry(CROSS_FIT.into()).or_insert_with(|| hash.clone());
        }
        files.insert(MANIFEST.into(), serde_json::to_vec_pretty(&manifest).map_err(Error::json("the manifest"))?);
        let mut session = Self::load(&files, data, device, device_name)?;
        session.measure_original(host).await?;

        let after = of_answers(&session.log_odds(&session.original, &rows, host).await?, &truth);
        let report = TeachReport {
            user: placed.user,
            n_ratings: session.ratings_of(placed.user)?.len() as u32,
            n_rows: rows.len() as u32,
            before,
            after,
            others_before,
            others_after: session.original_quality.as_ref().map(|known| known.test).unwrap_or_default(),
            known: before.logloss - after.logloss,
            known_of_others,
            steps,
            seconds,
        };
        session.taught.iter_mut().for_each(|taught| taught.report = Some(report.clone()));
        Ok((session, report, files))
    }

    /// Quality on the test rows.
    async fn test_quality(&self, host: &mut dyn Host) -> Result<Quality> {
        self.quality_of(&Recommender::from(self.original.clone()), &self.test, &self.test_rows(), host, |_, _| {}).await
    }

    /// How much lower Original's loss on its training rows is than that of models that never saw their people.
    async fn known_of_others(&self, host: &mut dyn Host) -> Result<Option<f64>> {
        let Some(known) = &self.cross_fit else { return Ok(None) };
        let rows = every_nth(&self.all_train(), KNOWN_ROWS);
        let truth = self.train.truth(&rows);
        let unseen = Expected { log_odds: rows.iter().map(|row| known.by_person[*row as usize]).collect() };
        let own = Expected { log_odds: self.log_odds(&self.original, &rows, host).await? };
        Ok(Some(unseen.logloss(&truth) - own.logloss(&truth)))
    }
}

/// The person's rows as often as they are passed over, and rows of others in between.
fn mixed_rows(rows: &[u32], n_others: u32, spec: &TeachSpec) -> Vec<u32> {
    let mut rng = SeedRng::seed_from_u64(u64::from(spec.seed));
    let mut others: Vec<u32> = (0..n_others).collect();
    others.shuffle(&mut rng);
    let n = if spec.others == 0 { 0 } else { (rows.len() * spec.others as usize).max(FEWEST_OTHERS) * spec.passes as usize };
    let own = (0..spec.passes).flat_map(|_| rows.iter().copied());
    own.chain(others.iter().copied().cycle().take(if others.is_empty() { 0 } else { n })).collect()
}

fn of_answers(log_odds: &[f64], truth: &[bool]) -> Quality {
    quality(&Expected { log_odds: log_odds.to_vec() }.p_yes(), truth)
}
