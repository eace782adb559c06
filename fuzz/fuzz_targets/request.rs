//! Whole requests: what would be forwarded of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_gateway::properties::request(bytes));
