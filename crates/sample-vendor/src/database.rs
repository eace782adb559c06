//! The vendor's one database, in memory: all organizations in the same two tables, told apart by a column.
//!
//! One connection behind a mutex, used on threads that may block; each query is short, since lists are read in pages.
//! Every function takes the organization, because SQLite needs it for its index; that it is the asserted one is the
//! handlers' duty, and in `system_log::search` anybody's choice but for the check there.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::answer::Failure;
use crate::catalogue::Kind;
use crate::log_event::{Actor, Facts, LogEvent, search_text};
use crate::seed::{NewEvent, Person, Seeder};
use crate::{Config, Organization};

const SCHEMA: &str = "
    CREATE TABLE people (
        number INTEGER PRIMARY KEY,
        organization TEXT NOT NULL,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        email TEXT NOT NULL,
        title TEXT NOT NULL,
        status TEXT NOT NULL,
        factors TEXT NOT NULL,
        last_sign_in INTEGER -- milliseconds since the epoch
    ) STRICT;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        organization TEXT NOT NULL,
        published INTEGER NOT NULL, -- milliseconds since the epoch
        kind INTEGER NOT NULL,
        severity TEXT NOT NULL,
        detail INTEGER NOT NULL,
        person INTEGER NOT NULL, -- the number in people; a declared reference would be checked by scanning, and filling take 15 times as long
        text TEXT NOT NULL -- what a search looks through, in lower case
    ) STRICT;";

/// After the first rows, which is faster. The row's id is the last column of each index without being named.
const INDEXES: &str = "
    CREATE INDEX events_of_organization ON events (organization, published);
    CREATE INDEX people_of_organization ON people (organization, name);";

const INSERT_EVENT: &str = "
    INSERT INTO events (organization, published, kind, severity, detail, person, text)
    VALUES (:organization, :published, :kind, :severity, :detail, :person, :text)";

const INSERT_PERSON: &str = "
    INSERT INTO people (number, organization, id, name, email, title, status, factors, last_sign_in)
    VALUES (:number, :organization, :id, :name, :email, :title, :status, :factors, :last_sign_in)";

const DELETE_OLDEST: &str = "
    DELETE FROM events WHERE id =
        (SELECT id FROM events WHERE organization = :organization ORDER BY published, id LIMIT 1)";

macro_rules! search_events {
    ($after:literal, $direction:literal) => {
        concat!(
            "SELECT events.id, published, kind, detail, people.id, name, email
             FROM events JOIN people ON people.number = events.person
             WHERE events.organization = :organization AND published >= :since AND published < :until
               AND (published, events.id) ",
            $after,
            " (:after_published, :after_id)
               AND (:severity IS NULL OR severity = :severity)
               AND NOT EXISTS (SELECT 1 FROM json_each(:words) WHERE instr(events.text, value) = 0)
             ORDER BY published ",
            $direction,
            ", events.id ",
            $direction,
            " LIMIT :limit"
        )
    };
}
const SEARCH_ASCENDING: &str = search_events!(">", "ASC");
const SEARCH_DESCENDING: &str = search_events!("<", "DESC");

const COUNT_EVENTS: &str = "SELECT count(*) FROM events WHERE organization = :organization";

const SEARCH_PEOPLE: &str = "
    SELECT id, name, email, title, status, factors, last_sign_in FROM people
    WHERE organization = :organization
      AND NOT EXISTS (SELECT 1 FROM json_each(:words)
                      WHERE instr(lower(name || ' ' || email || ' ' || status || ' ' || factors), value) = 0)
    ORDER BY name";

const PERSON: &str = "
    SELECT id, name, email, title, status, factors, last_sign_in FROM people
    WHERE organization = :organization AND id = :id";

