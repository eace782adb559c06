//! The one writer: a thread that owns every change. It collects what waits, commits it in one transaction (group
//! commit, protocols S2–S3), signs what was committed (S5), and only then answers (S6).
//!
//! While a transaction is being made durable, others queue up; the next one takes them all. So the batch grows with
//! the load and nobody lingers when there is none.

use std::collections::BTreeMap;
use std::sync::Arc;

use byleave_api::entry::{Kind, Leaf, Run, commitment};
use byleave_domain::ids::{LogId, OrganizationId, SubjectId};
use byleave_domain::snapshot::Standing;
use byleave_domain::support_access::SupportAccess;
use byleave_fail_point::fail_point;
use byleave_tlog::{Checkpoint, leaf_hash};
use tokio::sync::{mpsc, oneshot};

use crate::Shared;
use crate::letters;
use crate::ports::{Append, Batch, Change, Entry, Head, Kept, Person, StoreError};
use crate::world::{Log, Tenant, World};

/// Most entries in one transaction (S2).
const BATCH_ENTRIES_MAX: usize = 256;
/// Most payload in one transaction, bytes (S2).
const BATCH_BYTES_MAX: usize = 512 * 1024;
/// Most jobs that wait. Beyond it callers wait to be let in.
const QUEUE_MAX: usize = 4096;

/// What is to be added to a log.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub organization: OrganizationId,
    pub kind: Kind,
    /// Unique in the log: a second one is refused.
    pub request: [u8; 16],
    /// Whoever did it; only a pseudonym goes into the leaf.
    pub actor: Vec<u8>,
    /// The person whom the payload is about, whose key it is sealed under as well.
    pub person: Option<Person>,
    pub reference: Option<u64>,
    pub ends: Vec<Run>,
    /// For `support_access.*` the new epoch; all else carries the log's own.
    pub epoch: Option<u64>,
    pub payload: Vec<u8>,
    /// Set when the entry admits somebody: the epoch that must be in force, enabled (S3).
    pub admits_under: Option<u64>,
}

/// Where an entry ended up.
pub(crate) type Index = u64;

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWritten {
    /// A name that must be unique is in use.
    #[error("the {0} is in use already")]
    Taken(&'static str),
    /// The stored setting does not admit it.
    #[error("the stored setting does not admit it")]
    NotAdmitted,
    /// A rule of the schema.
    #[error("it cannot be stored: {0}")]
    Refused(String),
    /// The log takes nothing.
    #[error("the organization's log takes nothing: {0}")]
    LogBroken(String),
    /// The store does not work, or the process is stopping.
    #[error("nothing can be written: {0}")]
    Unavailable(String),
}

type Check = Box<dyn Fn(&World) -> Result<(), NotWritten> + Send>;
type Settled = Box<dyn FnOnce(&mut World, Index) + Send>;

/// A record of one access or visit, and where the answer goes.
pub(crate) struct Record {
    pub draft: Draft,
    /// Looks at the world right before; the record is refused with what it says.
    pub check: Check,
    /// Runs once it is durable, before the answer.
    pub committed: Settled,
    /// Runs when it is durable but whoever asked has gone.
    pub unheard: Settled,
    pub answer: oneshot::Sender<Result<Index, NotWritten>>,
}

pub(crate) enum Job {
    Record(Box<Record>),
    Command(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// How callers reach the writer.
#[derive(Debug, Clone)]
pub(crate) struct Jobs(mpsc::Sender<Job>);

impl Jobs {
    pub async fn record(
        &self,
        record: impl FnOnce(oneshot::Sender<Result<Index, NotWritten>>) -> Record,
    ) -> Result<Index, NotWritten> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Job::Record(Box::new(record(answer)))).await.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())?
    }

    pub async fn command<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Result<T, NotWritten> {
        let (answer, answered) = oneshot::channel();
        let command = move |writer: &mut Writer| {
            // The caller may have gone; what it asked for is done all the same.
            let _ = answer.send(run(writer));
        };
        self.0.send(Job::Command(Box::new(command))).await.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())
    }
}

fn stopping() -> NotWritten {
    NotWritten::Unavailable("the process is stopping".into())
}

pub(crate) struct Writer {
    pub shared: Arc<Shared>,
    /// Set when the store failed: what it holds is unknown, so nothing more is written (D2, 2.12).
    halted: Option<String>,
}

