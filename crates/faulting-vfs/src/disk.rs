//! The disk: its files, what it has been asked, and what it is to do wrong when.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use crate::Chance;
use crate::image::{Image, Keep};
use crate::vfs::{self, Region};

/// A disk for the files that SQLite opens in one folder, for as long as this lasts.
#[derive(Debug)]
pub struct Disk(Arc<Shared>);

/// What was on a disk at some time.
#[derive(Debug, Clone)]
pub struct Copy(BTreeMap<String, Vec<u8>>);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Power is cut before this change (a write, a resize, a flush or a removal).
    Cut(Keep),
    /// This write finds no room; a part of it may have been written.
    Full,
    /// This write fails; a part of it may have been written.
    WriteFails,
    /// This flush fails; any part may have arrived, and the next flush knows nothing of it.
    FlushFails,
    /// This read fails.
    ReadFails,
    /// This read gets one bit wrong.
    ReadFlips,
    /// From this write on the disk is read-only.
    ReadOnly,
}

/// Something that goes wrong once, or from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: Kind,
    /// At which operation of its sort, the first being 0, counted as in [`Counts`].
    pub at: u64,
    /// Whether it goes wrong from then on.
    pub lasting: bool,
}

/// What the disk has been asked since it was last plugged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reads.
    pub reads: u64,
    /// Writes and resizes.
    pub writes: u64,
    /// Flushes.
    pub flushes: u64,
    /// Whatever a power cut can come before: writes, resizes, flushes and removals.
    pub changes: u64,
}

/// What has gone wrong since the disk was last plugged in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Struck {
    /// How often a fault has struck.
    pub times: u64,
    /// What it struck first: `db`, `db-wal` and so on.
    pub file: String,
    /// Flushes of a file after one of that file had failed, by whoever saw it fail.
    pub flushes_repeated: u64,
    /// Writes after the first fault.
    pub writes_after: u64,
}

impl Disk {
    /// An empty disk for the files that SQLite will open in `folder`, which must exist. What it does at random follows
    /// from `seed`.
    ///
    /// # Errors
    /// When there is no such folder, or SQLite does not take the VFS.
    pub fn new(folder: &Path, seed: u64) -> std::io::Result<Self> {
        let folder = folder.canonicalize()?;
        let state = State { chance: Chance::new(seed), powered: true, ..State::default() };
        let shared = Arc::new(Shared { folder, state: Mutex::new(state) });
        vfs::add(&shared)?;
        Ok(Self(shared))
    }

    /// Plugged out, as by a power cut of the whole machine, and in again. Whoever has a file open gets nothing but
    /// errors from here on; whoever opens one finds what was kept. No fault is planned any more, and counting begins anew.
    pub fn cut(&self, keep: Keep) {
        let mut state = self.0.state();
        if state.powered {
            state.cut(keep);
        }
        state.powered = true;
        (state.counts, state.struck, state.fault) = (Counts::default(), Struck::default(), None);
    }

    /// Has something go wrong. Counting begins anew.
    pub fn plan(&self, fault: Fault) {
        let mut state = self.0.state();
        (state.counts, state.struck, state.fault) = (Counts::default(), Struck::default(), Some(fault));
    }

    /// What it has been asked.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.state().counts
    }

    /// What has gone wrong.
    #[must_use]
    pub fn struck(&self) -> Struck {
        self.0.state().struck.clone()
    }

    /// Flips one bit at random in the file whose name ends so.
    ///
    /// # Errors
    /// When there is none, or nothing in it.
    pub fn flip(&self, ending: &str) -> std::io::Result<()> {
        let mut state = self.0.state();
        let State { files, chance, .. } = &mut *state;
        let found = files.iter_mut().find(|(name, file)| name.ends_with(ending) && file.image.size() > 0);
        let (_, file) = found.ok_or(std::io::ErrorKind::NotFound)?;
        file.image.flip(chance);
        Ok(())
    }

    /// Everything that is on it, for [`Disk::put`].
    #[must_use]
    pub fn copy(&self) -> Copy {
        let files = self
            .0
            .state()
            .files
            .iter()
            .map(|(name, file)| (name.clone(), file.image.bytes().to_vec()))
            .collect();
        Copy(files)
    }

    /// Plugged out, with nothing on it from here on but this, all of it durable; and in again. What it does at random
    /// follows from `seed`.
    pub fn put(&self, copy: &Copy, seed: u64) {
        self.cut(Keep::Everything);
        let mut state = self.0.state();
        state.chance = Chance::new(seed);
        state.removed.clear();
        let durable = |(name, bytes): (&String, &Vec<u8>)| {
            let mut image = Image::default();
            image.write(0, bytes);
            image.flush();
            (name.clone(), File { image, named: true, ..File::default() })
        };
        state.files = copy.0.iter().map(durable).collect();
    }

    /// A file's bytes, as whoever reads it now would see them.
    #[must_use]
    pub fn bytes(&self, ending: &str) -> Option<Vec<u8>> {
        let state = self.0.state();
        let mut files = state.files.iter();
        files.find(|(name, _)| name.ends_with(ending)).map(|(_, file)| file.image.bytes().to_vec())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        vfs::remove(&self.0);
    }
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub folder: PathBuf,
    state: Mutex<State>,
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What SQLite calls a result code.
pub(crate) type Code = i32;

