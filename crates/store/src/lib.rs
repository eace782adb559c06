//! What is kept: one SQLite file, Byleave's only SQL, and beside it a file of keys. Decides nothing and reads no clock.
//!
//! One writer connection commits whole batches with `synchronous = FULL`, so what [`Store::commit`] has answered
//! survives a crash at any point. One process at a time: a lock beside the file says so.
//!
//! What is personal is sealed on its way in and opened on its way out (`seal`), so the database file alone shows who
//! nobody is and what nobody did. Callers see values; none of them knows a key.
//!
//! Whoever controls the file can close organizations and hide rows, and is found out at the next start or change. They
//! cannot make a setting: that needs a security contact's signature and its place under the signed log head. Credentials
//! and tools, however, are believed as they are stored; `SECURITY.md` says what follows from that.
//!
//! [`Store::commit`]: byleave_app::ports::Store::commit

pub mod backup;
pub mod intruder;
mod key_file;
mod lock;
mod migrate;
mod passkey;
mod read;
mod row;
mod seal;
mod sealing;
pub mod spool;
mod sql;
mod write;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use byleave_app::keys::Keys;
use byleave_app::once::OnceId;
use byleave_app::ports::{
    Batch, Change, Entry, EvidenceRow, LetterRow, MailKnown, OldEvidence, Person, Store, StoreError, Stored,
    StoredMail, VisitRow, VisitSum, VisitsWanted,
};
use byleave_domain::ids::{
    ChangeRequestId, EvidenceId, LetterId, MessageId, OrganizationId, SubjectId, VisitId,
};
use byleave_domain::month::Month;
use byleave_tlog::Hash;
use jiff::Timestamp;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::migrate::NEWEST;
use crate::read::View;
use crate::seal::Seals;

/// How long a statement waits for somebody else who holds the file.
const BUSY_MAX: Duration = Duration::from_secs(5);
/// With so many pages in the WAL what is in it goes into the database file. SQLite's own number.
const WAL_PAGES: i32 = 1000;

/// The SQLite store.
pub struct SqliteStore {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    seals: Seals,
    /// Something was erased whose bytes the file may still hold: a reader kept it from being overwritten.
    overwriting: AtomicBool,
    /// Told of each commit.
    observer: Option<Observer>,
    /// Held as long as the store is open.
    _lock: std::fs::File,
}

/// Is told of each commit: entries, how long it took, and whether it worked.
type Observer = Box<dyn Fn(usize, Duration, bool) + Send + Sync>;

/// Why the store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("`{}` is in use by another process; stop that one first", .0.display())]
    InUse(PathBuf),
    /// Written by a newer release.
    #[error("`{}` has schema {found}, and this release knows {known} at most; use the newer release", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// Some other program's database.
    #[error("`{}` is a database, but not one of byleave", .0.display())]
    Foreign(PathBuf),
    /// Another deployment's.
    #[error("`{}` is the deployment `{known}`'s, and the settings say `{named}`; a deployment keeps its name", path.display())]
    Deployment {
        /// The file.
        path: PathBuf,
        /// Its deployment.
        known: String,
        /// The deployment that was asked for.
        named: String,
    },
    /// A restore was broken off.
    #[error("`{}` is left of a restore that did not end; remove it with `byleave.db` and `byleave.keys`, and restore again", .0.display())]
    Restoring(PathBuf),
    /// The key file is missing, or does not belong to this deployment.
    #[error("{0}")]
    Keys(String),
    /// The file system or SQLite refused.
    #[error("`{}` cannot be opened: {why}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What was said.
        why: String,
    },
}

