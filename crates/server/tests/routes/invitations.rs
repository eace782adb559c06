//! The invitation to the meeting, as both sides see what became of it, and what the desk can do with another time.

use byleave_domain::ids::ChangeRequestId;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::ask::{Carries, ask, get};
use crate::mail::{INTAKE, envelope};
use crate::stage::Stage;

/// The contact's calendar answers, so many minutes from now.
async fn answers(stage: &Stage, id: ChangeRequestId, method: &str, says: &str, minutes: i64) {
    let now = stage.app.now();
    let stamp = now + SignedDuration::from_mins(minutes);
    let object = include_str!("../../../mail/tests/calendar/google.ics")
        .replace("change_00000000000000000000000000000001", &id.to_string())
        .replace("METHOD:REPLY", &format!("METHOD:{method}"))
        .replace("PARTSTAT=ACCEPTED", &format!("PARTSTAT={says}"))
        .replace("mailto:sam@", "mailto:contact@")
        .replace("20261128T120000Z", &stamp.strftime("%Y%m%dT%H%M%SZ").to_string());
    let mail = format!(
        "X-Dns: pass\nFrom: contact@acme.example\nTo: {INTAKE}\nDate: {}\nMessage-ID: <{minutes}@acme.example>\n\
         Content-Type: text/calendar; method={method}\n\n{object}",
        now.strftime("%a, %d %b %Y %H:%M:%S +0000")
    );
    let taken = stage.app.mail_receive(envelope(), mail.replace('\n', "\r\n").into_bytes()).await.unwrap();
    assert_eq!(taken.record.disposition, "accepted", "{:#?}", taken.record);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_see_what_became_of_the_invitation_and_the_desk_settles_another_time() {
    let stage = Stage::new().await;
    let id = stage.invited(&stage.acme).await;
    let (desk, portal) = (format!("/desk/change-requests/{id}"), format!("/portal/change-requests/{id}"));
    let (api, step) = (format!("/v1/change-requests/{id}"), format!("{desk}/step"));
    let pages = async |said: &str| {
        for (caller, page) in [(&stage.desk, &desk), (&stage.acme.contact, &portal)] {
            let text = get(&stage, caller, page).await.text();
            assert!(text.contains(said), "{said}: {text}");
        }
    };
    let invitation = async || get(&stage, &stage.desk, &api).await.json()["invitation"].clone();
    let contact = stage.acme.contact_id.to_string();
    let nothing = json!({"contact": contact, "answer": null, "answered_at": null, "proposal": null});
    assert_eq!(invitation().await, nothing);
    pages(" has not answered the invitation.").await;
    let button = "Move the meeting to the time proposed";
    assert!(!get(&stage, &stage.desk, &desk).await.text().contains(button));

    answers(&stage, id, "COUNTER", "DECLINED", 1).await;
    let shown = invitation().await;
    assert_eq!(
        (&shown["answer"], &shown["proposal"]["start"]),
        (&"declined".into(), &"2026-12-01T10:00:00Z".into())
    );
    assert!(
        get(&stage, &stage.desk, "/desk").await.text().contains("Another time is proposed for the meeting")
    );
    pages(" declined on ").await;
    pages(", and proposes another time: Tue 2026-12-01 10:00 UTC.").await;
    pages(" declined the meeting, and proposed another time: Tue 2026-12-01 10:00 UTC.").await;
    let text = get(&stage, &stage.desk, &desk).await.text();
    assert!(text.contains(button) && text.contains("says nothing of who somebody is"), "{text}");
    assert!(!get(&stage, &stage.acme.contact, &portal).await.text().contains(button), "the desk moves it");

    let evidence = |shown: &Value| shown["proposal"]["evidence"].as_str().unwrap().to_owned();
    let decline = vec![("step", "decline_time".to_owned()), ("text", evidence(&shown))];
    let settled = ask(&stage, &stage.desk, "POST", &step, Carries::Form(decline.clone())).await;
    assert_eq!(settled.status, 303, "{}", settled.text());
    assert_eq!(invitation().await["proposal"], Value::Null);
    pages(" declined the time that was proposed; the meeting stays.").await;
    let again = ask(&stage, &stage.desk, "POST", &step, Carries::Form(decline)).await;
    assert_eq!(again.status, 409, "{}", again.text());

    answers(&stage, id, "COUNTER", "TENTATIVE", 2).await;
    let path = format!("{api}/meeting/decline");
    let body = Carries::Json(json!({"evidence": evidence(&invitation().await)}));
    let declined = ask(&stage, &stage.desk, "POST", &path, body).await;
    assert_eq!(declined.json()["invitation"]["proposal"], Value::Null);
    answers(&stage, id, "COUNTER", "TENTATIVE", 3).await;
    let start = invitation().await["proposal"]["start"].as_str().unwrap().to_owned();
    let wanted = Carries::Form(vec![("step", "meeting".into()), ("text", start.clone())]);
    assert_eq!(ask(&stage, &stage.desk, "POST", &step, wanted).await.status, 303);
    assert_eq!(get(&stage, &stage.desk, &api).await.json()["meeting"], start);
    assert_eq!(invitation().await, nothing, "the new time is not answered");
    pages(" has not answered the invitation as it is now; they tentatively accepted an earlier one on ")
        .await;
    answers(&stage, id, "REPLY", "ACCEPTED", 4).await;
    pages(" accepted the meeting. It answers an earlier invitation.").await;
    answers(&stage, id, "REFRESH", "NEEDS-ACTION", 5).await;
    pages(" asked for the invitation again.").await;
}
