//! `report.html`: a self-contained HTML page.

use super::summary::{DataResult, ForgetSet, Row};
use super::svg::{Bars, People, Point, Scatter};
use super::table::{Table, heading, notes, people, tables};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::collections::BTreeMap;

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

/// The HTML page.
pub fn html(results: &[DataResult]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Unlearning methods compared" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Unlearning methods compared" }
                @for result in results {
                    @for set in &result.forget_sets {
                        section {
                            h2 { (heading(result, set)) }
                            (plots(result, set))
                            @for table in tables(result, set) { (markup(&table)) }
                        }
                    }
                    @if !result.people.is_empty() {
                        section {
                            div.plots { @for row in &result.people { figure { figcaption { (row.label) ", " (row.setting) } (People(&row.runs).svg()) } } }
                            @for table in people(result) { (markup(&table)) }
                        }
                    }
                    ul.notes { @for note in notes(result) { li { (note) } } }
                }
            }
        }
    };
    page.into_string()
}

fn markup(table: &Table) -> Markup {
    html! {
        h3 { (table.caption) }
        div.wide tabindex="0" {
            table {
                thead { tr { @for cell in &table.head { th scope="col" { (cell) } } } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            @if let Some(name) = row.first() { th scope="row" { (name) } }
                            @for cell in row.iter().skip(1) { td { (cell) } }
                        }
                    }
                }
            }
        }
    }
}

/// A colour index per method, in the order of the plan.
fn series(rows: &[&Row]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for row in rows {
        let next = found.len();
        found.entry(row.id.clone()).or_insert(next);
    }
    found
}

fn plots(result: &DataResult, set: &ForgetSet) -> Markup {
    let rows: Vec<&Row> = result.summary.iter().filter(|row| row.forget_set == set.name).collect();
    let series = series(&rows);
    let point = |row: &Row, x: &str, y: &str| {
        let pair = |path| row.get(path).map(|interval| (interval.mean, interval.half_width.unwrap_or(0.0)));
        Some(Point { name: format!("{}, {}", row.label, row.setting), x: pair(x)?, y: pair(y)?, series: series[&row.id] })
    };
    let points = |x: &str, y: &str| rows.iter().filter_map(|row| point(row, x, y)).collect::<Vec<_>>();
    let retrain = set.references.iter().find(|reference| reference.id == "retrain");
    let target = retrain.and_then(|retrain| retrain.test.auc);
    let band = set.floor.and_then(|floor| floor.auc_distance);
    let floor = set.floor.map(|floor| (floor.jsd, "floor"));
    let whole = retrain.map(|retrain| (retrain.seconds, "Retrain")).filter(|line| line.0 > 0.0);
    html! {
        div.plots {
            (scatter(&points("auc_distance", "test.auc"), target, band))
            (bars("JSD from Retrain on the forget set", &points("forget.jsd", "forget.jsd"), floor, 5))
            (bars("Time, s", &points("seconds", "seconds"), whole, 1))
        }
    }
}

/// Scatter plot of utility against forgetting, followed by the names of the numbered points.
fn scatter(points: &[Point], target: Option<f64>, band: Option<f64>) -> Markup {
    let caption = if band.is_some() {
        "Utility against forgetting; the band is where Retrains of other seeds lie"
    } else {
        "Utility against forgetting"
    };
    let names = html! { ol { @for point in points { li { (point.name) } } } };
    html! { @if !points.is_empty() { (figure(caption, &Scatter { points, target, band }.svg(), &names)) } }
}

fn bars(title: &str, bars: &[Point], line: Option<(f64, &str)>, digits: usize) -> Markup {
    html! { @if !bars.is_empty() { (figure(title, &Bars { title, bars, line, digits }.svg(), &html! {})) } }
}

fn figure(caption: &str, svg: &Markup, below: &Markup) -> Markup {
    html! { figure { figcaption { (caption) } (svg) (below) } }
}
