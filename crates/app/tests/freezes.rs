//! Keeping people out everywhere, and letting them in again: at once, through crashes, in every log, and by two alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_api::entry::Kind;
use byleave_app::freezes::{FreezeReceipt, NotFrozen};
use byleave_app::visits::NotEntered;
use byleave_domain::decision::{Decision, DenyReason};
use byleave_domain::freeze::{Freeze, FreezeScope, LiftRefused};
use byleave_domain::ids::{DeskPersonId, FreezeId, OrganizationId, SubjectId};
use byleave_domain::statement::{StatementRefused, Wish, public_key};
use byleave_domain::subject::SubjectKind;
use byleave_domain::visit::VisitEnd;
use byleave_store::intruder::Intruder;
use support::{DESK_SEED, SECOND_DESK_SEED, Site};

impl Site {
    async fn freeze(&self, scope: FreezeScope) -> FreezeReceipt {
        let reason = "a subprocessor was broken into".parse().unwrap();
        self.app.freeze_begin(self.desk_person, scope, reason).await.unwrap()
    }

    async fn lift(&self, id: FreezeId, by: DeskPersonId, seed: &[u8; 32]) -> Result<Freeze, NotFrozen> {
        let freeze = self.app.world().freezes.get(&id).cloned().ok_or(NotFrozen::Unknown(id))?;
        let signed = freeze.lift(by, self.app.now()).sign(seed);
        self.app.freeze_lift(id, by, &signed.lift.to_text(), signed.signature).await
    }

    async fn lift_by_both(&self, id: FreezeId) -> Freeze {
        self.lift(id, self.desk_person, &DESK_SEED).await.unwrap();
        self.lift(id, self.second_desk_person, &SECOND_DESK_SEED).await.unwrap()
    }

    /// Somebody of another employer.
    async fn outsider(&self) -> SubjectId {
        let (name, email) = ("Kim Example".parse().unwrap(), "kim@helpline.example".parse().unwrap());
        let employer = "Helpline Partners".parse().unwrap();
        self.app.subject_create(SubjectKind::SupportPerson, name, email, employer).await.unwrap()
    }

    /// Each organization's kinds of entries about freezes, and that its log holds.
    async fn told(&self) -> Vec<Vec<Kind>> {
        let all: Vec<_> = self.app.world().organizations.keys().copied().collect();
        all.into_iter().map(|id| self.kinds_of(id)).collect()
    }

    fn kinds_of(&self, id: OrganizationId) -> Vec<Kind> {
        let seen = Site { organization: id, ..self.seen() };
        let report = seen.verify(None);
        assert!(report.is_ok(), "{:?}", report.err());
        let about = [Kind::FreezeBegin, Kind::FreezeBeginEmployer, Kind::FreezeApproved, Kind::FreezeLift];
        seen.leaves().into_iter().map(|leaf| leaf.kind).filter(|kind| about.contains(kind)).collect()
    }

    /// The same application, to be looked at as another organization's.
    fn seen(&self) -> Site {
        Site {
            folder: tempfile::tempdir().unwrap(),
            clock: self.clock.clone(),
            told: self.told.clone(),
            app: self.app.clone(),
            organization: self.organization,
            contact: self.contact,
            subject: self.subject,
            tool: self.tool,
            desk_person: self.desk_person,
            second_desk_person: self.second_desk_person,
        }
    }
}

const WHOLE: [Kind; 4] = [Kind::FreezeBegin, Kind::FreezeApproved, Kind::FreezeApproved, Kind::FreezeLift];

