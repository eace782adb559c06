//! The letters that wait: each addressee's in the order in which they were written, so the first of each alone can be due.

use std::collections::{BTreeMap, BTreeSet};

use byleave_domain::ids::{ContactId, LetterId, OrganizationId};
use jiff::Timestamp;

/// Whose letters keep their order. One organization's copies hold up no other's, were the address the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Addressee {
    /// A security contact.
    Contact(ContactId),
    /// One of an organization's notice addresses.
    Notice(OrganizationId, String),
}

/// A letter that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Id.
    pub id: LetterId,
    /// To whom.
    pub to: Addressee,
    /// When it was written.
    pub written_at: Timestamp,
    /// When it goes.
    pub next_at: Timestamp,
}

/// What waits, by place: looking costs as much as there is to find, however much waits.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: BTreeMap<u64, Waiting>,
    places: BTreeMap<Addressee, BTreeSet<u64>>,
    /// The first of each addressee, by when it goes.
    first: BTreeSet<(Timestamp, u64)>,
}

impl Queue {
    pub(crate) fn put(&mut self, place: u64, letter: Waiting) {
        let to = letter.to.clone();
        self.changed(&to, |queue| {
            queue.waiting.insert(place, letter);
            queue.places.entry(to.clone()).or_default().insert(place);
        });
    }

    pub(crate) fn remove(&mut self, place: u64) {
        let Some(Waiting { to, .. }) = self.waiting.get(&place).cloned() else { return };
        self.changed(&to, |queue| {
            queue.waiting.remove(&place);
            queue.places.entry(to.clone()).or_default().remove(&place);
        });
    }

    /// None of this contact's waits any more.
    pub(crate) fn forget(&mut self, contact: ContactId) {
        for place in self.places.get(&Addressee::Contact(contact)).cloned().unwrap_or_default() {
            self.remove(place);
        }
    }

    /// Those that are to go at `now`, at most `most`, the longest due first.
    pub(crate) fn due(&self, now: Timestamp, most: usize) -> Vec<LetterId> {
        let due = self.first.range(..=(now, u64::MAX)).take(most);
        due.filter_map(|(_, place)| self.waiting.get(place)).map(|letter| letter.id).collect()
    }

    /// It goes at `until`, and none of its addressee's before it.
    pub(crate) fn put_off(&mut self, id: LetterId, until: Timestamp) {
        let Some(place) = self.place_of(id) else { return };
        if let Some(letter) = self.waiting.get(&place).cloned() {
            self.put(place, Waiting { next_at: until, ..letter });
        }
    }

    /// It goes nowhere.
    pub(crate) fn give_up(&mut self, id: LetterId) {
        if let Some(place) = self.place_of(id) {
            self.remove(place);
        }
    }

    fn place_of(&self, id: LetterId) -> Option<u64> {
        let mut first = self.first.iter().map(|(_, place)| *place);
        first.find(|place| self.waiting.get(place).is_some_and(|letter| letter.id == id))
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Since when the oldest waits.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.waiting.values().next().map(|letter| letter.written_at)
    }

    fn changed(&mut self, to: &Addressee, change: impl FnOnce(&mut Self)) {
        if let Some(first) = self.first_of(to) {
            self.first.remove(&first);
        }
        change(self);
        if let Some(first) = self.first_of(to) {
            self.first.insert(first);
        } else {
            self.places.remove(to);
        }
    }

    fn first_of(&self, to: &Addressee) -> Option<(Timestamp, u64)> {
        let place = *self.places.get(to)?.first()?;
        Some((self.waiting.get(&place)?.next_at, place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is asked of it, in the plainest way.
    #[derive(Default)]
    struct Plain(BTreeMap<u64, Waiting>);

    impl Plain {
        fn due(&self, now: Timestamp) -> BTreeSet<LetterId> {
            let mut seen = BTreeSet::new();
            let first = self.0.values().filter(|letter| seen.insert(&letter.to));
            first.filter(|letter| letter.next_at <= now).map(|letter| letter.id).collect()
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH
            .saturating_add(jiff::SignedDuration::from_secs(second))
            .unwrap_or(Timestamp::MAX)
    }

    fn contact(number: u8) -> ContactId {
        ContactId::from_bytes([number; 16])
    }

    /// To the first contact, to the second, or to one of two organizations' notice address.
    fn letter(place: u8, second: i64) -> Waiting {
        let to = match place % 4 {
            number @ (0 | 1) => Addressee::Contact(contact(number)),
            number => {
                Addressee::Notice(OrganizationId::from_bytes([number; 16]), "soc@acme.example".to_owned())
            }
        };
        Waiting {
            id: LetterId::from_bytes([place; 16]),
            to,
            written_at: at(i64::from(place)),
            next_at: at(second),
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_plain_one_is(steps in prop::collection::vec((0u8..5, 0u8..12, 0i64..9), 1..60)) {
            let (mut queue, mut plain) = (Queue::default(), Plain::default());
            for (step, place, second) in steps {
                // Whose a letter is stays.
                let letter = letter(place, second);
                match step {
                    0 | 1 => {
                        queue.put(place.into(), letter.clone());
                        plain.0.insert(place.into(), letter);
                    }
                    2 => {
                        queue.remove(place.into());
                        plain.0.remove(&place.into());
                    }
                    3 => {
                        let contact = contact(place % 2);
                        queue.forget(contact);
                        plain.0.retain(|_, known| known.to != Addressee::Contact(contact));
                    }
                    _ if plain.due(at(9)).contains(&letter.id) => {
                        queue.put_off(letter.id, at(second));
                        plain.0.get_mut(&place.into()).unwrap().next_at = at(second);
                    }
                    _ => {}
                }
                for now in 0..10 {
                    let due: BTreeSet<_> = queue.due(at(now), 100).into_iter().collect();
                    prop_assert_eq!(due, plain.due(at(now)));
                }
                prop_assert_eq!(queue.len(), plain.0.len());
                prop_assert_eq!(queue.oldest(), plain.0.values().next().map(|letter| letter.written_at));
            }
        }
    }
}
