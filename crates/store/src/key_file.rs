//! The key file: one 256-bit key for each organization and person, wrapped by the deployment's key, in a file of its own
//! beside the database.
//!
//! Slots of [`SLOT_BYTES`] bytes, the first of them a header. A key is appended and flushed before anything is sealed
//! under it, and destroyed by overwriting its slot where it stands: no page cache of a database, no journal and no free
//! list keeps a copy. Slots are never used again, so a slot's place is its key's number for ever.
//!
//! Whoever has this file alone, or this file and the database, reads nothing: it takes the deployment's key as well.
//! Absent: what is sealed, and for whom; that is `seal`'s.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

/// A slot never lies across two sectors of a disk, so that it is written whole or not at all.
pub(crate) const SLOT_BYTES: usize = 128;
const NONCE_BYTES: usize = 12;
/// A key and the tag of what wraps it.
const WRAPPED_BYTES: usize = 32 + 16;

const TITLE: &[u8; 16] = b"byleave-keys/v1\n";
const KEPT: u8 = 1;
const DESTROYED: u8 = 2;

/// A key. Overwritten when it is dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Owner {
    /// One of the constants of [`Owner`].
    pub kind: u8,
    pub id: [u8; 16],
}

impl Owner {
    pub const ORGANIZATION: u8 = 1;
    pub const SUBJECT: u8 = 2;
    pub const CONTACT: u8 = 3;
    pub const DESK_PERSON: u8 = 4;
    /// What belongs to nobody yet.
    pub const DEPLOYMENT: Self = Self { kind: 5, id: [0; 16] };
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    #[error("`{}` is missing; without it what is kept in this directory cannot be read; bring it back", .0.display())]
    Missing(PathBuf),
    #[error("`{}` is no key file, or another `deployment.key`'s; bring back the two that belong together", .0.display())]
    Foreign(PathBuf),
    #[error("`{}` cannot be read or written: {why}", path.display())]
    Failed { path: PathBuf, why: std::io::Error },
    #[error("no key can be made or wrapped")]
    Cryptography,
}

pub(crate) struct KeyFile {
    path: PathBuf,
    file: File,
    wrapping: RandomizedNonceKey,
    /// By number, less one.
    slots: Vec<Slot>,
    newest: HashMap<Owner, u32>,
}

struct Slot {
    /// None where the slot says nothing.
    owner: Option<Owner>,
    held: Held,
}

enum Held {
    Key(Key),
    Destroyed,
    /// Something that cannot be unwrapped, or is half overwritten. It counts as a key that is lost: no other one is made for
    /// its owner, so that nothing is recorded beside what can no longer be read.
    Damaged,
}

impl KeyFile {
    /// Opens the file. With `make` it is created where there is none.
    pub fn open(path: &Path, wrapping: &[u8; 32], make: bool) -> Result<Self, KeyFileError> {
        let failed = |why| KeyFileError::Failed { path: path.to_owned(), why };
        if !path.exists() && !make {
            return Err(KeyFileError::Missing(path.to_owned()));
        }
        let mut options = File::options();
        options.read(true).write(true).create(make).truncate(false).mode(0o600);
        let mut file = options.open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let wrapping =
            RandomizedNonceKey::new(&AES_256_GCM, wrapping).map_err(|_| KeyFileError::Cryptography)?;
        let mut opened =
            Self { path: path.to_owned(), file, wrapping, slots: Vec::new(), newest: HashMap::new() };
        let (header, slots) = bytes.as_chunks::<SLOT_BYTES>().0.split_first().unzip();
        match header {
            Some(header) if opened.is_header(header) => {}
            // A crash came before the header was whole; nothing can have been sealed.
            None if make => opened.begin()?,
            Some(_) | None => return Err(KeyFileError::Foreign(path.to_owned())),
        }
        for (number, slot) in (1..).zip(slots.unwrap_or_default()) {
            let slot = opened.read(number, slot);
            opened.newest.extend(slot.owner.map(|owner| (owner, number)));
            opened.slots.push(slot);
        }
        Ok(opened)
    }

    pub fn key(&self, number: u32) -> Option<&Key> {
        match &self.slot(number)?.held {
            Held::Key(key) => Some(key),
            Held::Destroyed | Held::Damaged => None,
        }
    }

    pub fn is_destroyed(&self, number: u32) -> bool {
        self.slot(number).is_some_and(|slot| matches!(slot.held, Held::Destroyed))
    }

    pub fn owner(&self, number: u32) -> Option<Owner> {
        self.slot(number)?.owner
    }

