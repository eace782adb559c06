//! Where ends of requests wait for their place in the log.

use byleave_domain::ids::VisitId;

/// Where ends of requests wait until they are in their logs, so that a crash does not take them (protocols 2.6). Not trusted:
/// what it loses is ended as `node_lost`. None of this waits for a disk.
pub trait Spool: Send + Sync + 'static {
    /// What an earlier process left.
    fn left(&self) -> LeftEnds;
    /// Takes one more.
    fn add(&self, end: WaitingEnd);
    /// From here on these are all that wait.
    fn keep(&self, waiting: Vec<WaitingEnd>);
    /// How many it holds, with those that are in their logs by now.
    fn holds(&self) -> usize;
    /// Why it takes nothing any more, if so.
    fn fault(&self) -> Option<String>;
}

/// How a request ended, as long as that is in no log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingEnd {
    /// The visit it hangs under.
    pub visit: VisitId,
    /// Index of its `access.begin`.
    pub entry: u64,
    /// HTTP status sent to the person; 0 when none was.
    pub status: u16,
    /// Bytes taken from the person.
    pub bytes_up: u64,
    /// Bytes given to the person's connection.
    pub bytes_down: u64,
    /// Milliseconds from the record to the end.
    pub duration_ms: u64,
    /// The word for why.
    pub reason: String,
}

/// What an earlier process left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftEnds {
    /// Ends, in the order in which they came.
    pub ends: Vec<WaitingEnd>,
    /// Bytes after them that cannot be read: of an end that a crash cut off, or of whatever somebody wrote there.
    pub unreadable: u64,
}
