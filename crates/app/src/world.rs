//! What the process knows: the state in memory, written by the writer alone and read by everybody.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use byleave_domain::change_request::{ChangeRequest, Step};
use byleave_domain::contact::SecurityContact;
use byleave_domain::contact_change::ContactChange;
use byleave_domain::doubt::Doubt;
use byleave_domain::freeze::{Freeze, FreezeScope};
use byleave_domain::ids::{
    ChangeRequestId, ContactId, DeskPersonId, DoubtId, FreezeId, MessageId, OrganizationId, PasskeyId,
    SessionId, SubjectId, TokenId, ToolId, VisitId,
};
use byleave_domain::organization::Organization;
use byleave_domain::snapshot::PolicySnapshot;
use byleave_domain::subject::{DeskPerson, Subject};
use byleave_domain::text::{MailDomain, Name};
use byleave_domain::tool::Tool;
use byleave_domain::visit::VisitEnd;
use byleave_tlog::RightEdge;
use jiff::Timestamp;

use crate::caller::Caller;
use crate::credentials::{Credential, Holder};
use crate::letters::{Queue, Threads};
use crate::notice_addresses::Notices;
use crate::once;
use crate::passkeys::{Enrolment, Passkey};
use crate::ports::{MessageRow, OutboxRow, Person, VisitRow};
use crate::sessions::Session;
use crate::tokens::Token;
use crate::vendor::ProviderLink;
use crate::writer::Index;

/// Most visits that are remembered once they are over.
const VISITS_OVER_MAX: usize = 1_000;

/// Why nobody enters where a copy was put in the original's place.
pub(crate) const COPIED: &str =
    "what is here was restored from a backup, and what came after it may be missing";
/// Why nobody enters while the process ends what is open.
pub(crate) const STOPPING: &str = "the process is stopping";

/// The state in memory. Ordered maps, so that what is made from them comes out the same each time.
#[derive(Debug, Default)]
pub struct World {
    /// Why nobody enters anywhere, if so: all this is a copy whose original may have gone on, or the process is stopping.
    pub closed: Option<&'static str>,
    /// Organizations with their logs.
    pub organizations: BTreeMap<OrganizationId, Tenant>,
    /// Support people and services.
    pub subjects: BTreeMap<SubjectId, Subject>,
    /// Those of whom nothing is left but the id: they are erased.
    pub subjects_gone: BTreeSet<SubjectId>,
    /// Desk people.
    pub desk_people: BTreeMap<DeskPersonId, DeskPerson>,
    /// Those whom the configuration names, as far as it has been read.
    pub desk_configured: BTreeSet<DeskPersonId>,
    /// Whether those of the configuration are among them, with their keys: until then no log is told whose count.
    pub(crate) desk_is_read: bool,
    /// Tools.
    pub tools: BTreeMap<ToolId, Tool>,
    /// Change requests, as the logs tell them.
    pub change_requests: BTreeMap<ChangeRequestId, Tracked>,
    /// Changes of security contacts, as the logs tell them, each with the place of its announcement.
    pub contact_changes: BTreeMap<ChangeRequestId, (ContactChange, Index)>,
    /// Doubts, as the logs tell them, each with the place at which it was raised.
    pub doubts: BTreeMap<DoubtId, (Doubt, Index)>,
    /// Freezes, lifted or not.
    pub freezes: BTreeMap<FreezeId, Freeze>,
    /// Messages that are held.
    pub messages: BTreeMap<MessageId, MessageRow>,
    /// Letters that wait, by their place among all that were ever written.
    pub letters: Queue,
    /// How many letters were ever written.
    pub(crate) letters_written: u64,
    /// Which message the next answer to a request answers.
    pub(crate) threads: Threads,
    /// Open visits, and those that are being closed.
    pub visits: BTreeMap<VisitId, OpenVisit>,
    /// The visits that were over last, oldest first, so that whoever still asks under one is told what became of it.
    pub visits_over: VecDeque<VisitRow>,
    /// Sign-in links by the hash of their secret.
    pub credentials: HashMap<[u8; 32], Credential>,
    /// Requests that came with a key, within a day.
    pub(crate) answers: once::Known,
    /// Who is known by a provider's name, each by one.
    pub provider_links: Vec<ProviderLink>,
    sessions: BTreeMap<SessionId, Session>,
    /// Sessions by the hash of their secret.
    session_hashes: HashMap<[u8; 32], SessionId>,
    /// Passkeys.
    pub passkeys: BTreeMap<PasskeyId, Passkey>,
    /// Passkeys by the authenticator's id.
    passkey_credentials: HashMap<Vec<u8>, PasskeyId>,
    /// Links with which somebody registers one, by the hash of their secret.
    pub(crate) enrolments: HashMap<[u8; 32], Enrolment>,
    tokens: BTreeMap<TokenId, Token>,
    /// Tokens by the hash of their secret.
    token_hashes: HashMap<[u8; 32], TokenId>,
    /// Organizations by the secret part of their log's capability address.
    pub capabilities: HashMap<String, OrganizationId>,
    /// The organization that each contact decides for, or decided: a contact is one organization's for good.
    of_contacts: HashMap<ContactId, OrganizationId>,
}

