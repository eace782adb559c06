//! A delivery report.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_mail::properties::report(bytes));
