//! What a provider says of itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_oidc::properties::configuration(bytes));
