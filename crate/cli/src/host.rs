//! The world around a run on a terminal: bars on stderr, Ctrl-C between two steps, the process's peak memory.

use crate::io;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use unlearn_core::Error;
use unlearn_core::package::Files;
use unlearn_core::train::event::{Event, Phase};
use unlearn_core::train::host::Host;
use unlearn_core::unlearn::checkpoint::STUDENT;

/// The terminal.
pub struct Terminal {
    start: Instant,
    cancelled: Arc<AtomicBool>,
    quiet: bool,
    bar: ProgressBar,
    phase: Option<Phase>,
    /// Where a run's checkpoints go, and the steps between two.
    pub checkpoints: Option<(PathBuf, u32)>,
    /// What is being worked on, where a command works on several things.
    pub label: String,
}

impl Terminal {
    /// Takes over Ctrl-C: the first one ends the run between two steps, the second one at once.
    pub fn new(quiet: bool) -> Result<Self> {
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        let handler = move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(crate::CANCELLED));
            }
        };
        ctrlc::set_handler(handler).context("taking over Ctrl-C")?;
        let quiet = quiet || !std::io::stderr().is_terminal();
        Ok(Self {
            start: Instant::now(),
            cancelled,
            quiet,
            bar: ProgressBar::hidden(),
            phase: None,
            checkpoints: None,
            label: String::new(),
        })
    }

    /// No progress is wanted, or there is no terminal for it.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether Ctrl-C was pressed, for what has no steps between which it could be asked.
    pub fn cancelled(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// A line for people above the bar; nothing if quiet.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.bar.suspend(|| eprintln!("{}", text.as_ref()));
        }
    }

    fn show(&mut self, phase: Phase, done: u32, total: u32, left_ms: Option<f64>) {
        if self.quiet {
            return;
        }
        if self.phase != Some(phase) {
            self.phase = Some(phase);
            self.bar.finish_and_clear();
            self.bar = ProgressBar::with_draw_target(Some(u64::from(total)), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg}") {
                self.bar.set_style(style);
            }
        }
        self.bar.set_prefix(format!("{}{}", if self.label.is_empty() { String::new() } else { format!("{}: ", self.label) }, name(phase)));
        self.bar.set_length(u64::from(total));
        self.bar.set_position(u64::from(done));
        self.bar.set_message(left_ms.map_or_else(String::new, |ms| format!("{:.0} s left", ms / 1000.0)));
        if done >= total {
            self.bar.finish_and_clear();
            self.phase = None;
        }
    }
}

impl Host for Terminal {
    fn now_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1000.0
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Progress { phase, done, total, left_ms, .. } => self.show(phase, done, total, left_ms),
            Event::Eval { step, test, forget } => {
                let auc = |auc: Option<f64>| auc.map_or_else(|| "–".into(), |auc| format!("{auc:.4}"));
                let jsd = forget.jsd.map_or_else(String::new, |jsd| format!(", jsd {jsd:.5}"));
                self.say(format!("step {step}: test AUC {}, forget AUC {}{jsd}", auc(test.auc), auc(forget.auc)));
            }
            Event::Losses { .. } | Event::Paused { .. } => {}
        }
    }

    async fn breathe(&mut self) -> unlearn_core::Result<()> {
        if self.cancelled.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }

    fn checkpoint_every(&self) -> u32 {
        self.checkpoints.as_ref().map_or(0, |(_, every)| *every)
    }

    fn checkpoint(&mut self, step: u32, files: Files) {
        let Some((folder, _)) = &self.checkpoints else { return };
        if let Err(error) = io::write_files(folder, &files, STUDENT) {
            // The run is worth more than its net.
            eprintln!("no checkpoint at step {step}, nor later: {error:#}. The run goes on.");
            self.checkpoints = None;
        }
    }

    fn peak_bytes(&self) -> Option<u64> {
        // Linux keeps the resident set's high-water mark: "VmHWM:	  123456 kB".
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
    }
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Before => "measuring original",
        Phase::Augment => "augmented model",
        Phase::Teachers => "teachers' answers",
        Phase::Student => "student",
        Phase::Retrain => "training",
        Phase::After => "measuring result",
        Phase::Attack => "attacking",
    }
}
