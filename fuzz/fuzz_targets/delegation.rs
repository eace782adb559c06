//! A key's word for a passkey.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_domain::properties::delegation(bytes));
