//! The step from a database in the open to a sealed one: every row that holds something personal is read from its old
//! table and put, sealed, into its new one. Runs inside the transaction that takes the old tables away, so that after a
//! crash it begins anew; keys that were made for it are found again.

use std::collections::HashMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use byleave_app::keys::Keys;
use byleave_app::ports::{Person, StoreError};
use byleave_domain::ids::{EvidenceId, MessageId, OrganizationId, SubjectId, VisitId, to_hex};
use rusqlite::{Row, Transaction, params};
use serde_json::Value;

use crate::row::{message_content, texts};
use crate::seal::{Concerned, Place, Seals};
use crate::sql;

/// Why a database was not sealed. It is as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSealed {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the {0} cannot be opened with this `deployment.key`")]
    Unreadable(String),
}

pub(crate) fn seal_all(transaction: &Transaction<'_>, seals: &Seals, keys: &Keys) -> Result<(), NotSealed> {
    let sealing = Sealing { transaction, seals, keys };
    sealing.people()?;
    let visitors = sealing.visits()?;
    sealing.entries(&visitors)?;
    sealing.evidence()?;
    sealing.messages()
}

struct Sealing<'a> {
    transaction: &'a Transaction<'a>,
    seals: &'a Seals,
    keys: &'a Keys,
}

