//! `report.html`: one file with everything in it.

use super::summary::{DataResult, ForgetSet, Row};
use super::svg::{Bars, Point, Scatter, escape};
use super::table::{Table, heading, notes, tables};
use std::collections::BTreeMap;
use std::fmt::Write;

const STYLE: &str = "
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1e24;--soft:#5b6270;--rule:#d9dde4;--band:#3b6fb622}
@media(prefers-color-scheme:dark){:root{--paper:#14161a;--ink:#e8eaee;--soft:#a3abb8;--rule:#363b45;--band:#6fa3e833}}
*{box-sizing:border-box}body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem}h3{font-size:1rem;margin:1.5rem 0 .5rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--paper);white-space:normal;min-width:9rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1.5rem}figure{margin:0;max-width:32rem}
figcaption{font-weight:600}ol{padding-left:2rem;margin:.3rem 0;font-size:.875rem}.notes{color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
svg{display:block;width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--ink);stroke:var(--paper);stroke-width:3px;paint-order:stroke}svg .mid{text-anchor:middle}svg .end{text-anchor:end}
svg .n{font-weight:700;stroke:none}.grid{stroke:var(--rule);fill:none}.band{fill:var(--band)}.bar{stroke-width:1.5;fill:none;stroke:var(--ink)}
.target{stroke:var(--ink);stroke-width:2.5;fill:none}.floor{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3;fill:none}
.c0{fill:#3b7fd0;color:#3b7fd0}.c1{fill:#d0603f;color:#d0603f}.c2{fill:#3d9a63;color:#3d9a63}.c3{fill:#9469c4;color:#9469c4}
.c4{fill:#b98a1d;color:#b98a1d}.c5{fill:#3f98a8;color:#3f98a8}";

/// The page.
pub fn html(results: &[DataResult]) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Unlearning methods compared</title>\n");
    let _ = writeln!(out, "<style>{STYLE}\n</style>\n</head>\n<body>\n<h1>Unlearning methods compared</h1>");
    for result in results {
        for set in &result.forget_sets {
            let _ = writeln!(out, "<section>\n<h2>{}</h2>", escape(&heading(result, set)));
            plots(&mut out, result, set);
            tables(result, set).iter().for_each(|table| put(&mut out, table));
            out.push_str("</section>\n");
        }
        out.push_str("<ul class=\"notes\">\n");
        notes(result).iter().for_each(|note| out.push_str(&format!("<li>{}</li>\n", escape(note))));
        out.push_str("</ul>\n");
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn put(out: &mut String, table: &Table) {
    let _ = writeln!(out, "<h3>{}</h3>\n<div class=\"wide\" tabindex=\"0\">\n<table>\n<thead><tr>", escape(&table.caption));
    table.head.iter().for_each(|cell| out.push_str(&format!("<th scope=\"col\">{}</th>", escape(cell))));
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (k, cell) in row.iter().enumerate() {
            let tag = if k == 0 { "th scope=\"row\"" } else { "td" };
            let _ = write!(out, "<{tag}>{}</{}>", escape(cell), if k == 0 { "th" } else { "td" });
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

/// One colour a method, in the order of the plan.
fn series(rows: &[&Row]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for row in rows {
        let next = found.len();
        found.entry(row.id.clone()).or_insert(next);
    }
    found
}

fn plots(out: &mut String, result: &DataResult, set: &ForgetSet) {
    let rows: Vec<&Row> = result.summary.iter().filter(|row| row.forget_set == set.name).collect();
    let series = series(&rows);
    let point = |row: &Row, x: &str, y: &str| {
        let pair = |path| row.get(path).map(|interval| (interval.mean, interval.half_width.unwrap_or(0.0)));
        Some(Point { name: format!("{}, {}", row.label, row.setting), x: pair(x)?, y: pair(y)?, series: series[&row.id] })
    };
    let points = |x: &str, y: &str| rows.iter().filter_map(|row| point(row, x, y)).collect::<Vec<_>>();
    let retrain = set.references.iter().find(|reference| reference.id == "retrain");
    out.push_str("<div class=\"plots\">\n");
    let dots = points("auc_distance", "test.auc");
    if !dots.is_empty() {
        let scatter =
            Scatter { points: &dots, target: retrain.and_then(|r| r.test.auc), band: set.floor.and_then(|floor| floor.auc_distance) };
        let names = dots.iter().fold(String::new(), |all, dot| format!("{all}<li>{}</li>", escape(&dot.name)));
        let band = if scatter.band.is_some() { "; the band is where Retrains of other seeds lie" } else { "" };
        figure(out, &format!("Utility against forgetting{band}"), &scatter.svg(), &format!("<ol>{names}</ol>"));
    }
    let lengths = points("forget.jsd", "forget.jsd");
    if !lengths.is_empty() {
        let line = set.floor.map(|floor| (floor.jsd, "floor"));
        let title = "JSD from Retrain on the forget set";
        figure(out, title, &Bars { title, bars: &lengths, line, digits: 5 }.svg(), "");
    }
    let times = points("seconds", "seconds");
    if !times.is_empty() {
        let line = retrain.map(|retrain| (retrain.seconds, "Retrain")).filter(|line| line.0 > 0.0);
        let title = "Time, s";
        figure(out, title, &Bars { title, bars: &times, line, digits: 1 }.svg(), "");
    }
    out.push_str("</div>\n");
}

fn figure(out: &mut String, caption: &str, svg: &str, below: &str) {
    let _ = writeln!(out, "<figure>\n<figcaption>{}</figcaption>\n{svg}\n{below}</figure>", escape(caption));
}
