//! What is personal is sealed, a person can be erased, and a database from before is brought along.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::path::Path;

use byleave_api::payload::AccessEnd;
use byleave_app::change_requests::Message;
use byleave_app::contacts::NewContact;
use byleave_app::erasure::NotErased;
use byleave_app::evidence::Reader;
use byleave_app::ports::{Kept, Person};
use byleave_app::visits::{Begin, Denied, Opening};
use byleave_domain::change_request::{Items, Source};
use byleave_domain::decision::{Decision, DenyReason};
use byleave_domain::ids::{DecisionId, OrganizationId, SubjectId, VisitId};
use byleave_domain::statement::Wish;
use byleave_domain::subject::{ErasureRefused, SubjectKind};
use byleave_domain::visit::VisitEnd;
use byleave_store::intruder::Intruder;
use byleave_store::{OpenError, SqliteStore};
use support::{Site, Stopped, keys};

/// Every canary holds this.
const CANARY: &str = "canary";

async fn canary_person(site: &Site) -> SubjectId {
    let (name, email) = ("Canary Name".parse().unwrap(), "canary@mail.example".parse().unwrap());
    let employer = "Canary Employer".parse().unwrap();
    site.app.subject_create(SubjectKind::SupportPerson, name, email, employer).await.unwrap()
}

/// A visit, over, with two requests and a refusal, all of it canaries.
async fn canary_visit(site: &Site, organization: OrganizationId, subject: SubjectId) -> VisitId {
    let opening =
        Opening { subject, organization, case: "canary-case".parse().ok(), ..site.opening("canary reason") };
    let visit = site.app.visit_open(opening).await.unwrap();
    for _ in 0..2 {
        let target = "/canary/path?q=canary-query".to_owned();
        let entry =
            site.app.access_begin(Begin { target, ..site.begin(visit.id, visit.epoch) }).await.unwrap();
        let reason = "done".to_owned();
        let end = AccessEnd { entry, status: 200, bytes_up: 0, bytes_down: 1, duration_ms: 1, reason };
        site.app.access_end(visit.id, end);
    }
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    denied(site, organization, subject).await;
    visit.id
}

async fn denied(site: &Site, organization: OrganizationId, subject: SubjectId) {
    let denied = Denied {
        decision: DecisionId::from_bytes(site.app.random_bits()),
        subject,
        organization,
        tool: Some(site.tool),
        visit: None,
        reason: "reason_required",
        method: "GET".into(),
        target: "/canary-denied".into(),
        peer: "192.0.2.99".into(),
    };
    site.app.access_denied(denied).await;
}

