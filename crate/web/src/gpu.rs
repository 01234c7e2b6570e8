//! The device of this module: burn-flex in the `cpu` module, WebGPU in the `gpu` module.

use burn::tensor::Device;
use unlearn_core::Result;

/// The kind of this module's device: `cpu` or `gpu`.
pub const KIND: &str = if cfg!(feature = "gpu") { "gpu" } else { "cpu" };

/// Opens the device; also returns its display name.
///
/// # Errors
/// If the browser provides no WebGPU device.
#[cfg(feature = "gpu")]
pub async fn open() -> Result<(Device, String)> {
    let (device, setup) = Device::wgpu_options()
        .init_with_setup_async()
        .await
        .map_err(|e| unlearn_core::Error::Device(format!("WebGPU did not start: {e}")))?;
    let info = setup.adapter.get_info();
    unlearn_core::gpu::set_software(info.device_type == burn::backend::wgpu::wgpu::DeviceType::Cpu);
    #[cfg(feature = "text")]
    OPENED.with(|opened| *opened.borrow_mut() = Some(setup.device.clone()));
    let name = [info.name, info.driver, info.device.to_string()].into_iter().find(|part| !part.is_empty()).unwrap_or_default();
    Ok((device, format!("WebGPU (burn-wgpu) {name}")))
}

#[cfg(feature = "gpu")]
pub use unlearn_core::gpu::is_software;

/// The processor is no GPU that is computed in software.
#[cfg(not(feature = "gpu"))]
#[must_use]
pub const fn is_software() -> bool {
    false
}

/// Opens the device; also returns its display name.
///
/// # Errors
/// Never: the CPU is always available.
#[cfg(not(feature = "gpu"))]
#[expect(clippy::unused_async, reason = "the GPU module's is")]
pub async fn open() -> Result<(Device, String)> {
    Ok((Device::flex(), "CPU (burn-flex, SIMD128)".into()))
}

#[cfg(all(feature = "gpu", feature = "text"))]
thread_local! {
    /// The device that Burn computes on, for [`lose`].
    static OPENED: std::cell::RefCell<Option<burn::backend::wgpu::wgpu::Device>> = const { std::cell::RefCell::new(None) };
}

/// Destroys the device under the engine, as a driver failure would.
///
/// # Errors
/// If this module's device cannot be destroyed, or is not open.
#[cfg(feature = "text")]
pub fn lose() -> Result<()> {
    #[cfg(feature = "gpu")]
    if let Some(device) = OPENED.with(|opened| opened.borrow_mut().take()) {
        device.destroy();
        return Ok(());
    }
    Err(unlearn_core::Error::Device("only a GPU that was opened can be lost".into()))
}

/// Forwards the libraries' log to the console: on wasm an invalid shader is reported only there.
pub fn log_to_console() {
    struct Console;
    impl log::Log for Console {
        fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
            metadata.level() <= log::Level::Warn
        }
        fn log(&self, record: &log::Record<'_>) {
            if self.enabled(record.metadata()) {
                let text = format!("{}: {}", record.target(), record.args()).into();
                if record.level() == log::Level::Error { web_sys::console::error_1(&text) } else { web_sys::console::warn_1(&text) }
            }
        }
        fn flush(&self) {}
    }
    if log::set_logger(&Console).is_ok() {
        log::set_max_level(log::LevelFilter::Warn);
    }
}
