//! Mail that comes in. Its bytes, what DNS said as it came and what it was taken for are durable together before whoever
//! handed it over is told so; nothing that was taken vanishes.
//!
//! A mail changes no setting. Of a proven contact it opens a change request, or joins the one it belongs to as a message or
//! as an answer to its invitation; everything else waits for a person. What there is to say about one is data ([`MailRecord::reply`], [`App::mail_of_request`]);
//! nothing is sent from here.
//!
//! Absent: sockets and DNS (ports), the rule itself (`byleave_mail::judge`), and outgoing mail.

mod forms;
mod letter;
mod meeting;
mod record;
mod registered;
mod sort;

use std::sync::Arc;

use async_trait::async_trait;
use byleave_domain::change_request::{By, Items, Received, Returned, Source, Step, may_add};
use byleave_domain::ids::{ChangeRequestId, DeskPersonId, EvidenceId, MessageId};
use byleave_mail::checks::{Arc as Forwarders, Checks, Dmarc, Outcome, Spf};
use byleave_mail::envelope::{Envelope, wire_form};
use byleave_mail::intake::Reading;
use byleave_mail::interpret::{CalendarAnswer, Kind};
use byleave_mail::judge::{Disposition, Reason};
use byleave_mail::visible::visible;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::change_requests::{Taken, ask, write};
use crate::evidence::{self, Document, Reader};
use crate::ports::{Change, MailChecks, MessageRow, StoreError, StoredMail};
use crate::setting::{NotChanged, with_organization};
use crate::writer::Writer;
use crate::{App, NotWritten, Shared};
use forms::{Back, Forms, left, not_taken};
pub(crate) use letter::Deferrals;
use letter::Letter;
pub use record::{Attached, Checked, Envelopes, MailRecord, Note, ReceivedMail, Reply, Say, SignatureRecord};
pub(crate) use registered::Registered;
use sort::{Found, Sorted, find, sort};

/// Longest mail that is taken, bytes.
pub const MAIL_BYTES_MAX: usize = byleave_mail::fields::MESSAGE_BYTES_MAX;

/// The way of mail, as a held message's.
pub const MAIL: &str = "mail";

/// Mail of strangers that waits at most, and its bytes: what comes beyond is put off, and its sender's server keeps it.
const HELD_MAX: u64 = 50_000;
const HELD_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Rejected mail and duplicates that are kept at most, of each; and the longest whose bytes are kept with them.
const ASIDE_MAX: u64 = 1_000;
const ASIDE_BYTES_MAX: usize = 1024 * 1024;

/// What became of mail that cannot be read.
const REJECTED: &str = "rejected";

/// Mail that is shown for one Message-ID or one change request, at most.
const SHOWN_MAX: u64 = 1_000;

/// What mail is for us, and who asks DNS about it.
#[derive(Clone)]
pub struct Mail {
    /// The intake's addresses. Without one, no mail is for us.
    pub addresses: Vec<String>,
    /// Who asks DNS.
    pub checks: Arc<dyn MailChecks>,
}

impl Mail {
    /// No address is for mail, and nobody asks DNS: whatever comes through a pipe waits for a person.
    #[must_use]
    pub fn none() -> Self {
        Self { addresses: Vec::new(), checks: Arc::new(Unchecked) }
    }
}

/// Asks nobody.
struct Unchecked;

#[async_trait]
impl MailChecks for Unchecked {
    async fn check(&self, _: &Envelope, _: &[u8], _: Option<&str>) -> Checks {
        unchecked()
    }
}

impl App {
    /// A mail came in. When this returns, all of it is durable.
    ///
    /// # Errors
    /// [`NotWritten::Unavailable`]: not now; whoever handed it over keeps it and tries again. So it is while DNS does not
    /// answer, a few times. [`NotWritten::Refused`]: never; there is nothing in it.
    pub async fn mail_receive(&self, envelope: Envelope, raw: Vec<u8>) -> Result<ReceivedMail, NotWritten> {
        self.mail_taken(Some(envelope), raw).await
    }

    /// A mail came in through a pipe, so that nobody knows who handed it over.
    ///
    /// # Errors
    /// As [`mail_receive`](Self::mail_receive).
    pub async fn mail_receive_piped(&self, raw: Vec<u8>) -> Result<ReceivedMail, NotWritten> {
        self.mail_taken(None, raw).await
    }