/// How often `needle` is in any file of the folder, whatever its case.
fn found(folder: &Path, needle: &[u8]) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_file());
    let bytes = files.map(|file| std::fs::read(file).unwrap().to_ascii_lowercase());
    bytes.map(|bytes| bytes.windows(needle.len()).filter(|part| *part == needle).count()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_shows_who_why_or_what() {
    let site = Site::new().await;
    let subject = canary_person(&site).await;
    canary_visit(&site, site.organization, subject).await;
    let contact = NewContact {
        name: "Canary Contact".parse().unwrap(),
        email: "canary@acme.example".parse().unwrap(),
        phone: "+1 555 7318".parse().unwrap(),
        key: None,
    };
    site.app.contact_create(site.organization, contact).await.unwrap();
    site.app
        .desk_person_put("Canary Desk".parse().unwrap(), "canary@desk.example".parse().unwrap(), None)
        .await
        .unwrap();
    let held = site.app.message_receive("help_page", "Canary Ltd", b"canary message".to_vec()).await.unwrap();
    let text = site.app.message_text(held).await.unwrap();
    assert_eq!(text, "canary message");
    let dismissed = site.app.message_receive("piped", "Canary Inc", b"canary mail".to_vec()).await.unwrap();
    site.app.message_dismiss(dismissed, site.desk_person, "canary why").await.unwrap();
    let (wish, source) = (Wish::Disabled, Source::SignedIn);
    let message =
        Message { wish, source, contact: Some(site.contact), items: Items::ALL, text: "canary words".into() };
    let request = site.app.change_request_receive(site.organization, message).await.unwrap();
    let evidence = request.received.evidence.unwrap();
    let read = site.app.evidence_read(evidence, Reader::Desk(site.desk_person)).await.unwrap().unwrap();
    assert_eq!(read.bytes, b"canary words");
    let folder = site.folder.path().to_owned();
    for needle in [CANARY, "sasha", "sam example", "acme.example", "555 0100", "555 7318", "192.0.2.99"] {
        assert_eq!(found(&folder, needle.as_bytes()), 0, "{needle} is in a file while it runs");
    }
    let stopped = site.stop().await;
    for needle in [CANARY, "sasha", "555"] {
        assert_eq!(found(stopped.path(), needle.as_bytes()), 0, "{needle} is in a file");
    }
    // And yet all of it is there.
    let site = stopped.start();
    assert_eq!(site.app.world().subjects[&subject].name.as_str(), "Canary Name");
    assert_eq!(site.app.message_text(held).await.unwrap(), "canary message");
    let visits = site.app.visits_past(site.organization, 10).unwrap();
    assert_eq!(visits[0].visit.reason.as_ref().unwrap().as_str(), "canary reason");
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_is_gone_and_every_proof_holds() {
    let site = Site::new().await;
    let globex = site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await;
    let globex = globex.unwrap();
    let subject = canary_person(&site).await;
    canary_visit(&site, site.organization, subject).await;
    let token = site
        .app
        .issue_token(byleave_app::credentials::Holder::Subject(subject), "canary-token")
        .await
        .unwrap();
    // Somebody else's visit between theirs.
    let other = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.access_begin(site.begin(other.id, 0)).await.unwrap();
    let visit = canary_visit(&site, globex, subject).await;
    denied(&site, globex, subject).await;
    let before = site.app.checkpoint(site.organization).unwrap();
    let keys_before = std::fs::read(site.folder.path().join("byleave.keys")).unwrap();

    let why = || "asked for by the person".parse().unwrap();
    let slot = slot_of(&keys_before, subject.as_bytes());
    let wrapped = keys_before[slot + 24..slot + 84].to_vec();
    assert_eq!(found_exactly(site.folder.path(), &wrapped), 1);
    let mut touched = site.app.subject_erase(subject, site.desk_person, why()).await.unwrap();
    assert_eq!(found_exactly(site.folder.path(), &wrapped), 0, "their key is in no file any more");
    touched.sort();
    let mut both = vec![site.organization, globex];
    both.sort();
    assert_eq!(touched, both);
    for _ in 0..2 {
        let again = site.app.subject_erase(subject, site.desk_person, why()).await;
        assert_eq!(again, Err(NotErased::UnknownPerson(subject)));
    }
    assert!(!site.app.world().subjects.contains_key(&subject));
    assert!(site.app.bearer(token.reveal()).is_err());
    assert!(site.app.visit(visit).is_none(), "memory holds nothing of it either");
    assert!(site.app.visit_row(visit).unwrap().unwrap().visit.reason.is_none());
    // A refusal that was on its way is not recorded any more.
    let size = site.leaves().len();
    denied(&site, site.organization, subject).await;
    assert_eq!(site.leaves().len(), size);
    site.verify(Some(&before)).unwrap();

    let acme = site.organization;
    let site = Site { organization: acme, ..site.restart(|_, _| {}).await };
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    site.verify(Some(&before)).unwrap();
    assert!(site.app.world().subjects_gone.contains(&subject));
    let theirs = site.app.visits_past(globex, 10).unwrap();
    assert_eq!((theirs.len(), theirs[0].visit.reason.is_none()), (1, true));
    let entries = site.app.visit_entries(globex, theirs[0].entry, 10).unwrap();
    assert!(entries.len() > 2 && entries.iter().all(|entry| entry.kept == Kept::Erased));
    let others = site.app.visits_past(site.organization, 10).unwrap();
    assert!(others.iter().any(|row| row.visit.reason.as_ref().is_some_and(|r| r.as_str() == "printer")));
    assert!(site.kinds().contains(&"erase"));

    // Where a crash came before it went, it goes at the next start.
    let site = site
        .restart(|database, _| std::fs::write(database.with_extension("keys"), &keys_before).unwrap())
        .await;
    assert_eq!(found_exactly(site.folder.path(), &wrapped), 0);
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    // The address can be somebody's again.
    canary_person(&site).await;
}

fn found_exactly(folder: &Path, needle: &[u8]) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_file());
    let bytes = files.map(|file| std::fs::read(file).unwrap());
    bytes.map(|bytes| bytes.windows(needle.len()).filter(|part| *part == needle).count()).sum()
}

