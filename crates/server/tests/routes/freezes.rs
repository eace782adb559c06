//! Freezes as the desk begins and lifts them, and as everybody else sees them.

use serde_json::json;

use crate::ask::{Carries, ask, get};
use crate::stage::{PLAIN, Stage};

const WHY: &str = "a subprocessor was broken into";

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_by_program_begins_at_once_and_takes_two_to_lift() {
    let stage = Stage::new().await;
    stage.visit(stage.acme.id, &PLAIN).await;
    let wanted = Carries::Json(json!({"reason": WHY}));
    let receipt = ask(&stage, &stage.desk, "POST", "/v1/freezes", wanted).await;
    assert_eq!(receipt.status, 201, "{}", receipt.text());
    let receipt = receipt.json();
    assert_eq!(receipt["visits_ended"], 1);
    assert_eq!((&receipt["organizations"], &receipt["organizations_told"]), (&json!(2), &json!(2)));
    assert_eq!(receipt["freeze"]["state"], "in_force");
    let path = format!("/v1/freezes/{}", receipt["freeze"]["id"].as_str().unwrap());
    let lift = format!("{path}/lift");
    let signed = |by| Carries::Json(serde_json::to_value(stage.lift(by)).unwrap());

    // The other's signature under one's own name, and one's own twice.
    let borrowed = ask(&stage, &stage.desk, "POST", &lift, signed(stage.second_desk_person)).await;
    assert_eq!(borrowed.status, 409, "{}", borrowed.text());
    let one = ask(&stage, &stage.desk, "POST", &lift, signed(stage.desk_person)).await.json();
    assert_eq!((&one["state"], &one["approvals"]), (&json!("in_force"), &json!(1)));
    let twice = ask(&stage, &stage.desk, "POST", &lift, signed(stage.desk_person)).await;
    assert_eq!(twice.status, 409);
    assert!(twice.text().contains("another desk person"), "{}", twice.text());
    let two = ask(&stage, &stage.second_desk, "POST", &lift, signed(stage.second_desk_person)).await.json();
    assert_eq!(two["state"], "lifted");
    assert_eq!(two["approved_by"].as_array().unwrap().len(), 2);

    let unknown = Carries::Json(json!({"employer": "Nobody Ltd", "reason": WHY}));
    let refused = ask(&stage, &stage.desk, "POST", "/v1/freezes", unknown).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("Nobody Ltd"), "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_told_by_role_where_and_why_and_of_its_own_time_alone() {
    let stage = Stage::new().await;
    let first = stage.freeze(None).await;
    for caller in [&stage.acme.token, &stage.acme.contact] {
        let seen = get(&stage, caller, &format!("/v1/freezes/{first}")).await.json();
        assert_eq!((&seen["reason"], &seen["begun_by"]), (&json!(WHY), &json!(null)));
        assert_eq!(seen["approved_by"], json!([]));
        assert_eq!(seen["lift"], json!(null), "what desk people sign is for desk people");
        assert_eq!(seen["entries"].as_array().unwrap().len(), 1);
        assert!(!seen.to_string().contains(&stage.desk_person.to_string()));
    }
    let portal = get(&stage, &stage.acme.contact, "/portal").await.text();
    for wanted in [
        "At present nobody can enter",
        "everybody is kept out",
        WHY,
        "of your log",
        "by a person at the vendor’s desk",
    ] {
        let plain = wanted.replace("&#39;", "'");
        assert!(portal.contains(wanted) || portal.contains(&plain), "{wanted}: {portal}");
    }
    let support = get(&stage, &stage.support, "/support").await.text();
    assert!(support.contains("your desk keeps everybody out of every organization") && support.contains(WHY));
    let desk = get(&stage, &stage.desk, "/desk").await.text();
    assert!(desk.contains("everybody is kept out"), "{desk}");

    for by in [stage.desk_person, stage.second_desk_person] {
        let signed = Carries::Json(serde_json::to_value(stage.lift(by)).unwrap());
        let caller = if by == stage.desk_person { &stage.desk } else { &stage.second_desk };
        let answer = ask(&stage, caller, "POST", &format!("/v1/freezes/{first}/lift"), signed).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let portal = get(&stage, &stage.acme.contact, "/portal").await.text();
    assert!(portal.contains("by two people at the vendor"), "both are seen: {portal}");
    assert!(!portal.contains("At present nobody can enter"), "{portal}");
    assert!(!get(&stage, &stage.support, "/support").await.text().contains(WHY));

    // Whoever comes later has nothing to do with it.
    stage.clock.forward(jiff::SignedDuration::from_secs(1));
    let created = Carries::Json(json!({"name": "Late", "slug": "late"}));
    let late = ask(&stage, &stage.admin, "POST", "/v1/organizations", created).await.json();
    let path = format!("/v1/organizations/{}/tokens", late["slug"].as_str().unwrap());
    let token = ask(&stage, &stage.admin, "POST", &path, Carries::Json(json!({}))).await.json();
    let caller = crate::stage::Caller {
        session: None,
        token: Some(token["token"].as_str().unwrap_or_else(|| panic!("{token}")).to_owned()),
    };
    assert_eq!(get(&stage, &caller, "/v1/freezes").await.json(), json!([]));
    assert_eq!(get(&stage, &caller, &format!("/v1/freezes/{first}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desks_page_asks_twice() {
    let stage = Stage::new().await;
    stage.visit(stage.acme.id, &PLAIN).await;
    let employer = stage.app.world().subjects[&stage.subject].employer.to_string();
    let with = |confirmed: &str| {
        let given = [("employer", employer.as_str()), ("reason", WHY), ("confirmed", confirmed)];
        Carries::Form(given.map(|(name, value)| (name, value.to_owned())).to_vec())
    };
    let asked = ask(&stage, &stage.desk, "POST", "/desk/freezes", with("")).await;
    assert_eq!(asked.status, 200);
    let page = asked.text();
    assert!(
        page.contains("1 open visit") && page.contains("2 organizations") && page.contains(WHY),
        "{page}"
    );
    assert!(stage.app.world().freezes.is_empty(), "nothing has happened yet");
    let done = ask(&stage, &stage.desk, "POST", "/desk/freezes", with("yes")).await.text();
    assert!(done.contains("1 visit ended") && done.contains("2 of 2"), "{done}");
    let freeze = stage.app.world().freezes.values().next().cloned().unwrap();
    let page = get(&stage, &stage.second_desk, &format!("/desk/freezes/{}", freeze.id)).await.text();
    assert!(page.contains("nobody yet; it takes 2"), "{page}");
    assert!(page.contains(&format!("keeps out: employer {employer}")), "{page}");
    let listed = get(&stage, &stage.desk, "/desk/freezes").await.text();
    assert!(listed.contains("In force") && listed.contains(&freeze.id.to_string()));
}
