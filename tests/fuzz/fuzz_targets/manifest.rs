//! `manifest.json` beside the weights and the tokenizer of a small language model.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    unlearn_fuzz::targets::manifest::run(bytes);
});
