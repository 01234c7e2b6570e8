//! `tokenizer.json`, of a nano and of a language model, and what is asked of one that opens.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    unlearn_fuzz::targets::tokenizer::run(bytes);
});
