//! Path remapping, which keeps this machine's paths out of the engine modules. Panic messages name their source file, and the sources of crates
//! lie in a home folder. With the same names everywhere, the same source gives the same bytes everywhere (`cargo xtask reproduce`).

use crate::paths;
use crate::shell::{output, program, run};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The arguments that make cargo name sources identically on every machine. They are added to the target's flags in .cargo/config.toml.
///
/// The repository's own folder is not remapped, since cargo passes relative paths to rustc for a workspace's crates. So clones that share a
/// target directory also share the compiled dependencies.
pub fn arguments() -> Result<[String; 2]> {
    let sysroot = PathBuf::from(output(program("rustc").args(["--print", "sysroot"]))?);
    let about = output(program("rustc").arg("-vV"))?;
    let commit = about.lines().find_map(|line| line.strip_prefix("commit-hash: ")).context("rustc -vV names no commit-hash")?;
    let mut pairs = vec![
        // If rust-src is installed, rustc replaces the names that the standard library was built with by these paths.
        (sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{commit}")),
        (paths::target(), "/target".to_owned()),
    ];
    // The folder's name depends on the registry's address, and it exists only once something was fetched from there.
    run(program("cargo").args(["fetch", "--quiet", "--locked", "--target", "wasm32-unknown-unknown"]))?;
    let sources = paths::cargo_home()?.join("registry/src");
    let mut registries = Vec::new();
    for entry in fs::read_dir(&sources).with_context(|| format!("cannot read {}, where cargo unpacks crates", sources.display()))? {
        registries.push(entry?.path());
    }
    registries.sort();
    pairs.extend(registries.into_iter().map(|folder| (folder, "/crates".to_owned())));
    let flags = pairs.iter().map(|(from, to)| format!("{:?}", format!("--remap-path-prefix={}={to}", from.display())));
    let list = flags.collect::<Vec<_>>().join(", ");
    Ok(["--config".to_owned(), format!("target.wasm32-unknown-unknown.rustflags = [{list}]")])
}

/// Rejects a module that contains the name of a folder of this machine.
pub fn check(module: &Path) -> Result<()> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    for folder in [paths::root(), paths::target(), paths::cache(), paths::cargo_home()?] {
        let name = format!("{}/", folder.display());
        if let Some(at) = bytes.windows(name.len()).position(|window| window == name.as_bytes()) {
            let end = bytes[at..].iter().take(200).take_while(|byte| byte.is_ascii_graphic()).count();
            let text = String::from_utf8_lossy(&bytes[at..at + end]);
            bail!(
                "{} names a file of this machine, {text}: two machines would build different bytes; remap its folder in remap.rs",
                module.display()
            );
        }
    }
    Ok(())
}
