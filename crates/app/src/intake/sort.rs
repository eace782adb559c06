//! A mail held against what is known: whose it is, whether that is proven, and which change request it belongs to.
//!
//! [`find`] reads: what that takes, the author decides, so nobody waits for it. [`sort`] has no bytes to read. It is asked
//! once to see what has to be looked into, and again by the writer, whose answer counts.

use byleave_domain::contact::{ContactStanding, SecurityContact};
use byleave_domain::contact_change::ContactChangeEnd;
use byleave_domain::ids::{ChangeRequestId, ContactId, OrganizationId};
use byleave_domain::intake::{Told, belongs_to};
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;
use byleave_mail::address::Mailbox;
use byleave_mail::checks::Checks;
use byleave_mail::intake::{Findings, Reading};
use byleave_mail::interpret::{Action, Kind, Understood};
use byleave_mail::judge::{self, Arrival, Contact, Judgement, Known, Seen, folded};
use byleave_mail::message::Attachment;
use jiff::{SignedDuration, Timestamp};

use super::forms::FORM;
use super::letter::{Letter, Marks};
use super::record::Attached;
use crate::change_requests::UID_SUFFIX;
use crate::ports::{Earlier, MailKnown, StoreError};
use crate::world::World;
use crate::{App, Shared};

/// How long who the contacts are counts as changed lately.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Identifiers that a mail answers which are looked up, at most, and mail that is looked at for each.
const ANSWERS_MAX: usize = 20;
const ANSWERED_MAX: u64 = 10;

/// What a mail is, by everything that is known now.
pub(super) struct Sorted {
    pub judgement: Judgement,
    pub sender: Option<(OrganizationId, ContactId)>,
    pub belongs: Option<ChangeRequestId>,
    pub known: MailKnown,
}

/// What a mail says, and who may have said it: all that the writer is told of its text.
pub(super) struct Found {
    pub findings: Findings,
    pub attachments: Vec<Attached>,
    /// Whose address the author's is. Somebody may be the contact of several organizations.
    candidates: Vec<Candidate>,
    /// The change request that it is about by name: an answer to an invitation or a mail, or the request's number in it.
    about: Option<ChangeRequestId>,
    /// How often it was put off.
    deferrals: u32,
}

impl Found {
    /// Whether a file came with it that may be the form.
    pub fn has_form(&self) -> bool {
        self.attachments.iter().any(|file| file.media_type == FORM)
    }
}

/// Who may have written a mail.
#[derive(Clone, Copy)]
struct Candidate {
    organization: OrganizationId,
    contact: ContactId,
    /// Whether who the organization's contacts are has changed lately.
    changed_lately: bool,
}

/// A candidate as the world has it, and whether who the contacts are has changed lately.
type Writer<'w> = (&'w Organization, &'w SecurityContact, bool);

/// What a request asks for, if that is plain.
pub(super) fn wish(understood: &Understood) -> Option<Wish> {
    match understood.action {
        Action::Disable => Some(Wish::Disabled),
        Action::Enable => Some(Wish::Enabled),
        Action::Other => None,
    }
}

/// Finds what there is in a mail that has been read, and gives its files back.
pub(super) fn find(
    app: &App,
    letter: &Letter,
    reading: Reading<'_>,
    checks: &Checks,
    deferrals: u32,
) -> Result<(Found, Vec<Attachment>), StoreError> {
    let shared = &app.shared;
    let now = shared.clock.now();
    let author = judge::author(&reading.fields).ok();
    let (candidates, called) = {
        let world = shared.world();
        let found = author.as_ref().map(|author| contacts_at(&world, author)).unwrap_or_default();
        let called: Vec<_> = found.iter().map(|(organization, _)| names(organization)).collect();
        let candidate = |(organization, contact): &(&Organization, &SecurityContact)| Candidate {
            organization: organization.id,
            contact: contact.id,
            changed_lately: changed_lately(&world, organization, now),
        };
        (found.iter().map(candidate).collect::<Vec<_>>(), called)
    };
    let registered = author.as_ref().filter(|_| !candidates.is_empty()).map(|author| author.domain.as_str());
    let domains = app.registered.domains(shared, registered);
    let arrival = Arrival { intake: &shared.mail.addresses, domains: &domains, now };
    let findings = reading.find(&letter.envelope, checks, &arrival, &called);
    // Whoever proves nothing has nothing looked up.
    let is_own = findings.examined.is_authors_own() && !candidates.is_empty();
    let about = if is_own { about(shared, &reading, checks, &findings, &candidates)? } else { None };
    let attachments: Vec<Attached> = reading.view.attachments.iter().map(Attached::from).collect();
    let found = Found { findings, attachments, candidates, about, deferrals };
    Ok((found, reading.view.attachments))
}

/// Sorts a mail.
pub(super) fn sort(shared: &Shared, marks: &Marks, found: &Found) -> Result<Sorted, StoreError> {
    let now = shared.clock.now();
    let known_mail = shared.store.mail_known(marks.identifier.as_ref(), &marks.body)?;
    let world = shared.world();
    let understood = &found.findings.understood;
    let candidates: Vec<_> = found.candidates.iter().filter_map(|of| known_still(&world, *of)).collect();
    let speaks_for = speaks_for(&world, &candidates, found.about, understood.organization_name());
    let sender = speaks_for.or(candidates.first().copied());
    let contact = sender.map(|(organization, contact, changed_lately)| Contact {
        address: contact.email.to_string(),
        organization_names: names(organization),
        confirmed: matches!(contact.standing(now), ContactStanding::Confirmed(_)),
        changed_lately,
    });
    let known = Known {
        contact: contact.as_ref(),
        for_several: speaks_for.is_none() && sender.is_some(),
        seen: seen(known_mail.same),
        other_text_seen: seen(known_mail.other),
        body_seen: known_mail.body_seen,
        deferrals: found.deferrals,
    };
    let belongs = || {
        let (organization, ..) = speaks_for?;
        let open: Vec<_> = world.requests_of(organization.id).filter(|request| request.is_open()).collect();
        let told = Told {
            wish: wish(understood),
            answers: found.about,
            withdraws: understood.kind == Kind::Withdrawal,
            has_form: found.has_form(),
        };
        belongs_to(&told, &open)
    };
    let (judgement, belongs) = found.findings.conclude(&known, belongs);
    let sender = sender.map(|(organization, contact, _)| (organization.id, contact.id));
    Ok(Sorted { judgement, sender, belongs, known: known_mail })
}

