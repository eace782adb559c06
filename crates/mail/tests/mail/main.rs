//! What becomes of messages, from their bytes on: with real signatures, and a real server for DNS.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod attacks;
mod checks;
mod corpus;
mod letter;
mod out;
mod smtp;
mod zone;
