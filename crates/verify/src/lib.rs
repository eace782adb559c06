//! Verifies an organization's log without trusting whoever keeps it.
//!
//! Given the log's key and something to read files from, [`verify`] either names precisely what is wrong, or returns a
//! [`Report`] that ends in one sentence for someone who has never heard of Merkle trees. It checks, in this order
//! (protocols 2.10, without witnesses and receipts, which come with later issues):
//!
//! 1. the checkpoint is signed by the log's key and is this log's;
//! 2. a checkpoint kept from earlier, if there is one, is of the same log and not ahead of it;
//! 3. every entry has its place (size n means n entries), every file fits the others, and all of them fit the
//!    checkpoint: entry bundles against level-0 tiles, tiles against the tiles above them, the right edge against the
//!    signed root;
//! 4. the log extends the kept checkpoint;
//! 5. the entries tell a possible story: nobody comes in while support access is disabled, what begins ends once, nothing
//!    is enabled without a request and an approval ([`Breach`] lists the rules);
//! 6. with an organization file: each payload is the one that was recorded, or was erased and the log says so; and each
//!    decision follows from what was in force, as the domain decides it.
//!
//! What this cannot see: an access that was never recorded, and whether what is recorded is true. A log that is cut off at the end
//! passes for a younger one, unless a checkpoint was kept: keep one.
//!
//! Absent on purpose: files, sockets, clocks and every part of the server. An auditor who compiles this crate compiles
//! of ours only `tlog`, `api` and `domain`, which decides.
//!
//! One pass, each file read once. Memory: a hash per node of the right edge's tiles, the open visits, and a few dozen
//! bytes per entry to know its request id again.

mod disclosure;
mod fault;
mod grammar;
mod replay;
mod report;
mod walk;

pub use disclosure::Lines;
pub use fault::{Breach, Fault, Undisclosed, Unfollowed};
pub use report::{Change, Replayed, Report};

use byleave_tlog::{Checkpoint, NoteVerifier};

/// Where a log's files are read from: a folder, or an address.
///
/// Blocking, so that a folder needs no runtime; an asynchronous client runs [`verify`] on a thread of its own.
pub trait Source {
    /// The bytes of the file at a path such as `checkpoint`, `tile/0/000.p/7` or `tile/entries/000`, below the log's
    /// prefix; `None` where there is no such file. A source should give up on files above [`FILE_BYTES_MAX`], and must
    /// not follow redirects.
    ///
    /// # Errors
    /// Whatever kept it from finding out; it ends the verification.
    fn get(&self, path: &str) -> std::io::Result<Option<Vec<u8>>>;
}

/// Longest file that a log can have, in bytes: a full bundle of the longest entries.
pub const FILE_BYTES_MAX: usize = 256 * (2 + byleave_api::entry::ENTRY_BYTES_MAX);

/// Verifies the log that `source` holds.
///
/// `remembered` is a checkpoint of this log that was kept from earlier, as the signed note that was published then. Only
/// with it does a log that went back, or was rewritten, come to light.
///
/// # Errors
/// The first [`Fault`] found, which names the file and what is wrong with it.
pub fn verify(
    source: &dyn Source,
    verifier: &NoteVerifier,
    remembered: Option<&[u8]>,
) -> Result<Report, Fault> {
    verify_all(source, verifier, remembered, None)
}

/// Verifies the log that `source` holds, opens every commitment with what the organization has of its own log beside the
/// leaves (`byleave_api::disclosure`), and takes every decision again.
///
/// # Errors
/// The first [`Fault`] found; [`Fault::Decisions`] names every entry whose decision does not follow.
pub fn verify_disclosed(
    source: &dyn Source,
    verifier: &NoteVerifier,
    remembered: Option<&[u8]>,
    organization_file: Lines<'_>,
) -> Result<Report, Fault> {
    verify_all(source, verifier, remembered, Some(organization_file))
}

fn verify_all(
    source: &dyn Source,
    verifier: &NoteVerifier,
    remembered: Option<&[u8]>,
    organization_file: Option<Lines<'_>>,
) -> Result<Report, Fault> {
    let note = walk::read(source, "checkpoint")?.ok_or_else(|| Fault::Missing("checkpoint".to_owned()))?;
    let head = Checkpoint::open(&note, verifier).map_err(Fault::Checkpoint)?;
    let kept =
        remembered.map(|note| Checkpoint::open(note, verifier)).transpose().map_err(Fault::Remembered)?;
    if let Some(kept) = kept.as_ref().filter(|kept| kept.size > head.size) {
        return Err(Fault::WentBack { kept: kept.size, now: head.size });
    }
    walk::walk(source, head, kept, organization_file)
}
