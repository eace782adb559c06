//! A session of SMTP, cut into reads.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_mail::properties::dialogue(bytes));
