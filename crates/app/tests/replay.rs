//! An organization opens every payload of its own log and takes every decision again. What was tampered with is named, also
//! where somebody with the log's key made all else fit.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_api::disclosure::{Disclosed, Opening};
use byleave_api::entry::{Kind, Leaf};
use byleave_app::setting::NotChanged;
use byleave_app::visits::NotEntered;
use byleave_domain::freeze::FreezeScope;
use byleave_domain::ids::{VisitId, to_hex};
use byleave_domain::statement::Wish;
use byleave_domain::tool::{Isolation, Requirement, Tool};
use byleave_domain::visit::VisitEnd;
use serde_json::{Value, json};
use support::copy::Copy;
use support::{DESK_SEED, SECOND_DESK_SEED, Site};

/// Visits, requests and refusals of every kind that a log can hold; support access disabled and enabled again.
async fn eventful() -> Site {
    let site = Site::new().await;
    let strict = Tool {
        id: site.app.fresh_tool_id(),
        slug: "strict".parse().unwrap(),
        name: "Strict".parse().unwrap(),
        upstream: "http://127.0.0.1:1".into(),
        isolation: Isolation::UpstreamVerified,
        reason: Requirement::Required,
        case: Requirement::Required,
        assets: vec![],
    };
    let strict_id = strict.id;
    site.app.tool_create(strict).await.unwrap();
    let usual = site.tool;
    let site = Site { tool: strict_id, ..site };
    site.denied("reason_required", None).await;
    site.denied("case_required", None).await;
    let site = Site { tool: usual, ..site };

    let first = site.app.visit_open(site.opening("printer")).await.unwrap().id;
    for _ in 0..2 {
        site.app.access_begin(site.begin(first, 0)).await.unwrap();
        site.clock.forward(120);
    }
    refused(&site, VisitId::from_bytes([7; 16]), "visit_mismatch").await;
    site.clock.forward(16 * 60);
    refused(&site, first, "visit_ended").await;
    site.app.visit_close(first, VisitEnd::Idle).await.unwrap();
    refused(&site, first, "visit_ended").await;

    let second = site.app.visit_open(site.opening("scanner")).await.unwrap().id;
    site.app.access_begin(site.begin(second, 0)).await.unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    refused(&site, second, "support_access_disabled").await;
    site.denied("support_access_disabled", None).await;
    enable(&site).await.unwrap();
    refused(&site, second, "visit_ended").await;
    let third = site.app.visit_open(site.opening("plotter")).await.unwrap().id;
    site.app.access_begin(site.begin(third, 2)).await.unwrap();
    site
}

async fn enable(site: &Site) -> Result<(), NotChanged> {
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await?;
    site.approve(request.id).await.map(drop)
}

