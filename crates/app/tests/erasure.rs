//! Former security contacts and desk people can be erased; what they decided and signed stays proven.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::path::Path;
use std::sync::atomic::Ordering;

use byleave_api::entry::Kind;
use byleave_app::caller::Caller;
use byleave_app::credentials::Holder;
use byleave_app::erasure::{ContactNotErased, DeskPersonNotErased};
use byleave_domain::change_request::By;
use byleave_domain::contact::ContactErasureRefused;
use byleave_domain::freeze::FreezeScope;
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId};
use byleave_domain::statement::{Wish, public_key};
use byleave_domain::text::Reason;
use byleave_store::intruder::Intruder;
use support::troubled::Troubled;
use support::{DESK_SEED, SECOND_DESK_SEED, Site, beginning, new_contact};

const KIM_SEED: [u8; 32] = [13; 32];

fn why() -> Reason {
    "they left".parse().unwrap()
}

/// Ids of the contacts of now, in order, and of those who were.
fn contacts(site: &Site) -> (Vec<ContactId>, Vec<ContactId>) {
    let world = site.app.world();
    let organization = &world.organizations[&site.organization].organization;
    assert_eq!(organization.closed, None);
    let ids = |contacts: &[byleave_domain::contact::SecurityContact]| {
        contacts.iter().map(|contact| contact.id).collect()
    };
    (ids(&organization.contacts), ids(&organization.former.contacts))
}

/// In how many payloads of the organization's file a word is.
fn told(site: &Site, word: &str) -> usize {
    site.organization_file().iter().filter(|line| line.to_lowercase().contains(word)).count()
}

/// The wrapped key of somebody in a key file.
fn wrapped(file: &[u8], owner: &[u8; 16]) -> Vec<u8> {
    let slot = (0..file.len()).step_by(128).find(|at| file[at + 8..at + 24] == *owner).unwrap();
    file[slot + 24..slot + 84].to_vec()
}

fn is_in_a_file(folder: &Path, needle: &[u8]) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_file());
    files
        .map(|file| std::fs::read(file).unwrap())
        .any(|bytes| bytes.windows(needle.len()).any(|w| w == needle))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_contact_is_erased_and_every_proof_holds() {
    let site = Site::new().await;
    // Sam, then Robin in Sam's place, then Casey in Robin's: what is erased said that Sam left.
    let robin = site.becomes("Robin", Some(site.contact)).await;
    site.confirm(robin).await;
    let token = site.app.issue_token(Holder::Organization(site.organization), "report").await.unwrap();
    let token = site.app.bearer(token.reveal()).unwrap().token;
    site.app.token_revoke(token, Caller::Contact(robin, site.organization)).await.unwrap();
    let casey = site.becomes("Casey", Some(robin)).await;
    let (before, telling) = (site.app.checkpoint(site.organization).unwrap(), told(&site, "robin"));
    // Announced, and twice agreed to; calls and the token's end name nobody.
    assert_eq!(telling, 3);
    let path = site.folder.path().to_owned();
    let keys_before = std::fs::read(path.join("byleave.keys")).unwrap();
    let wrapped = wrapped(&keys_before, robin.as_bytes());
    assert!(is_in_a_file(&path, &wrapped));

    let letters = site.app.letters_overview().await.unwrap().letters;
    let theirs = letters.iter().filter(|(row, _)| row.contact == Some(robin)).count();
    let all = site.app.letters_waiting().0;
    assert!(theirs > 0 && letters.len() == all);

    let erased = site.app.contact_erase(robin, site.desk_person, why()).await;
    assert_eq!(erased, Ok(site.organization));
    let gone = (vec![casey], vec![site.contact]);
    let holds = |site: &Site| {
        assert_eq!((contacts(site), told(site, "robin")), (gone.clone(), 0));
        assert!(!is_in_a_file(&path, &wrapped), "their key is in no file");
        site.verify(Some(&before)).unwrap();
        assert_eq!(site.app.letters_waiting().0, all - theirs, "nothing waits for them");
        let erased = site.replay().unwrap().erased;
        assert_eq!(erased, 5, "announced, two agreements, two calls");
    };
    holds(&site);
    let again = site.app.contact_erase(robin, site.desk_person, why()).await;
    assert_eq!(again, Err(ContactNotErased::UnknownContact(robin)));
    let site = site.restart(|_, _| {}).await;
    holds(&site);
    // Where a crash came before their key went, it goes at the next start.
    let site = site
        .restart(|database, _| std::fs::write(database.with_extension("keys"), &keys_before).unwrap())
        .await;
    holds(&site);
    assert_eq!(site.leaves().last().unwrap().kind, Kind::Erase);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_contact_is_erased_who_decides_may_decide_or_is_rested_on() {
    let site = Site::new().await;
    let erase = async |contact| site.app.contact_erase(contact, site.desk_person, why()).await;
    let refused = |why: ContactErasureRefused| Err(ContactNotErased::Refused(why));
    assert_eq!(erase(site.contact).await, refused(ContactErasureRefused::OnFile));
    let (announced, change) = site
        .app
        .contact_create(site.organization, new_contact("Robin", "robin@acme.example", &[77; 32]))
        .await
        .unwrap();
    assert_eq!(erase(announced).await, refused(ContactErasureRefused::ChangeOpen));
    let by = By::Desk(site.desk_person);
    site.app.contact_change_end(change.unwrap().id, by).await.unwrap();
    assert_eq!(erase(announced).await, Ok(site.organization), "who never became one can be, too");
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    // The same person on both sides.
    let dana = site.becomes("Dana", Some(site.contact)).await;
    assert_eq!(erase(site.contact).await, refused(ContactErasureRefused::SettingRests));
    let casey = site.becomes("Casey", Some(dana)).await;
    assert_eq!(contacts(&site).0, [casey]);
    site.verify(None).unwrap();
    let site = site
        .restart(|database, organization| {
            Intruder::open(database).unwrap().delete_setting(organization).unwrap();
        })
        .await;
    let closed = site.app.contact_erase(dana, site.desk_person, why()).await;
    assert_eq!(closed, Err(ContactNotErased::LogBroken("acme".parse().unwrap())));
}

/// Nobody says of an entry that it was erased but an `erase` entry that names it.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_of_a_contact_covers_the_places_that_it_names_and_no_others() {
    for (what, kind) in [("called", Kind::ContactCalledWithWords), ("desk", Kind::DeskKeyAdded)] {
        let site = Site::new().await;
        site.confirm(site.contact).await;
        let robin = site.becomes("Robin", None).await;
        let casey = site.becomes("Casey", Some(robin)).await;
        site.app.contact_erase(robin, site.desk_person, why()).await.unwrap();
        assert_eq!(contacts(&site).0, [site.contact, casey]);
        let place = site.leaves().iter().position(|leaf| leaf.kind == kind).unwrap() as u64;
        let site = site
            .restart(|database, organization| {
                Intruder::open(database).unwrap().put_payload(organization, place, None).unwrap();
            })
            .await;
        let closed = site.app.world().organizations[&site.organization].organization.closed;
        assert!(closed.is_some(), "{what}");
    }
}

