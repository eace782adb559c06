//! Who begins a freeze, whom it keeps out, and which signatures lift it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use byleave_domain::approval::DeskKey;
use byleave_domain::decision::{AccessAttempt, Decision, DenyReason, VisitClaim, authorize};
use byleave_domain::freeze::{Freeze, FreezeScope, Lift, LiftRefused, SignedLift};
use byleave_domain::ids::{DeskPersonId, FreezeId, OrganizationId, SubjectId, ToolId};
use byleave_domain::snapshot::{OrganizationPolicy, PolicySnapshot, Standing};
use byleave_domain::statement::{StatementRefused, public_key};
use byleave_domain::subject::{Subject, SubjectKind};
use byleave_domain::support_access::{Confirmation, DecidedBy, SupportAccess};
use byleave_domain::tool::{Isolation, Requirement, Tool};
use byleave_domain::visit::Visit;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const FREEZE: FreezeId = FreezeId::from_bytes([1; 16]);

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn person(number: u8) -> DeskPersonId {
    DeskPersonId::from_bytes([number; 16])
}

fn keys(people: u8) -> Vec<DeskKey> {
    (0..people).map(|n| DeskKey { person: person(n), key: public_key(&[n + 20; 32]) }).collect()
}

fn freeze(scope: FreezeScope) -> Freeze {
    let reason = "a subprocessor was broken into".parse().unwrap();
    Freeze { id: FREEZE, scope, reason, by: person(0), at: now(), approvals: vec![], lifted_at: None }
}

fn helpline() -> FreezeScope {
    FreezeScope::Employer("Helpline Partners".parse().unwrap())
}

fn signed(freeze: &Freeze, number: u8) -> SignedLift {
    freeze.lift(person(number), now()).sign(&[number + 20; 32])
}

#[test]
fn a_lift_reads_as_it_prints_and_no_other_way() {
    for scope in [FreezeScope::Everybody, helpline()] {
        let lift = freeze(scope).lift(person(1), now());
        let text = lift.to_text();
        assert_eq!(text.parse(), Ok(lift));
        for (from, to) in
            [("keeps out: e", "keeps out: E"), ("issued", "at"), ("\n", "\r\n"), ("Z\n", "Z\n\n")]
        {
            assert!(text.replacen(from, to, 1).parse::<Lift>().is_err(), "{from} -> {to}");
        }
    }
    // What reads like everybody is an employer's name, and is written as one.
    let odd = FreezeScope::Employer("everybody".parse().unwrap());
    assert_ne!(
        freeze(odd).lift(person(1), now()).to_text(),
        freeze(FreezeScope::Everybody).lift(person(1), now()).to_text()
    );
}

#[test]
fn each_wrong_word_to_lift_is_refused_for_what_is_wrong() {
    let freeze = freeze(helpline());
    let keys = keys(3);
    let one = freeze.approve(person(1), signed(&freeze, 1), &keys, now()).unwrap();
    let late = now() + SignedDuration::from_mins(11);
    let other = Freeze { id: FreezeId::from_bytes([9; 16]), ..freeze.clone() };
    let wider = Freeze { scope: FreezeScope::Everybody, ..freeze.clone() };
    let over = Freeze { lifted_at: Some(now()), ..one.clone() };
    let mut forged = signed(&freeze, 2);
    forged.signature = [0; 64].into();
    let stranger = freeze.lift(person(7), now()).sign(&[27; 32]);
    let stale = LiftRefused::Signature(StatementRefused::Stale { issued: now() });
    for (freeze, by, word, at, refused) in [
        (&one, 1, signed(&freeze, 1), now(), LiftRefused::Twice),
        (&one, 2, signed(&freeze, 1), now(), LiftRefused::OtherPerson(person(1))),
        (&one, 2, signed(&other, 2), now(), LiftRefused::OtherFreeze),
        (&one, 2, signed(&wider, 2), now(), LiftRefused::OtherFreeze),
        (&one, 2, forged, now(), LiftRefused::Signature(StatementRefused::Signature)),
        (&one, 7, stranger, now(), LiftRefused::Signature(StatementRefused::NoKey)),
        (&one, 2, signed(&freeze, 2), late, stale),
        (&over, 2, signed(&freeze, 2), now(), LiftRefused::Over),
    ] {
        assert_eq!(freeze.approve(person(by), word, &keys, at), Err(refused));
    }
    assert!(!one.may_be_lifted(&keys));
    let two = one.approve(person(2), signed(&freeze, 2), &keys, now()).unwrap();
    assert!(two.may_be_lifted(&keys));
    // A key that no longer counts takes its word with it, and two who share a key are nobody.
    assert!(!two.may_be_lifted(&keys[..2]));
    let mut shared = keys.clone();
    shared[2].key = shared[1].key;
    assert!(!two.may_be_lifted(&shared));
}