fn frozen(decision: &Decision) -> bool {
    matches!(decision, Decision::Deny(DenyReason::Frozen { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_desk_person_keeps_everybody_out_at_once_and_two_let_them_in_again() {
    let site = Site::new().await;
    let globex =
        site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await.unwrap();
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();

    let receipt = site.freeze(FreezeScope::Everybody).await;
    assert_eq!((receipt.connections, receipt.visits), (1, 1));
    assert_eq!((receipt.recorded, receipt.organizations), (2, 2));
    assert!(frozen(&site.decide()));
    assert!(site.told.0.lock().unwrap().contains(&format!("cut {}", visit.id)));
    assert_eq!(site.app.visit(visit.id).unwrap().ended.map(|(_, end)| end), Some(VisitEnd::Frozen));
    // Neither a new visit nor one more request under the old one, whoever asks how.
    for refused in [
        site.app.visit_open(site.opening("again")).await.map(drop),
        site.app.access_begin(site.begin(visit.id, 0)).await.map(drop),
    ] {
        assert!(matches!(refused, Err(NotEntered::Denied(_))), "{refused:?}");
    }
    assert_eq!(site.told().await, [vec![Kind::FreezeBegin], vec![Kind::FreezeBegin]]);
    let report = site.verify(None).unwrap();
    assert_eq!((report.open_visits, report.open_requests), (0, 0));
    assert!(report.frozen_since.is_some());

    // Asked again it is the same one; the receipt is of what this act found.
    let again = site.freeze(FreezeScope::Everybody).await;
    assert_eq!((again.freeze.id, again.visits), (receipt.freeze.id, 0));

    // An organization that comes now is kept out of, too, and told.
    let late = site.app.organization_create("Late".parse().unwrap(), "late".parse().unwrap()).await.unwrap();
    site.turn().await;
    assert_eq!(site.kinds_of(late), [Kind::FreezeBegin]);

    let id = receipt.freeze.id;
    let one = site.lift(id, site.desk_person, &DESK_SEED).await.unwrap();
    assert!(one.is_in_force() && frozen(&site.decide()));
    let twice = site.lift(id, site.desk_person, &DESK_SEED).await;
    assert_eq!(twice, Err(NotFrozen::Lift(LiftRefused::Twice)));
    let forged = site.lift(id, site.second_desk_person, &DESK_SEED).await;
    assert_eq!(forged, Err(NotFrozen::Lift(LiftRefused::Signature(StatementRefused::Signature))));
    site.turn().await;
    assert!(frozen(&site.decide()), "time alone lifts nothing");

    let two = site.lift(id, site.second_desk_person, &SECOND_DESK_SEED).await.unwrap();
    assert!(!two.is_in_force());
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    assert_eq!(site.told().await, [WHOLE.to_vec(), WHOLE.to_vec(), WHOLE.to_vec()]);
    assert_eq!(site.kinds_of(globex), WHOLE);
    site.app.visit_open(site.opening("printer")).await.unwrap();
    assert!(site.verify(None).is_ok());
    let over = site.lift(id, site.desk_person, &DESK_SEED).await;
    assert_eq!(over, Err(NotFrozen::Lift(LiftRefused::Over)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_employers_freeze_ends_its_peoples_visits_and_no_others() {
    let site = Site::new().await;
    let kim = site.outsider().await;
    let own = site.app.visit_open(site.opening("printer")).await.unwrap();
    let mut opening = site.opening("printer");
    opening.subject = kim;
    let theirs = site.app.visit_open(opening.clone()).await.unwrap();

    let scope = FreezeScope::Employer("helpline partners".parse().unwrap());
    let receipt = site.freeze(scope).await;
    assert_eq!(receipt.visits, 1);
    assert!(site.app.visit(theirs.id).unwrap().ended.is_some());
    assert!(site.app.visit(own.id).unwrap().ended.is_none());
    site.app.access_begin(site.begin(own.id, 0)).await.unwrap();
    let denied = site.app.visit_open(opening.clone()).await;
    let Err(NotEntered::Denied(DenyReason::Frozen { employer: Some(_), .. })) = denied else {
        panic!("{denied:?}");
    };
    assert_eq!(site.told().await, [vec![Kind::FreezeBeginEmployer]]);

    // One that names nobody would keep nobody out.
    let reason = || "typed in a hurry".parse().unwrap();
    let nobody = FreezeScope::Employer("Helplin Partners".parse().unwrap());
    let refused = site.app.freeze_begin(site.desk_person, nobody, reason()).await.unwrap_err();
    assert!(refused.to_string().contains("there are Helpline Partners, Vendor"), "{refused}");

    site.lift_by_both(receipt.freeze.id).await;
    site.app.visit_open(opening).await.unwrap();
    assert!(site.verify(None).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_enables_nothing_that_is_disabled_and_a_frozen_organization_can_disable() {
    let site = Site::new().await;
    let receipt = site.freeze(FreezeScope::Everybody).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    site.lift_by_both(receipt.freeze.id).await;
    let Decision::Deny(DenyReason::SupportAccessDisabled { .. }) = site.decide() else {
        panic!("{:?}", site.decide());
    };
    // And the other way about: enabling lifts no freeze.
    let receipt = site.freeze(FreezeScope::Everybody).await;
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    site.approve(request.id).await.unwrap();
    assert!(frozen(&site.decide()));
    assert!(site.app.visit_open(site.opening("printer")).await.is_err());
    site.lift_by_both(receipt.freeze.id).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 2 });
    assert!(site.verify(None).is_ok());
}

/// The process may end between any two steps: the row, the cut, each log, the lift.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_and_its_approvals_survive_a_restart() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let id = site.freeze(FreezeScope::Everybody).await.freeze.id;
    let site = site.restart(|_, _| {}).await;
    assert!(frozen(&site.decide()), "before anybody is asked");
    site.configure_desk(true).await;
    site.lift(id, site.desk_person, &DESK_SEED).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    site.configure_desk(true).await;
    assert!(frozen(&site.decide()));
    site.lift(id, site.second_desk_person, &SECOND_DESK_SEED).await.unwrap();
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 }, "it stays lifted");
    assert_eq!(site.told().await, [WHOLE.to_vec()]);
}

/// An approval under a key that the desk person no longer has counts no more.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_the_desk_takes_their_word_along() {
    let site = Site::new().await;
    let id = site.freeze(FreezeScope::Everybody).await.freeze.id;
    site.lift(id, site.second_desk_person, &SECOND_DESK_SEED).await.unwrap();
    site.configure_desk(false).await;
    let freeze = site.lift(id, site.desk_person, &DESK_SEED).await.unwrap();
    assert!(freeze.is_in_force() && frozen(&site.decide()));
}

/// Once every log is found told, none is asked again, until something changes: a word counts again, or somebody is new.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_told_is_looked_at_again_once_something_changes() {
    let site = Site::new().await;
    let id = site.freeze(FreezeScope::Everybody).await.freeze.id;
    site.lift(id, site.second_desk_person, &SECOND_DESK_SEED).await.unwrap();
    site.configure_desk(false).await;
    site.lift(id, site.desk_person, &DESK_SEED).await.unwrap();
    for _ in 0..3 {
        site.turn().await;
        assert!(frozen(&site.decide()));
    }
    let late = site.app.organization_create("Late".parse().unwrap(), "late".parse().unwrap()).await.unwrap();
    site.turn().await;
    assert_eq!(site.kinds_of(late), [Kind::FreezeBegin]);
    site.configure_desk(true).await;
    site.turn().await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    assert_eq!(site.told().await, [WHOLE.to_vec(), WHOLE.to_vec()]);
}

/// To the desk somebody with another address is another person; the key stays the same, and with it what they can do.
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_person_whose_address_changes_lifts_as_before() {
    let put = async |site: &Site, name: &str, email: &str, key: bool| {
        let key = Some(public_key(&SECOND_DESK_SEED)).filter(|_| key);
        site.app.desk_person_put(name.parse().unwrap(), email.parse().unwrap(), key).await.unwrap()
    };
    let moves = async |site: &Site| {
        put(site, "Lee Example", "lee@vendor.example", false).await;
        let moved = put(site, "Lee E. Example", "lee.example@vendor.example", true).await;
        let dana = site.app.world().desk_people[&site.desk_person].clone();
        site.app.desk_person_put(dana.name, dana.email, Some(public_key(&DESK_SEED))).await.unwrap();
        site.app.desk_keys_settle().await.unwrap();
        moved
    };
    let site = Site::new().await;
    let first = site.freeze(FreezeScope::Everybody).await.freeze.id;
    site.lift_by_both(first).await;
    moves(&site).await;
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 }, "what was lifted stays so");

    // A word given before the change counts no more, and is given again.
    site.configure_desk(true).await;
    let second = site.freeze(FreezeScope::Everybody).await.freeze.id;
    site.lift(second, site.second_desk_person, &SECOND_DESK_SEED).await.unwrap();
    let moved = moves(&site).await;
    assert!(site.lift(second, site.desk_person, &DESK_SEED).await.unwrap().is_in_force());
    let lifted = site.lift(second, moved, &SECOND_DESK_SEED).await.unwrap();
    assert!(!lifted.is_in_force());
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 }, "and after a start");
    assert_eq!(site.told().await, [[WHOLE, WHOLE].concat()]);
}

