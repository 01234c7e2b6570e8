//! SVG plots, sized for a phone's width; colours come from the page's style sheet.

use super::people::PersonRun;
use maud::{Markup, PreEscaped, html};
use std::fmt::Write;

const WIDTH: f64 = 360.0;

/// A point with half the widths of its intervals; `series` selects the colour.
pub struct Point {
    pub name: String,
    pub x: (f64, f64),
    pub y: (f64, f64),
    pub series: usize,
}

/// A plot of utility against forgetting: points, the target at distance 0, and the band within which Retrains lie.
pub struct Scatter<'a> {
    pub points: &'a [Point],
    pub target: Option<f64>,
    pub band: Option<f64>,
}

/// Escapes plain text, also for use between double quotes.
fn escape(plain: &str) -> String {
    html! { (plain) }.into_string()
}

/// An axis that maps a range of values to a length in pixels.
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// About four round numbers.
    fn ticks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].iter().map(|k| k * power).find(|step| *step >= rough).unwrap_or(rough);
        let first = (self.low / step).ceil() as i64;
        (first..first + 12).map(|k| k as f64 * step).take_while(|tick| *tick <= self.high + step * 1e-6).collect()
    }

    fn digits(&self) -> usize {
        let ticks = self.ticks();
        let step = ticks.get(1).zip(ticks.first()).map_or(1.0, |(second, first)| second - first);
        (-step.log10().floor()).clamp(0.0, 6.0) as usize
    }
}

/// A range that contains all values, with a margin.
fn range(values: impl Iterator<Item = f64>, with_zero: bool) -> (f64, f64) {
    let start = if with_zero { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
    let (low, high) = values.filter(|value| value.is_finite()).fold(start, |(low, high), value| (low.min(value), high.max(value)));
    if !low.is_finite() {
        return (0.0, 1.0);
    }
    let air = if high > low { 0.08 * (high - low) } else { 0.05 * high.abs().max(0.01) };
    (if with_zero && low == 0.0 { 0.0 } else { low - air }, high + air)
}

impl Scatter<'_> {
    /// The drawing. Points are numbered; the list below the plot explains the numbers.
    pub fn svg(&self) -> Markup {
        let ends = |(mid, half): (f64, f64)| [mid - half, mid + half];
        let xs = self.points.iter().flat_map(|point| [ends(point.x)[0].max(0.0), ends(point.x)[1]]).chain(self.band);
        let (low, high) = range(xs, true);
        let x = Axis { low: low.max(0.0), high, from: 52.0, to: WIDTH - 12.0 };
        let (low, high) = range(self.points.iter().flat_map(|point| ends(point.y)).chain(self.target), false);
        let y = Axis { low, high, from: 250.0, to: 14.0 };
        let mut out = open(300.0, "Test AUC against the distance of the forget AUC from Retrain's");
        if let Some(band) = self.band {
            let _ = write!(
                out,
                "<rect class=\"band\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                x.at(0.0),
                y.to,
                x.at(band) - x.at(0.0),
                y.from - y.to
            );
        }
        grid(&mut out, &x, &y);
        if let Some(target) = self.target {
            let (cx, cy) = (x.at(0.0), y.at(target));
            let _ = write!(out, "<path class=\"target\" d=\"M{:.1} {cy:.1}h18M{cx:.1} {:.1}v18\"/>", cx - 9.0, cy - 9.0);
            let _ = write!(out, "<text x=\"{:.1}\" y=\"{:.1}\">Retrain</text>", cx + 8.0, cy + 17.0);
        }
        for (k, point) in self.points.iter().enumerate() {
            let (cx, cy) = (x.at(point.x.0), y.at(point.y.0));
            let (left, right) = (x.at((point.x.0 - point.x.1).max(0.0)), x.at(point.x.0 + point.x.1));
            let (bottom, top) = (y.at(point.y.0 - point.y.1), y.at(point.y.0 + point.y.1));
            let _ = write!(out, "<g class=\"c{}\"><title>{}</title>", point.series % 6, escape(&point.name));
            let _ = write!(out, "<path class=\"bar\" d=\"M{left:.1} {cy:.1}H{right:.1}M{cx:.1} {bottom:.1}V{top:.1}\"/>");
            let _ = write!(out, "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"5\"/></g>");
            let _ = write!(out, "<text class=\"n\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", cx + 7.0, cy - 7.0, k + 1);
        }
        let _ = write!(out, "<text class=\"end\" x=\"{:.1}\" y=\"292\">|forget AUC − Retrain’s|, less is better</text>", x.to);
        out.push_str("<text x=\"4\" y=\"10\">test AUC</text></svg>");
        PreEscaped(out)
    }
}

/// Single people: how far the loss on a person's rows is from Retrain's, against the number of rows on a logarithmic axis.
pub struct People<'a>(pub &'a [PersonRun]);

