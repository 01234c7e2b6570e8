//! The engine: takes a command, answers with a reply. One command at a time; a run is steered by [`Engine::control`].

use crate::answer::answer;
#[cfg(feature = "text")]
use crate::conform;
use crate::failure::{failed, failure};
use crate::files::{self, NamedBytes};
use crate::gpu;
use crate::host::{Wish, WorkerHost};
use crate::protocol::{Command, Control, Reply};
use crate::views;
use burn::tensor::Device;
use js_sys::Function;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::lab::Lab;
use unlearn_core::selftest::self_test;
use unlearn_core::{Error, Result};
use wasm_bindgen::prelude::*;

/// One device, and the lab on it once it is loaded.
#[wasm_bindgen]
pub struct Engine {
    state: Rc<RefCell<State>>,
    wish: Rc<Cell<Wish>>,
}

#[derive(Default)]
struct State {
    device: Option<(Device, String)>,
    /// Taken out while a command works with it, and always put back.
    lab: Option<Lab>,
    busy: bool,
}

#[wasm_bindgen]
impl Engine {
    /// An engine without a device.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self { state: Rc::default(), wish: Rc::default() }
    }

    /// Carries out a command; `on_event` is told how a run goes.
    ///
    /// # Errors
    /// Rejects with `{code, message}`; what was loaded stays.
    #[wasm_bindgen(unchecked_return_type = "Promise<Reply>")]
    pub fn handle(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Command")] command: JsValue,
        #[wasm_bindgen(unchecked_param_type = "(event: Event) => void")] on_event: Function,
    ) -> js_sys::Promise {
        let (state, wish) = (Rc::clone(&self.state), Rc::clone(&self.wish));
        wasm_bindgen_futures::future_to_promise(async move {
            let command: Command =
                serde_wasm_bindgen::from_value(command).map_err(|e| failure("message", &format!("not a command: {e}")))?;
            if std::mem::replace(&mut state.borrow_mut().busy, true) {
                return Err(failure("busy", "the engine is at work: wait for it, or cancel"));
            }
            wish.set(Wish::Run);
            let lab = state.borrow_mut().lab.take();
            let mut work = Work { state: Rc::clone(&state), lab, host: WorkerHost::new(on_event, wish) };
            let outcome = work.carry_out(command).await;
            let mut state = state.borrow_mut();
            state.lab = work.lab;
            state.busy = false;
            drop(state);
            match outcome {
                Ok(reply) => serde_wasm_bindgen::to_value(&reply).map_err(|e| failure("internal", &e.to_string())),
                Err(error) => Err(failed(&error)),
            }
        })
    }

    /// Steers the run in progress; without one it does nothing.
    ///
    /// # Errors
    /// If it is not one of the control words.
    pub fn control(&self, #[wasm_bindgen(unchecked_param_type = "Control")] control: JsValue) -> Result<(), JsValue> {
        let control: Control = serde_wasm_bindgen::from_value(control).map_err(|e| failure("message", &format!("not a control: {e}")))?;
        self.wish.set(control.into());
        Ok(())
    }
}

struct Work {
    state: Rc<RefCell<State>>,
    lab: Option<Lab>,
    host: WorkerHost,
}

impl Work {
    async fn carry_out(&mut self, command: Command) -> Result<Reply> {
        match command {
            Command::Start => self.start().await,
            Command::Load { model, data } => self.load(model, data).await,
            Command::Train { data, seed, epochs } => self.train(data, seed, epochs).await,
            #[cfg(feature = "text")]
            Command::Cases => Ok(conform::cases()),
            #[cfg(feature = "text")]
            Command::Conform { case } => conform::numbers(&case, &self.device()?.0).await,
            #[cfg(feature = "text")]
            Command::Product { n, times } => {
                unlearn_core::conformance::product(n as usize, times, &self.device()?.0).await?;
                Ok(Reply::Done)
            }
            #[cfg(feature = "text")]
            Command::Lose => gpu::lose().map(|()| Reply::Done),
            other => {
                if let Command::Run { checkpoint_every, .. } = other {
                    self.host.checkpoint_every = checkpoint_every;
                }
                let lab = self.lab.as_mut().ok_or_else(|| Error::setting("model", "must be loaded first", "none"))?;
                answer(lab, other, &mut self.host).await
            }
        }
    }

    async fn start(&mut self) -> Result<Reply> {
        let (device, name) = gpu::open().await?;
        let test = self_test(&device).await?;
        self.state.borrow_mut().device = Some((device, name.clone()));
        Ok(Reply::Ready { kind: gpu::KIND.into(), device: name, checks: test.checks, trace: test.trace })
    }

    async fn load(&mut self, model: Vec<NamedBytes>, data: Vec<NamedBytes>) -> Result<Reply> {
        let (device, name) = self.device()?;
        self.take(Lab::load(&files::named(model), &sources(data), &device, &name)?).await
    }

    async fn train(&mut self, data: Vec<NamedBytes>, seed: u32, epochs: u32) -> Result<Reply> {
        let (device, name) = self.device()?;
        let lab = Lab::train(&sources(data), seed, epochs, &device, &name, &mut self.host).await?;
        self.take(lab).await
    }

    /// Times a new lab and puts it in the old one's place.
    async fn take(&mut self, mut lab: Lab) -> Result<Reply> {
        lab.time(&mut self.host).await?;
        let reply = views::loaded(&lab)?;
        self.lab = Some(lab);
        Ok(reply)
    }

    fn device(&self) -> Result<(Device, String)> {
        self.state.borrow().device.clone().ok_or_else(|| Error::Device("must be started before a model is loaded".into()))
    }
}

fn sources(files: Vec<NamedBytes>) -> Vec<SourceFile> {
    files.into_iter().map(|file| SourceFile { name: file.name, bytes: file.bytes }).collect()
}
