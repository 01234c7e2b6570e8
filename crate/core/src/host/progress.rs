//! Progress of a run over all its stages, with the remaining time.

use super::Host;
use super::event::{Event, Phase};

/// Tracks the progress and the time of a run.
#[derive(Debug, Clone)]
pub struct Progress {
    start_ms: f64,
    stages: Vec<Stage>,
    told_ms: f64,
}

#[derive(Debug, Clone)]
struct Stage {
    phase: Phase,
    /// Cost of one unit, in student steps.
    weight: f64,
    total: u32,
    done: u32,
    /// Finished units of earlier parts, for a stage with several parts.
    before: Option<u32>,
    /// Time when its first unit was reported, ms.
    since_ms: Option<f64>,
}

impl Stage {
    /// Units of the whole stage, if the current part has `total`.
    fn of_all(&self, total: u32) -> u32 {
        self.before.map_or(total, |before| self.total.max(before + total))
    }
}

impl Progress {
    /// Progress that starts now, for stages of `(phase, units, cost of a unit)`.
    pub fn new(stages: &[(Phase, u32, f64)], host: &dyn Host) -> Self {
        let stages = stages
            .iter()
            .map(|(phase, total, weight)| Stage { phase: *phase, weight: *weight, total: *total, done: 0, before: None, since_ms: None })
            .collect();
        Self { start_ms: host.now_ms(), stages, told_ms: f64::NEG_INFINITY }
    }

    /// Begins a part of a stage: its units are added to those already done, and all parts together have at least the planned number.
    pub fn begin_part(&mut self, phase: Phase) {
        if let Some(stage) = self.stages.iter_mut().find(|stage| stage.phase == phase) {
            stage.before = Some(stage.done);
        }
    }

    /// Corrects the number of units of a stage, once it is known.
    pub fn expect(&mut self, phase: Phase, total: u32) {
        if let Some(stage) = self.stages.iter_mut().find(|stage| stage.phase == phase) {
            stage.total = stage.of_all(total);
        }
    }

    /// Reports that `done` of `total` units of `phase` are done. The end of a stage is reported at once, other progress ten times a second.
    pub fn at(&mut self, phase: Phase, mut done: u32, mut total: u32, host: &mut dyn Host) {
        if let Some(stage) = self.stages.iter_mut().find(|stage| stage.phase == phase) {
            done += stage.before.unwrap_or_default();
            total = stage.of_all(total);
            (stage.done, stage.total) = (done, total);
            stage.since_ms.get_or_insert(host.now_ms());
        }
        let now = host.now_ms();
        if now - self.told_ms < 100.0 && done < total {
            return;
        }
        self.told_ms = now;
        let sum = |units: fn(&Stage) -> u32| self.stages.iter().map(|s| f64::from(units(s)) * s.weight).sum::<f64>();
        let (spent, all) = (sum(|s| s.done), sum(|s| s.total));
        let elapsed_ms = self.elapsed_ms(host);
        // Below two per cent the estimate would be unstable.
        let left_ms = (spent > 0.02 * all).then(|| elapsed_ms * (all - spent) / spent);
        host.event(Event::Progress { phase, done, total, elapsed_ms, left_ms });
    }

    /// Time since the first unit of a stage, ms; 0 if it has not begun.
    pub fn spent_ms(&self, phase: Phase, host: &dyn Host) -> f64 {
        self.stages.iter().find(|stage| stage.phase == phase).and_then(|stage| stage.since_ms).map_or(0.0, |since| host.now_ms() - since)
    }

    /// Time since the start, excluding pauses, ms.
    pub fn elapsed_ms(&self, host: &dyn Host) -> f64 {
        host.now_ms() - self.start_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Quiet;

    fn told(host: &Quiet) -> Vec<(u32, u32)> {
        let progress = |event: &Event| match event {
            Event::Progress { done, total, .. } => Some((*done, *total)),
            _ => None,
        };
        host.events.iter().filter_map(progress).collect()
    }

    #[test]
    fn parts_count_on_within_what_was_foreseen() {
        let mut host = Quiet::default();
        let mut progress = Progress::new(&[(Phase::Student, 8, 1.0)], &host);
        for steps in [2, 3, 4] {
            progress.begin_part(Phase::Student);
            progress.at(Phase::Student, 1, steps, &mut host);
            progress.at(Phase::Student, steps, steps, &mut host);
        }
        // Nine steps where eight were planned: reported as soon as it is known.
        assert_eq!(told(&host), [(1, 8), (2, 8), (3, 8), (5, 8), (6, 9), (9, 9)]);
    }

    #[test]
    fn a_stage_that_was_not_foreseen_right_is_corrected() {
        let mut host = Quiet::default();
        let mut progress = Progress::new(&[(Phase::Student, 8, 1.0)], &host);
        progress.at(Phase::Student, 1, 2, &mut host);
        progress.expect(Phase::Student, 5);
        progress.at(Phase::Student, 5, 5, &mut host);
        assert_eq!(told(&host), [(1, 2), (5, 5)]);
    }
}
