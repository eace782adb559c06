//! The grammar of a log: which entries may follow which. It needs no payload, only what every leaf shows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use byleave_api::entry::{Kind, Leaf};
use byleave_tlog::Checkpoint;
use jiff::Timestamp;

use crate::{Breach, Change, Report};

/// What the entries so far have told.
pub(crate) struct Story {
    last: Timestamp,
    epoch: u64,
    /// Index of the entry that disabled support access, while it is disabled.
    disabled_by: Option<u64>,
    /// Whether the steps that follow a disable are done.
    confirmed: bool,
    requests: HashMap<[u8; 16], u64>,
    /// Index of every `visit.open`, in order.
    visits: Vec<u64>,
    /// The visits that are not closed.
    open: BTreeMap<u64, OpenVisit>,
    change_requests: BTreeMap<u64, ChangeRequest>,
    contact_changes: BTreeMap<u64, ContactChange>,
    freezes: BTreeMap<u64, Freeze>,
    /// By the entry that tells of its making: whether a token was revoked.
    tokens: BTreeMap<u64, bool>,
    /// By the entry that raises it: whether a doubt was answered.
    doubts: BTreeMap<u64, bool>,
    /// By the entry that tells of its adding: whether a passkey was removed.
    passkeys: BTreeMap<u64, bool>,
    people: HashSet<[u8; 16]>,
    counts: Counts,
    changes: Vec<Change>,
}

struct OpenVisit {
    actor: [u8; 16],
    epoch: u64,
    /// Its requests that have not ended.
    requests: BTreeSet<u64>,
}

/// What a change request has come to, as far as leaves show it.
#[derive(Default)]
struct ChangeRequest {
    /// The contact's own signature came with it.
    signed: bool,
    reviewed: bool,
    form_sent: bool,
    findings: u64,
    matched: bool,
    called: bool,
    /// The desk people who approved.
    approvers: BTreeSet<[u8; 16]>,
    /// A change of the setting refers to it.
    used: bool,
    processed: bool,
    announced: bool,
    ended: bool,
}

/// What a change of the security contacts has come to.
#[derive(Default)]
struct ContactChange {
    /// The desk people who agreed.
    agreed: BTreeSet<[u8; 16]>,
    over: bool,
}

/// A freeze, and what has come of it.
struct Freeze {
    /// Whether it keeps everybody out; leaves do not show who works for whom.
    everybody: bool,
    /// The desk people who want it lifted.
    approvers: BTreeSet<[u8; 16]>,
    lifted: bool,
    at: Timestamp,
}

#[derive(Default)]
struct Counts {
    requests: u64,
    denied: u64,
    visits_since: u64,
    denied_since: u64,
    tokens_revoked: u64,
    calls_with_words: u64,
    calls_without_words: u64,
}

impl Story {
    pub(crate) fn new() -> Self {
        Self {
            last: Timestamp::UNIX_EPOCH,
            epoch: 0,
            disabled_by: None,
            confirmed: false,
            requests: HashMap::new(),
            visits: Vec::new(),
            open: BTreeMap::new(),
            change_requests: BTreeMap::new(),
            contact_changes: BTreeMap::new(),
            freezes: BTreeMap::new(),
            tokens: BTreeMap::new(),
            doubts: BTreeMap::new(),
            passkeys: BTreeMap::new(),
            people: HashSet::new(),
            counts: Counts::default(),
            changes: Vec::new(),
        }
    }

    /// Takes the next entry, or says why it cannot follow. After a breach the story is over.
    pub(crate) fn tell(&mut self, index: u64, leaf: &Leaf) -> Result<(), Breach> {
        check_place(index, leaf.kind)?;
        self.check_time(leaf)?;
        if let Some(earlier) = self.requests.insert(leaf.request, index) {
            return Err(Breach::RequestRepeated(earlier));
        }
        check_reference(leaf)?;
        if !leaf.ends.is_empty() && !matches!(leaf.kind, Kind::VisitProgress | Kind::VisitClose) {
            return Err(Breach::EndsUnexpected(leaf.kind));
        }
        self.check_epoch(leaf)?;
        match leaf.kind {
            Kind::ChangeRequestCalledWithWords | Kind::ContactCalledWithWords => {
                self.counts.calls_with_words += 1;
            }
            Kind::ChangeRequestCalledWithoutWords | Kind::ContactCalledWithoutWords => {
                self.counts.calls_without_words += 1;
            }
            _ => {}
        }
        self.follow(index, leaf)
    }

