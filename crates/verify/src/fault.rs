//! What can be wrong with a log. Every message names the file or the entry.

use byleave_api::entry::{Kind, LeafError};
use byleave_tlog::Hash;
use byleave_tlog::checkpoint::CheckpointError;
use byleave_tlog::tile::TileError;

/// Why a log does not verify.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The source could not say whether there is such a file.
    #[error("`{path}` cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the source said.
        error: std::io::Error,
    },
    /// A file that a log of this size has is not there.
    #[error("`{0}` is missing")]
    Missing(String),
    /// The log's checkpoint is malformed, not signed by its key, or another log's.
    #[error("`checkpoint` {0}")]
    Checkpoint(CheckpointError),
    /// The checkpoint kept from earlier is malformed, not signed by the log's key, or another log's.
    #[error("the remembered checkpoint {0}")]
    Remembered(CheckpointError),
    /// The log is smaller than it once was.
    #[error(
        "`checkpoint`: the log has {now} entries, but the remembered checkpoint has {kept}: this is an older copy, or \
         entries were taken away"
    )]
    WentBack {
        /// Size in the remembered checkpoint.
        kept: u64,
        /// Size in the log's checkpoint.
        now: u64,
    },
    /// The log's first entries are not those that it once had.
    #[error(
        "`checkpoint`: the log's first {size} entries have the root {now}, but the remembered checkpoint has {kept}: \
         entries were changed after it was signed"
    )]
    Rewritten {
        /// Size in the remembered checkpoint.
        size: u64,
        /// Root in the remembered checkpoint.
        kept: Hash,
        /// Root of as many entries now.
        now: Hash,
    },
    /// A hash tile or an entry bundle does not have the content that its path promises.
    #[error("`{path}` {error}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: TileError,
    },
    /// An entry is not the one whose hash is in the tile.
    #[error("`{path}`: entry {index} does not match its hash in `{tile}`")]
    Entry {
        /// The entry bundle, which is the damaged file.
        path: String,
        /// The entry's index in the log.
        index: u64,
        /// The level-0 tile.
        tile: String,
    },
    /// The entries fit the signed root, but a tile does not fit the entries.
    #[error("`{path}`: hash {position} is not that of {}", describe(below, *entry))]
    Tile {
        /// The hash tile, which is the damaged file.
        path: String,
        /// Which hash in it, from 0.
        position: u64,
        /// The file that the hash is of.
        below: String,
        /// The entry that the hash is of, in a level-0 tile.
        entry: Option<u64>,
    },
    /// A tile and all below it fit each other, but not the tile above.
    #[error("`{path}` does not match its hash (number {position}) in `{above}`")]
    Subtree {
        /// The lower tile: it, or the entries below it, were changed.
        path: String,
        /// The tile above it.
        above: String,
        /// Which hash of the tile above, from 0.
        position: u64,
    },
    /// All files fit each other, but not the checkpoint.
    #[error("`checkpoint` signs the root {signed}, but the log's {size} entries have the root {found}")]
    Root {
        /// Size in the checkpoint.
        size: u64,
        /// Root in the checkpoint.
        signed: Hash,
        /// Root that the entries have.
        found: Hash,
    },
    /// The log has no entries, not even the one that opens it.
    #[error("`checkpoint`: the log has no entries, but a log begins with `log.open`")]
    Empty,
    /// An entry of the log is not one of Byleave's.
    #[error("`{path}`: entry {index} {error}")]
    Leaf {
        /// The entry bundle.
        path: String,
        /// The entry's index in the log.
        index: u64,
        /// What is wrong with it.
        error: LeafError,
    },
    /// The organization file is not one, or not this log's.
    #[error("the organization file: {0}")]
    OrganizationFile(String),
    /// What the organization file says of an entry is not what the log commits to.
    #[error("the organization file: entry {index} {what}")]
    Undisclosed {
        /// The entry.
        index: u64,
        /// What is wrong.
        what: Undisclosed,
    },
    /// Decisions that were recorded, and do not follow from what was in force.
    #[error("decisions that do not follow from what was in force:{}", named(entries, *more))]
    Decisions {
        /// The first of them.
        entries: Vec<Unfollowed>,
        /// How many more there are.
        more: u64,
    },
    /// An entry cannot follow those before it.
    #[error("`{path}`: entry {index} {breach}")]
    Story {
        /// The entry bundle.
        path: String,
        /// The entry's index in the log.
        index: u64,
        /// The rule that it breaks.
        breach: Breach,
    },
}

