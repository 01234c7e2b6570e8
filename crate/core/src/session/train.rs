//! A session on data without a package: Original is first trained on this device.

use super::state::Session;
use crate::data::DataHash;
use crate::data::batch::Encoded;
use crate::data::interaction::SourceFile;
use crate::data::source::read_dataset;
use crate::data::split::split;
use crate::data::tokenizer::ItemVocabulary;
use crate::data::vocabulary::Vocabulary;
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::host::{Files, Host};
use crate::linear::Bits;
use crate::model::PretrainSpec;
use crate::package::manifest::{FORMAT, MANIFEST, MODEL, Manifest, TOKENIZER};
use crate::package::weights;
use crate::report::Proxy;
use crate::train::pretrain::pretrain;
use crate::{Error, Result};
use burn::tensor::Device;
use std::collections::BTreeMap;

impl Session {
    /// Trains Original on the user's own data, with settings suited to that kind of data, and loads it like a package.
    ///
    /// It has no Retrain and no shipped figures; [`Session::retrain`] and the first run provide them.
    ///
    /// # Errors
    /// If the data cannot be read or split, the device fails or the host cancels.
    pub async fn train(
        data: &[SourceFile],
        seed: u32,
        epochs: u32,
        device: &Device,
        device_name: &str,
        host: &mut dyn Host,
    ) -> Result<Self> {
        let dataset = read_dataset(data)?;
        let split = split(&dataset)?;
        let tokenizer = ItemVocabulary::json_of(&dataset);
        let vocabulary = Vocabulary::from(ItemVocabulary::from_json(tokenizer.as_bytes())?);
        let encoded = Encoded::new(&split.train, &split, &vocabulary);
        let rows: Vec<u32> = (0..encoded.len() as u32).collect();
        let training = PretrainSpec { seed, epochs, ..PretrainSpec::suited_to(&dataset) };
        let mut progress = Progress::new(&[(Phase::Retrain, 1, 1.0)], host);
        let report = |host: &mut dyn Host, step, total| progress.at(Phase::Retrain, step, total, host);
        let model = pretrain(&training, &dataset, vocabulary.items()?, &encoded, &rows, device, host, report).await?;
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
        };
        let manifest = serde_json::to_vec(&manifest).map_err(Error::json("the manifest"))?;
        let files = Files::from([
            (MODEL.to_owned(), weights::write(&model, Bits::Eight).await?),
            (TOKENIZER.to_owned(), tokenizer.into_bytes()),
            (MANIFEST.to_owned(), manifest),
        ]);
        Self::load(&files, data, device, device_name)
    }
}
