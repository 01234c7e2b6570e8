//! Finding and reading the files of a published checkpoint, as people have them: a file by what it holds, a folder by what is in it.

use crate::args::Usage;
use crate::io;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use unlearn_core::data::archive::{Limits, unpack};
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::sniff::{FileKind, sniff};
use unlearn_core::host::Files;
use unlearn_core::package::checkpoint::Checkpoint;
use unlearn_core::package::manifest::TOKENIZER;
use unlearn_core::package::parts::{check_whole, siblings};
use unlearn_core::package::{gguf, hf};

/// Maximum size of a weight file; it may be larger than a data set.
const MAX_BYTES: u64 = 4 << 30;

/// Reads the checkpoint at `source`. Its name is the checkpoint's own, else that of the folder or file.
pub fn read(source: &Path) -> Result<Checkpoint> {
    io::must_be_named(source)?;
    if !source.exists() {
        let is_hub_name = source.is_relative() && source.iter().count() == 2 && source.extension().is_none();
        let hint = if is_hub_name { "; nothing is fetched from the hub: download it first, and name its folder" } else { "" };
        bail!("{}: no such file or folder{hint}", io::reading(source));
    }
    let place = if source.is_dir() { snapshot(source)? } else { source.to_path_buf() };
    let mut model =
        if place.is_dir() { from_folder(&place) } else { from_file(&place) }.with_context(|| format!("importing {}", source.display()))?;
    model.name = model.name.or_else(|| own_name(source));
    Ok(model)
}

/// What the checkpoint is called where it lies: in the hub's cache by its name on the hub.
fn own_name(source: &Path) -> Option<String> {
    let whole = fs::canonicalize(source).ok()?;
    let folder = if whole.is_dir() { whole.as_path() } else { whole.parent()? };
    let parts = || folder.iter().map(|part| part.to_string_lossy());
    let cached = parts().find_map(|part| Some(part.strip_prefix("models--")?.replace("--", "/")));
    let name = if whole.is_dir() { folder.file_name()? } else { whole.file_stem()? };
    Some(cached.unwrap_or_else(|| name.to_string_lossy().into_owned()))
}

/// The folder that holds the files: of a model in the hub's cache, its only snapshot; else the only folder inside that is a model.
fn snapshot(folder: &Path) -> Result<PathBuf> {
    let snapshots = folder.join("snapshots");
    if !snapshots.is_dir() {
        let inner: Vec<PathBuf> =
            names_in(folder)?.iter().map(|name| folder.join(name)).filter(|path| path.join(hf::CONFIG).is_file()).collect();
        let has_model = names_in(folder)?.iter().any(|name| name == hf::CONFIG || name.to_lowercase().ends_with(".gguf"));
        return Ok(if let ([one], false) = (inner.as_slice(), has_model) { one.clone() } else { folder.to_path_buf() });
    }
    let found: Vec<PathBuf> = names_in(&snapshots)?.iter().map(|name| snapshots.join(name)).filter(|path| path.is_dir()).collect();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!("{}: the hub's cache has no snapshot of this model; download it again", folder.display()),
        _ => {
            let names: Vec<_> = found.iter().map(|path| path.display().to_string()).collect();
            bail!("{}: the hub's cache has {} snapshots of this model; name one: {}", folder.display(), names.len(), names.join(", "))
        }
    }
}

fn names_in(folder: &Path) -> Result<BTreeSet<String>> {
    let listing = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    Ok(listing.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect::<std::io::Result<_>>()?)
}

fn from_folder(folder: &Path) -> Result<Checkpoint> {
    let names: BTreeSet<String> = names_in(folder)?.into_iter().filter(|name| folder.join(name).is_file()).collect();
    let ggufs: Vec<&String> = names.iter().filter(|name| name.to_lowercase().ends_with(".gguf")).collect();
    if !names.contains(hf::CONFIG) && !ggufs.is_empty() {
        let is_one = ggufs.len() == 1 || siblings(ggufs[0]).is_some_and(|parts| ggufs.iter().all(|name| parts.contains(name)));
        let listed: Vec<_> = ggufs.iter().map(|name| name.as_str()).collect();
        ensure!(is_one, "{}: the folder has {} .gguf files; name one of them: {}", folder.display(), ggufs.len(), listed.join(", "));
        return from_gguf(&folder.join(ggufs[0]));
    }
    hf::check_names(&names)?;
    let index = names.contains(hf::INDEX).then(|| io::read_up_to(&folder.join(hf::INDEX), MAX_BYTES)).transpose()?;
    let weights = hf::weight_files(index.as_deref(), &names)?;
    let mut files = Files::new();
    let others = [hf::CONFIG, hf::INDEX, hf::CARD, TOKENIZER].map(str::to_owned);
    for name in others.iter().chain(&weights).filter(|name| names.contains(*name)) {
        files.insert(name.clone(), io::read_up_to(&folder.join(name), MAX_BYTES)?);
    }
    Ok(hf::checkpoint(&files)?)
}

