//! Start: read everything, believe what the logs prove, end what a crash left open.
//!
//! Each log is read whole and its root compared with the signed head, so that from the first answer on every
//! organization's setting and contacts are the ones its log proves.

mod believed;
mod fill;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use byleave_api::entry::{Kind, Leaf, Run, commitment};
use byleave_api::payload::{
    ContactAdded, ContactCalled, ContactChangeAnnounced, ContactStepRecord, DeskKeyRecord, DoubtAnswered,
    DoubtRaised, ErasedDeskKey, Erasure, FreezeBegun, Gone, LiftApproved, PasskeyAdded, SettingRecord,
    StepRecord, kind,
};
use byleave_domain::approval::DeskKey;
use byleave_domain::change_request::{ChangeRequest, Step};
use byleave_domain::contact::{PublicKey, SecurityContact};
use byleave_domain::contact_change::ContactChange;
use byleave_domain::doubt::Doubt;
use byleave_domain::freeze::{Freeze, FreezeScope};
use byleave_domain::ids::{ChangeRequestId, DoubtId, LogId, OrganizationId, parse_hex, to_hex};
use byleave_domain::organization::Signers;
use byleave_domain::support_access::Setting;
use byleave_tlog::{Checkpoint, Hash, RightEdge, leaf_hash};
use jiff::Timestamp;

use crate::credentials::Holder;
use crate::keys::Keys;
pub(crate) use crate::load::believed::{Believed, BelievedFreeze, believe, proven_freezes};
use crate::load::fill::fill;
use crate::passkeys::Passkey;
use crate::ports::{Change, Entry, Head, Kept, Store, StoreError, StoredOrganization};
use crate::tokens::kind_of;
use crate::visits;
use crate::world::Tracked;
use crate::writer::Writer;
use crate::{Shared, StartError};

/// Of a call, leaf and payload both say whether it was with words.
const OTHER_CALL: &str = "tells of another call than its leaf";

/// Entries read at a time.
const PAGE: u64 = 4096;

pub(crate) fn load(shared: &Arc<Shared>) -> Result<(), StartError> {
    // Before the first log is opened under a name that cannot sign.
    shared.keys.signer(LogId::from_bytes([0; 16]))?;
    let mut stored = shared.store.load()?;
    let now = shared.clock.now();
    let expired: Vec<_> =
        stored.credentials.extract_if(.., |credential| credential.expires_at <= now).collect();
    let over: Vec<_> = stored.sessions.extract_if(.., |session| !session.works(now)).collect();
    // From when security contacts had some.
    let nobodys: Vec<_> = stored.tokens.extract_if(.., |token| kind_of(token.holder).is_none()).collect();
    for token in &nobodys {
        tracing::warn!(token.id = %token.id, "{} is a security contact's, who has no tokens: it is removed", token.id);
    }
    let mut proofs = BTreeMap::new();
    for organization in &stored.organizations {
        proofs.insert(organization.row.id, read_log(&*shared.store, &shared.keys, organization)?);
    }
    let expired_links: Vec<_> =
        stored.enrolments.extract_if(.., |enrolment| enrolment.expires_at <= now).collect();
    for passkey in stored.passkeys.extract_if(.., |passkey| !is_told(passkey, &proofs)) {
        let id = passkey.id;
        tracing::error!(passkey.id = %id, "{id} is stored and no log tells of it so: it is left out");
    }
    if let Some(first) = stored.messages_unreadable.first() {
        let left_out = stored.messages_unreadable.len();
        tracing::error!("{left_out} messages are left out, of which nobody will be told: {first}");
    }
    if let Some(at) = stored.copied_at {
        tracing::error!("{}", held(at));
    }
    fill(shared, stored, proofs)?;
    let policy = shared.world().policy();
    shared.set_policy(policy);
    let mut writer = Writer::inline(Arc::clone(shared));
    let expired = expired.iter().map(|credential| Change::CredentialRemoved(credential.hash));
    let over = over.iter().map(|session| Change::SessionRemoved(session.id));
    let nobodys = nobodys.iter().map(|token| Change::TokenRemoved(token.id));
    let links = expired_links.iter().map(|enrolment| Change::EnrolmentRemoved(enrolment.hash));
    writer.write(Vec::new(), |_| expired.chain(over).chain(nobodys).chain(links).collect())?;
    let left = shared.ends.recover(now);
    let open: Vec<_> = shared.world().visits.keys().copied().collect();
    for id in open {
        visits::close_lost(&mut writer, id)?;
    }
    if left > 0 {
        tracing::info!("{left} ends of requests were still waiting for their logs");
    }
    // The rest is in its log already, or its log takes nothing.
    shared.ends.forget();
    Ok(())
}

