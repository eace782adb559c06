//! A mail as it came: its bytes, how it is found again, the row that it becomes; and how often it was put off.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use byleave_domain::ids::{MessageId, to_hex};
use byleave_mail::checks::Checks;
use byleave_mail::envelope::{Envelope, wire_form};
use byleave_mail::fields::{Field, Fields};
use byleave_mail::judge;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::record::{Checked, Envelopes, MailRecord, kept};
use super::under_key;
use crate::ports::MailRow;
use crate::{NotWritten, Shared};

/// Mail that was put off and is remembered, at most, and for how long.
const DEFERRED_MAX: usize = 10_000;
const DEFERRED_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A mail as it came, and how it is found again.
pub(super) struct Letter {
    pub envelope: Envelope,
    pub raw: Vec<u8>,
    /// With the line ends of SMTP, where a pipe took them away.
    restored: Option<Vec<u8>>,
    pub marks: Marks,
    /// The domain of its author, if there is exactly one; or why it cannot be read.
    pub from: Result<Option<String>, String>,
    message_id: Option<String>,
    subject: String,
    sha256: String,
}

/// How a mail is found again.
pub(super) struct Marks {
    pub identifier: Option<[u8; 32]>,
    pub body: [u8; 32],
}

/// Mail that was put off: how often, and when the last time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deferrals(Arc<Mutex<PutOff>>);

/// By Message-ID or body, each under the deployment's key.
type PutOff = HashMap<[u8; 32], (u32, Timestamp)>;

impl Letter {
    /// Blocks: all of it is gone through. Without an envelope it came through a pipe.
    pub fn new(shared: &Shared, envelope: Option<Envelope>, raw: Vec<u8>) -> Self {
        let restored = match wire_form(&raw) {
            Cow::Owned(restored) => Some(restored),
            Cow::Borrowed(_) => None,
        };
        let bytes = restored.as_deref().unwrap_or(&raw);
        let read = Fields::read(bytes).map(|(fields, _)| fields);
        let fields = read.as_ref().ok();
        let envelope = envelope.or_else(|| fields.map(Envelope::piped));
        let message_id = fields.and_then(Fields::message_id);
        let subject = fields.and_then(|fields| fields.get("Subject")).map(Field::text).unwrap_or_default();
        let body = fields.map_or(bytes, |fields| fields.body().trim_ascii());
        let marks = Marks {
            identifier: message_id.as_ref().map(|id| under_key(shared, "identifier", id.as_bytes())),
            body: under_key(shared, "body", body),
        };
        let from = match &read {
            Ok(fields) => Ok(judge::author(fields).ok().map(|author| author.domain)),
            Err(why) => Err(why.to_string()),
        };
        let sha256 = to_hex(&Sha256::digest(&raw));
        let envelope = envelope.unwrap_or_else(super::nothing_known);
        Self { envelope, marks, from, message_id, subject, sha256, restored, raw }
    }

    /// With the line ends of SMTP.
    pub fn bytes(&self) -> &[u8] {
        self.restored.as_deref().unwrap_or(&self.raw)
    }

    pub fn record(&self, checks: &Checks) -> MailRecord {
        let from_domain = self.from.as_ref().ok().and_then(Option::as_deref).unwrap_or_default();
        MailRecord {
            disposition: String::new(),
            proven: false,
            reasons: Vec::new(),
            warnings: Vec::new(),
            message_id: self.message_id.clone(),
            from: None,
            subject: kept(&self.subject),
            organization: None,
            sender: None,
            kind: None,
            action: "other".to_owned(),
            organization_name: None,
            confirmation: false,
            contact: None,
            unclear: Vec::new(),
            attachments: Vec::new(),
            change_request: None,
            evidence: None,
            sha256: self.sha256.clone(),
            size: self.raw.len() as u64,
            envelope: Envelopes::from(&self.envelope),
            checks: Checked::of(checks, from_domain),
        }
    }

    pub fn row(
        &self,
        id: MessageId,
        received_at: Timestamp,
        record: &MailRecord,
        held: bool,
        raw: Option<Vec<u8>>,
    ) -> Result<MailRow, NotWritten> {
        let json = record.json()?;
        Ok(MailRow {
            id,
            received_at,
            identifier: self.marks.identifier,
            body: self.marks.body,
            proven: record.proven,
            disposition: record.disposition.clone(),
            held,
            change_request: record.change_request.as_deref().and_then(|id| id.parse().ok()),
            size: record.size.saturating_add(json.len() as u64),
            record: json,
            raw,
        })
    }
}

impl Deferrals {
    pub(super) fn of(&self, key: &[u8; 32], now: Timestamp) -> u32 {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, at)| now.duration_since(*at) < DEFERRED_LIFE);
        match known.get(key) {
            Some((times, _)) => *times,
            // Nobody is put off again and again because there is no room to remember it.
            None if known.len() >= DEFERRED_MAX => judge::DEFERRALS_MAX,
            None => 0,
        }
    }

    pub(super) fn note(&self, key: [u8; 32], now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (times, at) = known.entry(key).or_insert((0, now));
        (*times, *at) = (*times + 1, now);
    }

    pub(super) fn forget(&self, key: &[u8; 32]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