    async fn mail_taken(&self, envelope: Option<Envelope>, raw: Vec<u8>) -> Result<ReceivedMail, NotWritten> {
        let letter = self.beside(move |app| {
            let is_empty = raw.iter().all(u8::is_ascii_whitespace);
            (!is_empty).then(|| Arc::new(Letter::new(&app.shared, envelope, raw)))
        });
        let Some(letter) = letter.await? else {
            return Err(NotWritten::Refused("the message is empty".to_owned()));
        };
        let from = match &letter.from {
            Ok(from) => from.as_deref(),
            Err(why) => return self.mail_rejected(Arc::clone(&letter), unchecked(), why.clone()).await,
        };
        let checks = self.shared.mail.checks.check(&letter.envelope, letter.bytes(), from).await;
        let key = letter.marks.identifier.unwrap_or(letter.marks.body);
        let deferrals = self.deferrals.of(&key, self.now());
        let (read, checks) = (Arc::clone(&letter), Arc::new(checks));
        let by = Arc::clone(&checks);
        let found = self.beside(move |app| match Reading::of(read.bytes()) {
            Ok(reading) => find(app, &read, reading, &by, deferrals).map(Ok),
            Err(why) => Ok(Err(why.to_string())),
        });
        let (found, files) = match found.await?.map_err(unavailable)? {
            Ok((found, files)) => (Arc::new(found), files),
            Err(why) => return self.mail_rejected(letter, Arc::unwrap_or_clone(checks), why).await,
        };
        let forms = self.mail_forms(&letter, &found, files).await?;
        let id = MessageId::from_bytes(self.random_bits());
        let fresh = ChangeRequestId::from_bytes(self.random_bits());
        let taken = self.jobs.command(move |writer| {
            let read = Read { letter: &letter, found: &found, checks: &checks };
            let sorted = sort(&writer.shared, &letter.marks, &found).map_err(unavailable)?;
            take(writer, id, fresh, &read, sorted, forms)
        });
        let taken = taken.await??;
        match taken {
            Some(mail) => {
                self.deferrals.forget(&key);
                Ok(mail)
            }
            None => {
                self.deferrals.note(key, self.now());
                Err(NotWritten::Unavailable("DNS does not answer; the message is wanted again later".into()))
            }
        }
    }

    /// Every mail that came with this Message-ID, oldest first.
    ///
    /// # Errors
    /// [`NotWritten::Unavailable`] when the store does not answer.
    pub async fn mail_with(&self, message_id: &str) -> Result<Vec<ReceivedMail>, NotWritten> {
        let bare = message_id.trim().trim_start_matches('<').trim_end_matches('>');
        let identifier = under_key(&self.shared, "identifier", format!("<{bare}>").as_bytes());
        let found = self.beside(move |app| app.shared.store.mail_with(&identifier, SHOWN_MAX)).await?;
        found.map_err(unavailable)?.into_iter().map(shown).collect::<Result<_, _>>().map_err(unavailable)
    }

    /// The mail of a change request, oldest first: the first is the one that opened it, where a mail did.
    ///
    /// # Errors
    /// [`NotWritten::Unavailable`] when the store does not answer.
    pub async fn mail_of_request(&self, id: ChangeRequestId) -> Result<Vec<ReceivedMail>, NotWritten> {
        let found = self.beside(move |app| app.shared.store.mail_of(id, SHOWN_MAX)).await?;
        found.map_err(unavailable)?.into_iter().map(shown).collect::<Result<_, _>>().map_err(unavailable)
    }

    /// A held mail: what was made of it, and its text as a person may be shown it.
    ///
    /// # Errors
    /// [`NotChanged::UnknownMessage`] when there is none, or its bytes are elsewhere by now.
    pub async fn mail_text(&self, id: MessageId) -> Result<(ReceivedMail, String), NotChanged> {
        let read = self.beside(move |app| {
            let (mail, raw) = stored(&app.shared, id)?;
            let bytes = wire_form(&raw);
            let view = Reading::of(&bytes).map(|reading| reading.view).unwrap_or_default();
            Ok((mail, view.shown(&bytes)))
        });
        read.await?
    }