    fn check_time(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        let at = Timestamp::from_microsecond(leaf.time_us).map_err(|_| Breach::Time(leaf.time_us))?;
        if at < self.last {
            return Err(Breach::BackInTime);
        }
        self.last = at;
        Ok(())
    }

    fn check_epoch(&self, leaf: &Leaf) -> Result<(), Breach> {
        let (found, now) = (leaf.epoch, self.epoch);
        let wanted = match leaf.kind {
            Kind::SupportAccessDisabled | Kind::SupportAccessEnabled => now.saturating_add(1),
            // What was under way or asked for before a change may be told after it.
            Kind::VisitProgress | Kind::VisitClose | Kind::AccessDenied => found.min(now),
            _ => now,
        };
        if found == wanted { Ok(()) } else { Err(Breach::Epoch { found, wanted }) }
    }

    fn follow(&mut self, index: u64, leaf: &Leaf) -> Result<(), Breach> {
        match leaf.kind {
            Kind::LogOpen
            | Kind::ContactAdded
            | Kind::ContactCalled
            | Kind::ContactCalledWithWords
            | Kind::ContactCalledWithoutWords
            | Kind::DeskKeyAdded
            | Kind::DeskKeyRemoved
            | Kind::EvidenceErased
            | Kind::MailDomainsChanged
            | Kind::NoticeAddressesChanged
            | Kind::Erase => Ok(()),
            Kind::ContactChangeAnnounced => {
                self.contact_changes.insert(index, ContactChange::default());
                Ok(())
            }
            Kind::ContactChangeReturned
            | Kind::ContactChangeAgreed
            | Kind::ContactChangeMade
            | Kind::ContactChangeEnded => self.contact_step(leaf),
            Kind::FreezeBegin | Kind::FreezeBeginEmployer => {
                let everybody = leaf.kind == Kind::FreezeBegin;
                let (approvers, at) = (BTreeSet::new(), self.last);
                self.freezes.insert(index, Freeze { everybody, approvers, lifted: false, at });
                Ok(())
            }
            Kind::FreezeApproved | Kind::FreezeLift => self.lift(leaf),
            Kind::TokenMade => {
                self.tokens.insert(index, false);
                Ok(())
            }
            Kind::TokenRevoked => self.revoke(leaf),
            Kind::DoubtRaised => self.doubt(index, leaf),
            Kind::DoubtAnswered => self.answer(leaf),
            Kind::PasskeyAdded => {
                self.passkeys.insert(index, false);
                Ok(())
            }
            Kind::PasskeyRemoved => self.remove_passkey(leaf),
            Kind::EvidenceRead => leaf.reference.map_or(Ok(()), |_| self.change_request(leaf).map(drop)),
            Kind::VisitOpen => self.open_visit(index, leaf),
            Kind::VisitProgress => self.end_requests(leaf).map(drop),
            Kind::VisitClose => self.close_visit(leaf),
            Kind::AccessBegin => self.begin_request(index, leaf),
            Kind::AccessDenied => self.deny(leaf),
            Kind::SupportAccessDisabled => self.disable(index, leaf),
            Kind::SupportAccessConfirmed => self.confirm(leaf),
            Kind::SupportAccessEnabled => self.enable(index, leaf),
            Kind::ChangeRequestReceived => {
                self.change_requests.insert(index, ChangeRequest::default());
                Ok(())
            }
            _ => self.step(leaf),
        }
    }

