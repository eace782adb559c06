//! Passkeys (WebAuthn Level 3): reads what a browser sends when one is made or used, and believes of it what holds.
//!
//! | question | module |
//! |---|---|
//! | what does the authenticator sign over? | [`Challenge`] |
//! | is this a passkey that we take, is this its signature? | [`RelyingParty`] |
//! | which keys are there? | [`PublicKey`] |
//! | what does somebody say who signs the acknowledgement form? | [`Acknowledgement`] |
//! | how is a browser asked? | `wire` |
//! | what is kept of a signature, so that anybody can verify it later? | [`Evidence`] |
//!
//! An attestation says which make an authenticator is; none is asked for, so one that comes is refused. Absent: whose a
//! passkey is, whether a challenge was used before, the clock, randomness, and IO of any kind.

mod acknowledgement;
mod authenticator;
mod ceremony;
mod challenge;
mod evidence;
mod key;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod wire;

pub use acknowledgement::{Acknowledgement, InvalidAcknowledgement};
pub use authenticator::Flags;
pub use ceremony::{Assertion, Refused, Registered, Registration, RelyingParty, Seen};
pub use challenge::{Ceremony, Challenge};
pub use evidence::{Evidence, NotProven, Origin, SigningKey};
pub use key::PublicKey;
pub use wire::{Person, from_base64};

/// Longest part of a ceremony, bytes: no authenticator sends as much.
pub const PART_BYTES_MAX: usize = 16 * 1024;

/// Longest credential id, bytes (WebAuthn §7.1).
pub const CREDENTIAL_BYTES_MAX: usize = 1023;

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
