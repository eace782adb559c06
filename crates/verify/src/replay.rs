//! Takes every recorded decision again, from what was in force where it stands: the setting and the visit as the log's own
//! entries tell them, the rest as recorded with the decision. It asks the same function that decided at the time.
//!
//! A permit must rest on the setting in force. A refusal may rest on one that was over, or was yet to be told, a moment
//! before or after: a disable is in force before it has its place in the log. It is then held against that setting.

use std::collections::BTreeMap;

use byleave_api::entry::{Kind, Leaf};
use byleave_api::payload::{
    AccessBegin, AccessDenied, ClaimedRecord, ContactCalled, FACTS_VERSION, FactsRecord, FreezeBegun,
    SettingRecord, StepRecord, VisitEnds, VisitOpen, Who, kind, visit_end,
};
use byleave_domain::change_request::{Call, CallWords, Step, WithoutWords};
use byleave_domain::decision::Decision;
use byleave_domain::facts::{Claimed, Facts, Frozen};
use byleave_domain::freeze::FreezeScope;
use byleave_domain::snapshot::Standing;
use byleave_domain::support_access::{Setting, SupportAccess};
use byleave_domain::text::Name;
use byleave_domain::visit::VisitEnd;
use jiff::{SignedDuration, Timestamp};

use crate::Fault;
use crate::fault::Unfollowed;
use crate::report::Replayed;

/// How far a decision and its entry, or the entry that it rests on, may be apart. It takes two seconds at most to record
/// one; clocks are set, too.
const APART_MAX: SignedDuration = SignedDuration::from_secs(60);

/// How long a freeze may be in force before a log tells of it, and after it has told its end: logs are told one after the
/// other, and it holds until each has told the end.
const FREEZE_APART_MAX: SignedDuration = SignedDuration::from_mins(10);

/// How long a decision may wait for its entry: seconds, and as much as clocks are set forward in between.
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(10);

const UNKNOWN_VISIT: &str = "is under a visit of which nothing is known";
const OTHER_END: &str = "tells of another end of its visit than the log";

const NOT_WHOSE_STOP: &str =
    "says who stopped the visit where nobody did, or does not say who of the organization did";

/// Decisions that are named; of further ones only the number is.
const NAMED_MAX: usize = 100;

/// What the log has told so far, as far as decisions rest on it.
pub(crate) struct Replay {
    /// By epoch: what held from which entry's time on.
    settings: BTreeMap<u64, (SupportAccess, Timestamp)>,
    epoch: u64,
    /// By the entry that opened it; none where that was erased.
    visits: BTreeMap<u64, Option<Visit>>,
    /// By the entry that tells of its beginning.
    freezes: BTreeMap<u64, Told>,
    /// Who is behind a pseudonym and whose people they are, where an entry says so. Neither ever changes.
    people: BTreeMap<[u8; 16], (String, String)>,
    /// Refusals that rest on a setting whose entry is yet to come.
    ahead: Vec<Refusal>,
    /// Refusals under a visit whose end is yet to be told.
    unended: Vec<Unended>,
    /// The time of the entry that was told last.
    last: Timestamp,
    /// Whether that is later than the entry before it. Where it is not, a clock was set back, and its time is that one's.
    moved_on: bool,
    /// Whether any decision so far says what it looked at. From then on every permit does.
    facts_seen: bool,
    replayed: Replayed,
    named: Vec<Unfollowed>,
    more: u64,
}

/// A freeze as the log tells of it.
struct Told {
    scope: FreezeScope,
    /// When its end was told.
    lifted: Option<Timestamp>,
}

struct Visit {
    id: String,
    tool: String,
    employer: String,
    epoch: u64,
    opened_at: Timestamp,
    /// When its last recorded request was decided.
    used_at: Timestamp,
    ended: Option<VisitEnd>,
}

