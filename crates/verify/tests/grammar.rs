//! The grammar of entries: each rule broken in a log that is otherwise correct and properly signed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use support::{encoded, leaves, publish, told};

/// The fault is that of the last entry; without it the log is correct.
fn check(log: &str, fault: &str) {
    let (before, _) = log.rsplit_once(';').unwrap_or_default();
    if !before.is_empty() {
        assert!(told(before).verify().is_ok(), "before the last entry: {}", told(before).fault());
    }
    let last = leaves(log).len() - 1;
    let bundle = format!("tile/entries/000.p/{}", last + 1);
    assert_eq!(told(log).fault(), format!("`{bundle}`: entry {last} {fault}"));
}

fn holds(log: &str) {
    let outcome = told(log).verify();
    assert!(outcome.is_ok(), "{log}: {}", outcome.unwrap_err());
}

/// Index 2 is a signed, reviewed and approved request to enable; disabled since index 1.
const DISABLED: &str = "log.open; support_access.disabled; change_request.received; change_request.signed @2; \
     change_request.reviewed @2; change_request.approved @2 by=2";

#[test]
fn the_beginning() {
    check("contact.added", "is `contact.added`, but a log begins with `log.open`");
    check("log.open e=1", "carries epoch 1, but should carry 0");
    check("log.open; log.open", "is a second `log.open`");
    check("log.open @0", "is `log.open`, which refers to no entry, but it refers to entry 0");
}

#[test]
fn time() {
    holds("log.open t=5; contact.added t=5");
    check("log.open t=5; contact.added t=4", "is earlier than the entry before it");
    check(
        "log.open; contact.added t=400000000000",
        "has a time that is out of range: `401795428000000000` microseconds since 1970",
    );
}

#[test]
fn request_ids() {
    check("log.open; contact.added; contact.added rid=1", "has the same request id as entry 1");
    check("log.open; visit.open; access.begin @1 rid=0", "has the same request id as entry 0");
}

#[test]
fn epochs() {
    check("log.open; contact.added e=1", "carries epoch 1, but should carry 0");
    check("log.open; visit.open e=1", "carries epoch 1, but should carry 0");
    check("log.open; support_access.disabled e=2", "carries epoch 2, but should carry 1");
    check("log.open; support_access.disabled e=0", "carries epoch 0, but should carry 1");
    check("log.open; support_access.disabled; contact.added e=0", "carries epoch 0, but should carry 1");
    check(&format!("{DISABLED}; support_access.enabled @2 e=1"), "carries epoch 1, but should carry 2");
    check(&format!("{DISABLED}; support_access.enabled @2 e=3"), "carries epoch 3, but should carry 2");
    check(
        &format!("{DISABLED}; support_access.enabled @2; visit.open e=1"),
        "carries epoch 1, but should carry 2",
    );
    check(
        &format!("{DISABLED}; support_access.enabled @2; visit.open; access.begin @5 e=1"),
        "carries epoch 1, but should carry 2",
    );
    // The end of a visit, and a refusal, may be told later, but not earlier.
    holds(
        "log.open; visit.open; access.begin @1; support_access.disabled; \
         visit.progress @1 -2 e=0; access.denied e=0; access.denied; visit.close @1 e=0",
    );
    for kind in ["access.denied", "visit.progress @1", "visit.close @1"] {
        check(&format!("log.open; visit.open; {kind} e=1"), "carries epoch 1, but should carry 0");
    }
}

#[test]
fn nobody_comes_in_while_disabled() {
    check(&format!("{DISABLED}; visit.open"), "is `visit.open`, but support access was disabled by entry 1");
    check(
        "log.open; visit.open; support_access.disabled; access.begin @1",
        "is `access.begin`, but support access was disabled by entry 2",
    );
    // With the epoch from before, as if it had been late.
    check(
        "log.open; visit.open; support_access.disabled; access.begin @1 e=0",
        "carries epoch 0, but should carry 1",
    );
    holds(&format!("{DISABLED}; support_access.enabled @2; visit.open; access.begin @7"));
}

#[test]
fn references() {
    for kind in [
        "visit.progress",
        "visit.close",
        "access.begin",
        "support_access.enabled e=0",
        "change_request.approved",
        "change_request.found",
        "support_access.confirmed",
    ] {
        let name = kind.split(' ').next().unwrap();
        check(&format!("log.open; {kind}"), &format!("is `{name}`, but refers to no entry"));
    }
    for kind in ["contact.added", "visit.open", "desk_key.added", "change_request.received"] {
        let fault = format!("is `{kind}`, which refers to no entry, but it refers to entry 0");
        check(&format!("log.open; {kind} @0"), &fault);
    }
}

