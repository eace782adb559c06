//! Freezes: one desk person keeps people out everywhere, at once; two lift it.
//!
//! A freeze is in force once its row is committed, and nothing waits for the organizations' logs then: their entries are
//! written as far as they are missing, some organizations at a time, now, each second, and after the next start. What is
//! wanted (the freezes) is compared with what is there ([`Tenant::freezes`]), so that a crash in between is the common case.
//! Lifting goes the other way: a freeze stays in force until every log that takes entries tells of its end, so that no log
//! has a visit while it is frozen.
//!
//! Absent: who may lift, which [`byleave_domain::freeze`] decides.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use byleave_api::entry::Kind;
use byleave_api::payload::{FreezeBegun, FreezeRecord, LiftApproved, SignedRecord};
use byleave_domain::approval::DeskKey;
use byleave_domain::freeze::{Freeze, FreezeScope, LiftRefused, SignedLift};
use byleave_domain::ids::{DeskPersonId, FreezeId, OrganizationId, VisitId};
use byleave_domain::signature::Signature;
use byleave_domain::statement::InvalidStatement;
use byleave_domain::text::Reason;
use byleave_domain::visit::VisitEnd;

use crate::catalog::payload;
use crate::ports::{Change, FreezeRow};
use crate::visits::end_all;
use crate::world::{FreezePlaces, Tenant, World};
use crate::writer::{Draft, Writer};
use crate::{App, NotWritten, Shared};

/// Organizations whose logs are told of freezes in one transaction.
const ORGANIZATIONS_AT_ONCE_MAX: usize = 100;

/// What a freeze has brought about, once nobody whom it keeps out is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeReceipt {
    /// The freeze in force.
    pub freeze: Freeze,
    /// The enforcement point.
    pub enforcement_point: &'static str,
    /// Connections that it reset.
    pub connections: usize,
    /// Visits that it ended.
    pub visits: usize,
    /// Organizations there are.
    pub organizations: usize,
    /// Those whose logs tell of it already; the others' follow.
    pub recorded: usize,
}