/// A refusal, and what it rests on.
struct Refusal {
    index: u64,
    at: Timestamp,
    record: FactsRecord,
    claimed: Claimed,
    /// The word for why.
    code: String,
    /// The entry of the visit that it was asked under.
    opened: Option<u64>,
    employer: String,
}

/// A refusal that tells of a visit's end before the log does.
struct Unended {
    index: u64,
    at: Timestamp,
    opened: u64,
    end: VisitEnd,
}

/// What was recorded of a decision.
enum Recorded {
    Permit,
    /// With the word for why.
    Deny(String),
}

impl Replay {
    pub fn new() -> Self {
        Self {
            settings: BTreeMap::from([(0, (SupportAccess::Enabled, Timestamp::UNIX_EPOCH))]),
            epoch: 0,
            visits: BTreeMap::new(),
            freezes: BTreeMap::new(),
            people: BTreeMap::new(),
            ahead: Vec::new(),
            unended: Vec::new(),
            last: Timestamp::UNIX_EPOCH,
            moved_on: false,
            facts_seen: false,
            replayed: Replayed::default(),
            named: Vec::new(),
            more: 0,
        }
    }

    /// An entry without a payload: there is nothing to take again.
    pub fn erased(&mut self, index: u64, leaf: &Leaf) {
        if leaf.kind == Kind::VisitOpen {
            self.visits.insert(index, None);
        }
    }

