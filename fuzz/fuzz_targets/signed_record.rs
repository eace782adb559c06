//! A text with its signature.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_api::properties::signed_record(bytes));