/// Starts the writer's thread. It ends when every [`Jobs`] is gone.
pub(crate) fn start(shared: Arc<Shared>) -> std::io::Result<Jobs> {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let writer = Writer { shared, halted: None };
    std::thread::Builder::new().name("writer".into()).spawn(move || {
        let guard = CloseWhenGone(Arc::clone(&writer.shared));
        writer.run(receiver);
        drop(guard);
    })?;
    Ok(Jobs(sender))
}

/// Without its writer the process can record nothing, whatever ended it.
struct CloseWhenGone(Arc<Shared>);

impl Drop for CloseWhenGone {
    fn drop(&mut self) {
        self.0.close_all();
    }
}

impl Writer {
    /// A writer without a thread, for what is written before anybody listens.
    pub fn inline(shared: Arc<Shared>) -> Self {
        Self { shared, halted: None }
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(job) = jobs.blocking_recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                match job {
                    Job::Command(run) => run(&mut self),
                    Job::Record(first) => {
                        let (records, rest) = gather(first, &mut jobs);
                        fail_point("record.collected");
                        self.record(records);
                        next = rest;
                    }
                }
            }
        }
    }

    /// One transaction for all `records`. Those that the world or the stored setting refuses are left out.
    fn record(&mut self, mut records: Vec<Record>) {
        loop {
            records = self.admitted(records);
            if records.is_empty() {
                return;
            }
            let drafts = records.iter().map(|record| record.draft.clone()).collect();
            match self.write(drafts, |_| Vec::new()) {
                Ok(indices) => return self.settle(records, indices),
                // One organization is closed now and its records fall out; the others go again.
                Err(NotWritten::NotAdmitted) => {
                    let before = records.len();
                    records = self.admitted(records);
                    if records.len() == before {
                        return refuse(records, &NotWritten::NotAdmitted);
                    }
                }
                Err(refused) => return refuse(records, &refused),
            }
        }
    }

    fn admitted(&self, records: Vec<Record>) -> Vec<Record> {
        let world = self.shared.world();
        let mut admitted = Vec::with_capacity(records.len());
        for record in records {
            match admits(&world, &record.draft).and_then(|()| (record.check)(&world)) {
                Ok(()) => admitted.push(record),
                Err(refused) => answer(record.answer, Err(refused)),
            }
        }
        admitted
    }

    fn settle(&self, records: Vec<Record>, indices: Vec<Index>) {
        let mut world = self.shared.world_mut();
        for (record, index) in records.into_iter().zip(indices) {
            (record.committed)(&mut world, index);
            fail_point("record.before_answer");
            if record.answer.send(Ok(index)).is_err() {
                (record.unheard)(&mut world, index);
            }
        }
    }

    /// Adds `drafts` to their logs and makes `changes`, in one durable transaction; then signs the new checkpoints.
    /// Answers with the drafts' places, in their order.
    pub fn write(
        &mut self,
        drafts: Vec<Draft>,
        changes: impl FnOnce(&[Index]) -> Vec<Change>,
    ) -> Result<Vec<Index>, NotWritten> {
        let events = letters::events(&self.shared, &drafts);
        let planned = {
            let world = self.shared.world();
            plan(&self.shared, drafts, |id| world.organizations.get(&id))?
        };
        let mut changes = changes(&planned.indices);
        changes.extend(letters::caused(&self.shared, events, &changes));
        let batch = Batch { appends: planned.appends, changes };
        self.commit(&batch)?;
        self.publish(planned.logs);
        letters::committed(&self.shared, &batch.changes);
        fail_point("log.signed");
        Ok(planned.indices)
    }

    /// One durable transaction, as it was planned.
    pub fn commit(&mut self, batch: &Batch) -> Result<(), NotWritten> {
        if let Some(why) = &self.halted {
            return Err(NotWritten::Unavailable(why.clone()));
        }
        match self.shared.store.commit(batch) {
            Ok(()) => Ok(()),
            Err(StoreError::Taken { what }) => Err(NotWritten::Taken(what)),
            Err(StoreError::NotAdmitted(organization)) => {
                self.close(organization);
                Err(NotWritten::NotAdmitted)
            }
            Err(StoreError::Refused(why)) => Err(NotWritten::Refused(why)),
            Err(failed @ (StoreError::Failed(_) | StoreError::Corrupt { .. })) => Err(self.halt(&failed)),
        }
    }

    /// S5: only what is durable is signed for others.
    fn publish(&mut self, logs: Vec<(OrganizationId, Log)>) {
        let mut world = self.shared.world_mut();
        for (id, mut log) in logs {
            let Some(tenant) = world.organizations.get_mut(&id) else { continue };
            log.checkpoint = sign(&self.shared, tenant.organization.log, &log);
            tenant.log = log;
        }
    }

    /// The stored setting is not what the log says: nobody enters until it is settled.
    fn close(&mut self, id: OrganizationId) {
        tracing::error!(organization.id = %id, "the stored setting of {id} is not its log's; closed");
        let now = self.shared.clock.now();
        if let Some(tenant) = self.shared.world_mut().organizations.get_mut(&id) {
            tenant.organization.closed.get_or_insert(now);
        }
        self.publish_policy();
        self.shared.have_cut(|organization| organization == id);
    }

    /// Tried again with each look at what is due, until no reader is in the way.
    pub fn overwrite_erased(&mut self) -> Result<(), NotWritten> {
        if let Some(why) = &self.halted {
            return Err(NotWritten::Unavailable(why.clone()));
        }
        let overwritten = self.shared.store.overwrite_erased();
        overwritten.map_err(|failed| self.halt(&failed))
    }

    fn halt(&mut self, failed: &StoreError) -> NotWritten {
        tracing::error!("nothing more is written: {failed}");
        let why = failed.to_string();
        self.halted = Some(why.clone());
        self.shared.close_all();
        NotWritten::Unavailable(why)
    }

    /// S3, first half: what the world knows. The second half is the stored row, inside the transaction.
    pub fn admits(&self, draft: &Draft) -> Result<(), NotWritten> {
        admits(&self.shared.world(), draft)
    }

    /// Tells enforcement points what the world says now.
    pub fn publish_policy(&self) {
        if self.halted.is_none() {
            let policy = self.shared.world().policy();
            self.shared.set_policy(policy);
        }
    }
}