#[derive(Debug, Default)]
pub(crate) struct State {
    files: BTreeMap<String, File>,
    /// Removed, but not for good: the folder has not been flushed since.
    removed: BTreeMap<String, Image>,
    powered: bool,
    /// Cuts so far: whoever opened a file before the last one has nothing.
    cuts: u64,
    opened: u64,
    fault: Option<Fault>,
    counts: Counts,
    struck: Struck,
    chance: Chance,
}

#[derive(Debug, Default)]
struct File {
    image: Image,
    /// Whether its name would outlast a cut.
    named: bool,
    /// Locks of the database file, by whoever holds them.
    locks: BTreeMap<u64, i32>,
    /// Locks of the WAL's index: its eight places, each with who shares it, or who has it alone.
    index_shared: [Vec<u64>; 8],
    index_alone: [Option<u64>; 8],
    index: Vec<Arc<Region>>,
    /// Those who have seen a flush fail.
    flush_failed: Vec<u64>,
}

/// Whoever has a file open.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub id: u64,
    pub name: String,
    cuts: u64,
    pub read_only: bool,
    /// Its first flush flushes the folder as well.
    names_folder: bool,
}

/// Why nothing was read or written.
type Outcome<T> = Result<T, Code>;

impl State {
    /// Opens a file to write it, or to read it alone where that is all that is asked for or can be had.
    pub fn open(&mut self, name: &str, create: bool, journal: bool, read_only: bool) -> Outcome<Opened> {
        let read_only = read_only || self.is_read_only();
        let new = !self.files.contains_key(name);
        if !self.powered || (new && (!create || read_only)) {
            return Err(ffi::SQLITE_CANTOPEN);
        }
        self.files.entry(name.to_owned()).or_default();
        self.opened += 1;
        let (id, name, cuts, names_folder) = (self.opened, name.to_owned(), self.cuts, new && journal);
        Ok(Opened { id, name, cuts, read_only, names_folder })
    }

    fn is_read_only(&self) -> bool {
        let of = self.fault.filter(|fault| fault.kind == Kind::ReadOnly);
        of.is_some_and(|fault| self.counts.writes > fault.at)
    }

    pub fn close(&mut self, opened: &Opened) {
        self.index_leave(opened);
        if let Ok(file) = self.file(opened) {
            file.locks.remove(&opened.id);
        }
    }

    pub fn exists(&self, name: &str) -> bool {
        // SQLite takes an empty file for none where it asks.
        self.files.get(name).is_some_and(|file| file.image.size() > 0)
    }

    pub fn remove(&mut self, name: &str, flush_folder: bool) -> Outcome<()> {
        self.counts.changes += 1;
        self.may_be_cut(name)?;
        if !self.powered || self.is_read_only() {
            return Err(ffi::SQLITE_IOERR_DELETE);
        }
        let file = self.files.remove(name).ok_or(ffi::SQLITE_IOERR_DELETE_NOENT)?;
        if file.named {
            self.removed.insert(name.to_owned(), file.image);
        }
        if flush_folder {
            self.flush_folder();
        }
        Ok(())
    }