    /// The number of the owner's newest key, if it can be used; and whether there was one.
    pub fn newest(&self, owner: Owner) -> (Option<u32>, bool) {
        let number = self.newest.get(&owner).copied();
        (number.filter(|number| self.key(*number).is_some()), number.is_some())
    }

    /// Every number that has been the owner's.
    pub fn numbers(&self, owner: Owner) -> Vec<u32> {
        let all = (1..).zip(&self.slots);
        all.filter(|(_, slot)| slot.owner == Some(owner)).map(|(number, _)| number).collect()
    }

    /// A fresh key for `owner`, durable when this returns.
    pub fn add(&mut self, owner: Owner) -> Result<u32, KeyFileError> {
        self.add_all(&[owner])?;
        self.newest.get(&owner).copied().ok_or(KeyFileError::Cryptography)
    }

    /// A fresh key for each of `owners`, all of them in one write and one flush.
    pub fn add_all(&mut self, owners: &[Owner]) -> Result<(), KeyFileError> {
        let (mut slots, mut bytes) = (Vec::new(), Vec::new());
        let first = u32::try_from(self.slots.len() + 1).map_err(|_| KeyFileError::Cryptography)?;
        for (number, owner) in (first..).zip(owners) {
            let mut key = Zeroizing::new([0; 32]);
            aws_lc_rs::rand::fill(&mut *key).map_err(|_| KeyFileError::Cryptography)?;
            bytes.extend(self.wrapped(number, *owner, &key)?);
            slots.push(Slot { owner: Some(*owner), held: Held::Key(key) });
        }
        self.write(first, &bytes)?;
        self.newest.extend(owners.iter().copied().zip(first..));
        self.slots.append(&mut slots);
        Ok(())
    }

    /// Overwrites every key that `owner` has had. Done when this returns, however often it is asked.
    pub fn destroy(&mut self, owner: Owner) -> Result<(), KeyFileError> {
        for number in self.numbers(owner) {
            let at = (number as usize).checked_sub(1);
            let left =
                at.and_then(|at| self.slots.get(at)).filter(|slot| !matches!(slot.held, Held::Destroyed));
            if left.is_none() {
                continue;
            }
            self.write(number, &destroyed(owner))?;
            if let Some(slot) = at.and_then(|at| self.slots.get_mut(at)) {
                slot.held = Held::Destroyed;
            }
        }
        Ok(())
    }

    fn slot(&self, number: u32) -> Option<&Slot> {
        self.slots.get((number as usize).checked_sub(1)?)
    }

    fn begin(&mut self) -> Result<(), KeyFileError> {
        let header = self.wrapped(0, Owner { kind: 0, id: *TITLE }, &Zeroizing::new([0; 32]))?;
        self.write(0, &header)?;
        // The file's name has to last as well.
        let folder = self.path.parent().map(File::open).transpose();
        let synced = folder.and_then(|folder| folder.map_or(Ok(()), |folder| folder.sync_all()));
        synced.map_err(|why| self.failed(why))
    }

    fn is_header(&self, bytes: &[u8; SLOT_BYTES]) -> bool {
        let title = Owner { kind: 0, id: *TITLE };
        matches!(self.read(0, bytes), Slot { owner: Some(owner), held: Held::Key(_) } if owner == title)
    }

    fn wrapped(&self, number: u32, owner: Owner, key: &Key) -> Result<[u8; SLOT_BYTES], KeyFileError> {
        let mut wrapped = Zeroizing::new(key.to_vec());
        let nonce = self
            .wrapping
            .seal_in_place_append_tag(Aad::from(label(number, owner)), &mut *wrapped)
            .map_err(|_| KeyFileError::Cryptography)?;
        Ok(slot_bytes(KEPT, owner, nonce.as_ref(), &wrapped))
    }

    /// A slot lies within a sector, so that a crash leaves it whole, or as it was; one that is of no known state says nothing.
    fn read(&self, number: u32, slot: &[u8; SLOT_BYTES]) -> Slot {
        let nothing = Slot { owner: None, held: Held::Damaged };
        let [state @ (KEPT | DESTROYED), kind, rest @ ..] = slot.as_slice() else { return nothing };
        let rest = rest.get(6..).unwrap_or_default();
        let Some((id, rest)) = rest.split_first_chunk::<16>() else { return nothing };
        let owner = Owner { kind: *kind, id: *id };
        let held = if *state == KEPT {
            self.unwrapped(number, owner, rest).map_or(Held::Damaged, Held::Key)
        } else if *slot == destroyed(owner) {
            Held::Destroyed
        } else {
            Held::Damaged
        };
        Slot { owner: Some(owner), held }
    }

