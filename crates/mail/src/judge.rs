//! Is a message the registered contact's own word? All rules hold, or a person looks at it: it is kept, marked, changes
//! nothing, and nothing is sent to whoever claims to have written it.
//!
//! Two pure functions. [`examine`] reads the message and what DNS said of it, where nobody waits. [`decide`] holds the
//! outcome against what the application knows, and reads nothing again. A pass of DMARC is necessary and not enough: it
//! says which domain, and through SPF it says nothing about the content.
//!
//! Absent: DNS, the database, and any way from here to a setting.

mod lookalike;
mod reason;

use icu_normalizer::ComposingNormalizerBorrowed;
use jiff::{SignedDuration, Timestamp};

use crate::address::{Mailbox, addresses};
use crate::checks::{Checks, Outcome, Signature};
use crate::envelope::{Envelope, Sender};
use crate::fields::{Field, Fields, Malformed};
pub use lookalike::Domains;
pub use reason::{Reason, Warning};

/// How old a message may be: as long as mail servers try to deliver one.
pub const AGE_MAX: SignedDuration = SignedDuration::from_hours(5 * 24);

/// How far a sender's clock may be ahead.
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(1);

/// How often a message is put off because DNS did not answer; after that a person looks at it.
pub const DEFERRALS_MAX: u32 = 2;

/// Fields that a signature covers where they are there. Those that are not signed may have been put in by anybody.
const SIGNED: &[&str] = &["From", "To", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version"];

/// Fields that make another text of the same bytes, with the values that do not. Many signers leave them out.
const READ_BY: &[(&str, &[&str])] =
    &[("Content-Transfer-Encoding", &["7bit", "8bit", "binary"]), ("Content-Disposition", &["inline"])];

const FOR_SEVERAL: &str =
    "its author is a security contact of several organizations, and it does not say for which they speak";

/// What becomes of a message that can be read; one that cannot is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// The contact's own word: a request is opened or joined, if the text is one.
    Accepted,
    /// Kept for a person. No effect, and nothing is sent.
    Held,
    /// Its identifier was seen before. No effect; where the text is another one ([`Reason::IdentifierReused`]), it is kept
    /// for a person.
    Duplicate,
    /// Not taken yet: DNS did not answer, and the peer tries again.
    Deferred,
}

impl Disposition {
    /// The word that is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Disposition::Accepted => "accepted",
            Disposition::Held => "held",
            Disposition::Duplicate => "duplicate",
            Disposition::Deferred => "deferred",
        }
    }
}

/// What becomes of a message, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What becomes of it.
    pub disposition: Disposition,
    /// Whether it is proven to be the contact's own: then, and only then, the contact may be answered, even where the
    /// message is held because its text is unclear.
    pub proven: bool,
    /// What stands against it; empty when it is accepted.
    pub reasons: Vec<Reason>,
    /// What a person should see, whatever became of it.
    pub warnings: Vec<Warning>,
}

/// Whether a message was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Never.
    No,
    /// In messages that proved nothing: a stranger may have taken it first, so it counts for nothing.
    Unproven,
    /// In a proven message.
    Proven,
}

/// Where and when a message came in.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Addresses of the intake.
    pub intake: &'a [String],
    /// All domains of all security contacts.
    pub domains: &'a Domains,
    /// Now.
    pub now: Timestamp,
}

/// A message by itself, whoever the author is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The author, if there is exactly one.
    pub author: Option<Mailbox>,
    /// What stands against its being from the author's domain, or against there being an author.
    origin: Vec<Reason>,
    /// What else stands against it.
    more: Vec<Reason>,
    warnings: Vec<Warning>,
    /// Fields that are not signed, and make another text of it.
    pub(crate) read_by_unsigned: Vec<&'static str>,
    /// Whether a result that DNS still owes could prove it.
    may_yet_pass: bool,
}

impl Examined {
    /// Whether nothing stands against its being its author's own word to us. Whether the author is a security contact
    /// is another question.
    #[must_use]
    pub fn is_authors_own(&self) -> bool {
        self.author.is_some() && self.origin.is_empty() && self.more.is_empty()
    }
}

/// What the application knows about a message.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The security contact whose address is in `From`, to the letter.
    pub contact: Option<&'a Contact>,
    /// Whether the contact is one of several organizations, and nothing says for which they speak.
    pub for_several: bool,
    /// Whether the Message-ID was seen before, with the same body.
    pub seen: Seen,
    /// Whether the Message-ID was seen before, with another body.
    pub other_text_seen: Seen,
    /// Whether the same body came before, under another Message-ID.
    pub body_seen: bool,
    /// How often this message was put off already.
    pub deferrals: u32,
}

