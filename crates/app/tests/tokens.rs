//! A token that is revoked or expires takes what was entered with it along, and one that acts for an organization is told of
//! in its log.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::sync::atomic::Ordering;

use byleave_app::NotWritten;
use byleave_app::caller::Caller;
use byleave_app::credentials::{Holder, hash};
use byleave_app::ports::{Batch, Change, Store as _};
use byleave_app::tokens::{NotIssued, NotKnown, Token};
use byleave_app::visits::{NotEntered, Opening};
use byleave_domain::ids::TokenId;
use byleave_domain::token::{LIFE_MAX, Scope, Wanted};
use byleave_domain::visit::VisitEnd;
use byleave_store::SqliteStore;
use byleave_store::intruder::Intruder;
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::troubled::Troubled;
use support::{Site, keys};

impl Site {
    async fn token(&self, life: SignedDuration) -> (Token, String) {
        let wanted = Wanted { scopes: None, life: Some(life) };
        let holder = Holder::Subject(self.subject);
        let made =
            self.app.token_create(Caller::Admin, None, holder, "laptop".parse().unwrap(), wanted).await;
        let (token, secret) = made.unwrap();
        (token, secret.reveal().to_owned())
    }

    async fn token_of(&self, holder: Holder, by: Caller) -> Result<Token, NotIssued> {
        let wanted = Wanted { scopes: None, life: None };
        let made = self.app.token_create(by, None, holder, "night report".parse().unwrap(), wanted).await;
        made.map(|(token, _)| token)
    }

    /// What the log tells of tokens: kind, what it refers to, and who did it.
    fn told_of_tokens(&self) -> Vec<(&'static str, Option<u64>, [u8; 16])> {
        let leaves = self.leaves().into_iter();
        let about = leaves.filter(|leaf| leaf.kind.as_str().starts_with("token."));
        about.map(|leaf| (leaf.kind.as_str(), leaf.reference, leaf.actor)).collect()
    }

