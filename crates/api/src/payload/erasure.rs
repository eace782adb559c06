//! What is said of payloads that are gone, and whether those that are gone are so by right.

use std::collections::{BTreeMap, BTreeSet};

use byleave_domain::ids::parse_hex;
use serde::{Deserialize, Serialize};

use crate::entry::Leaf;

/// `erase`: a person was erased. Their entries stay in the log; what these entries commit to is gone for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Whose entries: the pseudonym in their leaves, 32 hex digits.
    pub actor: String,
    /// The first entry whose payload is gone.
    pub first: u64,
    /// The last that may be; theirs between the two are.
    pub last: u64,
    /// Why, in the desk person's words.
    pub reason: String,
    /// The desk person's id.
    pub by: String,
    /// Of a former security contact or desk person: the place of each payload that is gone, since others acted there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<u64>,
    /// Of a former security contact: everybody who no longer is one, since what the erased changes said of others is gone.
    /// Nobody becomes a contact by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_on_file: Vec<String>,
    /// Of a former desk person: the keys that the erased payloads named, without which nothing signed with them would verify.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub desk_keys: Vec<ErasedDeskKey>,
}

/// What is left of an erased payload about a desk person's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedDeskKey {
    /// Its place.
    pub entry: u64,
    /// The desk person's id.
    pub person: String,
    /// The public key, 64 hex digits.
    pub key: String,
}

impl Erasure {
    /// The pseudonym, where it is one.
    #[must_use]
    pub fn actor(&self) -> Option<[u8; 16]> {
        parse_hex(&self.actor)
    }

    /// Whether an entry of theirs at this place is without a payload by right.
    #[must_use]
    pub const fn covers(&self, index: u64) -> bool {
        self.first <= index && index <= self.last
    }
}

/// The payloads that are gone from a log, as its entries are read in their order. Each needs an `erase` entry behind it that
/// covers it.
#[derive(Debug, Default)]
pub struct Gone {
    /// First and last entry that no `erase` entry covers yet, by pseudonym.
    uncovered: BTreeMap<[u8; 16], (u64, u64)>,
    /// Places of entries that an `erase` entry has to name, and that none names yet.
    unnamed: BTreeSet<u64>,
}

impl Gone {
    /// Notes an entry without a payload. Says whether its kind is one whose payload may be gone at all.
    #[must_use]
    pub fn note(&mut self, index: u64, leaf: &Leaf) -> bool {
        if leaf.kind.is_named_when_erased() {
            self.unnamed.insert(index);
        } else {
            self.uncovered.entry(leaf.actor).or_insert((index, index)).1 = index;
        }
        leaf.kind.may_be_erased()
    }

    /// Takes an `erase` entry. Says whether it names somebody.
    #[must_use]
    pub fn cover(&mut self, erasure: &Erasure) -> bool {
        let Some(actor) = erasure.actor() else { return false };
        self.unnamed.retain(|place| !erasure.entries.contains(place));
        let gone = |(first, last): &(u64, u64)| erasure.covers(*first) && erasure.covers(*last);
        if self.uncovered.get(&actor).is_some_and(gone) {
            self.uncovered.remove(&actor);
        }
        true
    }

    /// The first entry whose payload is gone, and that nothing covers.
    #[must_use]
    pub fn first_uncovered(&self) -> Option<u64> {
        self.uncovered.values().map(|(first, _)| *first).chain(self.unnamed.first().copied()).min()
    }
}
