//! Letters as the desk sees them: what became of each, and who does not get theirs.

use byleave_app::letters::Overview;
use byleave_domain::letter::Answered;
use jiff::SignedDuration;
use serde_json::Value;

use crate::ask::get;
use crate::stage::Stage;

async fn states(stage: &Stage, query: &str) -> Vec<Value> {
    let answer = get(stage, &stage.desk, &format!("/v1/letters{query}")).await.json();
    answer.as_array().unwrap().iter().map(|letter| letter["state"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_sees_what_became_of_each_letter_and_is_told_who_does_not_get_theirs() {
    let stage = Stage::new().await;
    stage.change_request(&stage.acme).await;
    stage.change_request(&stage.globex).await;
    let letters = stage.app.letters_overview().await.unwrap().letters;
    let ours = letters.iter().find(|(row, _)| row.organization == stage.acme.id).unwrap().0.id;
    stage.app.letter_tried(ours, Answered::NotNow, "421 <b>busy</b>").await.unwrap();
    let shown = get(&stage, &stage.desk, "/v1/letters?state=waiting").await.json();
    let shown = shown.as_array().unwrap().iter().find(|letter| letter["id"] == ours.to_string()).unwrap();
    assert_eq!((&shown["attempts"], &shown["said"]), (&1.into(), &"421 <b>busy</b>".into()));
    assert_eq!((&shown["to"], &shown["text"]), (&"contact@acme.example".into(), &"request_received".into()));
    assert!(shown["next_at"].is_string());
    let alarm = "Letters do not arrive";
    assert!(!get(&stage, &stage.desk, "/desk").await.text().contains(alarm));
    stage.app.letter_tried(ours, Answered::Never, "550 <b>nobody</b> here").await.unwrap();
    assert_eq!(states(&stage, "?state=failed").await, ["failed"]);
    for page in ["/desk", "/desk/letters"] {
        let text = get(&stage, &stage.desk, page).await.text();
        assert!(text.contains(alarm) && text.contains("550 &#60;b&#62;nobody"), "{page}: {text}");
        assert_eq!(text.matches(alarm).count(), 1, "Globex's contact gets theirs");
    }
    assert_eq!(get(&stage, &stage.desk, "/v1/letters?state=lost").await.status, 400);
    let overview = stage.app.letters_overview().await.unwrap();
    let told = |overview: &Overview| overview.undelivered(&stage.app.world()).len();
    assert_eq!(told(&overview), 1);
    stage.clock.forward(SignedDuration::from_hours(24 * 7));
    let overview = stage.app.letters_overview().await.unwrap();
    assert_eq!(told(&overview), 0, "it was looked at by now");
    assert!(overview.letters.iter().any(|(row, _)| row.id == ours), "and is still known");
}
