//! One attempt after the other, and what becomes of it. Everything that is not plainly allowed denies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use byleave_domain::decision::{AccessAttempt, Decision, DenyReason, VisitClaim, authorize};
use byleave_domain::facts::Facts;
use byleave_domain::freeze::{Freeze, FreezeScope};
use byleave_domain::ids::{ContactId, DeskPersonId, FreezeId, OrganizationId, SubjectId, ToolId, VisitId};
use byleave_domain::snapshot::{OrganizationPolicy, PolicySnapshot, Standing};
use byleave_domain::subject::{Subject, SubjectKind};
use byleave_domain::support_access::{Confirmation, DecidedBy, SupportAccess};
use byleave_domain::text::{CaseNumber, Reason};
use byleave_domain::tool::{Injection, Isolation, Requirement, Tool};
use byleave_domain::visit::{IDLE_MAX, LENGTH_MAX, Visit, VisitEnd};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const ORGANIZATION: OrganizationId = OrganizationId::from_bytes([1; 16]);
const SUBJECT: SubjectId = SubjectId::from_bytes([2; 16]);
const TOOL: ToolId = ToolId::from_bytes([3; 16]);

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// Everybody may enter everything, under epoch 2.
fn snapshot() -> PolicySnapshot {
    let mut snapshot = PolicySnapshot::default();
    let policy = OrganizationPolicy {
        slug: "acme".parse().unwrap(),
        name: "Acme Rockets".parse().unwrap(),
        epoch: 2,
        standing: Standing::Proven(SupportAccess::Enabled),
    };
    snapshot.organizations.insert(ORGANIZATION, policy);
    let subject = Subject {
        id: SUBJECT,
        kind: SubjectKind::SupportPerson,
        name: "Sasha Example".parse().unwrap(),
        email: "sasha@vendor.example".parse().unwrap(),
        employer: "Vendor".parse().unwrap(),
    };
    snapshot.subjects.insert(SUBJECT, subject);
    let tool = Tool {
        id: TOOL,
        slug: "system-log".parse().unwrap(),
        name: "System log".parse().unwrap(),
        upstream: "http://127.0.0.1:1".into(),
        isolation: Isolation::UpstreamVerified,
        reason: Requirement::Optional,
        case: Requirement::Optional,
        assets: vec![],
    };
    snapshot.tools.insert(TOOL, tool);
    snapshot
}

fn visit() -> Visit {
    Visit {
        id: VisitId::from_bytes([4; 16]),
        organization: ORGANIZATION,
        tool: TOOL,
        subject: SUBJECT,
        reason: None,
        case: None,
        epoch: 2,
        opened_at: now(),
        used_at: now(),
        ended: None,
    }
}

fn opens(snapshot: &PolicySnapshot) -> Decision {
    asks(snapshot, VisitClaim::Opens { reason: None, case: None }, now())
}

fn under(visit: &Visit, now: Timestamp) -> Decision {
    asks(&snapshot(), VisitClaim::Under(visit), now)
}

fn asks(snapshot: &PolicySnapshot, visit: VisitClaim<'_>, now: Timestamp) -> Decision {
    let attempt = AccessAttempt { subject: SUBJECT, organization: ORGANIZATION, tool: TOOL, visit };
    authorize(snapshot, &attempt, now)
}

fn denied(decision: &Decision) -> &DenyReason {
    match decision {
        Decision::Deny(reason) => reason,
        Decision::Permit { .. } => panic!("permitted"),
    }
}

/// The snapshot with one thing changed, and what is said then.
fn check(change: impl FnOnce(&mut PolicySnapshot), code: &str) {
    let mut snapshot = snapshot();
    change(&mut snapshot);
    for decision in [opens(&snapshot), asks(&snapshot, VisitClaim::Under(&visit()), now())] {
        let reason = denied(&decision);
        assert_eq!(reason.code(), code);
        assert!(
            reason.explanation().ends_with('.') && reason.what_now().ends_with('.'),
            "{code} is not said in full"
        );
    }
}

#[test]
fn everything_as_it_should_be_permits_under_the_epoch_in_force() {
    assert_eq!(opens(&snapshot()), Decision::Permit { epoch: 2 });
    assert_eq!(under(&visit(), now()), Decision::Permit { epoch: 2 });
}

