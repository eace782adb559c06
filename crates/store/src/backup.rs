//! Copies of the database and its key file: taken while a process serves them, and put back into a directory without data.
//!
//! A copy says of itself that it is one, from its first moment on, so that it is known even where it was put in place by
//! hand. What follows from that is decided where data is loaded. Two files: the copy, and its keys beside it, which must not
//! be kept as long (protocols 2.11). Each is written under another name, flushed, and renamed when it is whole.
//!
//! Absent: the deployment's key, which is no part of a backup: it never changes, and whoever has all three reads everything.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use byleave_fail_point::fail_point;
use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use crate::key_file::SLOT_BYTES;
use crate::migrate::NEWEST;
use crate::sql;

/// Pages copied between two reports.
const PAGES_AT_ONCE: i32 = 16;
/// How often a copy is begun anew because somebody was erased while it was taken.
const TRIES: usize = 3;

const DATABASE: &str = "byleave.db";
const KEYS: &str = "byleave.keys";
/// Where a restore puts together what it then moves into place.
pub(crate) const STAGING: &str = "restoring";

/// Why nothing was copied or put back.
#[derive(Debug, thiserror::Error)]
pub enum NotCopied {
    /// Something would be replaced.
    #[error("`{}` is there already; choose another name", .0.display())]
    Exists(PathBuf),
    /// There is data where a copy is to go.
    #[error("`{}` is there already, and a copy is put back only where there is no data; move it away", .0.display())]
    HasData(PathBuf),
    /// There is nothing to copy.
    #[error("`{}` is missing", .0.display())]
    Missing(PathBuf),
    /// Not a database of this release.
    #[error("`{}` has schema {found}, and this release copies {known}; use the release that serves it", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// This release's.
        known: i64,
    },
    /// A database that does not say whose it is, and so cannot be marked.
    #[error("`{}` does not say which deployment's it is; start it once where it is served, and copy it after that", .0.display())]
    Nameless(PathBuf),
    /// People were erased while it was copied.
    #[error("somebody was erased each time while it was copied; try again")]
    Erasing,
    /// The file system or SQLite refused.
    #[error("`{}`: {why}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What was said.
        why: String,
    },
}

/// Tells how many of how many pages are done.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Where the keys of a copy are.
#[must_use]
pub fn keys_beside(copy: &Path) -> PathBuf {
    copy.with_added_extension("keys")
}

/// Copies the database in `data` and its key file, as of one instant, whoever serves them meanwhile. The key file goes to
/// `output` with `.keys` added.
///
/// # Errors
/// [`NotCopied`]; under the final names there is nothing then.
pub fn backup(data: &Path, output: &Path, now: Timestamp, progress: Progress<'_>) -> Result<(), NotCopied> {
    let (database, key_file) = (data.join(DATABASE), data.join(KEYS));
    let keys_output = keys_beside(output);
    if let Some(known) = [output, &keys_output].into_iter().find(|path| path.exists()) {
        return Err(NotCopied::Exists(known.to_owned()));
    }
    is_of_this_release(&database)?;
    let (part, keys_part) = (output.with_added_extension("part"), keys_output.with_added_extension("part"));
    for _ in 0..TRIES {
        let before = read(&key_file)?;
        copy(&database, &part, progress)?;
        let keys = read(&key_file)?;
        // A key is there before anything is sealed under it, so those read now suffice; and as long as none was destroyed,
        // everything in the copy can be opened or was erased in it.
        let whole = before.len() / SLOT_BYTES * SLOT_BYTES;
        if keys.get(..whole) != before.get(..whole) {
            continue;
        }
        mark(&part, Some(now))?;
        write(&keys_part, &keys)?;
        flush(&part)?;
        fail_point("backup.before_rename");
        // The keys first: a copy under its final name is a whole one.
        rename(&keys_part, &keys_output)?;
        fail_point("backup.keys_in_place");
        return rename(&part, output).inspect(|()| fail_point("backup.in_place"));
    }
    Err(NotCopied::Erasing)
}

/// A copy in the directory where it is to go, not yet in its place.
#[derive(Debug)]
pub struct Staged {
    data: PathBuf,
    staging: PathBuf,
}

/// Copies a copy and its keys into `data`, beside where they are to go.
///
/// # Errors
/// [`NotCopied`]; nothing is in place then.
pub fn stage(from: &Path, data: &Path, progress: Progress<'_>) -> Result<Staged, NotCopied> {
    let keys = keys_beside(from);
    if let Some(missing) = [from, &keys].into_iter().find(|path| !path.exists()) {
        return Err(NotCopied::Missing(missing.to_owned()));
    }
    let known = [DATABASE, KEYS, "byleave.db-wal"].map(|name| data.join(name));
    if let Some(known) = known.into_iter().find(|path| path.exists()) {
        return Err(NotCopied::HasData(known));
    }
    let staging = data.join(STAGING);
    let failed = |why: std::io::Error| failed(&staging, why);
    if staging.exists() {
        std::fs::remove_dir_all(&staging).map_err(failed)?;
    }
    std::fs::DirBuilder::new().mode(0o700).create(&staging).map_err(failed)?;
    copy(from, &staging.join(DATABASE), progress)?;
    write(&staging.join(KEYS), &read(&keys)?)?;
    fail_point("restore.staged");
    Ok(Staged { data: data.to_owned(), staging })
}

