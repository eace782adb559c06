//! A calendar object that came in.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_mail::properties::calendar(bytes));