#[test]
fn visits() {
    for kind in ["access.begin", "visit.progress", "visit.close", "access.denied"] {
        check(&format!("log.open; contact.added; {kind} @1"), "refers to entry 1, which is no visit");
        check(&format!("log.open; contact.added; {kind} @2"), "refers to entry 2, which is no visit");
        check(&format!("log.open; contact.added; {kind} @9"), "refers to entry 9, which is no visit");
    }
    for kind in ["access.begin", "visit.progress", "visit.close"] {
        let log = format!("log.open; visit.open; visit.close @1; {kind} @1");
        check(&log, "refers to the visit of entry 1, which is closed");
    }
    holds("log.open; visit.open; visit.close @1; access.denied @1; access.denied");
    check(
        "log.open; visit.open by=1; access.begin @1 by=2",
        "is a request under the visit of entry 1, but by somebody else",
    );
    check(
        "log.open; visit.open; support_access.disabled; change_request.received; change_request.signed @3; \
         change_request.reviewed @3; change_request.approved @3; support_access.enabled @3; access.begin @1",
        "is a request under the visit of entry 1, which was opened before support access changed",
    );
}

#[test]
fn ends() {
    const OPEN: &str = "log.open; visit.open; access.begin @1; access.begin @1; visit.open; access.begin @4";
    holds(&format!("{OPEN}; visit.progress @1; visit.progress @1 -2+2; visit.close @1; visit.close @4 -5"));
    holds(&format!("{OPEN}; visit.close @1 -2+2"));
    check(
        &format!("{OPEN}; visit.close @1 -2"),
        "closes the visit of entry 1, of which the request of entry 3 has not ended",
    );
    check(
        &format!("{OPEN}; visit.close @4"),
        "closes the visit of entry 4, of which the request of entry 5 has not ended",
    );
    check(
        &format!("{OPEN}; visit.progress @1 -2; visit.progress @1 -2+2"),
        "ends entry 2, which is no open request of the visit of entry 1",
    );
    check(
        &format!("{OPEN}; visit.progress @1 -5"),
        "ends entry 5, which is no open request of the visit of entry 1",
    );
    check(
        &format!("{OPEN}; visit.progress @1 -1"),
        "ends entry 1, which is no open request of the visit of entry 1",
    );
    check(
        &format!("{OPEN}; visit.progress @1 -2+9000000000000000000"),
        "ends entry 4, which is no open request of the visit of entry 1",
    );
    check(
        &format!("{OPEN}; visit.progress @1 -6"),
        "ends entry 6, which is no open request of the visit of entry 1",
    );
    for kind in
        ["access.begin @1", "access.denied @1", "contact.added", "visit.open", "support_access.disabled"]
    {
        let name = kind.split(' ').next().unwrap();
        let fault = format!("is `{name}`, which ends no requests, but it does");
        check(&format!("{OPEN}; {kind} -2"), &fault);
    }
}

#[test]
fn changes() {
    check(
        &format!("{DISABLED}; support_access.disabled"),
        "disables support access, which is disabled already",
    );
    check(
        "log.open; change_request.received; change_request.signed @1; change_request.reviewed @1; \
         change_request.approved @1; support_access.enabled @1",
        "enables support access, which is enabled already",
    );
    holds(&format!("{DISABLED}; support_access.enabled @2; support_access.disabled"));
}

#[test]
fn enabling_with_the_contacts_signature_needs_one_approval() {
    const UNREADY: &str = "rests on the change request of entry 2, which has no";
    holds(&format!(
        "{DISABLED}; support_access.enabled @2; change_request.processed @2; change_request.announced @2"
    ));
    check(&format!("{DISABLED}; support_access.enabled @3"), "refers to entry 3, which is no change request");
    check(&format!("{DISABLED}; support_access.enabled @9"), "refers to entry 9, which is no change request");
    check("log.open; change_request.approved @0", "refers to entry 0, which is no change request");
    let begun = "log.open; support_access.disabled; change_request.received";
    check(&format!("{begun}; support_access.enabled @2"), &format!("{UNREADY} signature or call-back yet"));
    check(&format!("{begun}; change_request.approved @2"), &format!("{UNREADY} review yet"));
    check(
        &format!("{begun}; change_request.signed @2; support_access.enabled @2"),
        "enables support access for the change request of entry 2, which 0 people approved, not 1",
    );
    check(
        &format!("{DISABLED}; change_request.approved @2 by=2"),
        "approves the change request of entry 2 a second time, by the same person",
    );
    check(
        &format!("{DISABLED}; support_access.enabled @2; support_access.disabled; support_access.enabled @2"),
        "enables support access for the change request of entry 2, which was used before",
    );
    // Another request's approval is of no help.
    check(
        &format!("{DISABLED}; change_request.received; change_request.signed @6; support_access.enabled @6"),
        "enables support access for the change request of entry 6, which 0 people approved, not 1",
    );
}

