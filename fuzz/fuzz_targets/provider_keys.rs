//! A provider's keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_oidc::properties::keys_of(bytes));
