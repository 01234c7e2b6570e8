//! Staging of the page: a version is assembled beside the one that is served, and replaces it as a whole.

use crate::paths;
use crate::shell::{program, run};
use crate::variant::GPU;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a page lacks the GPU module.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Gpu {
    Here,
    /// It is still being built: another version of the page follows.
    Coming,
    /// It could not be built.
    Missing,
}

/// Assembles a page from these modules, completes it with the hashes of its files, and returns its folder.
pub fn assemble(modules: &BTreeMap<&'static str, PathBuf>, gpu: Gpu) -> Result<PathBuf> {
    let next = beside("next");
    clear(&next)?;
    for (name, module) in modules {
        copy_files(module, &next.join("wasm").join(name))?;
    }
    let mut node = program("node");
    node.args(["web/build.mjs", "--minify", "--into"]).arg(&next).env_remove("TRUNK_STAGING_DIR");
    match gpu {
        Gpu::Here => {}
        Gpu::Coming => drop(node.args(["--coming", GPU])),
        Gpu::Missing => drop(node.args(["--without", GPU])),
    }
    run(&mut node)?;
    Ok(next)
}

/// Replaces `dist` by a page.
pub fn publish(next: &Path) -> Result<()> {
    swap(next, &paths::dist(), &beside("before"))
}

/// Replaces one folder by another. The old one is kept aside meanwhile and restored on failure.
fn swap(next: &Path, place: &Path, aside: &Path) -> Result<()> {
    clear(aside)?;
    let had = place.exists();
    if had {
        fs::rename(place, aside).with_context(|| format!("cannot move {} away", place.display()))?;
    }
    if let Err(error) = fs::rename(next, place) {
        if had {
            fs::rename(aside, place).with_context(|| format!("cannot move {} back", aside.display()))?;
        }
        return Err(error).with_context(|| format!("cannot put {} in the place of {}", next.display(), place.display()));
    }
    clear(aside)
}

/// A folder on the same disk as `dist`, so that it can be renamed.
fn beside(what: &str) -> PathBuf {
    paths::dist().with_extension(what)
}

fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Copies a folder's files, without its subfolders.
pub fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::swap;
    use std::fs;

    #[test]
    fn a_version_takes_the_place_of_the_one_before_or_leaves_it() {
        let base = std::env::temp_dir().join(format!("unlearn-lab-swap-{}", std::process::id()));
        let (next, place, aside) = (base.join("dist.next"), base.join("dist"), base.join("dist.before"));
        let version = |folder: &std::path::Path| fs::read_to_string(folder.join("index.html")).ok();
        let make =
            |text: &str| fs::create_dir_all(&next).and_then(|()| fs::write(next.join("index.html"), text)).expect("temporary folder");
        make("first");
        swap(&next, &place, &aside).expect("there is none before the first");
        make("second");
        fs::write(place.join("old.js"), "").expect("temporary folder");
        swap(&next, &place, &aside).expect("the second takes its place");
        assert_eq!((version(&place).as_deref(), place.join("old.js").exists()), (Some("second"), false), "nothing of the first is left");
        assert!(!aside.exists() && !next.exists());
        let error = swap(&next, &place, &aside).expect_err("there is no third");
        assert!(error.to_string().contains("dist.next"), "{error}");
        assert_eq!(version(&place).as_deref(), Some("second"), "what was served is served on");
        fs::remove_dir_all(base).expect("temporary folder");
    }
}
