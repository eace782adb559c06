//! A mail as it came: its bytes, how it is found again, the row that it becomes; and how often it was put off.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use byleave_domain::ids::{MessageId, to_hex};
use byleave_mail::checks::Checks;
use byleave_mail::envelope::Envelope;
use byleave_mail::fields::Fields;
use byleave_mail::judge::{self, Disposition};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::record::{Checked, Envelopes, MailRecord};
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
    pub identifier: Option<[u8; 32]>,
    pub body: [u8; 32],
    message_id: Option<String>,
    subject: String,
}

/// Mail that was put off: how often, and when the last time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deferrals(Arc<Mutex<PutOff>>);

/// By Message-ID or body, each under the deployment's key.
type PutOff = HashMap<[u8; 32], (u32, Timestamp)>;

impl Letter {
    pub fn new(shared: &Shared, envelope: Envelope, raw: Vec<u8>) -> Self {
        let restored = (!raw.contains(&b'\r')).then(|| restored(&raw));
        let bytes = restored.as_deref().unwrap_or(&raw);
        let (message_id, subject, body) = match Fields::read(bytes) {
            Ok((fields, _)) => {
                let subject = fields.get("Subject").map(byleave_mail::fields::Field::text);
                let body = under_key(shared, "body", fields.body().trim_ascii());
                (fields.message_id(), subject.unwrap_or_default(), body)
            }
            Err(_) => (None, String::new(), under_key(shared, "body", bytes)),
        };
        let identifier = message_id.as_ref().map(|id| under_key(shared, "identifier", id.as_bytes()));
        Self { envelope, raw, restored, identifier, body, message_id, subject }
    }

    /// With the line ends of SMTP.
    pub fn bytes(&self) -> &[u8] {
        self.restored.as_deref().unwrap_or(&self.raw)
    }

    pub fn record(&self, checks: &Checks, from_domain: &str) -> MailRecord {
        MailRecord {
            disposition: String::new(),
            proven: false,
            reasons: Vec::new(),
            warnings: Vec::new(),
            message_id: self.message_id.clone(),
            from: None,
            subject: self.subject.clone(),
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
            sha256: to_hex(&Sha256::digest(&self.raw)),
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
        disposition: Disposition,
        raw: Option<Vec<u8>>,
    ) -> Result<MailRow, NotWritten> {
        let json = serde_json::to_vec(record).map_err(|why| NotWritten::Unavailable(why.to_string()))?;
        Ok(MailRow {
            id,
            received_at,
            identifier: self.identifier,
            body: self.body,
            proven: record.proven,
            disposition: disposition.as_str(),
            held: disposition == Disposition::Held,
            change_request: record.change_request.as_deref().and_then(|id| id.parse().ok()),
            size: record.size,
            record: json,
            raw,
        })
    }
}

/// A pipe hands over lines as the machine ends them; what was signed had those of SMTP.
fn restored(raw: &[u8]) -> Vec<u8> {
    let mut restored = Vec::with_capacity(raw.len() + raw.len() / 32);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        restored.extend(line.strip_suffix(b"\n").unwrap_or(line));
        if line.ends_with(b"\n") {
            restored.extend(b"\r\n");
        }
    }
    restored
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
