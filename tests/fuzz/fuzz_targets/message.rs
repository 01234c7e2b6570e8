//! Messages to the engine’s worker, carried out on a small lab.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| unlearn_fuzz::message::run(bytes));
