//! Custom WebGPU kernels for operations in which Burn needs many dispatches or a slow one.
//!
//! Burn 0.22 without autotune multiplies matrices through shared memory and barriers, and writes every intermediate of a norm, a softmax or an
//! optimiser to memory. Software GPUs emulate barriers, and every dispatch is expensive on them; on real GPUs memory traffic is. These kernels are
//! plain WGSL without shared memory: one register tile per product, and one dispatch each for a norm, a gated unit, a rotary embedding, an
//! attention and an AdamW step.
//!
//! Every function returns `None` for tensors that it has no kernel for (another backend, a width not divisible by four), and the caller then uses
//! Burn. So the CPU's path is unchanged bit for bit, and a module without the feature `gpu` contains none of this.

mod attend;
mod launch;
mod matmul;
mod op;
mod point;

use std::sync::atomic::{AtomicBool, Ordering};

pub use attend::attend;
pub use matmul::{linear, linear_lora};
pub use point::{AdamStep, Moments, adam, gated, norm, rotate};

static OFF: AtomicBool = AtomicBool::new(false);
static SOFTWARE: AtomicBool = AtomicBool::new(false);

/// Enables or disables our kernels, for comparisons with Burn's.
pub fn enable(on: bool) {
    OFF.store(!on, Ordering::Relaxed);
}

/// Declares that the device is a software GPU, which needs few invocations with large tiles; a GPU needs many.
pub fn set_software(software: bool) {
    SOFTWARE.store(software, Ordering::Relaxed);
}

/// Whether our kernels are enabled.
fn is_enabled() -> bool {
    !OFF.load(Ordering::Relaxed)
}

/// Whether the device was declared a software GPU by [`set_software`].
pub fn is_software() -> bool {
    SOFTWARE.load(Ordering::Relaxed)
}