async fn refused(site: &Site, visit: VisitId, code: &'static str) {
    let epoch = site.epoch();
    let why = site.app.access_begin(site.begin(visit, epoch)).await.unwrap_err();
    assert!(matches!(&why, NotEntered::Denied(reason) if reason.code() == code), "{why:?}");
    site.denied(code, Some(visit)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_follows_from_what_was_in_force() {
    let site = eventful().await;
    let report = site.verify(None).unwrap();
    let replayed = site.replay().unwrap();
    // All but the refusal under a visit of which nothing is known any more.
    assert_eq!((report.visits, report.requests, report.denied), (3, 4, 8));
    assert_eq!(
        (replayed.followed, replayed.without_facts, replayed.unsettled, replayed.erased),
        (14, 1, 0, 0)
    );
    let copy = Copy::of(&site);
    let sentence = copy.verify().unwrap().sentence();
    assert!(
        sentence.ends_with("14 decisions follow from what was in force; 1 cannot be replayed."),
        "{sentence}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tampered_with_is_named() {
    let copy = Copy::of(&eventful().await);
    copy.verify().unwrap();
    let (visit, begin) = (copy.last(Kind::VisitOpen), copy.last(Kind::AccessBegin));
    let denied = copy.places(Kind::AccessDenied);
    let check = |what: &str, entry: usize, says: &str, tamper: &dyn Fn(&mut Copy)| {
        let fault = copy.fault(tamper);
        assert!(fault.contains(&format!("entry {entry} ")) && fault.contains(says), "{what}: {fault}");
    };
    let line = |entry: usize, salt: u8, payload: &str| {
        let opening = Some(Opening { salt: to_hex(&[salt; 32]), payload: payload.to_owned() });
        Some(serde_json::to_string(&Disclosed { entry: entry as u64, opening }).unwrap())
    };

    // Without the log's key: the organization file alone.
    check("a payload", visit, "another payload", &|c| {
        c.lines.insert(visit, line(visit, visit as u8, "{}"));
    });
    check("a salt", visit, "another payload", &|c| {
        c.lines.insert(visit, line(visit, 99, &c.payloads[visit].to_string()));
    });
    check("a line gone", visit, "no line where it should be", &|c| {
        c.lines.insert(visit, None);
    });
    check("the last line gone", copy.leaves.len() - 1, "no line where it should be", &|c| {
        c.lines.insert(c.leaves.len() - 1, None);
    });
    check("called erased", visit, "no `erase` entry", &|c| {
        c.lines.insert(visit, Some(format!("{{\"entry\":{visit}}}")));
    });

    // With it: commitments, tiles and signatures all fit.
    check("a refusal let through", denied[0], "should have been refused: `reason_required`", &|c| {
        c.leaves[denied[0]].kind = Kind::VisitOpen;
        c.payloads[denied[0]]["visit"] = json!("visit_00000000000000000000000000000001");
        c.payloads[denied[0]]["covered"] = json!(true);
        c.payloads[denied[0]]["reason"] = Value::Null;
    });
    check("a request refused", begin, "should have been let through", &|c| {
        let person = c.payloads[visit]["person"].clone();
        c.leaves[begin].kind = Kind::AccessDenied;
        c.payloads[begin]["person"] = person;
        c.payloads[begin]["tool"] = json!("system-log");
        c.payloads[begin]["reason"] = json!("support_access_disabled");
    });
    check("a request under an idle visit", begin, "should have been refused: `visit_ended`", &|c| {
        let late = c.payloads[begin]["facts"]["at_us"].as_i64().unwrap() + 16 * 60 * 1_000_000;
        c.payloads[begin]["facts"]["at_us"] = json!(late);
        c.leaves.iter_mut().skip(begin).for_each(|leaf| leaf.time_us = leaf.time_us.max(late));
    });
    check(
        "a request under a visit said to be over",
        begin,
        "should have been refused: `visit_ended`",
        &|c| {
            c.payloads[begin]["facts"]["visit"]["under"]["ended"] = json!("left");
        },
    );
    check("a request by somebody unknown", begin, "should have been refused: `unknown_subject`", &|c| {
        c.payloads[begin]["facts"]["known"] = json!(false);
    });
    check("a request in a tool not accepted", begin, "should have been refused: `tool_not_accepted`", &|c| {
        c.payloads[begin]["facts"]["tool"]["accepted"] = json!(false);
    });
    check("a request under an older setting", begin, "and 2 was in force", &|c| {
        c.payloads[begin]["facts"]["epoch"] = json!(0);
    });
    check("a request decided after it was recorded", begin, "after it was recorded", &|c| {
        c.payloads[begin]["facts"]["at_us"] = json!(c.leaves[begin].time_us + 61_000_000);
    });
    for (what, at) in [("a visit", visit), ("a refusal", denied[0])] {
        check(what, at, "long before it was recorded", &|c| {
            c.payloads[at]["facts"]["at_us"] = json!(c.leaves[at].time_us - 601_000_000);
            // As it is where no clock was set back.
            c.leaves.iter_mut().skip(at).for_each(|leaf| leaf.time_us += 1);
        });
    }
    check("a decision at no time", begin, "after it was recorded", &|c| {
        c.payloads[begin]["facts"]["at_us"] = json!(i64::MAX);
    });
    check("a request under another visit", begin, "another visit", &|c| {
        c.payloads[begin]["visit"] = json!("visit_00000000000000000000000000000001");
    });
    check("another reason for a refusal", denied[0], "should have been as `reason_required`", &|c| {
        c.payloads[denied[0]]["reason"] = json!("support_access_disabled");
    });
    check("another person", denied[1], "another person", &|c| {
        c.payloads[denied[1]]["person"]["id"] = json!("person_00000000000000000000000000000001");
    });
    check("another employer", denied[1], "another employer", &|c| {
        c.payloads[denied[1]]["person"]["employer"] = json!("Another");
    });
    check("another end of a visit", denied[3], "another end", &|c| {
        c.payloads[denied[3]]["facts"]["visit"]["under"]["ended"] = json!("left");
    });
    let disabled = copy.last(Kind::SupportAccessDisabled);
    check("another setting than the leaf's", disabled, "another setting", &|c| {
        c.payloads[disabled]["epoch"] = json!(5);
    });
}

/// A clock that is set back does not move a log's time, and accuses nobody.
#[tokio::test(flavor = "multi_thread")]
async fn while_a_clock_is_behind_the_log_no_decision_is_too_early() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap().id;
    site.app.visit_close(visit, VisitEnd::Left).await.unwrap();
    site.clock.forward(-3600);
    let visit = site.app.visit_open(site.opening("scanner")).await.unwrap().id;
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    site.clock.forward(840);
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    assert_eq!(site.replay().unwrap().followed, 4);
}

/// What is about visits may be erased. Of nothing else is anything taken away under that name.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_about_a_visit_is_never_erased() {
    let copy = Copy::of(&eventful().await);
    let mut seen = Vec::new();
    for (index, leaf) in copy.leaves.iter().enumerate() {
        if seen.contains(&leaf.kind) || leaf.kind.may_be_erased() {
            continue;
        }
        seen.push(leaf.kind);
        let fault = copy.fault(|c| {
            c.lines.insert(index, Some(format!("{{\"entry\":{index}}}")));
            c.leaves.push(Leaf {
                kind: Kind::Erase,
                request: [9; 16],
                reference: None,
                ends: vec![],
                ..c.leaves.last().unwrap().clone()
            });
            let (actor, last) = (to_hex(&leaf.actor), index);
            let (reason, by) = ("none", "nobody");
            c.payloads.push(json!({"actor": actor, "first": 0, "last": last, "reason": reason, "by": by}));
        });
        let says =
            format!("entry {index} has no payload, and the payload of a `{}` is never erased", leaf.kind);
        assert!(fault.contains(&says), "{fault}");
    }
    assert!(seen.len() > 8, "{seen:?}");
}

/// Requests that are under way at once know nothing of each other: each counts as use only once it is recorded.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_at_once_after_a_while_accuse_nobody() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap().id;
    site.clock.forward(120);
    let [first, second] = [site.begin(visit, 0), site.begin(visit, 0)];
    let (first, second) = tokio::join!(site.app.access_begin(first), site.app.access_begin(second));
    let [first, second] = [first.unwrap(), second.unwrap()].map(|entry| usize::try_from(entry).unwrap());
    site.replay().unwrap();
    // However the two raced: neither knew of the other.
    let mut copy = Copy::of(&site);
    let opened = copy.leaves[copy.last(Kind::VisitOpen)].time_us;
    for at in [first, second] {
        copy.payloads[at]["facts"]["visit"]["under"]["used_at_us"] = json!(opened);
    }
    let replayed = copy.verify().unwrap().replayed.unwrap();
    assert_eq!((replayed.followed, replayed.unsettled), (3, 0));
}

