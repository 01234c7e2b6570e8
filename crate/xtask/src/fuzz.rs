//! Fuzzing: runs every parser under libFuzzer for a given CPU time and writes a table of the results.

use crate::options::Options;
use crate::shell::{ask, program, run, say};
use crate::{cargo_tool, paths};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub const HELP: &str = "usage: cargo xtask fuzz [TARGET] [--seconds N] [--jobs N]

Builds the targets of tests/fuzz with the nightly toolchain and cargo-fuzz, which it installs where missing, and runs each for N seconds
of CPU time (60 without --seconds), one after the other or so many beside each other. Begins with the committed corpus; what is found
to reach new code goes to the target folder. Inputs that fail are left in tests/fuzz/artifacts, and the status is then not 0. Writes
the table of tests/fuzz/README.md.";

/// The version of cargo-fuzz whose flags are used here.
const CARGO_FUZZ: &str = "0.13.2";
/// The fuzz targets, and what each parses.
const TARGETS: [(&str, &str); 9] = [
    ("data", "ratings and titles of every format, also packed by gzip"),
    ("zip", "archives, as they are and built to be damaged"),
    ("gguf", "GGUF, then the package made of it and what is exported again"),
    ("safetensors", "weights of a Llama decoder and of T5, in every form"),
    ("tokenizer", "`tokenizer.json` of nanos and language models, and texts encoded with it"),
    ("manifest", "`manifest.json` beside a model"),
    ("adapter", "PEFT adapters: settings, factors, merging"),
    ("config", "`config.json`, the index and the card of a Hugging Face folder"),
    ("message", "the worker’s commands, carried out on a small lab"),
];
const MARKS: [&str; 2] = ["<!-- table: written by `cargo xtask fuzz` -->", "<!-- end of table -->"];
/// Clock ticks per second in /proc, the same on every Linux.
const TICKS: f64 = 100.0;

/// Runs `cargo xtask fuzz`.
pub fn fuzz(options: &Options) -> Result<()> {
    let asked = options.folder.as_deref().and_then(Path::to_str);
    let chosen: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).filter(|name| asked.is_none_or(|asked| asked == *name)).collect();
    ensure!(!chosen.is_empty(), "target must be one of {}, got `{}`", TARGETS.map(|(name, _)| name).join(", "), asked.unwrap_or_default());
    build()?;
    let seconds = options.seconds.unwrap_or(60) as f64;
    let (waiting, done) = (Mutex::new(chosen.into_iter().rev().collect::<Vec<_>>()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.unwrap_or(1).max(1) {
            scope.spawn(|| {
                loop {
                    let Some(name) = waiting.lock().ok().and_then(|mut names| names.pop()) else { return };
                    let outcome = fuzz_one(name, seconds).with_context(|| format!("target {name}"));
                    if let Ok(mut done) = done.lock() {
                        done.push((name, outcome));
                    }
                }
            });
        }
    });
    let mut n_findings = 0;
    let mut rows = Vec::new();
    for (name, outcome) in done.into_inner().unwrap_or_default() {
        let outcome = outcome?;
        n_findings += outcome.findings.len();
        outcome.findings.iter().for_each(|path| say(format!("{name}: {}", path.display())));
        rows.push((name, outcome));
    }
    write_table(&rows)?;
    ensure!(n_findings == 0, "{n_findings} inputs failed; `{} FILE` shows one again", binary("TARGET").display());
    Ok(())
}

/// The result of a target.
struct Outcome {
    n_runs: u64,
    n_edges: u64,
    n_inputs: u64,
    cpu_seconds: f64,
    findings: Vec<PathBuf>,
}

fn folder() -> PathBuf {
    paths::root().join("tests/fuzz")
}

fn binary(name: &str) -> PathBuf {
    paths::target().join("fuzz/x86_64-unknown-linux-gnu/release").join(name)
}

fn build() -> Result<()> {
    if ask("cargo", &["+nightly", "--version"]).is_empty() {
        say("installing the nightly toolchain (once)");
        run(program("rustup").args(["toolchain", "install", "nightly", "--profile", "minimal"]))?;
    }
    cargo_tool::ensure("cargo-fuzz", CARGO_FUZZ, &["--locked"], &[])?;
    // The same dependency versions as in the released programs.
    fs::copy(paths::root().join("Cargo.lock"), folder().join("Cargo.lock")).context("copying Cargo.lock")?;
    say("building the fuzz targets (the first time some minutes)");
    // No sanitizer, since the parsers are safe Rust. Debug assertions and overflow checks are on.
    let mut cargo = program("cargo");
    cargo.args(["+nightly", "fuzz", "build", "--sanitizer", "none", "--fuzz-dir"]).arg(folder());
    run(cargo.env("CARGO_TARGET_DIR", paths::target().join("fuzz")))
}

