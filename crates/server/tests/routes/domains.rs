//! Where an organization's mail comes from, and where copies of letters to it go: said when it is created or later, and shown
//! to it and the administrator.

use byleave_domain::letter::Answered;
use serde_json::{Value, json};

use crate::ask::{Answer, Carries, ask, get};
use crate::stage::Stage;

async fn post(stage: &Stage, path: &str, body: Value) -> Answer {
    ask(stage, &stage.admin, "POST", path, Carries::Json(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_are_said_once_and_shown_in_order() {
    let stage = Stage::new().await;
    let body = json!({"name": "Initech", "slug": "initech", "domains": ["Mail.Initech.example", "initech.example",
        "initech.example"]});
    let made = post(&stage, "/v1/organizations", body).await;
    let domains = json!(["initech.example", "mail.initech.example"]);
    assert_eq!((made.status.as_u16(), &made.json()["domains"]), (201, &domains));
    assert_eq!(get(&stage, &stage.admin, "/v1/organizations/initech").await.json()["domains"], domains);
    let listed = get(&stage, &stage.admin, "/v1/organizations").await.json();
    assert!(listed.as_array().unwrap().iter().any(|one| one["domains"] == domains), "{listed}");
    assert_eq!(get(&stage, &stage.acme.contact, "/v1/organizations/acme").await.json()["domains"], json!([]));
    // Those of one group may share one.
    let line = |slug: &str| json!({"name": slug, "slug": slug, "domains": ["initech.example"]});
    let body = json!({"organizations": [line("initech-uk"), line("initech-us")]});
    let imported = post(&stage, "/v1/organization-imports", body).await.json();
    assert_eq!(imported["created"][1]["domains"], json!(["initech.example"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_domain_is_named_and_nothing_is_created() {
    let stage = Stage::new().await;
    let many: Vec<_> = (0..21).map(|n| format!("d{n}.example")).collect();
    for (domains, pointer) in [
        (json!(["ok.example", "192.0.2.1"]), "#/domains/1"),
        (json!(["example"]), "#/domains/0"),
        (json!(["m\u{fc}nchen.example"]), "#/domains/0"),
        (json!(many), "#/domains"),
    ] {
        let line = json!({"name": "Initech", "slug": "initech", "domains": domains});
        let answer = post(&stage, "/v1/organizations", line.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (400, &json!(pointer)));
        let answer = post(&stage, "/v1/organization-imports", json!({"organizations": [line]})).await;
        let pointer = pointer.replace("#/", "#/organizations/0/");
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (400, &json!(pointer)));
    }
    assert!(stage.app.world().organization("initech").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_are_said_anew_and_the_log_tells_of_it_once() {
    let stage = Stage::new().await;
    let path = "/v1/organizations/acme/domains";
    let size = || stage.app.world().organization("acme").unwrap().log.edge.size();
    let before = size();
    for (domains, shown, told) in [
        (json!(["mail.acme.example", "Acme.example"]), json!(["acme.example", "mail.acme.example"]), 1),
        (json!(["acme.example", "mail.acme.example"]), json!(["acme.example", "mail.acme.example"]), 1),
        (json!(["acme.example"]), json!(["acme.example"]), 2),
        (json!([]), json!([]), 3),
    ] {
        let answer = post(&stage, path, json!({"domains": domains})).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["domains"]), (200, &shown));
        assert_eq!(size() - before, told, "{shown}");
        let own = get(&stage, &stage.acme.contact, "/v1/organizations/acme").await;
        assert_eq!(own.json()["domains"], shown);
    }
    let unfit = post(&stage, path, json!({"domains": ["acme.example", "192.0.2.1"]})).await;
    assert_eq!((unfit.status.as_u16(), &unfit.json()["errors"][0]["pointer"]), (400, &json!("#/domains/1")));
    let nobody = post(&stage, "/v1/organizations/nobody/domains", json!({"domains": []})).await;
    assert_eq!(nobody.status.as_u16(), 404);
    assert_eq!(size() - before, 3);
    let domains = stage.app.entries_disclosed(stage.acme.id, size() - 2).unwrap();
    assert_eq!(domains[0].payload().unwrap(), br#"{"domains":["acme.example"]}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_names_other_domains_than_are_known_names_each_line_and_imports_none() {
    let stage = Stage::new().await;
    let line = |slug: &str, domains: Value| json!({"name": slug, "slug": slug, "domains": domains});
    let import = async |lines: Vec<Value>| {
        let answer = post(&stage, "/v1/organization-imports", json!({"organizations": lines})).await;
        (answer.status.as_u16(), answer.json())
    };
    let one = || line("umbra", json!(["umbra.example", "umbra.test"]));
    assert_eq!(import(vec![one(), line("hooli", json!([]))]).await.0, 200);
    let (status, again) = import(vec![one(), line("umbra-uk", json!([]))]).await;
    assert_eq!(
        (status, again["present"].as_array().unwrap().len()),
        (200, 1),
        "the same is no other: {again}"
    );
    let (status, again) = import(vec![line("umbra", json!([]))]).await;
    assert_eq!(status, 200, "who says nothing of domains says nothing else: {again}");
    let lines = vec![
        line("initech", json!(["initech.example"])),
        line("umbra", json!(["umbra.example"])),
        line("hooli", json!(["hooli.example"])),
    ];
    let (status, refused) = import(lines).await;
    let named: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(
        (status, &*named),
        (409, &["#/organizations/1/domains", "#/organizations/2/domains"][..]),
        "{refused}"
    );
    let said = refused["errors"][0]["detail"].as_str().unwrap();
    for part in ["`umbra.example`, `umbra.test`", "byleave organization domains umbra"] {
        assert!(said.contains(part), "`{said}` has `{part}`");
    }
    assert!(stage.app.world().organization("initech").is_none());
    assert_eq!(get(&stage, &stage.admin, "/v1/organizations/umbra").await.json()["domains"][1], "umbra.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn notice_addresses_are_said_anew_and_shown_and_what_does_not_fit_is_named() {
    let stage = Stage::new().await;
    let path = "/v1/organizations/acme/notice-addresses";
    let put = async |addresses: Value| post(&stage, path, json!({"notice_addresses": addresses})).await;
    let size = || stage.app.world().organization("acme").unwrap().log.edge.size();
    let before = size();
    for (addresses, pointer) in [
        (json!(["soc@acme.example", "soc"]), "#/notice_addresses/1"),
        (json!(["Support-Access@vendor.example"]), "#/notice_addresses/0"),
        (json!(["a@a.example", "b@a.example", "c@a.example", "d@a.example"]), "#/notice_addresses"),
    ] {
        let answer = put(addresses.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (400, &json!(pointer)));
        let line = json!({"name": "Initech", "slug": "initech", "notice_addresses": addresses});
        let answer = post(&stage, "/v1/organization-imports", json!({"organizations": [line]})).await;
        let pointer = pointer.replace("#/", "#/organizations/0/");
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (400, &json!(pointer)));
    }
    assert_eq!(put(json!(["contact@acme.example"])).await.status.as_u16(), 409);
    assert_eq!(size(), before);
    // There is a contact, so they are asked for.
    let asked = put(json!(["soc@acme.example", "Soc@ACME.example"])).await.json();
    let (none, soc) = (json!([]), json!(["soc@acme.example"]));
    assert_eq!((&asked["notice_addresses"], &asked["notice_addresses_asked"]), (&none, &soc));
    assert_eq!(size(), before);
    assert!(get(&stage, &stage.acme.contact, "/portal").await.text().contains("copies of our letters"));
    let pages = ["/v1/organizations/acme", "/portal/contacts"];
    for (caller, path) in
        pages.map(|path| (&stage.acme.contact, path)).into_iter().chain([(&stage.desk, DESK)])
    {
        assert!(get(&stage, caller, path).await.text().contains("soc@acme.example"), "{path}");
    }
    let foreign = get(&stage, &stage.globex.contact, "/portal/contacts").await;
    assert!(!foreign.text().contains("soc@acme.example"));
    // An organization without a contact has nobody to ask.
    post(&stage, "/v1/organizations", json!({"name": "Initech", "slug": "initech"})).await;
    let body = json!({"notice_addresses": ["soc@initech.example"]});
    let put = post(&stage, "/v1/organizations/initech/notice-addresses", body).await.json();
    assert_eq!(
        (&put["notice_addresses"][0], &put["notice_addresses_asked"]),
        (&json!("soc@initech.example"), &Value::Null)
    );
}

const DESK: &str = "/desk/organizations/acme";

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_says_in_the_portal_where_copies_go_and_desk_and_letters_show_it() {
    let stage = Stage::new().await;
    let say = async |fields: &[(&'static str, &str)]| {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        ask(&stage, &stage.acme.contact, "POST", "/portal/notice-addresses", Carries::Form(fields)).await
    };
    let known = async || get(&stage, &stage.admin, "/v1/organizations/acme").await.json();
    for (address, status, said) in [
        ("soc", 400, "`soc`"),
        ("support-access@vendor.example", 400, "Mail to the vendor comes in there"),
        ("contact@acme.example", 409, "is a security contact&#39;s address"),
    ] {
        let refused = say(&[("second", address)]).await;
        assert_eq!(refused.status.as_u16(), status, "{address}");
        assert!(
            refused.text().contains(said) && refused.text().contains("/portal/contacts"),
            "{}",
            refused.text()
        );
    }
    let body = json!({"notice_addresses": ["else@acme.example"]});
    post(&stage, "/v1/organizations/acme/notice-addresses", body).await;
    assert_eq!(say(&[("first", ""), ("third", " soc@acme.example ")]).await.status.as_u16(), 303);
    let portal = get(&stage, &stage.acme.contact, "/portal").await.text();
    assert!(!portal.contains("copies of our letters"), "said, so no longer asked");
    let now = known().await;
    assert_eq!(
        (&now["notice_addresses"], &now["notice_addresses_asked"]),
        (&json!(["soc@acme.example"]), &Value::Null)
    );
    for (caller, path) in [(&stage.desk, DESK), (&stage.acme.contact, "/portal/contacts")] {
        let page = get(&stage, caller, path).await.text();
        assert!(page.contains("soc@acme.example") && !page.contains("else@acme.example"), "{path}");
    }
    let letters = get(&stage, &stage.desk, "/v1/letters").await.json();
    let copy = letters.as_array().unwrap().iter().find(|letter| letter["to"] == "soc@acme.example").unwrap();
    assert_eq!((&copy["contact"], &copy["text"]), (&Value::Null, &json!("notice_addresses")));
    // One that does not arrive is an alarm, until copies go elsewhere.
    let id = copy["id"].as_str().unwrap().parse().unwrap();
    stage.app.letter_tried(id, Answered::Never, "550 5.1.1 no such mailbox").await.unwrap();
    let alarmed = async || get(&stage, &stage.desk, "/desk").await.text().contains("no such mailbox");
    assert!(alarmed().await);
    assert_eq!(say(&[]).await.status.as_u16(), 303);
    assert_eq!((known().await["notice_addresses"].clone(), alarmed().await), (json!([]), false));
}