/// A change request with its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// What the steps have made it.
    pub request: ChangeRequest,
    /// Place of its `change_request.received` in the organization's log.
    pub entry: u64,
    /// Each step with its place in the log, in order.
    pub steps: Vec<(u64, Timestamp, Step)>,
}

impl Tracked {
    /// Takes the next step; what it was called by is told its place.
    pub(crate) fn take(&mut self, entry: u64, at: Timestamp, mut step: Step) {
        if let Step::Called { call, .. } = &mut step {
            call.entry = entry;
        }
        self.request.apply(&step, at);
        self.steps.push((entry, at, step));
    }
}

/// An organization and its log.
#[derive(Debug)]
pub struct Tenant {
    /// The organization.
    pub organization: Organization,
    /// Where its mail comes from. Decides nothing.
    pub domains: BTreeSet<MailDomain>,
    /// Where copies of what its contacts are told go. Decides nothing.
    pub notices: Notices,
    /// Its log.
    pub log: Log,
    /// A disable that is in force and waits for its place in the log.
    pub waiting: Option<OutboxRow>,
    /// The freezes that its log tells of.
    pub freezes: BTreeMap<FreezeId, FreezePlaces>,
    /// Places in its log that tell of a former security contact or desk person who is erased.
    pub erased: BTreeSet<u64>,
}

/// Where a log tells of a freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreezePlaces {
    /// Place of its beginning.
    pub begin: u64,
    /// Place of its end.
    pub lift: Option<u64>,
}

/// One organization's log as far as it is kept in memory.
#[derive(Debug, Clone)]
pub struct Log {
    /// Right edge of its tree.
    pub edge: RightEdge,
    /// Epoch of its last setting entry; behind the setting while a disable waits in the outbox.
    pub epoch: u64,
    /// Place of its last setting entry.
    pub setting_entry: Option<u64>,
    /// Microseconds of its last entry; none goes back behind it.
    pub time_us: i64,
    /// Newest signed checkpoint.
    pub checkpoint: String,
    /// Why nothing can be added to it, if so.
    pub broken: Option<String>,
}

/// A visit that is open, or being closed.
#[derive(Debug, Clone)]
pub struct OpenVisit {
    /// As stored.
    pub row: VisitRow,
    /// Its recorded requests that have no end yet, by index of their `access.begin`.
    pub begins_open: BTreeSet<u64>,
    /// The tokens that it was entered with. A restart ends every visit, so nothing of this is stored.
    pub tokens: BTreeSet<TokenId>,
    /// The sessions that it was entered from. A restart ends every visit, so nothing of this is stored.
    pub sessions: BTreeSet<SessionId>,
}

impl World {
    /// Who a holder is now, if they are still there.
    #[must_use]
    pub fn holder(&self, holder: Holder) -> Option<Caller> {
        match holder {
            Holder::Admin => Some(Caller::Admin),
            Holder::DeskPerson(id) => self.desk_people.contains_key(&id).then_some(Caller::DeskPerson(id)),
            Holder::Subject(id) => self.subjects.contains_key(&id).then_some(Caller::Subject(id)),
            Holder::Organization(id) => {
                self.organizations.contains_key(&id).then_some(Caller::Organization(id))
            }
            Holder::Contact(id) => {
                self.organization_of(id).map(|tenant| Caller::Contact(id, tenant.organization.id))
            }
        }
    }

