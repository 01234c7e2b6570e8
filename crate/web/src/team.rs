//! The engines of other workers that carry out a command with this one, and what they exchange.

use js_sys::{Array, Float32Array, Function, Promise};
use unlearn_core::host::replica::Replica;
use unlearn_core::{Error, Result};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A team of engines, in a command that they carry out together.
#[derive(Clone)]
pub struct Team {
    /// This engine's place in it.
    pub replica: Replica,
    exchange: Function,
    turn: u32,
}

impl Team {
    /// Engine `rank` of `of`; `exchange` is the worker's.
    pub fn new(rank: usize, of: usize, exchange: Function) -> Self {
        Self { replica: Replica { rank, of: of.max(1) }, exchange, turn: 0 }
    }

    /// The team in its turn of this number.
    pub fn at(&self, turn: u32) -> Self {
        Self { turn, ..self.clone() }
    }

    /// Gives a part to the others and takes the parts of all.
    ///
    /// # Errors
    /// If another engine has ended its turn before.
    pub async fn exchange(&self, part: Vec<f32>) -> Result<Vec<Vec<f32>>> {
        let part = Float32Array::from(part.as_slice());
        let told = self.exchange.call2(&JsValue::NULL, &self.turn.into(), &part).map_err(|error| lost(&error))?;
        let promise: Promise = told.dyn_into().map_err(|other| lost(&other))?;
        let parts = JsFuture::from(promise).await.map_err(|error| lost(&error))?;
        let parts: Array = parts.dyn_into().map_err(|other| lost(&other))?;
        parts.iter().map(|part| part.dyn_into::<Float32Array>().map(|part| part.to_vec()).map_err(|other| lost(&other))).collect()
    }
}

fn lost(why: &JsValue) -> Error {
    let reason = why.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{why:?}"), |error| String::from(error.message()));
    Error::ReplicaLost { reason }
}