/// Whoever edits the database lifts nothing.
#[tokio::test(flavor = "multi_thread")]
async fn editing_the_database_lifts_no_freeze() {
    type Act = fn(&Intruder);
    let acts: [(&str, Act); 4] = [
        ("the row is deleted", |i| assert_eq!(i.delete_freezes().unwrap(), 1)),
        ("the row says lifted", |i| {
            let (from, to) = ("\"lifted_at\":null", "\"lifted_at\":\"2027-01-15T08:00:00Z\"");
            assert_eq!(i.edit_freezes(from, to).unwrap(), 1);
        }),
        ("the row says another's people", |i| {
            let (from, to) = ("\"employer\":null", "\"employer\":\"Helpline Partners\"");
            assert_eq!(i.edit_freezes(from, to).unwrap(), 1);
        }),
        ("nothing is done", |_| {}),
    ];
    for (what, act) in acts {
        let site = Site::new().await;
        site.freeze(FreezeScope::Everybody).await;
        let site = site.restart(|database, _| act(&Intruder::open(database).unwrap())).await;
        assert!(frozen(&site.decide()), "{what}");
        site.configure_desk(true).await;
        site.turn().await;
        assert!(frozen(&site.decide()), "{what}, later");
        // Two desk people still can.
        let id = *site.app.world().freezes.keys().next().unwrap();
        site.lift_by_both(id).await;
        assert_eq!(site.decide(), Decision::Permit { epoch: 0 }, "{what}");
        assert!(site.verify(None).is_ok());
    }
}