/// Why no log of a copy takes anything: another history of the same log would be signed with the same key.
pub(crate) fn held(copied_at: Timestamp) -> String {
    format!(
        "this is a copy of {}, after which the log may have gone on",
        copied_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    )
}

/// What a log proves.
#[derive(Default)]
pub(crate) struct Proof {
    edge: RightEdge,
    time_us: i64,
    epoch: u64,
    setting: Option<Setting>,
    setting_entry: Option<u64>,
    contacts: Vec<SecurityContact>,
    desk_keys: Vec<DeskKey>,
    /// Those who counted once.
    former: Signers,
    contact_changes: BTreeMap<ChangeRequestId, (ContactChange, u64)>,
    change_requests: BTreeMap<ChangeRequestId, Tracked>,
    /// Doubts, each with the place at which it was raised.
    doubts: BTreeMap<DoubtId, (Doubt, u64)>,
    /// What it tells of freezes, by the index of their beginning.
    freezes: BTreeMap<u64, LoggedFreeze>,
    /// Security contacts' passkeys, by the index of their `passkey.added`.
    passkeys: BTreeMap<u64, PasskeyAdded>,
    /// Visits without an end, by the index of their `visit.open`.
    visits: BTreeMap<u64, Requests>,
    gone: Gone,
    /// Places that `erase` entries name.
    erased: BTreeSet<u64>,
    /// Whose keys the erased payloads about desk people's keys named; read ahead with the first of these.
    erased_desk_keys: Option<BTreeMap<u64, DeskKey>>,
    /// Whether the first contact has been named, whose number is from the contract.
    named_first: bool,
    /// Announcements of changes about somebody erased, whose steps say nothing any more.
    erased_changes: BTreeSet<u64>,
    /// Tree nodes that the entries make, by tile level.
    nodes: BTreeMap<u8, Vec<Hash>>,
    broken: Option<String>,
}

/// A freeze as one log tells it.
struct LoggedFreeze {
    freeze: Freeze,
    lift: Option<u64>,
}

/// The requests of one visit.
#[derive(Default)]
struct Requests {
    all: u64,
    /// When the last of them began; the visit's row is older after a crash.
    last: Option<Timestamp>,
    /// Those without an end.
    open: BTreeSet<u64>,
}

pub(crate) fn read_log(
    store: &dyn Store,
    keys: &Keys,
    organization: &StoredOrganization,
) -> Result<Proof, StoreError> {
    let mut proof = Proof::default();
    loop {
        let page = store.entries(organization.row.id, proof.edge.size(), PAGE)?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            let index = proof.edge.size();
            if entry.index != index {
                return Ok(broken(proof, format!("entry {index} is missing")));
            }
            if entry.kept == Kept::Erased && proof.erased_desk_keys.is_none() && is_of_desk_key(&entry) {
                proof.erased_desk_keys = Some(erased_desk_keys(store, organization.row.id)?);
            }
            if let Err(why) = proof.take(organization.row.id, &entry) {
                return Ok(broken(proof, format!("entry {index} {why}")));
            }
        }
    }
    let fault = match head_fault(keys, organization, &proof.edge).or_else(|| proof.uncovered_fault()) {
        Some(why) => Some(why),
        None => node_fault(store, organization, &proof)?,
    };
    Ok(match fault {
        Some(why) => broken(proof, why),
        None => proof,
    })
}

