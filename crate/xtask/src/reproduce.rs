//! The check that the page is reproducible from its source: two clean builds in two places must give the same bytes.

use crate::options::Options;
use crate::paths;
use crate::shell::{output, program, run, say};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const HELP: &str = "usage: cargo xtask reproduce [--only cpu|text|gpu]... [FOLDER]

Takes the last commit out of git twice, into two folders of different names, builds the page in each from nothing (own target
directory, own cache, own path of cargo's home) and compares the hash of every file. Prints what differs, and the hash of
integrity.json, which names a build. Takes twice the first build's time: an hour or more on two cores, and 5 GB in FOLDER
(default: the system's temporary folder). --only compares these engine modules alone. Nothing is downloaded twice.";

/// Runs `cargo xtask reproduce`.
pub fn command(options: &Options) -> Result<()> {
    let base = options.folder.clone().unwrap_or_else(std::env::temp_dir).join(format!("unlearn-lab-reproduce-{}", std::process::id()));
    // Paths of different length: a path that got into a file would shift what follows.
    let places = [base.join("here"), base.join("somewhere/else/altogether")];
    if !output(program("git").args(["status", "--porcelain", "--untracked-files=no"]))?.is_empty() {
        say("what is not committed is left out: the last commit is built");
    }
    // Read once, so that a commit during the first build cannot make the builds differ.
    let commit = output(program("git").args(["rev-parse", "HEAD"]))?.trim().to_owned();
    say(format!("commit {commit}"));
    let mut built = Vec::new();
    for place in &places {
        built.push(build(place, &commit, &options.only).with_context(|| format!("the build in {} is kept for a look", place.display()))?);
    }
    let differing = differences(&built[0], &built[1]);
    if !differing.is_empty() {
        bail!(
            "{} of {} files differ, both builds are kept in {}:\n  {}",
            differing.len(),
            built[0].len(),
            base.display(),
            differing.join("\n  ")
        );
    }
    if let Some(seal) = built[0].get("integrity.json") {
        say(format!("integrity.json has the sha256 {seal}"));
    }
    say(format!("{} files, the same in both builds", built[0].len()));
    fs::remove_dir_all(&base).with_context(|| format!("cannot remove {}", base.display()))
}

/// Builds a commit in a folder; returns the hash of every file by its path.
fn build(place: &Path, commit: &str, only: &[String]) -> Result<BTreeMap<String, String>> {
    let source = place.join("source");
    fs::create_dir_all(&source).with_context(|| format!("cannot make {}", source.display()))?;
    let archive = place.join("source.tar");
    run(program("git").args(["archive", "--format", "tar", "--output"]).arg(&archive).arg(commit))?;
    run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&source))?;
    let cache = place.join("cache");
    fs::create_dir_all(&cache)?;
    link(&paths::tools(), &cache.join("tools"))?;
    let home = place.join("cargo");
    fs::create_dir_all(&home)?;
    for entry in fs::read_dir(paths::cargo_home()?).context("cannot read cargo's home")? {
        let entry = entry?;
        link(&entry.path(), &home.join(entry.file_name()))?;
    }
    say(format!("building in {}", source.display()));
    let xtask = |arguments: &[&str]| {
        let mut cargo = Command::new("cargo");
        // The variables that this process was started with belong to this checkout.
        let ours = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "TRUNK_"];
        for (name, _) in std::env::vars().filter(|(name, _)| ours.iter().any(|prefix| name.starts_with(prefix))) {
            cargo.env_remove(name);
        }
        cargo.env("UNLEARN_LAB_CACHE", &cache).env("CARGO_HOME", &home).current_dir(&source).stdin(Stdio::null());
        run(cargo.arg("xtask").args(arguments))
    };
    if only.is_empty() {
        xtask(&["build"])?;
    } else {
        xtask(&only.iter().fold(vec!["wasm"], |all, name| [all, vec!["--only", name]].concat()))?;
    }
    // Gigabytes that are no longer needed.
    fs::remove_dir_all(cache.join("target")).ok();
    hashes(&source.join("dist"))
}

/// Makes `from` a symbolic link to `to`, so that both paths have the same content.
fn link(to: &Path, from: &Path) -> Result<()> {
    std::os::unix::fs::symlink(to, from).with_context(|| format!("cannot link {} to {}", from.display(), to.display()))
}

/// The hash of every file in a folder, by its path.
pub fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            found.insert(name, Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect());
        }
    }
    if found.is_empty() {
        bail!("{} is empty: nothing was built, so nothing can be compared", folder.display());
    }
    Ok(found)
}

/// The files that only one of two builds has, or whose contents differ.
pub fn differences(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> Vec<String> {
    let mut all: Vec<&String> = a.keys().chain(b.keys()).collect();
    all.sort();
    all.dedup();
    all.into_iter().filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::differences;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_missing_or_other_differs() {
        let of =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect::<BTreeMap<_, _>>();
        let (a, b) = (of(&[("same", "1"), ("other", "1"), ("first", "1")]), of(&[("same", "1"), ("other", "2"), ("second", "1")]));
        assert_eq!(differences(&a, &b), ["first", "other", "second"]);
        assert!(differences(&a, &a).is_empty());
    }
}
