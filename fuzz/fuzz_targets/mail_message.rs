//! A whole message, and what is seen of it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_mail::properties::message(bytes));
