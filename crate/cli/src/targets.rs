//! The places that a command reads and those that it writes, checked against each other before anything runs: no result may ruin what it is made
//! from, and none may be lost because its place cannot be written.

use crate::console::is_stdout;
use crate::io::{HOME, PACKAGE, data_files, entries};
use crate::place::{is_same, lies_in, resolve};
use crate::usage::wrong;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use unlearn_core::data::source::is_wanted;
use unlearn_core::package::export::VOCABULARY;
use unlearn_core::package::manifest::{MANIFEST, Manifest, TOKENIZER};
use unlearn_core::package::{hf, peft};

/// The licence file of a package.
pub const LICENCE: &str = "LICENCE.md";
/// The model card of a package.
pub const README: &str = "README.md";

/// The files of an exported Hugging Face folder.
pub const EXPORT: [&str; 4] = [hf::CONFIG, hf::WEIGHTS, TOKENIZER, VOCABULARY];

/// Something that a command reads.
#[derive(Debug, Clone)]
pub enum Input {
    /// A single file.
    File(PathBuf),
    /// A package, an adapter or a published model; or the file that one is in.
    Model(PathBuf),
    /// A data set: a folder, of which only its own files are read, or one of its files.
    Data(PathBuf),
}

/// Something that a command writes.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// The flag that names it, for messages.
    pub flag: &'static str,
    pub path: &'a Path,
    pub kind: OutputKind,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// One file, or standard output.
    File,
    /// A folder with a model package; `with_card` says whether a licence and a model card are among its files.
    Package { with_card: bool },
    /// A folder with a Hugging Face model.
    Export,
    /// A folder with an adapter.
    Adapter,
    /// A folder in which a command keeps files of its own beside others.
    Work,
}

impl Output<'_> {
    /// Names of the files in the folder.
    fn names(&self) -> Vec<&'static str> {
        match self.kind {
            OutputKind::File | OutputKind::Work => Vec::new(),
            OutputKind::Package { with_card: false } => PACKAGE.to_vec(),
            OutputKind::Package { with_card: true } => [&PACKAGE[..], &[LICENCE, README]].concat(),
            OutputKind::Export => [&EXPORT[..], &[hf::INDEX]].concat(),
            OutputKind::Adapter => vec![peft::CONFIG, peft::WEIGHTS],
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        if self.kind == OutputKind::File {
            vec![self.path.to_owned()]
        } else {
            self.names().iter().map(|name| self.path.join(name)).collect()
        }
    }

    fn says(&self, what: impl std::fmt::Display) -> anyhow::Error {
        wrong(format!("{}: {what}", self.flag))
    }
}

