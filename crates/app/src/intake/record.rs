//! What is kept of a mail beside its bytes: how it came, what DNS said as it came, with the key records that it said so by,
//! and what it was taken for. Plain words, so that it can be read in years; within bounds, since strangers write most of them.

use byleave_domain::ids::{ContactId, MessageId, OrganizationId, to_hex};
use byleave_mail::checks::{Checks, Signature};
use byleave_mail::envelope::{Envelope, Sender};
use byleave_mail::interpret::{Kind, Understood};
use byleave_mail::judge::{Judgement, Reason, Warning};
use byleave_mail::message::Attachment;
use byleave_mail::visible::visible;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::NotWritten;

/// Notes, warnings and other lists of one mail that are kept, at most; the last one says how many there were.
const LIST_MAX: usize = 50;

/// Longest text of its own words that is kept in the record of a mail, characters: a line of mail has 998. Its bytes are
/// beside it.
const TEXT_CHARS_MAX: usize = 1_000;

/// A mail as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// Id; the held message's, where it is held.
    pub id: MessageId,
    /// When it came in.
    pub received_at: Timestamp,
    /// What was made of it.
    pub record: MailRecord,
}

/// What was made of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRecord {
    /// `accepted`, `held`, `rejected` or `duplicate`.
    pub disposition: String,
    /// Whether it is proven to be a security contact's own: only then may the contact be answered.
    pub proven: bool,
    /// What stands against it.
    pub reasons: Vec<Note>,
    /// What a person should see.
    pub warnings: Vec<Note>,
    /// Its Message-ID with brackets, if it has exactly one.
    pub message_id: Option<String>,
    /// The author's address, if there is exactly one.
    pub from: Option<String>,
    /// Its subject.
    pub subject: String,
    /// Whose contact wrote it, as far as the address says.
    pub organization: Option<String>,
    /// Which contact.
    pub sender: Option<String>,
    /// `request`, `form_wish`, `withdrawal`, `calendar` or `report`; none of one that was not read.
    pub kind: Option<String>,
    /// `disable`, `enable` or `other`.
    pub action: String,
    /// The organization's name, as written.
    pub organization_name: Option<String>,
    /// Whether it says that this is wanted.
    pub confirmation: bool,
    /// Whom to speak to, as written. Nothing is sent there.
    pub contact: Option<String>,
    /// What is missing or unclear.
    pub unclear: Vec<String>,
    /// What is attached.
    pub attachments: Vec<Attached>,
    /// The change request that it belongs to.
    pub change_request: Option<String>,
    /// Where its bytes are, if not beside this.
    pub evidence: Option<String>,
    /// SHA-256 of its bytes as they came, in hex.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// How it came.
    pub envelope: Envelopes,
    /// What DNS said.
    pub checks: Checked,
}

/// A code that stays, and what it means in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The code.
    pub code: String,
    /// The words.
    pub text: String,
}

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its name, made safe.
    pub filename: String,
    /// What its bytes are.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// How a mail came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelopes {
    /// The envelope's sender, empty for `<>`; none where it was not told.
    pub sender: Option<String>,
    /// Intake addresses that it was for.
    pub recipients: Vec<String>,
    /// The address that handed it over; none of a pipe.
    pub peer: Option<String>,
    /// The name in the greeting.
    pub helo: String,
    /// TLS version and cipher suite.
    pub tls: Option<String>,
}

/// What DNS said, in the words of RFC 8601.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// SPF.
    pub spf: String,
    /// The domain that it is about.
    pub spf_domain: String,
    /// All signatures in one word.
    pub dkim: String,
    /// Each signature.
    pub signatures: Vec<SignatureRecord>,
    /// DMARC.
    pub dmarc: String,
    /// DMARC through DKIM alone.
    pub dmarc_by_dkim: String,
    /// ARC; recorded, never believed.
    pub arc: String,
    /// Who sealed it.
    pub arc_sealers: Vec<String>,
    /// The domain in `From`.
    pub from_domain: String,
}

/// One DKIM signature, with the key that it was checked by: keys rotate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureRecord {
    /// The result.
    pub result: String,
    /// Why, where it is no pass.
    pub why: String,
    /// `d=`.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// `a=`.
    pub algorithm: String,
    /// The key record, as DNS gave it; its beginning where it is very long.
    pub key: Option<String>,
    /// SHA-256 of the whole record in hex, where only its beginning is kept.
    pub key_sha256: Option<String>,
    /// The fields that it covers.
    pub fields: Vec<String>,
    /// When it was made, if it says so.
    pub signed_at: Option<String>,
    /// When it ends, if it says so.
    pub expires_at: Option<String>,
}

/// What there is to say to the registered contact about a mail of theirs; whoever sends mail asks [`MailRecord::reply`].
/// Nobody else is ever answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Whose contact.
    pub organization: OrganizationId,
    /// To whom, at the address that is on file.
    pub contact: ContactId,
    /// The mail that is answered (`In-Reply-To`).
    pub in_reply_to: String,
    /// Its subject.
    pub subject: String,
    /// What is said.
    pub say: Say,
}

/// What is said to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// What is missing or unclear, so that there is no request yet.
    Missing(Vec<String>),
    /// They want the form, and how a request is made.
    Form,
}

