//! A log entry's bytes: what an organization's log holds, one leaf per fact.
//!
//! A leaf is public to the organization for ever, so it holds no personal data: who, why, what and from where are in a
//! *payload* beside the log, and the leaf has only a salted [`commitment`] to it. What the leaf does show (kind, place of
//! the entry it refers to, epoch of the setting, pseudonym of the actor) is what a verifier needs to check the log's
//! grammar without seeing any payload.
//!
//! The bytes are a CBOR map in the one deterministic form of RFC 8949 §4.2.1 (shortest integers, keys sorted by their
//! bytes, no indefinite lengths). [`Leaf::decode`] takes no other form, so each leaf has one encoding:
//!
//! | key | CBOR | field |
//! | --- | --- | --- |
//! | `c` | 32 bytes | [`Leaf::commitment`] |
//! | `t` | unsigned | [`Leaf::time_us`] |
//! | `v` | `1` | version of this format |
//! | `ref` | unsigned, optional | [`Leaf::reference`] |
//! | `rid` | 16 bytes | [`Leaf::request`] |
//! | `ends` | array of `[first, count]`, optional | [`Leaf::ends`] |
//! | `kind` | text | [`Leaf::kind`] |
//! | `node` | 16 bytes | [`Leaf::node`] |
//! | `actor` | 16 bytes | [`Leaf::actor`] |
//! | `epoch` | unsigned | [`Leaf::epoch`] |
//!
//! Absent: which entries may follow which. That grammar is the verifier's, who needs the whole log for it.

mod cbor;
mod kind;
mod run;

use sha2::{Digest as _, Sha256};

pub use kind::{Kind, UnknownKind};
pub use run::{RUNS_MAX, Run, runs};

/// Longest leaf, in bytes. The longest that [`Leaf::encode`] makes, with [`RUNS_MAX`] runs, is below it.
pub const ENTRY_BYTES_MAX: usize = 4096;

/// The version that the key `v` holds.
const VERSION: u64 = 1;

/// One entry of an organization's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// What happened.
    pub kind: Kind,
    /// Random id of this append, chosen by the writer; unique in the log, so that a retry is known as one.
    pub request: [u8; 16],
    /// When, by the writer's clock: microseconds since 1970-01-01 UTC, never negative. Informational, but the entries of
    /// a log never go back in time.
    pub time_us: i64,
    /// The organization's setting epoch in force; for `support_access.*` the new one.
    pub epoch: u64,
    /// Incarnation of the node that wrote it.
    pub node: [u8; 16],
    /// Pseudonym of who did it, the same for one person throughout one organization's log.
    pub actor: [u8; 16],
    /// Index of the entry that this one refers to: a request its visit, an approval its change request.
    pub reference: Option<u64>,
    /// Indices of the `access.begin` entries that end here; in order, with a gap between runs, at most [`RUNS_MAX`].
    pub ends: Vec<Run>,
    /// What [`commitment`] gives for the payload and its salt.
    pub commitment: [u8; 32],
}

/// A leaf that cannot be written, or bytes that are no leaf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// Longer than [`ENTRY_BYTES_MAX`].
    #[error("is `{0}` bytes long, more than {ENTRY_BYTES_MAX}")]
    TooLong(usize),
    /// Not CBOR, or a value of another CBOR type than its key asks for.
    #[error("is not the CBOR of an entry: {0}")]
    Cbor(String),
    /// Written in another than the deterministic form.
    #[error("is not in deterministic form")]
    Form,
    /// A key that this version does not have.
    #[error("has the unknown key `{0}`")]
    Key(String),
    /// A key that is missing, or whose value has the wrong length.
    #[error("has no valid `{0}`")]
    Missing(&'static str),
    /// A version other than 1.
    #[error("has the unknown version `{0}`")]
    Version(u64),
    /// A kind that does not exist.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
    /// A time before 1970, or beyond 63 bits of microseconds.
    #[error("has a time that is out of range")]
    Time,
    /// The ends are out of order, touch, are empty or too many.
    #[error("has ends that are not at most {RUNS_MAX} runs in order with gaps between them")]
    Ends,
}

impl Leaf {
    /// The one encoding of this leaf, at most [`ENTRY_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// [`LeafError::Time`] and [`LeafError::Ends`] when those fields break their rules.
    pub fn encode(&self) -> Result<Vec<u8>, LeafError> {
        cbor::encode(self)
    }

    /// Reads a leaf. Any bytes may be given; only those that [`encode`](Self::encode) makes are taken.
    ///
    /// # Errors
    /// [`LeafError`] says what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(LeafError::TooLong(bytes.len()));
        }
        let leaf = cbor::decode(bytes)?;
        // Reading is lenient about order, repetition and padding; writing is not.
        if leaf.encode()? == bytes { Ok(leaf) } else { Err(LeafError::Form) }
    }
}

/// What a leaf holds of its payload: `SHA-256("byleave/c/v1" ‖ length ‖ salt ‖ payload)`, the payload's length in bytes
/// as 64 bits, big-endian. Whoever has salt and payload can prove them; whoever has the leaf alone learns nothing, not
/// even by guessing, as long as the salt is random and secret.
#[must_use]
pub fn commitment(salt: &[u8; 32], payload: &[u8]) -> [u8; 32] {
    let length = u64::try_from(payload.len()).unwrap_or(u64::MAX);
    Sha256::new()
        .chain_update("byleave/c/v1")
        .chain_update(length.to_be_bytes())
        .chain_update(salt)
        .chain_update(payload)
        .finalize()
        .into()
}
