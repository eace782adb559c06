//! Somebody edits the database. Each attack closes the organization, and is found at the latest at the next change.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::visits::NotEntered;
use byleave_domain::decision::{Decision, DenyReason};
use byleave_domain::ids::{OrganizationId, TokenId};
use byleave_domain::statement::{Wish, public_key};
use byleave_store::intruder::Intruder;
use support::Site;

fn attack(act: impl FnOnce(&Intruder, OrganizationId)) -> impl FnOnce(&std::path::Path, OrganizationId) {
    |database, organization| act(&Intruder::open(database).unwrap(), organization)
}

async fn disabled() -> Site {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    site
}

fn assert_closed(site: &Site) {
    let decision = site.decide();
    assert!(matches!(decision, Decision::Deny(DenyReason::OrganizationClosed { .. })), "{decision:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_restart_changes_nothing() {
    let site = disabled().await.restart(|_, _| {}).await;
    assert!(matches!(site.decide(), Decision::Deny(DenyReason::SupportAccessDisabled { .. })));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_row_closes() {
    let site = disabled().await.restart(attack(|i, o| assert_eq!(i.edit_setting(o), Ok(1)))).await;
    assert_closed(&site);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_row_with_its_genuine_statement_closes() {
    let site = disabled().await;
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    site.approve(request.id).await.unwrap();
    let enabled = Intruder::open(&site.database()).unwrap().copy_setting(site.organization).unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 3)).await.unwrap();
    let site = site.restart(attack(move |i, o| assert_eq!(i.restore_setting(o, &enabled), Ok(1)))).await;
    assert_closed(&site);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_row_of_the_creation_put_back_closes() {
    let site = Site::new().await;
    let created = Intruder::open(&site.database()).unwrap().copy_setting(site.organization).unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let site = site.restart(attack(move |i, o| assert_eq!(i.restore_setting(o, &created), Ok(1)))).await;
    assert_closed(&site);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_row_closes_even_at_epoch_0() {
    let site = disabled().await.restart(attack(|i, o| assert_eq!(i.delete_setting(o), Ok(1)))).await;
    assert_closed(&site);
    let fresh = Site::new().await.restart(attack(|i, o| assert_eq!(i.delete_setting(o), Ok(1)))).await;
    assert_closed(&fresh);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_entry_closes_and_cannot_be_continued() {
    let site = disabled().await.restart(attack(|i, o| assert_eq!(i.delete_entry(o, 1), Ok(1)))).await;
    assert_closed(&site);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_cut_at_its_end_closes() {
    // Row and log both go back to "enabled by default"; the signed head does not.
    let site = Site::new().await;
    let created = Intruder::open(&site.database()).unwrap().copy_setting(site.organization).unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let site = site
        .restart(attack(move |i, o| {
            i.restore_setting(o, &created).unwrap();
            assert_eq!(i.cut_log(o, 2), Ok(1));
        }))
        .await;
    assert_closed(&site);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_key_is_worth_nothing() {
    let site = disabled()
        .await
        .restart(attack(|i, o| assert_eq!(i.swap_contact_key(o, &public_key(&[66; 32]).0), Ok(1))))
        .await;
    assert!(matches!(site.decide(), Decision::Deny(DenyReason::SupportAccessDisabled { .. })));
    let theirs = site.statement(Wish::Enabled, 2).statement.sign(&[66; 32]);
    assert!(site.app.request_enable(site.organization, theirs).await.is_err());
    site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_edited_under_a_running_process_closes_at_the_next_record() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    Intruder::open(&site.database()).unwrap().delete_setting(site.organization).unwrap();
    let refused = site.app.access_begin(site.begin(visit.id, 0)).await;
    assert!(matches!(refused, Err(NotEntered::Denied(_))), "{refused:?}");
    assert_closed(&site);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let told = site.told.0.lock().unwrap().clone();
    assert!(told.contains(&format!("cut {} 0", site.organization)), "open connections are cut: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_row_cannot_be_the_ground_for_enabling() {
    let site = disabled().await;
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    Intruder::open(&site.database()).unwrap().edit_setting(site.organization).unwrap();
    assert!(site.approve(request.id).await.is_err());
    assert!(matches!(site.decide(), Decision::Deny(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_organization_can_still_be_disabled_and_is_settled_by_it() {
    let site = disabled().await.restart(attack(|i, o| assert_eq!(i.edit_setting(o), Ok(1)))).await;
    assert_closed(&site);
    let receipt = site.app.disable(site.organization, site.statement(Wish::Disabled, 2)).await;
    // The log's last word is "disabled" already; the verifier's grammar knows no second one.
    let receipt = receipt.unwrap();
    assert_eq!(receipt.setting.epoch, 1);
    let site = site.restart(|_, _| {}).await;
    assert!(matches!(site.decide(), Decision::Deny(DenyReason::SupportAccessDisabled { .. })));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_log_does_not_keep_a_contact_from_disabling() {
    let site = Site::new().await.restart(attack(|i, o| assert_eq!(i.delete_entry(o, 1), Ok(1)))).await;
    assert_closed(&site);
    let receipt = site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    assert_eq!(receipt.entry, None, "its entry waits");
    assert!(matches!(site.decide(), Decision::Deny(_)));
    let site = site.restart(|_, _| {}).await;
    assert_closed(&site);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_payload_or_node_closes() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    for _ in 0..260 {
        site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    }
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    let intruder = Intruder::open(&site.database()).unwrap();
    let [own, another] = [4, 5].map(|place| intruder.copy_payload(site.organization, place).unwrap());
    let put = |sealed: Option<Vec<u8>>| {
        attack(move |i, o| assert_eq!(i.put_payload(o, 4, sealed.as_deref()), Ok(1)))
    };
    let site = site.restart(put(another)).await;
    assert_closed(&site);
    let site = site.restart(put(None)).await;
    assert_closed(&site);
    let site = site.restart(put(own)).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 }, "put back, it is as it was");
    let site = site.restart(attack(|i, o| assert_eq!(i.edit_nodes(o), Ok(1)))).await;
    assert_closed(&site);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_read_is_left_out_and_nothing_else_is() {
    let site = Site::new().await;
    let receive =
        async |text: &str| site.app.message_receive("piped", "Acme", text.as_bytes().to_vec()).await.unwrap();
    let (damaged, whole) = (receive("please disable").await, receive("please call").await);
    let site = site.restart(attack(move |i, _| assert_eq!(i.damage_message(damaged), Ok(1)))).await;
    assert_eq!(site.app.message_text(whole).await.unwrap(), "please call");
    assert!(site.app.message_text(damaged).await.is_err());
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
}

/// Whoever is left out would come back under another id, and could approve what they prepared.
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_person_who_cannot_be_read_is_not_left_out() {
    let site = Site::new().await;
    let person = site.desk_person;
    let stopped = site.stop().await;
    let database = stopped.path().join("byleave.db");
    assert_eq!(Intruder::open(&database).unwrap().damage_desk_person(person), Ok(1));
    let refused = support::start(&database, &stopped.1, &stopped.2).err().unwrap().to_string();
    assert!(refused.contains("desk_person"), "{refused}");
}

/// Left out, the domain of a look-alike would go unmarked, and what was done under a key would be done a second time.
#[tokio::test(flavor = "multi_thread")]
async fn domains_addresses_and_answers_that_cannot_be_read_are_not_left_out_and_the_way_out_is_named() {
    for (table, damage) in [
        ("mail_domain", Intruder::damage_mail_domains as fn(&Intruder) -> _),
        ("answer", Intruder::damage_answers),
        ("notice_address", Intruder::damage_notice_addresses),
    ] {
        let site = Site::new().await;
        site.app.mail_domains_put(site.organization, ["acme.example".parse().unwrap()].into()).await.unwrap();
        let soc = ["soc@acme.example".parse().unwrap()];
        site.app.notice_addresses_put(site.organization, Some(site.contact), soc.into()).await.unwrap();
        site.app.once_begin(TokenId::from_bytes([1; 16]), "one", [0; 32]).await.unwrap();
        let stopped = site.stop().await;
        let database = stopped.path().join("byleave.db");
        assert_eq!(damage(&Intruder::open(&database).unwrap()), Ok(1));
        let refused = support::start(&database, &stopped.1, &stopped.2).err().unwrap().to_string();
        assert!(refused.contains(table) && refused.contains("`byleave restore`"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_edited_under_a_running_process_is_not_shown() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let entry = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    assert_eq!(site.app.visit_entries(site.organization, 4, 10).unwrap().len(), 1);
    let intruder = Intruder::open(&site.database()).unwrap();
    let of_the_visit = intruder.copy_payload(site.organization, 4).unwrap();
    for sealed in [of_the_visit.as_deref(), None] {
        intruder.put_payload(site.organization, entry, sealed).unwrap();
        assert!(site.app.visit_entries(site.organization, 4, 10).is_err(), "{}", sealed.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disable_over_a_broken_log_is_remembered_when_the_log_is_whole_again() {
    let site = disabled().await;
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    site.approve(request.id).await.unwrap();
    // The entry that enabled is out of sight: what is left of the log says disabled.
    let last = site.leaves().len() as u64 - 1;
    let site = site.restart(attack(move |i, o| assert_eq!(i.hide_entry(o, last), Ok(1)))).await;
    assert_closed(&site);
    let receipt = site.app.disable(site.organization, site.statement(Wish::Disabled, 3)).await.unwrap();
    assert_eq!((receipt.setting.epoch, receipt.entry), (3, None));
    let again = site.app.disable(site.organization, site.statement(Wish::Disabled, 4)).await.unwrap();
    assert_eq!(again.setting.epoch, 3, "the first holds");
    let site = site.restart(attack(move |i, o| assert_eq!(i.show_entry(o, last), Ok(1)))).await;
    assert!(matches!(site.decide(), Decision::Deny(DenyReason::SupportAccessDisabled { .. })));
    site.verify(None).unwrap();
    assert!(site.kinds().ends_with(&[
        "support_access.disabled",
        "change_request.received",
        "change_request.signed"
    ]));
}