/// What to look for among one organization's events.
#[derive(Clone)]
pub(crate) struct Search {
    pub organization: String,
    /// All must occur; in lower case.
    pub words: Vec<String>,
    pub severity: Option<String>,
    /// The first instant that counts, in milliseconds since the epoch.
    pub since: i64,
    /// The first instant that no longer counts.
    pub until: i64,
    pub order: Order,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows at most.
    pub limit: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// A place in the order of events: milliseconds since the epoch, and the event's number.
#[derive(Clone, Copy)]
pub(crate) struct Cursor(pub i64, pub i64);

impl Search {
    /// All events of an organization, newest first.
    pub fn newest(organization: &Organization, limit: u32) -> Self {
        Self {
            organization: organization.id.clone(),
            words: Vec::new(),
            severity: None,
            since: i64::MIN,
            until: i64::MAX,
            order: Order::Descending,
            after: None,
            limit,
        }
    }
}

/// The connection. Clones share it.
#[derive(Clone)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

impl Database {
    pub fn open(config: &Config) -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(SCHEMA)?;
        let now = (config.clock)();
        let transaction = connection.transaction()?;
        for (place, organization) in (0..).zip(&config.organizations) {
            fill(&transaction, config, organization, place, now)?;
        }
        transaction.execute_batch(INDEXES)?;
        transaction.commit()?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    pub async fn search(&self, search: Search) -> Result<Vec<LogEvent>, Failure> {
        self.with(move |connection| search_events(connection, &search)).await
    }

    pub async fn count(&self, organization: &Organization) -> Result<i64, Failure> {
        let id = organization.id.clone();
        self.with(move |connection| {
            let mut statement = connection.prepare_cached(COUNT_EVENTS)?;
            statement.query_row(named_params! {":organization": id}, |row| row.get(0))
        })
        .await
    }

    /// Adds an event and drops the organization's oldest, so that a log keeps its size.
    pub async fn append(
        &self,
        organization: &Organization,
        place: u64,
        event: NewEvent,
    ) -> Result<LogEvent, Failure> {
        let organization = organization.clone();
        self.with(move |connection| append(connection, &organization, place, &event)).await
    }

    pub async fn people(
        &self,
        organization: &Organization,
        words: Vec<String>,
    ) -> Result<Vec<Person>, Failure> {
        let id = organization.id.clone();
        self.with(move |connection| {
            let mut statement = connection.prepare_cached(SEARCH_PEOPLE)?;
            let parameters = named_params! {":organization": id, ":words": json_array(&words)};
            statement.query_map(parameters, person)?.collect()
        })
        .await
    }

    pub async fn person(&self, organization: &Organization, id: String) -> Result<Option<Person>, Failure> {
        let organization = organization.id.clone();
        self.with(move |connection| {
            let mut statement = connection.prepare_cached(PERSON)?;
            statement.query_row(named_params! {":organization": organization, ":id": id}, person).optional()
        })
        .await
    }

    async fn with<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let connection = Arc::clone(&self.0);
        let locked = move || query(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(locked).await??)
    }
}

fn fill(
    connection: &Connection,
    config: &Config,
    organization: &Organization,
    place: u64,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let mut seeder = Seeder::new(config.seed, place);
    let mut people = seeder.people(organization);
    for event in seeder.events(config.events_per_organization, now) {
        let Some(person) = usize::try_from(event.person).ok().and_then(|number| people.get_mut(number))
        else {
            continue;
        };
        if Kind::numbered(event.kind).is_sign_in() {
            person.last_sign_in = Some(instant(event.published_ms, 0)?);
        }
        insert_event(connection, organization, place, &event, &person.actor)?;
    }
    let mut insert = connection.prepare_cached(INSERT_PERSON)?;
    for (number, person) in (0..).zip(&people) {
        insert.execute(named_params! {
            ":number": person_number(place, number),
            ":organization": organization.id,
            ":id": person.actor.id,
            ":name": person.actor.name,
            ":email": person.actor.email,
            ":title": person.title,
            ":status": person.status,
            ":factors": person.factors,
            ":last_sign_in": person.last_sign_in.map(Timestamp::as_millisecond),
        })?;
    }
    Ok(())
}