#[test]
fn enabling_without_it_needs_a_call_back_and_two_people() {
    let asked = "log.open; support_access.disabled; change_request.received; change_request.reviewed @2";
    let first = "change_request.approved @2 by=2";
    let second = "change_request.approved @2 by=3";
    holds(&format!("{asked}; change_request.called @2; {first}; {second}; support_access.enabled @2"));
    check(
        &format!("{asked}; {first}; {second}; support_access.enabled @2"),
        "rests on the change request of entry 2, which has no signature or call-back yet",
    );
    check(
        &format!("{asked}; change_request.called @2; {first}; support_access.enabled @2"),
        "enables support access for the change request of entry 2, which 1 people approved, not 2",
    );
}

/// Since calls say whether with words, one that does not has confirmed nothing; from before, it may have. The newest counts.
#[test]
fn a_call_back_says_whether_with_words() {
    const CONFIRMED: &str =
        "log.open; support_access.disabled; change_request.received; contact.called_with_words";
    let log = |before: &str, calls: &str| {
        let rest =
            "change_request.approved @2 by=2; change_request.approved @2 by=3; support_access.enabled @2";
        format!("{before}; change_request.reviewed @2; {calls}; {rest}")
    };
    const BEFORE: &str = "log.open; support_access.disabled; change_request.received; contact.called";
    const NO_CALL: &str = "rests on the change request of entry 2, which has no signature or call-back yet";
    let (bare, with) = ("change_request.called @2", "change_request.called_with_words @2");
    let without = "change_request.called_without_words @2";
    holds(&log(BEFORE, bare));
    holds(&log(BEFORE, &format!("{bare}; contact.called_without_words")));
    check(&log(BEFORE, &format!("contact.called_without_words; {bare}")), NO_CALL);
    for call in [with, without] {
        holds(&log(CONFIRMED, call));
        holds(&log(CONFIRMED, &format!("{bare}; {call}")));
        check(&log(CONFIRMED, &format!("{call}; {bare}")), NO_CALL);
    }
    check(&log(CONFIRMED, bare), NO_CALL);
}

#[test]
fn a_disable_is_confirmed_by_the_articles_steps_and_no_fewer() {
    const STEPS: [&str; 6] = [
        "change_request.reviewed @2",
        "change_request.form_sent @2",
        "change_request.found @2",
        "change_request.found @2",
        "change_request.matched @2",
        "change_request.approved @2 by=2",
    ];
    let log = |steps: &[&str]| {
        let begun = "log.open; support_access.disabled; change_request.received";
        format!("{begun}; {}; support_access.confirmed @2", steps.join("; "))
    };
    holds(&format!("{}; change_request.processed @2", log(&STEPS)));
    for (left_out, missing) in [(1, "form"), (2, "second finding"), (4, "returned form"), (5, "approval")] {
        let mut steps = STEPS.to_vec();
        steps.remove(left_out);
        let fault = format!("rests on the change request of entry 2, which has no {missing} yet");
        check(&log(&steps), &fault);
    }
    check(
        &format!("{}; support_access.confirmed @2", log(&STEPS)),
        "confirms a disable, but there is none to confirm",
    );
    check(
        "log.open; change_request.received; support_access.confirmed @1",
        "confirms a disable, but there is none to confirm",
    );
}

#[test]
fn nothing_follows_the_end_of_a_request() {
    let over = "goes on with the change request of entry 2, which is over";
    let ended = format!("{DISABLED}; change_request.ended @2");
    for next in ["change_request.found @2", "support_access.enabled @2", "change_request.ended @2"] {
        check(&format!("{ended}; {next}"), over);
    }
    let processed = format!("{DISABLED}; support_access.enabled @2; change_request.processed @2");
    check(&format!("{processed}; change_request.found @2"), over);
    check(&format!("{processed}; support_access.disabled @2"), over);
    check(&format!("{processed}; support_access.disabled; support_access.confirmed @2"), over);
    check(
        &format!("{DISABLED}; change_request.processed @2"),
        "rests on the change request of entry 2, which has no change of the setting yet",
    );
    check(&format!("{DISABLED}; change_request.announced @2"), over);
    // The desk disables on a request that was reviewed, and on no other.
    check(
        "log.open; change_request.received; support_access.disabled @1",
        "rests on the change request of entry 1, which has no review yet",
    );
    holds("log.open; change_request.received; change_request.reviewed @1; support_access.disabled @1");
    holds(&format!("{DISABLED}; evidence.read @2; evidence.read"));
}

