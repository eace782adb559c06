//! A client's connection, cut into reads.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_gateway::properties::framing(bytes));
