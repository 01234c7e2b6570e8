//! The audit of all dependencies: known vulnerabilities, licences and sources.

use crate::options::Options;
use crate::shell::{program, run, say};
use crate::{cargo_tool, paths};
use anyhow::{Context, Result, bail};

pub const HELP: &str = "usage: cargo xtask audit

Checks every crate by deny.toml: licences, sources, doubled and forbidden crates, and the RustSec advisories; then the page's npm
packages by `npm audit`. Installs cargo-deny where missing. Both advisory lists are on the network: where one cannot be reached, that
is said, and the status tells of the rest alone.";

const CARGO_DENY: &str = "0.20.2";

/// Runs `cargo xtask audit`.
pub fn audit(_: &Options) -> Result<()> {
    cargo_tool::ensure("cargo-deny", CARGO_DENY, &["--locked"], &[])?;
    let mut unreachable = Vec::new();
    say("licences, sources and doubled crates (cargo deny)");
    run(program("cargo").args(["deny", "--all-features", "check", "licenses", "bans", "sources"]))?;
    if program("cargo").args(["deny", "fetch", "db"]).output().context("cannot start cargo deny")?.status.success() {
        run(program("cargo").args(["deny", "--all-features", "check", "advisories"]))?;
    } else {
        unreachable.push("RustSec's advisory database (github.com/RustSec/advisory-db)");
    }
    say("npm packages (npm audit)");
    let report = program("npm").args(["audit", "--json"]).current_dir(paths::root().join("web")).output().context("cannot start npm")?;
    match (is_report(&String::from_utf8_lossy(&report.stdout)), report.status.success()) {
        (true, true) => say("npm: no known fault"),
        (true, false) => bail!("npm knows faults of the page's packages:\n{}", String::from_utf8_lossy(&report.stdout)),
        (false, _) => unreachable.push("the npm registry's advisories"),
    }
    for list in &unreachable {
        say(format!("NOT CHECKED: {list} cannot be reached from here"));
    }
    say(if unreachable.is_empty() { "all is clean" } else { "what could be checked is clean" });
    Ok(())
}

/// Whether npm printed a report. Without an answer from the registry there is none, whatever the exit status.
fn is_report(json: &str) -> bool {
    json.contains("\"auditReportVersion\"")
}

#[cfg(test)]
mod tests {
    use super::is_report;

    #[test]
    fn an_unreachable_registry_is_no_clean_report() {
        assert!(is_report("{\n  \"auditReportVersion\": 2,\n  \"vulnerabilities\": {} }"));
        assert!(!is_report("{ \"message\": \"405 Method Not Allowed\", \"statusCode\": 405 }"));
        assert!(!is_report(""));
    }
}
