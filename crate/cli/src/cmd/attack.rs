//! `unlearn attack`: a run as in `unlearn forget`, followed by attacks on its result.

use super::forget;
use crate::args::{Usage, about, assignment, value_of};
use crate::host::Terminal;
use crate::report::{number, table};
use crate::threads::together;
use crate::usage::asked;
use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use std::collections::BTreeMap;
use std::fmt::Write;
use unlearn_core::attack::report::{AttackReport, AttackRequest, Chart, Finding};
use unlearn_core::attack::{ATTACKS, attack};
use unlearn_core::session::Session;

pub const EXAMPLES: &str = "Examples:
  unlearn attack --standard                       the paper's 20 %, tuned E2URec, every attack
  unlearn attack --user 414 --retrain             one user, beside a Retrain that is trained first
  unlearn attack --standard --attack loss,reference --json > attacks.json
  unlearn attack --standard --attack relearn --attack-param relearn.steps=200
  unlearn attack --user 414 --record report.html  a forgetting report with what the attacks found";

/// Make a model forget, then attack it: what could still be got out of it, beside what Original and Retrain give.
///
/// Takes every flag of `unlearn forget`; --json and --out give the attacks' report instead of the run's.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    forget: forget::Args,
    /// Which attacks; all if none is named.
    #[arg(long, value_name = "ID,ID", value_delimiter = ',', value_parser = PossibleValuesParser::new(ATTACKS.iter().map(|entry| entry.id)))]
    attack: Vec<String>,
    /// A setting of an attack; the long help lists them.
    #[arg(long, value_name = "ATTACK.KEY=VALUE", value_parser = assignment)]
    attack_param: Vec<(String, String)>,
    /// Seed of everything random in the attacks.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    attack_seed: u32,
}

/// Runs the command.
pub async fn run(args: &Args, host: &mut Terminal) -> Result<()> {
    let params = params(&args.attack_param)?; // checked before minutes are spent on a run
    let mut run = forget::forget(&args.forget, host).await?;
    let session = &mut run.session;
    // One attack at a time, so that the bar shows the current one.
    let ids: Vec<String> =
        if args.attack.is_empty() { ATTACKS.iter().map(|entry| entry.id.to_owned()).collect() } else { args.attack.clone() };
    let mut report: Option<AttackReport> = None;
    for id in ids {
        let request = AttackRequest { attacks: vec![id.clone()], params: params.clone(), seed: args.attack_seed };
        host.label = announce(session, &request, host)?;
        let part = together(session, host, async |session, host| session.attacks(&request, host).await).map_err(asked)?;
        session.keep_findings(&part);
        match &mut report {
            Some(report) => report.findings.extend(part.findings),
            None => report = Some(part),
        }
    }
    host.label.clear();
    let report = report.context("at least one attack is made")?;
    forget::finish(&args.forget, run, host, &report, || text(&report))
}

/// Announces an attack and its cost; returns its label.
fn announce(session: &Session, request: &AttackRequest, host: &Terminal) -> Result<String> {
    let label = attack(&request.attacks[0])?.label;
    let seconds = session.attack_costs(request)?.and_then(|costs| costs.first().copied());
    host.say(format!("attack: {label}{}", seconds.map_or_else(String::new, |s| format!(", about {} s", s.ceil().max(1.0)))));
    Ok(label.to_owned())
}

/// Parses `ATTACK.KEY=VALUE` arguments into parameters per attack, and checks each of them.
fn params(given: &[(String, String)]) -> Result<BTreeMap<String, BTreeMap<String, f64>>> {
    let mut params: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for (name, value) in given {
        let Some((id, key)) = name.split_once('.') else {
            return Err(anyhow::anyhow!("attack-param must be ATTACK.KEY=VALUE, got `{name}={value}`").context(Usage));
        };
        let entry = attack(id).context(Usage)?;
        params.entry(id.to_owned()).or_default().insert(key.to_owned(), value_of(entry.params, key, name, value)?);
    }
    for (id, of) in &params {
        attack(id).and_then(|entry| entry.resolve(of, false)).context(Usage)?;
    }
    Ok(params)
}

/// The findings as text: a sentence for each, and the figures behind it.
fn text(report: &AttackReport) -> String {
    let (looked, all) = report.forget_rows;
    let mut out = format!("{} on {}, {}: {looked} of {all} forgotten rows attacked\n", report.model, report.dataset, report.device);
    out.push_str("cases are pairs of a liked and a disliked rating: 50 of 100 is guessing\n");
    for finding in &report.findings {
        let _ = write!(out, "\n{} ({:.1} s)\n{}\n", finding.label, finding.seconds, finding.sentence);
        let rows = rows(finding);
        if !rows.is_empty() {
            out.push('\n');
            out.push_str(&table(&rows));
        }
    }
    out
}

fn rows(finding: &Finding) -> Vec<Vec<String>> {
    let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    match &finding.chart {
        Chart::None => Vec::new(),
        Chart::Roc { lines, .. } => {
            let mut rows = vec![cells(&["", "AUC", "found at 1 % false alarms", "at 5 %", "best threshold", "found", "false alarms"])];
            rows.extend(lines.iter().map(|line| {
                let figures = [line.auc, line.tpr_at_1, line.tpr_at_5, line.best.threshold, line.best.tpr, line.best.fpr];
                std::iter::once(line.model.clone()).chain(figures.map(|value| number(Some(value), 3))).collect()
            }));
            rows
        }
        Chart::Curves { x, lines, .. } => {
            let mut rows = vec![vec![x.clone()]];
            let points = lines.first().map(|line| line.points.as_slice()).unwrap_or_default();
            rows[0].extend(points.iter().map(|point| point.x.to_string()));
            rows.extend(lines.iter().map(|line| {
                std::iter::once(line.label.clone()).chain(line.points.iter().map(|point| number(Some(point.right), 4))).collect()
            }));
            rows
        }
        Chart::Bars { bars } => {
            let mut rows = vec![cells(&["", "forget AUC", "logloss", "test AUC"])];
            rows.extend(bars.iter().map(|bar| {
                let test = bar.test.and_then(|test| test.auc);
                vec![bar.label.clone(), number(bar.forget.auc, 4), number(Some(bar.forget.logloss), 4), number(test, 4)]
            }));
            rows
        }
    }
}

/// Help text that lists every attack of the attack table with its parameters.
pub fn help() -> String {
    let mut text = EXAMPLES.to_owned();
    for entry in ATTACKS {
        let _ = write!(text, "\n\nAttack {}: {} ({})\n{}\n", entry.id, entry.label, entry.citation, entry.summary);
        for param in entry.params {
            let _ = writeln!(text, "    {:22} {}", format!("{}.{}", entry.id, param.id), about(param));
        }
    }
    text.trim_end().to_owned()
}
