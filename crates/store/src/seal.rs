//! How what is personal is kept: AES-256-GCM, each record under a key of its own, which follows from the keys of those
//! it concerns (an organization's, a person's, or both). Destroying either makes the record unreadable for ever.
//!
//! A sealed record is a version, the numbers of the two keys, a random nonce and the ciphertext. What it is and where it
//! belongs is both in the derivation and authenticated, so that no record passes for another, wherever it is put.
//!
//! | what | under |
//! |---|---|
//! | salt and payload of an entry | organization, and the person it is about |
//! | reason and case of a visit | organization, support person |
//! | names, addresses and numbers of people | the person; a security contact's also the organization |
//! | evidence; the message that an answer answers | organization |
//! | letters | organization, and the contact they go to; copies the organization alone |
//! | notice addresses | organization |
//! | what a token or passkey is called | its holder; the administrator's the deployment |
//! | messages that are nobody's yet; answers, for a day | the deployment |

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use byleave_app::ports::{Person, StoreError};
use byleave_domain::ids::OrganizationId;

use crate::key_file::{KeyFile, KeyFileError, Owner};

const VERSION: u8 = 1;
/// Stands for the second key where there is none.
const NO_KEY: u32 = 0;
/// Most pairs of keys that are kept ready; beyond it they are made anew.
const PAIRS_MAX: usize = 10_000;

/// Whom a record concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Concerned(Owner, Option<Owner>);

/// What a record is and where it belongs.
pub(crate) struct Place(Vec<u8>);

/// Seals and opens records.
pub(crate) struct Seals(Mutex<Ring>);

struct Ring {
    file: KeyFile,
    pairs: HashMap<(u32, u32), hmac::Key>,
}

impl Concerned {
    pub fn organization(organization: OrganizationId, person: Option<Person>) -> Self {
        let organization = Owner { kind: Owner::ORGANIZATION, id: *organization.as_bytes() };
        Self(organization, person.map(owner))
    }

    pub fn person(person: Person) -> Self {
        Self(owner(person), None)
    }

    pub const fn deployment() -> Self {
        Self(Owner::DEPLOYMENT, None)
    }
}

fn owner(person: Person) -> Owner {
    let (kind, id) = match person {
        Person::Subject(id) => (Owner::SUBJECT, *id.as_bytes()),
        Person::Contact(id) => (Owner::CONTACT, *id.as_bytes()),
        Person::DeskPerson(id) => (Owner::DESK_PERSON, *id.as_bytes()),
    };
    Owner { kind, id }
}

fn person(owner: Owner) -> Option<Person> {
    use byleave_domain::ids::{ContactId, DeskPersonId, SubjectId};
    match owner.kind {
        Owner::SUBJECT => Some(Person::Subject(SubjectId::from_bytes(owner.id))),
        Owner::CONTACT => Some(Person::Contact(ContactId::from_bytes(owner.id))),
        Owner::DESK_PERSON => Some(Person::DeskPerson(DeskPersonId::from_bytes(owner.id))),
        _ => None,
    }
}

impl Place {
    pub fn entry(organization: OrganizationId, index: u64) -> Self {
        Self::of("entry", organization.as_bytes(), &index.to_be_bytes())
    }

    /// A row of a state table, by its id; of an organization's, or zeros.
    pub fn row(table: &str, organization: Option<OrganizationId>, id: &[u8; 16]) -> Self {
        Self::of(table, organization.as_ref().map_or(&[0; 16], OrganizationId::as_bytes), id)
    }

    fn of(what: &str, organization: &[u8; 16], id: &[u8]) -> Self {
        Self([b"byleave/sealed/v1\n", what.as_bytes(), b"\n", organization, id].concat())
    }
}

impl Seals {
    pub fn open(path: &Path, wrapping: &[u8; 32], make: bool) -> Result<Self, KeyFileError> {
        let file = KeyFile::open(path, wrapping, make)?;
        Ok(Self(Mutex::new(Ring { file, pairs: HashMap::new() })))
    }