fn is_of_desk_key(entry: &Entry) -> bool {
    Leaf::decode(&entry.leaf).is_ok_and(|leaf| leaf.kind.is_of_desk_key())
}

/// What the `erase` entries of a log say of erased payloads about desk people's keys. Whether each entry is the one that was
/// recorded is seen when its turn comes.
fn erased_desk_keys(
    store: &dyn Store,
    organization: OrganizationId,
) -> Result<BTreeMap<u64, DeskKey>, StoreError> {
    let (mut keys, mut next) = (BTreeMap::new(), 0);
    loop {
        let page = store.entries(organization, next, PAGE)?;
        let Some(last) = page.last() else { return Ok(keys) };
        next = last.index + 1;
        let is_erase = |entry: &&Entry| Leaf::decode(&entry.leaf).is_ok_and(|leaf| leaf.kind == Kind::Erase);
        let said = page.iter().filter(is_erase).filter_map(|entry| {
            let Kept::Whole { payload, .. } = &entry.kept else { return None };
            serde_json::from_slice::<Erasure>(payload).ok()
        });
        for ErasedDeskKey { entry, person, key } in said.flat_map(|erasure| erasure.desk_keys) {
            keys.extend(desk_key(&person, &key).map(|key| (entry, key)));
        }
    }
}

/// Whether a security contact's passkey is one that their organization's log tells of, byte by byte: whoever writes rows
/// makes nobody a passkey. A desk person's, with which nothing is signed, is in no log.
fn is_told(passkey: &Passkey, proofs: &BTreeMap<OrganizationId, Proof>) -> bool {
    let Holder::Contact(contact) = passkey.holder else {
        return true;
    };
    proofs.values().filter_map(|proof| proof.passkeys.get(&passkey.entry?)).any(|told| {
        told.passkey == passkey.id.to_string()
            && told.contact == contact.to_string()
            && told.credential == to_hex(&passkey.credential)
            && told.public_key == to_hex(passkey.key.as_cose())
    })
}

fn head_fault(keys: &Keys, organization: &StoredOrganization, edge: &RightEdge) -> Option<String> {
    let Some(Head { size, signature, .. }) = &organization.head else {
        return Some("the log's head is missing".into());
    };
    if *size != edge.size() {
        return Some(format!("the log's head says {size} entries, and there are {}", edge.size()));
    }
    let found =
        Checkpoint { origin: keys.origin(organization.row.log), size: edge.size(), root: edge.root() };
    (!keys.head_is_ours(&found, signature)).then(|| "the entries are not those of the signed head".into())
}

/// The stored nodes serve verifiers; they must be those that the entries make.
fn node_fault(
    store: &dyn Store,
    organization: &StoredOrganization,
    proof: &Proof,
) -> Result<Option<String>, StoreError> {
    for (level, made) in &proof.nodes {
        let stored = store.nodes(organization.row.id, *level, 0, made.len() as u64 + 1)?;
        if stored != *made {
            return Ok(Some(format!(
                "the tree's nodes of level {level} are not those that the entries make"
            )));
        }
    }
    Ok(None)
}

/// What a log that does not hold says of the desk is worth nothing.
fn broken(proof: Proof, why: String) -> Proof {
    Proof {
        broken: Some(why),
        desk_keys: Vec::new(),
        former: Signers::default(),
        change_requests: BTreeMap::new(),
        contact_changes: BTreeMap::new(),
        doubts: BTreeMap::new(),
        freezes: BTreeMap::new(),
        ..proof
    }
}

