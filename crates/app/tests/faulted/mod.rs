//! A site on a disk that goes wrong, a schedule that is run on it, what was answered meanwhile, and what is found after.

mod schedule;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use byleave_api::payload::AccessEnd;
use byleave_app::catalog::NewOrganization;
use byleave_app::check::{self, LogFiles};
use byleave_app::clock::SystemEntropy;
use byleave_app::ports::{Clock, Enforcement};
use byleave_app::visits::Opening;
use byleave_app::{App, Parts};
use byleave_domain::decision::Decision;
use byleave_domain::freeze::FreezeScope;
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId, SubjectId, VisitId};
use byleave_domain::statement::{Wish, public_key};
use byleave_domain::subject::SubjectKind;
use byleave_domain::visit::VisitEnd;
use byleave_faulting_vfs::{Copy, Disk, Fault, Keep, Kind, Struck};
use byleave_store::SqliteStore;
use tokio::runtime::Runtime;

pub use schedule::{STANDARD, Step, at_random};

use crate::support::troubled::TestSpool;
use crate::support::{DESK_SEED, SECOND_DESK_SEED, Site, TestClock, Told, keys, process};

/// A folder on a disk, with people, organization and a visit that is over.
pub struct Stage {
    folder: tempfile::TempDir,
    disk: Disk,
    files: Copy,
    keys: Vec<u8>,
    /// Who visits whom, and who decides there.
    subject: SubjectId,
    organization: OrganizationId,
    contact: ContactId,
    /// Who has visited, who was a contact, and who was at the desk: each is erased.
    person: SubjectId,
    former: ContactId,
    left: DeskPersonId,
    runtime: Runtime,
}

/// What was answered.
#[derive(Debug, Default)]
struct Answered {
    /// Whose log, where in it, and the request's own id.
    begins: Vec<(OrganizationId, u64, [u8; 16])>,
    epoch: u64,
    disabled: bool,
    /// The setting was asked to change after that, and nothing was answered.
    unknown: bool,
    frozen: bool,
    /// A freeze was asked for, answered or not.
    freeze_asked: bool,
    imported: Vec<OrganizationId>,
    erased: bool,
    contact_erased: bool,
    desk_person_erased: bool,
    /// How many steps were answered otherwise than with a failure.
    steps: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The fault never came.
    NotStruck,
    /// It struck, and nobody who acted noticed: nothing was lost by it.
    Unnoticed,
    /// What was under way was refused, and nothing was admitted after it.
    Halted,
    /// The process did not start over the faulty disk.
    NotStarted,
    /// What is stored is damaged, and whoever looks is told.
    Damaged,
}

