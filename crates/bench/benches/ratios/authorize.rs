//! The decision against two bare look-ups: what it costs beyond finding the organization and the person.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use byleave_app::clock::SystemClock;
use byleave_app::ports::Clock as _;
use byleave_domain::decision::{AccessAttempt, Decision, DenyReason, VisitClaim, authorize};
use byleave_domain::ids::{ContactId, OrganizationId, SubjectId, ToolId, VisitId};
use byleave_domain::snapshot::{OrganizationPolicy, PolicySnapshot, Standing};
use byleave_domain::subject::{Subject, SubjectKind};
use byleave_domain::support_access::{Confirmation, DecidedBy, SupportAccess};
use byleave_domain::tool::{Isolation, Requirement, Tool};
use byleave_domain::visit::{IDLE_MAX, Visit, VisitEnd};
use jiff::Timestamp;

use crate::Failure;
use crate::figures::{median, ratio, time};

const ORGANIZATIONS: u64 = 1_000;
const SUBJECTS: u64 = 200;
const TOOLS: u64 = 20;
const ATTEMPTS: u64 = 1_000;
const PASSES: u32 = 500;
const ROUNDS: usize = 15;

/// What is asked, and what must be answered.
struct Case {
    name: &'static str,
    visits: Vec<Visit>,
    expected: fn(&Decision) -> bool,
}

/// Prints the section.
///
/// # Errors
/// When a decision is not the expected one, since the figures would be those of something else.
pub fn measure() -> Result<(), Failure> {
    let now = SystemClock.now();
    let snapshot = snapshot(now)?;
    let cases = cases(now)?;
    let organizations: HashMap<_, _> = snapshot.organizations.iter().map(|(id, o)| (*id, o.epoch)).collect();
    let subjects: HashMap<_, _> = snapshot.subjects.keys().map(|id| (*id, 1_u64)).collect();
    let visits = &cases.first().ok_or("no case")?.visits;
    let keys: Vec<_> = visits.iter().map(|visit| (visit.organization, visit.subject)).collect();

    let mut bare = Vec::new();
    let mut ours: Vec<Vec<f64>> = cases.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        bare.push(per_call(&keys, |(organization, subject)| {
            Some(organizations.get(organization)? + subjects.get(subject)?)
        }));
        for (case, times) in cases.iter().zip(&mut ours) {
            let attempts: Vec<_> = case.visits.iter().map(attempt).collect();
            if !attempts.iter().all(|attempt| (case.expected)(&authorize(&snapshot, attempt, now))) {
                return Err(format!("`{}` is decided otherwise", case.name).into());
            }
            times.push(per_call(&attempts, |attempt| authorize(&snapshot, attempt, now)));
        }
    }
    println!("\nauthorize, {ORGANIZATIONS} organizations, {SUBJECTS} subjects, {TOOLS} tools");
    println!("{:<44}{:>10}  ratio", "", "time");
    println!("{:<44}{:>10}  1", "bare: two probes of a HashMap, same keys", time(median(&bare)));
    for (case, times) in cases.iter().zip(&ours) {
        println!("{:<44}{:>10}  {}", case.name, time(median(times)), ratio(times, &bare));
    }
    Ok(())
}

fn per_call<T, R>(inputs: &[T], call: impl Fn(&T) -> R) -> f64 {
    let began = Instant::now();
    for _ in 0..PASSES {
        for input in inputs {
            black_box(call(black_box(input)));
        }
    }
    began.elapsed().as_secs_f64() / f64::from(PASSES) / inputs.len() as f64
}

fn cases(now: Timestamp) -> Result<Vec<Case>, Failure> {
    // Even organizations are enabled, odd ones disabled.
    let permitted: Vec<_> = (0..ATTEMPTS).map(|n| visit((mix(n) % ORGANIZATIONS) & !1, n, now)).collect();
    let disabled = (0..ATTEMPTS).map(|n| visit((mix(n) % ORGANIZATIONS) | 1, n, now)).collect();
    let unknown = (0..ATTEMPTS).map(|n| visit(ORGANIZATIONS + n, n, now)).collect();
    let long_ago = now.checked_sub(IDLE_MAX)?;
    let over =
        permitted.iter().map(|v| Visit { used_at: long_ago, opened_at: long_ago, ..v.clone() }).collect();
    Ok(vec![
        Case {
            name: "permit, under a visit",
            visits: permitted,
            expected: |decision| matches!(decision, Decision::Permit { .. }),
        },
        Case {
            name: "deny: support access is disabled",
            visits: disabled,
            expected: |decision| matches!(decision, Decision::Deny(DenyReason::SupportAccessDisabled { .. })),
        },
        Case {
            name: "deny: no such organization",
            visits: unknown,
            expected: |decision| *decision == Decision::Deny(DenyReason::UnknownOrganization),
        },
        Case {
            name: "deny: the visit is over",
            visits: over,
            expected: |decision| *decision == Decision::Deny(DenyReason::VisitEnded(VisitEnd::Idle)),
        },
    ])
}

fn attempt(visit: &Visit) -> AccessAttempt<'_> {
    AccessAttempt {
        subject: visit.subject,
        organization: visit.organization,
        tool: visit.tool,
        visit: VisitClaim::Under(visit),
    }
}

fn visit(organization: u64, n: u64, now: Timestamp) -> Visit {
    Visit {
        id: VisitId::from_bytes(bits(n)),
        organization: OrganizationId::from_bytes(bits(organization)),
        tool: ToolId::from_bytes(bits(mix(n + 1) % TOOLS)),
        subject: SubjectId::from_bytes(bits(mix(n + 2) % SUBJECTS)),
        reason: None,
        case: None,
        epoch: 1,
        opened_at: now,
        used_at: now,
        ended: None,
    }
}

fn snapshot(now: Timestamp) -> Result<PolicySnapshot, Failure> {
    let mut snapshot = PolicySnapshot::default();
    for n in 0..ORGANIZATIONS {
        let access = if n % 2 == 0 {
            SupportAccess::Enabled
        } else {
            let by = DecidedBy::Contact(ContactId::from_bytes(bits(n)));
            SupportAccess::Disabled { by, at: now, confirmation: Confirmation::Provisional }
        };
        let policy = OrganizationPolicy {
            slug: format!("organization-{n}").parse()?,
            name: format!("Organization {n}").parse()?,
            epoch: 1,
            standing: Standing::Proven(access),
        };
        snapshot.organizations.insert(OrganizationId::from_bytes(bits(n)), policy);
    }
    for n in 0..SUBJECTS {
        let id = SubjectId::from_bytes(bits(n));
        let subject = Subject {
            id,
            kind: SubjectKind::SupportPerson,
            name: format!("Person {n}").parse()?,
            email: format!("person-{n}@vendor.example").parse()?,
            employer: "Vendor".parse()?,
        };
        snapshot.subjects.insert(id, subject);
    }
    for n in 0..TOOLS {
        let tool = Tool {
            id: ToolId::from_bytes(bits(n)),
            slug: format!("tool-{n}").parse()?,
            name: format!("Tool {n}").parse()?,
            upstream: "http://127.0.0.1:1".into(),
            isolation: Isolation::UpstreamVerified,
            reason: Requirement::Optional,
            case: Requirement::Optional,
            assets: vec![],
        };
        snapshot.tools.insert(tool.id, tool);
    }
    Ok(snapshot)
}

/// 128 bits that look random, always the same for `n`.
pub fn bits(n: u64) -> [u8; 16] {
    (u128::from(mix(n)) << 64 | u128::from(mix(!n))).to_be_bytes()
}

/// The finalizer of splitmix64: each number to another one that looks random.
const fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