/// What is to be written, and the logs as they will be then.
#[derive(Default)]
pub(crate) struct Plan {
    pub appends: Vec<Append>,
    /// In the order of `appends`.
    pub logs: Vec<(OrganizationId, Log)>,
    /// Where in both an organization is.
    places: BTreeMap<OrganizationId, usize>,
    indices: Vec<Index>,
}

/// Plans what adding `drafts` to their logs will write.
pub(crate) fn plan<'a>(
    shared: &Shared,
    drafts: Vec<Draft>,
    tenants: impl Fn(OrganizationId) -> Option<&'a Tenant>,
) -> Result<Plan, NotWritten> {
    let mut plan = Plan::default();
    for draft in drafts {
        let tenant = tenants(draft.organization)
            .ok_or_else(|| NotWritten::Unavailable(format!("`{}` is not known", draft.organization)))?;
        if let Some(why) = &tenant.log.broken {
            return Err(NotWritten::LogBroken(why.clone()));
        }
        let at = plan.log_of(draft.organization, &tenant.log);
        let (append, log) = plan
            .appends
            .get_mut(at)
            .zip(plan.logs.get_mut(at).map(|(_, log)| log))
            .ok_or_else(|| NotWritten::Unavailable("no plan".into()))?;
        let entry = entry(shared, tenant.organization.log, log, &draft)?;
        append.nodes.extend(log.edge.push(leaf_hash(&entry.leaf)));
        append.admits_under = append.admits_under.or(draft.admits_under);
        plan.indices.push(entry.index);
        append.entries.push(entry);
    }
    for (append, (id, log)) in plan.appends.iter_mut().zip(&plan.logs) {
        let Some(tenant) = tenants(*id) else { continue };
        append.head = head(shared, tenant.organization.log, log);
    }
    Ok(plan)
}

