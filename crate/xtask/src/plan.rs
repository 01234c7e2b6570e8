//! The steps of building the page, with the measured share of the time that each takes, for estimates of the time left.

/// A build step. Several may run in parallel.
pub struct Step {
    pub name: &'static str,
    /// Description of the step, for a progress line.
    pub says: &'static str,
    /// Seconds by which the step extends a build from scratch on two idle cores; bench/first-page.md says how they were measured.
    pub seconds: f64,
    /// For cargo steps: pairs of the share of units done and the share of time elapsed.
    pub curve: &'static [(f64, f64)],
    /// Share of the time that is saved if the dependencies were compiled before.
    pub warm: f64,
}

const fn plain(name: &'static str, says: &'static str, seconds: f64) -> Step {
    Step { name, says, seconds, curve: &[(0.0, 0.0), (1.0, 1.0)], warm: 0.0 }
}

/// All steps, in the order in which they are reported.
pub const STEPS: [Step; 10] = [
    plain("packages", "the page's packages (npm)", 5.0),
    plain("bindgen", "wasm-bindgen", 15.0),
    Step {
        name: "text",
        says: "engine for the CPU, with language models",
        seconds: 245.0,
        // From the 224th of 317 units on, burn-flex is compiled in parallel with all others.
        curve: &[(0.0, 0.0), (0.56, 0.17), (0.66, 0.24), (0.71, 0.34), (0.95, 0.6), (0.994, 0.8), (0.997, 0.93), (1.0, 1.0)],
        warm: 0.8,
    },
    plain("text-finish", "the same, optimised (wasm-opt)", 5.0),
    // Only our own two crates are recompiled.
    Step {
        name: "cpu",
        says: "engine for the CPU, small",
        seconds: 34.0,
        curve: &[(0.0, 0.0), (0.993, 0.0), (0.997, 0.6), (1.0, 1.0)],
        warm: 0.0,
    },
    plain("cpu-finish", "the same, optimised (wasm-opt)", 62.0),
    plain(PAGE, "the page", 5.0),
    Step {
        name: "gpu",
        says: "engine for the GPU",
        seconds: 358.0,
        curve: &[(0.0, 0.0), (0.5, 0.2), (0.9, 0.5), (0.995, 0.8), (1.0, 1.0)],
        warm: 0.8,
    },
    plain("gpu-finish", "the same, optimised (wasm-opt)", 145.0),
    plain(PAGE_WITH_GPU, "the page with WebGPU", 5.0),
];

/// The step after which the page is usable.
pub const PAGE: &str = "page";
/// The step after which the page is complete.
pub const PAGE_WITH_GPU: &str = "page-gpu";

impl Step {
    /// Share of the step's time that has elapsed when `done` of `total` units are done.
    pub fn share(&self, done: u32, total: u32) -> f64 {
        let at = if total == 0 { 0.0 } else { f64::from(done) / f64::from(total) };
        let pair = self.curve.windows(2).find(|pair| at <= pair[1].0);
        pair.map_or(1.0, |pair| {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            y0 + (y1 - y0) * (at - x0) / (x1 - x0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::STEPS;

    #[test]
    fn shares_follow_the_measured_curve_and_end_at_one() {
        for step in &STEPS {
            assert_eq!((step.curve[0], step.curve[step.curve.len() - 1]), ((0.0, 0.0), (1.0, 1.0)), "{}", step.name);
            assert!(
                step.curve.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1),
                "{}: the curve turns back",
                step.name
            );
            assert_eq!((step.share(0, 300), step.share(300, 300), step.share(0, 0)), (0.0, 1.0, 0.0), "{}", step.name);
            assert!(step.seconds > 0.0 && step.warm < 1.0, "{}", step.name);
        }
        let step = super::Step { name: "x", says: "", seconds: 1.0, curve: &[(0.0, 0.0), (0.5, 0.2), (1.0, 1.0)], warm: 0.0 };
        assert!((step.share(1, 4) - 0.1).abs() < 1e-9 && (step.share(3, 4) - 0.6).abs() < 1e-9);
    }
}