    fn opening_by(&self, token: TokenId, reason: &str) -> Opening {
        Opening { token: Some(token), ..self.opening(reason) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_cuts_what_was_entered_with_it_and_nothing_else() {
    let site = Site::new().await;
    let (one, secret) = site.token(SignedDuration::from_hours(24)).await;
    let (other, _) = site.token(SignedDuration::from_hours(24)).await;
    let opened = |opening| site.app.visit_open(opening);
    let by_one = opened(site.opening_by(one.id, "printer")).await.unwrap().id;
    let by_other = opened(site.opening_by(other.id, "scanner")).await.unwrap().id;
    let by_browser = opened(site.opening("mail")).await.unwrap().id;
    // Begun by the other one, and joined.
    let joined = opened(site.opening_by(other.id, "disk")).await.unwrap().id;
    assert_eq!(opened(site.opening_by(one.id, "disk")).await.unwrap().id, joined);
    site.app.access_begin(site.begin(by_one, 0)).await.unwrap();
    assert_eq!(site.app.bearer(&secret).unwrap().token, one.id);

    let revoked = site.app.token_revoke(one.id, Caller::Admin).await.unwrap();
    assert!(revoked.revoked_at.is_some());
    assert_eq!(site.app.bearer(&secret), Err(NotKnown::Unknown));
    let end = |visit| site.app.visit(visit).unwrap().ended.map(|(_, end)| end);
    for (visit, ended) in [(by_one, true), (joined, true), (by_other, false), (by_browser, false)] {
        assert_eq!(end(visit), ended.then_some(VisitEnd::TokenEnded));
        let cut = site.told.0.lock().unwrap().contains(&format!("cut {visit}"));
        assert_eq!(cut, ended, "cut, where it was entered with it");
    }
    let denied = site.app.access_begin(site.begin(by_one, 0)).await;
    assert!(matches!(denied, Err(NotEntered::Denied(_))), "{denied:?}");
    // Whoever was identified a moment before it was revoked opens nothing and joins nothing either.
    for reason in ["printer", "scanner", "again"] {
        let late = opened(site.opening_by(one.id, reason)).await;
        assert!(matches!(late, Err(NotEntered::NotRecorded(_))), "{late:?}");
    }
    let report = site.verify(None).unwrap();
    assert_eq!((report.open_visits, report.open_requests), (2, 0), "the log tells of the ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_entered_with_a_token_ends_when_it_expires() {
    let site = Site::new().await;
    let (token, secret) = site.token(SignedDuration::from_mins(5)).await;
    let visit = site.app.visit_open(site.opening_by(token.id, "printer")).await.unwrap();
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    site.clock.forward(240);
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(site.app.visit(visit.id).unwrap().ended, None);
    site.clock.forward(60);
    assert_eq!(site.app.bearer(&secret), Err(NotKnown::Expired(token.bounds.expires_at)));
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if site.told.0.lock().unwrap().contains(&format!("cut {}", visit.id)) {
            break;
        }
    }
    let ended = site.app.visit(visit.id).unwrap().ended;
    assert_eq!(ended.map(|(_, end)| end), Some(VisitEnd::TokenEnded));
    keeper.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_token_outlives_the_process_but_for_its_secret() {
    let site = Site::new().await;
    let (kept, secret) = site.token(LIFE_MAX).await;
    let (revoked, gone) = site.token(SignedDuration::from_hours(24)).await;
    assert!(kept.bounds.scopes.has(Scope::Enter) && !kept.bounds.scopes.has(Scope::Tokens));
    site.app.token_revoke(revoked.id, Caller::Admin).await.unwrap();
    site.app.bearer(&secret).unwrap();
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let day = || site.app.world().token_by_id(kept.id).unwrap().used_on;
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if day().is_some() {
            break;
        }
    }
    keeper.abort();
    let used_on = day().unwrap();
    assert_eq!(used_on.as_second() % 86_400, 0, "no finer than a day");
    let site = site.restart(|database, _| {
        let bytes = std::fs::read(database).unwrap();
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(!holds(secret.as_bytes()) && !holds(b"laptop"), "neither the secret nor what it is called");
    });
    let site = site.await;
    assert_eq!(site.app.bearer(&secret).unwrap().bounds, kept.bounds);
    assert_eq!(site.app.bearer(&gone), Err(NotKnown::Unknown));
    let known = site.app.world().token_by_id(kept.id).cloned();
    assert_eq!(known, Some(Token { used_on: Some(used_on), ..kept }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_is_forgotten_without_anybody_asking() {
    let site = Site::new().await;
    let (day, hour) = (24 * 60 * 60, 60 * 60);
    let (expired, _) = site.token(SignedDuration::from_hours(24)).await;
    let (works, _) = site.token(LIFE_MAX).await;
    let known = |id| site.app.world().token_by_id(id).is_some();
    site.turn().await;
    site.clock.forward(91 * day - hour);
    site.turn().await;
    assert!(known(expired.id), "for 90 days");
    site.clock.forward(hour);
    site.turn().await;
    assert!(!known(expired.id) && known(works.id));
    let site = site.restart(|_, _| ()).await;
    assert!(site.app.world().token_by_id(expired.id).is_none(), "nor is it stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_of_tokens_that_act_for_its_organization_and_of_no_other() {
    let site = Site::new().await;
    let size = || site.leaves().len() as u64;
    let vendor = site.leaves()[0].actor;
    let programs = Holder::Organization(site.organization);
    let mut wanted = Vec::new();
    for (maker, revoker) in [
        (Caller::Admin, Caller::Admin),
        (Caller::Admin, Caller::Contact(site.contact, site.organization)),
        (Caller::Organization(site.organization), Caller::Organization(site.organization)),
    ] {
        let made_at = size();
        let token = site.token_of(programs, maker).await.unwrap();
        let made = site.leaves().pop().unwrap();
        assert_eq!(made.request, *token.id.as_bytes(), "{maker:?}: found by its id");
        for _ in 0..2 {
            // What is revoked is not revoked again.
            site.app.token_revoke(token.id, revoker).await.unwrap();
        }
        let revoked = site.leaves().pop().unwrap();
        let entries = site.app.entries_disclosed(site.organization, made_at).unwrap();
        for (entry, by) in entries.iter().zip([maker, revoker]) {
            let said: Value = serde_json::from_slice(entry.payload().unwrap()).unwrap();
            let by = match by {
                Caller::Contact(id, _) => json!(id.to_string()),
                Caller::Organization(id) => json!(id.to_string()),
                _ => json!(null),
            };
            assert_eq!(said["by"], by);
        }
        for (actor, by) in [(made.actor, maker), (revoked.actor, revoker)] {
            assert_eq!(actor == vendor, by == Caller::Admin, "{by:?}");
        }
        wanted.extend([("token.made", None, made.actor), ("token.revoked", Some(made_at), revoked.actor)]);
    }
    site.token(SignedDuration::from_hours(1)).await;
    site.token_of(Holder::DeskPerson(site.desk_person), Caller::DeskPerson(site.desk_person)).await.unwrap();
    assert_eq!(site.told_of_tokens(), wanted);
    let told = site.organization_file().join("\n");
    for said in ["night report", &site.contact.to_string(), "read"] {
        assert!(told.contains(said), "the payload says `{said}`");
    }
    let report = site.verify(None).unwrap();
    assert_eq!((report.tokens_made, report.tokens_revoked), (3, 3));
    assert!(site.restart(|_, _| {}).await.verify(None).is_ok(), "and the next start reads it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_takes_nothing_holds_up_no_revocation_and_lets_no_token_be_made() {
    let site = Site::new().await;
    let programs = Holder::Organization(site.organization);
    let token = site.token_of(programs, Caller::Admin).await.unwrap();
    let cut = |database: &std::path::Path, of| {
        Intruder::open(database).unwrap().delete_entry(of, 1).unwrap();
    };
    let site = site.restart(cut).await;
    let refused = site.token_of(programs, Caller::Admin).await;
    assert!(matches!(refused, Err(NotIssued::NotWritten(NotWritten::LogBroken(_)))), "{refused:?}");
    let revoked = site.app.token_revoke(token.id, Caller::Admin).await.unwrap();
    assert!(revoked.revoked_at.is_some());
    let again = site.restart(|_, _| {}).await;
    assert_eq!(
        again.app.world().token_by_id(token.id).unwrap().revoked_at,
        revoked.revoked_at,
        "and for good"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_not_found_holds_up_no_revocation() {
    let Troubled { site, watch, .. } = Troubled::new(100).await;
    let token = site.token_of(Holder::Organization(site.organization), Caller::Admin).await.unwrap();
    watch.unread.store(true, Ordering::SeqCst);
    let revoked = site.app.token_revoke(token.id, Caller::Admin).await.unwrap();
    assert!(revoked.revoked_at.is_some());
    watch.unread.store(false, Ordering::SeqCst);
    assert_eq!(site.verify(None).unwrap().tokens_revoked, 1, "its log tells of it all the same");
}

/// They had some once.
#[tokio::test(flavor = "multi_thread")]
async fn a_security_contact_has_no_token() {
    let site = Site::new().await;
    let contact = Holder::Contact(site.contact);
    assert!(site.app.issue_token(contact, "none").await.is_err());
    let by = Caller::Contact(site.contact, site.organization);
    for (maker, holder) in
        [(by, contact), (by, Holder::Organization(site.organization)), (Caller::Admin, contact)]
    {
        let made = site.token_of(holder, maker).await;
        assert!(matches!(made, Err(NotIssued::Contact)), "{maker:?} for {holder:?}");
    }
    let (token, _) = site.token(SignedDuration::from_hours(24)).await;
    let old = Token { id: TokenId::from_bytes([9; 16]), hash: hash("old"), holder: contact, ..token.clone() };
    let opened = |database: &std::path::Path| {
        let store = SqliteStore::open(database, &keys()).unwrap();
        let stored = store.load().unwrap().tokens;
        (store, stored)
    };
    let site = site.restart(|database, _| {
        let changes = vec![Change::TokenPut(old)];
        opened(database).0.commit(&Batch { appends: Vec::new(), changes }).unwrap();
        assert_eq!(opened(database).1.len(), 2);
    });
    let site = site.await;
    assert_eq!(site.app.bearer("old"), Err(NotKnown::Unknown));
    site.restart(|database, _| assert_eq!(opened(database).1, [token], "nor is it stored")).await;
}