/// A security contact on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The address.
    pub address: String,
    /// Names of the organization that a message may use.
    pub organization_names: Vec<String>,
    /// Whether two desk people have called back.
    pub confirmed: bool,
    /// Whether who the contacts are has changed lately.
    pub changed_lately: bool,
}

/// The author: the one address of the one `From`.
///
/// # Errors
/// Why there is not exactly one.
pub fn author(fields: &Fields<'_>) -> Result<Mailbox, Reason> {
    let mut all = fields.all("From");
    let (Some(field), None) = (all.next(), all.next()) else { return Err(Reason::NotOneFrom) };
    match addresses(&field.value()) {
        Ok(found) => <[Mailbox; 1]>::try_from(found).map(|[one]| one).map_err(|_| Reason::NotOneAddress),
        Err(_) => Err(Reason::NotOneAddress),
    }
}

/// Examines a message.
#[must_use]
pub fn examine(
    fields: &Fields<'_>,
    sound: &Result<(), Malformed>,
    envelope: &Envelope,
    checks: &Checks,
    arrival: &Arrival<'_>,
) -> Examined {
    let author = author(fields);
    let signature = author.as_ref().ok().map(|author| best(fields, checks, author, arrival.now));
    let mut origin = Vec::new();
    if let Err(malformed) = sound {
        origin.push(Reason::Malformed(malformed.to_string()));
    }
    match &author {
        Err(reason) => origin.push(reason.clone()),
        Ok(_) => origin.extend(unproven_domain(checks, signature.as_ref())),
    }
    let proof = signature.as_ref().and_then(|tried| tried.as_ref().ok().copied());
    let mut more = Vec::new();
    more.extend(stale(fields, arrival.now));
    more.extend((!addressed(fields, proof, arrival.intake)).then_some(Reason::NotForUs));
    more.extend(automatic(fields, envelope));
    more.extend(fields.message_id().is_none().then_some(Reason::NoMessageId));
    let author = author.ok();
    let warnings = warnings(fields, checks, author.as_ref(), proof, arrival.domains);
    let may_yet_pass = may_yet_pass(checks, author.as_ref());
    let read_by_unsigned = read_by_unsigned(fields, proof);
    Examined { author, origin, more, warnings, read_by_unsigned, may_yet_pass }
}

/// Decides about a message. `named` is the organization's name as the text has it, where it has one.
#[must_use]
pub fn decide(examined: &Examined, named: Option<&str>, known: &Known<'_>) -> Judgement {
    let mut reasons = examined.origin.clone();
    if let Some(author) = &examined.author {
        let contact = known.contact.filter(|contact| author.is(&contact.address));
        reasons.extend(contact.is_none().then_some(Reason::NotTheContact));
    }
    reasons.extend(examined.more.iter().cloned());
    let is_own = reasons.is_empty();
    let reused = known.other_text_seen == Seen::Proven;
    let proven = is_own && !reused;
    let mut warnings = examined.warnings.clone();
    if let Some(contact) = known.contact {
        warnings.extend((!contact.confirmed).then_some(Warning::ContactNotConfirmed));
        warnings.extend(contact.changed_lately.then_some(Warning::ContactsChangedLately));
    }
    warnings.extend(known.body_seen.then_some(Warning::BodySeen));
    let taken = known.seen == Seen::Unproven || known.other_text_seen != Seen::No;
    warnings.extend(taken.then_some(Warning::IdentifierTaken));

    let repeated = match known.seen {
        Seen::No => false,
        Seen::Unproven => !proven,
        Seen::Proven => true,
    };
    if repeated {
        let reasons = vec![Reason::Repeated];
        return Judgement { disposition: Disposition::Duplicate, proven, reasons, warnings };
    }
    if !is_own && examined.may_yet_pass && known.deferrals < DEFERRALS_MAX {
        return Judgement { disposition: Disposition::Deferred, proven, reasons, warnings };
    }
    reasons.extend(reused.then_some(Reason::IdentifierReused));
    reasons.extend(other_organization(named, known.contact).filter(|_| proven));
    reasons.extend((proven && known.for_several).then(|| Reason::Unclear(FOR_SEVERAL.to_owned())));
    let disposition = match reasons.is_empty() {
        true => Disposition::Accepted,
        false if is_own && reused => Disposition::Duplicate,
        false => Disposition::Held,
    };
    Judgement { disposition, proven, reasons, warnings }
}

