//! A signed form, as it is kept.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_passkey::properties::evidence(bytes));
