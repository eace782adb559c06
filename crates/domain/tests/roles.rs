//! Every way in which three desk people can share the steps of a journey: which of them let it through.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeSet;

use byleave_domain::approval::{Approval, DeskKey, SignedApproval};
use byleave_domain::change_request::{
    By, Call, CallOutcome, CallWords, ChangeRequest, Finding, Form, Items, Matched, Meeting, Question,
    Received, Returned, Review, ReviewOutcome, Source, Step, StepRefused,
};
use byleave_domain::contact::SecurityContact;
use byleave_domain::ids::{
    ChangeRequestId, ContactId, DeskPersonId, EvidenceId, LogId, OrganizationId, RequestId,
};
use byleave_domain::organization::{Organization, Signers};
use byleave_domain::process::{Profile, ProfileName};
use byleave_domain::statement::{SignedStatement, Statement, Wish, public_key};
use byleave_domain::support_access::{Confirmation, DecidedBy, Setting, SupportAccess};
use jiff::{SignedDuration, Timestamp};

const ORGANIZATION: OrganizationId = OrganizationId::from_bytes([1; 16]);
const REQUEST: ChangeRequestId = ChangeRequestId::from_bytes([2; 16]);
const CONTACT: ContactId = ContactId::from_bytes([3; 16]);
const NOTE: EvidenceId = EvidenceId::from_bytes([4; 16]);
const CONTACT_SEED: [u8; 32] = [5; 32];
const DESK: [DeskPersonId; 3] = [
    DeskPersonId::from_bytes([11; 16]),
    DeskPersonId::from_bytes([12; 16]),
    DeskPersonId::from_bytes([13; 16]),
];

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn call(by: DeskPersonId, entry: u64) -> Call {
    let (outcome, words) = (CallOutcome::Confirmed, Some(CallWords::Matched));
    Call { by, contact: CONTACT, outcome, words, wrong_tries: 0, at: now(), entry }
}

fn seed(person: usize) -> [u8; 32] {
    [21 + u8::try_from(person).unwrap(); 32]
}

/// With a contact whom the first two desk people have called back.
fn organization(wish: Wish) -> Organization {
    let (epoch, access) = match wish {
        Wish::Disabled => (0, SupportAccess::Enabled),
        Wish::Enabled => {
            let by = DecidedBy::Contact(CONTACT);
            (1, SupportAccess::Disabled { by, at: now(), confirmation: Confirmation::Provisional })
        }
    };
    let contact = SecurityContact {
        id: CONTACT,
        organization: ORGANIZATION,
        name: "Sam Example".parse().unwrap(),
        email: "sam@acme.example".parse().unwrap(),
        phone: "+1 555 0100".parse().unwrap(),
        key: Some(public_key(&CONTACT_SEED)),
        since_epoch: 0,
        number_since: now(),
        from_contract: true,
        calls: vec![call(DESK[0], 1), call(DESK[1], 2)],
    };
    let key = |(person, id): (usize, &DeskPersonId)| DeskKey { person: *id, key: public_key(&seed(person)) };
    Organization {
        id: ORGANIZATION,
        slug: "acme".parse().unwrap(),
        name: "Acme Rockets".parse().unwrap(),
        log: LogId::from_bytes([6; 16]),
        created_at: now(),
        setting: Setting { epoch, access, evidence: None },
        closed: None,
        last_word_unknown: false,
        contacts: vec![contact],
        desk_keys: DESK.iter().enumerate().map(key).collect(),
        former: Signers::default(),
    }
}

fn statement() -> SignedStatement {
    Statement {
        organization: ORGANIZATION,
        epoch: 2,
        wish: Wish::Enabled,
        contact: CONTACT,
        request: RequestId::from_bytes([7; 16]),
        issued: now(),
    }
    .sign(&CONTACT_SEED)
}

/// Reviewed by one, everything else before the approval done by another.
fn prepared(profile: ProfileName, wish: Wish, signed: bool, reviewer: usize, worker: usize) -> ChangeRequest {
    let received = Received {
        wish,
        source: if signed { Source::Signed } else { Source::Unauthenticated },
        contact: Some(CONTACT),
        items: Items::ALL,
        evidence: None,
        statement: signed.then(statement),
        profile: Profile::usual(profile),
    };
    let mut request = ChangeRequest::new(REQUEST, ORGANIZATION, received, now());
    let (by, review) = (DESK[worker], Review { by: DESK[reviewer], outcome: ReviewOutcome::Proceeds });
    let mut steps = vec![Step::Reviewed { review, note: None }];
    match (wish, signed) {
        (Wish::Disabled, _) => {
            let form = Form { evidence: NOTE, sha256: [0; 32], version: "1".into() };
            let meeting = Meeting { start: now(), sequence: 0, cancelled: false };
            let finding = Finding { holds: true, by, at: now(), note: NOTE };
            let strength = "unchanged".into();
            steps.extend([
                Step::FormSent { by: DESK[reviewer], form },
                Step::MeetingSet { by: By::Desk(by), meeting, declines: None },
                Step::Found { question: Question::Identity, finding },
                Step::Found { question: Question::Understanding, finding },
                Step::Returned(Returned {
                    by: By::Contact(CONTACT),
                    evidence: NOTE,
                    sha256: [0; 32],
                    strength,
                }),
                Step::Matched { matched: Matched { by, accepted: true }, note: None },
            ]);
        }
        (Wish::Enabled, true) => {}
        (Wish::Enabled, false) => {
            steps.push(Step::Called { call: call(by, 9), note: NOTE });
        }
    }
    for step in steps {
        request.apply(&step, now());
    }
    request
}

