//! All checks of the repository, in one order for developers and continuous integration.

use crate::options::Options;
use crate::shell::{ask, program, run, say};
use crate::{chromium, page, paths, serve, tools, trunk};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub const HELP: &str = "usage: cargo xtask test [--only STEP]...

Runs, in this order: tools, fmt, clippy, rust, page, trunk, types, web, browser, e2e. Goes on after a failed step, leaves out those
that need it, and ends with a table; the status is 0 only if all passed. Chromium is installed through apt where it is missing
and that is allowed. --only runs the named steps alone, on whatever was built before.";

pub const CI_HELP: &str = "usage: cargo xtask ci

Prints what machine and tools this is, then does what `cargo xtask test` does. .ci/run calls this.";

/// A test step: its name, the step that it requires, and its function.
struct Step {
    name: &'static str,
    needs: Option<&'static str>,
    run: fn() -> Result<()>,
}

const STEPS: [Step; 10] = [
    Step { name: "tools", needs: None, run: tools::for_test },
    Step { name: "fmt", needs: None, run: || run(program("cargo").args(["fmt", "--all", "--check"])) },
    Step { name: "clippy", needs: None, run: clippy },
    Step { name: "rust", needs: None, run: || run(program("cargo").args(["test", "--release", "--workspace"])) },
    Step { name: "page", needs: Some("tools"), run: || page::build(&Options::default()) },
    Step { name: "trunk", needs: Some("page"), run: trunk::compare },
    Step { name: "types", needs: Some("page"), run: types },
    Step { name: "web", needs: Some("tools"), run: || node_tests("tests/web", &[]) },
    Step { name: "browser", needs: None, run: || chromium::ensure().map(|path| say(format!("Chromium: {path}"))) },
    Step { name: "e2e", needs: Some("page"), run: browser_tests },
];

enum Outcome {
    Passed,
    Failed(String),
    LeftOut(&'static str),
}

/// Runs `cargo xtask test`.
pub fn test(options: &Options) -> Result<()> {
    if let Some(name) = options.only.iter().find(|name| STEPS.iter().all(|step| step.name != *name)) {
        bail!("step `{name}` does not exist: there are {}", STEPS.map(|step| step.name).join(", "));
    }
    let mut results: Vec<(&str, Outcome, f64)> = Vec::new();
    for step in STEPS.iter().filter(|step| options.only.is_empty() || options.only.iter().any(|name| name == step.name)) {
        let missing =
            step.needs.filter(|need| results.iter().any(|(name, outcome, _)| name == need && !matches!(outcome, Outcome::Passed)));
        let start = Instant::now();
        let outcome = match missing {
            Some(need) => Outcome::LeftOut(need),
            None => {
                say(format!("== {}", step.name));
                match (step.run)() {
                    Ok(()) => Outcome::Passed,
                    Err(error) => Outcome::Failed(format!("{error:#}")),
                }
            }
        };
        results.push((step.name, outcome, start.elapsed().as_secs_f64()));
    }
    println!();
    for (name, outcome, seconds) in &results {
        match outcome {
            Outcome::Passed => println!("  {name:<8} passed   {seconds:7.1} s"),
            Outcome::Failed(why) => println!("  {name:<8} FAILED   {seconds:7.1} s  {why}"),
            Outcome::LeftOut(need) => println!("  {name:<8} left out            it needs `{need}`"),
        }
    }
    let passed = results.iter().filter(|(_, outcome, _)| matches!(outcome, Outcome::Passed)).count();
    let failed = results.len() - passed;
    println!("\nsteps: {passed} passed, {failed} failed");
    if failed > 0 {
        bail!("{failed} of {} steps did not pass", results.len());
    }
    Ok(())
}

/// Runs `cargo xtask ci`.
pub fn ci(options: &Options) -> Result<()> {
    for (name, args) in [("rustc", "--version"), ("node", "--version"), ("npm", "--version"), ("nproc", "--all"), ("uname", "-srm")] {
        say(format!("{name}: {}", ask(name, &[args])));
    }
    test(options)
}

fn clippy() -> Result<()> {
    run(program("cargo").args(["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // The page's first module, which does not support language models.
    let first = ["--package", "unlearn-web", "--no-default-features", "--features", "cpu"];
    run(program("cargo").args(["clippy", "--release"]).args(first).args(["--", "-D", "warnings"]))
}

/// The page, then the build's scripts and the tests, which have rules of their own.
fn types() -> Result<()> {
    for project in ["web/tsconfig.json", "web/tsconfig.tools.json"] {
        run(program("node").args(["web/node_modules/typescript/bin/tsc", "--noEmit", "--project", project]))?;
    }
    Ok(())
}

/// Browser tests that take long and measure no time: two of them run beside each other.
const BESIDE: [&str; 13] = [
    "axe",
    "broken",
    "coming",
    "compare",
    "conformance",
    "cpu",
    "faults-gpu",
    "language",
    "offline",
    "own",
    "package",
    "privacy",
    "requests",
];

fn browser_tests() -> Result<()> {
    let chromium = chromium::ensure()?;
    let address = serve::beside()?;
    node_tests("tests/e2e", &[("UNLEARN_LAB_URL", &address), ("CHROMIUM", &chromium)])
}

/// Runs `*.test.mjs` and `*.test.js` of a folder with Node's test runner: first those of [`BESIDE`] two at a time, then the others one
/// by one. Both run even if the first fail.
fn node_tests(folder: &str, variables: &[(&str, &str)]) -> Result<()> {
    let files = test_files(&paths::root().join(folder))?;
    if files.is_empty() {
        bail!("{folder} has no *.test.mjs: a test that is not there cannot pass");
    }
    let (beside, alone): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|file| is_beside(file));
    let results = [("2", beside), ("1", alone)].map(|(at_once, files)| {
        if files.is_empty() {
            return Ok(());
        }
        let mut node = program("node");
        node.args(["--test", "--test-reporter=spec"]).arg(format!("--test-concurrency={at_once}")).args(files);
        run(node.envs(variables.iter().copied()))
    });
    results.into_iter().collect()
}

fn is_beside(file: &Path) -> bool {
    file.file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_suffix(".test.mjs"))
        .is_some_and(|name| BESIDE.contains(&name))
}

fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs") || file.to_string_lossy().ends_with(".test.js"));
    files.sort();
    Ok(files)
}
