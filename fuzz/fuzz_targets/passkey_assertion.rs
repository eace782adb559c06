//! A passkey that was used.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_passkey::properties::assertion(bytes));
