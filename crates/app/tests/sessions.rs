//! Sessions last as long as they may and are used, and take what was entered from them along.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::caller::Caller;
use byleave_app::credentials::Holder;
use byleave_app::sessions::SESSIONS_MAX;
use byleave_domain::ids::{SessionId, VisitId};
use byleave_domain::visit::VisitEnd;
use support::Site;

const MINUTE: i64 = 60;

impl Site {
    /// A visit that was entered from a browser.
    async fn entered(&self, reason: &str, from: &[SessionId]) -> VisitId {
        let visit = self.app.visit_open(self.opening(reason)).await.unwrap().id;
        for session in from {
            let pass = self.app.pass_issue(visit, self.subject, *session).unwrap();
            self.app.pass_redeem(pass.reveal(), self.organization, self.tool).unwrap();
        }
        visit
    }

    fn end_of(&self, visit: VisitId) -> (Option<VisitEnd>, bool) {
        let end = self.app.visit(visit).unwrap().ended.map(|(_, end)| end);
        (end, self.told.0.lock().unwrap().contains(&format!("cut {visit}")))
    }
}

const ENDED: (Option<VisitEnd>, bool) = (Some(VisitEnd::SessionEnded), true);
const OPEN: (Option<VisitEnd>, bool) = (None, false);

#[tokio::test(flavor = "multi_thread")]
async fn ending_a_session_cuts_what_was_entered_from_it_and_nothing_else() {
    let site = Site::new().await;
    let sam = Holder::Subject(site.subject);
    let (one_secret, one) = site.signed_in(sam, None).await;
    let (other_secret, other) = site.signed_in(sam, None).await;
    let (desk_secret, desk) = site.signed_in(Holder::DeskPerson(site.desk_person), None).await;
    let by_one = site.entered("printer", &[one]).await;
    let by_both = site.entered("disk", &[one, other]).await;
    let by_other = site.entered("scanner", &[other]).await;
    let by_token = site.entered("mail", &[]).await;

    assert_eq!(
        site.app.sessions_end(other, move |id| id == desk).await,
        Ok(0),
        "another's is none of theirs"
    );
    assert!(site.app.session(&desk_secret).is_some());
    assert_eq!(site.app.sessions_end(other, move |id| id == one).await, Ok(1));
    assert!(site.app.session(&one_secret).is_none() && site.app.session(&other_secret).is_some());
    for (visit, expected) in [(by_one, ENDED), (by_both, ENDED), (by_other, OPEN), (by_token, OPEN)] {
        assert_eq!(site.end_of(visit), expected);
    }
    // Whoever was identified a moment before it ended gets into nothing with it.
    assert!(site.app.pass_issue(by_other, site.subject, one).is_none());
    let report = site.verify(None).unwrap();
    assert_eq!(report.open_visits, 2, "the log tells of the ends");
    let site = site.restart(|_, _| {}).await;
    assert!(site.app.session(&one_secret).is_none() && site.app.session(&other_secret).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lasts_as_long_as_it_is_used_and_never_longer_than_it_may() {
    let site = Site::new().await;
    let (sam, contact) = (Holder::Subject(site.subject), Holder::Contact(site.contact));
    let (idle, _) = site.signed_in(sam, None).await;
    let (used, used_id) = site.signed_in(sam, None).await;
    let (inside, inside_id) = site.signed_in(sam, None).await;
    let (looks_on, _) = site.signed_in(contact, None).await;
    let left = site.entered("printer", &[inside_id]).await;
    let works =
        |site: &Site| [&idle, &used, &inside, &looks_on].map(|secret| site.app.session(secret).is_some());
    for _ in 0..2 {
        site.clock.forward(14 * MINUTE);
        site.app.session_seen(used_id);
        site.app.visit_touch(left);
        site.turn().await;
    }
    assert_eq!(
        works(&site),
        [false, true, true, true],
        "unused for 28 minutes, 0, 0 in a tool, and 28 of 60"
    );
    assert_eq!(site.end_of(left), OPEN);
    // What was seen is kept, and what is seen too late is not.
    let site = site.restart(|_, _| {}).await;
    assert_eq!(works(&site), [false, true, true, true]);
    site.clock.forward(15 * MINUTE);
    site.app.session_seen(used_id);
    site.turn().await;
    assert_eq!(works(&site), [false, false, false, true]);
    let (worker, worker_id) = site.signed_in(sam, None).await;
    let visit = site.entered("disk", &[worker_id]).await;
    for _ in 0..(8 * 6 - 1) {
        site.clock.forward(10 * MINUTE);
        site.app.visit_touch(visit);
        site.turn().await;
    }
    assert!(site.app.session(&worker).is_some() && site.end_of(visit) == OPEN);
    site.clock.forward(10 * MINUTE - 1);
    assert!(site.app.session(&worker).is_some());
    site.clock.forward(1);
    assert!(site.app.session(&worker).is_none(), "8 hours, however much it was used");
}

/// A visit goes on no longer than the session that it was entered from, though each may last 8 hours.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_time_is_over_takes_its_visits_along() {
    let site = Site::new().await;
    let (_, session) = site.signed_in(Holder::Subject(site.subject), None).await;
    for _ in 0..47 {
        site.clock.forward(10 * MINUTE);
        site.app.session_seen(session);
        site.turn().await;
    }
    let visit = site.entered("printer", &[session]).await;
    site.clock.forward(9 * MINUTE);
    site.app.visit_touch(visit);
    site.turn().await;
    assert_eq!(site.end_of(visit), OPEN);
    site.clock.forward(MINUTE);
    site.turn().await;
    assert_eq!(site.end_of(visit), ENDED);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_makes_a_fresh_secret_and_ends_what_the_browser_had() {
    let site = Site::new().await;
    let (desk, sam) = (Holder::DeskPerson(site.desk_person), Holder::Subject(site.subject));
    let (before, before_id) = site.signed_in(sam, None).await;
    let visit = site.entered("printer", &[before_id]).await;
    let (after, _) = site.signed_in(desk, Some(&before)).await;
    assert!(before != after && site.app.session(&before).is_none() && site.end_of(visit) == ENDED);
    assert_eq!(site.app.session(&after).unwrap().0, Caller::DeskPerson(site.desk_person));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_too_many_sessions_the_one_ends_that_was_used_the_longest_ago() {
    let site = Site::new().await;
    let sam = Holder::Subject(site.subject);
    let mut all = Vec::new();
    for _ in 0..SESSIONS_MAX {
        all.push(site.signed_in(sam, None).await);
        site.clock.forward(1);
    }
    site.clock.forward(MINUTE);
    site.app.session_seen(all[0].1);
    site.turn().await;
    site.signed_in(sam, None).await;
    let works: Vec<_> = all.iter().map(|(secret, _)| site.app.session(secret).is_some()).collect();
    assert!(!works[1] && works.iter().filter(|works| **works).count() == SESSIONS_MAX - 1, "{works:?}");
}
