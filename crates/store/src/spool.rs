//! The spool: a file beside the database in which the ends of requests wait until they are in their logs, so that a crash does
//! not take them (protocols 2.6).
//!
//! Ends are told by whatever drops a connection, which waits for nothing: a thread of its own appends them at once, so that
//! they outlive the process, and flushes them within a second, so that they outlive the machine. What is in the logs is
//! taken out now and then: mostly all of it, by cutting the file to nothing.
//!
//! | record | bytes |
//! |---|---|
//! | length of what follows, without the tag; little-endian as all numbers here | 2 |
//! | visit, place of the begin in the log, status, bytes up, bytes down, milliseconds | 16, 8, 2, 8, 8, 8 |
//! | the reason's word | up to 32 |
//! | HMAC-SHA-256 of all that under a key of the deployment's, cut | 16 |
//!
//! Reading ends at the first record that is not whole and ours: a torn tail, or garbage with what lies behind it.
//!
//! The spool is not trusted. Losing it leaves requests ended as `node_lost`; it can neither begin one nor end one twice, since
//! its ends are taken only for requests that their log shows open. It has no names, addresses or paths, only ids.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use byleave_app::keys::Keys;
use byleave_app::ports::{LeftEnds, Spool, WaitingEnd};
use byleave_domain::ids::VisitId;

/// The longest that an end is in the file without being flushed.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);
/// The most that is read of it: many times of what it can grow to, bytes.
const READ_MAX: u64 = 16 * 1024 * 1024;
/// Of a record: all but length, reason and tag.
const FIXED: usize = 16 + 8 + 2 + 8 + 8 + 8;
const REASON_MAX: usize = 32;
const TAG: usize = 16;

/// The spool of one data directory.
pub struct EndSpool {
    /// None once it is being closed.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    left: LeftEnds,
    holds: AtomicUsize,
    fault: Arc<Mutex<Option<String>>>,
}

/// Why there is no spool.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be used: {why}; without it the ends of requests could be lost, so nobody is let in", path.display())]
pub struct SpoolError {
    path: PathBuf,
    why: std::io::Error,
}

enum Job {
    Add(WaitingEnd),
    Keep(Vec<WaitingEnd>),
}

struct Writing {
    path: PathBuf,
    file: File,
    key: hmac::Key,
    /// When something was written that is not flushed.
    unflushed: Option<Instant>,
    fault: Arc<Mutex<Option<String>>>,
}

/// What waits in the spool at `path`, and how many bytes of it make no sense; nothing where there is no file.
///
/// # Errors
/// [`SpoolError`] when it cannot be read.
pub fn look(path: &Path, keys: &Keys) -> Result<LeftEnds, SpoolError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(READ_MAX).read_to_end(&mut bytes)) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(LeftEnds::default()),
        Err(why) => Err(SpoolError { path: path.to_owned(), why }),
        Ok(_) => Ok(read_all(&key(keys), &bytes).0),
    }
}

impl EndSpool {
    /// Opens the spool at `path`, or makes it. The store beside it must be open, so that no other process has it.
    ///
    /// # Errors
    /// [`SpoolError`].
    pub fn open(path: &Path, keys: &Keys) -> Result<Self, SpoolError> {
        let failed = |why| SpoolError { path: path.to_owned(), why };
        let mut file = options().read(true).open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        (&mut file).take(READ_MAX).read_to_end(&mut bytes).map_err(failed)?;
        let key = key(keys);
        let (left, whole) = read_all(&key, &bytes);
        // What is added has to be found again, so nothing unreadable may lie before it.
        file.set_len(whole).and_then(|()| file.sync_all()).map_err(failed)?;
        flush_folder(path).map_err(failed)?;
        let (jobs, receiver) = channel();
        let fault = Arc::default();
        let writing =
            Writing { path: path.to_owned(), file, key, unflushed: None, fault: Arc::clone(&fault) };
        let thread = std::thread::Builder::new().name("spool".into()).spawn(move || writing.run(&receiver));
        let (thread, holds) = (Some(thread.map_err(failed)?), AtomicUsize::new(left.ends.len()));
        Ok(Self { jobs: Some(jobs), thread, left, holds, fault })
    }

    fn tell(&self, job: Job) {
        // The thread ends before this only if it panicked, and says so on the way.
        if let Some(jobs) = &self.jobs
            && jobs.send(job).is_err()
        {
            fail(&self.fault, "its thread has ended".into());
        }
    }
}

impl Spool for EndSpool {
    fn left(&self) -> LeftEnds {
        self.left.clone()
    }

    fn add(&self, end: WaitingEnd) {
        self.holds.fetch_add(1, Ordering::Relaxed);
        self.tell(Job::Add(end));
    }

    fn keep(&self, waiting: Vec<WaitingEnd>) {
        self.holds.store(waiting.len(), Ordering::Relaxed);
        self.tell(Job::Keep(waiting));
    }

    fn holds(&self) -> usize {
        self.holds.load(Ordering::Relaxed)
    }

    fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for EndSpool {
    /// Whatever was told is in the file, flushed, before another process opens it.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Writing {
    fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let job = match self.unflushed {
                None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(since) => jobs.recv_timeout(FLUSH_WITHIN.saturating_sub(since.elapsed())),
            };
            let over = matches!(job, Err(RecvTimeoutError::Disconnected));
            // After a failure nothing is tried again (protocols 2.12): what the file holds then is unknown.
            let fine = self.fault.lock().unwrap_or_else(PoisonError::into_inner).is_none();
            if fine && let Err(why) = self.work(job.ok(), jobs) {
                fail(&self.fault, why.to_string());
                self.unflushed = None;
            }
            if over {
                return;
            }
        }
    }

    fn work(&mut self, first: Option<Job>, jobs: &Receiver<Job>) -> std::io::Result<()> {
        let mut waiting = Vec::new();
        let mut next = first;
        while let Some(job) = next {
            match job {
                Job::Add(end) => waiting.extend(record(&self.key, &end)),
                Job::Keep(ends) => {
                    // What was told before is either among these, or in its log.
                    waiting.clear();
                    self.keep(&ends)?;
                }
            }
            next = jobs.try_recv().ok();
        }
        if !waiting.is_empty() {
            self.file.write_all(&waiting)?;
            self.unflushed.get_or_insert_with(Instant::now);
        }
        // Nothing more comes: the last turn flushes at once.
        let due = |since: Instant| since.elapsed() >= FLUSH_WITHIN;
        if self.unflushed.is_some_and(due)
            || matches!(jobs.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected))
        {
            self.file.sync_data()?;
            self.unflushed = None;
        }
        Ok(())
    }

    /// Nothing but `ends` waits any more. Cutting to nothing needs no flush: what comes back after a crash is in its log.
    fn keep(&mut self, ends: &[WaitingEnd]) -> std::io::Result<()> {
        if ends.is_empty() {
            return self.file.set_len(0);
        }
        let beside = self.path.with_added_extension("new");
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        let bytes: Vec<u8> = ends.iter().flat_map(|end| record(&self.key, end)).collect();
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        flush_folder(&self.path)?;
        (self.file, self.unflushed) = (options().open(&self.path)?, None);
        Ok(())
    }
}

fn fail(fault: &Mutex<Option<String>>, why: String) {
    fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
}

fn options() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.append(true).create(true).mode(0o600);
    options
}

fn flush_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn key(keys: &Keys) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &keys.seed_for("ends"))
}

fn tag(key: &hmac::Key, record: &[u8]) -> [u8; TAG] {
    let whole = hmac::sign(key, &[b"byleave/end/v1\n", record].concat());
    whole.as_ref().first_chunk().copied().unwrap_or_default()
}

fn record(key: &hmac::Key, end: &WaitingEnd) -> Vec<u8> {
    let reason = end.reason.as_bytes();
    let reason = reason.get(..REASON_MAX).unwrap_or(reason);
    let length = u16::try_from(FIXED + reason.len()).unwrap_or_default();
    let bytes = [
        length.to_le_bytes().as_slice(),
        end.visit.as_bytes(),
        &end.entry.to_le_bytes(),
        &end.status.to_le_bytes(),
        &end.bytes_up.to_le_bytes(),
        &end.bytes_down.to_le_bytes(),
        &end.duration_ms.to_le_bytes(),
        reason,
    ]
    .concat();
    let tag = tag(key, &bytes);
    [bytes.as_slice(), &tag].concat()
}

/// The records up to the first one that is not whole and ours, and how many bytes they take.
fn read_all(key: &hmac::Key, bytes: &[u8]) -> (LeftEnds, u64) {
    let (mut ends, mut rest) = (Vec::new(), bytes);
    while let Some((end, after)) = read(key, rest) {
        ends.push(end);
        rest = after;
    }
    let unreadable = rest.len() as u64;
    (LeftEnds { ends, unreadable }, bytes.len() as u64 - unreadable)
}

fn read<'a>(key: &hmac::Key, bytes: &'a [u8]) -> Option<(WaitingEnd, &'a [u8])> {
    let (length, _) = bytes.split_first_chunk()?;
    let length = usize::from(u16::from_le_bytes(*length));
    if !(FIXED..=FIXED + REASON_MAX).contains(&length) {
        return None;
    }
    let (record, rest) = bytes.split_at_checked(2 + length)?;
    let (found, rest) = rest.split_first_chunk::<TAG>()?;
    if *found != tag(key, record) {
        return None;
    }
    let (visit, fields) = record.get(2..)?.split_first_chunk()?;
    let (entry, fields) = fields.split_first_chunk()?;
    let (status, fields) = fields.split_first_chunk()?;
    let (bytes_up, fields) = fields.split_first_chunk()?;
    let (bytes_down, fields) = fields.split_first_chunk()?;
    let (duration_ms, reason) = fields.split_first_chunk()?;
    let end = WaitingEnd {
        visit: VisitId::from_bytes(*visit),
        entry: u64::from_le_bytes(*entry),
        status: u16::from_le_bytes(*status),
        bytes_up: u64::from_le_bytes(*bytes_up),
        bytes_down: u64::from_le_bytes(*bytes_down),
        duration_ms: u64::from_le_bytes(*duration_ms),
        reason: std::str::from_utf8(reason).ok()?.to_owned(),
    };
    Some((end, rest))
}
