//! What a letter is about: read from the entries that are about to be written, and from the documents that go with them.

use std::collections::BTreeMap;

use byleave_api::entry::Kind;
use byleave_api::payload::{
    ContactCalled, ContactChangeAnnounced, ContactStepRecord, DoubtAnswered, DoubtRaised, FreezeBegun,
    NoticeAddressesChanged, PasskeyAdded, PasskeyRemoved, StepRecord,
};
use byleave_domain::change_request::{CallWords, ChangeRequest, Ending, ReviewOutcome, Source, Step};
use byleave_domain::contact::SecurityContact;
use byleave_domain::contact_change::{ContactChange, ContactStep};
use byleave_domain::doubt::Doubt;
use byleave_domain::freeze::Freeze;
use byleave_domain::ids::{ChangeRequestId, ContactId, EvidenceId, OrganizationId};
use byleave_domain::letter::Cause;
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;
use byleave_domain::text::Email;
use jiff::Timestamp;

use super::Post;
use crate::Shared;
use crate::change_requests::invitation_to;
use crate::intake::{Reply, Say};
use crate::ports::Change;
use crate::world::{Tenant, World};
use crate::writer::Draft;

/// Something that letters follow from.
pub(crate) struct Event {
    pub organization: OrganizationId,
    what: What,
}

enum What {
    Steps(Box<ChangeRequest>, Vec<Step>),
    ContactChange(Box<ContactChange>, Option<ContactStep>),
    ContactCalled(Option<CallWords>),
    Setting(&'static str),
    /// By which way it was added; none where it was removed.
    Passkey {
        contact: ContactId,
        name: String,
        way: Option<String>,
    },
    Freeze(Box<Freeze>, bool),
    NoticeAddresses(NoticeAddressesChanged),
    NoticesAsked(Vec<String>),
    Month(BTreeMap<String, String>),
    Doubt(Doubt),
    Mail(Reply),
}

impl Event {
    pub fn setting(organization: OrganizationId, event: &'static str) -> Self {
        Self { organization, what: What::Setting(event) }
    }

    /// A month is over, and these are its facts.
    pub fn month(organization: OrganizationId, facts: BTreeMap<String, String>) -> Self {
        Self { organization, what: What::Month(facts) }
    }

    /// A contact's mail is not clear enough to be a request.
    pub fn mail(reply: Reply) -> Self {
        Self { organization: reply.organization, what: What::Mail(reply) }
    }

    pub fn cause(&self) -> Cause<'_> {
        match &self.what {
            What::Steps(request, steps) => Cause::Steps(request, steps),
            What::ContactChange(_, step) => Cause::ContactChange(step.as_ref()),
            What::ContactCalled(_) => Cause::ContactCalled,
            What::Setting(event) => Cause::Setting(event),
            What::NoticeAddresses(_) => Cause::NoticeAddresses { asked: false },
            What::NoticesAsked(_) => Cause::NoticeAddresses { asked: true },
            What::Month(_) => Cause::Month,
            What::Passkey { way, .. } => Cause::Passkey { removed: way.is_none() },
            What::Freeze(_, lifted) => Cause::Freeze { lifted: *lifted },
            What::Doubt(doubt) => Cause::Doubt { answered: doubt.answer.is_some() },
            What::Mail(reply) => Cause::Mail { by: reply.contact, wants_form: reply.say == Say::Form },
        }
    }

    pub fn request(&self) -> Option<ChangeRequestId> {
        match &self.what {
            What::Steps(request, _) => Some(request.id),
            _ => None,
        }
    }

    /// Whether this contact is written to for nothing but their own mail.
    pub fn is_mail_of(&self, contact: ContactId) -> bool {
        match &self.what {
            What::Mail(_) => true,
            What::Steps(_, steps) => steps.iter().all(|step| match step {
                // Whose mail it was is not known here, so it counts as everybody's: two machines come to an end.
                Step::Joined { answer, .. } => answer.is_none_or(|answer| answer.by == contact),
                _ => false,
            }),
            _ => false,
        }
    }

    /// The message that is answered where there is no request.
    pub fn answers(&self) -> Option<String> {
        let What::Mail(reply) = &self.what else { return None };
        Some(reply.in_reply_to.trim_matches(['<', '>', ' ']).to_owned())
    }