/// Of a visit that is used, nobody is told that nobody used it.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_forgets_a_request_is_named_unless_both_were_under_way_at_once() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap().id;
    site.clock.forward(14 * 60);
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    site.clock.forward(90);
    site.app.visit_close(visit, VisitEnd::Left).await.unwrap();
    refused(&site, visit, "visit_ended").await;
    let copy = Copy::of(&site);
    let [opened, denied] = [copy.last(Kind::VisitOpen), copy.last(Kind::AccessDenied)];
    let begin = copy.last(Kind::AccessBegin);
    // It says that the visit had been idle since it was opened.
    let forget = |c: &mut Copy| {
        let close = c.last(Kind::VisitClose);
        c.payloads[close]["end"] = json!("idle");
        let used = c.leaves[opened].time_us;
        c.payloads[denied]["facts"]["visit"]["under"] = json!({"used_at_us": used, "ended": null});
    };
    let fault = copy.fault(forget);
    let named = format!("entry {denied} was refused (`visit_ended`), and should have been let through");
    assert!(fault.contains(&named), "{fault}");
    let mut at_once = copy.as_it_is();
    forget(&mut at_once);
    let at = at_once.payloads[denied]["facts"]["at_us"].as_i64().unwrap();
    at_once.payloads[begin]["facts"]["at_us"] = json!(at - 59_000_000);
    at_once.verify().unwrap();
}