impl Proof {
    /// Whether the log is the one that was signed.
    pub fn holds(&self) -> bool {
        self.broken.is_none()
    }

    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    fn take(&mut self, organization: OrganizationId, entry: &Entry) -> Result<(), String> {
        let index = entry.index;
        for node in self.edge.push(leaf_hash(&entry.leaf)) {
            self.nodes.entry(node.level).or_default().push(node.hash);
        }
        let leaf = Leaf::decode(&entry.leaf).map_err(|why| why.to_string())?;
        let payload: &[u8] = match &entry.kept {
            Kept::Whole { salt, payload } if commitment(salt, payload) == leaf.commitment => payload,
            Kept::Whole { .. } => return Err("has a payload that is not the committed one".to_owned()),
            Kept::Unreadable => return Err("has a payload that cannot be opened".to_owned()),
            Kept::Erased if self.gone.note(index, &leaf) => {
                if leaf.kind.is_named_when_erased() {
                    return self.take_erased(index, &leaf);
                }
                &[]
            }
            Kept::Erased => return Err("has no payload, and is about nobody who could be erased".to_owned()),
        };
        self.time_us = leaf.time_us;
        self.epoch = leaf.epoch;
        match leaf.kind {
            Kind::SupportAccessDisabled | Kind::SupportAccessConfirmed | Kind::SupportAccessEnabled => {
                self.setting = Some(read_setting(payload)?);
                self.setting_entry = Some(index);
            }
            Kind::ContactAdded => {
                let added = contact(organization, &parse(payload)?, leaf.epoch, leaf.time_us);
                let added = added.ok_or("names no security contact")?;
                // Only the first one's number is from the contract.
                let from_contract = !std::mem::replace(&mut self.named_first, true);
                self.contacts.push(SecurityContact { from_contract, ..added });
            }
            Kind::ContactCalled | Kind::ContactCalledWithWords | Kind::ContactCalledWithoutWords => {
                let call = parse::<ContactCalled>(payload)?.read(index).map_err(|why| why.to_string())?;
                if ContactCalled::kind(&call) != leaf.kind {
                    return Err(OTHER_CALL.to_owned());
                }
                for contact in self.contacts.iter_mut().filter(|known| known.id == call.contact) {
                    contact.called(call);
                }
            }
            Kind::ContactChangeAnnounced => {
                let announced: ContactChangeAnnounced = parse(payload)?;
                let change = announced.read(organization).map_err(|why| why.to_string())?;
                self.contact_changes.insert(change.id, (change, index));
            }
            Kind::ContactChangeReturned
            | Kind::ContactChangeAgreed
            | Kind::ContactChangeMade
            | Kind::ContactChangeEnded => self.take_contact_step(&leaf, payload)?,
            Kind::DeskKeyAdded | Kind::DeskKeyRemoved => {
                self.take_desk_key(leaf.kind, read_desk_key(payload)?);
            }
            Kind::PasskeyAdded => drop(self.passkeys.insert(index, parse(payload)?)),
            Kind::PasskeyRemoved => {
                self.passkeys.remove(&leaf.reference.unwrap_or_default());
            }
            Kind::VisitOpen => drop(self.visits.insert(index, Requests::default())),
            Kind::AccessBegin => {
                let requests = self.visits.entry(leaf.reference.unwrap_or(0)).or_default();
                requests.all += 1;
                requests.last = Timestamp::from_microsecond(leaf.time_us).ok().max(requests.last);
                requests.open.insert(index);
            }
            Kind::VisitProgress => {
                let requests = self.visits.entry(leaf.reference.unwrap_or(0)).or_default();
                for ended in leaf.ends.iter().flat_map(Run::indices) {
                    if !requests.open.remove(&ended) {
                        return Err(format!("ends entry {ended}, which is not open"));
                    }
                }
            }
            Kind::VisitClose => drop(self.visits.remove(&leaf.reference.unwrap_or(0))),
            Kind::FreezeBegin | Kind::FreezeBeginEmployer => {
                let begun: FreezeBegun = parse(payload)?;
                let freeze = begun.read().map_err(|why| why.to_string())?;
                if (leaf.kind == Kind::FreezeBegin) != (freeze.scope == FreezeScope::Everybody) {
                    return Err("keeps out others than it says".into());
                }
                self.freezes.insert(index, LoggedFreeze { freeze, lift: None });
            }
            Kind::FreezeApproved | Kind::FreezeLift => self.take_lift(&leaf, index, payload)?,
            Kind::DoubtRaised => {
                let doubt =
                    parse::<DoubtRaised>(payload)?.read(organization).map_err(|why| why.to_string())?;
                self.doubts.insert(doubt.id, (doubt, index));
            }
            Kind::DoubtAnswered => {
                let (id, answer) = parse::<DoubtAnswered>(payload)?.read().map_err(|why| why.to_string())?;
                let (doubt, _) = self.doubts.get_mut(&id).ok_or("answers what nobody doubted")?;
                doubt.answer = Some(answer);
            }
            Kind::Erase => {
                let erasure: Erasure = parse(payload)?;
                if !self.gone.cover(&erasure) {
                    return Err("names nobody who is erased".into());
                }
                self.erased.extend(&erasure.entries);
                // What an erased change did to others is not known; that they left is said here. It takes nobody in.
                let left = |known: &SecurityContact| erasure.not_on_file.contains(&known.id.to_string());
                self.former.contacts.extend(self.contacts.extract_if(.., |known| left(known)));
            }
            Kind::LogOpen
            | Kind::AccessDenied
            | Kind::ChangeRequestSigned
            | Kind::EvidenceRead
            | Kind::EvidenceErased
            | Kind::TokenMade
            | Kind::TokenRevoked
            | Kind::MailDomainsChanged
            | Kind::NoticeAddressesChanged => {}
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
            | Kind::ChangeRequestEnded => self.take_step(organization, index, &leaf, payload)?,
        }
        Ok(())
    }

