//! The target `wire`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| automock_fuzz::wire(data));