/// Everybody is kept out for a while; then one employer's people are.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_freeze_decided_follows_from_it() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap().id;
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    let freeze = async |scope| {
        let reason = "a subprocessor was broken into".parse().unwrap();
        site.app.freeze_begin(site.desk_person, scope, reason).await.unwrap().freeze.id
    };
    let lift = async |id| {
        for (by, seed) in [(site.desk_person, DESK_SEED), (site.second_desk_person, SECOND_DESK_SEED)] {
            let frozen = site.app.world().freezes[&id].clone();
            let signed = frozen.lift(by, site.app.now()).sign(&seed);
            site.app.freeze_lift(id, by, &signed.lift.to_text(), signed.signature).await.unwrap();
        }
    };
    let id = freeze(FreezeScope::Everybody).await;
    site.denied("frozen", None).await;
    lift(id).await;
    site.clock.forward(3600);
    let visit = site.app.visit_open(site.opening("scanner")).await.unwrap().id;
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    let id = freeze(FreezeScope::Employer("VENDOR".parse().unwrap())).await;
    site.denied("frozen", None).await;
    lift(id).await;
    site.verify(None).unwrap();
    assert_eq!(site.replay().unwrap().without_facts, 0);

    let copy = Copy::of(&site);
    let (denied, begin) = (copy.places(Kind::AccessDenied), copy.last(Kind::AccessBegin));
    let fault = copy.fault(|c| c.payloads[denied[1]]["facts"]["frozen"] = json!(false));
    let named = format!("entry {} was refused (`frozen`), and should have been let through", denied[1]);
    assert!(fault.contains(&named), "{fault}");
    // Told as one of other people, it does not keep these out.
    let begun = copy.places(Kind::FreezeBegin)[0];
    let of = |employer: &'static str| {
        move |c: &mut Copy| {
            c.leaves[begun].kind = Kind::FreezeBeginEmployer;
            c.payloads[begun]["employer"] = json!(employer);
        }
    };
    let fault = copy.fault(of("Another"));
    assert!(
        fault.contains(&format!("entry {} rests on a setting or freeze never told", denied[0])),
        "{fault}"
    );
    // Told without its end, it keeps out who was let in later.
    let end = [
        copy.places(Kind::FreezeApproved)[0],
        copy.places(Kind::FreezeApproved)[1],
        copy.places(Kind::FreezeLift)[0],
    ];
    let fault = copy.fault(|c| {
        of("Vendor")(c);
        c.remove(&end);
    });
    let named =
        format!("entry {} was let through, and should have been refused: `frozen`", begin - end.len());
    assert!(fault.contains(&named), "{fault}");
}

/// A freeze ends the visits of those whom it keeps out; nobody goes on under one once it is lifted.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_a_visit_that_outlived_an_employers_freeze_is_named() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap().id;
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    let copy = Copy::of(&site);
    let (opened, begin) = (copy.last(Kind::VisitOpen), copy.last(Kind::AccessBegin));
    // Put in between: the freeze's beginning and its end, as they would stand there.
    let between = |employer: &'static str| {
        move |c: &mut Copy| {
            let (leaf, begun) = (c.leaves[begin].clone(), opened as u64 + 1);
            let kinds =
                [Kind::FreezeBeginEmployer, Kind::FreezeApproved, Kind::FreezeApproved, Kind::FreezeLift];
            for (kind, number) in kinds.into_iter().zip(0_u8..) {
                let at = opened + 1 + usize::from(number);
                let reference = Some(begun).filter(|_| number > 0);
                let id = [number + 100; 16];
                c.leaves.insert(at, Leaf { kind, reference, request: id, actor: id, ..leaf.clone() });
                c.payloads.insert(
                    at,
                    json!({
                        "freeze": "freeze_00000000000000000000000000000001", "employer": employer,
                        "reason": "broken into", "by": "person_00000000000000000000000000000001",
                        "at": "2027-01-15T08:00:00Z",
                    }),
                );
            }
        }
    };
    let fault = copy.fault(between("VENDOR"));
    let named = format!("entry {} is under a visit from before its visitor was kept out", begin + 4);
    assert!(fault.contains(&named), "{fault}");
    let mut others = copy.as_it_is();
    between("Another")(&mut others);
    others.verify().unwrap();
}

