//! Data files of every format, through the one entry that finds out which they are; then split, vocabulary and prompts of what was read.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    unlearn_fuzz::targets::data::run(bytes);
});
