//! The vendor's picture.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_server::properties::logo(bytes));
