//! Makes the people and events of an organization, the same for the same seed, and single events for the live tail.

use jiff::Timestamp;

use crate::Organization;
use crate::catalogue::{FACTORS, FIRST_NAMES, Kind, LAST_NAMES, STATUSES, TITLES};
use crate::log_event::Actor;
use crate::random::{Random, nth};

/// How many people each organization has.
pub(crate) const PEOPLE: u64 = 200;

/// How far back the events reach when the database is opened: 30 days.
const HISTORY_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A person of an organization.
#[derive(Clone)]
pub(crate) struct Person {
    pub actor: Actor,
    pub title: String,
    pub status: String,
    pub factors: String,
    pub last_sign_in: Option<Timestamp>,
}

/// An event before it has a number.
pub(crate) struct NewEvent {
    /// Milliseconds since the Unix epoch.
    pub published_ms: i64,
    pub kind: u16,
    pub detail: u64,
    /// Which of the organization's people, under [`PEOPLE`].
    pub person: u64,
}

/// Makes the data of one organization.
pub(crate) struct Seeder {
    random: Random,
    /// The organization's place among the others: its people differ from theirs.
    place: u64,
}

impl Seeder {
    pub fn new(seed: u64, place: u64) -> Self {
        Self { random: Random::new(Random::new(seed ^ place).next()), place }
    }

    pub fn people(&mut self, organization: &Organization) -> Vec<Person> {
        (0..PEOPLE).map(|number| self.person(organization, number)).collect()
    }

    /// `count` events, oldest first, evenly spread over [`HISTORY_MS`] up to `now`, no two at the same instant.
    pub fn events(&mut self, count: u32, now: Timestamp) -> impl Iterator<Item = NewEvent> {
        let step = HISTORY_MS / i64::from(count.max(1));
        (0..count).map(move |number| {
            let jitter = self.random.below(step.unsigned_abs()).cast_signed();
            let age = i64::from(count - number) * step - jitter;
            self.event(now.as_millisecond() - age)
        })
    }

    pub fn event(&mut self, published_ms: i64) -> NewEvent {
        let random = &mut self.random;
        NewEvent {
            published_ms,
            kind: Kind::draw(random),
            detail: random.next(),
            person: random.below(PEOPLE),
        }
    }

    fn person(&mut self, organization: &Organization, number: u64) -> Person {
        let place = self.place * PEOPLE + number;
        let (first, last) = (nth(&FIRST_NAMES, place), nth(&LAST_NAMES, place / FIRST_NAMES.len() as u64));
        let email = format!("{}.{}@{}.example", first.to_lowercase(), last.to_lowercase(), organization.slug);
        // Directories hold what somebody once pasted into them, brackets and all.
        let name =
            if number % 50 == 13 { format!("{first} {last} <{email}>") } else { format!("{first} {last}") };
        let random = &mut self.random;
        let mut factors = vec![*random.pick(&FACTORS), *random.pick(&FACTORS)];
        factors.dedup();
        Person {
            actor: Actor { id: format!("00u{place:017}"), name, email },
            title: (*random.pick(&TITLES)).to_owned(),
            status: (*random.pick(&STATUSES)).to_owned(),
            factors: factors.join(", "),
            last_sign_in: None,
        }
    }
}
