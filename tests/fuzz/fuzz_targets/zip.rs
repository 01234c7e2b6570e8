//! Archives: any bytes, or one built of the input's entries and then damaged, so that names, sizes and checksums are reached.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    unlearn_fuzz::targets::zip::run(bytes);
});