fn entry(shared: &Shared, log_id: LogId, log: &mut Log, draft: &Draft) -> Result<Entry, NotWritten> {
    let mut salt = [0; 32];
    shared.entropy.fill(&mut salt);
    // A clock that goes back must not make a log that no verifier accepts.
    log.time_us = log.time_us.max(shared.clock.now().as_microsecond());
    log.epoch = draft.epoch.unwrap_or(log.epoch);
    let leaf = Leaf {
        kind: draft.kind,
        request: draft.request,
        time_us: log.time_us,
        epoch: log.epoch,
        node: shared.node,
        actor: shared.keys.pseudonym(log_id, &draft.actor),
        reference: draft.reference,
        ends: draft.ends.clone(),
        commitment: commitment(&salt, &draft.payload),
    };
    let leaf = leaf.encode().map_err(|why| NotWritten::Unavailable(format!("the entry {why}")))?;
    Ok(Entry {
        index: log.edge.size(),
        request: draft.request,
        reference: draft.reference,
        leaf,
        person: draft.person,
        kept: Kept::Whole { salt, payload: draft.payload.clone() },
    })
}

fn head(shared: &Shared, log_id: LogId, log: &Log) -> Head {
    let signature = shared.keys.sign_head(&checkpoint(shared, log_id, log));
    Head { size: log.edge.size(), peaks: log.edge.peaks().to_vec(), signature }
}

impl Plan {
    fn log_of(&mut self, organization: OrganizationId, log: &Log) -> usize {
        if let Some(at) = self.places.get(&organization) {
            return *at;
        }
        self.places.insert(organization, self.logs.len());
        self.logs.push((organization, log.clone()));
        self.appends.push(Append {
            organization,
            size_before: log.edge.size(),
            entries: Vec::new(),
            nodes: Vec::new(),
            head: Head { size: 0, peaks: Vec::new(), signature: [0; 64] },
            admits_under: None,
        });
        self.logs.len() - 1
    }
}

fn gather(first: Box<Record>, jobs: &mut mpsc::Receiver<Job>) -> (Vec<Record>, Option<Job>) {
    let mut bytes = first.draft.payload.len();
    let mut records = vec![*first];
    while records.len() < BATCH_ENTRIES_MAX && bytes < BATCH_BYTES_MAX {
        match jobs.try_recv() {
            Ok(Job::Record(record)) => {
                bytes += record.draft.payload.len();
                records.push(*record);
            }
            Ok(command) => return (records, Some(command)),
            Err(_) => break,
        }
    }
    (records, None)
}

fn refuse(records: Vec<Record>, why: &NotWritten) {
    records.into_iter().for_each(|record| answer(record.answer, Err(why.clone())));
}

fn answer(to: oneshot::Sender<Result<Index, NotWritten>>, what: Result<Index, NotWritten>) {
    // A caller that gave up is told nothing; the janitor of visits ends what it began.
    let _ = to.send(what);
}

fn admits(world: &World, draft: &Draft) -> Result<(), NotWritten> {
    let tenant = world.organizations.get(&draft.organization).ok_or(NotWritten::NotAdmitted)?;
    if let Some(why) = &tenant.log.broken {
        return Err(NotWritten::LogBroken(why.clone()));
    }
    let Some(epoch) = draft.admits_under else { return Ok(()) };
    if world.closed.is_some() {
        return Err(NotWritten::NotAdmitted);
    }
    // Whoever enters acts, so the actor is a subject.
    let subject = draft.actor.as_slice().try_into().map(SubjectId::from_bytes);
    if subject.is_ok_and(|subject| world.frozen(subject).is_some()) {
        return Err(NotWritten::NotAdmitted);
    }
    let policy = tenant.organization.policy();
    let enabled = policy.standing == Standing::Proven(SupportAccess::Enabled);
    if enabled && policy.epoch == epoch { Ok(()) } else { Err(NotWritten::NotAdmitted) }
}

/// The log's tree as a checkpoint, unsigned.
pub(crate) fn checkpoint(shared: &Shared, log_id: LogId, log: &Log) -> Checkpoint {
    Checkpoint { origin: shared.keys.origin(log_id), size: log.edge.size(), root: log.edge.root() }
}

/// The log's newest checkpoint, signed. Empty if the deployment's name cannot name a key, which is checked at start.
pub(crate) fn sign(shared: &Shared, log_id: LogId, log: &Log) -> String {
    let signed = shared
        .keys
        .signer(log_id)
        .map_err(|why| why.to_string())
        .and_then(|signer| checkpoint(shared, log_id, log).sign(&signer).map_err(|why| why.to_string()));
    signed.unwrap_or_else(|why| {
        tracing::error!("the checkpoint cannot be signed: {why}");
        String::new()
    })
}