    /// Of what told of somebody who is erased, that on which others rest.
    fn take_erased(&mut self, index: u64, leaf: &Leaf) -> Result<(), String> {
        (self.time_us, self.epoch) = (leaf.time_us, leaf.epoch);
        match leaf.kind {
            Kind::ContactAdded => self.named_first = true,
            Kind::ContactChangeAnnounced => self.erased_changes.extend([index]),
            Kind::PasskeyRemoved => drop(self.passkeys.remove(&leaf.reference.unwrap_or_default())),
            Kind::DeskKeyAdded | Kind::DeskKeyRemoved => {
                let key = self.erased_desk_keys.as_ref().and_then(|keys| keys.get(&index)).copied();
                let key = key.ok_or("has no payload, and no `erase` entry says whose key it named")?;
                self.take_desk_key(leaf.kind, key);
            }
            _ => {}
        }
        Ok(())
    }

    fn take_desk_key(&mut self, kind: Kind, key: DeskKey) {
        if kind == Kind::DeskKeyAdded {
            self.desk_keys.push(key);
        } else {
            self.desk_keys.retain(|known| *known != key);
            self.former.desk_keys.push(key);
        }
    }

    fn take_lift(&mut self, leaf: &Leaf, index: u64, payload: &[u8]) -> Result<(), String> {
        let logged = leaf.reference.and_then(|begin| self.freezes.get_mut(&begin));
        let logged = logged.ok_or("is about a freeze that was never begun")?;
        if leaf.kind == Kind::FreezeApproved {
            let approved: LiftApproved = parse(payload)?;
            let (_, signed) = approved.read().map_err(|why| why.to_string())?;
            logged.freeze.approvals.push(signed);
            return Ok(());
        }
        // Whoever can write the log cannot lift a freeze: that takes two desk people's keys.
        if !logged.freeze.was_lifted(&self.desk_keys, &self.former.desk_keys) {
            return Err("lifts a freeze that two desk people have not lifted".into());
        }
        logged.lift = Some(index);
        logged.freeze.lifted_at = Timestamp::from_microsecond(leaf.time_us).ok();
        Ok(())
    }