    /// A message that a request rests on, as text. That it was read is an entry of the organization's log. `None` when there
    /// is none, or it is a document of another kind.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn message_read(&self, id: EvidenceId, by: DeskPersonId) -> Result<Option<String>, NotWritten> {
        let Some(opened) = self.evidence_read(id, Reader::Desk(by)).await? else { return Ok(None) };
        let text = self.beside(move |_| match opened.media_type.as_str() {
            MEDIA_TYPE => {
                let bytes = wire_form(&opened.bytes);
                let view = Reading::of(&bytes).map(|reading| reading.view).unwrap_or_default();
                Some(view.shown(&bytes))
            }
            "text/plain" => Some(visible(&String::from_utf8_lossy(&opened.bytes))),
            _ => None,
        });
        text.await
    }

    async fn mail_rejected(
        &self,
        letter: Arc<Letter>,
        checks: Checks,
        why: String,
    ) -> Result<ReceivedMail, NotWritten> {
        let id = MessageId::from_bytes(self.random_bits());
        let rejected = self.jobs.command(move |writer| {
            let mut record = letter.record(&checks);
            REJECTED.clone_into(&mut record.disposition);
            record.reasons = vec![Note { code: "unreadable".to_owned(), text: why }];
            aside(writer, id, &letter, record, REJECTED)
        });
        rejected.await?
    }
}

/// A mail as the writer has it: its bytes to be kept, and what was found in them.
struct Read<'a> {
    letter: &'a Letter,
    found: &'a Found,
    checks: &'a Checks,
}

/// Takes what was sorted. `None` when it is wanted again later.
fn take(
    writer: &mut Writer,
    id: MessageId,
    fresh: ChangeRequestId,
    read: &Read<'_>,
    sorted: Sorted,
    forms: Option<Forms>,
) -> Result<Option<ReceivedMail>, NotWritten> {
    let Sorted { mut judgement, sender, belongs, known } = sorted;
    let Read { letter, found, checks } = read;
    let understood = &found.findings.understood;
    let accepted = judgement.disposition == Disposition::Accepted;
    let forms = forms.filter(|_| accepted);
    judgement.warnings.extend(left(found, belongs, forms.as_ref()));
    let mut record = letter.record(checks);
    record.judged(&judgement);
    record.understood(understood);
    record.from = found.findings.examined.author.as_ref().map(|from| record::kept(&from.address()));
    record.organization = sender.map(|(organization, _)| organization.to_string());
    record.sender = sender.map(|(_, contact)| contact.to_string());
    record.attachments.clone_from(&found.attachments);
    match judgement.disposition {
        Disposition::Deferred => return Ok(None),
        // Somebody has to look at another text.
        Disposition::Duplicate if judgement.reasons.contains(&Reason::IdentifierReused) => {}
        Disposition::Duplicate => {
            return aside(writer, id, letter, record, judgement.disposition.as_str()).map(Some);
        }
        Disposition::Held => {}
        Disposition::Accepted => {
            let wish = sort::wish(understood);
            let items = Items {
                name: understood.organization_name().is_some(),
                confirmation: understood.confirmation,
                contact: understood.contact.is_some(),
            };
            let step = match (belongs, sender, wish) {
                (Some(request), Some(_), _) => Some((request, None)),
                (None, Some(_), Some(wish)) => Some((fresh, Some(wish))),
                _ => None,
            };
            let mut lost = None;
            let why = match (step, sender) {
                (Some((request, opens)), Some(sender)) => {
                    let back = forms.filter(|forms| forms.request == request).and_then(|forms| forms.found);
                    lost = back.as_ref().map(|back| not_taken(&back.name, "the mail waits for a person"));
                    let answer = match &understood.kind {
                        Kind::Calendar(Ok(answer)) => Some(answer),
                        _ => None,
                    };
                    let going = Going { id, request, opens, sender, items, back, answer };
                    match accept(writer, letter, &record, going) {
                        Ok(mail) => return Ok(Some(mail)),
                        // Nothing is known to have been written; what cannot be written at all is wanted again.
                        Err(NotChanged::NotWritten(why @ NotWritten::Unavailable(_))) => return Err(why),
                        Err(why) => why.to_string(),
                    }
                }
                _ => "what it asks for is not plain".to_owned(),
            };
            Disposition::Held.as_str().clone_into(&mut record.disposition);
            record.reasons.push(Note::from(&Reason::Unclear(why)));
            record.warnings.extend(lost.as_ref().map(Note::from));
        }
    }
    let full = known.held >= HELD_MAX || known.held_bytes + letter.raw.len() as u64 > HELD_BYTES_MAX;
    if full && !record.proven {
        let why = "too much mail waits for the desk already; try again later, or telephone";
        return Err(NotWritten::Unavailable(why.to_owned()));
    }
    hold(writer, id, letter, record).map(Some)
}