/// What is wrong with what an organization file says of an entry; each message goes on from "entry 17".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undisclosed {
    /// It has no line in its place.
    #[error("has no line where it should be")]
    Missing,
    /// Salt and payload are not those that the leaf commits to.
    #[error("has another payload than the one that was recorded")]
    OtherPayload,
    /// No payload, and no `erase` entry that says so.
    #[error("has no payload, and no `erase` entry says that it was erased")]
    NotErased,
    /// No payload, though its kind is about nobody who could be erased.
    #[error("has no payload, and the payload of a `{0}` is never erased")]
    NotErasable(Kind),
    /// A line or payload that is not what its place asks for.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

/// A recorded decision that does not follow from what was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfollowed {
    /// The entry.
    pub index: u64,
    /// Why not; goes on from "entry 17".
    pub why: String,
}

fn named(entries: &[Unfollowed], more: u64) -> String {
    let mut lines: Vec<_> =
        entries.iter().map(|Unfollowed { index, why }| format!("\n  entry {index} {why}")).collect();
    if more > 0 {
        lines.push(format!("\n  and {more} more"));
    }
    lines.concat()
}

fn describe(below: &str, entry: Option<u64>) -> String {
    match entry {
        Some(index) => format!("entry {index} in `{below}`"),
        None => format!("`{below}`"),
    }
}

