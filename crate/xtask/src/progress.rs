//! Progress reports: what is being built, how far it is, and roughly how long it will take. The estimate scales the measured share of every step
//! by the pace of this run; before that pace is known, the report says where the time was measured.

use crate::plan::{STEPS, Step};
use crate::shell::{elapsed, say};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Time between two lines about the same step.
const EVERY: Duration = Duration::from_secs(15);
/// Work that must be done before the pace counts, in seconds on the measured machine.
const LEAST_WORK: f64 = 12.0;

/// The progress of a command's steps.
pub struct Progress {
    entries: Mutex<Vec<Entry>>,
}

struct Entry {
    step: &'static Step,
    state: State,
    /// Share of the step that is done.
    share: f64,
    /// Share that was already done when work on it began; `None` before any work.
    first: Option<f64>,
    /// For example `212 of 340 crates`.
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Waiting,
    Running { since: f64 },
    Done { since: f64, until: f64 },
    Failed,
}

/// A handle to one step of a command, for the code that carries it out.
#[derive(Clone)]
pub struct Task {
    progress: Arc<Progress>,
    name: &'static str,
}

impl Progress {
    /// The progress of these steps of the plan; `warm` tells whether the dependencies of a step exist already.
    pub fn new(names: &[&str], warm: impl Fn(&str) -> bool) -> Arc<Self> {
        // In the order in which they are done: a page that comes last is no first page.
        let steps = names.iter().filter_map(|name| STEPS.iter().find(|step| step.name == *name));
        let entry = |step: &'static Step| {
            let share = if warm(step.name) { step.warm } else { 0.0 };
            Entry { step, state: State::Waiting, share, first: None, detail: String::new() }
        };
        let progress = Arc::new(Self { entries: Mutex::new(steps.map(entry).collect()) });
        let watched = Arc::downgrade(&progress);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(EVERY);
                let Some(progress) = watched.upgrade() else { return };
                if let Some(line) = line(&progress.entries(), elapsed()) {
                    say(line);
                }
            }
        });
        progress
    }

    /// The handle of a step. A step that is not in the plan reports nothing.
    pub fn task(self: &Arc<Self>, name: &'static str) -> Task {
        Task { progress: Arc::clone(self), name }
    }

    /// The time each step took, as a table to display.
    pub fn table(&self) -> String {
        let mut text = format!("  {:<44} {:>9} {:>9}\n", "step", "began", "took");
        for entry in self.entries().iter() {
            let row = match entry.state {
                State::Done { since, until } if entry.first.is_some() => format!("{since:7.1} s {:7.1} s", until - since),
                State::Done { .. } => "   was there".to_owned(),
                State::Failed => "      failed".to_owned(),
                State::Waiting => "  not needed".to_owned(),
                State::Running { .. } => "  not ended".to_owned(),
            };
            text.push_str(&format!("  {:<44} {row}\n", entry.step.says));
        }
        text.push_str("Steps run beside each other where they can: the sum of all is more than the time that went by.");
        text
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Task {
    /// Marks the step as begun; whether there is anything to do is reported by [`Task::works`].
    pub fn begin(&self) {
        self.change(|entry| entry.state = State::Running { since: elapsed() });
    }

    /// Reports that the step has work to do beyond checking that everything exists.
    pub fn works(&self) {
        let mut line = None;
        let mut entries = self.progress.entries();
        let count = entries.len();
        if let Some((idx, entry)) = entries.iter_mut().enumerate().find(|(_, entry)| entry.step.name == self.name)
            && entry.first.is_none()
        {
            entry.first = Some(entry.share);
            line = Some(format!("step {} of {count}: {}", idx + 1, entry.step.says));
        }
        drop(entries);
        line.into_iter().for_each(say);
    }

    /// Reports that `done` of cargo's `total` units are done.
    pub fn counted(&self, done: u32, total: u32, now: &str) {
        self.change(|entry| {
            entry.share = entry.step.share(done, total);
            entry.detail = format!("{done} of {total} crates{}", if now.is_empty() { String::new() } else { format!(" ({now})") });
        });
    }

    /// Marks the step as ended.
    pub fn end(&self, passed: bool) {
        self.change(|entry| {
            let since = if let State::Running { since } = entry.state { since } else { elapsed() };
            entry.state = if passed { State::Done { since, until: elapsed() } } else { State::Failed };
            entry.share = 1.0;
        });
    }

    /// Carries out the step's work and records how it ended.
    pub fn around<T>(&self, work: impl FnOnce(&Self) -> anyhow::Result<T>) -> anyhow::Result<T> {
        self.begin();
        let outcome = work(self);
        self.end(outcome.is_ok());
        outcome
    }

    fn change(&self, how: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.progress.entries().iter_mut().find(|entry| entry.step.name == self.name) {
            how(entry);
        }
    }
}

/// A line about the running steps; `None` if there are none.
fn line(entries: &[Entry], now: f64) -> Option<String> {
    let mut going = Vec::new();
    for (idx, entry) in entries.iter().enumerate() {
        if matches!(entry.state, State::Running { .. }) && entry.first.is_some() {
            let detail = if entry.detail.is_empty() { String::new() } else { format!(", {}", entry.detail) };
            going.push(format!("step {} of {}: {}{detail}", idx + 1, entries.len(), entry.step.says));
        }
    }
    if going.is_empty() {
        return None;
    }
    let goal = entries.iter().position(|entry| entry.step.name == crate::plan::PAGE && entry.state == State::Waiting);
    let (until, to) = goal.map_or((entries.len() - 1, ""), |idx| (idx, if idx + 1 < entries.len() { " to a first page" } else { "" }));
    let left = match left(entries, until, now) {
        Left::Usually(seconds) => format!("{}{to} on two idle cores, and this machine's pace is not known yet", about(seconds)),
        Left::Overdue => "it takes longer than was measured".to_owned(),
        Left::Seconds(seconds) => format!("{} left{to}", about(seconds)),
    };
    Some(format!("{}; {left}", going.join("; ")))
}

/// The estimated time until a step is done.
#[derive(PartialEq, Debug)]
enum Left {
    /// Too little has been done for an estimate; this is what was measured elsewhere, s.
    Usually(f64),
    /// A step without a count has exceeded its time and still runs.
    Overdue,
    Seconds(f64),
}

/// The estimated time until all steps up to `until` are done.
fn left(entries: &[Entry], until: usize, now: f64) -> Left {
    let mut worked = 0.0;
    let mut began = now;
    for entry in entries {
        let Some(first) = entry.first else { continue };
        worked += entry.step.seconds * (entry.share - first).max(0.0);
        if let State::Running { since } | State::Done { since, .. } = entry.state {
            began = began.min(since);
        }
    }
    let known = worked >= LEAST_WORK;
    let pace = if known { (now - began) / worked } else { 1.0 };
    let mut rest = 0.0;
    for entry in &entries[..=until] {
        let seconds = entry.step.seconds * (1.0 - entry.share) * pace;
        rest += match entry.state {
            State::Running { since } if entry.detail.is_empty() && entry.first.is_some() => {
                if now - since > seconds {
                    return Left::Overdue;
                }
                seconds - (now - since)
            }
            State::Waiting | State::Running { .. } => seconds,
            State::Done { .. } | State::Failed => 0.0,
        };
    }
    if known { Left::Seconds(rest) } else { Left::Usually(rest) }
}

/// An estimated time in words, no more precise than the estimate.
fn about(seconds: f64) -> String {
    match (seconds / 60.0).ceil() as u32 {
        0 | 1 => "about a minute".to_owned(),
        minutes @ 2..=10 => format!("about {minutes} minutes"),
        minutes => format!("about {} minutes", minutes.div_ceil(5) * 5),
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Left, Progress, State, about, left, line};
    use crate::plan::{STEPS, Step};

    const SLOW: Step = Step { name: "slow", says: "slow", seconds: 100.0, curve: &[(0.0, 0.0), (1.0, 1.0)], warm: 0.0 };
    const LATER: Step = Step { name: "later", says: "later", seconds: 50.0, curve: &[(0.0, 0.0), (1.0, 1.0)], warm: 0.0 };

    fn entry(step: &'static Step, state: State, share: f64, first: Option<f64>) -> Entry {
        Entry { step, state, share, first, detail: "1 of 2 crates".to_owned() }
    }

    #[test]
    fn what_is_left_goes_by_this_runs_pace() {
        // Half of 100 s took 100 s: this machine is half as fast, so the other half and 50 s take 200 s.
        let entries = [entry(&SLOW, State::Running { since: 0.0 }, 0.5, Some(0.0)), entry(&LATER, State::Waiting, 0.0, None)];
        assert_eq!(left(&entries, 1, 100.0), Left::Seconds(200.0));
        assert_eq!(left(&entries, 0, 100.0), Left::Seconds(100.0), "to the first step's end");
    }

    #[test]
    fn what_was_there_is_no_work() {
        // From 80 to 90 of 100 s in 10 s: as fast as measured.
        let entries = [
            entry(&SLOW, State::Running { since: 0.0 }, 0.95, Some(0.8)),
            entry(&LATER, State::Done { since: 0.0, until: 0.1 }, 1.0, None),
        ];
        assert!(matches!(left(&entries, 1, 15.0), Left::Seconds(seconds) if (seconds - 5.0).abs() < 1e-9));
        let nothing = [entry(&SLOW, State::Running { since: 0.0 }, 0.75, Some(0.75))];
        assert_eq!(left(&nothing, 0, 100.0), Left::Usually(25.0), "nothing of this machine is promised before anything is done");
    }

    #[test]
    fn a_step_that_cannot_count_is_as_far_as_its_time() {
        let mut alone = entry(&LATER, State::Running { since: 100.0 }, 0.0, Some(0.0));
        alone.detail.clear();
        let entries = [entry(&SLOW, State::Done { since: 0.0, until: 100.0 }, 1.0, Some(0.0)), alone];
        // 120 s instead of 100: 60 for the second step, of which 20 have elapsed.
        assert_eq!(left(&entries, 1, 120.0), Left::Seconds(40.0));
        assert_eq!(left(&entries, 1, 400.0), Left::Overdue, "nobody knows");
    }

    #[test]
    fn a_time_is_told_as_well_as_it_is_known() {
        let told = [0.0, 59.0, 61.0, 599.0, 601.0, 1000.0].map(about);
        assert_eq!(
            told,
            ["about a minute", "about a minute", "about 2 minutes", "about 10 minutes", "about 15 minutes", "about 20 minutes"]
        );
    }

    #[test]
    fn a_page_that_comes_last_waits_for_every_step() {
        let of = |names: &[&str]| {
            let progress = Progress::new(names, |_| false);
            let mut entries = progress.entries();
            for entry in entries.iter_mut().filter(|entry| entry.step.name == "text") {
                (entry.state, entry.share, entry.first) = (State::Running { since: 0.0 }, 0.5, Some(0.0));
            }
            line(&entries, 60.0).expect("a step runs")
        };
        let (whole, first) = (of(&["text", "gpu", "page"]), of(&["text", "page", "gpu"]));
        assert!(whole.ends_with(" minutes left") && first.ends_with("left to a first page"), "{whole} | {first}");
    }

    #[test]
    fn the_line_names_the_step_and_the_goal() {
        let of = |name: &str, state, share, first| {
            let step = STEPS.iter().find(|step| step.name == name).expect("in the plan");
            entry(step, state, share, first)
        };
        let mut entries = [
            of("text", State::Running { since: 0.0 }, 0.5, Some(0.0)),
            of("page", State::Waiting, 0.0, None),
            of("gpu", State::Waiting, 0.0, None),
        ];
        let first = line(&entries, 60.0).expect("a step runs");
        assert!(
            first.starts_with("step 1 of 3: engine for the CPU, with language models, 1 of 2 crates; about")
                && first.ends_with("to a first page"),
            "{first}"
        );
        entries[0].first = None;
        assert_eq!(line(&entries, 60.0), None, "looking whether all is there is no work");
    }
}