/// Message identifiers that a message answers. From signed fields alone: otherwise anybody puts in what they like.
#[must_use]
pub fn answers(fields: &Fields<'_>, checks: &Checks) -> Vec<String> {
    let Ok(author) = author(fields) else { return Vec::new() };
    let own = |signature: &&Signature| signature.result == Outcome::Pass && signature.domain == author.domain;
    let signed = |name: &str| checks.signatures.iter().filter(own).any(|signature| covers(signature, name));
    let of = |name: &str| fields.get(name).filter(|_| signed(name)).map(Field::ids).unwrap_or_default();
    let mut ids = of("In-Reply-To");
    ids.extend(of("References"));
    ids.dedup();
    ids
}

/// The first signature of the author's domain against which nothing stands, or what stands against the best one.
fn best<'c>(
    fields: &Fields<'_>,
    checks: &'c Checks,
    author: &Mailbox,
    now: Timestamp,
) -> Result<&'c Signature, Vec<Reason>> {
    let own = checks.signatures.iter().filter(|signature| signature.domain == author.domain);
    let mut tried: Vec<_> = own.map(|signature| (signature, against(signature, fields, now))).collect();
    tried.sort_by_key(|(_, reasons)| reasons.len());
    match tried.into_iter().next() {
        None => Err(vec![Reason::NotSigned]),
        Some((signature, reasons)) if reasons.is_empty() => Ok(signature),
        Some((_, reasons)) => Err(reasons),
    }
}

/// What stands against a signature of the author's domain.
fn against(signature: &Signature, fields: &Fields<'_>, now: Timestamp) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if signature.partial {
        reasons.push(Reason::PartOfBodySigned);
    } else if signature.result != Outcome::Pass {
        reasons.push(match signature.result {
            Outcome::TempError => Reason::DnsSilent,
            _ => Reason::SignatureBroken(signature.why.clone()),
        });
    }
    if signature.testing {
        reasons.push(Reason::TestingKey);
    }
    let unsigned: Vec<_> =
        SIGNED.iter().filter(|name| fields.has(name) && !covers(signature, name)).copied().collect();
    if !unsigned.is_empty() {
        reasons.push(Reason::Unsigned(unsigned.join(", ")));
    }
    if signature.expires_at.is_some_and(|end| end <= now) {
        reasons.push(Reason::SignatureExpired);
    }
    if signature.signed_at.is_some_and(|at| !is_recent(at, now)) {
        reasons.push(Reason::Stale);
    }
    reasons
}

fn read_by_unsigned(fields: &Fields<'_>, proof: Option<&Signature>) -> Vec<&'static str> {
    let shapes = |name: &str, plain: &[&str]| {
        let value = fields.get(name).map(Field::value);
        value.is_some_and(|value| !plain.iter().any(|plain| value.trim().eq_ignore_ascii_case(plain)))
    };
    let open = |name: &str| proof.is_none_or(|signature| !covers(signature, name));
    READ_BY.iter().filter(|(name, plain)| open(name) && shapes(name, plain)).map(|(name, _)| *name).collect()
}

fn covers(signature: &Signature, name: &str) -> bool {
    signature.fields.iter().any(|field| field.eq_ignore_ascii_case(name))
}

/// Rules 2 and 3: DMARC, through a signature against which nothing stands.
fn unproven_domain(checks: &Checks, signature: Option<&Result<&Signature, Vec<Reason>>>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if checks.dmarc.result != Outcome::Pass {
        reasons.push(match checks.dmarc.result {
            Outcome::TempError => Reason::DnsSilent,
            result => Reason::Dmarc(result),
        });
    }
    if let Some(Err(against)) = signature {
        reasons.extend(against.iter().cloned());
    }
    reasons.dedup();
    reasons
}

/// Rule 3: a genuine message can be sent again by anybody who has it.
fn stale(fields: &Fields<'_>, now: Timestamp) -> Option<Reason> {
    match date(fields) {
        None => Some(Reason::NoDate),
        Some(at) if !is_recent(at, now) => Some(Reason::Stale),
        Some(_) => None,
    }
}

/// The instant in `Date`.
#[must_use]
pub fn date(fields: &Fields<'_>) -> Option<Timestamp> {
    let value = fields.get("Date")?.value();
    let parsed = jiff::fmt::rfc2822::parse(&value).ok()?;
    Some(parsed.timestamp())
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) <= AGE_MAX && at.duration_since(now) <= AHEAD_MAX
}