    /// Every session that is kept.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// The session with this id.
    #[must_use]
    pub fn session_by_id(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// The session whose secret has this hash.
    #[must_use]
    pub fn session(&self, hash: &[u8; 32]) -> Option<&Session> {
        self.sessions.get(self.session_hashes.get(hash)?)
    }

    /// Puts one that is new, was seen, or has another secret: what it had before opens nothing any more.
    pub(crate) fn put_session(&mut self, session: Session) {
        self.remove_session(session.id);
        self.session_hashes.insert(session.hash, session.id);
        self.sessions.insert(session.id, session);
    }

    pub(crate) fn remove_session(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.remove(&id) {
            self.session_hashes.remove(&session.hash);
        }
    }

    /// Every token that is kept.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.values()
    }

    /// A holder's tokens, those that no longer work included.
    pub fn tokens_of(&self, holder: Holder) -> impl Iterator<Item = &Token> {
        self.tokens.values().filter(move |token| token.holder == holder)
    }

    /// The token with this id.
    #[must_use]
    pub fn token_by_id(&self, id: TokenId) -> Option<&Token> {
        self.tokens.get(&id)
    }

    /// The token whose secret has this hash.
    #[must_use]
    pub fn token(&self, hash: &[u8; 32]) -> Option<&Token> {
        self.tokens.get(self.token_hashes.get(hash)?)
    }

    pub(crate) fn put_token(&mut self, token: Token) {
        self.token_hashes.insert(token.hash, token.id);
        self.tokens.insert(token.id, token);
    }

    pub(crate) fn remove_token(&mut self, id: TokenId) {
        if let Some(token) = self.tokens.remove(&id) {
            self.token_hashes.remove(&token.hash);
        }
    }

    /// Why a visit cannot go on, if so: every token and session that it was entered with has to work still.
    pub(crate) fn left_by(&self, open: &OpenVisit, now: Timestamp) -> Option<VisitEnd> {
        let works = |id| self.tokens.get(id).is_some_and(|token| token.works(now));
        if !open.tokens.iter().all(works) {
            return Some(VisitEnd::TokenEnded);
        }
        let works = |id| self.sessions.get(id).is_some_and(|session| session.works(now));
        (!open.sessions.iter().all(works)).then_some(VisitEnd::SessionEnded)
    }

    /// A holder's passkeys.
    pub fn passkeys_of(&self, holder: Holder) -> impl Iterator<Item = &Passkey> {
        self.passkeys.values().filter(move |passkey| passkey.holder == holder)
    }

    /// The passkey that the authenticator calls so.
    #[must_use]
    pub fn passkey_by_credential(&self, credential: &[u8]) -> Option<&Passkey> {
        self.passkeys.get(self.passkey_credentials.get(credential)?)
    }

    pub(crate) fn put_passkey(&mut self, passkey: Passkey) {
        self.passkey_credentials.insert(passkey.credential.clone(), passkey.id);
        self.passkeys.insert(passkey.id, passkey);
    }

    pub(crate) fn remove_passkey(&mut self, id: PasskeyId) {
        if let Some(passkey) = self.passkeys.remove(&id) {
            self.passkey_credentials.remove(&passkey.credential);
        }
    }

    /// What enforcement points decide from.
    #[must_use]
    pub fn policy(&self) -> PolicySnapshot {
        let organizations: HashMap<_, _> =
            self.organizations.iter().map(|(id, tenant)| (*id, tenant.organization.policy())).collect();
        PolicySnapshot {
            closed: self.closed,
            freezes: self.freezes.values().filter(|freeze| freeze.is_in_force()).cloned().collect(),
            organization_slugs: organizations.iter().map(|(id, policy)| (policy.slug.clone(), *id)).collect(),
            organizations,
            subjects: self.subjects.iter().map(|(id, subject)| (*id, subject.clone())).collect(),
            tool_slugs: self.tools.iter().map(|(id, tool)| (tool.slug.clone(), *id)).collect(),
            tools: self.tools.iter().map(|(id, tool)| (*id, tool.clone())).collect(),
        }
    }

