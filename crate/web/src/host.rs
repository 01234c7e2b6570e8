//! The worker as the host of a run: events go to the page, and messages are handled between two steps.

use crate::controls::{RunControl, Token};
use crate::files::NamedBytes;
use crate::protocol::Checkpoint;
use crate::team::Team;
use gloo::timers::future::TimeoutFuture;
use js_sys::Function;
use serde::Serialize;
use std::cell::Cell;
use unlearn_core::host::event::Event;
use unlearn_core::host::replica::Replica;
use unlearn_core::host::{Files, Host, LocalFuture};
use unlearn_core::{Error, Result};
use wasm_bindgen::{JsCast, JsValue};

/// Working time between two turns of the worker's event loop, ms: short enough for a click, long enough that the timers' 4 ms do not add up.
const TURN_MS: f64 = 100.0;
/// Interval between two checks for a control while paused, ms.
const PAUSED_MS: u32 = 30;

/// A larger jump of the clock means that the device slept, ms.
const SLEPT_MS: f64 = 600_000.0;

/// A monotonic clock that does not count sleep, whatever the device's clock does.
#[derive(Default)]
struct Clock {
    last: Cell<Option<f64>>,
    sum: Cell<f64>,
}

impl Clock {
    fn now_ms(&self) -> f64 {
        let now = clock_ms();
        let passed = self.last.replace(Some(now)).map_or(0.0, |last| now - last);
        if (0.0..SLEPT_MS).contains(&passed) {
            self.sum.set(self.sum.get() + passed);
        }
        self.sum.get()
    }
}

/// The host of one command.
pub struct WorkerHost {
    on_event: Function,
    control: Token,
    clock: Clock,
    paused_ms: f64,
    turned_ms: f64,
    step: u32,
    /// The engines that carry out the command with this one.
    team: Option<Team>,
    /// Steps between two checkpoints; 0 for none.
    pub checkpoint_every: u32,
}

impl WorkerHost {
    /// A host that sends events to `on_event`, obeys `control`, and shares the work with a team.
    pub fn new(on_event: Function, control: Token, team: Option<Team>) -> Self {
        Self { on_event, control, clock: Clock::default(), paused_ms: 0.0, turned_ms: 0.0, step: 0, team, checkpoint_every: 0 }
    }

    fn tell(&self, event: &impl Serialize) {
        // If a listener throws, it is the page's fault; the run continues.
        if let Ok(value) = serde_wasm_bindgen::to_value(event) {
            let _ = self.on_event.call1(&JsValue::NULL, &value);
        }
    }

    async fn pause(&mut self) {
        let start = self.clock.now_ms();
        self.tell(&Event::Paused { paused: true, step: self.step });
        while self.control.get() == RunControl::Pause {
            TimeoutFuture::new(PAUSED_MS).await;
        }
        self.paused_ms += self.clock.now_ms() - start;
        self.tell(&Event::Paused { paused: false, step: self.step });
    }
}

impl Host for WorkerHost {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms() - self.paused_ms
    }

    fn event(&mut self, event: Event) {
        if let Event::Losses { steps } = &event {
            self.step = steps.last().map_or(self.step, |last| last.step);
        }
        self.tell(&event);
    }

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        Box::pin(async {
            if self.clock.now_ms() - self.turned_ms > TURN_MS || self.control.get() != RunControl::Run {
                TimeoutFuture::new(0).await;
                self.turned_ms = self.clock.now_ms();
            }
            match self.control.get() {
                RunControl::Step => self.control.set(RunControl::Pause), // this unit is done: pause before the next
                RunControl::Pause => self.pause().await,
                RunControl::Run | RunControl::Cancel => {}
            }
            if self.control.get() == RunControl::Cancel { Err(Error::Cancelled) } else { Ok(()) }
        })
    }

    fn replica(&self) -> Replica {
        self.team.as_ref().map_or(Replica::ALONE, |team| team.replica)
    }

    fn exchange(&mut self, part: Vec<f32>) -> LocalFuture<'_, Result<Vec<Vec<f32>>>> {
        Box::pin(async {
            match &self.team {
                Some(team) => team.exchange(part).await,
                None => Ok(vec![part]),
            }
        })
    }

    fn peak_bytes(&self) -> Option<u64> {
        // wasm memory never shrinks, so its size is its peak.
        let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().dyn_into().ok()?;
        let buffer: js_sys::ArrayBuffer = memory.buffer().dyn_into().ok()?;
        Some(u64::from(buffer.byte_length()))
    }

    fn checkpoint_every(&self) -> u32 {
        self.checkpoint_every
    }

    fn checkpoint(&mut self, step: u32, files: Files) {
        self.tell(&Checkpoint { step, files: files.into_iter().map(|(name, bytes)| NamedBytes { name, bytes }).collect() });
    }
}

/// Milliseconds since the worker started.
pub fn clock_ms() -> f64 {
    js_sys::global()
        .dyn_into::<web_sys::WorkerGlobalScope>()
        .ok()
        .and_then(|scope| scope.performance())
        .map_or_else(js_sys::Date::now, |p| p.now())
}