impl MailRecord {
    /// What the contact is to be told at once, if anything: the mail is proven, and waits for nothing but clearer words.
    #[must_use]
    pub fn reply(&self) -> Option<Reply> {
        let only_unclear = !self.reasons.is_empty() && self.reasons.iter().all(|note| note.code == "unclear");
        if !self.proven || self.disposition != "held" || !only_unclear {
            return None;
        }
        let say = match self.kind.as_deref()? {
            "request" if self.unclear.is_empty() => return None,
            "request" => Say::Missing(self.unclear.clone()),
            "form_wish" => Say::Form,
            _ => return None,
        };
        Some(Reply {
            organization: self.organization.as_deref()?.parse().ok()?,
            contact: self.sender.as_deref()?.parse().ok()?,
            in_reply_to: self.message_id.clone()?,
            subject: self.subject.clone(),
            say,
        })
    }

    pub(super) fn json(&self) -> Result<Vec<u8>, NotWritten> {
        serde_json::to_vec(self).map_err(|why| NotWritten::Unavailable(why.to_string()))
    }

    pub(super) fn judged(&mut self, judgement: &Judgement) {
        judgement.disposition.as_str().clone_into(&mut self.disposition);
        self.proven = judgement.proven;
        self.reasons = notes(&judgement.reasons);
        self.warnings = notes(&judgement.warnings);
    }

    pub(super) fn understood(&mut self, understood: &Understood) {
        let kind = match understood.kind {
            Kind::Request => "request",
            Kind::FormWish => "form_wish",
            Kind::Withdrawal => "withdrawal",
            Kind::Calendar(_) => "calendar",
            Kind::Report(_) => "report",
        };
        self.kind = Some(kind.to_owned());
        understood.action.as_str().clone_into(&mut self.action);
        self.organization_name = understood.organization_name().map(kept);
        self.confirmation = understood.confirmation;
        self.contact = understood.contact.as_deref().map(kept);
        self.unclear = listed(&understood.unclear);
    }
}

/// A text as it is kept: as a person may be shown it.
pub(super) fn kept(text: &str) -> String {
    let mut text = visible(text);
    if let Some((at, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
        text.truncate(at);
        text.push('…');
    }
    text
}

fn listed(texts: &[String]) -> Vec<String> {
    texts.iter().take(LIST_MAX).map(|text| kept(text)).collect()
}

fn notes<'n, N>(all: &'n [N]) -> Vec<Note>
where
    Note: From<&'n N>,
{
    let fits = if all.len() > LIST_MAX { LIST_MAX - 1 } else { LIST_MAX };
    let more = all.len().saturating_sub(fits);
    let rest =
        (more > 0).then(|| Note { code: "more".to_owned(), text: format!("{more} more are left out") });
    all.iter().take(fits).map(Note::from).chain(rest).collect()
}

impl From<&Reason> for Note {
    fn from(reason: &Reason) -> Self {
        Self { code: reason.code().to_owned(), text: kept(&reason.to_string()) }
    }
}

impl From<&Warning> for Note {
    fn from(warning: &Warning) -> Self {
        Self { code: warning.code().to_owned(), text: kept(&warning.to_string()) }
    }
}

impl From<&Attachment> for Attached {
    fn from(attachment: &Attachment) -> Self {
        Self {
            filename: attachment.name.clone(),
            media_type: attachment.media_type.to_owned(),
            size: attachment.bytes.len() as u64,
            sha256: to_hex(&attachment.sha256),
        }
    }
}

impl From<&Envelope> for Envelopes {
    fn from(envelope: &Envelope) -> Self {
        Self {
            sender: match &envelope.sender {
                Sender::Address(address) => Some(address.clone()),
                Sender::Null => Some(String::new()),
                Sender::Unknown => None,
            },
            recipients: listed(&envelope.recipients),
            peer: envelope.peer.map(|peer| peer.to_string()),
            helo: envelope.helo.clone(),
            tls: envelope.tls.clone(),
        }
    }
}

impl Checked {
    pub(super) fn of(checks: &Checks, from_domain: &str) -> Self {
        Self {
            spf: checks.spf.result.as_str().to_owned(),
            spf_domain: kept(&checks.spf.domain),
            dkim: checks.dkim(from_domain).as_str().to_owned(),
            signatures: checks.signatures.iter().map(SignatureRecord::from).collect(),
            dmarc: checks.dmarc.result.as_str().to_owned(),
            dmarc_by_dkim: checks.dmarc.by_dkim.as_str().to_owned(),
            arc: checks.arc.result.as_str().to_owned(),
            arc_sealers: listed(&checks.arc.sealers),
            from_domain: from_domain.to_owned(),
        }
    }
}

impl From<&Signature> for SignatureRecord {
    fn from(signature: &Signature) -> Self {
        Self {
            result: signature.result.as_str().to_owned(),
            why: kept(&signature.why),
            domain: kept(&signature.domain),
            selector: kept(&signature.selector),
            algorithm: signature.algorithm.clone(),
            key: signature.key.clone(),
            key_sha256: signature.key_sha256.map(|sha256| to_hex(&sha256)),
            fields: listed(&signature.fields),
            signed_at: signature.signed_at.map(|at| at.to_string()),
            expires_at: signature.expires_at.map(|at| at.to_string()),
        }
    }
}
