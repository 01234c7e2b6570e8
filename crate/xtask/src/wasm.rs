//! The engine as WebAssembly, three times: `cpu` (nanos alone: small, starts at once), `text` (the same for language models, which also makes packages of
//! published ones) and `gpu` (loaded beside it).

use crate::options::Options;
use crate::shell::{output, program, run, say};
use crate::{paths, remap, tools};
use anyhow::{Context, Result, bail};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

pub const HELP: &str = "usage: cargo xtask wasm [--only cpu|text|gpu|bench] [FOLDER]

Builds crate/web for wasm32, runs wasm-bindgen and wasm-opt, and puts the modules into FOLDER/cpu, /text and /gpu (default:
wasm/ in the folder that Trunk names in TRUNK_STAGING_DIR, else in dist/). A module that has not changed is taken from the
cache folder. The module bench, which bench/peers times, is built where it is named.";

/// One of the modules.
struct Variant {
    name: &'static str,
    features: &'static str,
    /// Whether the page has it.
    shipped: bool,
}

const VARIANTS: [Variant; 4] = [
    Variant { name: "cpu", features: "cpu", shipped: true },
    Variant { name: "text", features: "cpu,text", shipped: true },
    Variant { name: "gpu", features: "gpu,text", shipped: true },
    Variant { name: "bench", features: "cpu,bench", shipped: false },
];

/// What rustc 1.95 may emit and what Burn's SIMD kernels use; wasm-opt refuses anything that is not named.
const WASM_OPT_FEATURES: [&str; 7] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// `cargo xtask wasm`.
pub fn command(options: &Options) -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from);
    let folder = options.folder.clone().or(staging.map(|dir| dir.join("wasm"))).unwrap_or_else(|| paths::dist().join("wasm"));
    if let Some(name) = options.only.iter().find(|name| VARIANTS.iter().all(|variant| variant.name != *name)) {
        bail!("module `{name}` does not exist: there are cpu, text, gpu and bench");
    }
    let wanted =
        |variant: &&Variant| if options.only.is_empty() { variant.shipped } else { options.only.iter().any(|name| name == variant.name) };
    for variant in VARIANTS.iter().filter(wanted) {
        let module = module(variant)?;
        copy_files(&module, &folder.join(variant.name))?;
    }
    Ok(())
}

/// Folder with the finished module of a variant, brought up to date.
fn module(variant: &Variant) -> Result<PathBuf> {
    let folder = paths::cache().join("wasm").join(variant.name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    say(format!("engine module {}: compiling", variant.name));
    let raw = compile(variant, &folder)?;
    let (stamp, finished) = (folder.join("finished-of"), folder.join("module"));
    let identity = fingerprint(&raw)?;
    if fs::read_to_string(&stamp).is_ok_and(|text| text == identity) {
        say(format!("engine module {}: unchanged", variant.name));
        return Ok(finished);
    }
    fs::remove_dir_all(&finished).ok();
    say(format!("engine module {}: wasm-bindgen", variant.name));
    run(program("wasm-bindgen").args(["--target", "web", "--out-name", "unlearn_web", "--out-dir"]).arg(&finished).arg(&raw))?;
    optimise(variant, &finished.join("unlearn_web_bg.wasm"))?;
    remap::check(&finished.join("unlearn_web_bg.wasm"))?;
    fs::write(&stamp, identity).context("cannot note what was built")?;
    Ok(finished)
}

/// Compiles a variant and returns a copy of its raw module that the other variant does not overwrite.
fn compile(variant: &Variant, folder: &Path) -> Result<PathBuf> {
    // Cargo gives a cdylib for wasm no hash in its name: all variants, and any build by hand, write the same file and yet count as
    // fresh. So each keeps a copy, valid while nobody but this function wrote the file and cargo says that nothing changed.
    let shared = paths::target().join("wasm32-unknown-unknown/wasm/deps/unlearn_web.wasm");
    let last_writer = paths::cache().join("wasm/last-written");
    let (copy, origin) = (folder.join("raw.wasm"), folder.join("raw-of"));
    let here = paths::root().display().to_string();
    let ours = fs::read_to_string(&last_writer).is_ok_and(|text| identity(&shared).is_ok_and(|now| now == text));
    let kept = ours && copy.is_file() && fs::read_to_string(&origin).is_ok_and(|text| text == here);
    if !kept {
        fs::remove_file(&shared).ok();
    }
    let mut cargo = program("cargo");
    cargo.args(["build", "--locked", "--package", "unlearn-web", "--lib", "--target", "wasm32-unknown-unknown", "--profile", "wasm"]);
    // Flags of somebody's environment would take the place of all of these.
    cargo.args(remap::arguments()?).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let messages =
        output(cargo.args(["--no-default-features", "--features", variant.features, "--message-format", "json-render-diagnostics"]))?;
    let artifact = messages.lines().find(|line| line.contains("\"compiler-artifact\"") && line.contains("unlearn_web.wasm"));
    let artifact = artifact.context("cargo built no unlearn_web.wasm: crate/web must be a cdylib of that name")?;
    if !(kept && artifact.contains("\"fresh\":true")) {
        fs::copy(&shared, &copy).with_context(|| format!("cannot copy {}", shared.display()))?;
        fs::write(&origin, here).context("cannot note what was built")?;
        // All copies are void now but this one; the others' check is against the same note.
        fs::write(&last_writer, identity(&shared)?).context("cannot note what was built")?;
        if !ours {
            for other in VARIANTS.iter().filter(|other| other.name != variant.name) {
                fs::remove_file(paths::cache().join("wasm").join(other.name).join("raw.wasm")).ok();
            }
        }
    }
    Ok(copy)
}

fn optimise(variant: &Variant, file: &Path) -> Result<()> {
    say(format!("engine module {}: wasm-opt", variant.name));
    let before = fs::metadata(file).map_or(0, |meta| meta.len());
    let shim = paths::root().join("web/node_modules/binaryen/bin/wasm-opt");
    let temporary = file.with_extension("opt");
    let mut command = program("node");
    // The GPU module is 30 MB before this: V8's default stack is too small for Binaryen's recursion over it.
    command.args(["--stack-size=8000", "--max-old-space-size=6000"]).arg(shim).arg("-O2").args(WASM_OPT_FEATURES);
    run(command.arg(file).arg("-o").arg(&temporary))?;
    fs::rename(&temporary, file).context("cannot replace the module by its optimised form")?;
    let after = fs::metadata(file).map_or(0, |meta| meta.len());
    say(format!("engine module {}: {:.1} MB, optimised from {:.1} MB", variant.name, after as f64 / 1e6, before as f64 / 1e6));
    Ok(())
}

/// Hash of a raw module and of what is done with it: a rebuild that gives the same bytes need not be optimised again.
fn fingerprint(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("{} is missing", file.display()))?;
    let mut hasher = DefaultHasher::new();
    (bytes, tools::WASM_BINDGEN, WASM_OPT_FEATURES).hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// Size and time of change: enough to tell whether a build wrote the file anew.
fn identity(file: &Path) -> Result<String> {
    let meta = fs::metadata(file).with_context(|| format!("{} is missing", file.display()))?;
    let changed = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {}", meta.len(), changed.as_nanos()))
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}