    /// The acknowledgement form, by its id.
    pub fn form(&self) -> Option<String> {
        match &self.what {
            What::Steps(request, _) => request.form.as_ref().map(|form| form.evidence.to_string()),
            _ => None,
        }
    }

    /// What somebody wrote down with it for the contact: what is missing, or why it is refused.
    fn note(&self) -> Option<EvidenceId> {
        let What::Steps(_, steps) = &self.what else { return None };
        steps.iter().find_map(|step| match step {
            Step::Reviewed { review, note } if review.outcome == ReviewOutcome::Asked => *note,
            Step::Ended { how: Ending::Refused(_), note } => *note,
            _ => None,
        })
    }
}

/// What the drafts say, in their order; the steps of one request together.
pub(crate) fn read(world: &World, drafts: &[Draft]) -> Vec<Event> {
    let mut events = Vec::new();
    for draft in drafts {
        if let Some(what) = read_one(world, draft, &mut events) {
            events.push(Event { organization: draft.organization, what });
        }
    }
    events
}

fn read_one(world: &World, draft: &Draft, before: &mut [Event]) -> Option<What> {
    match draft.kind {
        Kind::ChangeRequestReceived
        | Kind::ChangeRequestReviewed
        | Kind::ChangeRequestJoined
        | Kind::ChangeRequestFormSent
        | Kind::ChangeRequestMeetingSet
        | Kind::ChangeRequestFound
        | Kind::ChangeRequestReturned
        | Kind::ChangeRequestMatched
        | Kind::ChangeRequestCalled
        | Kind::ChangeRequestCalledWithWords
        | Kind::ChangeRequestCalledWithoutWords
        | Kind::ChangeRequestApproved
        | Kind::ChangeRequestProcessed
        | Kind::ChangeRequestAnnounced
        | Kind::ChangeRequestReminded
        | Kind::ChangeRequestEnded => step(world, draft, before),
        Kind::ContactChangeAnnounced => {
            let announced: ContactChangeAnnounced = parse(draft)?;
            Some(What::ContactChange(Box::new(announced.read(draft.organization).ok()?), None))
        }
        Kind::ContactChangeReturned
        | Kind::ContactChangeAgreed
        | Kind::ContactChangeMade
        | Kind::ContactChangeEnded => {
            let record: ContactStepRecord = parse(draft)?;
            let (change, _) = world.contact_changes.get(&record.id().ok()?)?;
            let (step, _) = record.read(change).ok()?;
            Some(What::ContactChange(Box::new(change.clone()), Some(step)))
        }
        Kind::ContactCalled | Kind::ContactCalledWithWords | Kind::ContactCalledWithoutWords => {
            Some(What::ContactCalled(parse::<ContactCalled>(draft)?.read(0).ok()?.words))
        }
        Kind::PasskeyAdded => {
            let PasskeyAdded { contact, name, way, .. } = parse(draft)?;
            Some(What::Passkey { contact: contact.parse().ok()?, name, way: Some(way) })
        }
        Kind::PasskeyRemoved => {
            let PasskeyRemoved { contact, name, .. } = parse(draft)?;
            Some(What::Passkey { contact: contact.parse().ok()?, name, way: None })
        }
        Kind::SupportAccessEnabled => Some(What::Setting("enabled")),
        Kind::SupportAccessConfirmed => Some(What::Setting("confirmed")),
        Kind::FreezeBegin | Kind::FreezeBeginEmployer | Kind::FreezeLift => {
            let begun: FreezeBegun = parse(draft)?;
            Some(What::Freeze(Box::new(begun.read().ok()?), draft.kind == Kind::FreezeLift))
        }
        Kind::NoticeAddressesChanged => parse(draft).map(What::NoticeAddresses),
        Kind::DoubtRaised => Some(What::Doubt(parse::<DoubtRaised>(draft)?.read(draft.organization).ok()?)),
        Kind::DoubtAnswered => {
            let (id, answer) = parse::<DoubtAnswered>(draft)?.read().ok()?;
            let (doubt, _) = world.doubts.get(&id)?;
            Some(What::Doubt(Doubt { answer: Some(answer), ..*doubt }))
        }
        // A disable is told of when it is put in force, which its entry follows whenever the log takes it.
        Kind::SupportAccessDisabled
        | Kind::ChangeRequestSigned
        | Kind::LogOpen
        | Kind::ContactAdded
        | Kind::VisitOpen
        | Kind::VisitProgress
        | Kind::VisitClose
        | Kind::AccessBegin
        | Kind::AccessDenied
        | Kind::DeskKeyAdded
        | Kind::DeskKeyRemoved
        | Kind::EvidenceRead
        | Kind::EvidenceErased
        | Kind::FreezeApproved
        | Kind::TokenMade
        | Kind::TokenRevoked
        | Kind::MailDomainsChanged
        | Kind::Erase => None,
    }
}