fn append(
    connection: &Connection,
    organization: &Organization,
    place: u64,
    event: &NewEvent,
) -> rusqlite::Result<LogEvent> {
    let actor = connection
        .prepare_cached("SELECT id, name, email FROM people WHERE number = :number")?
        .query_row(named_params! {":number": person_number(place, event.person)}, |row| actor(row, 0))?;
    let transaction = connection.unchecked_transaction()?;
    insert_event(&transaction, organization, place, event, &actor)?;
    let id = transaction.last_insert_rowid();
    transaction.prepare_cached(DELETE_OLDEST)?.execute(named_params! {":organization": organization.id})?;
    transaction.commit()?;
    let published = instant(event.published_ms, 0)?;
    Ok(LogEvent { id, published, kind: event.kind, detail: event.detail, actor })
}

fn insert_event(
    connection: &Connection,
    organization: &Organization,
    place: u64,
    event: &NewEvent,
    actor: &Actor,
) -> rusqlite::Result<()> {
    let facts = Facts::of(event.kind, event.detail);
    connection.prepare_cached(INSERT_EVENT)?.execute(named_params! {
        ":organization": organization.id,
        ":published": event.published_ms,
        ":kind": event.kind,
        ":severity": facts.kind.severity,
        ":detail": event.detail.cast_signed(),
        ":person": person_number(place, event.person),
        ":text": search_text(&facts, actor),
    })?;
    Ok(())
}

fn search_events(connection: &Connection, search: &Search) -> rusqlite::Result<Vec<LogEvent>> {
    let (statement, start) = match search.order {
        Order::Ascending => (SEARCH_ASCENDING, Cursor(i64::MIN, 0)),
        Order::Descending => (SEARCH_DESCENDING, Cursor(i64::MAX, i64::MAX)),
    };
    let Cursor(after_published, after_id) = search.after.unwrap_or(start);
    let parameters = named_params! {
        ":organization": search.organization,
        ":since": search.since,
        ":until": search.until,
        ":after_published": after_published,
        ":after_id": after_id,
        ":severity": search.severity,
        ":words": json_array(&search.words),
        ":limit": search.limit,
    };
    connection.prepare_cached(statement)?.query_map(parameters, log_event)?.collect()
}

/// `json_each` takes the words as one parameter, however many there are.
fn json_array(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}

/// People of all organizations are numbered in one row, organization after organization.
fn person_number(place: u64, person: u64) -> i64 {
    (place * crate::seed::PEOPLE + person).cast_signed()
}

fn log_event(row: &Row<'_>) -> rusqlite::Result<LogEvent> {
    Ok(LogEvent {
        id: row.get(0)?,
        published: instant(row.get(1)?, 1)?,
        kind: row.get(2)?,
        detail: row.get::<_, i64>(3)?.cast_unsigned(),
        actor: actor(row, 4)?,
    })
}

fn actor(row: &Row<'_>, first: usize) -> rusqlite::Result<Actor> {
    Ok(Actor { id: row.get(first)?, name: row.get(first + 1)?, email: row.get(first + 2)? })
}

fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        actor: actor(row, 0)?,
        title: row.get(3)?,
        status: row.get(4)?,
        factors: row.get(5)?,
        last_sign_in: row.get::<_, Option<i64>>(6)?.map(|ms| instant(ms, 6)).transpose()?,
    })
}

fn instant(ms: i64, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(ms)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The organization's events are read from the index in order: nothing is scanned whole, nothing is sorted.
    #[test]
    fn searches_run_on_the_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        connection.execute_batch(INDEXES).unwrap();
        for statement in [SEARCH_ASCENDING, SEARCH_DESCENDING, COUNT_EVENTS, DELETE_OLDEST, SEARCH_PEOPLE] {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let plan: Vec<String> =
                explain.raw_query().mapped(|row| row.get(3)).map(Result::unwrap).collect();
            let plan = plan.join("\n");
            assert!(plan.contains("_of_organization (organization=?"), "{plan}");
            assert!(!plan.contains("SCAN events") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
