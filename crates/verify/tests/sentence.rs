//! What a manager reads.

mod support;

use support::told;

fn check(log: &str, sentence: &str) {
    match told(log).verify() {
        Ok(report) => assert_eq!(report.sentence(), sentence),
        Err(fault) => assert_eq!(fault.to_string(), sentence),
    }
}

const VISIT: &str = "log.open; visit.open; access.begin @1; visit.close @1 -2";

#[test]
fn never_disabled() {
    check("log.open; contact.added", "no visits; support access is enabled; nothing missing.");
    check(
        "log.open; access.denied",
        "no visits; support access is enabled; 1 attempt refused; nothing missing.",
    );
    check(VISIT, "1 visit by 1 person; support access is enabled; nothing missing.");
    check(
        &format!("{VISIT}; visit.open"),
        "2 visits by 1 person, 1 still open; support access is enabled; nothing missing.",
    );
    check(
        &format!("{VISIT}; visit.open by=2; visit.open by=3; access.denied; access.denied"),
        "3 visits by 3 people, 2 still open; support access is enabled; 2 attempts refused; nothing missing.",
    );
}

#[test]
fn disabled() {
    check(
        &format!("{VISIT}; access.denied; support_access.disabled t=131"),
        "1 visit by 1 person; disabled at 2026-11-23 10:02:11 UTC; none after; nothing missing.",
    );
    check(
        "log.open; support_access.disabled t=131; access.denied t=132",
        "no visits; disabled at 2026-11-23 10:02:11 UTC; none after; 1 attempt refused since; nothing missing.",
    );
    check(
        &format!("{VISIT}; support_access.disabled; access.denied; access.denied @1 e=0"),
        "1 visit by 1 person; disabled at 2026-11-23 10:00:04 UTC; none after; 2 attempts refused since; nothing missing.",
    );
    check(
        "log.open; visit.open; support_access.disabled",
        "1 visit by 1 person, 1 still open; disabled at 2026-11-23 10:00:02 UTC; none after; nothing missing.",
    );
}

#[test]
fn enabled_again() {
    const AGAIN: &str = "log.open; visit.open; visit.close @1; support_access.disabled; access.denied; \
        change_request.received; change_request.signed @5; change_request.reviewed @5; \
        change_request.approved @5; support_access.enabled @5";
    let setting = "disabled at 2026-11-23 10:00:03 UTC, enabled again at 2026-11-23 10:00:09 UTC";
    check(AGAIN, &format!("1 visit by 1 person; {setting}; none after; nothing missing."));
    check(
        &format!("{AGAIN}; visit.open by=2; visit.close @10"),
        &format!("2 visits by 2 people; {setting}; 1 visit after; nothing missing."),
    );
    check(
        &format!("{AGAIN}; visit.open; visit.open; access.denied"),
        &format!(
            "3 visits by 1 person, 2 still open; {setting}; 2 visits after; 1 attempt refused since; nothing missing."
        ),
    );
    // Only the last change is told.
    check(
        &format!("{AGAIN}; support_access.disabled"),
        "1 visit by 1 person; disabled at 2026-11-23 10:00:10 UTC; none after; nothing missing.",
    );
}

#[test]
fn figures() -> Result<(), byleave_verify::Fault> {
    let report = told(
        "log.open; visit.open by=1; access.begin @1; access.begin @1; visit.progress @1 -2; access.denied; \
         visit.open by=2; visit.close @6; support_access.disabled; access.denied",
    )
    .verify()?;
    assert_eq!(report.checkpoint.size, 10);
    assert_eq!((report.visits, report.people, report.requests, report.denied), (2, 2, 2, 2));
    assert_eq!((report.open_visits, report.open_requests), (1, 1));
    assert_eq!((report.visits_since_change, report.denied_since_change), (0, 1));
    let changes: Vec<_> = report.changes.iter().map(|change| (change.index, change.enabled)).collect();
    assert_eq!(changes, [(8, false)]);
    Ok(())
}

#[test]
fn kept_out_by_the_vendor() {
    const FROZEN: &str = "log.open; freeze.begin t=131";
    const SINCE: &str = "everybody kept out by the vendor since 2026-11-23 10:02:11 UTC";
    check(FROZEN, &format!("no visits; support access is enabled; {SINCE}; nothing missing."));
    check(
        &format!("{FROZEN}; freeze.approved @1 t=132; freeze.approved @1 by=2 t=132; freeze.lift @1 t=133"),
        "no visits; support access is enabled; nothing missing.",
    );
}

#[test]
fn tokens() {
    let told = |log: &str, said: &str| {
        check(log, &format!("no visits; support access is enabled; {said}; nothing missing."));
    };
    told("log.open; token.made", "1 token made");
    told("log.open; token.made; token.made; token.revoked @1", "2 tokens made, 1 revoked");
    told("log.open; token.revoked", "1 token revoked");
}

/// Those of requests and those of contacts; not those from before logs said which.
#[test]
fn call_backs() {
    const ASKED: &str = "log.open; change_request.received";
    let told = |log: &str, said: &str| {
        check(log, &format!("no visits; support access is enabled; {said}nothing missing."));
    };
    told("log.open; contact.called", "");
    told("log.open; contact.called_with_words", "1 call-back with words; ");
    told(&format!("{ASKED}; change_request.called_without_words @1"), "1 call-back without words; ");
    told(
        &format!(
            "{ASKED}; contact.called_with_words; change_request.called_with_words @1; contact.called; \
                  change_request.called_without_words @1"
        ),
        "2 call-backs with words, 1 without; ",
    );
    told(
        "log.open; contact.called_without_words; contact.called_without_words",
        "2 call-backs without words; ",
    );
}
