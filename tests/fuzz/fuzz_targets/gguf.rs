//! GGUF files, and what is made of one that is taken.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    unlearn_fuzz::targets::gguf::run(bytes);
});
