//! A mail held against what is known: whose it is, whether that is proven, and which change request it belongs to. Asked
//! once to see what has to be looked into, and again by the writer, whose answer counts.

use std::collections::BTreeSet;

use byleave_domain::contact::{ContactStanding, SecurityContact};
use byleave_domain::contact_change::ContactChangeEnd;
use byleave_domain::ids::{ChangeRequestId, ContactId, OrganizationId};
use byleave_domain::intake::{Told, belongs_to};
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;
use byleave_mail::address::{Mailbox, a_labels};
use byleave_mail::checks::Checks;
use byleave_mail::fields::Fields;
use byleave_mail::interpret::{Action, Kind, Understood, interpret, weigh};
use byleave_mail::judge::{self, Contact, Judgement, Known, Seen, Warning, folded};
use byleave_mail::message::View;
use jiff::{SignedDuration, Timestamp};

use super::Letter;
use crate::Shared;
use crate::ports::{MailKnown, StoreError};
use crate::world::World;

/// How long who the contacts are counts as changed lately.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Identifiers that a mail answers which are looked up, at most.
const ANSWERS_MAX: usize = 20;

/// What a mail is, by everything that is known now.
pub(super) struct Sorted {
    pub judgement: Judgement,
    pub understood: Understood,
    pub from: Option<Mailbox>,
    pub sender: Option<(OrganizationId, ContactId)>,
    pub belongs: Option<ChangeRequestId>,
    pub known: MailKnown,
}

/// A message that has been read, and nothing about it decided.
pub(super) struct Read<'a> {
    pub letter: &'a Letter,
    pub view: &'a View,
    pub checks: &'a Checks,
    /// How often it was put off.
    pub deferrals: u32,
}

/// What a request asks for, if that is plain.
pub(super) fn wish(understood: &Understood) -> Option<Wish> {
    match understood.action {
        Action::Disable => Some(Wish::Disabled),
        Action::Enable => Some(Wish::Enabled),
        Action::Other => None,
    }
}

/// Sorts a mail. `None` when its header cannot be read.
pub(super) fn sort(shared: &Shared, read: &Read<'_>) -> Result<Option<Sorted>, StoreError> {
    let Ok((fields, sound)) = Fields::read(read.letter.bytes()) else { return Ok(None) };
    let now = shared.clock.now();
    let known_mail = shared.store.mail_known(read.letter.identifier.as_ref(), &read.letter.body)?;
    let from = judge::author(&fields).ok();
    let answered = answered(shared, &fields, read)?;
    let world = shared.world();
    let candidates = from.as_ref().map(|from| contacts_at(&world, from)).unwrap_or_default();
    let called: Vec<String> = candidates.iter().flat_map(|(organization, _)| names(organization)).collect();
    let author = from.as_ref().map(Mailbox::address);
    let understood = interpret(read.view, author.as_deref(), &called);
    let named = understood.organization_name.as_deref();
    let is_named = |organization: &Organization| {
        named.is_some_and(|named| names(organization).iter().any(|name| folded(name) == folded(named)))
    };
    // Somebody may be the contact of several organizations: then the text says for which they speak.
    let sender = candidates.iter().find(|(o, _)| is_named(o)).or(candidates.first()).copied();
    let contact = sender.map(|(organization, contact)| Contact {
        address: contact.email.to_string(),
        organization_names: names(organization),
        confirmed: matches!(contact.standing(now), ContactStanding::Confirmed(_)),
        changed_lately: changed_lately(&world, organization, now),
    });
    let domains: Vec<String> = domains(&world).into_iter().collect();
    let known = Known {
        intake: &shared.mail.addresses,
        contact: contact.as_ref(),
        domains: &domains,
        seen: match known_mail {
            MailKnown { seen: 0, .. } => Seen::No,
            MailKnown { proven: true, .. } => Seen::Proven,
            MailKnown { .. } => Seen::Unproven,
        },
        body_seen: known_mail.body_seen,
        deferrals: read.deferrals,
        now,
    };
    let mut judgement = judge::decide(&fields, &sound, &read.letter.envelope, read.checks, named, &known);
    judgement.warnings.extend(read.view.notes.iter().cloned().map(Warning::Content));
    let other =
        understood.contact.clone().filter(|named| named.contains('@') && author.as_ref() != Some(named));
    judgement.warnings.extend(other.map(Warning::OtherContact));
    let proven = sender.filter(|_| judgement.proven);
    let belongs = proven.and_then(|(organization, _)| {
        let open: Vec<_> = world.requests_of(organization.id).filter(|request| request.is_open()).collect();
        let named = open.iter().find(|request| mentions(read.view, &request.id.number()));
        let uid = match &understood.kind {
            Kind::Calendar(answer) => answer.uid.strip_suffix("@byleave").and_then(|id| id.parse().ok()),
            _ => None,
        };
        let told = Told {
            wish: wish(&understood),
            answers: uid.or(answered).or(named.map(|request| request.id)),
            withdraws: understood.kind == Kind::Withdrawal,
            has_form: read.view.attachments.iter().any(|file| file.media_type == super::FORM),
        };
        belongs_to(&told, &open)
    });
    let judgement = weigh(judgement, &understood, belongs.is_some());
    let sender = sender.map(|(organization, contact)| (organization.id, contact.id));
    Ok(Some(Sorted { judgement, understood, from, sender, belongs, known: known_mail }))
}

/// The change request that signed fields refer to: by a mail of ours, whose identifiers hold its id, or by one that
/// came in for it.
fn answered(
    shared: &Shared,
    fields: &Fields<'_>,
    read: &Read<'_>,
) -> Result<Option<ChangeRequestId>, StoreError> {
    for id in judge::answers(fields, read.checks).iter().take(ANSWERS_MAX) {
        if let Some(found) = named_in(id) {
            return Ok(Some(found));
        }
        let mails = shared.store.mail_with(&super::under_key(shared, "identifier", id.as_bytes()), 10)?;
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

fn mentions(view: &View, number: &str) -> bool {
    view.subject.contains(number) || view.text.contains(number)
}

/// Who has this address on file: the local part to the letter.
fn contacts_at<'w>(world: &'w World, from: &Mailbox) -> Vec<(&'w Organization, &'w SecurityContact)> {
    let all = world.organizations.values().map(|tenant| &tenant.organization);
    let all = all.flat_map(|organization| organization.contacts.iter().map(move |c| (organization, c)));
    // Comparing domains is dear; of one local part there are few.
    let alike = |email: &str| email.rsplit_once('@').is_some_and(|(local, _)| local == from.local);
    all.filter(|(_, c)| alike(c.email.as_str()) && from.is(c.email.as_str())).collect()
}

fn names(organization: &Organization) -> Vec<String> {
    vec![organization.name.to_string(), organization.slug.to_string()]
}

fn domains(world: &World) -> BTreeSet<String> {
    let contacts = world.organizations.values().flat_map(|tenant| &tenant.organization.contacts);
    let domains = contacts.filter_map(|contact| contact.email.as_str().rsplit_once('@'));
    let named = world.organizations.values().flat_map(|tenant| &tenant.domains).map(ToString::to_string);
    domains.filter_map(|(_, domain)| a_labels(domain)).chain(named).collect()
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
