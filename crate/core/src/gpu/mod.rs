//! Kernels of our own for WebGPU, where Burn takes many dispatches or a slow one.
//!
//! Burn 0.22 without autotune multiplies matrices through shared memory and barriers, and writes every intermediate of a norm, a softmax or an
//! optimiser to memory. Software GPUs emulate barriers and pay for every dispatch; real ones pay for the memory. These kernels are plain WGSL
//! without shared memory: a register tile a product, one dispatch for each of a norm, a gated unit, a rotation, an attention, an AdamW step.
//!
//! Every function gives None for a tensor that it has no kernel for (another backend, a width that four does not divide): the caller then asks
//! Burn. So the processor's path is the same bit for bit, and a module without the feature `gpu` holds none of this.

mod attend;
mod check;
mod launch;
mod matmul;
mod op;
mod point;

use std::sync::atomic::{AtomicBool, Ordering};

pub use attend::attend;
pub use check::check;
pub use matmul::{linear, linear_lora};
pub use point::{Moments, adam, gated, norm, rotate};

static OFF: AtomicBool = AtomicBool::new(false);
static SOFTWARE: AtomicBool = AtomicBool::new(false);

/// Leaves everything to Burn's kernels (`false`) or not: for comparisons.
pub fn enable(on: bool) {
    OFF.store(!on, Ordering::Relaxed);
}

/// Says that the device is a processor that plays a GPU: it wants few invocations with large tiles, where a GPU wants many.
pub fn set_software(software: bool) {
    SOFTWARE.store(software, Ordering::Relaxed);
}

fn is_enabled() -> bool {
    !OFF.load(Ordering::Relaxed)
}

fn is_software() -> bool {
    SOFTWARE.load(Ordering::Relaxed)
}
