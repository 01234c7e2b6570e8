//! PEFT adapters on small bases: settings, and weights as any bytes or with their lengths made right.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    unlearn_fuzz::targets::adapter::run(bytes);
});