impl SqliteStore {
    /// Opens the database file and the key file beside it, creates them if there are none, and brings the schema up to
    /// date. An import that did not come to its end is cleared. Of whoever is erased the key is destroyed and the rest cleared, should a crash have come before
    /// that.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn open(path: &Path, keys: &Keys) -> Result<Self, OpenError> {
        let failed = |why: String| OpenError::Failed { path: path.to_owned(), why };
        if let Some(left) = path.parent().map(|data| data.join(backup::STAGING)).filter(|left| left.exists())
        {
            return Err(OpenError::Restoring(left));
        }
        let lock = lock::take(path)?;
        let mut writer = connect(path, OpenFlags::default()).map_err(|why| failed(why.to_string()))?;
        let seals = migrate::migrate(&mut writer, path, keys)?;
        is_deployment(&writer, path, keys.deployment())?;
        write::drop_all_staged(&mut writer, &seals).map_err(|why| failed(why.to_string()))?;
        let erased = read::subjects_erased(View { connection: &writer, seals: &seals });
        for subject in erased.map_err(|why| failed(why.to_string()))? {
            seals.destroy(Person::Subject(subject)).map_err(|why| failed(why.to_string()))?;
            write::clear_all(&mut writer, &seals, subject).map_err(|why| failed(why.to_string()))?;
        }
        let erased = read::people_erased(View { connection: &writer, seals: &seals });
        for person in erased.map_err(|why| failed(why.to_string()))? {
            seals.destroy(person).map_err(|why| failed(why.to_string()))?;
        }
        // What was overwritten before a crash is overwritten in the file as well from here on.
        let overwritten = checkpoint(&writer).map_err(|why| failed(why.to_string()))?;
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = connect(path, read_only).map_err(|why| failed(why.to_string()))?;
        let (writer, reader) = (Mutex::new(writer), Mutex::new(reader));
        Ok(Self {
            writer,
            reader,
            seals,
            overwriting: AtomicBool::new(!overwritten),
            observer: None,
            _lock: lock,
        })
    }

    /// Opens the database to look at it: nothing in it or its key file changes, and nothing can be committed. It must have this
    /// release's schema, and no process may serve it.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn look(path: &Path, keys: &Keys) -> Result<Self, OpenError> {
        let failed = |why: rusqlite::Error| OpenError::Failed { path: path.to_owned(), why: why.to_string() };
        let lock = lock::take(path)?;
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let (found, known) = (schema(path).map_err(failed)?, NEWEST);
        if found != known {
            let why = format!("it has schema {found}, and this release looks at {known}; start it once");
            return Err(OpenError::Failed { path: path.to_owned(), why });
        }
        let [writer, reader] =
            [connect(path, read_only), connect(path, read_only)].map(|opened| opened.map_err(failed));
        let seals = Seals::open(&path.with_extension("keys"), &keys.seed_for("records"), false);
        let seals = seals.map_err(|why| OpenError::Keys(why.to_string()))?;
        let (writer, reader) = (writer?, reader?);
        // Logs have proofs of their own; everything else that is believed has none (2.12).
        let said: String = reader.query_row(sql::INTEGRITY_CHECK, [], |row| row.get(0)).map_err(failed)?;
        if said != "ok" {
            return Err(OpenError::Failed { path: path.to_owned(), why: format!("it is damaged: {said}") });
        }
        Ok(Self {
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            seals,
            overwriting: AtomicBool::new(false),
            observer: None,
            _lock: lock,
        })
    }

    /// Has `observer` told of each commit: how many entries, how long it took, and whether it worked.
    #[must_use]
    pub fn observed(self, observer: impl Fn(usize, Duration, bool) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Box::new(observer)), ..self }
    }

    /// Reads, with whatever is sealed opened. A connection whose owner died in the middle has rolled back by then.
    fn view<T>(&self, read: impl FnOnce(View<'_>) -> T) -> T {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        read(View { connection: &reader, seals: &self.seals })
    }
}

/// Says once and for all whose database it is. Under another name every log's signatures would be another's.
fn is_deployment(writer: &Connection, path: &Path, named: &str) -> Result<(), OpenError> {
    let known = writer
        .execute(sql::DEPLOYMENT_INSERT, [named])
        .and_then(|_| writer.query_row(sql::DEPLOYMENT_LOAD, [], |row| row.get::<_, String>(0)))
        .map_err(|why| OpenError::Failed { path: path.to_owned(), why: why.to_string() })?;
    if known == named {
        return Ok(());
    }
    Err(OpenError::Deployment { path: path.to_owned(), known, named: named.to_owned() })
}

fn schema(path: &Path) -> rusqlite::Result<i64> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    connect(path, read_only)?.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Has everything that is committed in the database file itself, and nothing beside it. Waits for nobody: whether it could
/// is the answer, and it could not where somebody reads, such as a backup.
fn checkpoint(writer: &Connection) -> rusqlite::Result<bool> {
    writer.busy_timeout(Duration::ZERO)?;
    let blocked = writer.query_row(sql::CHECKPOINT, [], |row| row.get::<_, bool>(0));
    writer.busy_timeout(BUSY_MAX)?;
    Ok(!blocked?)
}

/// SQLite does this by itself, but keeps to itself what fails in it: then the writer would go on, and flush again what
/// could not be flushed (2.12). Told here, it is a commit that failed.
fn checkpoint_when_long(wal: &mut Wal, pages: i32) -> rusqlite::Result<()> {
    if pages < WAL_PAGES {
        return Ok(());
    }
    match wal.checkpoint() {
        // Somebody else does it.
        Err(why) if why.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
        done => done,
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(64);
    if !flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        // FULL: the log is flushed at each commit, so an acknowledged record survives a power cut (D1).
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What is erased is overwritten, not merely forgotten.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.wal_hook(Some(checkpoint_when_long))?;
    }
    Ok(connection)
}

impl Store for SqliteStore {
    fn load(&self) -> Result<Stored, StoreError> {
        self.view(read::load)
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        let committed = write::commit(&mut writer, &self.seals, batch);
        if let Some(observer) = &self.observer {
            let entries = batch.appends.iter().map(|append| append.entries.len()).sum();
            observer(entries, began.elapsed(), committed.is_ok());
        }
        committed?;
        for change in &batch.changes {
            match change {
                Change::SubjectErased { subject, .. } => self.seals.destroy(Person::Subject(*subject))?,
                Change::ContactErased(contact) => self.seals.destroy(Person::Contact(*contact))?,
                Change::DeskPersonErased(person) => self.seals.destroy(Person::DeskPerson(*person))?,
                _ => {}
            }
        }
        let erases = |change: &Change| {
            matches!(
                change,
                Change::EvidenceErased(_)
                    | Change::MessagesErased(_)
                    | Change::LettersErased(_)
                    | Change::SubjectErased { .. }
                    | Change::ErasedCleared { .. }
                    | Change::EntriesErased { .. }
                    | Change::DeskPersonErased(_)
            )
        };
        if batch.changes.iter().any(erases) {
            // Erased it is, for whoever asks; this has it overwritten in the file as well.
            self.overwriting.store(!checkpoint(&writer).map_err(write::failed)?, Ordering::Relaxed);
        }
        Ok(())
    }

