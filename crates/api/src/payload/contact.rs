//! Security contacts and their changes as entries hold them.

use byleave_domain::change_request::{Call, CallWords, Form, Returned};
use byleave_domain::contact_change::{Agreement, ContactChange, ContactChangeEnd, ContactStep, Particulars};
use byleave_domain::ids::{ChangeRequestId, EvidenceId, OrganizationId, parse_hex, to_hex};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::change_request::{by_text, call_word, is_zero, parse, read_by, read_call, words_word};
use super::{ContactAdded, InvalidStep, SignedRecord};
use crate::entry::Kind;
use byleave_domain::contact::PublicKey;

/// `contact.called`, `.called_with_words` and `.called_without_words`: a security contact was called to confirm the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactCalled {
    /// Whom.
    pub contact: String,
    /// The desk person who called.
    pub by: String,
    /// `confirmed`, `not_reached` or `denied`.
    pub outcome: String,
    /// Of a confirmed one: `matched`, or why without words. None in older entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// How often something else was heard than the contact's words.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wrong_tries: u8,
    /// When, RFC 3339.
    pub at: String,
    /// What was said: evidence.
    pub note: String,
}

/// `contact_change.announced`: what is to be changed, before anything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactChangeAnnounced {
    /// The change's id.
    pub contact_change: String,
    /// `add`, `replace contact_…`, `number` or `successor`.
    pub kind: String,
    /// Who is to be on file.
    #[serde(flatten)]
    pub particulars: ContactAdded,
    /// Who asked for it; none for the vendor's administrator.
    pub by: Option<String>,
    /// When, RFC 3339.
    pub at: String,
    /// How long it waits, seconds.
    pub wait_s: i64,
    /// The ids of those it was announced to: everybody on file, those included that it replaces. Addresses in older entries.
    pub announced_to: Vec<String>,
    /// The form that the organization signs, where it has one: evidence, SHA-256 in hex, version.
    pub form: Option<[String; 3]>,
}

/// `contact_change.returned`, `.agreed`, `.made` and `.ended`: what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactStepRecord {
    /// The change's id.
    pub contact_change: String,
    /// When, RFC 3339.
    pub at: String,
    /// What.
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
enum What {
    Returned { by: Option<String>, evidence: String, sha256: String, strength: String },
    Agreed { by: String, signed: SignedRecord },
    Ended { how: String, by: Option<String> },
}

impl ContactCalled {
    /// The call. `entry` is the place of the record in its log.
    ///
    /// # Errors
    /// [`InvalidStep`].
    pub fn read(&self, entry: u64) -> Result<Call, InvalidStep> {
        let what = [self.by.as_str(), &self.contact, &self.outcome];
        read_call(what, self.words.as_deref(), self.wrong_tries, parse(&self.at, "at")?, entry)
    }

    /// The kind of a call's entry.
    #[must_use]
    pub const fn kind(call: &Call) -> Kind {
        match call.words {
            None => Kind::ContactCalled,
            Some(CallWords::Matched) => Kind::ContactCalledWithWords,
            Some(CallWords::Without(_)) => Kind::ContactCalledWithoutWords,
        }
    }

    /// The record of a call.
    #[must_use]
    pub fn new(call: &Call, note: EvidenceId) -> Self {
        Self {
            contact: call.contact.to_string(),
            by: call.by.to_string(),
            outcome: call_word(call.outcome).to_owned(),
            words: call.words.map(|words| words_word(words).to_owned()),
            wrong_tries: call.wrong_tries,
            at: call.at.to_string(),
            note: note.to_string(),
        }
    }
}

impl ContactChangeAnnounced {
    /// The record of a change.
    #[must_use]
    pub fn new(change: &ContactChange, announced_to: Vec<String>) -> Self {
        let Particulars { contact, name, email, phone, key } = &change.particulars;
        let form = |form: &Form| [form.evidence.to_string(), to_hex(&form.sha256), form.version.clone()];
        Self {
            contact_change: change.id.to_string(),
            kind: change.kind.to_string(),
            particulars: ContactAdded {
                contact: contact.to_string(),
                name: name.to_string(),
                email: email.to_string(),
                phone: phone.to_string(),
                key: key.map(|key| to_hex(&key.0)),
            },
            by: by_text(change.by),
            at: change.announced_at.to_string(),
            wait_s: change.wait.as_secs(),
            announced_to,
            form: change.form.as_ref().map(form),
        }
    }

