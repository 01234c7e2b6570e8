//! A lab on data that no package was made for: Original is trained on this device first.

use super::Lab;
use crate::data::batch::Encoded;
use crate::data::interaction::SourceFile;
use crate::data::source::read_dataset;
use crate::data::split::split;
use crate::data::tokenizer::ItemVocabulary;
use crate::data::vocabulary::Vocabulary;
use crate::linear::Bits;
use crate::package::manifest::{FORMAT, MANIFEST, MODEL, Manifest, TOKENIZER};
use crate::package::{Files, weights};
use crate::report::Proxy;
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::pretrain::{PretrainSpec, pretrain};
use crate::train::progress::Progress;
use crate::{Error, Result};
use burn::tensor::Device;
use std::collections::BTreeMap;

impl Lab {
    /// Trains Original on the user's own data, with the settings that suit data of its kind, and loads it as a package is loaded.
    ///
    /// There is no Retrain and no figure that is shipped: they come with [`Lab::retrain`] and the first run.
    ///
    /// # Errors
    /// If the data cannot be read or divided, the device fails or the host cancels.
    pub async fn train<H: Host>(
        data: &[SourceFile],
        seed: u32,
        epochs: u32,
        device: &Device,
        device_name: &str,
        host: &mut H,
    ) -> Result<Self> {
        let dataset = read_dataset(data)?;
        let split = split(&dataset)?;
        let tokenizer = ItemVocabulary::json_of(&dataset);
        let vocabulary = Vocabulary::from(ItemVocabulary::from_json(tokenizer.as_bytes())?);
        let encoded = Encoded::new(&split.train, &split, &vocabulary);
        let rows: Vec<u32> = (0..encoded.len() as u32).collect();
        let training = PretrainSpec { seed, epochs, ..PretrainSpec::suited_to(&dataset) };
        let mut progress = Progress::new(&[(Phase::Retrain, 1, 1.0)], host);
        let tell = |host: &mut H, step, total| progress.at(Phase::Retrain, step, total, host);
        let model = pretrain(&training, &dataset, vocabulary.items()?, &encoded, &rows, device, host, tell).await?;
        let manifest = Manifest {
            format: FORMAT,
            name: format!("own-{}", dataset.name),
            dataset: dataset.name,
            licence: "the data's own terms".into(),
            config: model.spec.clone().into(),
            quantisation: "q8".into(),
            training,
            files: BTreeMap::new(),
            figures: Vec::new(),
            floor: None,
            floor_yes_no: None,
            baseline: None,
            proxy: Proxy::default(),
            text: None,
        };
        let manifest = serde_json::to_vec(&manifest).map_err(|e| Error::package(MANIFEST, e.to_string()))?;
        let files = Files::from([
            (MODEL.to_owned(), weights::write(&model, Bits::Eight).await?),
            (TOKENIZER.to_owned(), tokenizer.into_bytes()),
            (MANIFEST.to_owned(), manifest),
        ]);
        Self::load(&files, data, device, device_name)
    }
}
