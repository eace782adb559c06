//! Whom and what a desk person means: looked for on the page, chosen only where nothing else can be meant, among thousands.

use crate::ask::{Carries, ask, get};
use crate::html;
use crate::stage::{Caller, Stage};

/// The ids that the forms of a page would send as `field`.
fn sent(page: &str, field: &str) -> Vec<String> {
    let input = format!("<input type=\"hidden\" name=\"{field}\" value=\"");
    let fields = page.split(&input).skip(1);
    fields.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// The addresses that lead to what may be meant.
fn among(page: &str) -> Vec<String> {
    let Some((_, list)) = page.split_once("<ul id=\"among\">") else { return Vec::new() };
    let list = list.split("</ul>").next().unwrap();
    list.split("href=\"").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap().to_owned()).collect()
}

async fn found(stage: &Stage, page: &str, sought: &str) -> String {
    let query = serde_urlencoded::to_string([("find", sought)]).unwrap();
    let answer = get(stage, &stage.desk, &format!("{page}?{query}")).await;
    assert_eq!(answer.status, 200, "{page} {sought}");
    html::check(&answer.text(), sought);
    answer.text()
}

async fn created(stage: &Stage, name: &str, slug: &str) -> String {
    stage.app.organization_create(name.parse().unwrap(), slug.parse().unwrap()).await.unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_chosen_only_where_no_other_can_be_meant() {
    let stage = Stage::new().await;
    let acme = stage.acme.id.to_string();
    let mut twins =
        [created(&stage, "Twin Works", "twin-2").await, created(&stage, "Twin Works", "twin-1").await];
    let named_as_a_slug = created(&stage, "twin-1", "other").await;
    twins.reverse();
    let [first, second] = &twins;
    let message = stage.app.message_receive("uploaded", "", b"Please disable.".to_vec()).await.unwrap();
    // What is looked for, what is chosen, and what is offered.
    let rows: [(&str, Option<&str>, &[&str]); 9] = [
        ("acme", Some(&acme), &[]),
        (" ACME rockets ", Some(&acme), &[]),
        (&acme, Some(&acme), &[]),
        ("twin-2", Some(second), &[]),
        ("Twin works", None, &[first, second]),
        // One organization's slug is another's name.
        ("twin-1", None, &[first, &named_as_a_slug]),
        // A part is no name, whoever is alone with it.
        ("rocket", None, &[&acme]),
        ("contact@acme.example", None, &[&acme]),
        ("", None, &[]),
    ];
    for page in ["/desk/messages".to_owned(), format!("/desk/messages/{message}")] {
        for (sought, chosen, offered) in rows {
            let html = found(&stage, &page, sought).await;
            assert_eq!(sent(&html, "organization"), Vec::from_iter(chosen), "{page} {sought}: {html}");
            let mut links = among(&html);
            links.sort();
            let mut offered: Vec<_> = offered.iter().map(|id| format!("{page}?find={id}")).collect();
            offered.sort();
            assert_eq!(links, offered, "{page} {sought}: {html}");
            assert!(!html.contains("id=\"find-none\""), "{page} {sought}: {html}");
            if let Some(link) = links.last() {
                let id = link.split('=').next_back().unwrap();
                let html = get(&stage, &stage.desk, link).await.text();
                assert_eq!(sent(&html, "organization"), [id], "what is offered leads to its choice: {html}");
            }
        }
        let html = found(&stage, &page, "Nobody <b>").await;
        assert!(html.contains("Nothing on file has “Nobody &lt;b&gt;”. Look for a part of it."), "{html}");
        assert!(
            html.contains("name=\"find\" value=\"Nobody &#60;b&#62;\"") && among(&html).is_empty(),
            "{html}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_message_says_is_chosen_only_where_one_organization_has_the_name() {
    let stage = Stage::new().await;
    created(&stage, "Twin Works", "twin-1").await;
    created(&stage, "Twin Works", "twin-2").await;
    let acme = stage.acme.id.to_string();
    for (claimed, chosen, offered) in
        [("Acme Rockets", vec![acme], 0), ("Twin Works", vec![], 2), ("", vec![], 0)]
    {
        let id = stage.app.message_receive("help_page", claimed, b"Please.".to_vec()).await.unwrap();
        let html = get(&stage, &stage.desk, &format!("/desk/messages/{id}")).await.text();
        assert_eq!((sent(&html, "organization"), among(&html).len()), (chosen, offered), "{claimed}: {html}");
        let other = found(&stage, &format!("/desk/messages/{id}"), "").await;
        assert!(other.contains("id=\"sought\"") && sent(&other, "organization").is_empty(), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contacts_and_requests_offered_are_the_chosen_organizations() {
    let stage = Stage::new().await;
    let requests = [stage.change_request(&stage.acme).await, stage.change_request(&stage.globex).await];
    let contacts = [stage.acme.contact_id.to_string(), stage.globex.contact_id.to_string()];
    let message = stage.app.message_receive("uploaded", "", b"Please disable.".to_vec()).await.unwrap();
    for page in ["/desk/messages".to_owned(), format!("/desk/messages/{message}")] {
        for (sought, own, others) in
            [("acme", Some(0), vec![1]), ("globex", Some(1), vec![0]), ("", None, vec![0, 1])]
        {
            let html = found(&stage, &page, sought).await;
            let offers = |id: &str| html.contains(&format!("<option value=\"{id}\""));
            assert!(own.is_none_or(|own| offers(&contacts[own])), "{page} {sought}: {html}");
            assert!(
                own.is_none_or(|own| page == "/desk/messages" || offers(&requests[own])),
                "{page}: {html}"
            );
            assert!(
                others.iter().all(|of| !offers(&contacts[*of]) && !offers(&requests[*of])),
                "{page}: {html}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_names_no_organization_or_anothers_contact_does_nothing() {
    let stage = Stage::new().await;
    created(&stage, "Twin Works", "twin-1").await;
    let message = stage.app.message_receive("uploaded", "", b"Please disable.".to_vec()).await.unwrap();
    let held = format!("/desk/messages/{message}");
    let (own, others) = (stage.acme.contact_id.to_string(), stage.globex.contact_id.to_string());
    let unknown = |value| format!("There is no organization “{value}”. Go back, look for it by its name");
    let rows = [
        // A name may be another's tomorrow: forms send what names one for good.
        ("Twin Works", "", 409, unknown("Twin Works")),
        ("acm", "", 409, unknown("acm")),
        ("", "", 409, unknown("")),
        ("acme", "Robin", 400, "Robin".to_owned()),
        ("acme", &others, 409, "This is not a security contact of the organization.".to_owned()),
    ];
    let fields = |organization: &str, contact: &str| {
        let fields = [("step", "open"), ("organization", organization), ("contact", contact)];
        let rest = [("action", "disable"), ("text", "please")];
        fields.into_iter().chain(rest).map(|(name, value)| (name, value.to_owned())).collect::<Vec<_>>()
    };
    for page in ["/desk/change-requests", &held] {
        for (organization, contact, status, why) in &rows {
            let form = Carries::Form(fields(organization, contact));
            let answer = ask(&stage, &stage.desk, "POST", page, form).await;
            assert_eq!(answer.status, *status, "{page} {organization} {contact}: {}", answer.text());
            assert!(answer.text().contains(why), "{page}: {}", answer.text());
        }
    }
    let token = Caller { session: None, ..stage.desk.clone() };
    for path in ["/v1/change-requests".to_owned(), format!("/v1/messages/{message}/open")] {
        let mut body = serde_json::json!({
            "organization": "acme", "action": "disable", "contact": others,
            "has_name": true, "has_confirmation": true, "has_contact": true,
        });
        if path == "/v1/change-requests" {
            body["text"] = "please".into();
        }
        let answer = ask(&stage, &token, "POST", &path, Carries::Json(body)).await;
        assert_eq!(answer.status, 409, "{path}: {}", answer.text());
        assert!(
            answer.text().contains(&format!("`{others}` is not a security contact")),
            "{}",
            answer.text()
        );
    }
    assert!(stage.app.world().change_requests.is_empty() && stage.app.world().messages.len() == 1);
    let opened = ask(&stage, &stage.desk, "POST", &held, Carries::Form(fields("acme", &own))).await;
    assert_eq!(opened.status, 303, "{}", opened.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_given_a_link_is_chosen_by_what_is_theirs_alone() {
    let stage = Stage::new().await;
    let page = "/desk/vendor";
    let contact = |of: &crate::stage::Organization| format!("contact:{}", of.contact_id);
    let hana = stage.newcomer("hooli").await;
    let other_hana = stage.newcomer("initech").await;
    let (desk, support) = {
        let world = stage.app.world();
        let desk = world.desk_people[&stage.desk_person].email.to_string();
        (desk, world.subjects[&stage.subject].email.to_string())
    };
    let rows: [(&str, Vec<String>, Vec<String>); 7] = [
        ("contact@hooli.example", vec![contact(&hana)], vec![]),
        (&desk, vec![format!("desk:{}", stage.desk_person)], vec![]),
        (&support, vec![format!("support:{}", stage.subject)], vec![]),
        ("Hana Hooli", vec![], vec![contact(&hana), contact(&other_hana)]),
        ("initech", vec![], vec![contact(&other_hana)]),
        ("nobody at all", vec![], vec![]),
        ("", vec![], vec![]),
    ];
    for (sought, chosen, offered) in rows {
        let html = found(&stage, page, sought).await;
        assert_eq!(sent(&html, "holder"), chosen, "{sought}: {html}");
        let offered: Vec<_> = offered.iter().map(|value| format!("{page}?find={value}")).collect();
        assert_eq!(among(&html), offered, "{sought}: {html}");
        assert_eq!(
            html.contains("Nothing on file has “nobody at all”"),
            sought.starts_with("nobody"),
            "{html}"
        );
        if let Some(link) = offered.first() {
            let html = get(&stage, &stage.desk, link).await.text();
            assert_eq!(sent(&html, "holder"), [link.split('=').next_back().unwrap()], "{html}");
        }
    }
}

/// Before, each of them was listed on each of these pages.
#[tokio::test(flavor = "multi_thread")]
async fn with_thousands_of_organizations_the_pages_stay_as_small_as_with_two() {
    let stage = Stage::new().await;
    let message = stage.app.message_receive("uploaded", "", b"Please disable.".to_vec()).await.unwrap();
    let lines: String = (0..3_000).map(|n| format!("Organization number {n},number-{n}\n")).collect();
    let file = vec![("file", format!("name,slug\n{lines}"))];
    let done = ask(&stage, &stage.desk, "POST", "/desk/organization-imports", Carries::Form(file)).await;
    assert!(done.text().contains("3000 organizations were created"), "{}", done.status);
    for page in ["/desk/messages".to_owned(), format!("/desk/messages/{message}"), "/desk/vendor".to_owned()]
    {
        for sought in ["", "number", "number-777", "contact"] {
            let html = found(&stage, &page, sought).await;
            assert!(html.len() < 16 * 1024, "{page} {sought}: {} bytes", html.len());
            assert!(among(&html).len() <= 20);
            let most = page != "/desk/vendor" && sought == "number";
            assert_eq!(html.contains("2980 more fit"), most, "{page} {sought}: {html}");
        }
    }
}