    /// Takes the next entry. Fails where its payload is not of its kind.
    pub fn take(&mut self, index: u64, leaf: &Leaf, payload: &[u8]) -> Result<(), String> {
        let before = self.last;
        self.last = Timestamp::from_microsecond(leaf.time_us).unwrap_or(before);
        self.moved_on = self.last > before;
        match leaf.kind {
            Kind::SupportAccessDisabled | Kind::SupportAccessEnabled | Kind::SupportAccessConfirmed => {
                self.setting(index, leaf, &parse(payload)?)
            }
            Kind::VisitOpen => self.open(index, leaf, parse(payload)?),
            Kind::AccessBegin => self.begin(index, leaf, &parse(payload)?),
            Kind::AccessDenied => self.denied(index, leaf, parse(payload)?),
            Kind::VisitClose => self.close(index, leaf, &parse(payload)?),
            Kind::FreezeBegin | Kind::FreezeBeginEmployer => self.freeze(index, &parse(payload)?),
            Kind::FreezeLift => {
                let told = leaf.reference.and_then(|begun| self.freezes.get_mut(&begun));
                told.into_iter().for_each(|told| told.lifted = Some(self.last));
                Ok(())
            }
            Kind::ChangeRequestCalled
            | Kind::ChangeRequestCalledWithWords
            | Kind::ChangeRequestCalledWithoutWords => {
                let (_, step, _) =
                    parse::<StepRecord>(payload)?.read(index).map_err(|why| why.to_string())?;
                let call = match &step {
                    Step::Called { call, .. } => Some(*call),
                    _ => None,
                };
                self.called(index, leaf, kind(&step), call);
                Ok(())
            }
            Kind::ContactCalled | Kind::ContactCalledWithWords | Kind::ContactCalledWithoutWords => {
                let record: ContactCalled = parse(payload)?;
                let call = record.read(index).map_err(|why| why.to_string())?;
                self.called(index, leaf, ContactCalled::kind(&call), Some(call));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The leaf says whether a call was with words, and the payload says why not.
    fn called(&mut self, index: u64, leaf: &Leaf, told: Kind, call: Option<Call>) {
        if told != leaf.kind {
            self.name(index, "tells of another call than its leaf".to_owned());
        }
        if let Some(CallWords::Without(why)) = call.and_then(|call| call.words) {
            let counts = WithoutWords::ALL.into_iter().zip(&mut self.replayed.without_words);
            counts.filter(|(known, _)| *known == why).for_each(|(_, count)| *count += 1);
        }
    }

    fn setting(&mut self, index: u64, leaf: &Leaf, record: &SettingRecord) -> Result<(), String> {
        let setting = Setting::try_from(record).map_err(|why| why.to_string())?;
        let disabled = matches!(setting.access, SupportAccess::Disabled { .. });
        if setting.epoch != leaf.epoch || disabled == (leaf.kind == Kind::SupportAccessEnabled) {
            self.name(index, "holds another setting than its leaf tells".to_owned());
        }
        self.settings.insert(leaf.epoch, (setting.access, self.last));
        self.epoch = leaf.epoch;
        self.catch_up();
        Ok(())
    }

    fn freeze(&mut self, index: u64, begun: &FreezeBegun) -> Result<(), String> {
        let freeze = begun.read().map_err(|why| why.to_string())?;
        self.freezes.insert(index, Told { scope: freeze.scope, lifted: None });
        self.catch_up();
        Ok(())
    }

    /// Takes the refusals again that rest on what has been told by now.
    fn catch_up(&mut self) {
        let all = std::mem::take(&mut self.ahead);
        let is_told = |refusal: &Refusal| {
            let lately = self.last.duration_since(refusal.at) <= FREEZE_APART_MAX;
            let frozen = || lately && self.frozen(&refusal.employer, true).is_some();
            refusal.record.epoch <= self.epoch && (!refusal.record.frozen || frozen())
        };
        let (told, ahead): (Vec<_>, Vec<_>) = all.into_iter().partition(is_told);
        self.ahead = ahead;
        told.into_iter().for_each(|refusal| self.refused(refusal));
    }

    /// The freeze that keeps this employer's people out. A refusal may also rest on one whose end was told a moment ago:
    /// it holds until every log has told its end.
    fn frozen(&self, employer: &str, refusal: bool) -> Option<Frozen> {
        let employer: Option<Name> = employer.parse().ok();
        let lately = |at: Timestamp| refusal && self.last.duration_since(at) <= FREEZE_APART_MAX;
        let mut held = self.freezes.values().filter(|told| told.lifted.is_none_or(lately));
        let covering = held.find(|told| told.scope.covers(employer.as_ref()))?;
        Some(Frozen { since: self.last, employer: covering.scope.employer().cloned() })
    }

    fn open(&mut self, index: u64, leaf: &Leaf, opened: VisitOpen) -> Result<(), String> {
        self.person(index, leaf, &opened.person);
        let at = opened.facts.as_ref().and_then(FactsRecord::at).unwrap_or(self.last);
        let (id, tool, epoch, employer) = (opened.visit, opened.tool, leaf.epoch, opened.person.employer);
        let frozen = self.frozen(&employer, false);
        let visit = Visit { id, tool, employer, epoch, opened_at: at, used_at: at, ended: None };
        self.visits.insert(index, Some(visit));
        let Some(record) = self.known(index, leaf, opened.facts)? else { return Ok(()) };
        let claimed = Claimed::Opens { reason: opened.reason.is_some(), case: opened.case.is_some() };
        self.permitted(index, leaf, &record, claimed, frozen);
        Ok(())
    }

    fn begin(&mut self, index: u64, leaf: &Leaf, began: &AccessBegin) -> Result<(), String> {
        let Some(record) = self.known(index, leaf, began.facts.clone())? else { return Ok(()) };
        let visit = leaf.reference.and_then(|opened| self.visits.get_mut(&opened)?.as_mut());
        let claimed = match visit {
            Some(visit) if visit.id != began.visit => Err("names another visit than it refers to".to_owned()),
            Some(visit) if began.epoch == leaf.epoch => {
                let claimed = claimed(&record, Some(visit));
                // The last one told, not the latest: clocks are set back, too.
                visit.used_at = record.at().unwrap_or(visit.used_at);
                claimed
            }
            Some(_) => Err(format!("rests on epoch {}, and carries {}", began.epoch, leaf.epoch)),
            None => Err(UNKNOWN_VISIT.to_owned()),
        };
        let visit = leaf.reference.and_then(|opened| self.visits.get(&opened)?.as_ref());
        let frozen = visit.and_then(|visit| self.frozen(&visit.employer, false));
        let outlived = visit.zip(leaf.reference).is_some_and(|(visit, opened)| {
            let employer: Option<Name> = visit.employer.parse().ok();
            self.freezes.range(opened..).any(|(_, told)| told.scope.covers(employer.as_ref()))
        });
        match claimed {
            Ok(_) if outlived => {
                self.name(index, "is under a visit from before its visitor was kept out".to_owned());
            }
            Ok(Claimed::Opens { .. }) => self.name(index, "is a request that is under no visit".to_owned()),
            Ok(claimed) => self.permitted(index, leaf, &record, claimed, frozen),
            Err(why) => self.name(index, why),
        }
        Ok(())
    }

    fn denied(&mut self, index: u64, leaf: &Leaf, denied: AccessDenied) -> Result<(), String> {
        self.person(index, leaf, &denied.person);
        let Some(record) = self.known(index, leaf, denied.facts)? else { return Ok(()) };
        let visit = leaf.reference.and_then(|opened| self.visits.get(&opened)?.as_ref());
        let other_tool = visit.is_some_and(|visit| visit.tool != denied.tool);
        let claimed = match claimed(&record, visit) {
            Ok(Claimed::Under { .. }) if other_tool => Claimed::Elsewhere,
            Ok(claimed) => claimed,
            Err(why) => {
                self.name(index, why);
                return Ok(());
            }
        };
        let (epoch, now) = (record.epoch, self.epoch);
        let held = record.closed || epoch == now || (epoch < now && self.was_over_lately(epoch));
        let (at, code, opened, employer) = (self.last, denied.reason, leaf.reference, denied.person.employer);
        let frozen_ahead = record.frozen && self.frozen(&employer, true).is_none();
        let refusal = Refusal { index, at, record, claimed, code, opened, employer };
        if frozen_ahead {
            self.ahead.push(refusal);
        } else if held {
            self.refused(refusal);
        } else if Some(epoch) == now.checked_add(1) {
            self.ahead.push(refusal);
        } else {
            self.name(index, format!("rests on epoch {epoch} of the setting, and {now} was in force"));
        }
        Ok(())
    }

    /// A refusal because a visit had ended is only as good as the end that the log tells of it.
    fn refused(&mut self, refusal: Refusal) {
        let Refusal { index, at, record, claimed, code, opened, employer } = refusal;
        if let (Claimed::Under { ended: Some(end), .. }, Some(opened)) = (claimed, opened) {
            match self.visits.get(&opened).and_then(|visit| visit.as_ref()?.ended) {
                Some(told) if !tells(end, told) => return self.name(index, OTHER_END.to_owned()),
                Some(_) => {}
                None => self.unended.push(Unended { index, at, opened, end }),
            }
        }
        // A refusal does not have to rest on a freeze that was told while it was on its way.
        let frozen = self.frozen(&employer, true).filter(|_| record.frozen);
        let facts = self.facts(&record, claimed, frozen);
        self.decide(index, &facts, Recorded::Deny(code));
    }

    fn close(&mut self, index: u64, leaf: &Leaf, ends: &VisitEnds) -> Result<(), String> {
        let Some(opened) = leaf.reference else { return Ok(()) };
        let end = ends.end.as_deref().and_then(visit_end).ok_or("it does not say why the visit is over")?;
        if let Some(Some(visit)) = self.visits.get_mut(&opened) {
            if visit.id != ends.visit {
                self.name(index, "names another visit than it refers to".to_owned());
                return Ok(());
            }
            visit.ended = Some(end);
        }
        if ends.by.is_some() != (end == VisitEnd::StoppedByOrganization) {
            self.name(index, NOT_WHOSE_STOP.to_owned());
        }
        let (here, rest) =
            std::mem::take(&mut self.unended).into_iter().partition(|refusal| refusal.opened == opened);
        self.unended = rest;
        let here: Vec<Unended> = here;
        for refusal in here.into_iter().filter(|refusal| !tells(refusal.end, end)) {
            self.name(refusal.index, OTHER_END.to_owned());
        }
        Ok(())
    }

    /// The facts of a decision that says what it looked at. A refusal that something overtook says nothing; a permit is
    /// without facts only in the part of a log that is from before there were any.
    fn known(
        &mut self,
        index: u64,
        leaf: &Leaf,
        record: Option<FactsRecord>,
    ) -> Result<Option<FactsRecord>, String> {
        match record {
            None if self.facts_seen && leaf.kind != Kind::AccessDenied => {
                self.name(index, "was let through, and does not say what that rests on".to_owned());
                Ok(None)
            }
            None => {
                self.replayed.without_facts += 1;
                Ok(None)
            }
            Some(record) if record.v == FACTS_VERSION => {
                self.facts_seen = true;
                let misplaced = self.misplaced(record.at());
                Ok(match misplaced {
                    Some(why) => {
                        self.name(index, why.to_owned());
                        None
                    }
                    None => Some(record),
                })
            }
            Some(record) => Err(format!("its facts are of the unknown version {}", record.v)),
        }
    }

    /// What is wrong with when the decision of the entry that is being told was taken.
    fn misplaced(&self, at: Option<Timestamp>) -> Option<&'static str> {
        let waited = at.map(|at| self.last.duration_since(at));
        match waited {
            Some(waited) if waited > WAIT_MAX && self.moved_on => {
                Some("was decided long before it was recorded")
            }
            Some(waited) if waited >= -APART_MAX => None,
            _ => Some("was decided after it was recorded"),
        }
    }

    fn permitted(
        &mut self,
        index: u64,
        leaf: &Leaf,
        record: &FactsRecord,
        claimed: Claimed,
        frozen: Option<Frozen>,
    ) {
        if record.epoch != self.epoch || leaf.epoch != self.epoch {
            let why =
                format!("rests on epoch {} of the setting, and {} was in force", record.epoch, self.epoch);
            self.name(index, why);
        } else {
            let facts = self.facts(record, claimed, frozen);
            self.decide(index, &facts, Recorded::Permit);
        }
    }

    /// What was in force: of the setting and the visit what the log tells, of the rest what was recorded.
    fn facts(&self, record: &FactsRecord, visit: Claimed, frozen: Option<Frozen>) -> Facts {
        // One that the calendar does not have was named as misplaced.
        let at = record.at().unwrap_or(self.last);
        let told = self.settings.get(&record.epoch).map(|(access, _)| Standing::Proven(access.clone()));
        let standing = if record.closed { Some(Standing::Closed { since: at }) } else { told };
        let setting = standing.map(|standing| (record.epoch, standing));
        let (known, tool) = (record.known, record.declared());
        Facts { at, closed: None, frozen, known, setting, tool, visit }
    }

    /// Whether the setting of an epoch gave way to the next one a moment ago.
    fn was_over_lately(&self, epoch: u64) -> bool {
        let over = epoch.checked_add(1).and_then(|next| self.settings.get(&next));
        over.is_some_and(|(_, since)| self.last.duration_since(*since) <= APART_MAX)
    }

    fn decide(&mut self, index: u64, facts: &Facts, recorded: Recorded) {
        let why = match (recorded, facts.decide()) {
            (_, Err(why)) => Some(format!("cannot be decided: {why}")),
            (Recorded::Permit, Ok(Decision::Permit { .. })) => None,
            (Recorded::Deny(code), Ok(Decision::Deny(reason))) if reason.code() == code => None,
            (Recorded::Permit, Ok(Decision::Deny(reason))) => {
                Some(format!("was let through, and should have been refused: `{}`", reason.code()))
            }
            (Recorded::Deny(code), Ok(Decision::Permit { .. })) => {
                Some(format!("was refused (`{code}`), and should have been let through"))
            }
            (Recorded::Deny(code), Ok(Decision::Deny(reason))) => {
                Some(format!("was refused as `{code}`, and should have been as `{}`", reason.code()))
            }
        };
        match why {
            None => self.replayed.followed += 1,
            Some(why) => self.name(index, why),
        }
    }

    fn person(&mut self, index: u64, leaf: &Leaf, who: &Who) {
        let said = (who.id.clone(), who.employer.clone());
        let known = self.people.entry(leaf.actor).or_insert_with(|| said.clone());
        if known.0 != said.0 {
            self.name(index, "names another person than its pseudonym's".to_owned());
        } else if known.1 != said.1 {
            self.name(index, "names another employer of the same person".to_owned());
        }
    }

    fn name(&mut self, index: u64, why: String) {
        if self.named.len() < NAMED_MAX {
            self.named.push(Unfollowed { index, why });
        } else {
            self.more += 1;
        }
    }

    /// The log is told. What rests on something that should have been told by now does not follow.
    pub fn finish(mut self) -> Result<Replayed, Fault> {
        let (last, mut late) = (self.last, Vec::new());
        let ahead = self.ahead.iter().map(|refusal| {
            let within = if refusal.record.frozen { FREEZE_APART_MAX } else { APART_MAX };
            (refusal.index, refusal.at, within, "rests on a setting or freeze never told")
        });
        let unended = self.unended.iter();
        let unended =
            unended.map(|refusal| (refusal.index, refusal.at, APART_MAX, "tells of an end never told"));
        for (index, at, within, why) in ahead.chain(unended) {
            if last.duration_since(at) > within {
                late.push((index, why));
            } else {
                self.replayed.unsettled += 1;
            }
        }
        for (index, why) in late {
            self.name(index, why.to_owned());
        }
        if self.named.is_empty() {
            return Ok(self.replayed);
        }
        self.named.sort_by_key(|unfollowed| unfollowed.index);
        Err(Fault::Decisions { entries: self.named, more: self.more })
    }
}

/// Whether the end that a refusal tells is the one that the log tells. A process that dies before it has told the end
/// leaves `node_lost`.
fn tells(end: VisitEnd, told: VisitEnd) -> bool {
    end == told || told == VisitEnd::NodeLost
}

/// What a decision claims of its visit, with what the log tells of it. A request counts as use of its visit once it is
/// recorded, so that of several under way at once none knows of the others: the log may tell of later use than a decision
/// have known. What was decided more than [`APART_MAX`] before it, it had to know.
fn claimed(record: &FactsRecord, visit: Option<&Visit>) -> Result<Claimed, String> {
    match &record.visit {
        ClaimedRecord::Opens { reason, case } => Ok(Claimed::Opens { reason: *reason, case: *case }),
        ClaimedRecord::Elsewhere => Ok(Claimed::Elsewhere),
        ClaimedRecord::Under { used_at_us, ended } => {
            let visit = visit.ok_or(UNKNOWN_VISIT)?;
            let used_at = Timestamp::from_microsecond(*used_at_us).map_err(|why| why.to_string())?;
            let known = record.at().is_some_and(|at| at.duration_since(visit.used_at) > APART_MAX);
            let used_at = if known { used_at.max(visit.used_at) } else { used_at };
            let ended =
                ended.as_deref().map(|word| visit_end(word).ok_or_else(|| format!("`{word}` is no end")));
            let (epoch, opened_at, ended) = (visit.epoch, visit.opened_at, ended.transpose()?);
            Ok(Claimed::Under { epoch, opened_at, used_at, ended })
        }
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(payload: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(payload).map_err(|why| why.to_string())
}
