//! The target `matching`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| automock_fuzz::matching(data));