/// Who counts as security contact is not one person's to change.
#[test]
fn contacts_change_by_two() {
    let announced = "log.open; contact.added; contact_change.announced";
    let agreed = format!("{announced}; contact_change.agreed @2");
    let none_yet = "makes the change of the security contacts of entry 2, to which 0 people agreed, not 2";
    check(&format!("{announced}; contact_change.made @2"), none_yet);
    let one = "makes the change of the security contacts of entry 2, to which 1 people agreed, not 2";
    check(&format!("{agreed}; contact_change.made @2"), one);
    check(&format!("{agreed}; contact_change.agreed @2; contact_change.made @2"), one);
    let both = format!("{agreed}; contact_change.agreed @2 by=2");
    holds(&format!("{both}; contact_change.made @2; contact.called"));
    // Another form is another thing to agree to.
    check(&format!("{both}; contact_change.returned @2; contact_change.made @2"), none_yet);
    let over = "goes on with the change of the security contacts of entry 2, which is over";
    check(&format!("{both}; contact_change.ended @2; contact_change.made @2"), over);
    check(&format!("{both}; contact_change.made @2; contact_change.made @2"), over);
    check(
        &format!("{announced}; contact_change.agreed @1"),
        "refers to entry 1, which is no change of the security contacts",
    );
}

#[test]
fn entries_that_are_none() {
    let mut entries = encoded("log.open; contact.added");
    entries.push(b"{}".to_vec());
    let fault = publish(&entries).fault();
    assert!(fault.starts_with("`tile/entries/000.p/3`: entry 2 is not the CBOR of an entry: "), "{fault}");
    entries[2] = Vec::new();
    assert!(publish(&entries).fault().starts_with("`tile/entries/000.p/3`: entry 2 is not the CBOR"));
    entries[2] = vec![0; 4097];
    assert_eq!(
        publish(&entries).fault(),
        "`tile/entries/000.p/3`: entry 2 is `4097` bytes long, more than 4096"
    );
    entries[2] = [entries[1].as_slice(), &[0]].concat();
    assert_eq!(publish(&entries).fault(), "`tile/entries/000.p/3`: entry 2 is not in deterministic form");
}

/// Only the first breach is told, and damage before any breach.
#[test]
fn the_first_thing_wrong() {
    let log = "log.open; contact.added @0; log.open";
    assert!(told(log).fault().contains("entry 1 "));
    let mut files = told(log);
    files.0.get_mut("tile/0/000.p/3").unwrap()[64] ^= 1;
    assert!(files.fault().starts_with("`tile/0/000.p/3`: hash 2"));
}

/// Everybody is kept out since index 1, and two people want that lifted.
const LIFTING: &str = "log.open; freeze.begin; freeze.approved @1 by=2; freeze.approved @1 by=3";

#[test]
fn nobody_comes_in_while_everybody_is_kept_out() {
    check("log.open; freeze.begin; visit.open", "is `visit.open`, but everybody is kept out since entry 1");
    check(
        "log.open; visit.open; freeze.begin; access.begin @1",
        "is `access.begin`, but everybody is kept out since entry 2",
    );
    check(&format!("{LIFTING}; visit.open"), "is `visit.open`, but everybody is kept out since entry 1");
    // One lifted, another not.
    check(
        &format!("{LIFTING}; freeze.begin; freeze.lift @1; visit.open"),
        "is `visit.open`, but everybody is kept out since entry 4",
    );
    // What was under way may end, and an attempt be refused.
    holds("log.open; visit.open; access.begin @1; freeze.begin; access.denied; visit.close @1 -2");
    holds(&format!("{LIFTING}; freeze.lift @1; visit.open; access.begin @5"));
    // Whom an employer's freeze keeps out no leaf shows.
    holds("log.open; freeze.begin_employer; visit.open; access.begin @2");
    check(
        "log.open; visit.open; freeze.begin; freeze.approved @2 by=2; freeze.approved @2 by=3; freeze.lift @2; \
         access.begin @1",
        "is a request under the visit of entry 1, which was opened before everybody was kept out",
    );
}