/// Of the two who wanted it lifted one has left the desk, so that it stays. No date in a row makes their words count again.
#[tokio::test(flavor = "multi_thread")]
async fn no_date_in_a_row_makes_a_word_count_that_counts_no_more() {
    type Act = fn(&Intruder);
    fn lifted(intruder: &Intruder, at: &str) {
        let said = format!("\"lifted_at\":\"{at}\"");
        assert_eq!(intruder.edit_freezes("\"lifted_at\":null", &said).unwrap(), 1);
    }
    let acts: [(&str, Act); 2] = [
        ("lifted before there was any organization", |i| lifted(i, "1970-01-01T00:00:00Z")),
        ("lifted now, and every organization came later", |i| {
            lifted(i, "2027-01-15T08:00:00Z");
            assert_eq!(i.move_creation(1_900_000_000_000_000).unwrap(), 1);
        }),
    ];
    for (what, act) in acts {
        let site = Site::new().await;
        let id = site.freeze(FreezeScope::Everybody).await.freeze.id;
        site.lift(id, site.second_desk_person, &SECOND_DESK_SEED).await.unwrap();
        site.configure_desk(false).await;
        site.lift(id, site.desk_person, &DESK_SEED).await.unwrap();
        let site = site.restart(|database, _| act(&Intruder::open(database).unwrap())).await;
        assert!(frozen(&site.decide()), "{what}");
        site.configure_desk(false).await;
        site.turn().await;
        assert!(frozen(&site.decide()), "{what}, later");
        assert_eq!(site.told().await, [vec![Kind::FreezeBegin]], "{what}");
    }
}