impl Site {
    async fn put(&self, name: &str, seed: &[u8; 32]) -> DeskPersonId {
        let email = format!("{}@vendor.example", name.to_lowercase()).parse().unwrap();
        let name = format!("{name} Example").parse().unwrap();
        self.app.desk_person_put(name, email, Some(public_key(seed))).await.unwrap()
    }

    /// As a start finds a configuration without Lee.
    async fn configure_without_lee(&self) {
        self.put("Dana", &DESK_SEED).await;
        self.put("Kim", &KIM_SEED).await;
        self.app.desk_keys_settle().await.unwrap();
    }

    async fn erase_lee(&self) -> Result<Vec<OrganizationId>, DeskPersonNotErased> {
        self.app.desk_person_erase(self.second_desk_person, self.desk_person, why()).await
    }

    /// Lee approved the setting in force, agreed to a contact, and lifted a freeze.
    async fn with_work_of_lee() -> Self {
        let site = Self::new().await;
        site.becomes("Robin", None).await;
        site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
        let wish = site.statement(Wish::Enabled, 2);
        let request = site.app.request_enable(site.organization, wish).await.unwrap();
        site.approve(request.id).await.unwrap();
        let begun = site.app.freeze_begin(site.desk_person, FreezeScope::Everybody, why()).await.unwrap();
        let freeze = begun.freeze;
        for (by, seed) in [(site.desk_person, &DESK_SEED), (site.second_desk_person, &SECOND_DESK_SEED)] {
            let word = freeze.lift(by, site.app.now()).sign(seed);
            site.app.freeze_lift(freeze.id, by, &word.lift.to_text(), word.signature).await.unwrap();
        }
        site
    }

