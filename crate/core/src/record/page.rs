//! The record as one printable page, without scripts and without anything from elsewhere.

use serde_json::Value;
use std::fmt::Write;

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b1e24;--soft:#5b6270;--rule:#d9dde4;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#a3abb8;--rule:#363b45;--paper:#14161a}}
@media print{:root{--ink:#000;--soft:#444;--rule:#bbb;--paper:#fff}body{font-size:10.5pt}section{break-inside:avoid}}
*{box-sizing:border-box}body{margin:0 auto;padding:2rem 1.25rem;max-width:52rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.75rem 0 .4rem}.lead{color:var(--soft);margin:.2rem 0 0}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.3rem .5rem;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
td.n,th.n{text-align:right}th{font-weight:600}code{font:.8rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}li{margin:.35rem 0}";

/// The rows of the figures: key, name, what it means.
const FIGURES: [(&str, &str); 13] = [
    ("test_auc", "Test AUC"),
    ("test_acc", "Test accuracy"),
    ("test_logloss", "Test log loss"),
    ("forget_auc", "Forget AUC"),
    ("forget_logloss", "Forget log loss"),
    ("forget_jsd_from_retrain", "Forget set: JSD from Retrain"),
    ("membership_auc", "Membership attack, AUC (0.5 is ignorance)"),
    ("priv_leak", "PrivLeak"),
    ("s_ma", "What was rated, told (S-MA)"),
    ("s_el", "Titles recited (S-EL)"),
    ("retain_auc", "Retain AUC"),
    ("neighbour_auc", "Neighbours’ AUC"),
    ("fairness_gap", "Fairness gap"),
];

/// The page.
pub fn html(record: &Value) -> String {
    let mut out = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
    );
    let _ = write!(out, "<title>Forgetting report</title>\n<style>{STYLE}\n</style>\n</head>\n<body>\n<h1>Forgetting report</h1>\n");
    let _ = writeln!(
        out,
        "<p class=\"lead\">{}, made {} on {}</p>",
        text(&record["software"]["name"]),
        text(&record["made"]),
        text(&record["device"])
    );
    let asked = &record["asked"];
    table(
        &mut out,
        "What was asked",
        &[
            ("Forget", text(&asked["what"])),
            ("Rows", format!("{} of {}; {} rows stay", text(&asked["rows"]), people(asked), text(&asked["rows_kept"]))),
            ("Request, sha256", code(&asked["request_sha256"])),
            ("Rows forgotten, sha256", code(&asked["rows_sha256"])),
            ("Rows kept, sha256", code(&asked["rows_kept_sha256"])),
        ],
    );
    let files = record["data"]["files"].as_array().into_iter().flatten();
    let files: String = files.map(|file| format!("{}<br>{}<br>", text(&file["name"]), code(&file["sha256"]))).collect();
    table(
        &mut out,
        "On what",
        &[
            ("Data", format!("{}<br>{files}", text(&record["data"]["name"]))),
            ("Model", format!("{}<br>{}", text(&record["model"]["name"]), code(&record["model"]["manifest_sha256"]))),
            ("Adapter made, sha256", code(&record["adapter_sha256"])),
        ],
    );
    let method = &record["method"];
    let params = method["params"].as_object().into_iter().flatten().map(|(key, value)| format!("{} {}", escape(key), text(value)));
    table(
        &mut out,
        "How",
        &[
            ("Method", format!("{}<br>{}", text(&method["label"]), text(&method["citation"]))),
            ("Settings", params.collect::<Vec<_>>().join(", ")),
            ("Seed", text(&method["seed"])),
            ("Steps", format!("{} in {} s", text(&method["steps"]), number(&method["seconds"]))),
        ],
    );
    figures(&mut out, &record["figures"]);
    attacks(&mut out, &record["attacks"]);
    out.push_str("<section>\n<h2>What this does not promise</h2>\n<ul>\n");
    record["limits"].as_array().into_iter().flatten().for_each(|limit| out.push_str(&format!("<li>{}</li>\n", text(limit))));
    let _ = write!(
        out,
        "</ul>\n</section>\n<section>\n<h2>Seal</h2>\n<p>sha256 of the record without this line: {}</p>\n</section>\n</body>\n</html>\n",
        code(&record["sha256"])
    );
    out
}

fn people(asked: &Value) -> String {
    format!("{} {}", text(&asked["people"]), if asked["people"].as_u64() == Some(1) { "person" } else { "people" })
}

fn table(out: &mut String, title: &str, rows: &[(&str, String)]) {
    let _ = writeln!(out, "<section>\n<h2>{title}</h2>\n<table>");
    rows.iter().for_each(|(name, value)| out.push_str(&format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>\n")));
    out.push_str("</table>\n</section>\n");
}

fn figures(out: &mut String, figures: &Value) {
    out.push_str("<section>\n<h2>Before and after</h2>\n<table>\n<tr><td></td><th class=\"n\" scope=\"col\">before</th><th class=\"n\" scope=\"col\">after</th><th class=\"n\" scope=\"col\">Retrain</th></tr>\n");
    for (key, name) in FIGURES {
        let cells: Vec<String> = ["before", "after", "retrain"].iter().map(|column| number(&figures[*column][key])).collect();
        if cells.iter().any(|cell| cell != "–") {
            let _ = write!(out, "<tr><th scope=\"row\">{name}</th>");
            cells.iter().for_each(|cell| out.push_str(&format!("<td class=\"n\">{cell}</td>")));
            out.push_str("</tr>\n");
        }
    }
    out.push_str("</table>\n</section>\n");
}

/// The sentence of each attack that was run.
fn attacks(out: &mut String, attacks: &Value) {
    out.push_str("<section>\n<h2>Attacks</h2>\n");
    let all: Vec<&Value> = attacks.as_array().into_iter().flatten().collect();
    if all.is_empty() {
        out.push_str("<p>No attack was run beside those among the figures.</p>\n");
    } else {
        out.push_str("<ul>\n");
        all.iter().for_each(|attack| out.push_str(&format!("<li><b>{}</b>: {}</li>\n", text(&attack["label"]), text(&attack["sentence"]))));
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => escape(text),
        other => escape(&other.to_string()),
    }
}

fn code(value: &Value) -> String {
    if value.is_null() { "–".into() } else { format!("<code>{}</code>", text(value)) }
}

fn number(value: &Value) -> String {
    value.as_f64().map_or_else(|| "–".into(), |value| format!("{value:.4}"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