/// A desk person whose address changes is another one from then on, with the key of the one who was.
#[test]
fn a_key_that_was_somebody_elses_once_is_its_holders_now() {
    let freeze = freeze(FreezeScope::Everybody);
    let held_by = |number: u8, key: u8| DeskKey { person: person(number), key: public_key(&[key + 20; 32]) };
    let word = |number: u8, key: u8| freeze.lift(person(number), now()).sign(&[key + 20; 32]);
    // The first is now the third, under the first one's key.
    for (what, words, present, former, lifted) in [
        (
            "the one who is now",
            vec![word(3, 1), word(2, 2)],
            vec![held_by(3, 1), held_by(2, 2)],
            vec![held_by(1, 1)],
            true,
        ),
        (
            "the one who was then",
            vec![word(1, 1), word(2, 2)],
            vec![held_by(2, 2)],
            vec![held_by(1, 1)],
            true,
        ),
        ("both alone", vec![word(1, 1), word(3, 1)], vec![held_by(3, 1)], vec![held_by(1, 1)], false),
        ("both, gone both", vec![word(1, 1), word(3, 1)], vec![], vec![held_by(1, 1), held_by(3, 1)], false),
        (
            "the one who was, while the one who is holds the key",
            vec![word(1, 1), word(2, 2)],
            vec![held_by(3, 1), held_by(2, 2)],
            vec![held_by(1, 1)],
            false,
        ),
    ] {
        let freeze = Freeze { approvals: words, ..freeze.clone() };
        assert_eq!(freeze.was_lifted(&present, &former), lifted, "{what}");
    }
}

proptest! {
    /// Whatever one desk person signs, and however often, however others' words are copied, forged or made for another
    /// freeze: it is lifted exactly when two different people's own words about it are there.
    #[test]
    fn no_share_of_acts_by_one_desk_person_lifts(acts in prop::collection::vec((0_u8..3, 0_u8..3, 0_u8..5), 0..8)) {
        let mut freeze = freeze(FreezeScope::Everybody);
        let keys = keys(3);
        let other = Freeze { id: FreezeId::from_bytes([9; 16]), ..freeze.clone() };
        let mut own_words = BTreeSet::new();
        for (names, holds, kind) in acts {
            // Signed with the key that `holds` has, in the name of `names`.
            let about = if kind == 0 { &other } else { &freeze };
            let mut word = about.lift(person(names), now()).sign(&[holds + 20; 32]);
            if kind == 1 {
                word.signature = [5; 64].into();
            }
            let sender = if kind == 2 { (names + 1) % 3 } else { names };
            let taken = freeze.approve(person(sender), word.clone(), &keys, now());
            let good = names == holds && kind > 2;
            prop_assert_eq!(taken.is_ok(), good && !own_words.contains(&names));
            if let Ok(next) = taken {
                freeze = next;
                own_words.insert(names);
            } else {
                // Nor does it when it gets there by another way, such as an edited row.
                freeze.approvals.push(word);
                if names == holds && kind >= 2 {
                    own_words.insert(names);
                }
            }
            prop_assert_eq!(freeze.may_be_lifted(&keys), own_words.len() >= 2);
        }
    }
}

const SUBJECT: SubjectId = SubjectId::from_bytes([2; 16]);

/// Everybody may enter everything under epoch 1, but for what the arguments say.
fn snapshot(employer: &str, access: SupportAccess, freezes: Vec<Freeze>) -> PolicySnapshot {
    let (organization, tool) = (OrganizationId::from_bytes([3; 16]), ToolId::from_bytes([4; 16]));
    let mut snapshot = PolicySnapshot { freezes, ..PolicySnapshot::default() };
    let policy = OrganizationPolicy {
        slug: "acme".parse().unwrap(),
        name: "Acme Rockets".parse().unwrap(),
        epoch: 1,
        standing: Standing::Proven(access),
    };
    snapshot.organizations.insert(organization, policy);
    let subject = Subject {
        id: SUBJECT,
        kind: SubjectKind::SupportPerson,
        name: "Kim Example".parse().unwrap(),
        email: "kim@helpline.example".parse().unwrap(),
        employer: employer.parse().unwrap(),
    };
    snapshot.subjects.insert(SUBJECT, subject);
    let tool = Tool {
        id: tool,
        slug: "system-log".parse().unwrap(),
        name: "System log".parse().unwrap(),
        upstream: "http://127.0.0.1:1".into(),
        isolation: Isolation::UpstreamVerified,
        reason: Requirement::Optional,
        case: Requirement::Optional,
        assets: vec![],
    };
    snapshot.tools.insert(tool.id, tool);
    snapshot
}