/// Where in the key file an owner's slot begins.
fn slot_of(file: &[u8], owner: &[u8; 16]) -> usize {
    (0..file.len()).step_by(128).find(|at| file[at + 8..at + 24] == *owner).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_erased_who_is_inside_decides_or_is_oneself() {
    let site = Site::new().await;
    let why = || "they left".parse().unwrap();
    let refused = async |subject, by| site.app.subject_erase(subject, by, why()).await.unwrap_err();
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    assert_eq!(refused(site.subject, site.desk_person).await, ErasureRefused::VisitsOpen(1).into());
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    let person = async |email: &str| {
        let (name, employer) = ("Somebody".parse().unwrap(), "Vendor".parse().unwrap());
        let kind = SubjectKind::SupportPerson;
        site.app.subject_create(kind, name, email.parse().unwrap(), employer).await.unwrap()
    };
    let contact = person("sam@acme.example").await;
    assert!(matches!(
        refused(contact, site.desk_person).await,
        NotErased::Refused(ErasureRefused::SecurityContact(_))
    ));
    let oneself = person("dana@vendor.example").await;
    assert_eq!(refused(oneself, site.desk_person).await, ErasureRefused::OwnRecord.into());
    site.app.subject_erase(oneself, site.second_desk_person, why()).await.unwrap();
    site.app.subject_erase(site.subject, site.desk_person, why()).await.unwrap();
}

fn closed(site: &Site) -> bool {
    matches!(site.decide(), Decision::Deny(DenyReason::OrganizationClosed { .. }))
}

/// A key that is gone without an `erase` entry, and a payload that is gone with its key still there: each closes the
/// organization.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_gone_closes_what_it_opened() {
    for destroyed in [true, false] {
        let site = Site::new().await;
        let subject = canary_person(&site).await;
        canary_visit(&site, site.organization, subject).await;
        let site = site
            .restart(|database, _| {
                let path = database.with_extension("keys");
                let mut file = std::fs::read(&path).unwrap();
                let slot = slot_of(&file, subject.as_bytes());
                // As a destroyed one, or as one that is damaged.
                file[slot] = if destroyed { 2 } else { 1 };
                file[slot + 24..slot + 84].fill(if destroyed { 0 } else { 7 });
                std::fs::write(&path, file).unwrap();
            })
            .await;
        assert!(closed(&site), "destroyed: {destroyed}");
        let globex = site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await;
        let opening = Opening { organization: globex.unwrap(), ..site.opening("printer") };
        site.app.visit_open(opening).await.unwrap();
    }
    let site = Site::new().await;
    let subject = canary_person(&site).await;
    canary_visit(&site, site.organization, subject).await;
    let site = site
        .restart(|database, organization| {
            Intruder::open(database).unwrap().put_payload(organization, 4, None).unwrap();
        })
        .await;
    assert!(closed(&site));
    // Where the log cannot say so, nobody is erased.
    let refused = site.app.subject_erase(subject, site.desk_person, "they left".parse().unwrap()).await;
    assert_eq!(refused, Err(NotErased::LogBroken("acme".parse().unwrap())));
    assert!(site.app.world().subjects.contains_key(&subject));
}

/// An `erase` entry excuses the person's own entries before it, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_covers_nobody_elses_payload() {
    let site = Site::new().await;
    let subject = canary_person(&site).await;
    canary_visit(&site, site.organization, subject).await;
    let other = site.app.visit_open(site.opening("printer")).await.unwrap();
    let entry = site.app.access_begin(site.begin(other.id, 0)).await.unwrap();
    site.app.subject_erase(subject, site.desk_person, "they left".parse().unwrap()).await.unwrap();
    let site = site
        .restart(|database, organization| {
            Intruder::open(database).unwrap().put_payload(organization, entry, None).unwrap();
        })
        .await;
    assert!(closed(&site));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_key_file_or_with_anothers_nothing_opens() {
    let site = Site::new().await;
    let stopped = site.stop().await;
    let (database, key_file) = (stopped.path().join("byleave.db"), stopped.path().join("byleave.keys"));
    let own = std::fs::read(&key_file).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&key_file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    std::fs::remove_file(&key_file).unwrap();
    let refused = |keys: &byleave_app::keys::Keys| match SqliteStore::open(&database, keys) {
        Err(why @ OpenError::Keys(_)) => why.to_string(),
        other => panic!("{:?}", other.err()),
    };
    assert!(refused(&keys()).contains("byleave.keys` is missing"));
    std::fs::write(&key_file, b"not keys").unwrap();
    assert!(refused(&keys()).contains("no key file"));
    std::fs::write(&key_file, &own).unwrap();
    let others = byleave_app::keys::Keys::new([43; 32], "test.byleave.example");
    assert!(refused(&others).contains("another `deployment.key`'s"));
    let site = stopped.start();
    site.verify(None).unwrap();
}