impl People<'_> {
    /// The drawing.
    pub fn svg(&self) -> Markup {
        let error = |run: &PersonRun| run.unlearned - run.retrain;
        let (low, high) = range(self.0.iter().map(|run| f64::from(run.rows.max(1)).log10()), false);
        let x = Axis { low, high, from: 52.0, to: WIDTH - 12.0 };
        let (low, high) = range(self.0.iter().map(error), true);
        let y = Axis { low, high, from: 250.0, to: 14.0 };
        let mut out = open(300.0, "Loss on a person's rows minus Retrain's, against the number of rows");
        for rows in [10.0f64, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0] {
            if (x.low..=x.high).contains(&rows.log10()) {
                let at = x.at(rows.log10());
                let _ = write!(out, "<path class=\"grid\" d=\"M{at:.1} {:.1}V{:.1}\"/>", y.from, y.to);
                let _ = write!(out, "<text class=\"mid\" x=\"{at:.1}\" y=\"{:.1}\">{rows}</text>", y.from + 18.0);
            }
        }
        rows_of_grid(&mut out, &x, &y);
        let _ = write!(out, "<path class=\"floor\" d=\"M{:.1} {:.1}H{:.1}\"/>", x.from, y.at(0.0), x.to);
        for run in self.0 {
            let (cx, cy) = (x.at(f64::from(run.rows.max(1)).log10()), y.at(error(run)));
            let _ = write!(
                out,
                "<g class=\"c0\"><title>user {}, {} rows</title><circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"3\"/></g>",
                run.user, run.rows
            );
        }
        let _ = write!(out, "<text class=\"end\" x=\"{:.1}\" y=\"292\">rows of the person</text>", x.to);
        out.push_str("<text x=\"4\" y=\"10\">loss − Retrain’s, nats</text></svg>");
        PreEscaped(out)
    }
}

fn grid(out: &mut String, x: &Axis, y: &Axis) {
    for tick in x.ticks() {
        let _ = write!(out, "<path class=\"grid\" d=\"M{:.1} {:.1}V{:.1}\"/>", x.at(tick), y.from, y.to);
        let _ = write!(out, "<text class=\"mid\" x=\"{:.1}\" y=\"{:.1}\">{tick:.*}</text>", x.at(tick), y.from + 18.0, x.digits());
    }
    rows_of_grid(out, x, y);
}

fn rows_of_grid(out: &mut String, x: &Axis, y: &Axis) {
    for tick in y.ticks() {
        let _ = write!(out, "<path class=\"grid\" d=\"M{:.1} {:.1}H{:.1}\"/>", x.from, y.at(tick), x.to);
        let _ = write!(out, "<text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{tick:.*}</text>", x.from - 6.0, y.at(tick) + 4.0, y.digits());
    }
}

/// A bar chart with labelled bars and a reference line.
pub struct Bars<'a> {
    pub title: &'a str,
    pub bars: &'a [Point],
    pub line: Option<(f64, &'a str)>,
    pub digits: usize,
}

impl Bars<'_> {
    /// The drawing; the length of a bar is its point's `x`.
    pub fn svg(&self) -> Markup {
        let (_, high) = range(self.bars.iter().map(|bar| bar.x.0 + bar.x.1).chain(self.line.map(|line| line.0)), true);
        let x = Axis { low: 0.0, high: if high > 0.0 { high } else { 1.0 }, from: 4.0, to: WIDTH - 8.0 };
        let height = 34.0 * self.bars.len() as f64 + 22.0;
        let mut out = open(height, self.title);
        let mut words = String::new();
        for (k, bar) in self.bars.iter().enumerate() {
            let top = 34.0 * k as f64;
            let (mid, half) = bar.x;
            let name = if bar.name.chars().count() > 36 {
                format!("{}…", bar.name.chars().take(35).collect::<String>())
            } else {
                bar.name.clone()
            };
            let _ = write!(out, "<g class=\"c{}\"><title>{}</title>", bar.series % 6, escape(&bar.name));
            let _ = write!(
                out,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"10\"/>",
                x.from,
                top + 18.0,
                x.at(mid.max(0.0)) - x.from
            );
            let _ = write!(
                out,
                "<path class=\"bar\" d=\"M{:.1} {:.1}H{:.1}\"/></g>",
                x.at((mid - half).max(0.0)),
                top + 23.0,
                x.at(mid + half)
            );
            let _ = write!(words, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", x.from, top + 14.0, escape(&name));
            let _ = write!(words, "<text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{mid:.*}</text>", x.to, top + 14.0, self.digits);
        }
        if let Some((value, name)) = self.line {
            let at = x.at(value);
            let (class, x) = if at > WIDTH / 2.0 { ("end", at) } else { ("", at) };
            let _ = write!(out, "<path class=\"floor\" d=\"M{at:.1} 16V{:.1}\"/>", height - 16.0);
            let _ = write!(
                out,
                "<text class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\">{} {value:.*}</text>",
                height - 4.0,
                escape(name),
                self.digits
            );
        }
        out.push_str(&words);
        out.push_str("</svg>");
        PreEscaped(out)
    }
}

fn open(height: f64, title: &str) -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">", escape(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis { low: 0.0, high: 0.09, from: 0.0, to: 90.0 };
        let ticks: Vec<String> = axis.ticks().iter().map(|tick| format!("{tick:.*}", axis.digits())).collect();
        assert_eq!(ticks, ["0.00", "0.05"]);
        assert!((axis.at(0.05) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn odd_numbers_draw_nothing_odd() {
        let point = |x, y| Point { name: "<b>".into(), x, y, series: 9 };
        let points = [point((0.0, 0.0), (0.5, 0.0)), point((0.0, 0.0), (0.5, 0.0))];
        let drawn = Scatter { points: &points, target: None, band: None }.svg();
        let bars = Bars { title: "t", bars: &points, line: None, digits: 1 }.svg();
        for svg in [drawn, bars, Scatter { points: &[], target: None, band: None }.svg()] {
            let svg = svg.into_string();
            assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("<b>"), "{svg}");
        }
    }
}
