//! A session on data without a package: Original is first trained on this device.

use super::state::Session;
use crate::data::DataHash;
use crate::data::batch::{Encoded, LengthCounts};
use crate::data::interaction::SourceFile;
use crate::data::read_spec::ReadSpec;
use crate::data::source::read_dataset_as;
use crate::data::split::split;
use crate::data::tokenizer::ItemVocabulary;
use crate::data::vocabulary::Vocabulary;
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::host::{Files, Host};
use crate::linear::Bits;
use crate::model::PretrainSpec;
use crate::package::cross_fit::CrossFit;
use crate::package::manifest::{FORMAT, MANIFEST, MODEL, Manifest, TOKENIZER};
use crate::package::weights;
use crate::report::Proxy;
use crate::train::cross_fit::{PEOPLE_SEEDS, cross_fit, folds as fold_of_people};
use crate::train::pretrain::{nano_spec, pretrain};
use crate::{Error, Result};
use burn::tensor::Device;
use std::collections::BTreeMap;

/// What a model of one's own is trained on and how.
#[derive(Debug, Clone, Default)]
pub struct TrainSpec {
    /// How the files are read.
    pub read: ReadSpec,
    /// Seed of initialisation, order and dropout.
    pub seed: u32,
    /// Epochs over the data.
    pub epochs: u32,
    /// Further models to train, each without a part of the people; 0 for none.
    pub folds: u32,
}

impl Session {
    /// Trains Original on the user's own data, with settings suited to that kind of data, and loads it like a package. With at least two folds, as many
    /// further models are trained, each without a part of the people, so that whole people can be forgotten as far as is expected.
    ///
    /// It has no Retrain and no shipped figures; [`Session::retrain`] and the first run provide them.
    ///
    /// # Errors
    /// If the data cannot be read or split, the device fails or the host cancels.
    pub async fn train(data: &[SourceFile], spec: &TrainSpec, device: &Device, device_name: &str, host: &mut dyn Host) -> Result<Self> {
        let TrainSpec { seed, epochs, folds, .. } = *spec;
        let dataset = read_dataset_as(data, &spec.read)?;
        let split = split(&dataset)?;
        let tokenizer = ItemVocabulary::json_of(&dataset);
        let vocabulary = Vocabulary::from(ItemVocabulary::from_json(tokenizer.as_bytes())?);
        let encoded = Encoded::new(&split.train, &split, &vocabulary);
        let rows: Vec<u32> = (0..encoded.len() as u32).collect();
        let training = PretrainSpec { seed, epochs, ..PretrainSpec::suited_to(&dataset) };
        let shape = nano_spec(vocabulary.len());
        let folds = folds.min(split.train_users.len() as u32); // none is without everybody
        let n_steps = |rows: usize| (LengthCounts::of_one_length(rows).n_batches(training.batch) as u32).saturating_mul(epochs);
        let of_folds = if folds > 1 { folds * n_steps(rows.len() - rows.len() / folds as usize) } else { 0 };
        let mut progress = Progress::new(&[(Phase::Retrain, n_steps(rows.len()) + of_folds, 1.0)], host);
        progress.begin_part(Phase::Retrain);
        let report = |host: &mut dyn Host, step, total| progress.at(Phase::Retrain, step, total, host);
        let model = pretrain(&shape, &training, &dataset, vocabulary.items()?, &encoded, &rows, device, host, report).await?;
        let mut cross_fit_answers = None;
        if folds > 1 {
            let people: Vec<u32> = split.train.iter().map(|sample| sample.user).collect();
            let fit = async |rows: Vec<u32>, fold: u32, host: &mut dyn Host| {
                let spec = PretrainSpec { seed: seed.wrapping_add(PEOPLE_SEEDS + fold), ..training.clone() };
                progress.begin_part(Phase::Retrain);
                let report = |host: &mut dyn Host, step, total| progress.at(Phase::Retrain, step, total, host);
                Ok(pretrain(&shape, &spec, &dataset, vocabulary.items()?, &encoded, &rows, device, host, report).await?.into())
            };
            let by_person = cross_fit(&encoded, &fold_of_people(&people, folds, seed), host, fit).await?;
            cross_fit_answers = Some(CrossFit { by_person, by_row: None });
        }
        let manifest = Manifest {
            format: FORMAT,
            name: format!("own-{}", dataset.name),
            data: Some(DataHash::of(&dataset)),
            source: None,
            dataset: dataset.name,
            licence: "the data's own terms".into(),
            config: model.spec.clone().into(),
            quantisation: "q8".into(),
            training,
            files: BTreeMap::new(),
            figures: Vec::new(),
            floor: None,
            floor_yes_no: None,
            cross_fit_error: None,
            baseline: None,
            proxy: Proxy::default(),
            text: None,
            read: spec.read.clone(),
        };
        let manifest = serde_json::to_vec(&manifest).map_err(Error::json("the manifest"))?;
        let files = Files::from([
            (MODEL.to_owned(), weights::write(&model, Bits::Eight).await?),
            (TOKENIZER.to_owned(), tokenizer.into_bytes()),
            (MANIFEST.to_owned(), manifest),
        ]);
        let mut session = Self::load(&files, data, device, device_name)?;
        session.cross_fit = cross_fit_answers;
        session.measure_original(host).await?;
        Ok(session)
    }
}