#[test]
fn a_freeze_is_no_change_of_the_setting() {
    check("log.open; freeze.begin e=1", "carries epoch 1, but should carry 0");
    holds("log.open; freeze.begin; support_access.disabled");
    check(
        "log.open; support_access.disabled; freeze.begin; freeze.approved @2 by=2; freeze.approved @2 by=3; \
         freeze.lift @2; visit.open",
        "is `visit.open`, but support access was disabled by entry 1",
    );
}

#[test]
fn lifting_takes_two_different_people_and_is_the_end() {
    for kind in ["freeze.begin", "freeze.begin_employer"] {
        let log = format!("log.open; {kind}");
        check(&format!("{log}; freeze.lift @1"), "lifts the freeze of entry 1, which 0 people wanted, not 2");
        check(
            &format!("{log}; freeze.approved @1; freeze.lift @1"),
            "lifts the freeze of entry 1, which 1 people wanted, not 2",
        );
        check(
            &format!("{log}; freeze.approved @1 by=2; freeze.approved @1 by=2"),
            "wants the freeze of entry 1 lifted a second time, by the same person",
        );
        let lifted = format!("{log}; freeze.approved @1; freeze.approved @1 by=2; freeze.lift @1");
        check(&format!("{lifted}; freeze.lift @1"), "goes on with the freeze of entry 1, which is lifted");
        check(
            &format!("{lifted}; freeze.approved @1 by=3"),
            "goes on with the freeze of entry 1, which is lifted",
        );
    }
    // Another freeze's approvals do not count.
    check(
        "log.open; freeze.begin; freeze.begin; freeze.approved @1; freeze.approved @1 by=2; freeze.lift @2",
        "lifts the freeze of entry 2, which 0 people wanted, not 2",
    );
    check("log.open; freeze.lift @0", "refers to entry 0, which is no freeze");
    check("log.open; freeze.approved", "is `freeze.approved`, but refers to no entry");
    check(
        "log.open; freeze.begin @0",
        "is `freeze.begin`, which refers to no entry, but it refers to entry 0",
    );
}

#[test]
fn what_the_vendor_says_anew_refers_to_nothing() {
    for kind in ["mail_domains.changed", "notice_addresses.changed"] {
        holds(&format!("log.open; {kind}; support_access.disabled; {kind}"));
        check(
            &format!("log.open; {kind} @0"),
            &format!("is `{kind}`, which refers to no entry, but it refers to entry 0"),
        );
    }
}

#[test]
fn doubts() {
    let doubted = "log.open; visit.open; doubt.raised @1 by=2";
    holds(&format!("{doubted}; visit.close @1; doubt.raised @1; doubt.answered @2; doubt.answered @4"));
    holds("log.open; visit.open; support_access.disabled; doubt.raised @1");
    check("log.open; doubt.raised", "is `doubt.raised`, but refers to no entry");
    check("log.open; doubt.raised @0", "refers to entry 0, which is no visit");
    check("log.open; visit.open; doubt.answered @1", "refers to entry 1, which is no doubt");
    check(&format!("{doubted}; doubt.answered"), "is `doubt.answered`, but refers to no entry");
    check(
        &format!("{doubted}; doubt.answered @2; doubt.answered @2"),
        "answers the doubt of entry 2 a second time",
    );
    check(&format!("{doubted}; access.begin @2"), "refers to entry 2, which is no visit");
}

#[test]
fn passkeys() {
    holds("log.open; passkey.added; passkey.added; passkey.removed @2; passkey.removed @1");
    check(
        "log.open; passkey.added @0",
        "is `passkey.added`, which refers to no entry, but it refers to entry 0",
    );
    check("log.open; passkey.removed", "is `passkey.removed`, but refers to no entry");
    check("log.open; passkey.removed @0", "refers to entry 0, which adds no passkey");
    check(
        "log.open; passkey.added; passkey.removed @1; passkey.removed @1",
        "removes the passkey of entry 1 a second time",
    );
}

#[test]
fn tokens() {
    holds("log.open; token.made; token.made; token.revoked @2; token.revoked @1");
    // From before tokens were told of.
    holds("log.open; token.revoked; token.revoked");
    check("log.open; token.made @0", "is `token.made`, which refers to no entry, but it refers to entry 0");
    check("log.open; token.revoked @0", "refers to entry 0, which makes no token");
    check(
        "log.open; token.made; token.revoked @1; token.revoked @1",
        "revokes the token of entry 1 a second time",
    );
}