/// A crash in the middle of making a key leaves part of a slot behind, or one that makes no sense; it was never used.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_leaves_at_the_end_of_the_key_file_does_not_matter() {
    let mut site = Site::new().await;
    let acme = site.organization;
    for rest in [50, 128, 200] {
        let restarted = site
            .restart(|database, _| {
                let path = database.with_extension("keys");
                let whole = std::fs::read(&path).unwrap();
                let torn: Vec<u8> = (0..rest).map(|byte| if byte == 0 { 1 } else { byte as u8 }).collect();
                std::fs::write(&path, [whole, torn].concat()).unwrap();
            })
            .await;
        site = Site { organization: acme, ..restarted };
        assert!(!closed(&site), "{rest}");
        let (name, slug) = (format!("Globex {rest}"), format!("globex-{rest}"));
        let made = site.app.organization_create(name.parse().unwrap(), slug.parse().unwrap()).await.unwrap();
        let restarted = site.restart(|_, _| {}).await;
        site = Site { organization: acme, ..restarted };
        assert!(!closed(&site), "{rest}");
        let globex = Site { organization: made, ..site };
        assert!(!closed(&globex), "a key after what was torn is a good one: {rest}");
        site = Site { organization: acme, ..globex };
    }
}

/// A directory as the release before left it: everything in the open, a visit under way, evidence encrypted otherwise.
fn from_before() -> Stopped {
    let folder = tempfile::tempdir().unwrap();
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema-2.sqlite");
    std::fs::copy(old, folder.path().join("byleave.db")).unwrap();
    Stopped::at(folder)
}

fn assert_brought_along(site: &Site) {
    site.verify(None).unwrap();
    assert_eq!(site.decide(), Decision::Permit { epoch: 2 });
    let visits = site.app.visits_past(site.organization, 10).unwrap();
    let mut reasons: Vec<_> = visits.iter().map(|row| row.visit.reason.as_ref().unwrap().as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["canary-reason-one", "canary-reason-two"]);
    assert!(visits.iter().all(|row| row.visit.ended.is_some()), "what was open is ended");
    let world = site.app.world();
    assert_eq!(world.subjects[&site.subject].email.as_str(), "sasha@vendor.example");
    let row = world.messages.values().next().unwrap();
    assert_eq!((world.messages.len(), row.claimed.as_str()), (1, "canary-claimed"));
    assert_eq!(row.text, b"canary-message-held");
    for row in &visits {
        let entries = site.app.visit_entries(site.organization, row.entry, 10).unwrap();
        assert!(entries.len() > 1 && entries.iter().all(|entry| matches!(entry.kept, Kept::Whole { .. })));
        assert!(entries.iter().all(|entry| entry.person == Some(Person::Subject(site.subject))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_the_open_is_sealed_at_the_next_start() {
    let stopped = from_before();
    assert!(found(stopped.path(), CANARY.as_bytes()) > 5, "it was in the open");
    let site = stopped.start();
    assert_brought_along(&site);
    let evidence: Vec<_> = {
        let world = site.app.world();
        world.change_requests.values().filter_map(|tracked| tracked.request.received.evidence).collect()
    };
    assert_eq!(evidence.len(), 2);
    for id in evidence {
        let read = site.app.evidence_read(id, Reader::Desk(site.desk_person)).await.unwrap().unwrap();
        assert_eq!(read.bytes, b"please");
    }
    let site = site.restart(|_, _| {}).await;
    assert_brought_along(&site);
    // And whoever was there before can be erased.
    site.app.subject_erase(site.subject, site.desk_person, "they left".parse().unwrap()).await.unwrap();
    let subject = site.subject;
    let stopped = site.stop().await;
    for needle in [CANARY.as_bytes(), b"sasha", b"555 0100"] {
        assert_eq!(found(stopped.path(), needle), 0);
    }
    let app = support::start(&stopped.path().join("byleave.db"), &stopped.1, &stopped.2).unwrap();
    assert!(app.world().subjects_gone.contains(&subject));
    assert!(app.world().organizations.values().all(|tenant| tenant.organization.closed.is_none()));
}

/// Whatever ends it in the middle, nothing is half sealed: it is as it was, and is sealed at the next start.
#[tokio::test(flavor = "multi_thread")]
async fn sealing_is_done_whole_or_not_at_all() {
    let stopped = from_before();
    let database = stopped.path().join("byleave.db");
    let damaged = Intruder::open(&database).unwrap();
    damaged.damage_evidence().unwrap();
    for _ in 0..2 {
        let refused = SqliteStore::open(&database, &keys()).err().unwrap().to_string();
        assert!(refused.contains("evidence `evidence_"), "{refused}");
        assert!(found(stopped.path(), CANARY.as_bytes()) > 5, "nothing is gone");
    }
    damaged.damage_evidence().unwrap();
    drop(damaged);
    assert_brought_along(&stopped.start());
}