/// Rule 5: a message to somebody else that came here was sent on by whoever got it. A field that is not signed may have
/// been put in for that.
fn addressed(fields: &Fields<'_>, proof: Option<&Signature>, intake: &[String]) -> bool {
    let names_us = |name: &&str| {
        let field = fields.get(name).filter(|_| proof.is_none_or(|signature| covers(signature, name)));
        let all = field.and_then(|field| addresses(&field.value()).ok()).unwrap_or_default();
        all.iter().any(|mailbox| intake.iter().any(|intake| is_intake(mailbox, intake)))
    };
    ["To", "Cc"].iter().any(names_us)
}

/// Our own addresses are the same in any case.
fn is_intake(mailbox: &Mailbox, intake: &str) -> bool {
    mailbox.address().eq_ignore_ascii_case(intake)
}

/// Rule 8: whoever wrote it is no person, or does not speak to us alone.
fn automatic(fields: &Fields<'_>, envelope: &Envelope) -> Option<Reason> {
    let value = |name: &str| fields.get(name).map(Field::value).unwrap_or_default().to_lowercase();
    let answered = fields.all("Auto-Submitted").any(|field| {
        let value = field.value().to_lowercase();
        value.split([';', ' ']).next() != Some("no")
    });
    let bulk = ["bulk", "list", "junk"].contains(&value("Precedence").as_str());
    let report = value("Content-Type").starts_with("multipart/report");
    let null = envelope.sender == Sender::Null;
    if fields.has("List-Id") || bulk {
        return Some(Reason::List);
    }
    (answered || report || null).then_some(Reason::Automatic)
}

/// Rule 7.
fn other_organization(named: Option<&str>, contact: Option<&Contact>) -> Option<Reason> {
    let (named, contact) = (named?, contact?);
    let same = contact.organization_names.iter().any(|name| folded(name) == folded(named));
    (!same).then_some(Reason::OtherOrganization)
}

/// A name as names are compared: compatibility forms, case, white space and outer punctuation aside.
#[must_use]
pub fn folded(name: &str) -> String {
    let compatible = ComposingNormalizerBorrowed::new_nfkc();
    // By way of capitals, so that `ß` and `ss` are one.
    let cased = compatible.normalize(name).to_uppercase().to_lowercase();
    let words = compatible.normalize(&cased).split_whitespace().collect::<Vec<_>>().join(" ");
    words.trim_matches(|c: char| !c.is_alphanumeric() && !"()".contains(c)).to_owned()
}

/// Whether a result that DNS still owes could prove the message.
fn may_yet_pass(checks: &Checks, author: Option<&Mailbox>) -> bool {
    let Some(author) = author else { return false };
    let own = |signature: &Signature| signature.domain == author.domain;
    checks.dmarc.result == Outcome::TempError
        || checks.signatures.iter().any(|s| s.result == Outcome::TempError && own(s))
}

fn warnings(
    fields: &Fields<'_>,
    checks: &Checks,
    author: Option<&Mailbox>,
    proof: Option<&Signature>,
    domains: &Domains,
) -> Vec<Warning> {
    let mut found = Vec::new();
    if let Some(author) = author {
        if author.name.contains('@') && !author.is(&author.name) {
            found.push(Warning::AddressAsName(author.name.clone()));
        }
        let like = domains.like(&author.domain);
        found.extend(like.map(|like| Warning::LookAlike(author.domain.clone(), like.to_owned())));
        for mailbox in
            fields.get("Reply-To").map(Field::value).and_then(|v| addresses(&v).ok()).iter().flatten()
        {
            if !author.is(&mailbox.address()) {
                found.push(Warning::ReplyElsewhere(mailbox.address()));
            }
        }
        let sent_by =
            fields.get("Sender").map(Field::value).and_then(|v| addresses(&v).ok()).unwrap_or_default();
        found.extend(
            sent_by.iter().filter(|s| s.domain != author.domain).map(|s| Warning::SentBy(s.address())),
        );
    }
    if checks.dmarc.result != Outcome::Pass && checks.arc.result == Outcome::Pass {
        found.push(Warning::Forwarded(checks.arc.sealers.last().cloned().unwrap_or_default()));
    }
    if checks.untried > 0 {
        found.push(Warning::ManySignatures(checks.untried));
    }
    let unsigned = |name: &&str| fields.has(name) && proof.is_some_and(|signature| !covers(signature, name));
    let open: Vec<_> =
        std::iter::once("Reply-To").chain(READ_BY.iter().map(|(name, _)| *name)).filter(unsigned).collect();
    if !open.is_empty() {
        found.push(Warning::Unsigned(open.join(", ")));
    }
    found
}