/// Checks what a command will write against the places themselves, against what it reads, and against each other.
///
/// # Errors
/// If a place cannot be written, is of the wrong kind, holds something of somebody else's, or is what the command reads.
pub fn check(inputs: &[Input], outputs: &[Output<'_>]) -> Result<()> {
    for (at, output) in outputs.iter().enumerate() {
        if output.path.as_os_str().is_empty() {
            return Err(output.says("must name a place, got an empty one"));
        }
        if output.path.starts_with("~") && !Path::new("~").exists() {
            return Err(output.says(format!("{}: {HOME}", output.path.display())));
        }
        inputs.iter().try_for_each(|input| apart(output, input))?;
        outputs[..at].iter().try_for_each(|earlier| differ(earlier, output))?;
    }
    for output in outputs {
        match output.kind {
            OutputKind::File => file(output, outputs)?,
            // The checkpoint's folder is made and locked by the command itself, which checks the rest.
            OutputKind::Work if output.path != Path::new("-") => {}
            _ => folder(output)?,
        }
    }
    Ok(())
}

/// Refuses an output that would change what the command reads.
fn apart(output: &Output<'_>, input: &Input) -> Result<()> {
    let place = output.path.display();
    let (Input::File(source) | Input::Model(source) | Input::Data(source)) = input;
    if output.kind == OutputKind::File && is_stdout(output.path) || !source.exists() {
        return Ok(());
    }
    let refuse = |how: &str| Err(output.says(format!("{place} {how} {}, which this command reads: name another place", source.display())));
    if is_same(output.path, source) {
        let known = if output.path == *source { String::new() } else { format!(", by another name, {}", source.display()) };
        return Err(output.says(format!("{place} is{known} what this command reads, and would be overwritten: name another place")));
    }
    if source.is_dir() {
        // Only a few of a data folder's files are read, and a report beside them harms nothing.
        let may_be_inside = output.kind == OutputKind::File && matches!(input, Input::Data(_));
        if !may_be_inside && lies_in(output.path, source) {
            return refuse("lies in");
        }
        // A working folder is only added to.
        if !matches!(output.kind, OutputKind::File | OutputKind::Work) && lies_in(source, output.path) {
            return refuse("holds");
        }
        let is_next = resolve(output.path).parent().is_some_and(|folder| is_same(folder, source));
        if may_be_inside && is_next && is_wanted(&output.path.to_string_lossy()) {
            return refuse("would be read as a part of");
        }
    }
    let read = match input {
        Input::Data(path) => data_files(path).unwrap_or_default(),
        Input::Model(path) if path.is_dir() => entries(path).unwrap_or_default(),
        Input::File(path) | Input::Model(path) => vec![path.clone()],
    };
    for target in output.files() {
        if let Some(own) = read.iter().find(|own| is_same(own, &target)) {
            return Err(output.says(format!("{} is {}, which this command reads: name another place", target.display(), own.display())));
        }
    }
    Ok(())
}

/// Refuses two outputs to one place.
fn differ(one: &Output<'_>, other: &Output<'_>) -> Result<()> {
    let is_file = |output: &Output<'_>| output.kind == OutputKind::File;
    let both = if is_file(one) && is_file(other) && is_stdout(one.path) && is_stdout(other.path) {
        true
    } else {
        (is_file(one) || is_file(other)) && is_same(one.path, other.path)
            || one.files().iter().any(|file| other.files().iter().any(|of| is_same(file, of)))
    };
    // Whoever writes two results to /dev/null wants neither.
    let is_device = is_file(one) && one.path.exists() && !one.path.is_file() && !one.path.is_dir() && !is_stdout(one.path);
    if both && !is_device {
        return Err(other.says(format!("{} is where {} goes: name another place", other.path.display(), one.flag)));
    }
    Ok(())
}

/// Checks that a file can be written.
fn file(output: &Output<'_>, all: &[Output<'_>]) -> Result<()> {
    let path = output.path;
    if is_stdout(path) {
        return Ok(());
    }
    let shown = path.display();
    let failed = || format!("{}: {shown} cannot be written", output.flag);
    if path.is_dir() || path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]) {
        return Err(output.says(format!("must be a file, {shown} is a folder")));
    }
    if path.is_file() {
        OpenOptions::new().write(true).open(path).with_context(failed)?;
        return Ok(());
    }
    if path.exists() {
        return Ok(()); // a device or a pipe: opening it may already do something
    }
    let at = resolve(path);
    let parent = at.parent().unwrap_or(&at);
    let is_made = all.iter().any(|other| other.kind != OutputKind::File && lies_in(parent, other.path));
    if !parent.is_dir() && !is_made {
        let what = if parent.exists() { "is a file, not a folder" } else { "is not there: make it first, or name another place" };
        return Err(output.says(format!("the folder {} of {shown} {what}", parent.display())));
    }
    if parent.is_dir() {
        OpenOptions::new().write(true).create_new(true).open(&at).and_then(|_| fs::remove_file(&at)).with_context(failed)?;
    }
    Ok(())
}