    fn unwrapped(&self, number: u32, owner: Owner, rest: &[u8]) -> Option<Key> {
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let (wrapped, _) = rest.split_first_chunk::<WRAPPED_BYTES>()?;
        let mut bytes = Zeroizing::new(wrapped.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.wrapping.open_in_place(nonce, Aad::from(label(number, owner)), &mut bytes).ok()?;
        <[u8; 32]>::try_from(&*plain).ok().map(Zeroizing::new)
    }

    fn write(&self, number: u32, slots: &[u8]) -> Result<(), KeyFileError> {
        let at = u64::from(number) * SLOT_BYTES as u64;
        let written = self.file.write_all_at(slots, at).and_then(|()| self.file.sync_data());
        written.map_err(|why| self.failed(why))
    }

    fn failed(&self, why: std::io::Error) -> KeyFileError {
        KeyFileError::Failed { path: self.path.clone(), why }
    }
}

/// All that is left of a key is that there was one, so that none is made anew.
fn destroyed(owner: Owner) -> [u8; SLOT_BYTES] {
    slot_bytes(DESTROYED, owner, &[0; NONCE_BYTES], &[0; WRAPPED_BYTES])
}

/// State, kind of owner, six bytes for later, owner, nonce, wrapped key; the rest is zero.
fn slot_bytes(state: u8, owner: Owner, nonce: &[u8], wrapped: &[u8]) -> [u8; SLOT_BYTES] {
    let parts = [&[state, owner.kind, 0, 0, 0, 0, 0, 0], owner.id.as_slice(), nonce, wrapped].concat();
    let mut slot = [0; SLOT_BYTES];
    slot.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    slot
}

/// Binds a wrapped key to its slot and its owner.
fn label(number: u32, owner: Owner) -> Vec<u8> {
    [b"byleave/key/v1".as_slice(), &number.to_be_bytes(), &[owner.kind], &owner.id].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOMEBODY: Owner = Owner { kind: Owner::SUBJECT, id: [5; 16] };
    const OTHER: Owner = Owner { kind: Owner::SUBJECT, id: [6; 16] };

    struct Stage(tempfile::TempDir);

    impl Stage {
        fn path(&self) -> PathBuf {
            self.0.path().join("keys")
        }

        fn open(&self) -> KeyFile {
            KeyFile::open(&self.path(), &[1; 32], true).unwrap()
        }

        /// Overwrites bytes of slot `number`, from its byte `at` on.
        fn damage(&self, number: usize, at: usize, with: &[u8]) {
            let file = File::options().write(true).open(self.path()).unwrap();
            file.write_all_at(with, (number * SLOT_BYTES + at) as u64).unwrap();
        }

        fn slot(&self, number: usize) -> Vec<u8> {
            std::fs::read(self.path()).unwrap().chunks(SLOT_BYTES).nth(number).unwrap().to_vec()
        }
    }

    fn stage() -> Stage {
        let stage = Stage(tempfile::tempdir().unwrap());
        let mut keys = stage.open();
        assert_eq!((keys.add(SOMEBODY).unwrap(), keys.add(OTHER).unwrap()), (1, 2));
        stage
    }

    #[test]
    fn a_damaged_slot_is_a_lost_key_and_its_owner_gets_no_other() {
        for (at, with) in [(30, vec![7; 60]), (0, vec![DESTROYED])] {
            let stage = stage();
            stage.damage(1, at, &with);
            let keys = stage.open();
            assert!(keys.key(1).is_none() && keys.key(2).is_some());
            assert_eq!(keys.newest(SOMEBODY), (None, true), "from byte {at}: there was one");
        }
    }

    #[test]
    fn a_slot_of_no_known_state_is_nobodys() {
        let stage = stage();
        stage.damage(1, 0, &[0; SLOT_BYTES]);
        assert_eq!(stage.open().newest(SOMEBODY), (None, false));
    }

    /// At each start every erased person's key is destroyed once more: what is gone already costs nothing.
    #[test]
    fn what_is_destroyed_is_not_written_again_and_what_is_only_half_so_is() {
        let stage = stage();
        stage.open().destroy(SOMEBODY).unwrap();
        let gone = stage.slot(1);
        assert_eq!(gone, destroyed(SOMEBODY));
        let mut keys = stage.open();
        // Written again, this mark would be gone.
        stage.damage(1, SLOT_BYTES - 1, &[9]);
        keys.destroy(SOMEBODY).unwrap();
        assert_eq!(stage.slot(1).last(), Some(&9));
        // Found at a start, it is not what a destroyed slot is.
        stage.open().destroy(SOMEBODY).unwrap();
        assert_eq!(stage.slot(1), gone);
        assert_eq!(stage.open().newest(OTHER), (Some(2), true));
    }
}