    /// The freeze that keeps this subject out, if one does.
    #[must_use]
    pub fn frozen(&self, subject: SubjectId) -> Option<&Freeze> {
        let employer = self.employer(subject);
        let mut in_force = self.freezes.values().filter(|freeze| freeze.is_in_force());
        in_force.find(|freeze| freeze.scope.covers(employer))
    }

    fn employer(&self, subject: SubjectId) -> Option<&Name> {
        self.subjects.get(&subject).map(|subject| &subject.employer)
    }

    /// Open visits of those whom `scope` keeps out.
    pub(crate) fn visits_of(&self, scope: &FreezeScope) -> Vec<VisitId> {
        let of = |open: &&OpenVisit| scope.covers(self.employer(open.row.visit.subject));
        self.visits.values().filter(of).map(|open| open.row.visit.id).collect()
    }

    /// An organization by id or slug.
    #[must_use]
    pub fn organization(&self, id_or_slug: &str) -> Option<&Tenant> {
        match id_or_slug.parse::<OrganizationId>() {
            Ok(id) => self.organizations.get(&id),
            Err(_) => self.organizations.values().find(|t| t.organization.slug.as_str() == id_or_slug),
        }
    }

    /// The organization that a security contact decides for.
    #[must_use]
    pub fn organization_of(&self, contact: ContactId) -> Option<&Tenant> {
        let tenant = self.organizations.get(self.of_contacts.get(&contact)?)?;
        // Who has left is in the index still.
        tenant.organization.contacts.iter().any(|known| known.id == contact).then_some(tenant)
    }

    /// An organization with its log.
    pub(crate) fn add(&mut self, tenant: Tenant) {
        let id = tenant.organization.id;
        self.of_contacts.extend(tenant.organization.contacts.iter().map(|known| (known.id, id)));
        self.organizations.insert(id, tenant);
    }

    /// Who decides for an organization from now on.
    pub(crate) fn set_contacts(&mut self, id: OrganizationId, contacts: Vec<SecurityContact>) {
        self.of_contacts.extend(contacts.iter().map(|known| (known.id, id)));
        if let Some(tenant) = self.organizations.get_mut(&id) {
            tenant.organization.set_contacts(contacts);
        }
    }

    /// A change request, and the others of its organization.
    #[must_use]
    pub fn change_request(&self, id: ChangeRequestId) -> Option<(&Tracked, Vec<&ChangeRequest>)> {
        let found = self.change_requests.get(&id)?;
        Some((found, self.requests_of(found.request.organization).filter(|other| other.id != id).collect()))
    }

    /// The change requests of an organization.
    pub fn requests_of(&self, organization: OrganizationId) -> impl Iterator<Item = &ChangeRequest> {
        let all = self.change_requests.values().map(|tracked| &tracked.request);
        all.filter(move |request| request.organization == organization)
    }

    /// Whether this is a person of whom nothing is left.
    #[must_use]
    pub fn is_gone(&self, person: Option<Person>) -> bool {
        matches!(person, Some(Person::Subject(id)) if self.subjects_gone.contains(&id))
    }

    /// A visit that is open, or was over not long ago.
    #[must_use]
    pub fn visit(&self, id: VisitId) -> Option<&VisitRow> {
        let open = self.visits.get(&id).map(|open| &open.row);
        open.or_else(|| self.visits_over.iter().rev().find(|row| row.visit.id == id))
    }

    /// A visit's last entry is written.
    pub(crate) fn visit_over(&mut self, id: VisitId) {
        let Some(open) = self.visits.remove(&id) else { return };
        self.visits_over.push_back(open.row);
        if self.visits_over.len() > VISITS_OVER_MAX {
            self.visits_over.pop_front();
        }
    }

    /// The organization's visits that are open, oldest first.
    pub fn visits_open(&self, organization: OrganizationId) -> impl Iterator<Item = &OpenVisit> {
        self.visits
            .values()
            .filter(move |open| open.row.visit.organization == organization && open.row.visit.ended.is_none())
    }
}
