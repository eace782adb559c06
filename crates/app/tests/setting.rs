//! Who moves an organization's setting, and what it takes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::setting::NotChanged;
use byleave_app::visits::NotEntered;
use byleave_domain::change_request::State;
use byleave_domain::contact_change::ContactChangeEnd;
use byleave_domain::decision::{Decision, DenyReason};
use byleave_domain::ids::RequestId;
use byleave_domain::signature::Signature;
use byleave_domain::statement::{Statement, Wish};
use byleave_domain::visit::VisitEnd;
use support::{CONTACT_SEED, Site, new_contact};

#[tokio::test(flavor = "multi_thread")]
async fn support_access_is_enabled_by_default() {
    let site = Site::new().await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    assert_eq!(site.kinds(), ["log.open", "contact.added"]);
    assert_eq!(
        site.verify(None).unwrap().sentence(),
        "no visits; support access is enabled; nothing missing."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_disables_at_once_and_the_receipt_carries_the_checkpoint() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let receipt = site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    assert_eq!(receipt.connections, 1);
    assert_eq!(receipt.checkpoint, site.app.checkpoint(site.organization).unwrap());
    assert!(matches!(site.decide(), Decision::Deny(DenyReason::SupportAccessDisabled { .. })));
    assert_eq!(
        site.kinds(),
        [
            "log.open",
            "contact.added",
            "visit.open",
            "access.begin",
            "support_access.disabled",
            "change_request.received",
            "change_request.signed",
            "visit.close"
        ]
    );
    assert_eq!(receipt.entry, Some(6), "behind the two desk keys");
    assert_eq!(site.app.visit(visit.id).unwrap().ended.unwrap().1, VisitEnd::SupportAccessDisabled);
    let told = site.told.0.lock().unwrap().clone();
    assert!(told.contains(&format!("cut {} 1", site.organization)), "{told:?}");
    site.verify(Some(&receipt.checkpoint)).unwrap();
    // Already disabled: nothing changes, and the receipt is about the present epoch.
    let again = site.app.disable(site.organization, site.statement(Wish::Disabled, 2)).await.unwrap();
    assert_eq!((again.setting.epoch, again.entry), (1, Some(6)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_recorded_once_disabled() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    // Whoever decided before the disable comes too late with the record (S3).
    let late = site.app.access_begin(site.begin(visit.id, 0)).await;
    assert!(matches!(late, Err(NotEntered::Denied(_))), "{late:?}");
    let reopened = site.app.visit_open(site.opening("printer")).await;
    assert!(
        matches!(reopened, Err(NotEntered::Denied(DenyReason::SupportAccessDisabled { .. }))),
        "{reopened:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn enabling_takes_the_contacts_statement_and_a_desk_person() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    assert!(
        matches!(site.decide(), Decision::Deny(DenyReason::SupportAccessDisabled { .. })),
        "a request changes nothing"
    );
    let approved = site.approve(request.id).await.unwrap();
    assert!(matches!(approved.state(), State::Announced));
    assert_eq!(site.decide(), Decision::Permit { epoch: 2 });
    assert!(matches!(site.approve(request.id).await, Err(NotChanged::Step(_))));
    site.verify(None).unwrap();
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 2 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_request_for_the_same_epoch_is_superseded() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let first = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    let second = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    assert!(site.approve(first.id).await.is_err(), "the second has taken its place");
    site.approve(second.id).await.unwrap();
    assert_eq!(site.app.world().change_requests[&first.id].request.state(), State::Superseded);
    site.app.disable(site.organization, site.statement(Wish::Disabled, 3)).await.unwrap();
    assert!(site.approve(second.id).await.is_err());
    assert!(matches!(site.decide(), Decision::Deny(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_others_do_nothing() {
    let site = Site::new().await;
    let good = site.statement(Wish::Disabled, 1);
    let mut forged = good.clone();
    let Signature::Key(bytes) = &mut forged.signature else { panic!("a key signed") };
    bytes[0] ^= 1;
    let other_key = good.statement.clone().sign(&[8; 32]);
    let other_epoch = site.statement(Wish::Disabled, 2);
    let other_wish = site.statement(Wish::Enabled, 1);
    let stranger =
        Statement { contact: byleave_domain::ids::ContactId::from_bytes([9; 16]), ..good.statement.clone() };
    for (what, signed) in [
        ("forged", forged),
        ("other key", other_key),
        ("other epoch", other_epoch),
        ("other wish", other_wish),
        ("stranger", stranger.sign(&CONTACT_SEED)),
    ] {
        let refused = site.app.disable(site.organization, signed).await;
        assert!(matches!(refused, Err(NotChanged::Statement(_))), "{what}: {refused:?}");
        assert_eq!(site.decide(), Decision::Permit { epoch: 0 }, "{what}");
    }
    assert_eq!(site.kinds().len(), 2, "nothing was written");
}

/// Found by clocks that jump: with a clock that is wrong on either side a contact could not disable.
#[tokio::test(flavor = "multi_thread")]
async fn closing_depends_on_no_clock_and_opening_does() {
    const DAY: i64 = 86_400;
    for seconds in [-DAY, -61, 601, DAY] {
        let site = Site::new().await;
        let statement = site.statement(Wish::Disabled, 1);
        site.clock.forward(seconds);
        site.app.disable(site.organization, statement.clone()).await.unwrap();
        site.app.disable(site.organization, statement).await.unwrap();
        let statement = site.statement(Wish::Enabled, 2);
        site.clock.forward(seconds);
        assert!(site.app.request_enable(site.organization, statement).await.is_err(), "{seconds}");
        site.verify(None).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_statement_is_worth_nothing_later() {
    let site = Site::new().await;
    let disable = site.statement(Wish::Disabled, 1);
    site.app.disable(site.organization, disable.clone()).await.unwrap();
    let enable = site.statement(Wish::Enabled, 2);
    let request = site.app.request_enable(site.organization, enable.clone()).await.unwrap();
    site.approve(request.id).await.unwrap();
    assert!(site.app.disable(site.organization, disable).await.is_err());
    site.app.disable(site.organization, site.statement(Wish::Disabled, 3)).await.unwrap();
    assert!(site.app.request_enable(site.organization, enable).await.is_err());
    // The same request id in two statements is the contact's own business: the epoch makes each single-use.
    let mut same = site.statement(Wish::Enabled, 4);
    same.statement.request = RequestId::from_bytes([1; 16]);
    let same = same.statement.sign(&CONTACT_SEED);
    site.app.request_enable(site.organization, same.clone()).await.unwrap();
    site.app.request_enable(site.organization, same).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_disable_for_the_next_epoch_ends_a_request_to_enable() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    site.approve(request.id).await.unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 3)).await.unwrap();
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 4)).await.unwrap();
    let state = |site: &Site| site.app.world().change_requests[&request.id].request.state();
    for (epoch, ends) in [(1, false), (3, false), (5, false), (4, true)] {
        let answer =
            site.app.disable(site.organization, site.statement(Wish::Disabled, epoch)).await.unwrap();
        assert_eq!(answer.setting.epoch, 3, "it is answered all the same");
        assert_eq!(state(&site) == State::Superseded, ends, "{epoch}");
    }
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_added_while_disabled_cannot_enable() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let new = new_contact("Planted Example", "planted@vendor.example", &[66; 32]);
    let (planted, change) = site.app.contact_create(site.organization, new).await.unwrap();
    let made = site.agree(change.unwrap().id).await.unwrap();
    assert!(matches!(made.ended, Some((ContactChangeEnd::Made, _))));
    let theirs = |site: &Site, wish, epoch| {
        let statement = site.statement(wish, epoch).statement;
        Statement { contact: planted, ..statement }.sign(&[66; 32])
    };
    let refused = site.app.request_enable(site.organization, theirs(&site, Wish::Enabled, 2)).await;
    assert!(refused.unwrap_err().to_string().contains("was added after support access was disabled"));
    let site = site.restart(|_, _| {}).await;
    assert!(site.app.request_enable(site.organization, theirs(&site, Wish::Enabled, 2)).await.is_err());
    // Once an earlier contact has enabled, the new one is as good as any, for disabling at once and for later.
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    site.approve(request.id).await.unwrap();
    site.app.disable(site.organization, theirs(&site, Wish::Disabled, 3)).await.unwrap();
    let request = site.app.request_enable(site.organization, theirs(&site, Wish::Enabled, 4)).await.unwrap();
    site.approve(request.id).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 4 });
}