impl Staged {
    /// The database, to be opened and looked at. It must be closed again before it is put in place.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.staging.join(DATABASE)
    }

    /// Puts it in place: as a copy, of `now` where it does not say itself of when, as one that was copied by other means. With
    /// `nothing_since`, nothing was added to the original after the copy was taken, and it goes on as the original.
    ///
    /// # Errors
    /// [`NotCopied`]. What was broken off in the middle is refused at the next start.
    pub fn put_in_place(self, nothing_since: bool, now: Timestamp) -> Result<(), NotCopied> {
        let database = self.database();
        mark(&database, (!nothing_since).then_some(now))?;
        one_file(&database)?;
        flush(&database)?;
        fail_point("restore.before_rename");
        rename(&database, &self.data.join(DATABASE))?;
        fail_point("restore.database_in_place");
        rename(&self.staging.join(KEYS), &self.data.join(KEYS))?;
        fail_point("restore.keys_in_place");
        std::fs::remove_dir_all(&self.staging).map_err(|why| failed(&self.staging, why))
    }

    /// Leaves the directory as it was.
    ///
    /// # Errors
    /// [`NotCopied::Failed`].
    pub fn give_up(self) -> Result<(), NotCopied> {
        std::fs::remove_dir_all(&self.staging).map_err(|why| failed(&self.staging, why))
    }
}

/// The deployment's name, as its database has it.
///
/// # Errors
/// [`NotCopied`].
pub fn deployment(database: &Path) -> Result<String, NotCopied> {
    if !database.exists() {
        return Err(NotCopied::Missing(database.to_owned()));
    }
    let found = open(database)?.query_row(sql::DEPLOYMENT_LOAD, [], |row| row.get(0)).optional();
    found.map_err(|why| failed(database, why))?.ok_or_else(|| NotCopied::Nameless(database.to_owned()))
}

fn is_of_this_release(database: &Path) -> Result<(), NotCopied> {
    if !database.exists() {
        return Err(NotCopied::Missing(database.to_owned()));
    }
    let (found, known) = (crate::schema(database).map_err(|why| failed(database, why))?, NEWEST);
    if found == known { Ok(()) } else { Err(NotCopied::Schema { path: database.to_owned(), found, known }) }
}

fn open(database: &Path) -> Result<Connection, NotCopied> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    crate::connect(database, flags).map_err(|why| failed(database, why))
}

/// One read transaction for the whole copy: what is committed meanwhile neither shows nor has it begin anew.
fn copy(from: &Path, to: &Path, progress: Progress<'_>) -> Result<(), NotCopied> {
    let failed = |why: rusqlite::Error| failed(from, why);
    create(to)?;
    let source = open(from)?;
    let instant = source.unchecked_transaction().map_err(failed)?;
    instant.query_row(sql::TABLES_COUNT, [], |_| Ok(())).map_err(failed)?;
    fail_point("copy.begun");
    let mut copy = Connection::open(to).map_err(failed)?;
    let backup = Backup::new(&instant, &mut copy).map_err(failed)?;
    loop {
        let step = backup.step(PAGES_AT_ONCE).map_err(failed)?;
        let found = backup.progress();
        let all = u64::try_from(found.pagecount).unwrap_or(0);
        progress(all - u64::try_from(found.remaining).unwrap_or(0).min(all), all);
        match step {
            StepResult::Done => break,
            StepResult::More => fail_point("copy.midway"),
            _ => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
    }
    drop(backup);
    drop(copy);
    one_file(to)
}

/// Nothing is left beside the database.
fn one_file(database: &Path) -> Result<(), NotCopied> {
    let connection = Connection::open(database).map_err(|why| failed(database, why))?;
    connection.pragma_update(None, "journal_mode", "DELETE").map_err(|why| failed(database, why))
}

/// Says that this is a copy, and of when; or that it is none. A copy of a copy is as old as the first.
fn mark(database: &Path, copied: Option<Timestamp>) -> Result<(), NotCopied> {
    let failed = |why: rusqlite::Error| failed(database, why);
    let connection = Connection::open(database).map_err(failed)?;
    // The mark is in the row that names the deployment: without it there would be none, and no word about that.
    if !connection.prepare(sql::DEPLOYMENT_LOAD).and_then(|mut row| row.exists([])).map_err(failed)? {
        return Err(NotCopied::Nameless(database.to_owned()));
    }
    let marked = match copied {
        Some(at) => connection.execute(sql::DEPLOYMENT_COPIED, [at.as_microsecond()]),
        None => connection.execute(sql::DEPLOYMENT_ORIGINAL, []),
    };
    marked.map(drop).map_err(failed)
}

fn create(path: &Path) -> Result<File, NotCopied> {
    // What is left of an earlier try, under a name that nothing whole has.
    if path.exists() {
        std::fs::remove_file(path).map_err(|why| failed(path, why))?;
    }
    let created = File::options().write(true).create_new(true).mode(0o600).open(path);
    created.map_err(|why| failed(path, why))
}

fn read(path: &Path) -> Result<Vec<u8>, NotCopied> {
    std::fs::read(path).map_err(|why| failed(path, why))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), NotCopied> {
    create(path)?.write_all(bytes).map_err(|why| failed(path, why))?;
    flush(path)
}

fn flush(path: &Path) -> Result<(), NotCopied> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|why| failed(path, why))
}

/// Renames, and has the new name last.
fn rename(from: &Path, to: &Path) -> Result<(), NotCopied> {
    std::fs::rename(from, to).map_err(|why| failed(to, why))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    flush(folder)
}

fn failed(path: &Path, why: impl std::fmt::Display) -> NotCopied {
    NotCopied::Failed { path: path.to_owned(), why: why.to_string() }
}
