//! Runs jobs as child processes, a limited number at a time, and a Retrain before the cells that need it. Ctrl-C kills them; finished results stay.

use super::job::{Job, Task};
use crate::console::tell;
use crate::host::Terminal;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use unlearn_core::host::Host;

/// Interval at which the child processes are polled.
const LOOK: Duration = Duration::from_millis(20);

/// A job with its name.
pub struct Named {
    pub job: Job,
    pub name: String,
}

/// A child process that is killed on drop, so that no error leaves one behind.
struct Running {
    key: String,
    name: String,
    child: Child,
    said: Option<JoinHandle<String>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both calls fail only if the child has already ended, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs all jobs, `n_jobs` at a time. A failed job is reported, and the others continue.
pub async fn run(jobs: Vec<Named>, n_jobs: usize, host: &mut Terminal) -> Result<()> {
    let bar = bar(&jobs, host);
    let mut waiting = jobs;
    let mut unmade: HashSet<String> = waiting.iter().filter(|named| is_reference(&named.job)).map(|named| named.job.task.key()).collect();
    let mut lost: HashMap<String, String> = HashMap::new();
    let mut running: Vec<Running> = Vec::new();
    while !waiting.is_empty() || !running.is_empty() {
        host.breathe().await?;
        while running.len() < n_jobs {
            let ready = |named: &Named| need(&named.job).is_none_or(|key| !unmade.contains(key) || lost.contains_key(key));
            let Some(at) = waiting.iter().position(ready) else { break };
            let named = waiting.remove(at);
            if let Some(why) = need(&named.job).and_then(|key| lost.get(key)) {
                bar.inc(1);
                bar.suspend(|| tell(&format!("failed: {}: its Retrain failed: {why}", named.name)));
                continue;
            }
            bar.set_message(named.name.clone());
            running.push(start(named)?);
        }
        let mut k = 0;
        while k < running.len() {
            let Some(status) = running[k].child.try_wait().context("waiting for a cell")? else {
                k += 1;
                continue;
            };
            let mut ended = running.remove(k);
            bar.inc(1);
            if status.success() {
                unmade.remove(&ended.key);
                continue;
            }
            let said = ended.said.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
            let said = if said.trim().is_empty() { status.to_string() } else { said.trim().to_owned() };
            bar.suspend(|| tell(&format!("failed: {}: {said}", ended.name)));
            if unmade.contains(&ended.key) {
                lost.insert(ended.key.clone(), said);
            }
        }
        if !running.is_empty() {
            std::thread::sleep(LOOK);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn is_reference(job: &Job) -> bool {
    matches!(job.task, Task::Reference(_))
}

fn need(job: &Job) -> Option<&String> {
    match &job.task {
        Task::Cell(cell) => cell.reference.as_ref(),
        Task::Reference(_) => None,
    }
}

/// Starts `unlearn cell --watch`, the same program. Its stdin stays open as long as this process lives.
fn start(named: Named) -> Result<Running> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut command = Command::new(program);
    // As many cells at a time as `--jobs` says, each on one thread: their seconds can be compared.
    command.args(["cell", "--watch", "--quiet", "--threads", "1"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().context("starting a cell")?;
    let order = serde_json::to_string(&named.job)?;
    if let Some(stdin) = &mut child.stdin {
        // If the child has already ended, its stderr says why.
        let _ = writeln!(stdin, "{order}");
    }
    let said = child.stderr.take().map(|mut stderr| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    });
    Ok(Running { key: named.job.task.key(), name: named.name, child, said })
}

fn bar(jobs: &[Named], host: &Terminal) -> ProgressBar {
    if host.is_quiet() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(jobs.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {elapsed} gone, {eta} left  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

/// Elapsed wall time as text, for the final message.
pub fn took(start: Instant) -> String {
    let seconds = start.elapsed().as_secs();
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