/// Reads a file by its first bytes. Its ending is not asked: Ollama's store has none.
fn from_file(path: &Path) -> Result<Checkpoint> {
    let ends = |suffix: &str| path.to_string_lossy().to_lowercase().ends_with(suffix);
    let bytes = io::read_up_to(path, MAX_BYTES)?;
    match sniff(&bytes) {
        Some(FileKind::Gguf) if parts_of(path).is_none() => Ok(gguf::checkpoint(&bytes)?),
        Some(FileKind::Gguf) => {
            drop(bytes);
            from_gguf(path)
        }
        Some(FileKind::Zip) => Ok(from_archive(SourceFile { bytes, name: path.to_string_lossy().into_owned() })?),
        Some(FileKind::Safetensors) => {
            drop(bytes); // it is read once more, with the files beside it
            beside(path)
        }
        _ if path.file_name().is_some_and(|name| name == hf::CONFIG || name == hf::INDEX) => from_folder(folder_of(path)),
        Some(kind) => bail!("{}: the file {}", path.display(), kind.told()),
        None if ends(".gguf") => Ok(gguf::checkpoint(&bytes)?),
        None => {
            let hint = anyhow::anyhow!(
                "{}: must be a .gguf, a .whl, a .zip, a .safetensors beside its config.json, or a folder with config.json",
                path.display()
            );
            Err(hint.context(Usage))
        }
    }
}

/// The folder of a file, also where the path is a name alone.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The checkpoint that a weight file is a part of, read from its folder.
fn beside(path: &Path) -> Result<Checkpoint> {
    let folder = folder_of(path);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    ensure!(
        folder.join(hf::CONFIG).is_file(),
        "{}: the weights alone are no model: {} and {TOKENIZER} must be beside them; name their folder",
        path.display(),
        hf::CONFIG
    );
    let names = names_in(folder)?;
    let index = names.contains(hf::INDEX).then(|| io::read_up_to(&folder.join(hf::INDEX), MAX_BYTES)).transpose()?;
    let used = hf::weight_files(index.as_deref(), &names)?;
    ensure!(
        used.contains(&name),
        "{}: the folder's model is in {}; name the folder",
        path.display(),
        used.into_iter().collect::<Vec<_>>().join(", ")
    );
    from_folder(folder)
}

/// The names of all parts of the split model that a file is a part of.
fn parts_of(path: &Path) -> Option<Vec<String>> {
    siblings(&path.file_name()?.to_string_lossy())
}

/// A GGUF file, with the other parts of a split model from beside it.
fn from_gguf(path: &Path) -> Result<Checkpoint> {
    let Some(names) = parts_of(path) else { return Ok(gguf::checkpoint(&io::read_up_to(path, MAX_BYTES)?)?) };
    let paths: Vec<PathBuf> = names.iter().map(|name| path.with_file_name(name)).collect();
    let missing: Vec<&str> = paths.iter().zip(&names).filter(|(path, _)| !path.is_file()).map(|(_, name)| name.as_str()).collect();
    ensure!(
        missing.is_empty(),
        "{}: the model is split into {} parts, and {} missing; put all parts into one folder: {}",
        path.display(),
        names.len(),
        if missing.len() == 1 { "one is" } else { "some are" },
        missing.join(", ")
    );
    let parts = paths.iter().map(|path| io::read_up_to(path, MAX_BYTES)).collect::<Result<Vec<_>>>()?;
    Ok(gguf::checkpoint_of(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())?)
}

/// The checkpoint in an archive: its only .gguf or all parts of one, or the files next to its only config.json.
fn from_archive(archive: SourceFile) -> unlearn_core::Result<Checkpoint> {
    let limits = Limits { n_entries: 10_000, file_bytes: MAX_BYTES, total_bytes: MAX_BYTES, ratio: 100 };
    let wanted = |name: &str| [".gguf", ".safetensors", hf::CONFIG, hf::CARD, hf::INDEX, TOKENIZER].iter().any(|end| name.ends_with(end));
    let mut found = unpack(&archive, wanted, &limits)?;
    drop(archive.bytes);
    let refuse = |rule: &str, got: usize| Err(unlearn_core::Error::data(&archive.name, 0, rule, got));
    let ggufs: Vec<String> = found.iter().map(|file| file.name.clone()).filter(|name| name.ends_with(".gguf")).collect();
    if !ggufs.is_empty() {
        check_whole(&ggufs)?;
        found.retain(|file| ggufs.contains(&file.name));
        return gguf::checkpoint_of(&found.iter().map(|file| file.bytes.as_slice()).collect::<Vec<_>>());
    }
    let folder = |name: &str| name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let configs: Vec<_> =
        found.iter().filter(|file| file.name.rsplit('/').next() == Some(hf::CONFIG)).map(|file| folder(&file.name)).collect();
    let [only] = configs.as_slice() else {
        return refuse("an archive must hold one .gguf, or one config.json with its weights", configs.len());
    };
    let beside = found.into_iter().filter(|file| folder(&file.name) == *only);
    hf::checkpoint(&beside.map(|file| (file.name.rsplit('/').next().unwrap_or_default().to_owned(), file.bytes)).collect())
}