    /// The change as it was announced.
    ///
    /// # Errors
    /// [`InvalidStep`].
    pub fn read(&self, organization: OrganizationId) -> Result<ContactChange, InvalidStep> {
        let ContactAdded { contact, name, email, phone, key } = &self.particulars;
        let key = key.as_deref().map(|key| parse_hex(key).map(PublicKey).ok_or(InvalidStep { field: "key" }));
        let form = |[evidence, sha256, version]: &[String; 3]| {
            Ok::<_, InvalidStep>(Form {
                evidence: parse(evidence, "form")?,
                sha256: parse_hex(sha256).ok_or(InvalidStep { field: "form" })?,
                version: version.clone(),
            })
        };
        Ok(ContactChange {
            id: parse(&self.contact_change, "contact_change")?,
            organization,
            kind: parse(&self.kind, "kind")?,
            particulars: Particulars {
                contact: parse(contact, "contact")?,
                name: parse(name, "name")?,
                email: parse(email, "email")?,
                phone: parse(phone, "phone")?,
                key: key.transpose()?,
            },
            by: read_by(self.by.as_deref())?,
            announced_at: parse(&self.at, "at")?,
            wait: SignedDuration::from_secs(self.wait_s),
            form: self.form.as_ref().map(form).transpose()?,
            returned: None,
            agreements: Vec::new(),
            ended: None,
        })
    }
}

impl ContactStepRecord {
    /// The record of a step.
    #[must_use]
    pub fn new(change: &ContactChange, step: &ContactStep, at: Timestamp) -> Self {
        let what = match step {
            ContactStep::Returned(Returned { by, evidence, sha256, strength }) => What::Returned {
                by: by_text(*by),
                evidence: evidence.to_string(),
                sha256: to_hex(sha256),
                strength: strength.clone(),
            },
            ContactStep::Agreed(agreement) => What::Agreed {
                by: agreement.by.to_string(),
                signed: SignedRecord::new(change.text(agreement.by, agreement.issued), &agreement.signature),
            },
            ContactStep::Ended(how) => {
                let (how, by) = match how {
                    ContactChangeEnd::Made => ("made", None),
                    ContactChangeEnd::Vetoed(by) => ("vetoed", Some(by.to_string())),
                    ContactChangeEnd::Refused(by) => ("refused", Some(by.to_string())),
                    ContactChangeEnd::Expired => ("expired", None),
                };
                What::Ended { how: how.to_owned(), by }
            }
        };
        Self { contact_change: change.id.to_string(), at: at.to_string(), what }
    }

    /// Which change this is about.
    ///
    /// # Errors
    /// [`InvalidStep`].
    pub fn id(&self) -> Result<ChangeRequestId, InvalidStep> {
        parse(&self.contact_change, "contact_change")
    }

    /// The step and its time; an agreement must be to this very change.
    ///
    /// # Errors
    /// [`InvalidStep`].
    pub fn read(&self, change: &ContactChange) -> Result<(ContactStep, Timestamp), InvalidStep> {
        let step = match &self.what {
            What::Returned { by, evidence, sha256, strength } => ContactStep::Returned(Returned {
                by: read_by(by.as_deref())?,
                evidence: parse(evidence, "evidence")?,
                sha256: parse_hex(sha256).ok_or(InvalidStep { field: "sha256" })?,
                strength: strength.clone(),
            }),
            What::Agreed { by, signed } => {
                let signature = signed.signature().ok_or(InvalidStep { field: "signature" })?;
                let agreement: Result<Agreement, _> =
                    change.agreement(parse(by, "by")?, &signed.statement, signature);
                ContactStep::Agreed(agreement.map_err(|_| InvalidStep { field: "statement" })?)
            }
            What::Ended { how, by } => {
                let who = by.as_deref().unwrap_or_default();
                ContactStep::Ended(match how.as_str() {
                    "made" => ContactChangeEnd::Made,
                    "vetoed" => ContactChangeEnd::Vetoed(parse(who, "by")?),
                    "refused" => ContactChangeEnd::Refused(parse(who, "by")?),
                    "expired" => ContactChangeEnd::Expired,
                    _ => return Err(InvalidStep { field: "how" }),
                })
            }
        };
        Ok((step, parse(&self.at, "at")?))
    }
}