/// Who of the candidates a mail is from. Somebody may be the contact of several organizations: then the request that it is
/// about says for which they speak, or the name in it.
fn speaks_for<'w>(
    world: &World,
    candidates: &[Writer<'w>],
    about: Option<ChangeRequestId>,
    named: Option<&str>,
) -> Option<Writer<'w>> {
    if let [one] = candidates {
        return Some(*one);
    }
    let about = about.and_then(|id| world.change_requests.get(&id));
    let about = about.map(|tracked| tracked.request.organization);
    if let Some(found) = candidates.iter().find(|(organization, ..)| Some(organization.id) == about) {
        return Some(*found);
    }
    let is_named = |organization: &Organization| {
        named.is_some_and(|named| names(organization).iter().any(|name| folded(name) == folded(named)))
    };
    let mut all = candidates.iter().filter(|(organization, ..)| is_named(organization));
    all.next().filter(|_| all.next().is_none()).copied()
}

/// The change request that a mail names: by answering a mail of it, or by its number where it is open. What is open goes
/// before what is over. An answer to an invitation is about that one and no other, whatever else it says.
fn about(
    shared: &Shared,
    reading: &Reading<'_>,
    checks: &Checks,
    findings: &Findings,
    candidates: &[Candidate],
) -> Result<Option<ChangeRequestId>, StoreError> {
    let answers = match &findings.understood.kind {
        Kind::Calendar(answer) => {
            let uid = answer.as_ref().ok().and_then(|answer| answer.uid.strip_suffix(UID_SUFFIX));
            return Ok(uid.and_then(|id| id.parse().ok()));
        }
        _ => answered(shared, &judge::answers(&reading.fields, checks))?,
    };
    let world = shared.world();
    let of_theirs = candidates.iter().flat_map(|of| world.requests_of(of.organization));
    let open: Vec<_> = of_theirs.filter(|request| request.is_open()).map(|request| request.id).collect();
    drop(world);
    if answers.is_some_and(|id| open.contains(&id)) {
        return Ok(answers);
    }
    let text = [reading.view.subject.as_str(), &reading.view.text].join("\n").to_ascii_uppercase();
    let mut named = open.into_iter().filter(|id| text.contains(&id.number()));
    // Of two that it names, a person says which.
    let named = named.next().filter(|_| named.next().is_none());
    Ok(named.or(answers))
}

/// The change request that mail refers to: by a mail of ours, whose identifiers hold its id, or by one that came in for
/// it.
fn answered(shared: &Shared, identifiers: &[String]) -> Result<Option<ChangeRequestId>, StoreError> {
    for id in identifiers.iter().take(ANSWERS_MAX) {
        if let Some(found) = named_in(id) {
            return Ok(Some(found));
        }
        let identifier = super::under_key(shared, "identifier", id.as_bytes());
        let mails = shared.store.mail_with(&identifier, ANSWERED_MAX)?;
        let found = mails.into_iter().filter_map(|mail| super::shown(mail).ok());
        let mut found = found.filter_map(|mail| mail.record.change_request?.parse().ok());
        if let Some(found) = found.next() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A change request's id within an identifier of ours.
fn named_in(identifier: &str) -> Option<ChangeRequestId> {
    let from = identifier.find("change_")?;
    identifier.get(from..from + "change_".len() + 32)?.parse().ok()
}

/// Who has this address on file: the local part to the letter.
fn contacts_at<'w>(world: &'w World, from: &Mailbox) -> Vec<(&'w Organization, &'w SecurityContact)> {
    let all = world.organizations.values().map(|tenant| &tenant.organization);
    let all = all.flat_map(|organization| organization.contacts.iter().map(move |c| (organization, c)));
    all.filter(|(_, contact)| from.is(contact.email.as_str())).collect()
}

fn names(organization: &Organization) -> Vec<String> {
    vec![organization.name.to_string(), organization.slug.to_string()]
}

fn seen(earlier: Earlier) -> Seen {
    match earlier {
        Earlier { proven: true, .. } => Seen::Proven,
        Earlier { unproven: true, .. } => Seen::Unproven,
        Earlier { .. } => Seen::No,
    }
}

/// A candidate who is a contact still.
fn known_still(world: &World, of: Candidate) -> Option<Writer<'_>> {
    let organization = &world.organizations.get(&of.organization)?.organization;
    let contact = organization.contacts.iter().find(|known| known.id == of.contact)?;
    Some((organization, contact, of.changed_lately))
}

fn changed_lately(world: &World, organization: &Organization, now: Timestamp) -> bool {
    let lately = |at: Timestamp| now.duration_since(at) < LATELY;
    let changed = |at: &Timestamp| lately(*at);
    let mut changes = world.contact_changes.values().map(|(change, _)| change);
    changes.any(|change| {
        let made = change.ended.filter(|(end, _)| *end == ContactChangeEnd::Made).map(|(_, at)| at);
        change.organization == organization.id && made.as_ref().is_some_and(changed)
    })
}
