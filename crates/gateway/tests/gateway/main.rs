//! The gateway from outside: real sockets, a control plane in memory, upstreams and clients that speak plain bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod common;
mod corpus;
mod cut;
mod frames;
mod headers;
mod record;
mod routing;
mod shapes;
mod sockets;
mod streams;
mod strictness;
mod versions;
