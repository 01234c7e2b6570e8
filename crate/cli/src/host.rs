//! The terminal as host of a run: progress bars on stderr, Ctrl-C checked between two steps, and the peak memory of the process.

use crate::checkpoint::CheckpointFolder;
use crate::console::tell;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use unlearn_core::Error;
use unlearn_core::host::event::{Event, Phase};
use unlearn_core::host::{Files, Host, LocalFuture};

/// Exit code after Ctrl-C, following the shell convention 128 + SIGINT.
pub const CANCELLED: u8 = 130;

/// The terminal as a `Host`.
pub struct Terminal {
    start: Instant,
    cancelled: Arc<AtomicBool>,
    quiet: bool,
    bar: ProgressBar,
    phase: Option<Phase>,
    /// How many threads share what a command computes.
    pub threads: usize,
    /// Checkpoint folder of the current run.
    pub checkpoints: Option<CheckpointFolder>,
    /// Name of the current item, for commands that process several.
    pub label: String,
}

impl Terminal {
    /// Installs the Ctrl-C handler: the first Ctrl-C ends the run between two steps, the second ends the process immediately.
    pub fn new(quiet: bool, threads: usize) -> Result<Self> {
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        let handler = move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(CANCELLED));
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
            threads,
            checkpoints: None,
            label: String::new(),
        })
    }

    /// Whether progress output is off, because it was not wanted or stderr is not a terminal.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The flag that Ctrl-C sets, for code that does not run in steps.
    pub fn cancelled(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// Prints a message above the bar, unless quiet.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.bar.suspend(|| tell(text.as_ref()));
        }
    }

    /// Prints a message above the bar, even if quiet.
    pub fn warn(&self, text: impl AsRef<str>) {
        self.bar.suspend(|| tell(text.as_ref()));
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
            Event::Losses { .. } | Event::Answers { .. } | Event::Paused { .. } => {}
        }
    }

    fn breathe(&mut self) -> LocalFuture<'_, unlearn_core::Result<()>> {
        let cancelled = self.cancelled.load(Ordering::Relaxed);
        Box::pin(async move { if cancelled { Err(Error::Cancelled) } else { Ok(()) } })
    }

    fn checkpoint_every(&self) -> u32 {
        self.checkpoints.as_ref().map_or(0, CheckpointFolder::every)
    }

    fn checkpoint(&mut self, step: u32, files: Files) {
        if let Some(told) = self.checkpoints.as_mut().and_then(|folder| folder.keep(step, files)) {
            self.warn(told);
        }
    }

    fn peak_bytes(&self) -> Option<u64> {
        // Linux reports the peak resident set size as "VmHWM:	  123456 kB".
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
        Phase::Calibrate => "adapter's scale",
        Phase::Retrain => "training",
        Phase::After => "measuring result",
        Phase::Attack => "attacking",
    }
}