/// Checks that a folder can be made or written, and that it holds nothing that would be overwritten unasked.
///
/// # Errors
/// As [`check`].
pub fn folder(output: &Output<'_>) -> Result<()> {
    let shown = output.path.display();
    if output.path == Path::new("-") {
        return Err(output.says("must be a folder, which does not fit on standard output; ./- is a folder of that name"));
    }
    let at = resolve(output.path);
    if at.is_dir() {
        mine(output, &at)?;
        if let Some(name) = output.names().into_iter().find(|name| at.join(name).is_dir()) {
            return Err(output.says(format!("{} is a folder, where a file is to be written", output.path.join(name).display())));
        }
    } else if at.exists() {
        return Err(output.says(format!("must be a folder, {shown} is a file")));
    }
    let there = at.ancestors().find(|above| above.exists()).unwrap_or(&at);
    if !there.is_dir() {
        return Err(output.says(format!("must be a folder, but {} above {shown} is a file", there.display())));
    }
    let trial = there.join(format!(".unlearn.{}.trial", std::process::id()));
    let tried = OpenOptions::new().write(true).create_new(true).open(&trial).and_then(|_| fs::remove_file(&trial));
    tried.with_context(|| format!("{}: {shown} cannot be written", output.flag))
}

/// Refuses a folder in which one of our files would take the place of one that is not of an earlier result of the same kind.
fn mine(output: &Output<'_>, folder: &Path) -> Result<()> {
    let there = |name: &&str| folder.join(name).exists();
    let foreign = match output.kind {
        OutputKind::File | OutputKind::Work | OutputKind::Adapter => None,
        OutputKind::Package { .. } => {
            let known: BTreeSet<String> =
                manifest_in(folder).map(|manifest| manifest.files.into_keys().chain([MANIFEST.to_owned()]).collect()).unwrap_or_default();
            // An import lists neither licence nor card; what stands there is somebody's.
            output.names().into_iter().filter(there).find(|name| !known.contains(*name)).map(str::to_owned)
        }
        OutputKind::Export => {
            let names = entries(folder)?.into_iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
            let is_other = names.into_iter().any(|name| !EXPORT.contains(&name.as_str()));
            output.names().into_iter().filter(there).find(|_| is_other).map(str::to_owned)
        }
    };
    match foreign {
        Some(name) => Err(output.says(format!(
            "{} holds a {name} that this program did not write there: name a new or an empty folder",
            output.path.display()
        ))),
        None => Ok(()),
    }
}