fn step(world: &World, draft: &Draft, before: &mut [Event]) -> Option<What> {
    let (id, step, at) = parse::<StepRecord>(draft)?.read(0).ok()?;
    for event in before {
        if let What::Steps(request, steps) = &mut event.what
            && request.id == id
        {
            request.apply(&step, at);
            steps.push(step);
            return None;
        }
    }
    let request = match &step {
        Step::Received(received) => ChangeRequest::new(id, draft.organization, received.clone(), at),
        step => {
            let mut request = world.change_requests.get(&id)?.request.clone();
            request.apply(step, at);
            request
        }
    };
    Some(What::Steps(Box::new(request), vec![step]))
}

fn parse<T: serde::de::DeserializeOwned>(draft: &Draft) -> Option<T> {
    let read = serde_json::from_slice(&draft.payload);
    read.inspect_err(|why| tracing::error!("nobody is written to about an entry: {why}")).ok()
}

/// Whether a call was confirmed with words, as texts ask for it.
fn with_words(words: Option<CallWords>) -> Option<String> {
    words.map(|words| if words == CallWords::Matched { "matched" } else { "without" }.to_owned())
}

/// The contacts before and after what is about to be written, each once.
pub(crate) fn on_file(organization: &Organization, changes: &[Change]) -> Vec<SecurityContact> {
    let mut all = organization.contacts.clone();
    for change in changes {
        let Change::ContactsPut { organization: whose, contacts } = change else { continue };
        if *whose == organization.id {
            let new = contacts.iter().filter(|new| organization.contacts.iter().all(|old| old.id != new.id));
            all.extend(new.cloned());
        }
    }
    all
}

/// Where the vendor asks that copies go, if it does so now.
pub(super) fn asked(change: &Change) -> Option<Event> {
    let Change::NoticesPut { organization, notices } = change else { return None };
    let asked = notices.asked.as_ref()?.iter().map(ToString::to_string).collect();
    Some(Event { organization: *organization, what: What::NoticesAsked(asked) })
}

/// The notice addresses before and after what is about to be written, each once, without those of contacts.
pub(crate) fn notices(tenant: &Tenant, contacts: &[SecurityContact], changes: &[Change]) -> Vec<Email> {
    let mut all = tenant.notices.addresses.clone();
    for change in changes {
        if let Change::NoticesPut { organization, notices } = change
            && *organization == tenant.organization.id
        {
            all.extend(notices.addresses.iter().cloned());
        }
    }
    all.retain(|address| contacts.iter().all(|contact| contact.email != *address));
    all.into_iter().collect()
}

