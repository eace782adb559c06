//! The streaming reverse proxy that lets support people into an organization's tools, records what they do there before
//! it happens, and cuts them off when the organization says so. HTTP/1.1 and HTTP/2 on both sides, with or without TLS,
//! event streams, trailers, WebSocket and other protocols on a list, in constant memory.
//!
//! One request goes through six phases, one file each; `gateway` owns their order:
//!
//! | phase | file | it ends there when |
//! |---|---|---|
//! | (arrive: read the address) | `arrive`, `inbound`, `framing`, `target`, `route` | two readers could read it differently |
//! | identify: who is asking | `identify`, `origin`, `enter` | nobody we know: 401, or off to the visit page; or a foreign page uses the cookie |
//! | classify: what would be forwarded | `classify`, `inject` | there is no such place, or host name and path disagree |
//! | authorize: may this happen now | `authorize` | the domain denies, and why is said and recorded |
//! | record: put it into the log | `record` | it is not durable within 2 s |
//! | forward: stream both ways | `forward` | a cut came first, or the upstream does not answer |
//! | finish: report the end | `finish` | |
//!
//! Around them: `serve` accepts and ends connections, `peer` knows who is at their other end, [`Registry`] knows which connection has carried whom and cuts
//! them, `socket` is the only place where support traffic meets the kernel, `refuse` makes every answer of our own, and
//! [`ports`] is all that is asked of the rest of the world. Rule ids (N5, S1, K15 …) refer to the project's protocols
//! and threat model.
//!
//! Invariants, as absences:
//! - No byte goes upstream without a `Recorded`, which only `record` can make: forwarding the unrecorded does not compile.
//! - No application byte is written but by `socket`, and by it none without asking, in the same system call's breath,
//!   whether the line is still alive.
//! - No decision is taken here: the domain decides, from a snapshot in memory. Only opening a visit, the record and the
//!   entry code wait for the control plane.
//! - No byte of a client's head is copied: what is forwarded is written anew from what was classified.
//! - No body byte is changed, looked at, or kept. Of trailers those pass that might have stood in the head.
//! - No upstream connection serves two organizations or two tools, nor two exchanges at a time (`forward::pool`).
//! - No HTTP/2 connection of a client serves two host names.
//! - No begin without exactly one end, since dropping the transfer is the end.
//! - No clock, no randomness, no database, no configuration file, no knowledge of `app`, `store` or `server`.

mod arrive;
mod authorize;
mod body;
mod classify;
mod config;
mod enter;
mod finish;
mod forward;
mod framing;
mod gateway;
mod identify;
mod inbound;
mod inject;
mod origin;
mod peer;
pub mod ports;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod record;
mod refuse;
mod registry;
mod route;
mod serve;
mod socket;
mod target;
mod words;

pub use config::{Config, ExternalScheme};
pub use gateway::Gateway;
pub use peer::client;
pub use registry::{CutReport, OpenNow, Registry, Stuck};
pub use serve::serve;