/// The manifest of the package in a folder, if there is one.
pub fn manifest_in(folder: &Path) -> Option<Manifest> {
    serde_json::from_slice(&fs::read(folder.join(MANIFEST)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::{Usage, told};

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn folder(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("unlearn-targets-{name}-{}", std::process::id()));
        for inner in ["data", "model", "full"] {
            fs::create_dir_all(path.join(inner)).unwrap();
        }
        for file in ["data/ratings.csv", "model/model.safetensors", "full/tokenizer.json", "full/notes.txt", "asked.json"] {
            fs::write(path.join(file), "x").unwrap();
        }
        Folder(path)
    }

    const CASES: [(OutputKind, &str, &str); 18] = [
        (OutputKind::File, "asked.json", "what this command reads"),
        (OutputKind::File, "data/ratings.csv", "which this command reads"),
        (OutputKind::File, "data/movies.csv", "would be read as a part of"),
        (OutputKind::File, "model/report.json", "lies in"),
        (OutputKind::File, "model/new/../retrain.safetensors", "lies in"),
        (OutputKind::File, "full", "must be a file"),
        (OutputKind::File, "new/", "must be a file"),
        (OutputKind::File, "none/report.json", "is not there"),
        (OutputKind::File, "asked.json/report.json", "is a file"),
        (OutputKind::Adapter, "model", "model is what this command reads"),
        (OutputKind::Adapter, "full/../model", "what this command reads"),
        (OutputKind::Adapter, "model/new/adapter", "lies in"),
        (OutputKind::Package { with_card: true }, "", "must name a place"),
        (OutputKind::Package { with_card: true }, ".", "holds"),
        (OutputKind::Package { with_card: true }, "full", "holds a tokenizer.json that this program did not write"),
        (OutputKind::Export, "full", "holds a tokenizer.json"),
        (OutputKind::Work, "asked.json", "what this command reads"),
        (OutputKind::Export, "full/notes.txt", "is a file"),
    ];

    #[test]
    fn what_would_be_ruined_or_lost_is_refused_beforehand() {
        let root = folder("refused");
        let at = |name: &str| if name.is_empty() { PathBuf::new() } else { root.0.join(name) };
        let inputs = [Input::Data(at("data")), Input::Model(at("model")), Input::File(at("asked.json"))];
        for (kind, place, says) in CASES {
            let path = at(place);
            let error = check(&inputs, &[Output { flag: "out", path: &path, kind }]).expect_err(place);
            assert!(error.is::<Usage>() && told(&error).starts_with("out: ") && told(&error).contains(says), "{place}: {}", told(&error));
        }
        let both = [("record", "new.json"), ("out", "full/../new.json")].map(|(flag, name)| (flag, at(name)));
        let both = both.each_ref().map(|(flag, path)| Output { flag, path, kind: OutputKind::File });
        assert!(told(&check(&inputs, &both).unwrap_err()).contains("is where record goes"));
        assert!(!at("new.json").exists() && !at("model/new").exists(), "a check leaves nothing");
    }

    #[test]
    fn what_harms_nothing_is_let_through() {
        let root = folder("let");
        let at = |name: &str| root.0.join(name);
        let inputs = [Input::Data(at("data")), Input::Model(at("model")), Input::File(at("asked.json"))];
        let package = OutputKind::Package { with_card: false };
        for (kind, place) in [
            (OutputKind::File, "data/report.json"),
            (OutputKind::File, "report.json"),
            (OutputKind::File, "full/notes.txt"),
            (OutputKind::File, "-"),
            (OutputKind::Work, "."),
            (OutputKind::Adapter, "full"),
            (package, "new/model"),
        ] {
            let path = if place == "-" { PathBuf::from("-") } else { at(place) };
            check(&inputs, &[Output { flag: "out", path: &path, kind }]).expect(place);
        }
        let (adapter, report) = (at("run"), at("run/report.json"));
        let outputs = [
            Output { flag: "adapter-out", path: &adapter, kind: OutputKind::Adapter },
            Output { flag: "out", path: &report, kind: OutputKind::File },
        ];
        check(&inputs, &outputs).expect("the folder is made");
        assert!(!at("run").exists() && !at("new").exists() && !at("report.json").exists(), "a check leaves nothing");
    }

    #[cfg(unix)]
    #[test]
    fn another_name_of_a_source_is_the_source() {
        let root = folder("names");
        let at = |name: &str| root.0.join(name);
        fs::hard_link(at("model/model.safetensors"), at("hard")).unwrap();
        std::os::unix::fs::symlink(at("model/model.safetensors"), at("soft")).unwrap();
        std::os::unix::fs::symlink(at("model"), at("folder")).unwrap();
        fs::create_dir(at("adapter")).unwrap();
        std::os::unix::fs::symlink(at("model/model.safetensors"), at("adapter").join(peft::WEIGHTS)).unwrap();
        for (kind, place) in
            [(OutputKind::File, "hard"), (OutputKind::File, "soft"), (OutputKind::Adapter, "folder"), (OutputKind::Adapter, "adapter")]
        {
            let path = at(place);
            let error = check(&[Input::Model(at("model"))], &[Output { flag: "out", path: &path, kind }]).expect_err(place);
            assert!(told(&error).contains("this command reads"), "{place}: {}", told(&error));
        }
    }
}