/// What the text tells of.
pub(crate) fn facts(
    shared: &Shared,
    world: &World,
    post: &Post,
    event: &Event,
    what: &str,
    to: Option<&SecurityContact>,
    changes: &[Change],
) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut put = |name: &str, value: String| drop(facts.insert(name.to_owned(), value));
    let tenant = world.organizations.get(&event.organization);
    let organization = tenant.map(|tenant| tenant.organization.name.to_string()).unwrap_or_default();
    put("contact", to.map_or_else(|| organization.clone(), |to| to.name.to_string()));
    put("organization", organization);
    if to.is_none() {
        put("copy", "yes".to_owned());
    }
    put("vendor", shared.process.vendor.clone());
    put("portal", post.portal.clone());
    put("event", what.to_owned());
    match &event.what {
        What::Steps(request, steps) => {
            let words = steps.iter().find_map(|step| match step {
                Step::Called { call, .. } => with_words(call.words),
                _ => None,
            });
            words.into_iter().for_each(|said| put("words", said));
            put("number", request.id.number());
            put("action", action(request.received.wish).to_owned());
            if request.received.source == Source::Unauthenticated {
                put("unproven", "yes".to_owned());
            }
            if let Some(meeting) = request.meeting {
                put("meeting", shared.process.office_hours.local(meeting.start));
            }
            if let Some(note) = event.note().and_then(|id| text(changes, id)) {
                put("note", note);
            }
        }
        What::ContactChange(change, _) => {
            put("number", change.id.number());
            put("change", change.kind.to_string());
            put("person", change.particulars.name.to_string());
            put("until", shared.process.office_hours.local(change.in_force_from()));
        }
        What::Passkey { contact, name, way } => {
            let tenant = world.organizations.get(&event.organization);
            let known = tenant.and_then(|t| t.organization.contacts.iter().find(|c| c.id == *contact));
            put("person", known.map(|known| known.name.to_string()).unwrap_or_default());
            put("passkey", name.clone());
            put("way", way.clone().unwrap_or_default());
        }
        What::ContactCalled(words) => with_words(*words).into_iter().for_each(|said| put("words", said)),
        What::Setting(_) => {}
        What::NoticeAddresses(said) => {
            put("addresses", lines(&said.addresses));
            let mut contacts = tenant.iter().flat_map(|tenant| &tenant.organization.contacts);
            if let Some(by) = contacts.find(|contact| Some(contact.id.to_string()) == said.by) {
                put("by", by.name.to_string());
            }
        }
        What::NoticesAsked(addresses) => put("addresses", lines(addresses)),
        What::Month(of_month) => of_month.iter().for_each(|(name, value)| put(name, value.clone())),
        What::Mail(reply) => {
            put("subject", answered(&reply.subject));
            if let Say::Missing(missing) = &reply.say {
                put("note", lines(missing));
            }
        }
        What::Doubt(doubt) => {
            let tenant = world.organizations.get(&event.organization);
            let mut contacts = tenant.into_iter().flat_map(|tenant| &tenant.organization.contacts);
            if let Some(by) = contacts.find(|known| Some(known.id) == doubt.by) {
                put("person", by.name.to_string());
            }
            put("until", shared.process.office_hours.local(doubt.due()));
            if let Some(note) = doubt.answer.and_then(|answer| text(changes, answer.text)) {
                put("note", note);
            }
        }
        What::Freeze(freeze, _) => {
            put("reason", freeze.reason.to_string());
            put("employer", freeze.scope.employer().map(ToString::to_string).unwrap_or_default());
        }
    }
    facts
}

/// One line for each.
pub(super) fn lines(all: &[String]) -> String {
    all.iter().map(|one| format!("- {one}")).collect::<Vec<_>>().join("\n")
}

/// The subject of an answer, on one line.
fn answered(subject: &str) -> String {
    let plain: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut rest = plain.trim();
    for _ in 0..10 {
        let answers = rest.get(..3).filter(|start| ["re:", "aw:"].contains(&start.to_lowercase().as_str()));
        rest = answers.and_then(|_| rest.get(3..)).map_or(rest, str::trim);
    }
    format!("Re: {rest}")
}

const fn action(wish: Wish) -> &'static str {
    match wish {
        Wish::Disabled => "disable",
        Wish::Enabled => "enable",
    }
}

fn text(changes: &[Change], id: EvidenceId) -> Option<String> {
    changes.iter().find_map(|change| match change {
        Change::EvidencePut(row) if row.id == id => Some(String::from_utf8_lossy(&row.bytes).into_owned()),
        _ => None,
    })
}

/// The invitation to a request's meeting, that it is called off, or that it stays.
pub(crate) fn invitation(
    shared: &Shared,
    event: &Event,
    to: &SecurityContact,
    now: Timestamp,
) -> Option<String> {
    let What::Steps(request, steps) = &event.what else { return None };
    let declines = steps.iter().any(|step| matches!(step, Step::MeetingSet { declines: Some(_), .. }));
    invitation_to(&shared.process, request, to, now, declines)
}