    fn uncovered_fault(&self) -> Option<String> {
        let first = self.gone.first_uncovered()?;
        Some(format!("the payload of entry {first} is gone, and nobody erased it"))
    }

    fn take_contact_step(&mut self, leaf: &Leaf, payload: &[u8]) -> Result<(), String> {
        if leaf.reference.is_some_and(|announced| self.erased_changes.contains(&announced)) {
            return Ok(());
        }
        let record: ContactStepRecord = parse(payload)?;
        let known = record.id().ok().and_then(|id| self.contact_changes.get_mut(&id));
        let (change, _) = known.ok_or("is a step of a change that was never announced")?;
        let (step, at) = record.read(change).map_err(|why| why.to_string())?;
        // Whoever can write the log cannot make a security contact: that takes two desk people's keys.
        if leaf.kind == Kind::ContactChangeMade && !change.is_agreed(&self.desk_keys) {
            return Err("makes a security contact whom two desk people have not agreed to".into());
        }
        change.apply(&step, at);
        if leaf.kind == Kind::ContactChangeMade {
            let before = std::mem::take(&mut self.contacts);
            self.contacts = change.made(before.clone(), leaf.epoch, at);
            let gone = |known: &SecurityContact| self.contacts.iter().all(|stays| stays.id != known.id);
            self.former.contacts.extend(before.into_iter().filter(gone));
        }
        Ok(())
    }

    fn take_step(
        &mut self,
        organization: OrganizationId,
        index: u64,
        leaf: &Leaf,
        payload: &[u8],
    ) -> Result<(), String> {
        let record: StepRecord = parse(payload)?;
        let (id, step, at) = record.read(index).map_err(|why| format!("holds no step: {why}"))?;
        if matches!(step, Step::Called { .. }) && kind(&step) != leaf.kind {
            return Err(OTHER_CALL.to_owned());
        }
        if let Step::Received(received) = &step {
            let request = ChangeRequest::new(id, organization, received.clone(), at);
            self.change_requests
                .insert(id, Tracked { request, entry: index, steps: vec![(index, at, step)] });
        } else if let Some(tracked) = self.change_requests.get_mut(&id) {
            tracked.take(index, at, step);
        } else {
            return Err(format!("is a step of `{id}`, which was never received"));
        }
        Ok(())
    }
}

fn read_desk_key(payload: &[u8]) -> Result<DeskKey, String> {
    let record: DeskKeyRecord = parse(payload)?;
    desk_key(&record.person, &record.key).ok_or_else(|| "names no desk person, or no key".to_owned())
}

fn desk_key(person: &str, key: &str) -> Option<DeskKey> {
    Some(DeskKey { person: person.parse().ok()?, key: parse_hex(key).map(PublicKey)? })
}

fn parse<'a, T: serde::Deserialize<'a>>(payload: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(payload).map_err(|why| format!("has a payload that cannot be read: {why}"))
}

fn read_setting(payload: &[u8]) -> Result<Setting, String> {
    let record: SettingRecord = parse(payload)?;
    Setting::try_from(&record).map_err(|why| format!("holds no setting: {why}"))
}

/// An organization's first contact, with the number from the contract, or one from before changes of contacts waited.
fn contact(
    organization: OrganizationId,
    added: &ContactAdded,
    epoch: u64,
    time_us: i64,
) -> Option<SecurityContact> {
    Some(SecurityContact {
        id: added.contact.parse().ok()?,
        organization,
        name: added.name.parse().ok()?,
        email: added.email.parse().ok()?,
        phone: added.phone.parse().ok()?,
        key: added.key.as_deref().and_then(parse_hex).map(PublicKey),
        since_epoch: epoch,
        number_since: Timestamp::from_microsecond(time_us).ok()?,
        from_contract: true,
        calls: Vec::new(),
    })
}
