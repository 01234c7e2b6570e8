//! safetensors files: any bytes, or a header and data with their lengths made right; then the weights of a small Llama decoder or T5.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    unlearn_fuzz::targets::safetensors::run(bytes);
});
