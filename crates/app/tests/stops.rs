//! The organization stops visits: what the log says of it, and in which order it stands with everything else that ends them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::time::Duration;

use byleave_api::entry::Kind;
use byleave_domain::freeze::FreezeScope;
use byleave_domain::ids::{OrganizationId, VisitId};
use byleave_domain::statement::Wish;
use byleave_domain::visit::VisitEnd;
use serde_json::{Value, json};
use support::Site;
use support::copy::Copy;
use support::troubled::{Troubled, until};

/// What the log says of each end, in order: why, and who of the organization it was.
fn closes(site: &Site) -> Vec<(Value, Value)> {
    let copy = Copy::of(site);
    let of = |place: usize| (copy.payloads[place]["end"].clone(), copy.payloads[place]["by"].clone());
    (0..copy.leaves.len()).filter(|place| copy.leaves[*place].kind == Kind::VisitClose).map(of).collect()
}

async fn inside(site: &Site, reason: &str) -> VisitId {
    let visit = site.app.visit_open(site.opening(reason)).await.unwrap();
    site.app.access_begin(site.begin(visit.id, visit.epoch)).await.unwrap();
    visit.id
}

#[tokio::test(flavor = "multi_thread")]
async fn one_visit_is_stopped_and_its_log_says_by_whom() {
    let site = Site::new().await;
    let (one, other) = (inside(&site, "printer").await, inside(&site, "scanner").await);
    let stranger = OrganizationId::from_bytes([9; 16]);
    let by = Some(site.contact);
    let nothing = site.app.visits_stop(stranger, Some(one), by).await.unwrap();
    assert_eq!((nothing.visits.len(), nothing.connections), (0, 0), "another organization's word");

    let stopped = site.app.visits_stop(site.organization, Some(one), by).await.unwrap();
    assert_eq!((stopped.visits, stopped.connections), (vec![one], 1));
    let told = site.told.0.lock().unwrap().clone();
    assert!(told.contains(&format!("cut {one}")) && !told.contains(&format!("cut {other}")), "{told:?}");
    let said = (json!("stopped_by_organization"), json!(site.contact.to_string()));
    assert_eq!(closes(&site), std::slice::from_ref(&said));
    assert!(site.app.access_begin(site.begin(one, 0)).await.is_err());
    assert!(site.app.visit(other).unwrap().ended.is_none());
    site.denied("visit_ended", Some(one)).await;

    let again = site.app.visits_stop(site.organization, Some(one), by).await.unwrap();
    assert_eq!((again.visits.len(), closes(&site).len()), (0, 1), "it ends once");
    // The setting is what it was, so the same person may come back; and by a program, all are stopped.
    let back = inside(&site, "printer").await;
    let stopped = site.app.visits_stop(site.organization, None, None).await.unwrap();
    assert_eq!(std::collections::BTreeSet::from_iter(stopped.visits), [other, back].into());
    let by_program = (said.0.clone(), json!(site.organization.to_string()));
    assert_eq!(closes(&site), [said, by_program.clone(), by_program]);
    site.replay().unwrap();
    let report = site.verify(None).unwrap();
    assert_eq!((report.open_visits, report.open_requests), (0, 0));

    let site = site.restart(|_, _| {}).await;
    let row = |id| site.app.visit_row(id).unwrap().unwrap();
    assert_eq!(row(one).stopped_by, Some(site.contact));
    assert_eq!(
        (row(back).stopped_by, row(back).visit.ended.unwrap().1),
        (None, VisitEnd::StoppedByOrganization)
    );
}

/// Whatever comes at once, each visit has one end, and the first one counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_beside_a_disable_a_freeze_and_a_close_ends_nothing_twice() {
    for first in 0..4 {
        let site = Site::new().await;
        let visits = [inside(&site, "printer").await, inside(&site, "scanner").await];
        let statement = site.statement(Wish::Disabled, 1);
        let turn =
            async |place: u64| tokio::time::sleep(Duration::from_micros((place + first) % 4 * 150)).await;
        let everybody = async {
            turn(0).await;
            let reason = "we look into an incident".parse().unwrap();
            site.app.freeze_begin(site.desk_person, FreezeScope::Everybody, reason).await.map(drop).unwrap();
        };
        let (stopped, disabled, closed, ()) = tokio::join!(
            async {
                (turn(1).await, site.app.visits_stop(site.organization, None, Some(site.contact)).await).1
            },
            async { (turn(2).await, site.app.disable(site.organization, statement).await).1 },
            async { (turn(3).await, site.app.visit_close(visits[0], VisitEnd::Left).await).1 },
            everybody,
        );
        let stopped = stopped.unwrap().visits.len();
        disabled.unwrap();
        closed.unwrap();
        let closes = closes(&site);
        let by_contact = closes.iter().filter(|(end, _)| end == "stopped_by_organization").count();
        assert_eq!((closes.len(), by_contact), (2, stopped), "what it says it stopped is what the log says");
        site.replay().unwrap();
        site.verify(None).unwrap();
    }
}

/// A refusal may have told of that end already.
#[tokio::test(flavor = "multi_thread")]
async fn what_time_has_ended_nobody_stops() {
    let site = Site::new().await;
    let visit = inside(&site, "printer").await;
    site.clock.forward(16 * 60);
    site.denied("visit_ended", Some(visit)).await;
    let stopped = site.app.visits_stop(site.organization, None, Some(site.contact)).await.unwrap();
    assert_eq!((stopped.visits.len(), closes(&site)), (0, vec![(json!("idle"), Value::Null)]));
    site.replay().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_answers_once_they_are_cut_and_goes_on_when_its_caller_goes_away() {
    let Troubled { site, through, .. } = Troubled::new(0).await;
    let visit = inside(&site, "printer").await;
    let stopping = site.app.visits_stop(site.organization, None, Some(site.contact));
    assert!(tokio::time::timeout(Duration::from_millis(100), stopping).await.is_err());
    assert!(site.app.access_begin(site.begin(visit, 0)).await.is_err(), "nothing new meanwhile");
    assert!(!site.kinds().contains(&"visit.close"), "its last requests are ended once they are cut");
    through.add_permits(100);
    until("the visit's last entry is written", || site.kinds().contains(&"visit.close")).await;
    assert_eq!(closes(&site)[0].1, site.contact.to_string());
    assert_eq!(site.verify(None).unwrap().open_requests, 0);
}

/// A stop that names nobody, or somebody where nobody stopped, is not as it was.
#[tokio::test(flavor = "multi_thread")]
async fn who_stopped_a_visit_stands_where_somebody_did_and_nowhere_else() {
    let site = Site::new().await;
    inside(&site, "printer").await;
    site.app.visits_stop(site.organization, None, Some(site.contact)).await.unwrap();
    let copy = Copy::of(&site);
    let close = copy.last(Kind::VisitClose);
    let changes: [&dyn Fn(&mut Value); 2] =
        [&|close| close["by"] = Value::Null, &|close| close["end"] = json!("left")];
    for change in changes {
        let fault = copy.fault(|copy| change(&mut copy.payloads[close]));
        assert!(fault.contains(&format!("entry {close}")) && fault.contains("who"), "{fault}");
    }
}