fn asks(snapshot: &PolicySnapshot, subject: SubjectId, visit: VisitClaim<'_>) -> Decision {
    let (organization, tool) = (OrganizationId::from_bytes([3; 16]), ToolId::from_bytes([4; 16]));
    authorize(snapshot, &AccessAttempt { subject, organization, tool, visit }, now())
}

#[test]
fn an_employers_freeze_keeps_out_its_people_however_the_name_is_written() {
    for (employer, out) in [
        ("Helpline Partners", true),
        ("helpline  PARTNERS ", true),
        ("Helpline Partners Ltd", false),
        ("Vendor", false),
    ] {
        let snapshot = snapshot(employer, SupportAccess::Enabled, vec![freeze(helpline())]);
        let decision = asks(&snapshot, SUBJECT, VisitClaim::Opens { reason: None, case: None });
        let Decision::Deny(reason) = decision else {
            assert!(!out, "{employer}");
            continue;
        };
        assert!(out, "{employer}: {reason:?}");
        assert_eq!(reason.code(), "frozen");
        assert!(reason.explanation().contains("Helpline Partners"), "{}", reason.explanation());
    }
}

/// Where it is not known whose people somebody is, it may be theirs who are kept out.
#[test]
fn somebody_of_whom_no_employer_is_known_is_kept_out_by_any_freeze() {
    for scope in [helpline(), FreezeScope::Everybody] {
        assert!(scope.covers(None), "{scope:?}");
        let snapshot = snapshot("Vendor", SupportAccess::Enabled, vec![freeze(scope)]);
        let opens = || VisitClaim::Opens { reason: None, case: None };
        let decision = asks(&snapshot, SubjectId::from_bytes([8; 16]), opens());
        assert!(matches!(decision, Decision::Deny(DenyReason::Frozen { .. })), "{decision:?}");
    }
}

proptest! {
    /// A freeze of everybody denies, whatever else holds; and once it is lifted the setting is what it was.
    #[test]
    fn frozen_denies_whatever_else(which in 0_u8..4, known: bool, closed: bool, under: bool, vendor: bool) {
        let by = DecidedBy::Contact(byleave_domain::ids::ContactId::from_bytes([9; 16]));
        let access = match which {
            0 => SupportAccess::Enabled,
            1 => SupportAccess::ApprovalRequired,
            2 => SupportAccess::Disabled { by, at: now(), confirmation: Confirmation::Provisional },
            _ => SupportAccess::Disabled { by, at: now(), confirmation: Confirmation::Confirmed },
        };
        let employer = if vendor { "Vendor" } else { "Helpline Partners" };
        let mut frozen = snapshot(employer, access.clone(), vec![freeze(FreezeScope::Everybody)]);
        frozen.closed = closed.then_some("starting");
        let subject = if known { SUBJECT } else { SubjectId::from_bytes([8; 16]) };
        let visit = Visit {
            id: byleave_domain::ids::VisitId::from_bytes([5; 16]),
            organization: OrganizationId::from_bytes([3; 16]),
            tool: ToolId::from_bytes([4; 16]),
            subject,
            reason: None,
            case: None,
            epoch: 1,
            opened_at: now(),
            used_at: now(),
            ended: None,
        };
        let claim = || if under { VisitClaim::Under(&visit) } else { VisitClaim::Opens { reason: None, case: None } };
        let decision = asks(&frozen, subject, claim());
        let frozen_reason = matches!(decision, Decision::Deny(DenyReason::Frozen { .. }));
        prop_assert!(frozen_reason || (closed && matches!(decision, Decision::Deny(_))), "{:?}", decision);

        let over = Freeze { lifted_at: Some(now()), ..freeze(FreezeScope::Everybody) };
        let lifted = snapshot(employer, access.clone(), vec![over]);
        let open = matches!(asks(&lifted, subject, claim()), Decision::Permit { .. });
        prop_assert_eq!(open, which == 0 && known, "lifting enables nothing that is disabled");
    }
}
