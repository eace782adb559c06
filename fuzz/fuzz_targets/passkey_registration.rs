//! A passkey that was made.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_passkey::properties::registration(bytes));