/// What an accepted mail does.
struct Going<'a> {
    id: MessageId,
    request: ChangeRequestId,
    /// Set when it opens the request.
    opens: Option<byleave_domain::statement::Wish>,
    sender: (byleave_domain::ids::OrganizationId, byleave_domain::ids::ContactId),
    items: Items,
    back: Option<Back>,
    /// What it answers to the invitation to the request's meeting.
    answer: Option<&'a CalendarAnswer>,
}

/// The mail becomes evidence of the request that it opens or joins, and a form that came with it comes back.
fn accept(
    writer: &mut Writer,
    letter: &Letter,
    record: &MailRecord,
    going: Going<'_>,
) -> Result<ReceivedMail, NotChanged> {
    let Going { id, request, opens, sender: (organization, contact), items, back, answer } = going;
    let mut record = record.clone();
    let now = writer.shared.clock.now();
    with_organization(writer, organization, |_| Ok(()))?;
    let words = Document { media_type: MEDIA_TYPE, bytes: letter.raw.clone() };
    let words = evidence::row(&writer.shared, organization, *request.as_bytes(), words);
    record.change_request = Some(request.to_string());
    record.evidence = Some(words.id.to_string());
    let actor = contact.as_bytes().to_vec();
    let mut taken = Taken::default();
    let mut returned = None;
    match opens {
        Some(wish) => {
            let received = Received {
                wish,
                source: Source::Mail,
                contact: Some(contact),
                items,
                evidence: Some(words.id),
                statement: None,
                profile: writer.shared.process.profile,
            };
            taken.push(organization, request, actor, Step::Received(received), now);
        }
        None => {
            ask(writer, request, |at| Ok(may_add(at.tracked.steps.len() + 1)?))?;
            let joined = match answer {
                Some(answer) => {
                    let by = (contact, words.id);
                    let (joined, warning) =
                        ask(writer, request, |at| Ok(meeting::take(at, answer, by, now)?))?;
                    record.warnings.extend(warning.as_ref().map(Note::from));
                    joined
                }
                None => Step::Joined { items, evidence: words.id, answer: None },
            };
            taken.push(organization, request, actor.clone(), joined, now);
            if let Some(Back { name, document, strength, sha256 }) = back {
                let row = evidence::row(&writer.shared, organization, *request.as_bytes(), document);
                let by = By::Contact(contact);
                let back = Returned { by, evidence: row.id, sha256, strength: strength.to_owned() };
                match ask(writer, request, |at| Ok(at.tracked.request.take_return(back)?)) {
                    Ok(step) => {
                        taken.push(organization, request, actor, step, now);
                        returned = Some(row);
                    }
                    Err(why) => record.warnings.push(Note::from(&not_taken(&name, &why.to_string()))),
                }
            }
        }
    }
    let row = letter.row(id, now, &record, false, None)?;
    let mut changes = vec![Change::EvidencePut(words), Change::MailPut(row)];
    changes.extend(returned.map(Change::EvidencePut));
    write(writer, taken, changes, request)?;
    Ok(ReceivedMail { id, received_at: now, record })
}

