//! The second half of building an engine module: its JavaScript, and wasm-opt. A result for the same bytes is reused.

use crate::progress::Task;
use crate::shell::{program, run, say};
use crate::variant::Variant;
use crate::{paths, remap, tools};
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// The wasm features that rustc 1.95 may emit and Burn's SIMD kernels use; wasm-opt rejects any that are not listed.
const WASM_OPT_FEATURES: [&str; 7] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Finishes a variant and returns its folder; `begun` is called if there is something to do.
pub fn finish(variant: &Variant, raw: &Path, task: &Task, bindgen: &Path, begun: impl FnOnce()) -> Result<PathBuf> {
    let folder = variant.folder();
    let (stamp, finished) = (folder.join("finished-of"), folder.join("module"));
    let identity = fingerprint(raw)?;
    if fs::read_to_string(&stamp).is_ok_and(|text| text == identity) {
        return Ok(finished);
    }
    begun();
    task.works();
    fs::remove_dir_all(&finished).ok();
    run(program(bindgen).arg(raw).arg(&finished).env_remove("WASM_BINDGEN_EXTERNREF").env_remove("WASM_BINDGEN_MULTI_VALUE"))?;
    let module = finished.join("unlearn_web_bg.wasm");
    optimise(variant, &module)?;
    remap::check(&module)?;
    fs::write(&stamp, identity).context("cannot note what was built")?;
    Ok(finished)
}

fn optimise(variant: &Variant, file: &Path) -> Result<()> {
    let before = fs::metadata(file).map_or(0, |meta| meta.len());
    let shim = paths::root().join("web/node_modules/binaryen/bin/wasm-opt");
    let temporary = file.with_extension("opt");
    let mut command = program("node");
    // The GPU module has 30 MB before this step, and V8's default stack is too small for Binaryen's recursion over it.
    command.args(["--stack-size=8000", "--max-old-space-size=6000"]).arg(shim).arg("-O2").args(WASM_OPT_FEATURES);
    run(command.arg(file).arg("-o").arg(&temporary))?;
    fs::rename(&temporary, file).context("cannot replace the module by its optimised form")?;
    let after = fs::metadata(file).map_or(0, |meta| meta.len());
    say(format!("engine module {}: {:.1} MB, optimised from {:.1} MB", variant.name, after as f64 / 1e6, before as f64 / 1e6));
    Ok(())
}

/// Hash of a raw module and of the steps applied to it: a rebuild with the same bytes need not be optimised again.
fn fingerprint(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("{} is missing", file.display()))?;
    let mut hasher = DefaultHasher::new();
    (bytes, tools::bindgen_version()?, WASM_OPT_FEATURES).hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}
