//! Call-backs: what the desk is told, what the contact's own page shows, and what is said of the words that were heard.

use serde_json::{Value, json};

use crate::ask::{Carries, ask, get};
use crate::stage::{Caller, Stage};

/// A request to enable that waits for its call, by the paths of desk, portal and `/v1`.
async fn awaited(stage: &Stage) -> [String; 3] {
    stage.disable(&stage.acme).await;
    let body = json!({"organization": "acme", "action": "enable", "text": "please",
        "has_name": true, "has_confirmation": true, "has_contact": true});
    let made = ask(stage, &stage.desk, "POST", "/v1/change-requests", Carries::Json(body)).await.json();
    let id = made["id"].as_str().unwrap().to_owned();
    let review = Carries::Json(json!({"outcome": "proceed"}));
    let path = format!("/v1/change-requests/{id}/review");
    assert_eq!(ask(stage, &stage.desk, "POST", &path, review).await.status, 200);
    ["/desk", "/portal", "/v1"].map(|home| format!("{home}/change-requests/{id}"))
}

async fn begin(stage: &Stage, path: &str) -> Value {
    let body = json!({"contact": stage.acme.contact_id.to_string()});
    ask(stage, &stage.desk, "POST", &format!("{path}/calls"), Carries::Json(body)).await.json()
}

/// What the contact answers, as their own page has it.
fn answer_of(stage: &Stage, path: &str) -> String {
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    stage.app.call_words(id, stage.acme.contact_id).unwrap().answer
}

async fn outcome(stage: &Stage, by: &Caller, path: &str, said: Value) -> (u16, Value) {
    let answer = ask(stage, by, "POST", &format!("{path}/calls/outcome"), Carries::Json(said)).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_told_the_callers_words_alone_and_say_what_they_heard() {
    let stage = Stage::new().await;
    let [_, _, path] = awaited(&stage).await;
    let call = begin(&stage, &path).await;
    let answer = answer_of(&stage, &path);
    assert!(!call.to_string().contains(&answer), "{call}");
    assert_eq!(call["desk_words"].as_str().unwrap().split(' ').count(), 3);
    let note = "she asked for it";
    for (said, status, detail) in [
        (json!({"outcome": "confirmed", "note": note}), 409, "the contact's words were not heard"),
        (json!({"outcome": "denied", "note": note, "words": answer}), 409, "`words` belong to a call"),
        (
            json!({"outcome": "confirmed", "note": note, "words": answer, "without_words": "other"}),
            409,
            "`words` belong",
        ),
        (
            json!({"outcome": "confirmed", "note": note, "without_words": "hurry"}),
            400,
            "none of `cannot_sign_in`, `no_screen`",
        ),
        (
            json!({"outcome": "denied", "note": note, "without_words": "other"}),
            409,
            "one that was confirmed without them",
        ),
        (
            json!({"outcome": "confirmed", "note": note, "words": "x".repeat(101)}),
            409,
            "at most 100 characters",
        ),
        (json!({"outcome": "confirmed", "note": note, "words": "zebra zebra zebra"}), 409, "tries left: 2"),
    ] {
        let (was, body) = outcome(&stage, &stage.desk, &path, said.clone()).await;
        let told = body["detail"].as_str().unwrap();
        assert!(was == status && told.contains(detail), "{said}: {was} {told}");
        // Neither what was heard nor what should have been.
        assert!(!body.to_string().contains("zebra") && !body.to_string().contains(&answer), "{body}");
    }
    let right = json!({"outcome": "confirmed", "note": note, "words": answer.to_uppercase()});
    let (status, body) = outcome(&stage, &stage.second_desk, &path, right.clone()).await;
    assert!(status == 409 && body["detail"].as_str().unwrap().contains("no call of yours"), "{body}");
    let (status, body) = outcome(&stage, &stage.desk, &path, right).await;
    assert_eq!((status, &body["call_words"], &body["call_wrong_tries"]), (200, &"matched".into(), &1.into()));
    begin(&stage, &path).await;
    let without = json!({"outcome": "confirmed", "note": note, "without_words": "cannot_sign_in"});
    let (status, body) = outcome(&stage, &stage.desk, &path, without).await;
    assert_eq!((status, &body["call_words"]), (200, &"cannot_sign_in".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contacts_own_page_shows_both_sets_and_no_other_page_shows_the_answer() {
    let stage = Stage::new().await;
    let [desk, portal, _] = awaited(&stage).await;
    let page = async |who: &Caller, path: &str| get(&stage, who, path).await.text();
    assert!(page(&stage.acme.contact, &portal).await.contains("no words stand here"));
    let step = async |fields: &[(&'static str, &str)]| {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let answer = ask(&stage, &stage.desk, "POST", &format!("{desk}/step"), Carries::Form(fields)).await;
        answer.status.as_u16()
    };
    let contact = stage.acme.contact_id.to_string();
    assert_eq!(step(&[("step", "call"), ("contact", &contact)]).await, 303);
    let answer = answer_of(&stage, &portal);
    let says =
        stage.app.call_words(portal.rsplit('/').next().unwrap().parse().unwrap(), stage.acme.contact_id);
    let says = says.unwrap().desk;
    for (who, path, shows) in [
        (&stage.acme.contact, &portal, [true, true]),
        (&stage.desk, &desk, [true, false]),
        (&stage.second_desk, &desk, [false, false]),
    ] {
        let text = page(who, path).await;
        assert_eq!([text.contains(&says), text.contains(&answer)], shows, "{path}");
    }
    // A wrong word is told on the page, with the tries that are left; the third spends them.
    for told in ["2 tries are left", "1 try is left", "and they are spent"] {
        assert_eq!(step(&[("step", "call_heard"), ("heard", "zebra zebra zebra")]).await, 303);
        let text = page(&stage.desk, &desk).await;
        assert!(
            text.contains(told) && !text.contains("zebra") && !text.contains("with words</button>"),
            "{text}"
        );
    }
    assert!(page(&stage.acme.contact, &portal).await.contains("no words stand here"), "spent");
    let confirmed = [("step", "call_outcome"), ("answer", "confirmed"), ("text", "she did")];
    let without = [confirmed.as_slice(), &[("without", "no_screen")]].concat();
    assert_eq!(step(&without).await, 409, "not from words that were wrong three times");
    assert_eq!(step(&[("step", "call"), ("contact", &contact)]).await, 303);
    assert_eq!(step(&confirmed).await, 409);
    assert_eq!(step(&without).await, 303);
    for (who, path) in [(&stage.desk, &desk), (&stage.acme.contact, &portal)] {
        let text = page(who, path).await;
        let told = "without words: the contact had nothing at hand to sign in with. 3 times, other words were heard.";
        assert!(text.contains(told), "{text}");
    }
    // Whoever approves is warned before they do.
    let text = page(&stage.second_desk, &desk).await;
    assert!(text.contains("Nothing shows that the contact’s own page was open"), "{text}");
}
