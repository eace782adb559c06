//! A token that says who somebody is.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_oidc::properties::id_token(bytes));