/// Support access was disabled, and the log is told without it; whatever else is changed to fit.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_setting_that_is_removed_is_named() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    site.denied("support_access_disabled", None).await;
    site.clock.forward(120);
    site.denied("support_access_disabled", None).await;
    let copy = Copy::of(&site);
    copy.verify().unwrap();
    let changes = [Kind::SupportAccessDisabled, Kind::ChangeRequestReceived, Kind::ChangeRequestSigned];
    let gone: Vec<_> = (0..copy.leaves.len()).filter(|at| changes.contains(&copy.leaves[*at].kind)).collect();
    let [first, second] = [copy.places(Kind::AccessDenied)[0], copy.places(Kind::AccessDenied)[1]];
    let remove = |c: &mut Copy| {
        c.remove(&gone);
        c.leaves.iter_mut().for_each(|leaf| leaf.epoch = 0);
    };
    let fault = copy.fault(remove);
    let moved = first - gone.len();
    assert!(fault.contains(&format!("entry {moved} rests on a setting or freeze never told")), "{fault}");
    let fault = copy.fault(|c| {
        remove(c);
        for at in [first, second].map(|at| at - gone.len()) {
            c.payloads[at]["facts"]["epoch"] = json!(0);
        }
    });
    for at in [first, second].map(|at| at - gone.len()) {
        let named =
            format!("entry {at} was refused (`support_access_disabled`), and should have been let through");
        assert!(fault.contains(&named), "{fault}");
    }
}

/// What was recorded before decisions said what they looked at is counted, and does not pass in silence. Once one of them
/// says so, every permit does.
#[tokio::test(flavor = "multi_thread")]
async fn decisions_without_facts_are_counted_and_permits_named_that_hide_theirs() {
    let mut copy = Copy::of(&eventful().await);
    copy.verify().unwrap();
    let hide = |c: &mut Copy, at: usize| drop(c.payloads[at].as_object_mut().unwrap().remove("facts"));
    let permits = [copy.places(Kind::VisitOpen), copy.places(Kind::AccessBegin)].concat();
    for at in &permits {
        let fault = copy.fault(|c| hide(c, *at));
        assert!(fault.contains(&format!("entry {at} was let through, and does not say")), "{fault}");
    }
    // A refusal may have been overtaken, and says nothing then.
    let denied = copy.places(Kind::AccessDenied);
    let before = permits.iter().min().unwrap();
    assert!(denied[0] < *before, "it is a refusal that shows the log to be of this version");
    let mut overtaken = copy.as_it_is();
    denied[1..].iter().for_each(|at| hide(&mut overtaken, *at));
    assert_eq!(overtaken.verify().unwrap().replayed.unwrap().without_facts, 7);
    // The older part of a log, and a newer one.
    let mut older = copy.as_it_is();
    (0..copy.last(Kind::VisitOpen)).for_each(|at| hide(&mut older, at));
    assert_eq!(older.verify().unwrap().replayed.unwrap().followed, 2);

    for payload in &mut copy.payloads {
        payload.as_object_mut().unwrap().remove("facts");
    }
    let report = copy.verify().unwrap();
    let replayed = report.replayed.unwrap();
    assert_eq!((replayed.followed, replayed.without_facts), (0, 15));
    assert!(report.sentence().contains("15 cannot be replayed"), "{}", report.sentence());
    let fault = copy.fault(|c| {
        let visit = c.last(Kind::VisitOpen);
        c.payloads[visit]["facts"] =
            json!({"v": 2, "at_us": 1, "epoch": 0, "known": true, "tool": null, "visit": "elsewhere"});
    });
    assert!(fault.contains("unknown version 2"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_file_is_of_one_log_and_one_size() {
    let site = eventful().await;
    let copy = Copy::of(&site);
    for (from, to, says) in [
        ("byleave-organization/v1", "byleave-organization/v9", "only `byleave-organization/v1` is known"),
        ("test.byleave.example", "other.byleave.example", "it is of the log `other.byleave.example"),
        ("{\"format\"", "[\"format\"", "no header"),
    ] {
        let fault = copy.fault(|c| c.header = c.header.replace(from, to));
        assert!(fault.contains(says), "{fault}");
    }
    let fault = copy.fault(|c| drop(c.lines.insert(c.leaves.len() - 1, Some("{}\n{}".into()))));
    assert!(fault.contains("cannot be read"), "{fault}");
}
