//! The record as one printable page, without scripts and without anything from elsewhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

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
    let (asked, data, model, method) = (&record["asked"], &record["data"], &record["model"], &record["method"]);
    let params = method["params"].as_object().into_iter().flatten().map(|(key, value)| format!("{key} {}", text(value)));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Forgetting report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Forgetting report" }
                p.lead { (text(&record["software"]["name"])) ", made " (text(&record["made"])) " on " (text(&record["device"])) }
                (table("What was asked", &[
                    ("Forget", html! { (text(&asked["what"])) }),
                    ("Rows", html! { (text(&asked["rows"])) " of " (people(asked)) "; " (text(&asked["rows_kept"])) " rows stay" }),
                    ("Request, sha256", code(&asked["request_sha256"])),
                    ("Rows forgotten, sha256", code(&asked["rows_sha256"])),
                    ("Rows kept, sha256", code(&asked["rows_kept_sha256"])),
                ]))
                (table("On what", &[
                    ("Data", html! {
                        (text(&data["name"])) br;
                        @if let Some(why) = data["not_those_of_the_model"].as_str() { (why) br; }
                        @for file in list(&data["files"]) { (text(&file["name"])) br; (code(&file["sha256"])) br; }
                    }),
                    ("Model", html! { (text(&model["name"])) br; (code(&model["manifest_sha256"])) }),
                    ("Adapter made, sha256", code(&record["adapter_sha256"])),
                ]))
                (table("How", &[
                    ("Method", html! { (text(&method["label"])) br; (text(&method["citation"])) }),
                    ("Settings", html! { (params.collect::<Vec<_>>().join(", ")) }),
                    ("Seed", html! { (text(&method["seed"])) }),
                    ("Steps", html! { (text(&method["steps"])) " in " (number(&method["seconds"])) " s" }),
                ]))
                (figures(&record["figures"]))
                (table("How much was to be forgotten", &[
                    ("Expected of a model that never saw them (cross-fitted)", html! { (expected(record)) }),
                    ("Calibration", html! { (calibration(record)) }),
                ]))
                (attacks(&record["attacks"]))
                section {
                    h2 { "What this does not promise" }
                    ul { @for limit in list(&record["limits"]) { li { (text(limit)) } } }
                }
                section {
                    h2 { "Seal" }
                    p { "sha256 of the record without this line: " (code(&record["sha256"])) }
                }
            }
        }
    };
    page.into_string()
}

/// What was expected, or why that is not known.
fn expected(record: &Value) -> String {
    let found = &record["expected"];
    if found.is_null() {
        return format!("not known: {}", text(&record["expected_missing"]));
    }
    let error = if found["error"].is_null() { String::new() } else { format!(" ± {}", number(&found["error"])) };
    format!("an estimate: log loss {}{error}, AUC {}", number(&found["logloss"]), number(&found["auc"]))
}

/// How the run was fitted to what was expected.
fn calibration(record: &Value) -> String {
    let found = &record["calibration"];
    if found.is_null() {
        return "none: as much was forgotten as the settings have it".into();
    }
    if record["expected"].is_null() {
        return "not calibrated: nothing was expected".into();
    }
    let alpha = if found["alpha"].is_null() { String::new() } else { format!("α {}, ", number(&found["alpha"])) };
    let fitted = match found["matched"].as_str() {
        None | Some("") => "as it was trained".into(),
        Some(matched) => format!("so that the {} on the forgotten rows is as expected", if matched == "auc" { "AUC" } else { matched }),
    };
    format!("{alpha}adapter × {}, {fitted}", number(&found["scale"]))
}

fn people(asked: &Value) -> String {
    format!("{} {}", text(&asked["people"]), if asked["people"].as_u64() == Some(1) { "person" } else { "people" })
}

fn table(title: &str, rows: &[(&str, Markup)]) -> Markup {
    html! {
        section {
            h2 { (title) }
            table { @for (name, value) in rows { tr { th scope="row" { (name) } td { (value) } } } }
        }
    }
}

fn figures(figures: &Value) -> Markup {
    let rows = FIGURES.map(|(key, name)| (name, ["before", "after", "retrain"].map(|column| number(&figures[column][key]))));
    html! {
        section {
            h2 { "Before and after" }
            table {
                tr { td {} @for head in ["before", "after", "Retrain"] { th.n scope="col" { (head) } } }
                @for (name, cells) in rows.iter().filter(|(_, cells)| cells.iter().any(|cell| cell != "–")) {
                    tr { th scope="row" { (name) } @for cell in cells { td.n { (cell) } } }
                }
            }
        }
    }
}

/// The sentence of each attack that was run.
fn attacks(attacks: &Value) -> Markup {
    html! {
        section {
            h2 { "Attacks" }
            @if list(attacks).is_empty() {
                p { "No attack was run beside those among the figures." }
            } @else {
                ul { @for attack in list(attacks) { li { b { (text(&attack["label"])) } ": " (text(&attack["sentence"])) } } }
            }
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn code(value: &Value) -> Markup {
    html! { @if value.is_null() { "–" } @else { code { (text(value)) } } }
}

fn number(value: &Value) -> String {
    value.as_f64().map_or_else(|| "–".into(), |value| format!("{value:.4}"))
}