#[test]
fn each_thing_missing_or_closed_denies() {
    let standing = |standing| {
        move |snapshot: &mut PolicySnapshot| {
            snapshot.organizations.get_mut(&ORGANIZATION).unwrap().standing = standing;
        }
    };
    let disabled = |confirmation| {
        let by = DecidedBy::Contact(ContactId::from_bytes([9; 16]));
        Standing::Proven(SupportAccess::Disabled { by, at: now(), confirmation })
    };
    check(|snapshot| *snapshot = PolicySnapshot::deny_all("starting"), "unavailable");
    check(|snapshot| snapshot.closed = Some("halted"), "unavailable");
    check(|snapshot| snapshot.organizations.clear(), "unknown_organization");
    check(|snapshot| snapshot.subjects.clear(), "unknown_subject");
    check(|snapshot| snapshot.tools.clear(), "unknown_tool");
    check(standing(disabled(Confirmation::Provisional)), "support_access_disabled");
    check(standing(disabled(Confirmation::Confirmed)), "support_access_disabled");
    check(standing(Standing::Proven(SupportAccess::ApprovalRequired)), "approval_required");
    check(standing(Standing::Closed { since: now() }), "organization_closed");
    check(
        |snapshot| {
            let isolation = Isolation::Shared { accepted: false };
            snapshot.tools.get_mut(&TOOL).unwrap().isolation = isolation;
        },
        "tool_not_accepted",
    );
}

#[test]
fn a_tool_accepted_as_it_is_and_an_injected_one_permit() {
    for isolation in [Isolation::Shared { accepted: true }, Isolation::Injected(Injection::Prefix)] {
        let mut snapshot = snapshot();
        snapshot.tools.get_mut(&TOOL).unwrap().isolation = isolation;
        assert_eq!(opens(&snapshot), Decision::Permit { epoch: 2 });
    }
}

#[test]
fn reason_and_case_are_asked_for_where_the_tool_wants_them() {
    let reason: Reason = "printer".parse().unwrap();
    let case: CaseNumber = "CASE-1".parse().unwrap();
    let mut snapshot = snapshot();
    let tool = snapshot.tools.get_mut(&TOOL).unwrap();
    (tool.reason, tool.case) = (Requirement::Required, Requirement::Required);
    let opens = |reason, case| asks(&snapshot, VisitClaim::Opens { reason, case }, now());
    assert_eq!(opens(None, Some(&case)), Decision::Deny(DenyReason::ReasonRequired));
    assert_eq!(opens(Some(&reason), None), Decision::Deny(DenyReason::CaseRequired));
    assert_eq!(opens(Some(&reason), Some(&case)), Decision::Permit { epoch: 2 });
}

#[test]
fn a_visit_is_good_for_its_own_place_and_time() {
    type Change = fn(&mut Visit);
    let changes: [(Change, DenyReason); 5] = [
        (|v| v.subject = SubjectId::from_bytes([9; 16]), DenyReason::VisitMismatch),
        (|v| v.organization = OrganizationId::from_bytes([9; 16]), DenyReason::VisitMismatch),
        (|v| v.tool = ToolId::from_bytes([9; 16]), DenyReason::VisitMismatch),
        (|v| v.epoch = 1, DenyReason::VisitSuperseded),
        (|v| v.ended = Some((v.opened_at, VisitEnd::Left)), DenyReason::VisitEnded(VisitEnd::Left)),
    ];
    for (change, reason) in changes {
        let mut visit = visit();
        change(&mut visit);
        assert_eq!(under(&visit, now()), Decision::Deny(reason));
    }
    let second = SignedDuration::from_secs(1);
    assert_eq!(under(&visit(), now() + IDLE_MAX - second), Decision::Permit { epoch: 2 });
    assert_eq!(under(&visit(), now() + IDLE_MAX), Decision::Deny(DenyReason::VisitEnded(VisitEnd::Idle)));
    let busy = Visit { used_at: now() + LENGTH_MAX, ..visit() };
    assert_eq!(under(&busy, now() + LENGTH_MAX), Decision::Deny(DenyReason::VisitEnded(VisitEnd::TooLong)));
}

