//! Request targets: one spelling, nothing hidden.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| byleave_gateway::properties::target(bytes));