    /// A step of a change request after the first.
    fn step(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        let words_said = self.counts.calls_with_words + self.counts.calls_without_words > 0;
        let (request, facts) = self.change_request(leaf)?;
        if facts.ended || (facts.processed && leaf.kind != Kind::ChangeRequestAnnounced) {
            return Err(Breach::ChangeRequestOver(request));
        }
        match leaf.kind {
            Kind::ChangeRequestSigned => facts.signed = true,
            Kind::ChangeRequestReviewed => facts.reviewed = true,
            Kind::ChangeRequestFormSent => facts.form_sent = true,
            Kind::ChangeRequestFound => facts.findings += 1,
            Kind::ChangeRequestMatched => facts.matched = true,
            // Since calls say whether with words, one that does not has confirmed nothing.
            Kind::ChangeRequestCalled => facts.called = !words_said,
            Kind::ChangeRequestCalledWithWords | Kind::ChangeRequestCalledWithoutWords => facts.called = true,
            Kind::ChangeRequestEnded => facts.ended = true,
            Kind::ChangeRequestApproved if !facts.reviewed => {
                return Err(Breach::ChangeRequestUnready { request, missing: "review" });
            }
            Kind::ChangeRequestApproved if !facts.approvers.insert(leaf.actor) => {
                return Err(Breach::ApprovedTwice(request));
            }
            Kind::ChangeRequestProcessed if !facts.used => {
                return Err(Breach::ChangeRequestUnready { request, missing: "change of the setting" });
            }
            Kind::ChangeRequestProcessed => facts.processed = true,
            Kind::ChangeRequestAnnounced if !facts.processed || facts.announced => {
                return Err(Breach::ChangeRequestOver(request));
            }
            Kind::ChangeRequestAnnounced => facts.announced = true,
            _ => {}
        }
        Ok(())
    }

    /// Who counts as security contact changes when two people at the desk have agreed, and not otherwise.
    fn contact_step(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        let index = leaf.reference.ok_or(Breach::ReferenceMissing(leaf.kind))?;
        let change = self.contact_changes.get_mut(&index).ok_or(Breach::NotAContactChange(index))?;
        if change.over {
            return Err(Breach::ContactChangeOver(index));
        }
        match leaf.kind {
            Kind::ContactChangeReturned => change.agreed.clear(),
            Kind::ContactChangeAgreed => drop(change.agreed.insert(leaf.actor)),
            Kind::ContactChangeMade if change.agreed.len() < 2 => {
                return Err(Breach::ContactChangeAgreements { change: index, found: change.agreed.len() });
            }
            _ => change.over = true,
        }
        Ok(())
    }

    /// A freeze is lifted when two people at the desk want it, and not otherwise.
    fn lift(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        let index = leaf.reference.ok_or(Breach::ReferenceMissing(leaf.kind))?;
        let freeze = self.freezes.get_mut(&index).ok_or(Breach::NotAFreeze(index))?;
        if freeze.lifted {
            return Err(Breach::FreezeOver(index));
        }
        match leaf.kind {
            Kind::FreezeApproved if !freeze.approvers.insert(leaf.actor) => {
                Err(Breach::LiftApprovedTwice(index))
            }
            Kind::FreezeApproved => Ok(()),
            _ if freeze.approvers.len() < 2 => {
                Err(Breach::LiftApprovals { freeze: index, found: freeze.approvers.len() })
            }
            _ => {
                freeze.lifted = true;
                Ok(())
            }
        }
    }

    /// A token is revoked once. One from before tokens were told of has no making to refer to.
    fn revoke(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        if let Some(made) = leaf.reference {
            let revoked = self.tokens.get_mut(&made).ok_or(Breach::NotAToken(made))?;
            if std::mem::replace(revoked, true) {
                return Err(Breach::TokenRevokedTwice(made));
            }
        }
        self.counts.tokens_revoked += 1;
        Ok(())
    }

    /// A visit may be doubted whether it is open or over.
    fn doubt(&mut self, index: u64, leaf: &Leaf) -> Result<(), Breach> {
        let visit = leaf.reference.ok_or(Breach::ReferenceMissing(leaf.kind))?;
        if self.visits.binary_search(&visit).is_err() {
            return Err(Breach::NotAVisit(visit));
        }
        self.doubts.insert(index, false);
        Ok(())
    }

    /// A doubt is answered once.
    fn answer(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        let doubt = leaf.reference.ok_or(Breach::ReferenceMissing(leaf.kind))?;
        let answered = self.doubts.get_mut(&doubt).ok_or(Breach::NotADoubt(doubt))?;
        if std::mem::replace(answered, true) { Err(Breach::AnsweredTwice(doubt)) } else { Ok(()) }
    }

    /// A passkey is removed once.
    fn remove_passkey(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        let added = leaf.reference.unwrap_or_default();
        let removed = self.passkeys.get_mut(&added).ok_or(Breach::NotAPasskey(added))?;
        if std::mem::replace(removed, true) { Err(Breach::PasskeyRemovedTwice(added)) } else { Ok(()) }
    }

