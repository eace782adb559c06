//! A text, and what it asks for.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_mail::properties::items(bytes));