fn approval(request: &ChangeRequest, organization: &Organization, person: usize) -> SignedApproval {
    Approval {
        organization: ORGANIZATION,
        epoch: request.epoch_wanted(organization),
        wish: request.received.wish,
        change_request: REQUEST,
        call: request.call_entry(),
        by: DESK[person],
        issued: now(),
    }
    .sign(&seed(person))
}

/// Whether these approvals, in this order, carry the request, and what refused them if not.
fn carried(request: &ChangeRequest, approvers: &[usize]) -> Result<bool, StepRefused> {
    let organization = organization(request.received.wish);
    let mut request = request.clone();
    for person in approvers {
        let signed = approval(&request, &organization, *person);
        let step = request.approve(&organization, &[], &signed, now())?;
        request.apply(&step, now());
    }
    let later = now() + SignedDuration::from_hours(25);
    let setting = request.outcome(&organization, &[], later);
    // What is let through carries its own proof, as whoever enforces asks.
    if let Ok(setting) = &setting {
        setting.check(ORGANIZATION, &organization.contacts, &organization.desk_keys).unwrap();
    }
    Ok(setting.is_ok())
}

#[test]
fn each_share_of_the_roles_is_let_through_or_refused() {
    let (mut through, mut refused) = (0, 0);
    for profile in [ProfileName::Article, ProfileName::ArticlePlus] {
        for (wish, signed) in [(Wish::Disabled, false), (Wish::Enabled, true), (Wish::Enabled, false)] {
            for (reviewer, worker) in (0..9).map(|n| (n / 3, n % 3)) {
                let request = prepared(profile, wish, signed, reviewer, worker);
                let mut preparers = BTreeSet::from([reviewer]);
                if (wish, signed) != (Wish::Enabled, true) {
                    preparers.insert(worker);
                }
                let one = (0..3).map(|first| vec![first]);
                let two = (0..9).map(|n| vec![n / 3, n % 3]);
                for approvers in one.chain(two) {
                    let different: BTreeSet<_> = approvers.iter().copied().collect();
                    let needed = if (wish, signed) == (Wish::Enabled, false) { 2 } else { 1 };
                    let plus = profile == ProfileName::ArticlePlus;
                    let fresh = different.iter().any(|person| !preparers.contains(person));
                    // A second approval where one is enough is no harm, as long as somebody fresh is among them.
                    let expected = different.len() == approvers.len()
                        && approvers.len() >= needed
                        && (!plus || fresh)
                        && !(plus && needed == 1 && preparers.contains(&approvers[0]));
                    let found = carried(&request, &approvers) == Ok(true);
                    let case =
                        format!("{profile:?} {wish:?} signed={signed} {reviewer} {worker} {approvers:?}");
                    assert_eq!(found, expected, "{case}: {:?}", carried(&request, &approvers));
                    // Whoever does everything alone gets nowhere under `article-plus`.
                    let alone = preparers.union(&different).count() == 1;
                    assert!(!(plus && alone && found), "{case}");
                    if found { through += 1 } else { refused += 1 }
                }
            }
        }
    }
    assert!(through > 100 && refused > 100, "{through} let through, {refused} refused");
}

/// A field, and another value for it.
type Wrong = (&'static str, fn(&mut Approval));

#[test]
fn an_approval_fits_one_change_once() {
    let request = prepared(ProfileName::ArticlePlus, Wish::Enabled, false, 0, 0);
    let organization = organization(Wish::Enabled);
    let good = approval(&request, &organization, 1).approval;
    let wrong: [Wrong; 6] = [
        ("organization", |a| a.organization = OrganizationId::from_bytes([9; 16])),
        ("change request", |a| a.change_request = ChangeRequestId::from_bytes([9; 16])),
        ("support access", |a| a.wish = Wish::Disabled),
        ("epoch", |a| a.epoch = 3),
        ("call-back", |a| a.call = None),
        ("call-back", |a| a.call = Some(8)),
    ];
    for (field, change) in wrong {
        let mut approval = good.clone();
        change(&mut approval);
        let refused = request.approve(&organization, &[], &approval.sign(&seed(1)), now()).unwrap_err();
        assert_eq!(refused, StepRefused::ApprovalDiffers(field));
    }
    let old = Approval { issued: now() - SignedDuration::from_mins(11), ..good.clone() };
    assert!(matches!(
        request.approve(&organization, &[], &old.sign(&seed(1)), now()),
        Err(StepRefused::Approval(_))
    ));
    let borrowed = good.sign(&seed(2));
    assert!(matches!(request.approve(&organization, &[], &borrowed, now()), Err(StepRefused::Approval(_))));
}

/// One person with two names, or two with one key, is one.
#[test]
fn one_key_under_two_names_is_one_person() {
    let request = prepared(ProfileName::ArticlePlus, Wish::Enabled, false, 0, 0);
    let mut organization = organization(Wish::Enabled);
    organization.desk_keys[2].key = organization.desk_keys[1].key;
    let mut request = request;
    let first = approval(&request, &organization, 1);
    let step = request.approve(&organization, &[], &first, now()).unwrap();
    request.apply(&step, now());
    let second = approval(&request, &organization, 2).approval.sign(&seed(1));
    let refused = request.approve(&organization, &[], &second, now());
    assert_eq!(refused, Err(StepRefused::ApprovedAlready));
}