/// Kept until a person has looked at it.
fn hold(
    writer: &mut Writer,
    id: MessageId,
    letter: &Letter,
    record: MailRecord,
) -> Result<ReceivedMail, NotWritten> {
    let now = writer.shared.clock.now();
    let from = record.from.as_deref().unwrap_or("nobody in particular");
    let named = record.organization_name.as_ref().map(|name| format!(", for {name}"));
    let claimed = format!("{from}{}", named.unwrap_or_default());
    let message = MessageRow {
        id,
        way: MAIL.to_owned(),
        claimed: crate::messages::claimed(&claimed),
        received_at: now,
        text: Vec::new(),
        settled: None,
    };
    let row = letter.row(id, now, &record, true, Some(letter.raw.clone()))?;
    let put = message.clone();
    writer.write(Vec::new(), |_| vec![Change::MessagePut(put), Change::MailPut(row)])?;
    writer.shared.world_mut().messages.insert(id, message);
    Ok(ReceivedMail { id, received_at: now, record })
}

/// Kept among the newest of its kind, for whoever asks what became of it.
fn aside(
    writer: &mut Writer,
    id: MessageId,
    letter: &Letter,
    record: MailRecord,
    disposition: &'static str,
) -> Result<ReceivedMail, NotWritten> {
    let now = writer.shared.clock.now();
    let raw = (letter.raw.len() <= ASIDE_BYTES_MAX).then(|| letter.raw.clone());
    let row = letter.row(id, now, &record, false, raw)?;
    let trimmed = Change::MailTrimmed { disposition, keep: ASIDE_MAX };
    writer.write(Vec::new(), |_| vec![Change::MailPut(row), trimmed])?;
    Ok(ReceivedMail { id, received_at: now, record })
}

/// What a mail is as evidence.
const MEDIA_TYPE: &str = "message/rfc822";

/// A held mail's bytes, to become evidence, and what was made of it.
pub(crate) fn held_words(shared: &Shared, id: MessageId) -> Result<(Document, MailRecord), NotChanged> {
    let (mail, raw) = stored(shared, id)?;
    Ok((Document { media_type: MEDIA_TYPE, bytes: raw }, mail.record))
}

/// A held mail becomes evidence of a request, and is not kept twice.
pub(crate) fn joined(
    id: MessageId,
    mut record: MailRecord,
    request: ChangeRequestId,
    evidence: EvidenceId,
) -> Result<Change, NotWritten> {
    record.change_request = Some(request.to_string());
    record.evidence = Some(evidence.to_string());
    Ok(Change::MailJoined { id, request, record: record.json()? })
}

fn stored(shared: &Shared, id: MessageId) -> Result<(ReceivedMail, Vec<u8>), NotChanged> {
    let found = shared.store.mail(id).map_err(unavailable)?;
    let mut mail = found.ok_or(NotChanged::UnknownMessage(id))?;
    let raw = mail.raw.take().ok_or(NotChanged::UnknownMessage(id))?;
    Ok((shown(mail).map_err(unavailable)?, raw))
}

/// A stored mail as what it is.
fn shown(mail: StoredMail) -> Result<ReceivedMail, StoreError> {
    let record = serde_json::from_slice(&mail.record).map_err(|why| StoreError::Corrupt {
        what: "mail",
        row: mail.id.to_string(),
        why: why.to_string(),
    })?;
    Ok(ReceivedMail { id: mail.id, received_at: mail.received_at, record })
}

fn unavailable(why: StoreError) -> NotWritten {
    NotWritten::Unavailable(why.to_string())
}

/// Nothing in the database says to anybody else which mail it was.
fn under_key(shared: &Shared, what: &str, bytes: &[u8]) -> [u8; 32] {
    let mut key = [0; 64];
    let (seed, _) = key.split_at_mut(32);
    seed.copy_from_slice(&shared.keys.seed_for("mail"));
    let mac = Hmac::<Sha256>::new(&key.into()).chain_update(what).chain_update([0]).chain_update(bytes);
    mac.finalize().into_bytes().into()
}

/// What is known of a mail that nobody asked DNS about.
fn unchecked() -> Checks {
    let none = Outcome::None;
    Checks {
        spf: Spf { result: none, domain: String::new() },
        signatures: Vec::new(),
        untried: 0,
        dmarc: Dmarc { result: none, by_dkim: none, domain: String::new() },
        arc: Forwarders { result: none, sealers: Vec::new() },
    }
}

fn nothing_known() -> Envelope {
    let sender = byleave_mail::envelope::Sender::Unknown;
    Envelope { sender, recipients: Vec::new(), peer: None, helo: String::new(), tls: None }
}
