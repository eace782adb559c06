//! What somebody who holds the database file can do to it, for the demo's tour and the tests, which attack with it.
//! Nothing of the product uses it.

use std::path::Path;

use byleave_domain::ids::{DeskPersonId, MessageId, OrganizationId, PasskeyId};
use rusqlite::{Connection, params};

use crate::sql;

/// Rows changed, or what SQLite said.
pub type Outcome = rusqlite::Result<usize>;

/// A connection of one's own to somebody else's database, past the lock.
pub struct Intruder(Connection);

/// A copied `support_access` row.
#[derive(Debug, Clone)]
pub struct CopiedRow {
    epoch: i64,
    state: String,
    record: String,
}

impl Intruder {
    /// Opens the file as `sqlite3` would.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Self(connection))
    }

    /// Holds the file, so that nobody else writes to it until this is gone.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn hold(&self) -> Outcome {
        self.0.execute(sql::INTRUDER_HOLD, [])
    }

    /// Edits the setting's row: says `enabled` in the column and in the record, whatever was there.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn edit_setting(&self, organization: OrganizationId) -> Outcome {
        self.0.execute(sql::INTRUDER_SETTING_EDIT, params![organization.as_bytes()])
    }

    /// Copies the setting's row.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn copy_setting(&self, organization: OrganizationId) -> rusqlite::Result<CopiedRow> {
        self.0.query_row(sql::SETTING_LOAD, params![organization.as_bytes()], |row| {
            Ok(CopiedRow { epoch: row.get(0)?, state: row.get(1)?, record: row.get(2)? })
        })
    }

    /// Puts a copied row back: genuine, but no longer the last word.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn restore_setting(&self, organization: OrganizationId, row: &CopiedRow) -> Outcome {
        let params = params![organization.as_bytes(), row.epoch, row.state, row.record];
        self.0.execute(sql::SETTING_PUT, params)
    }

    /// Deletes the setting's row.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn delete_setting(&self, organization: OrganizationId) -> Outcome {
        self.0.execute(sql::INTRUDER_SETTING_DELETE, params![organization.as_bytes()])
    }

    /// Deletes the row that says whose database it is, and whether it is a copy.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn delete_deployment(&self) -> Outcome {
        self.0.execute(sql::INTRUDER_DEPLOYMENT_DELETE, [])
    }

    /// Deletes one log entry, after taking the guard away.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn delete_entry(&self, organization: OrganizationId, place: u64) -> Outcome {
        self.0.execute_batch(sql::INTRUDER_GUARD_DROP)?;
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        self.0.execute(sql::INTRUDER_ENTRY_DELETE, params![organization.as_bytes(), place])
    }

    /// Copies one entry's sealed payload.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn copy_payload(
        &self,
        organization: OrganizationId,
        place: u64,
    ) -> rusqlite::Result<Option<Vec<u8>>> {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        self.0.query_row(sql::INTRUDER_SEALED_COPY, params![organization.as_bytes(), place], |row| row.get(0))
    }

    /// Puts a sealed payload, or none, in one entry's place.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn put_payload(&self, organization: OrganizationId, place: u64, sealed: Option<&[u8]>) -> Outcome {
        self.0.execute_batch(sql::INTRUDER_GUARD_DROP_TOO)?;
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        self.0.execute(sql::INTRUDER_SEALED_PUT, params![sealed, organization.as_bytes(), place])
    }

    /// Damages every piece of evidence; done twice, it is whole again.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn damage_evidence(&self) -> Outcome {
        self.0.execute(sql::INTRUDER_EVIDENCE_DAMAGE, [])
    }

    /// Puts one entry out of sight, so that it can be put back.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn hide_entry(&self, organization: OrganizationId, place: u64) -> Outcome {
        self.0.execute_batch(sql::INTRUDER_GUARD_DROP_TOO)?;
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        self.0.execute(sql::INTRUDER_ENTRY_HIDE, params![organization.as_bytes(), place])
    }

    /// Puts it back.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn show_entry(&self, organization: OrganizationId, place: u64) -> Outcome {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        self.0.execute(sql::INTRUDER_ENTRY_SHOW, params![organization.as_bytes(), place])
    }

    /// Edits the first node of each level of the log's tree.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn edit_nodes(&self, organization: OrganizationId) -> Outcome {
        self.0.execute(sql::INTRUDER_NODE_EDIT, params![organization.as_bytes()])
    }

    /// Cuts the log's end off, entries and head size alike; the head's signature cannot be made.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn cut_log(&self, organization: OrganizationId, size: u64) -> Outcome {
        self.0.execute_batch(sql::INTRUDER_GUARD_DROP)?;
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        self.0.execute(sql::INTRUDER_LOG_CUT, params![organization.as_bytes(), size])?;
        self.0.execute(sql::INTRUDER_HEAD_CUT, params![size, organization.as_bytes()])
    }

    /// Deletes every freeze.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn delete_freezes(&self) -> Outcome {
        self.0.execute(sql::INTRUDER_FREEZE_DELETE, params![])
    }

    /// Replaces part of what is stored of every freeze.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn edit_freezes(&self, from: &str, to: &str) -> Outcome {
        self.0.execute(sql::INTRUDER_FREEZE_EDIT, params![from, to])
    }

    /// Writes over what is sealed of a message.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn damage_message(&self, message: MessageId) -> Outcome {
        self.0.execute(sql::INTRUDER_MESSAGE_DAMAGE, params![message.as_bytes()])
    }

    /// Writes over what is sealed of a desk person.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn damage_desk_person(&self, person: DeskPersonId) -> Outcome {
        self.0.execute(sql::INTRUDER_DESK_PERSON_DAMAGE, params![person.as_bytes()])
    }

    /// Has no organization's notice addresses be readable.
    ///
    /// # Errors
    /// What the database said.
    pub fn damage_notice_addresses(&self) -> Outcome {
        self.0.execute(sql::INTRUDER_NOTICE_ADDRESS_DAMAGE, params![])
    }

    /// Puts something into every mail domain that is none.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn damage_mail_domains(&self) -> Outcome {
        self.0.execute(sql::INTRUDER_MAIL_DOMAIN_DAMAGE, params![])
    }

    /// Says of every answer under an idempotency key that it was given when no calendar has a day.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn damage_answers(&self) -> Outcome {
        self.0.execute(sql::INTRUDER_ANSWER_DAMAGE, params![])
    }

    /// Says of every organization that it was created at another time, in microseconds since 1970.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn move_creation(&self, at_us: i64) -> Outcome {
        self.0.execute(sql::INTRUDER_ORGANIZATION_AGE, params![at_us])
    }

    /// Gives a security contact another key.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn swap_contact_key(&self, organization: OrganizationId, key: &[u8; 32]) -> Outcome {
        self.0.execute(sql::INTRUDER_CONTACT_KEY, params![key, organization.as_bytes()])
    }

    /// Gives a passkey another public key.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn swap_passkey_key(&self, passkey: PasskeyId, key: &[u8]) -> Outcome {
        self.0.execute(sql::INTRUDER_PASSKEY_KEY, params![key, passkey.as_bytes()])
    }

    /// Puts words into the mouth of a passkey's holder: that it signs in the place of their key.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn put_delegation(&self, passkey: PasskeyId, text: &str, signature: &[u8; 64]) -> Outcome {
        self.0.execute(sql::INTRUDER_DELEGATION, params![text, signature, passkey.as_bytes()])
    }

    /// Claims a newer schema.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn claim_schema(&self, version: i64) -> rusqlite::Result<()> {
        self.0.pragma_update(None, "user_version", version)
    }
}
