//! How a student starts: the shape of its adapter and the adapter's initial values.

use super::task::{RunState, UnlearnTask};
use super::teachers::AugmentSpec;
use crate::Result;
use crate::host::LocalFuture;
use crate::linear::LoraSpec;
use crate::model::{Model, Network, Targets};
use crate::train::optim::AdamWSpec;
use std::fmt::Debug;

/// How the student trains: adapter, learning rate and number of steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentSpec {
    /// Shape of the adapter.
    pub lora: LoraSpec,
    /// Which projections the adapter is attached to.
    pub targets: Targets,
    /// Peak learning rate.
    pub lr: f64,
    /// Whether the rate falls to zero along half a cosine; otherwise it is constant.
    pub cosine: bool,
    /// Optimiser steps.
    pub n_steps: u32,
    /// The other settings of AdamW.
    pub adamw: AdamWSpec,
    /// Share of the inputs of a linear layer's adapter that a step drops; 0 for none.
    pub dropout: f64,
}

/// The starting point of a student. A method that does not start from [`FreshAdapter`] implements this in its own file.
pub trait StudentInit: Debug + Send + Sync {
    /// The tuning of the original that precedes the student, if any; it counts towards the cost of a run.
    fn tuning(&self) -> Option<AugmentSpec> {
        None
    }

    /// The student before its first step. If `resumed`, its values will come from a checkpoint and only its shape matters.
    ///
    /// # Errors
    /// If the model does not support this start, the device fails or the host cancels.
    fn init<'a>(
        &'a self,
        task: &'a UnlearnTask<'a>,
        spec: &'a StudentSpec,
        resumed: bool,
        state: RunState<'a>,
    ) -> LocalFuture<'a, Result<Model>>;
}

/// Starts at the original: the fresh adapter does not change its output yet.
#[derive(Debug)]
pub struct FreshAdapter;

impl StudentInit for FreshAdapter {
    fn init<'a>(
        &'a self,
        task: &'a UnlearnTask<'a>,
        spec: &'a StudentSpec,
        _: bool,
        state: RunState<'a>,
    ) -> LocalFuture<'a, Result<Model>> {
        Box::pin(async move { Ok(task.original.with_adapter(&spec.lora, spec.targets, state.rng)) })
    }
}
