//! Reading an adapter's folder.

use crate::io;
use anyhow::{Result, bail};
use std::path::Path;
use unlearn_core::host::Files;
use unlearn_core::package::{manifest, peft};

/// Reads PEFT's two files from a folder, or from beside one of them.
pub fn read(path: &Path) -> Result<Files> {
    let is_one = path.is_file() && path.file_name().is_some_and(|name| name == peft::CONFIG || name == peft::WEIGHTS);
    let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = if is_one { parent } else { path };
    for name in [peft::CONFIG, peft::WEIGHTS] {
        if !folder.join(name).is_file() {
            bail!(
                "{}: an adapter must have {} and {}; {name} is missing{}",
                folder.display(),
                peft::CONFIG,
                peft::WEIGHTS,
                instead(folder, name)
            );
        }
    }
    [peft::CONFIG, peft::WEIGHTS].into_iter().map(|name| Ok((name.to_owned(), io::read(&folder.join(name))?))).collect()
}

/// What the folder has in the place of a missing file, and what to do.
fn instead(folder: &Path, missing: &str) -> String {
    let has = |name: &str| folder.join(name).is_file();
    if !folder.is_dir() {
        return ", since there is no such folder".into();
    }
    if missing == peft::WEIGHTS
        && let Some(pickle) = ["adapter_model.bin", "adapter_model.pt"].into_iter().find(|name| has(name))
    {
        return format!(
            ". {pickle} is there, a pickle, which is not read since it may run any program; save the adapter as safetensors: \
             PeftModel.from_pretrained(BASE, FOLDER).save_pretrained(FOLDER)"
        );
    }
    if has(manifest::MANIFEST) {
        return ". This is a model package: name the package first, then the adapter".into();
    }
    String::new()
}