proptest! {
    /// Only one standing lets anybody in, whatever else is the case.
    #[test]
    fn only_a_proven_enabled_setting_permits(
        which in 0_u8..5,
        epoch in 0_u64..4,
        visit_epoch in 0_u64..4,
        used_back in 0_i64..2_000,
        opened_back in 0_i64..40_000,
        ended: bool,
        under_visit: bool,
    ) {
        let mut snapshot = snapshot();
        let by = DecidedBy::Contact(ContactId::from_bytes([9; 16]));
        let disabled = |confirmation| SupportAccess::Disabled { by, at: now(), confirmation };
        let policy = snapshot.organizations.get_mut(&ORGANIZATION).unwrap();
        policy.epoch = epoch;
        policy.standing = match which {
            0 => Standing::Proven(SupportAccess::Enabled),
            1 => Standing::Proven(SupportAccess::ApprovalRequired),
            2 => Standing::Proven(disabled(Confirmation::Provisional)),
            3 => Standing::Proven(disabled(Confirmation::Confirmed)),
            _ => Standing::Closed { since: now() },
        };
        let back = |seconds| now() - SignedDuration::from_secs(seconds);
        let ended = ended.then(|| (now(), VisitEnd::Left));
        let visit = Visit { epoch: visit_epoch, used_at: back(used_back), opened_at: back(opened_back), ended, ..visit() };
        let claim = if under_visit { VisitClaim::Under(&visit) } else { VisitClaim::Opens { reason: None, case: None } };
        let good_visit = ended.is_none() && visit_epoch == epoch && used_back < 900 && opened_back < 28_800;
        let expected = which == 0 && (!under_visit || good_visit);
        let decision = asks(&snapshot, claim, now());
        prop_assert_eq!(decision == Decision::Permit { epoch }, expected, "{:?}", decision);
    }

    /// Whatever is the case, the facts of a decision lead to the same one.
    #[test]
    fn facts_are_all_that_a_decision_looks_at(
        standing in 0_u8..6,
        missing in 0_u8..8,
        tool in 0_u8..16,
        epochs in (0_u64..3, 0_u64..3),
        used_back in 0_i64..2_000,
        opened_back in 0_i64..40_000,
        ended in 0_u8..4,
        claim in 0_u8..8,
        freezes in 0_u8..12,
    ) {
        let mut snapshot = snapshot();
        let by = DecidedBy::Contact(ContactId::from_bytes([9; 16]));
        let disabled = |confirmation| SupportAccess::Disabled { by, at: now(), confirmation };
        let policy = snapshot.organizations.get_mut(&ORGANIZATION).unwrap();
        policy.epoch = epochs.0;
        policy.standing = match standing {
            0 | 5 => Standing::Proven(SupportAccess::Enabled),
            1 => Standing::Proven(SupportAccess::ApprovalRequired),
            2 => Standing::Proven(disabled(Confirmation::Provisional)),
            3 => Standing::Proven(disabled(Confirmation::Confirmed)),
            _ => Standing::Closed { since: now() },
        };
        let declared = snapshot.tools.get_mut(&TOOL).unwrap();
        let required = |bit: u8| if tool & bit == 0 { Requirement::Optional } else { Requirement::Required };
        (declared.reason, declared.case) = (required(1), required(2));
        if tool >= 4 {
            declared.isolation = Isolation::Shared { accepted: tool < 12 };
        }
        let scopes = [FreezeScope::Everybody, FreezeScope::Employer("VENDOR".parse().unwrap()),
            FreezeScope::Employer("Another".parse().unwrap())];
        for scope in scopes.into_iter().enumerate().filter(|(bit, _)| freezes & (1 << bit) != 0).map(|(_, scope)| scope) {
            let lifted_at = (freezes >= 8).then(now);
            let id = FreezeId::from_bytes([5; 16]);
            let (reason, by) = ("broken into".parse().unwrap(), DeskPersonId::from_bytes([6; 16]));
            snapshot.freezes.push(Freeze { id, scope, reason, by, at: now(), approvals: vec![], lifted_at });
        }
        match missing {
            0 => snapshot.organizations.clear(),
            1 => snapshot.subjects.clear(),
            2 => snapshot.tools.clear(),
            3 => snapshot.closed = Some("halted"),
            _ => {}
        }
        let back = |seconds| now() - SignedDuration::from_secs(seconds);
        let ended = [None, Some(VisitEnd::Left), Some(VisitEnd::Idle), None][usize::from(ended)];
        let (used_at, opened_at) = (back(used_back), back(opened_back));
        let mut visit = Visit { epoch: epochs.1, used_at, opened_at, ended: ended.map(|end| (now(), end)), ..visit() };
        let (reason, case): (Reason, CaseNumber) = ("printer".parse().unwrap(), "CASE-1".parse().unwrap());
        match claim {
            4 => visit.subject = SubjectId::from_bytes([9; 16]),
            5 => visit.organization = OrganizationId::from_bytes([9; 16]),
            6 => visit.tool = ToolId::from_bytes([9; 16]),
            _ => {}
        }
        let claim = if claim < 4 {
            VisitClaim::Opens { reason: (claim & 1 != 0).then_some(&reason), case: (claim & 2 != 0).then_some(&case) }
        } else {
            VisitClaim::Under(&visit)
        };
        let attempt = AccessAttempt { subject: SUBJECT, organization: ORGANIZATION, tool: TOOL, visit: claim };
        let facts = Facts::of(&snapshot, &attempt, now());
        prop_assert_eq!(facts.decide().unwrap(), authorize(&snapshot, &attempt, now()), "{:?}", facts);
    }
}