    fn open_visit(&mut self, index: u64, leaf: &Leaf) -> Result<(), Breach> {
        self.expect_enabled(leaf.kind)?;
        self.visits.push(index);
        let requests = BTreeSet::new();
        self.open.insert(index, OpenVisit { actor: leaf.actor, epoch: leaf.epoch, requests });
        self.people.insert(leaf.actor);
        self.counts.visits_since += 1;
        Ok(())
    }

    fn begin_request(&mut self, index: u64, leaf: &Leaf) -> Result<(), Breach> {
        self.expect_enabled(leaf.kind)?;
        let frozen_since = self.freezes.iter().rev().find(|(_, freeze)| freeze.everybody).map(|(at, _)| *at);
        let (place, visit) = self.visit(leaf)?;
        if frozen_since.is_some_and(|at| at > place) {
            return Err(Breach::VisitOutlivedFreeze(place));
        }
        if visit.actor != leaf.actor {
            return Err(Breach::OtherActor(place));
        }
        if visit.epoch != leaf.epoch {
            return Err(Breach::VisitOutlived(place));
        }
        visit.requests.insert(index);
        self.counts.requests += 1;
        Ok(())
    }

    fn deny(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        // The visit may be closed: that is often why the attempt was refused.
        if let Some(visit) = leaf.reference
            && self.visits.binary_search(&visit).is_err()
        {
            return Err(Breach::NotAVisit(visit));
        }
        self.counts.denied += 1;
        self.counts.denied_since += 1;
        Ok(())
    }

    /// Ends the requests that the entry names, and returns the visit and those of its requests that are left.
    fn end_requests(&mut self, leaf: &Leaf) -> Result<(u64, &BTreeSet<u64>), Breach> {
        let (visit, open) = self.visit(leaf)?;
        // Each turn takes one away, so that a run of any length ends soon.
        for request in leaf.ends.iter().flat_map(|run| run.indices()) {
            if !open.requests.remove(&request) {
                return Err(Breach::NotOpen { request, visit });
            }
        }
        Ok((visit, &open.requests))
    }

    fn close_visit(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        let (visit, left) = self.end_requests(leaf)?;
        if let Some(&request) = left.first() {
            return Err(Breach::StillOpen { visit, request });
        }
        self.open.remove(&visit);
        Ok(())
    }

    /// A contact's own signature disables at once; the desk does on a request that was reviewed.
    fn disable(&mut self, index: u64, leaf: &Leaf) -> Result<(), Breach> {
        if self.disabled_by.replace(index).is_some() {
            return Err(Breach::AlreadyDisabled);
        }
        if leaf.reference.is_some() {
            let (request, facts) = self.change_request(leaf)?;
            facts.ready("review", facts.reviewed, request)?;
            facts.used = true;
        }
        self.confirmed = false;
        self.change(index, false);
        Ok(())
    }

    /// The article's steps are done: form, both findings, the form returned and matched, an approval.
    fn confirm(&mut self, leaf: &Leaf) -> Result<(), Breach> {
        if self.disabled_by.is_none() || self.confirmed {
            return Err(Breach::NothingToConfirm);
        }
        self.confirmed = true;
        let (request, facts) = self.change_request(leaf)?;
        facts.ready("form", facts.form_sent, request)?;
        facts.ready("second finding", facts.findings >= 2, request)?;
        facts.ready("returned form", facts.matched, request)?;
        facts.ready("approval", !facts.approvers.is_empty(), request)?;
        facts.used = true;
        Ok(())
    }

    /// Enabling takes the contact's signature and an approval, or a call-back and two people's approvals.
    fn enable(&mut self, index: u64, leaf: &Leaf) -> Result<(), Breach> {
        if self.disabled_by.take().is_none() {
            return Err(Breach::AlreadyEnabled);
        }
        let (request, facts) = self.change_request(leaf)?;
        if facts.used && !facts.ended {
            return Err(Breach::ChangeRequestUsed(request));
        }
        facts.ready("signature or call-back", facts.signed || facts.called, request)?;
        let wanted = if facts.signed { 1 } else { 2 };
        let found = facts.approvers.len();
        if found < wanted {
            return Err(Breach::Approvals { request, found, wanted });
        }
        facts.used = true;
        self.change(index, true);
        Ok(())
    }

    fn change(&mut self, index: u64, enabled: bool) {
        self.epoch = self.epoch.saturating_add(1);
        self.changes.push(Change { index, at: self.last, enabled });
        self.counts.visits_since = 0;
        self.counts.denied_since = 0;
    }

