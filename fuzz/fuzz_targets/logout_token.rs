//! A token that logs somebody out.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_oidc::properties::logout_token(bytes));