    fn make_keys(&self, organizations: &[OrganizationId]) -> Result<(), StoreError> {
        self.seals.make(organizations)
    }

    fn overwrite_erased(&self) -> Result<(), StoreError> {
        if self.overwriting.load(Ordering::Relaxed) {
            let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            self.overwriting.store(!checkpoint(&writer).map_err(write::failed)?, Ordering::Relaxed);
        }
        Ok(())
    }

    fn entries(
        &self,
        organization: OrganizationId,
        first: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        self.view(|view| read::entries(view, organization, first, count))
    }

    fn leaves(
        &self,
        organization: OrganizationId,
        first: u64,
        count: u64,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.view(|view| read::leaves(view, organization, first, count))
    }

    fn entry_of_request(
        &self,
        organization: OrganizationId,
        request: &[u8; 16],
    ) -> Result<Option<u64>, StoreError> {
        self.view(|view| read::entry_of_request(view, organization, request))
    }

    fn entries_referring(
        &self,
        organization: OrganizationId,
        reference: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        self.view(|view| read::entries_referring(view, organization, reference, count))
    }

    fn entries_referring_last(
        &self,
        organization: OrganizationId,
        reference: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        self.view(|view| read::entries_referring_last(view, organization, reference, count))
    }

    fn first_about(&self, person: Person) -> Result<Vec<(OrganizationId, u64)>, StoreError> {
        self.view(|view| read::first_about(view, person))
    }

    fn kept_about(&self, organization: OrganizationId, person: Person) -> Result<Vec<u64>, StoreError> {
        self.view(|view| read::kept_about(view, organization, person))
    }

    fn is_something_left(&self, person: Person) -> Result<bool, StoreError> {
        self.view(|view| read::is_something_left(view.connection, view.seals, person))
    }

    fn nodes(
        &self,
        organization: OrganizationId,
        level: u8,
        first: u64,
        count: u64,
    ) -> Result<Vec<Hash>, StoreError> {
        self.view(|view| read::nodes(view, organization, level, first, count))
    }

    fn evidence(&self, id: EvidenceId) -> Result<Option<EvidenceRow>, StoreError> {
        self.view(|view| read::evidence(view, id))
    }

    fn evidence_old(&self, until: Timestamp, count: u64) -> Result<Vec<OldEvidence>, StoreError> {
        self.view(|view| read::evidence_old(view, until, count))
    }

    fn mail_known(&self, identifier: Option<&[u8; 32]>, body: &[u8; 32]) -> Result<MailKnown, StoreError> {
        self.view(|view| read::mail_known(view, identifier, body))
    }

    fn mail_with(&self, identifier: &[u8; 32], count: u64) -> Result<Vec<StoredMail>, StoreError> {
        self.view(|view| read::mail_with(view, identifier, count))
    }

    fn mail_of(&self, request: ChangeRequestId, count: u64) -> Result<Vec<StoredMail>, StoreError> {
        self.view(|view| read::mail_of(view, request, count))
    }

    fn mail(&self, id: MessageId) -> Result<Option<StoredMail>, StoreError> {
        self.view(|view| read::mail(view, id))
    }

    fn visit(&self, id: VisitId) -> Result<Option<VisitRow>, StoreError> {
        self.view(|view| read::visit(view, id))
    }

    fn letter(&self, id: LetterId) -> Result<Option<LetterRow>, StoreError> {
        self.view(|view| read::letter(view, id))
    }

    fn statements_due(&self, month: Month, count: u64) -> Result<Vec<OrganizationId>, StoreError> {
        self.view(|view| read::statements_due(view, month, count))
    }

    fn visits_summed(&self, organization: OrganizationId, month: Month) -> Result<Vec<VisitSum>, StoreError> {
        self.view(|view| read::visits_summed(view, organization, month))
    }

    fn letters(&self, count: u64) -> Result<Vec<LetterRow>, StoreError> {
        self.view(|view| read::letters(view, count))
    }

    fn answer(&self, id: OnceId) -> Result<Option<Vec<u8>>, StoreError> {
        self.view(|view| read::answer(view, id))
    }

    fn visits(&self, wanted: &VisitsWanted, count: u64) -> Result<Vec<VisitRow>, StoreError> {
        self.view(|view| read::visits(view, wanted, count))
    }

    fn visits_over(
        &self,
        subject: SubjectId,
        after: Option<(Timestamp, VisitId)>,
        count: u64,
    ) -> Result<Vec<VisitRow>, StoreError> {
        self.view(|view| read::visits_over(view, subject, after, count))
    }
}