impl Sealing<'_> {
    fn people(&self) -> Result<(), NotSealed> {
        self.each(sql::OLD_SUBJECT_LIST, |row| {
            let id: [u8; 16] = row.get(0)?;
            let (kind, name, email, employer): (String, String, String, String) =
                (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            let concerned = Concerned::person(Person::Subject(SubjectId::from_bytes(id)));
            let plain = texts(&[Some(&name), Some(&email), Some(&employer)]);
            let sealed = self.seals.seal(concerned, &Place::row("subject", None, &id), &plain)?;
            self.put(sql::NEW_SUBJECT_INSERT, params![id, kind, sealed])
        })?;
        self.each(sql::OLD_DESK_PERSON_LIST, |row| {
            let id: [u8; 16] = row.get(0)?;
            let (name, email): (String, String) = (row.get(1)?, row.get(2)?);
            let person = Person::DeskPerson(byleave_domain::ids::DeskPersonId::from_bytes(id));
            let place = Place::row("desk_person", None, &id);
            let plain = texts(&[Some(&name), Some(&email)]);
            let sealed = self.seals.seal(Concerned::person(person), &place, &plain)?;
            self.put(sql::NEW_DESK_PERSON_INSERT, params![id, sealed])
        })?;
        self.each(sql::OLD_CONTACT_LIST, |row| {
            let (id, organization): ([u8; 16], [u8; 16]) = (row.get(0)?, row.get(1)?);
            let key: Option<Vec<u8>> = row.get(2)?;
            let (name, email, phone): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
            let of = OrganizationId::from_bytes(organization);
            let person = Person::Contact(byleave_domain::ids::ContactId::from_bytes(id));
            let place = Place::row("contact", Some(of), &id);
            let plain = texts(&[Some(&name), Some(&email), Some(&phone)]);
            let sealed = self.seals.seal(Concerned::organization(of, Some(person)), &place, &plain)?;
            self.put(sql::NEW_CONTACT_INSERT, params![id, organization, key, sealed])
        })
    }

    /// Seals the visits, and says whose each of them is.
    fn visits(&self) -> Result<HashMap<String, SubjectId>, NotSealed> {
        let mut visitors = HashMap::new();
        self.each(sql::OLD_VISIT_LIST, |row| {
            let (id, organization): ([u8; 16], [u8; 16]) = (row.get(0)?, row.get(1)?);
            let (tool, subject): ([u8; 16], [u8; 16]) = (row.get(2)?, row.get(3)?);
            let (reason, case): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
            let (of, visitor) = (OrganizationId::from_bytes(organization), SubjectId::from_bytes(subject));
            visitors.insert(VisitId::from_bytes(id).to_string(), visitor);
            let concerned = Concerned::organization(of, Some(Person::Subject(visitor)));
            let plain = texts(&[reason.as_deref(), case.as_deref()]);
            let sealed = self.seals.seal(concerned, &Place::row("visit", Some(of), &id), &plain)?;
            let number = |column| row.get::<_, Option<i64>>(column);
            self.put(
                sql::NEW_VISIT_INSERT,
                params![
                    id,
                    organization,
                    tool,
                    subject,
                    sealed,
                    number(6)?,
                    number(7)?,
                    number(8)?,
                    number(9)?,
                    number(10)?,
                    number(11)?,
                    number(12)?,
                    number(13)?,
                    row.get::<_, Option<String>>(14)?
                ],
            )
        })?;
        Ok(visitors)
    }

    fn entries(&self, visitors: &HashMap<String, SubjectId>) -> Result<(), NotSealed> {
        self.each(sql::OLD_ENTRY_LIST, |row| {
            let (organization, place): ([u8; 16], i64) = (row.get(0)?, row.get(1)?);
            let (request, reference): ([u8; 16], Option<i64>) = (row.get(2)?, row.get(3)?);
            let (leaf, salt, payload): (Vec<u8>, Vec<u8>, Vec<u8>) = (row.get(4)?, row.get(5)?, row.get(6)?);
            let of = OrganizationId::from_bytes(organization);
            let person = about(&payload, visitors);
            let at = Place::entry(of, place.cast_unsigned());
            let sealed =
                self.seals.seal(Concerned::organization(of, person), &at, &[salt, payload].concat())?;
            let number = person.map(|person| self.seals.number(person)).transpose()?;
            self.put(
                sql::NEW_ENTRY_INSERT,
                params![organization, place, request, reference, leaf, number, sealed],
            )
        })
    }

    /// Evidence was encrypted before, under keys that follow from the deployment's.
    fn evidence(&self) -> Result<(), NotSealed> {
        self.each(sql::OLD_EVIDENCE_LIST, |row| {
            let (id, organization, about): ([u8; 16], [u8; 16], [u8; 16]) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let of = OrganizationId::from_bytes(organization);
            let name = EvidenceId::from_bytes(id);
            let label = format!("byleave/evidence/v1\n{name}\n{of}\n{}\n", to_hex(&about));
            let plain = self.before(&of, label, &row.get::<_, Vec<u8>>(3)?);
            let plain = plain.ok_or_else(|| NotSealed::Unreadable(format!("evidence `{name}`")))?;
            let place = Place::row("evidence", Some(of), &id);
            let sealed = self.seals.seal(Concerned::organization(of, None), &place, &plain)?;
            self.put(sql::EVIDENCE_RESEAL, params![sealed, id])
        })
    }

    fn messages(&self) -> Result<(), NotSealed> {
        self.each(sql::OLD_MESSAGE_LIST, |row| {
            let (id, way): ([u8; 16], String) = (row.get(0)?, row.get(1)?);
            let received_at: i64 = row.get(2)?;
            let (claimed, settled): (String, Option<String>) = (row.get(3)?, row.get(4)?);
            let old: Vec<u8> = row.get(5)?;
            let name = MessageId::from_bytes(id);
            // What became a request's evidence left nothing behind.
            let text =
                if old.is_empty() { Some(old) } else { self.before(&"messages", name.to_string(), &old) };
            let text = text.ok_or_else(|| NotSealed::Unreadable(format!("message `{name}`")))?;
            let plain = message_content(&claimed, settled.as_deref(), &text);
            let place = Place::row("message", None, &id);
            let sealed = self.seals.seal(Concerned::deployment(), &place, &plain)?;
            self.put(sql::NEW_MESSAGE_INSERT, params![id, way, received_at, settled.is_some(), sealed])
        })
    }

    /// Opens what was encrypted before: a nonce of 12 bytes and the ciphertext.
    fn before(&self, of: &dyn std::fmt::Display, label: String, sealed: &[u8]) -> Option<Vec<u8>> {
        let key = self.keys.seed_for(&format!("evidence/{of}"));
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).ok()?;
        let (nonce, rest) = sealed.split_first_chunk()?;
        let mut bytes = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = key.open_in_place(nonce, Aad::from(label), &mut bytes).ok()?.len();
        bytes.truncate(plain);
        Some(bytes)
    }

    fn each(
        &self,
        text: &str,
        mut seal: impl FnMut(&Row<'_>) -> Result<(), NotSealed>,
    ) -> Result<(), NotSealed> {
        let mut statement = self.transaction.prepare(text)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            seal(row)?;
        }
        Ok(())
    }

    fn put(&self, text: &str, params: impl rusqlite::Params) -> Result<(), NotSealed> {
        self.transaction.prepare_cached(text)?.execute(params)?;
        Ok(())
    }
}

/// Whom an entry is about, as its payload tells: whoever visited, the contact, or the desk person with a key.
fn about(payload: &[u8], visitors: &HashMap<String, SubjectId>) -> Option<Person> {
    let payload: Value = serde_json::from_slice(payload).ok()?;
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str);
    if let Some(subject) = text("/person/id") {
        return subject.parse().ok().map(Person::Subject);
    }
    if let Some(visitor) = text("/visit").and_then(|visit| visitors.get(visit)) {
        return Some(Person::Subject(*visitor));
    }
    // Steps of a change request name a contact as well; they are the organization's.
    if payload.get("change_request").is_some() {
        return None;
    }
    let contact = text("/contact").and_then(|contact| contact.parse().ok()).map(Person::Contact);
    contact.or_else(|| text("/person").and_then(|person| person.parse().ok()).map(Person::DeskPerson))
}