    fn expect_enabled(&self, kind: Kind) -> Result<(), Breach> {
        let frozen = self.freezes.iter().find(|(_, freeze)| freeze.everybody && !freeze.lifted);
        if let Some((index, _)) = frozen {
            return Err(Breach::WhileFrozen(kind, *index));
        }
        self.disabled_by.map_or(Ok(()), |index| Err(Breach::WhileDisabled(kind, index)))
    }

    /// The open visit that the entry refers to.
    fn visit(&mut self, leaf: &Leaf) -> Result<(u64, &mut OpenVisit), Breach> {
        let index = leaf.reference.ok_or(Breach::ReferenceMissing(leaf.kind))?;
        let closed = self.visits.binary_search(&index).is_ok();
        let none = if closed { Breach::VisitClosed(index) } else { Breach::NotAVisit(index) };
        self.open.get_mut(&index).map(|open| (index, open)).ok_or(none)
    }

    /// The change request that the entry refers to.
    fn change_request(&mut self, leaf: &Leaf) -> Result<(u64, &mut ChangeRequest), Breach> {
        let index = leaf.reference.ok_or(Breach::ReferenceMissing(leaf.kind))?;
        let found = self.change_requests.get_mut(&index);
        found.map(|found| (index, found)).ok_or(Breach::NotAChangeRequest(index))
    }

    pub(crate) fn into_report(self, checkpoint: Checkpoint) -> Report {
        let open_requests = self.open.values().map(|open| open.requests.len() as u64).sum();
        Report {
            checkpoint,
            visits: self.visits.len() as u64,
            people: self.people.len() as u64,
            requests: self.counts.requests,
            denied: self.counts.denied,
            open_visits: self.open.len() as u64,
            open_requests,
            changes: self.changes,
            visits_since_change: self.counts.visits_since,
            denied_since_change: self.counts.denied_since,
            frozen_since: self.freezes.values().find(|f| f.everybody && !f.lifted).map(|f| f.at),
            tokens_made: self.tokens.len() as u64,
            tokens_revoked: self.counts.tokens_revoked,
            calls_with_words: self.counts.calls_with_words,
            calls_without_words: self.counts.calls_without_words,
            replayed: None,
        }
    }
}

impl ChangeRequest {
    fn ready(&self, missing: &'static str, there: bool, request: u64) -> Result<(), Breach> {
        if self.ended || self.processed {
            return Err(Breach::ChangeRequestOver(request));
        }
        if there { Ok(()) } else { Err(Breach::ChangeRequestUnready { request, missing }) }
    }
}

/// `log.open` stands first and nowhere else.
fn check_place(index: u64, kind: Kind) -> Result<(), Breach> {
    match (index, kind) {
        (0, Kind::LogOpen) => Ok(()),
        (0, other) => Err(Breach::NotOpened(other)),
        (_, Kind::LogOpen) => Err(Breach::OpenedTwice),
        _ => Ok(()),
    }
}

/// An entry refers to another exactly when its kind does; a refusal, a disable, a reading and a token's
/// end may.
fn check_reference(leaf: &Leaf) -> Result<(), Breach> {
    let none = matches!(
        leaf.kind,
        Kind::LogOpen
            | Kind::ContactAdded
            | Kind::ContactCalled
            | Kind::ContactCalledWithWords
            | Kind::ContactCalledWithoutWords
            | Kind::ContactChangeAnnounced
            | Kind::DeskKeyAdded
            | Kind::DeskKeyRemoved
            | Kind::EvidenceErased
            | Kind::Erase
            | Kind::VisitOpen
            | Kind::ChangeRequestReceived
            | Kind::FreezeBegin
            | Kind::FreezeBeginEmployer
            | Kind::TokenMade
            | Kind::PasskeyAdded
            | Kind::MailDomainsChanged
            | Kind::NoticeAddressesChanged
    );
    let either = matches!(
        leaf.kind,
        Kind::AccessDenied | Kind::SupportAccessDisabled | Kind::EvidenceRead | Kind::TokenRevoked
    );
    match leaf.reference {
        Some(reference) if none => Err(Breach::ReferenceUnexpected(leaf.kind, reference)),
        None if !none && !either => Err(Breach::ReferenceMissing(leaf.kind)),
        _ => Ok(()),
    }
}