    /// Seals `plain`. A key that is missing is made, and durable, before this returns.
    pub fn seal(&self, concerned: Concerned, place: &Place, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut ring = self.ring();
        let first = ring.number(concerned.0)?;
        let second = concerned.1.map_or(Ok(NO_KEY), |second| ring.number(second))?;
        let key = ring.record_key(first, second, place).ok_or_else(broken)?;
        drop(ring);
        let mut bytes = plain.to_vec();
        let nonce = key.seal_in_place_append_tag(Aad::from(&place.0), &mut bytes).map_err(|_| broken())?;
        let head =
            [&[VERSION], first.to_be_bytes().as_slice(), &second.to_be_bytes(), nonce.as_ref()].concat();
        Ok([head, bytes].concat())
    }

    /// What was sealed at this place; none where its keys are gone, or it is not what was sealed there.
    pub fn unseal(&self, place: &Place, sealed: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = sealed.split_first()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (second, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        if *version != VERSION {
            return None;
        }
        let numbers = (u32::from_be_bytes(*first), u32::from_be_bytes(*second));
        let key = self.ring().record_key(numbers.0, numbers.1, place)?;
        let mut bytes = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = key.open_in_place(nonce, Aad::from(&place.0), &mut bytes).ok()?.len();
        bytes.truncate(plain);
        Some(bytes)
    }

    /// Makes a key for each of these organizations that has none yet, all at once and durably.
    pub fn make(&self, organizations: &[OrganizationId]) -> Result<(), StoreError> {
        let mut ring = self.ring();
        let owners = organizations.iter().map(|id| Owner { kind: Owner::ORGANIZATION, id: *id.as_bytes() });
        let new: Vec<_> = owners.filter(|owner| ring.file.newest(*owner) == (None, false)).collect();
        ring.file.add_all(&new).map_err(failed)
    }

    /// The number of a person's newest key, for the column that finds what is about them.
    pub fn number(&self, person: Person) -> Result<u32, StoreError> {
        self.ring().number(owner(person))
    }

    /// Every number that has been a person's.
    pub fn numbers(&self, person: Person) -> Vec<u32> {
        self.ring().file.numbers(owner(person))
    }

    /// Whose the key of this number is, where it is a person's.
    pub fn person(&self, number: u32) -> Option<Person> {
        self.ring().file.owner(number).and_then(person)
    }

    /// Whether the key of this number has been destroyed.
    pub fn is_destroyed(&self, number: u32) -> bool {
        self.ring().file.is_destroyed(number)
    }

    /// Destroys every key of a person. What is sealed under one of them is unreadable when this returns.
    pub fn destroy(&self, person: Person) -> Result<(), StoreError> {
        let mut ring = self.ring();
        let numbers = ring.file.numbers(owner(person));
        ring.pairs.retain(|(first, second), _| !numbers.contains(first) && !numbers.contains(second));
        ring.file.destroy(owner(person)).map_err(failed)
    }

    fn ring(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn number(&mut self, owner: Owner) -> Result<u32, StoreError> {
        match self.file.newest(owner) {
            (Some(number), _) => Ok(number),
            // Nothing new is kept about whoever was erased, and nothing beside what a lost key opened.
            (None, true) => {
                Err(StoreError::Refused("it is about somebody whose key is destroyed or damaged".into()))
            }
            (None, false) => self.file.add(owner).map_err(failed),
        }
    }

    fn record_key(&mut self, first: u32, second: u32, place: &Place) -> Option<RandomizedNonceKey> {
        if !self.pairs.contains_key(&(first, second)) {
            let one = hmac::Key::new(hmac::HMAC_SHA256, &**self.file.key(first)?);
            let mut context = hmac::Context::with_key(&one);
            context.update(b"byleave/pair/v1\n");
            if second != NO_KEY {
                context.update(&**self.file.key(second)?);
            }
            if self.pairs.len() >= PAIRS_MAX {
                self.pairs.clear();
            }
            let pair = hmac::Key::new(hmac::HMAC_SHA256, context.sign().as_ref());
            self.pairs.insert((first, second), pair);
        }
        let key = hmac::sign(self.pairs.get(&(first, second))?, &place.0);
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).ok()
    }
}

fn broken() -> StoreError {
    StoreError::Failed("a record cannot be sealed".into())
}

fn failed(why: KeyFileError) -> StoreError {
    StoreError::Failed(Box::new(why))
}