/// Runs a target until it has used its CPU time. A run that got less because it shares its processor is continued.
fn fuzz_one(name: &str, seconds: f64) -> Result<Outcome> {
    let found = paths::target().join("fuzz/found").join(name);
    let artifacts = folder().join("artifacts").join(name);
    for made in [&found, &artifacts] {
        fs::create_dir_all(made).with_context(|| format!("making {}", made.display()))?;
    }
    let log = paths::target().join(format!("fuzz/{name}.log"));
    let mut outcome = Outcome { n_runs: 0, n_edges: 0, n_inputs: 0, cpu_seconds: 0.0, findings: Vec::new() };
    while outcome.cpu_seconds < seconds && outcome.findings.is_empty() {
        let mut fuzzer = program(binary(name));
        fuzzer.arg(&found).arg(folder().join("corpus").join(name)).arg(format!("-artifact_prefix={}/", artifacts.display()));
        fuzzer.arg(format!("-max_total_time={}", (seconds - outcome.cpu_seconds).ceil()));
        fuzzer.args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1", "-reload=0"]).env("RAYON_NUM_THREADS", "1");
        let file = File::create(&log).with_context(|| format!("writing {}", log.display()))?;
        let mut child = fuzzer.stdout(Stdio::null()).stderr(file).spawn().with_context(|| format!("starting {name}"))?;
        let cpu_seconds = watch(&mut child)?;
        let told = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let n_runs = number_after(&told, "stat::number_of_executed_units:");
        outcome.findings = files(&artifacts)?;
        if n_runs == 0 && outcome.findings.is_empty() {
            bail!("it ended early; {} says why", log.display());
        }
        outcome.n_runs += n_runs;
        outcome.cpu_seconds += cpu_seconds;
        (outcome.n_edges, outcome.n_inputs) = (number_after(&told, "cov:"), number_after(&told, "corp:"));
    }
    say(format!(
        "{name}: {} runs in {:.0} s of CPU time, {} edges, {} findings",
        outcome.n_runs,
        outcome.cpu_seconds,
        outcome.n_edges,
        outcome.findings.len()
    ));
    Ok(outcome)
}

/// Waits for a process and returns the CPU seconds it used, to a second; without /proc, the elapsed time.
fn watch(child: &mut Child) -> Result<f64> {
    let (begun, stat) = (Instant::now(), format!("/proc/{}/stat", child.id()));
    let mut seconds = None;
    while child.try_wait()?.is_none() {
        // After the name in brackets: state is field 3, user and system time are fields 14 and 15.
        let fields = fs::read_to_string(&stat).unwrap_or_default();
        let fields: Vec<f64> =
            fields.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2).filter_map(|n| n.parse().ok()).collect();
        if let [user, system] = fields[..] {
            seconds = Some((user + system) / TICKS);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok(seconds.unwrap_or_else(|| begun.elapsed().as_secs_f64()))
}

/// The last number after a word.
fn number_after(text: &str, word: &str) -> u64 {
    let after = text.rsplit(word).next().filter(|_| text.contains(word));
    after.and_then(|rest| rest.split_whitespace().next()).and_then(|n| n.split('/').next()?.parse().ok()).unwrap_or(0)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

/// Writes the rows of the targets that ran; other rows stay.
fn write_table(outcomes: &[(&str, Outcome)]) -> Result<()> {
    let path = folder().join("README.md");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let (before, rest) = text.split_once(MARKS[0]).context("tests/fuzz/README.md has no place for the table")?;
    let (table, after) = rest.split_once(MARKS[1]).context("tests/fuzz/README.md has no end of the table")?;
    let mut rows: BTreeMap<&str, String> = TARGETS
        .iter()
        .filter_map(|(name, _)| Some((*name, table.lines().find(|line| line.starts_with(&format!("| {name} |")))?.to_owned())))
        .collect();
    for (name, outcome) in outcomes {
        let what = TARGETS.iter().find(|(known, _)| known == name).map_or("", |(_, what)| what);
        let Outcome { n_runs, n_edges, n_inputs, cpu_seconds, findings } = outcome;
        let row = format!("| {name} | {what} | {n_runs} | {n_edges} | {n_inputs} | {:.1} | {} |", cpu_seconds / 60.0, findings.len());
        println!("{row}");
        rows.insert(name, row);
    }
    let head = "| target | reads | executions | edges | inputs kept | CPU min | findings |\n|---|---|---|---|---|---|---|";
    let lines: Vec<&str> = TARGETS.iter().filter_map(|(name, _)| rows.get(name).map(String::as_str)).collect();
    fs::write(&path, format!("{before}{}\n{head}\n{}\n{}{after}", MARKS[0], lines.join("\n"), MARKS[1])).context("writing the table")
}

#[cfg(test)]
mod tests {
    use super::number_after;

    #[test]
    fn the_last_number_counts() {
        let log =
            "#2 INITED cov: 10 ft: 11 corp: 1/1b\n#512 pulse  cov: 34 ft: 50 corp: 7/120b lim: 4\nstat::number_of_executed_units: 600\n";
        assert_eq!(
            (number_after(log, "cov:"), number_after(log, "corp:"), number_after(log, "stat::number_of_executed_units:")),
            (34, 7, 600)
        );
        assert_eq!(number_after(log, "none:"), 0);
    }
}