    pub fn read(&mut self, opened: &Opened, at: usize, count: usize) -> Outcome<Vec<u8>> {
        let number = self.counts.reads;
        self.counts.reads += 1;
        let kind = self.strikes(number, &opened.name, &[Kind::ReadFails, Kind::ReadFlips]);
        if kind == Some(Kind::ReadFails) {
            return Err(ffi::SQLITE_IOERR_READ);
        }
        let mut bytes = self.file(opened)?.image.read(at, count).to_vec();
        if kind == Some(Kind::ReadFlips) {
            let place = usize::try_from(self.chance.below(bytes.len() as u64)).unwrap_or(0);
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << self.chance.below(8);
            }
        }
        Ok(bytes)
    }

    pub fn write(&mut self, opened: &Opened, at: usize, bytes: &[u8]) -> Outcome<()> {
        let code = self.may_write(opened, ffi::SQLITE_IOERR_WRITE)?;
        let written = if code == ffi::SQLITE_OK {
            bytes.len()
        } else {
            usize::try_from(self.chance.below(bytes.len() as u64)).unwrap_or(0)
        };
        self.file(opened)?.image.write(at, bytes.get(..written).unwrap_or_default());
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) }
    }

    pub fn resize(&mut self, opened: &Opened, size: usize) -> Outcome<()> {
        let code = self.may_write(opened, ffi::SQLITE_IOERR_TRUNCATE)?;
        let file = self.file(opened)?;
        if code != ffi::SQLITE_OK {
            return Err(code);
        }
        file.image.resize(size);
        Ok(())
    }

    /// Counts a write, and says how it is to end.
    fn may_write(&mut self, opened: &Opened, fails: Code) -> Outcome<Code> {
        let (name, number) = (&opened.name, self.counts.writes);
        (self.counts.writes, self.counts.changes) = (number + 1, self.counts.changes + 1);
        self.may_be_cut(name)?;
        self.struck.writes_after += u64::from(self.struck.times > 0);
        if opened.read_only {
            return Err(fails);
        }
        Ok(match self.strikes(number, name, &[Kind::Full, Kind::WriteFails, Kind::ReadOnly]) {
            Some(Kind::Full) => ffi::SQLITE_FULL,
            Some(Kind::ReadOnly) => return Err(fails),
            Some(_) => fails,
            None => ffi::SQLITE_OK,
        })
    }

    pub fn flush(&mut self, opened: &mut Opened) -> Outcome<()> {
        let number = self.counts.flushes;
        (self.counts.flushes, self.counts.changes) = (number + 1, self.counts.changes + 1);
        self.may_be_cut(&opened.name)?;
        let fails = self.strikes(number, &opened.name, &[Kind::FlushFails]).is_some();
        let mut chance = self.chance.clone();
        let file = self.file(opened)?;
        let again = file.flush_failed.contains(&opened.id);
        if fails {
            file.image.flush_failed(&mut chance);
            file.flush_failed.push(opened.id);
        } else {
            file.image.flush();
        }
        self.chance = chance;
        self.struck.flushes_repeated += u64::from(again);
        if fails {
            return Err(ffi::SQLITE_IOERR_FSYNC);
        }
        if std::mem::take(&mut opened.names_folder) {
            self.flush_folder();
        }
        Ok(())
    }

    pub fn size(&mut self, opened: &Opened) -> Outcome<usize> {
        self.file(opened).map(|file| file.image.size())
    }

    fn file(&mut self, opened: &Opened) -> Outcome<&mut File> {
        if !self.powered || opened.cuts != self.cuts {
            return Err(ffi::SQLITE_IOERR);
        }
        self.files.get_mut(&opened.name).ok_or(ffi::SQLITE_IOERR)
    }

    fn strikes(&mut self, number: u64, name: &str, kinds: &[Kind]) -> Option<Kind> {
        let fault = self.fault.filter(|fault| kinds.contains(&fault.kind))?;
        let lasting = fault.lasting || fault.kind == Kind::ReadOnly;
        let strikes = if lasting { number >= fault.at } else { number == fault.at };
        strikes.then(|| {
            self.strike(name);
            fault.kind
        })
    }

    fn strike(&mut self, name: &str) {
        if self.struck.times == 0 {
            self.struck.file = name.rsplit_once('.').map_or(name, |(_, ending)| ending).to_owned();
        }
        self.struck.times += 1;
    }

    fn may_be_cut(&mut self, name: &str) -> Outcome<()> {
        if let Some(Fault { kind: Kind::Cut(keep), at, .. }) = self.fault
            && self.powered
            && self.counts.changes == at + 1
        {
            self.strike(name);
            self.cut(keep);
            self.powered = false;
        }
        if self.powered { Ok(()) } else { Err(ffi::SQLITE_IOERR) }
    }

    fn cut(&mut self, keep: Keep) {
        self.cuts += 1;
        let Self { files, removed, chance, .. } = self;
        if keep != Keep::Everything {
            // Of what happened to names since the folder was flushed, any part may last.
            let lasts = |chance: &mut Chance| keep == Keep::Some && chance.hit(50);
            files.retain(|_, file| file.named || lasts(chance));
            for (name, image) in std::mem::take(removed) {
                if !lasts(chance) && !files.contains_key(&name) {
                    files.insert(name, File { image, ..File::default() });
                }
            }
            files.values_mut().for_each(|file| file.named = true);
        }
        for file in files.values_mut() {
            let mut image = std::mem::take(&mut file.image);
            image.cut(keep, chance);
            *file = File { image, named: file.named, ..File::default() };
        }
    }

    fn flush_folder(&mut self) {
        self.removed.clear();
        self.files.values_mut().for_each(|file| file.named = true);
    }

    pub fn lock(&mut self, opened: &Opened, level: i32) -> Outcome<()> {
        let locks = &mut self.file(opened)?.locks;
        let highest = locks.iter().filter(|(id, _)| **id != opened.id).map(|(_, level)| *level).max();
        let highest = highest.unwrap_or(ffi::SQLITE_LOCK_NONE);
        // The system gives no lock to write to whoever opened the file to read it.
        if opened.read_only && level > ffi::SQLITE_LOCK_SHARED {
            return Err(ffi::SQLITE_IOERR_LOCK);
        }
        let free = match level {
            ffi::SQLITE_LOCK_SHARED => highest < ffi::SQLITE_LOCK_PENDING,
            ffi::SQLITE_LOCK_RESERVED => highest < ffi::SQLITE_LOCK_RESERVED,
            _ => highest == ffi::SQLITE_LOCK_NONE,
        };
        if !free {
            return Err(ffi::SQLITE_BUSY);
        }
        locks.insert(opened.id, level);
        Ok(())
    }

    pub fn unlock(&mut self, opened: &Opened, level: i32) {
        if let Ok(file) = self.file(opened) {
            file.locks.insert(opened.id, level);
        }
    }

    pub fn is_reserved(&mut self, opened: &Opened) -> Outcome<bool> {
        Ok(self.file(opened)?.locks.values().any(|level| *level >= ffi::SQLITE_LOCK_RESERVED))
    }

    /// A part of the WAL's index, in memory, as whoever has the file open shares it.
    pub fn index(
        &mut self,
        opened: &Opened,
        part: usize,
        size: usize,
        extend: bool,
    ) -> Outcome<Option<Arc<Region>>> {
        let index = &mut self.file(opened)?.index;
        while extend && index.len() <= part {
            index.push(Arc::new(Region::new(size)));
        }
        Ok(index.get(part).cloned())
    }

    pub fn index_lock(
        &mut self,
        opened: &Opened,
        places: std::ops::Range<usize>,
        alone: bool,
    ) -> Outcome<()> {
        let file = self.file(opened)?;
        let (shared, held) = (file.index_shared.get_mut(places.clone()), file.index_alone.get_mut(places));
        let (Some(shared), Some(held)) = (shared, held) else { return Err(ffi::SQLITE_IOERR_SHMLOCK) };
        let others = |who: &u64| *who != opened.id;
        let busy = held.iter().flatten().any(others) || (alone && shared.iter().flatten().any(others));
        if busy {
            return Err(ffi::SQLITE_BUSY);
        }
        if alone {
            held.fill(Some(opened.id));
        } else {
            shared.iter_mut().for_each(|who| who.push(opened.id));
        }
        Ok(())
    }

    pub fn index_unlock(&mut self, opened: &Opened, places: std::ops::Range<usize>, alone: bool) {
        let Ok(file) = self.file(opened) else { return };
        if alone {
            file.index_alone.get_mut(places).unwrap_or_default().fill(None);
        } else {
            let shared = file.index_shared.get_mut(places).unwrap_or_default();
            for who in shared {
                if let Some(at) = who.iter().position(|who| *who == opened.id) {
                    who.swap_remove(at);
                }
            }
        }
    }

    pub fn index_leave(&mut self, opened: &Opened) {
        let Ok(file) = self.file(opened) else { return };
        file.index_shared.iter_mut().for_each(|who| who.retain(|who| *who != opened.id));
        file.index_alone.iter_mut().filter(|who| **who == Some(opened.id)).for_each(|who| *who = None);
    }
}