impl Stage {
    pub fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path(), 0).unwrap();
        let inner = tempfile::tempdir().unwrap();
        let plain = Disk::new(inner.path(), 0).unwrap();
        let (site, person, former, left, files, keys) = runtime.block_on(async {
            let site = Site::new_in(inner).await;
            let former = site.becomes("Robin", None).await;
            site.becomes("Casey", Some(former)).await;
            site.confirm_all().await;
            let (name, email) = ("Max Example".parse().unwrap(), "max@vendor.example".parse().unwrap());
            let left = site.app.desk_person_put(name, email, Some(public_key(&[13; 32]))).await.unwrap();
            site.app.desk_keys_settle().await.unwrap();
            let person = site.app.subject_create(
                SubjectKind::SupportPerson,
                "Kim Example".parse().unwrap(),
                "kim@vendor.example".parse().unwrap(),
                "Vendor".parse().unwrap(),
            );
            let person = person.await.unwrap();
            let opening = Opening { subject: person, ..site.opening("before") };
            let visit = site.app.visit_open(opening).await.unwrap().id;
            site.app.access_begin(site.begin(visit, 0)).await.unwrap();
            site.app.visit_close(visit, VisitEnd::Left).await.unwrap();
            let keys = std::fs::read(site.folder.path().join("byleave.keys")).unwrap();
            ((site.subject, site.organization, site.contact), person, former, left, plain.copy(), keys)
        });
        let (subject, organization, contact) = site;
        Self { folder, disk, files, keys, subject, organization, contact, person, former, left, runtime }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("byleave.db")
    }

    /// How many reads, writes, flushes and changes a run without faults has.
    pub fn counts(&self, steps: &[Step]) -> byleave_faulting_vfs::Counts {
        self.put(0);
        self.runtime.block_on(async {
            let site = self.start().unwrap();
            let answered = self.take(&site, steps, None).await;
            assert_eq!(answered.steps, steps.len(), "without faults everything is answered: {answered:?}");
            let counts = self.disk.counts();
            self.end(site, Keep::Everything).await;
            self.found(&answered).await.unwrap();
            counts
        })
    }

    fn put(&self, seed: u64) {
        self.disk.put(&self.files, seed);
        std::fs::write(self.folder.path().join("byleave.keys"), &self.keys).unwrap();
        // What an earlier run left waiting is not this one's.
        std::fs::write(self.folder.path().join("byleave.ends"), []).unwrap();
    }

    /// Runs the steps with a fault, has the process killed or power cut, starts again, and looks. `after` is what the
    /// end leaves, where the fault itself is no cut.
    pub fn run(&self, steps: &[Step], fault: Fault, after: Keep, seed: u64) -> Outcome {
        self.put(seed);
        self.disk.plan(fault);
        self.runtime.block_on(async {
            let reads = matches!(fault.kind, Kind::ReadFails | Kind::ReadFlips);
            let (answered, outcome) = match self.start() {
                Ok(site) => {
                    let answered = self.take(&site, steps, Some(fault)).await;
                    let Struck { times, flushes_repeated, writes_after, .. } = self.disk.struck();
                    let halted = site.app.policy().closed.is_some();
                    let outcome = match times {
                        0 => Outcome::NotStruck,
                        _ if halted => Outcome::Halted,
                        _ => Outcome::Unnoticed,
                    };
                    if outcome == Outcome::Halted && !reads {
                        assert_eq!((flushes_repeated, writes_after), (0, 0), "it went on after {fault:?}");
                    }
                    assert!(
                        outcome != Outcome::Unnoticed || reads,
                        "nobody noticed {fault:?}: {:?}",
                        self.disk.struck()
                    );
                    self.end(site, after).await;
                    (answered, outcome)
                }
                Err(why) => {
                    assert!(self.disk.struck().times > 0, "it did not start without a fault: {why}");
                    self.disk.cut(after);
                    self.released().await;
                    (Answered::default(), Outcome::NotStarted)
                }
            };
            match self.found(&answered).await {
                Ok(()) => outcome,
                Err(why) if fault.kind == Kind::ReadFlips => {
                    assert!(why.starts_with("told: "), "{fault:?}: {why}");
                    Outcome::Damaged
                }
                Err(why) => panic!("{fault:?}, {after:?}, seed {seed}: {why}\n{steps:?}\n{answered:?}"),
            }
        })
    }

    /// A flush fails, the process is killed and started again, over what the system still has in memory; and power is cut
    /// while it starts.
    pub fn run_and_cut_the_start(&self, steps: &[Step], flush: u64, change: u64, seed: u64) -> Outcome {
        self.put(seed);
        let fault = Fault { kind: Kind::FlushFails, at: flush, lasting: false };
        self.disk.plan(fault);
        self.runtime.block_on(async {
            let Ok(site) = self.start() else {
                self.released().await;
                return Outcome::NotStarted;
            };
            let answered = self.take(&site, steps, Some(fault)).await;
            self.end(site, Keep::Everything).await;
            self.disk.plan(Fault { kind: Kind::Cut(Keep::Some), at: change, lasting: false });
            match self.start() {
                Ok(site) => self.end(site, Keep::Some).await,
                Err(_) => {
                    self.disk.cut(Keep::Some);
                    self.released().await;
                }
            }
            match self.found(&answered).await {
                Ok(()) => Outcome::Halted,
                Err(why) => {
                    assert!(why.starts_with("told: "), "{flush}, {change}, seed {seed}: {why}");
                    Outcome::Damaged
                }
            }
        })
    }

    /// One bit of a file at rest is another.
    pub fn flip(&self, ending: &str, seed: u64) -> Outcome {
        self.put(seed);
        self.disk.flip(ending).unwrap();
        self.runtime.block_on(async {
            match self.found(&Answered::default()).await {
                Ok(()) => Outcome::Unnoticed,
                Err(why) => {
                    assert!(why.starts_with("told: "), "{why}");
                    Outcome::Damaged
                }
            }
        })
    }

    fn start(&self) -> Result<Site, String> {
        let (clock, told) = (Arc::<TestClock>::default(), Arc::<Told>::default());
        let store = SqliteStore::open(&self.database(), &keys()).map_err(|why| why.to_string())?;
        let app = App::start(Parts {
            store: Arc::new(store),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            keys: keys(),
            mail: byleave_app::intake::Mail::none(),
            process: process(),
            enforcement: Arc::clone(&told) as Arc<dyn Enforcement>,
            disk: Arc::clone(&told.1) as Arc<dyn byleave_app::ports::Disk>,
            spool: TestSpool::beside(&self.folder.path().join("byleave.db"), &told.1),
        });
        let app = app.map_err(|why| why.to_string())?;
        // A page that was read wrong may look like one without rows. Whoever is missing cannot enter or decide.
        let all = {
            let world = app.world();
            world.organizations.contains_key(&self.organization)
                && world.subjects.contains_key(&self.subject)
                && !world.tools.is_empty()
                && world.desk_people.len() >= 2
        };
        if !all {
            return Err("somebody is missing".into());
        }
        let found = Site::found(tempfile::tempdir().unwrap(), clock, told, app);
        let Self { subject, organization, contact, .. } = *self;
        Ok(Site { subject, organization, contact, ..found })
    }

    /// The process is killed, or power is cut.
    async fn end(&self, site: Site, keep: Keep) {
        self.disk.cut(keep);
        drop(site);
        self.released().await;
    }

    /// The writer's thread has ended, and with it the lock.
    async fn released(&self) {
        let lock = std::fs::File::options().write(true).open(self.database().with_added_extension("lock"));
        let lock = lock.unwrap();
        for _ in 0..5000 {
            if lock.try_lock().is_ok() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("the process does not end");
    }

    async fn take(&self, site: &Site, steps: &[Step], fault: Option<Fault>) -> Answered {
        let mut answered = Answered::default();
        let mut open: Vec<VisitId> = Vec::new();
        let mut begun: Vec<(VisitId, u64)> = Vec::new();
        let mut imports = 0;
        let mut failed = None;
        for step in steps {
            let outcome = self.step(site, *step, &mut answered, &mut open, &mut begun, &mut imports).await;
            match outcome {
                Ok(admitted) => {
                    assert!(failed.is_none() || !admitted, "{step:?} after {failed:?} under {fault:?}");
                    answered.steps += usize::from(failed.is_none());
                }
                Err(why) => {
                    assert!(self.disk.struck().times > 0, "{step:?} failed by itself: {why}");
                    // What could not be read may be read the next time; what could not be written stops everything.
                    if site.app.policy().closed.is_some() {
                        failed.get_or_insert(why);
                    }
                }
            }
        }
        answered
    }

    async fn step(
        &self,
        site: &Site,
        step: Step,
        answered: &mut Answered,
        open: &mut Vec<VisitId>,
        begun: &mut Vec<(VisitId, u64)>,
        imports: &mut u32,
    ) -> Result<bool, String> {
        let permitted = matches!(site.decide(), Decision::Permit { .. });
        let organization = site.organization;
        // The answer says whether somebody was let in, or may be from here on.
        match step {
            Step::Open(reason) => {
                let opened = site.app.visit_open(site.opening(&format!("reason {reason}"))).await;
                match opened {
                    Ok(visit) if open.contains(&visit.id) => return Ok(true),
                    Ok(visit) => {
                        open.push(visit.id);
                        return Ok(true);
                    }
                    Err(why) if permitted => return Err(why.to_string()),
                    Err(_) => {}
                }
            }
            Step::Begin => {
                let Some(visit) = open.last() else { return Ok(false) };
                let begin = site.begin(*visit, site.epoch());
                let id = *begin.decision.as_bytes();
                match site.app.access_begin(begin).await {
                    Ok(index) => {
                        assert!(permitted, "a request was admitted that is not permitted");
                        answered.begins.push((organization, index, id));
                        begun.push((*visit, index));
                        return Ok(true);
                    }
                    Err(why) if permitted => return Err(why.to_string()),
                    Err(_) => {}
                }
            }
            Step::End => {
                let Some((visit, entry)) = begun.pop() else { return Ok(false) };
                let reason = "done".to_owned();
                let end =
                    AccessEnd { entry, status: 200, bytes_up: 1, bytes_down: 2, duration_ms: 3, reason };
                site.app.access_end(visit, end);
            }
            Step::Turn => {
                let keeping = tokio::spawn(site.app.clone().keep_visits());
                tokio::time::sleep(std::time::Duration::from_millis(4)).await;
                let written = site.app.can_write().await;
                keeping.abort();
                written.map_err(|why| why.to_string())?;
            }
            Step::Close => {
                let Some(visit) = open.pop() else { return Ok(false) };
                begun.retain(|(of, _)| *of != visit);
                site.app.visit_close(visit, VisitEnd::Left).await.map_err(|why| why.to_string())?;
            }
            Step::Denied => {
                site.denied("visit_mismatch", None).await;
                site.app.can_write().await.map_err(|why| why.to_string())?;
            }
            Step::Disable => {
                answered.unknown = true;
                let wish = site.statement(Wish::Disabled, site.epoch() + 1);
                let receipt = site.app.disable(organization, wish).await.map_err(|why| why.to_string())?;
                (answered.epoch, answered.disabled) = (receipt.setting.epoch, true);
                answered.unknown = false;
                open.clear();
                begun.clear();
            }
            Step::Enable => {
                if !answered.disabled {
                    return Ok(false);
                }
                let wish = site.statement(Wish::Enabled, site.epoch() + 1);
                answered.unknown = true;
                let request =
                    site.app.request_enable(organization, wish).await.map_err(|why| why.to_string())?;
                site.approve(request.id).await.map_err(|why| why.to_string())?;
                (answered.epoch, answered.disabled, answered.unknown) = (site.epoch(), false, false);
                return Ok(true);
            }
            Step::Import => {
                *imports += 1;
                let new = |n: u32| NewOrganization {
                    name: format!("Organization {n}").parse().unwrap(),
                    slug: format!("org-{n}").parse().unwrap(),
                    domains: BTreeSet::new(),
                    notices: BTreeSet::new(),
                };
                let wanted = (0..3).map(|n| new(*imports * 10 + n)).collect();
                let imported = site.app.organizations_import(wanted).await.map_err(|why| why.to_string())?;
                answered.imported.extend(imported.created);
            }
            Step::Erase => {
                if answered.erased {
                    return Ok(false);
                }
                let erased =
                    site.app.subject_erase(self.person, site.desk_person, "they left".parse().unwrap());
                erased.await.map_err(|why| why.to_string())?;
                answered.erased = true;
            }
            Step::EraseContact => {
                if answered.contact_erased {
                    return Ok(false);
                }
                let erased =
                    site.app.contact_erase(self.former, site.desk_person, "they left".parse().unwrap());
                erased.await.map_err(|why| why.to_string())?;
                answered.contact_erased = true;
            }
            Step::EraseDeskPerson => {
                if answered.desk_person_erased {
                    return Ok(false);
                }
                site.configure(&[DESK_SEED, SECOND_DESK_SEED].map(Some)).await?;
                let erased =
                    site.app.desk_person_erase(self.left, site.desk_person, "they left".parse().unwrap());
                erased.await.map_err(|why| why.to_string())?;
                answered.desk_person_erased = true;
            }
            Step::Message => {
                let received = site.app.message_receive("help_page", "Acme", b"please".to_vec());
                received.await.map_err(|why| why.to_string())?;
            }
            Step::Freeze => {
                let reason = "a subprocessor was broken into".parse().unwrap();
                answered.freeze_asked = true;
                let begun = site.app.freeze_begin(site.desk_person, FreezeScope::Everybody, reason);
                begun.await.map_err(|why| why.to_string())?;
                answered.frozen = true;
            }
        }
        Ok(false)
    }

    /// What `byleave check` and `byleave verify` say of what is stored, and what the next start makes of it; `told: ` is
    /// what whoever runs it is told, everything else would be nobody's knowledge.
    async fn found_by_check(&self) -> Result<(), String> {
        let told = |why: &dyn std::fmt::Display| format!("told: {why}");
        let store = SqliteStore::look(&self.database(), &keys()).map_err(|why| told(&why))?;
        let found = check::check(&store, &keys(), &mut |_, _| {}).map_err(|why| told(&why))?;
        if let Some((_, fault)) = found.freeze_faults.first() {
            return Err(told(fault));
        }
        for log in &found.logs {
            if let Some(fault) = &log.fault {
                return Err(told(&format!("{}: {fault}", log.slug)));
            }
            let (_, verifier) = log.checkpoint.as_ref().unwrap();
            let files = LogFiles { store: &store, log };
            byleave_verify::verify(&Stored(files), verifier, None).map_err(|why| told(&why))?;
        }
        Ok(())
    }

    async fn found(&self, answered: &Answered) -> Result<(), String> {
        self.found_by_check().await?;
        let site = match self.start() {
            Ok(site) => site,
            Err(why) => {
                self.released().await;
                return Err(format!("told: {why}"));
            }
        };
        let outcome = self.lost(&site, answered);
        let closed = site.app.policy().closed.is_some();
        self.end(site, Keep::Everything).await;
        if closed {
            return Err("told: nobody enters".into());
        }
        outcome
    }

    fn lost(&self, site: &Site, answered: &Answered) -> Result<(), String> {
        let mut lost = String::new();
        site.verify(None).map_err(|why| format!("told: {why}"))?;
        let leaves = site.leaves();
        for (_, index, request) in &answered.begins {
            let found = leaves.get(usize::try_from(*index).unwrap()).map(|leaf| leaf.request);
            if found != Some(*request) {
                let _ = write!(lost, "request at {index} was answered and is not in the log; ");
            }
        }
        let places: BTreeSet<_> = answered.begins.iter().map(|(_, index, _)| index).collect();
        if places.len() != answered.begins.len() {
            lost.push_str("one place was given twice; ");
        }
        let epoch = site.epoch();
        let may = answered.epoch..=answered.epoch + if answered.unknown { 2 } else { 0 };
        if !may.contains(&epoch) {
            let _ = write!(lost, "epoch {epoch}, and {may:?} was answered; ");
        }
        let permits = matches!(site.decide(), Decision::Permit { .. });
        if permits && (answered.frozen || (answered.disabled && epoch == answered.epoch)) {
            lost.push_str("somebody would enter; ");
        }
        if !permits && !answered.freeze_asked && !answered.disabled && !answered.unknown {
            lost.push_str("nobody would enter; ");
        }
        let world = site.app.world();
        for id in &answered.imported {
            if !world.organizations.contains_key(id) {
                let _ = write!(lost, "{id} was created and is gone; ");
            }
        }
        if world.organizations.len() % 3 != 1 {
            lost.push_str("a part of an import is there; ");
        }
        if answered.erased && world.subjects.contains_key(&self.person) {
            lost.push_str("whoever was erased is back; ");
        }
        let tells =
            |word: &str| site.organization_file().iter().any(|line| line.to_lowercase().contains(word));
        if answered.contact_erased && tells("robin") {
            lost.push_str("the contact who was erased is told of; ");
        }
        if answered.desk_person_erased && (world.desk_people.contains_key(&self.left) || tells("max example"))
        {
            lost.push_str("the desk person who was erased is back; ");
        }
        let open = world.organizations.values().filter(|tenant| tenant.organization.closed.is_some()).count();
        if open > 0 {
            lost.push_str("an organization is closed; ");
        }
        if lost.is_empty() { Ok(()) } else { Err(lost) }
    }
}

struct Stored<'a>(LogFiles<'a>);

impl byleave_verify::Source for Stored<'_> {
    fn get(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        self.0.get(path).map_err(|why| std::io::Error::other(why.to_string()))
    }
}