/// A row that cannot be read keeps people out, keeps nobody in the dark, and is lifted like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_whose_row_cannot_be_read_is_in_force_until_two_lift_it() {
    let site = Site::new().await;
    site.outsider().await;
    let id = site.freeze(FreezeScope::Employer("Vendor".parse().unwrap())).await.freeze.id;
    let damage = |i: &Intruder| assert_eq!(i.edit_freezes("begun", "begone").unwrap(), 1);
    let site = site.restart(|database, _| damage(&Intruder::open(database).unwrap())).await;
    let scope = site.app.world().freezes[&id].scope.clone();
    assert_eq!(scope, FreezeScope::Employer("Vendor".parse().unwrap()));
    assert!(site.app.world().freezes[&id].is_in_force());
    site.configure_desk(true).await;
    site.turn().await;
    assert!(site.app.world().freezes[&id].is_in_force(), "time alone lifts nothing");
    site.lift_by_both(id).await;
    let site = site.restart(|_, _| {}).await;
    assert!(!site.app.world().freezes[&id].is_in_force());
}

/// A row that is gone brings back nothing that the logs say is over, whoever has left since.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_logs_say_is_over_stays_so_without_its_row() {
    let site = Site::new().await;
    let id = site.freeze(FreezeScope::Everybody).await.freeze.id;
    site.lift_by_both(id).await;
    site.configure_desk(false).await;
    let gone = |i: &Intruder| assert_eq!(i.delete_freezes().unwrap(), 1);
    let site = site.restart(|database, _| gone(&Intruder::open(database).unwrap())).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    let over = site.lift(id, site.desk_person, &DESK_SEED).await;
    assert_eq!(over, Err(NotFrozen::Lift(LiftRefused::Over)));
}

/// More organizations than one transaction tells: the act does not wait for the rest, which follow by themselves, and
/// lifting waits until all are told.
#[tokio::test(flavor = "multi_thread")]
async fn the_act_does_not_wait_for_thousands_of_logs() {
    let site = Site::new().await;
    for number in 0..120 {
        let (name, slug) = (format!("Customer {number}"), format!("customer-{number}"));
        site.app.organization_create(name.parse().unwrap(), slug.parse().unwrap()).await.unwrap();
    }
    let receipt = site.freeze(FreezeScope::Everybody).await;
    assert_eq!((receipt.recorded, receipt.organizations), (100, 121));
    // Cut off in the middle: the rest is told after the next start.
    let site = site.restart(|_, _| {}).await;
    assert!(frozen(&site.decide()));
    site.configure_desk(true).await;
    site.turn().await;
    let told = site.told().await;
    assert!(told.iter().all(|kinds| *kinds == [Kind::FreezeBegin]), "{told:?}");
    site.lift_by_both(receipt.freeze.id).await;
    let told = site.told().await;
    assert!(told.iter().all(|kinds| *kinds == WHOLE), "{told:?}");
}

/// Whoever was let through a moment before is stopped where it is recorded: no log has a visit or a request while frozen.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_race_with_whoever_enters_no_log_has_a_visit_while_frozen() {
    let site = std::sync::Arc::new(Site::new().await);
    for round in 0..6 {
        let entering: Vec<_> = (0..16)
            .map(|number| {
                let site = std::sync::Arc::clone(&site);
                tokio::spawn(async move {
                    for turn in 0..20 {
                        let opening = site.opening(&format!("round {round} of {number}, turn {turn}"));
                        let Ok(visit) = site.app.visit_open(opening).await else { return };
                        let _ = site.app.access_begin(site.begin(visit.id, 0)).await;
                    }
                })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let receipt = site.freeze(FreezeScope::Everybody).await;
        for task in entering {
            task.await.unwrap();
        }
        assert!(site.app.world().visits.is_empty(), "somebody is inside");
        site.lift_by_both(receipt.freeze.id).await;
        let report = site.verify(None);
        assert!(report.is_ok(), "{:?}", report.err());
    }
}
