//! The engine: takes a command and answers with a reply, one command at a time. A run is controlled by [`Engine::control`].

use crate::answer::answer;
#[cfg(feature = "text")]
use crate::conform;
use crate::controls::{Controls, RunControl};
use crate::failure::{failed, failure};
use crate::files::{self, NamedBytes, sources};
use crate::host::WorkerHost;
use crate::protocol::{Command, Control, Reply};
use crate::team::Team;
use crate::{gpu, views};
use burn::tensor::Device;
use js_sys::Function;
use std::cell::RefCell;
use std::rc::Rc;
use unlearn_core::data::personal::Person;
use unlearn_core::selftest::self_test;
use unlearn_core::session::{Session, TeachSpec, TrainSpec};
use unlearn_core::{Error, Result};
use wasm_bindgen::prelude::*;

/// A device, and the session on it once one is loaded.
#[wasm_bindgen]
pub struct Engine {
    state: Rc<RefCell<State>>,
    controls: Rc<Controls>,
}

#[derive(Default)]
struct State {
    device: Option<(Device, String)>,
    /// Taken out while a command uses it, and always put back.
    session: Option<Session>,
    /// With whom commands are carried out.
    team: Option<Team>,
    busy: bool,
}

#[wasm_bindgen]
impl Engine {
    /// An engine without a device.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self { state: Rc::default(), controls: Rc::default() }
    }

    /// Makes the engine number `rank` of `of` that carry out commands together. `exchange(turn, part)` gives what this one has computed to the others, and
    /// resolves to the parts of all, in the order of their numbers.
    pub fn join(
        &self,
        rank: u32,
        of: u32,
        #[wasm_bindgen(unchecked_param_type = "(turn: number, part: Float32Array) => Promise<Float32Array[]>")] exchange: Function,
    ) {
        self.state.borrow_mut().team = Some(Team::new(rank as usize, of as usize, exchange));
    }

    /// Carries out the command with number `id`, which must be higher than those before; `on_event` receives the events of a run. With a `turn`, the
    /// engines that it has joined carry out the same command as their turn of that number.
    ///
    /// # Errors
    /// Rejects with `{code, message}`; the loaded session is kept.
    #[wasm_bindgen(unchecked_return_type = "Promise<Reply>")]
    pub fn handle(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Command")] command: JsValue,
        id: u32,
        #[wasm_bindgen(unchecked_param_type = "(event: Event) => void")] on_event: Function,
        turn: Option<u32>,
    ) -> js_sys::Promise {
        let (state, controls) = (Rc::clone(&self.state), Rc::clone(&self.controls));
        let token = controls.token(id);
        wasm_bindgen_futures::future_to_promise(async move {
            let command: Command =
                serde_wasm_bindgen::from_value(command).map_err(|e| failure("message", &format!("not a command: {e}")))?;
            if std::mem::replace(&mut state.borrow_mut().busy, true) {
                return Err(failure("busy", "the engine is at work: wait for it, or cancel"));
            }
            let session = state.borrow_mut().session.take();
            let team = turn.and_then(|turn| Some(state.borrow().team.as_ref()?.at(turn)));
            let mut work = Work { state: Rc::clone(&state), session, host: WorkerHost::new(on_event, token, team) };
            let outcome = work.carry_out(command).await;
            controls.finish(id);
            let mut state = state.borrow_mut();
            state.session = work.session;
            state.busy = false;
            drop(state);
            match outcome {
                Ok(reply) => serde_wasm_bindgen::to_value(&reply).map_err(|e| failure("internal", &e.to_string())),
                Err(error) => Err(failed(&error)),
            }
        })
    }

    /// Controls the command with number `id`, even before it begins; has no effect once it is finished.
    ///
    /// # Errors
    /// If it is not a valid control.
    pub fn control(&self, #[wasm_bindgen(unchecked_param_type = "Control")] control: JsValue, id: u32) -> Result<(), JsValue> {
        let control: Control = serde_wasm_bindgen::from_value(control).map_err(|e| failure("message", &format!("not a control: {e}")))?;
        self.controls.steer(id, RunControl::from(control));
        Ok(())
    }
}

struct Work {
    state: Rc<RefCell<State>>,
    session: Option<Session>,
    host: WorkerHost,
}

impl Work {
    async fn carry_out(&mut self, command: Command) -> Result<Reply> {
        match command {
            Command::Start => self.start().await,
            Command::Load { model, data } => self.load(model, data).await,
            Command::Look { data, read } => views::look(&sources(data), &read),
            Command::Train { data, read, seed, epochs, folds } => self.train(data, &TrainSpec { read, seed, epochs, folds }).await,
            Command::Teach { model, data, person, spec } => self.teach(model, data, &person, &spec).await,
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
                let session = self.session.as_mut().ok_or_else(|| Error::setting("model", "must be loaded first", "none"))?;
                answer(session, other, &mut self.host).await
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
        self.take(Session::load(&files::named(model), &sources(data), &device, &name)?).await
    }

    async fn train(&mut self, data: Vec<NamedBytes>, spec: &TrainSpec) -> Result<Reply> {
        let (device, name) = self.device()?;
        let session = Session::train(&sources(data), spec, &device, &name, &mut self.host).await?;
        self.take(session).await
    }

    async fn teach(&mut self, model: Vec<NamedBytes>, data: Vec<NamedBytes>, person: &Person, spec: &TeachSpec) -> Result<Reply> {
        let (device, name) = self.device()?;
        let (session, ..) = Session::teach(&files::named(model), &sources(data), person, spec, &device, &name, &mut self.host).await?;
        self.take(session).await
    }

    /// Times a new session and replaces the old one with it.
    async fn take(&mut self, mut session: Session) -> Result<Reply> {
        session.compares_lists = !gpu::is_software();
        session.time(&mut self.host).await?;
        let reply = views::loaded(&session)?;
        self.session = Some(session);
        Ok(reply)
    }

    fn device(&self) -> Result<(Device, String)> {
        self.state.borrow().device.clone().ok_or_else(|| Error::Device("must be started before a model is loaded".into()))
    }
}
