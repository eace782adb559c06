//! Every list comes in pages, in a lasting order, and a cursor leads nowhere that its holder could not go without one.

use serde_json::Value;

use crate::ask::{Answer, get};
use crate::stage::{Caller, Stage};

/// Each list, its caller, and how many there are on the stage.
async fn lists(stage: &Stage) -> [(&'static str, Caller, usize); 12] {
    stage.change_request(&stage.globex).await;
    stage.clock.forward(jiff::SignedDuration::from_secs(1));
    let reviewed = stage.change_request(&stage.acme).await;
    stage.proceed(&reviewed).await;
    stage.contact_change(&stage.acme).await;
    for number in 0..3 {
        let text = format!("please disable, {number}").into_bytes();
        stage.app.message_receive("piped", "", text).await.unwrap();
        stage.clock.forward(jiff::SignedDuration::from_secs(1));
    }
    for slug in ["hooli", "initech", "umbra"] {
        stage.newcomer(slug).await;
    }
    for _ in 0..2 {
        stage.token(&stage.acme).await;
        stage.clock.forward(jiff::SignedDuration::from_secs(1));
    }
    let people = Box::leak(format!("/v1/support-people/{}/tokens", stage.subject).into_boxed_str());
    let (admin, desk, acme) = (&stage.admin, &stage.desk, &stage.acme.contact);
    [
        ("/v1/organizations", admin.clone(), 5),
        ("/v1/organizations/acme/contacts", acme.clone(), 1),
        ("/v1/organizations/acme/contact-changes", acme.clone(), 1),
        ("/v1/support-people", admin.clone(), 2),
        ("/v1/tools", admin.clone(), 2),
        ("/v1/change-requests", desk.clone(), 4),
        ("/v1/messages", desk.clone(), 3),
        ("/v1/letters", desk.clone(), 18),
        ("/v1/freezes", desk.clone(), 0),
        ("/v1/tokens", desk.clone(), 1),
        ("/v1/organizations/acme/tokens", acme.clone(), 3),
        (people, admin.clone(), 1),
    ]
}

fn items(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().as_array().unwrap().clone()
}

/// Where the next page is.
fn next(path: &str, answer: &Answer) -> Option<String> {
    let query = answer.header("link").strip_prefix("<?")?.strip_suffix(">; rel=\"next\"").unwrap();
    Some(format!("{}?{query}", path.split('?').next().unwrap()))
}

async fn walk(stage: &Stage, caller: &Caller, path: &str) -> Vec<Value> {
    let (mut all, mut at) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = at {
        let answer = get(stage, caller, &path).await;
        all.extend(items(&answer));
        at = next(&path, &answer);
        assert!(all.len() < 100, "{path} has no end");
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_add_up_to_the_whole_list_in_its_order() {
    let stage = Stage::new().await;
    for (path, caller, count) in lists(&stage).await {
        let whole = get(&stage, &caller, path).await;
        assert_eq!(next(path, &whole), None, "{path}");
        assert_eq!(items(&whole).len(), count, "{path}");
        for limit in [1, 2, count.max(1), 1_000] {
            let first = get(&stage, &caller, &format!("{path}?limit={limit}")).await;
            assert_eq!(items(&first).len(), count.min(limit), "{path}, {limit} at a time");
            let walked = walk(&stage, &caller, &format!("{path}?limit={limit}")).await;
            assert_eq!(walked, items(&whole), "{path}, {limit} at a time");
        }
    }
    let received = "/v1/change-requests?state=received";
    let some = walk(&stage, &stage.desk, &format!("{received}&limit=1")).await;
    assert_eq!(some, items(&get(&stage, &stage.desk, received).await), "what is asked for stays asked for");
    assert!(some.len() > 1 && some.len() < 4, "not all: {}", some.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_meanwhile_neither_repeats_nor_hides_what_was_there() {
    let stage = Stage::new().await;
    lists(&stage).await;
    for slug in ["aviato", "zorg"] {
        let before = walk(&stage, &stage.admin, "/v1/organizations").await;
        let first = get(&stage, &stage.admin, "/v1/organizations?limit=2").await;
        stage.newcomer(slug).await;
        let rest = walk(&stage, &stage.admin, &next("/v1/organizations", &first).unwrap()).await;
        let mut walked = items(&first);
        walked.extend(rest);
        walked.retain(|organization| organization["slug"] != slug);
        assert_eq!(walked, before, "while `{slug}` came");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_opens_nothing_and_a_bad_one_is_named() {
    let stage = Stage::new().await;
    lists(&stage).await;
    stage.contact_change(&stage.globex).await;
    let own = "/v1/organizations/globex/contact-changes";
    // A place before everything: Globex still sees Globex alone.
    for cursor in ["00", "30", "ff"] {
        let seen = items(&get(&stage, &stage.globex.contact, &format!("{own}?cursor={cursor}")).await);
        assert!(seen.iter().all(|change| change["organization"] == stage.globex.id.to_string()), "{seen:?}");
        let others = format!("/v1/organizations/acme/contact-changes?cursor={cursor}");
        assert_eq!(get(&stage, &stage.globex.contact, &others).await.status, 404);
    }
    for (query, pointer) in [
        ("cursor=xyz", "#/cursor"),
        ("cursor=abc", "#/cursor"),
        ("cursor=", "#/cursor"),
        ("limit=0", "#/limit"),
        ("limit=1001", "#/limit"),
    ] {
        let answer = get(&stage, &stage.admin, &format!("/v1/organizations?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]),
            (400, &pointer.into()),
            "{query}"
        );
    }
    for query in ["limit=-1", "limit=ten", "limit=70000", "page=2", "limit=1&limit=2"] {
        let answer = get(&stage, &stage.admin, &format!("/v1/organizations?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_sees_the_newest_messages_and_how_many_there_are_besides() {
    let stage = Stage::new().await;
    let page = async || get(&stage, &stage.desk, "/desk/messages").await.text();
    for number in 0..203 {
        let text = format!("please disable, {number}").into_bytes();
        stage.app.message_receive("piped", &format!("number {number}."), text).await.unwrap();
        stage.clock.forward(jiff::SignedDuration::from_secs(1));
        if number == 199 {
            assert!(!page().await.contains("id=\"older\""), "all of them are there");
        }
    }
    let page = page().await;
    assert_eq!(page.matches("href=\"/desk/messages/").count(), 200);
    assert!(page.contains("<p id=\"older\">3 more came before these."), "{page}");
    let at = |number: usize| page.find(&format!("number {number}."));
    assert!(at(202) < at(201) && at(201) < at(3) && at(202).is_some(), "newest first");
    assert_eq!((at(0), at(2)), (None, None));
}
