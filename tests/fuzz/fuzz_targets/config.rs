//! `config.json` and the index of a Hugging Face folder, beside its weights and tokenizer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    unlearn_fuzz::targets::config::run(bytes);
});