/// A rule that an entry breaks; each message goes on from "entry 17".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// Index 0 is `log.open`.
    #[error("is `{0}`, but a log begins with `log.open`")]
    NotOpened(Kind),
    /// There is one `log.open`.
    #[error("is a second `log.open`")]
    OpenedTwice,
    /// The time is one that the calendar has (up to the year 9999).
    #[error("has a time that is out of range: `{0}` microseconds since 1970")]
    Time(i64),
    /// Time never decreases.
    #[error("is earlier than the entry before it")]
    BackInTime,
    /// Request ids are unique in the log.
    #[error("has the same request id as entry {0}")]
    RequestRepeated(u64),
    /// Entries are of the setting's epoch. A change has the next one; the end of a visit and a refusal may still carry
    /// an earlier one.
    #[error("carries epoch {found}, but should carry {wanted}")]
    Epoch {
        /// The epoch that it carries.
        found: u64,
        /// The epoch in force, or the next one.
        wanted: u64,
    },
    /// Some kinds refer to another entry.
    #[error("is `{0}`, but refers to no entry")]
    ReferenceMissing(Kind),
    /// The others do not.
    #[error("is `{0}`, which refers to no entry, but it refers to entry {1}")]
    ReferenceUnexpected(Kind, u64),
    /// Requests, and the progress and end of a visit, belong to a visit.
    #[error("refers to entry {0}, which is no visit")]
    NotAVisit(u64),
    /// Nothing hangs under a closed visit.
    #[error("refers to the visit of entry {0}, which is closed")]
    VisitClosed(u64),
    /// A request is its visitor's.
    #[error("is a request under the visit of entry {0}, but by somebody else")]
    OtherActor(u64),
    /// No visit outlives the setting it was admitted under.
    #[error("is a request under the visit of entry {0}, which was opened before support access changed")]
    VisitOutlived(u64),
    /// Only the progress and end of a visit end requests.
    #[error("is `{0}`, which ends no requests, but it does")]
    EndsUnexpected(Kind),
    /// A request ends once, under its own visit.
    #[error("ends entry {request}, which is no open request of the visit of entry {visit}")]
    NotOpen {
        /// The index that it claims to end.
        request: u64,
        /// Index of the visit.
        visit: u64,
    },
    /// When a visit is closed, all its requests have ended.
    #[error("closes the visit of entry {visit}, of which the request of entry {request} has not ended")]
    StillOpen {
        /// Index of the visit.
        visit: u64,
        /// Index of its first open request.
        request: u64,
    },
    /// Visits and requests begin only while support access is enabled.
    #[error("is `{0}`, but support access was disabled by entry {1}")]
    WhileDisabled(Kind, u64),
    /// What is disabled cannot be disabled.
    #[error("disables support access, which is disabled already")]
    AlreadyDisabled,
    /// What is enabled cannot be enabled.
    #[error("enables support access, which is enabled already")]
    AlreadyEnabled,
    /// Approvals and enabling refer to a change request.
    #[error("refers to entry {0}, which is no change request")]
    NotAChangeRequest(u64),
    /// Enabling takes one approval with the contact's signature, and two people's without.
    #[error(
        "enables support access for the change request of entry {request}, which {found} people approved, not {wanted}"
    )]
    Approvals {
        /// Index of the change request.
        request: u64,
        /// How many people approved before.
        found: usize,
        /// How many it takes.
        wanted: usize,
    },
    /// Nothing follows a change request's end.
    #[error("goes on with the change request of entry {0}, which is over")]
    ChangeRequestOver(u64),
    /// A step that something else has to come before.
    #[error("rests on the change request of entry {request}, which has no {missing} yet")]
    ChangeRequestUnready {
        /// Index of the change request.
        request: u64,
        /// What is missing.
        missing: &'static str,
    },
    /// Nobody approves a request twice.
    #[error("approves the change request of entry {0} a second time, by the same person")]
    ApprovedTwice(u64),
    /// Only a disable that is not confirmed yet is confirmed.
    #[error("confirms a disable, but there is none to confirm")]
    NothingToConfirm,
    /// One change request enables once.
    #[error("enables support access for the change request of entry {0}, which was used before")]
    ChangeRequestUsed(u64),
    /// Steps of a change of contacts refer to its announcement.
    #[error("refers to entry {0}, which is no change of the security contacts")]
    NotAContactChange(u64),
    /// Nothing follows its end.
    #[error("goes on with the change of the security contacts of entry {0}, which is over")]
    ContactChangeOver(u64),
    /// Nobody comes in while the vendor keeps everybody out.
    #[error("is `{0}`, but everybody is kept out since entry {1}")]
    WhileFrozen(Kind, u64),
    /// A freeze ends the visits that it finds.
    #[error("is a request under the visit of entry {0}, which was opened before everybody was kept out")]
    VisitOutlivedFreeze(u64),
    /// What is said of a freeze refers to its beginning.
    #[error("refers to entry {0}, which is no freeze")]
    NotAFreeze(u64),
    /// Nothing follows its end.
    #[error("goes on with the freeze of entry {0}, which is lifted")]
    FreezeOver(u64),
    /// Nobody wants a freeze lifted twice.
    #[error("wants the freeze of entry {0} lifted a second time, by the same person")]
    LiftApprovedTwice(u64),
    /// A removal refers to the passkey's adding.
    #[error("refers to entry {0}, which adds no passkey")]
    NotAPasskey(u64),
    /// What is removed is gone.
    #[error("removes the passkey of entry {0} a second time")]
    PasskeyRemovedTwice(u64),
    /// It takes two people at the desk.
    #[error("lifts the freeze of entry {freeze}, which {found} people wanted, not 2")]
    LiftApprovals {
        /// Index of its beginning.
        freeze: u64,
        /// How many people wanted it before.
        found: usize,
    },
    /// A revocation refers to the token's making, if to anything.
    #[error("refers to entry {0}, which makes no token")]
    NotAToken(u64),
    /// What is revoked is over.
    #[error("revokes the token of entry {0} a second time")]
    TokenRevokedTwice(u64),
    /// An answer refers to the doubt.
    #[error("refers to entry {0}, which is no doubt")]
    NotADoubt(u64),
    /// What is answered is over; who is not satisfied doubts anew.
    #[error("answers the doubt of entry {0} a second time")]
    AnsweredTwice(u64),
    /// It takes two people at the desk.
    #[error(
        "makes the change of the security contacts of entry {change}, to which {found} people agreed, not 2"
    )]
    ContactChangeAgreements {
        /// Index of the announcement.
        change: u64,
        /// How many people agreed before.
        found: usize,
    },
}