/// Why a freeze was not begun, or not lifted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFrozen {
    /// There is no such freeze.
    #[error("there is no freeze `{0}`")]
    Unknown(FreezeId),
    /// A freeze of nobody would look like one of somebody.
    #[error("no support person is employed by `{given}`; there are {known}")]
    UnknownEmployer {
        /// What was given.
        given: String,
        /// The employers that there are.
        known: String,
    },
    /// What was sent is no text that lifts.
    #[error(transparent)]
    Text(#[from] InvalidStatement),
    /// It does not count.
    #[error(transparent)]
    Lift(#[from] LiftRefused),
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl App {
    /// Keeps everybody of `scope` out of everywhere. Returns once nobody of them can enter and no connection of theirs is
    /// open; goes on to its end whether or not the caller waits for it. What is in force already is answered as it is.
    ///
    /// # Errors
    /// [`NotFrozen`]; after [`NotWritten::Unavailable`] the caller must ask again, and nobody enters anywhere meanwhile.
    pub async fn freeze_begin(
        &self,
        by: DeskPersonId,
        scope: FreezeScope,
        reason: Reason,
    ) -> Result<FreezeReceipt, NotFrozen> {
        if let Some(name) = scope.employer() {
            let world = self.world();
            if !world.subjects.values().any(|subject| scope.covers(Some(&subject.employer))) {
                let mut known: Vec<_> = world.subjects.values().map(|s| s.employer.to_string()).collect();
                known.sort_unstable();
                known.dedup();
                return Err(NotFrozen::UnknownEmployer { given: name.to_string(), known: known.join(", ") });
            }
        }
        let id = FreezeId::from_bytes(self.random_bits());
        let (at, approvals) = (self.now(), Vec::new());
        let freeze = Freeze { id, scope, reason, by, at, approvals, lifted_at: None };
        let app = self.clone();
        self.to_its_end(async move { app.freeze_to_its_end(freeze).await }).await?
    }

    async fn freeze_to_its_end(&self, freeze: Freeze) -> Result<FreezeReceipt, NotFrozen> {
        // C1: committed before anything else happens.
        let (freeze, visits) = self.jobs.command(move |writer| begin(writer, freeze)).await??;
        let connections = self.enforcement.cut_visits(&visits.iter().copied().collect()).await;
        tracing::warn!(freeze.id = %freeze.id, connections, "{} is in force", freeze.id);
        // The rest of the logs follows; the answer does not wait for thousands of entries.
        self.record_some(None).await?;
        self.write_closed(&visits).await?;
        let world = self.world();
        let recorded = world.organizations.values().filter(|t| t.freezes.contains_key(&freeze.id)).count();
        Ok(FreezeReceipt {
            enforcement_point: self.enforcement.name(),
            connections,
            visits: visits.len(),
            organizations: world.organizations.len(),
            recorded,
            freeze,
        })
    }

    /// Takes a desk person's signed word to lift a freeze. With the second one it is lifted, once every log says so.
    ///
    /// # Errors
    /// [`NotFrozen`]; it stays in force.
    pub async fn freeze_lift(
        &self,
        id: FreezeId,
        by: DeskPersonId,
        statement: &str,
        signature: Signature,
    ) -> Result<Freeze, NotFrozen> {
        let signed = SignedLift { lift: statement.parse()?, signature };
        let now = self.now();
        let app = self.clone();
        let lifting = async move {
            let approved = app.jobs.command(move |writer| {
                let freeze = {
                    let world = writer.shared.world();
                    let known = world.freezes.get(&id).ok_or(NotFrozen::Unknown(id))?;
                    known.approve(by, signed, &desk_keys(&world), now)?
                };
                put(writer, freeze)?;
                Ok::<_, NotFrozen>(())
            });
            approved.await??;
            app.finish_freezes().await?;
            app.world().freezes.get(&id).cloned().ok_or(NotFrozen::Unknown(id))
        };
        self.to_its_end(lifting).await?
    }

    /// Has every log tell of the freezes, and ends those that two desk people want lifted.
    pub(crate) async fn finish_freezes(&self) -> Result<(), NotWritten> {
        let goal = goal(&self.shared);
        let known = (goal.clone(), self.world().organizations.len());
        if goal.is_empty() || self.told.is(&known) {
            return Ok(());
        }
        let (mut from, mut lacked) = (None, false);
        loop {
            from = self.record_some(from).await?;
            if from.is_none() {
                break;
            }
            lacked = true;
        }
        if goal.values().any(|lifting| *lifting) {
            return self.jobs.command(lift_all).await?;
        }
        if !lacked {
            self.told.remember(known);
        }
        Ok(())
    }

    /// Tells the logs of some organizations after `from`, and returns the last of them; none when there were no more.
    async fn record_some(&self, from: Option<OrganizationId>) -> Result<Option<OrganizationId>, NotWritten> {
        let goal = goal(&self.shared);
        let some: Vec<_> = {
            use std::ops::Bound::{Excluded, Unbounded};
            let world = self.world();
            let after = world.organizations.range((from.map_or(Unbounded, Excluded), Unbounded));
            let lacking = after.filter(|(_, tenant)| lacks(&goal, tenant));
            lacking.map(|(id, _)| *id).take(ORGANIZATIONS_AT_ONCE_MAX).collect()
        };
        let last = some.last().copied();
        if last.is_some() {
            self.jobs.command(move |writer| record(writer, &some)).await??;
        }
        Ok(last)
    }
}

/// Puts a freeze in force: committed, told to whoever decides, and with every visit over that it ends.
fn begin(writer: &mut Writer, freeze: Freeze) -> Result<(Freeze, Vec<VisitId>), NotWritten> {
    let known = {
        let world = writer.shared.world();
        world.freezes.values().find(|known| known.is_in_force() && known.scope == freeze.scope).cloned()
    };
    let freeze = match known {
        Some(known) => known,
        None => {
            put(writer, freeze.clone())?;
            freeze
        }
    };
    let now = writer.shared.clock.now();
    let mut world = writer.shared.world_mut();
    let visits = world.visits_of(&freeze.scope);
    end_all(&mut world, &visits, VisitEnd::Frozen, now);
    Ok((freeze, visits))
}

fn put(writer: &mut Writer, freeze: Freeze) -> Result<(), NotWritten> {
    let row = row(&freeze)?;
    writer.write(Vec::new(), |_| vec![Change::FreezePut(row)])?;
    writer.shared.world_mut().freezes.insert(freeze.id, freeze);
    writer.publish_policy();
    Ok(())
}

pub(crate) fn row(freeze: &Freeze) -> Result<FreezeRow, NotWritten> {
    let record = payload(&FreezeRecord::from(freeze))?;
    Ok(FreezeRow { id: freeze.id, record: String::from_utf8_lossy(&record).into_owned() })
}

/// The keys that desk people have now.
fn desk_keys(world: &World) -> Vec<DeskKey> {
    let people = world.desk_people.values();
    people.filter_map(|person| Some(DeskKey { person: person.id, key: person.key? })).collect()
}

/// What every log is to tell: each freeze in force, and whether it is to be lifted, which two approvals that count with the
/// keys of now say. It is the same for all organizations, and takes signatures to be verified: asked once for all of them,
/// and while nothing else waits for the world.
type Goal = BTreeMap<FreezeId, bool>;

fn goal(shared: &Shared) -> Goal {
    let (freezes, keys): (Vec<Freeze>, _) = {
        let world = shared.world();
        let in_force = world.freezes.values().filter(|freeze| freeze.is_in_force());
        (in_force.cloned().collect(), desk_keys(&world))
    };
    freezes.into_iter().map(|freeze| (freeze.id, freeze.may_be_lifted(&keys))).collect()
}

/// The goal that every log was found to have reached, and how many organizations there were. While neither changes, no log
/// is asked again: a freeze may be in force for days.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Option<(Goal, usize)>>>);

impl Told {
    fn is(&self, known: &(Goal, usize)) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(known)
    }

    fn remember(&self, known: (Goal, usize)) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

/// Whether an organization's log, if it takes anything, has yet to tell of a freeze or of its end.
fn lacks(goal: &Goal, tenant: &Tenant) -> bool {
    tenant.log.broken.is_none()
        && goal.iter().any(|(freeze, lifting)| match tenant.freezes.get(freeze) {
            None => true,
            Some(places) => places.lift.is_none() && *lifting,
        })
}

/// Has the logs of these organizations tell of each freeze what they lack, in one transaction.
fn record(writer: &mut Writer, organizations: &[OrganizationId]) -> Result<(), NotWritten> {
    let goal = goal(&writer.shared);
    let mut drafts = Vec::new();
    let mut told = Vec::new();
    {
        let world = writer.shared.world();
        for (id, tenant) in organizations.iter().filter_map(|id| Some((*id, world.organizations.get(id)?))) {
            if tenant.log.broken.is_some() {
                continue;
            }
            // The only writer plans one organization's entries in their order, so their places are known.
            let mut next = tenant.log.edge.size();
            for (known, lifting) in &goal {
                let Some(freeze) = world.freezes.get(known) else { continue };
                let mut places = tenant.freezes.get(&freeze.id).copied();
                for (kind, actor, said) in wanted(tenant, freeze, *lifting)? {
                    let reference = places.map(|places| places.begin);
                    drafts.push(draft(writer, id, kind, actor, reference, said));
                    match kind {
                        Kind::FreezeLift => places = places.map(|p| FreezePlaces { lift: Some(next), ..p }),
                        Kind::FreezeApproved => {}
                        _ => places = Some(FreezePlaces { begin: next, lift: None }),
                    }
                    next += 1;
                }
                told.extend(places.map(|places| (id, freeze.id, places)));
            }
        }
    }
    if drafts.is_empty() {
        return Ok(());
    }
    writer.write(drafts, |_| Vec::new())?;
    let mut world = writer.shared.world_mut();
    for (organization, freeze, places) in told {
        if let Some(tenant) = world.organizations.get_mut(&organization) {
            tenant.freezes.insert(freeze, places);
        }
    }
    Ok(())
}

/// One entry to be: its kind, who did it, and what it says.
type Wanted = (Kind, DeskPersonId, Vec<u8>);

/// The entries about one freeze that one organization's log lacks, in their order.
fn wanted(tenant: &Tenant, freeze: &Freeze, lifting: bool) -> Result<Vec<Wanted>, NotWritten> {
    let places = tenant.freezes.get(&freeze.id);
    let begun = payload(&FreezeBegun::from(freeze))?;
    let mut wanted = Vec::new();
    if places.is_none() {
        let kind = match freeze.scope {
            FreezeScope::Everybody => Kind::FreezeBegin,
            FreezeScope::Employer(_) => Kind::FreezeBeginEmployer,
        };
        wanted.push((kind, freeze.by, begun.clone()));
    }
    if places.is_some_and(|places| places.lift.is_some()) || !lifting {
        return Ok(wanted);
    }
    // The next start asks this log for the keys, and holds it for broken if they do not carry the lift.
    let lifters = freeze.lifters(&tenant.organization.desk_keys);
    let [first, second, ..] = lifters.as_slice() else {
        let id = tenant.organization.id;
        tracing::error!(organization.id = %id, freeze.id = %freeze.id, "{id}'s log does not know who lifts {}", freeze.id);
        return Ok(wanted);
    };
    for signed in [first, second] {
        let said = LiftApproved { freeze: freeze.id.to_string(), signed: SignedRecord::from(*signed) };
        wanted.push((Kind::FreezeApproved, signed.lift.by, payload(&said)?));
    }
    wanted.push((Kind::FreezeLift, second.lift.by, begun));
    Ok(wanted)
}

fn draft(
    writer: &Writer,
    organization: OrganizationId,
    kind: Kind,
    actor: DeskPersonId,
    reference: Option<u64>,
    payload: Vec<u8>,
) -> Draft {
    Draft {
        organization,
        kind,
        request: writer.shared.random_bits(),
        actor: actor.as_bytes().to_vec(),
        person: None,
        reference,
        ends: Vec::new(),
        epoch: None,
        payload,
        admits_under: None,
    }
}

/// Ends every freeze that is to be lifted and that no log lacks the end of.
fn lift_all(writer: &mut Writer) -> Result<(), NotWritten> {
    let now = writer.shared.clock.now();
    let goal = goal(&writer.shared);
    let over: Vec<Freeze> = {
        let world = writer.shared.world();
        let told = |freeze: &Freeze, tenant: &Tenant| {
            let places = tenant.freezes.get(&freeze.id);
            tenant.log.broken.is_some() || places.is_some_and(|places| places.lift.is_some())
        };
        let done = |freeze: &&Freeze| {
            goal.get(&freeze.id) == Some(&true)
                && world.organizations.values().all(|tenant| told(freeze, tenant))
        };
        let over = world.freezes.values().filter(done);
        over.map(|freeze| Freeze { lifted_at: Some(now), ..freeze.clone() }).collect()
    };
    for freeze in over {
        tracing::warn!(freeze.id = %freeze.id, "{} is lifted", freeze.id);
        put(writer, freeze)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_as_told_is_one_goal_and_one_number_of_organizations() {
        let freeze = FreezeId::from_bytes([1; 16]);
        let goal = |lifting| BTreeMap::from([(freeze, lifting)]);
        let told = Told::default();
        assert!(!told.is(&(goal(false), 3)), "nothing is remembered at first");
        told.remember((goal(false), 3));
        assert!(told.is(&(goal(false), 3)));
        for (what, other) in [
            ("it is to be lifted", (goal(true), 3)),
            ("an organization is new", (goal(false), 4)),
            ("another freeze", (BTreeMap::from([(FreezeId::from_bytes([2; 16]), false)]), 3)),
        ] {
            assert!(!told.is(&other), "{what}");
        }
    }
}