    fn holds_after_lee(&self) {
        assert_eq!((self.epoch(), contacts(self).0.len()), (2, 2));
        let world = self.app.world();
        assert!(world.freezes.values().all(|freeze| !freeze.is_in_force()));
        assert!(matches!(self.decide(), byleave_domain::decision::Decision::Permit { .. }));
        drop(world);
        self.verify(None).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_desk_person_is_erased_and_what_they_signed_holds() {
    let site = Site::with_work_of_lee().await;
    let globex = site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await;
    let (globex, acme, lee) = (globex.unwrap(), site.organization, site.second_desk_person);
    assert_eq!(site.erase_lee().await, Err(DeskPersonNotErased::Configured));
    let site = Site { organization: acme, ..site.restart(|_, _| {}).await };
    site.configure_without_lee().await;
    let own = site.app.desk_person_erase(lee, lee, why()).await;
    assert_eq!(own, Err(DeskPersonNotErased::OwnRecord));
    assert_eq!(told(&site, "lee example"), 2, "their key came and went");
    let link = site.app.issue_link(Holder::DeskPerson(lee)).await.unwrap();
    let (session, _) = site.signed_in(Holder::DeskPerson(lee), None).await;
    let path = site.folder.path().to_owned();
    let keys_before = std::fs::read(path.join("byleave.keys")).unwrap();
    let wrapped = wrapped(&keys_before, lee.as_bytes());

    let mut both = vec![acme, globex];
    both.sort();
    let mut erased = site.erase_lee().await.unwrap();
    erased.sort();
    assert_eq!(erased, both);
    assert!(site.app.sign_in(link.reveal(), beginning(None)).await.unwrap().is_none());
    assert!(site.app.session(&session).is_none() && site.app.world().sessions().count() == 0);
    assert_eq!(site.erase_lee().await, Err(DeskPersonNotErased::UnknownPerson(lee)));
    let (mut site, gone) = (site, || !is_in_a_file(&path, &wrapped));
    for keys in [None, Some(&keys_before)] {
        site = Site { organization: acme, ..site };
        assert_eq!((told(&site, "lee example"), site.replay().unwrap().erased), (0, 2));
        assert!(!site.app.world().desk_people.contains_key(&lee) && gone());
        site.holds_after_lee();
        // Where a crash came before their key went, it goes at the next start.
        let put = |database: &Path| keys.map(|keys| std::fs::write(database.with_extension("keys"), keys));
        site = site.restart(|database, _| drop(put(database))).await;
    }
    assert!(gone());
    // The address can be somebody's again, who is somebody else.
    assert_ne!(site.put("Lee", &SECOND_DESK_SEED).await, lee);
}

/// A log whose `erase` entry does not say which key it was proves nothing that was signed with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_persons_payload_that_is_gone_without_a_word_closes_the_organization() {
    let site = Site::with_work_of_lee().await;
    let place = site.leaves().iter().position(|leaf| leaf.kind == Kind::DeskKeyAdded).unwrap() as u64;
    let site = site
        .restart(|database, organization| {
            Intruder::open(database).unwrap().put_payload(organization, place, None).unwrap();
        })
        .await;
    assert!(site.app.world().organizations[&site.organization].organization.closed.is_some());
    site.put("Dana", &DESK_SEED).await;
    site.app.desk_keys_settle().await.unwrap();
    let refused = site.erase_lee().await;
    assert_eq!(refused, Err(DeskPersonNotErased::LogBroken("acme".parse().unwrap())));
}

/// The store fails at each commit in turn: nobody is half erased, and asked for again it is done.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_is_broken_off_is_begun_again() {
    for fails_at in 1..=3 {
        let Troubled { site, left, .. } = Troubled::new(100).await;
        let robin = site.becomes("Robin", None).await;
        let casey = site.becomes("Casey", Some(robin)).await;
        left.store(fails_at, Ordering::SeqCst);
        let erased = site.app.contact_erase(robin, site.desk_person, why()).await;
        assert_eq!(erased.is_err(), fails_at == 1, "{erased:?}");
        let kept = site.replay().unwrap().erased;
        assert_eq!(kept > 0, erased.is_ok());
        let site = site.restart(|_, _| {}).await;
        let again = site.app.contact_erase(robin, site.desk_person, why()).await;
        assert_eq!(again.is_ok(), erased.is_err(), "{again:?}");
        assert_eq!((contacts(&site), told(&site, "robin")), ((vec![site.contact, casey], vec![]), 0));
        site.verify(None).unwrap();
    }
    // The desk of now, the log's word, the last row.
    let mut broken_off = 0;
    for fails_at in 1..=3 {
        let Troubled { site, left, .. } = Troubled::new(100).await;
        site.configure_without_lee().await;
        let lee = site.second_desk_person;
        left.store(fails_at, Ordering::SeqCst);
        let erased = site.erase_lee().await;
        broken_off += usize::from(erased.is_err());
        let site = Site { second_desk_person: lee, ..site.restart(|_, _| {}).await };
        site.configure_without_lee().await;
        assert_eq!(site.erase_lee().await.is_ok(), erased.is_err(), "{fails_at}: {erased:?}");
        assert_eq!(told(&site, "lee example"), 0);
        assert!(!site.app.world().desk_people.contains_key(&lee));
        site.verify(None).unwrap();
    }
    assert_eq!(broken_off, 2, "the log's entry, and the row");
}
