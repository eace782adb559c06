//! Organizations from a file at the desk: checked first, then all of them or none.

use std::sync::atomic::Ordering;

use crate::ask::{Answer, Carries, ask};
use crate::passkeys::{asked, at_localhost, used};
use crate::stage::Stage;

const IMPORT: &str = "/desk/organization-imports";

async fn check(stage: &Stage, file: &[u8]) -> Answer {
    // Of a test, for as long as it runs.
    let file: &'static [u8] = Box::leak(file.to_vec().into_boxed_slice());
    ask(stage, &stage.desk, "POST", &format!("{IMPORT}/check"), Carries::File(file)).await
}

async fn create(stage: &Stage, file: &str) -> Answer {
    ask(stage, &stage.desk, "POST", IMPORT, Carries::Form(vec![("file", file.to_owned())])).await
}

fn written(stage: &Stage) -> (usize, usize) {
    (stage.commits.load(Ordering::SeqCst), stage.app.world().organizations.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_checked_first_and_then_made_as_it_was_shown() {
    let stage = Stage::new().await;
    let before = written(&stage);
    let name = stage.app.world().organizations[&stage.acme.id].organization.name.clone();
    let file = format!(
        "name,slug,domains,notice_addresses\n{name},acme,,\n\"Initech, \"\"Paper\"\" <b>\",initech,initech.example,soc@initech.example\nHooli,hooli,,\n"
    );
    let page = check(&stage, file.as_bytes()).await;
    let html = page.text();
    assert_eq!((page.status.as_u16(), written(&stage)), (200, before), "{html}");
    for wanted in [
        "This would create 2 organizations",
        "1 is there already",
        "<code>hooli</code>",
        "soc@initech.example",
    ] {
        assert!(html.contains(wanted), "{wanted}: {html}");
    }
    // What the browser holds is the file.
    let (_, held) = html.split_once("name=\"file\" value=\"").unwrap();
    let held = held.split('"').next().unwrap();
    let held = held.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    assert_eq!(held, file);
    // Browsers send line breaks as the form's encoding wants them.
    let done = create(&stage, &file.replace('\n', "\r\n")).await;
    assert!(done.status == 200 && done.text().contains("2 organizations were created"), "{}", done.text());
    let world = stage.app.world();
    let made = world.organization("initech").unwrap();
    assert_eq!(made.organization.name.as_str(), "Initech, \"Paper\" <b>");
    assert!(
        made.organization.contacts.is_empty() && made.domains.len() == 1 && made.notices.addresses.len() == 1
    );
    assert!(world.organization("hooli").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_that_does_not_fit_is_named_at_both_steps_and_nothing_is_written() {
    let stage = Stage::new().await;
    let before = written(&stage);
    let bad: &[(&str, &[&str])] = &[
        (
            "name,slug\nFine,fine\nBad,A--B\n,empty\n",
            &[">3<", "<q>A--B</q>", "Write 1 to 30 of a to z", ">4<", "Write the name"],
        ),
        ("name,slug\nOther,acme\n", &[">2<", "in use under another name"]),
        ("name,slug,domains\nAcme Rockets,acme,elsewhere.example\n", &[">2<"]),
        ("name,slug\nOne,one\nTwo,one\n", &[">3<", "It stands at line 2 already"]),
        ("slug\nacme\n", &[">1<", "lacks the column <code>name</code>"]),
        ("name,slug\nOne\n", &["There is 1 value where the heading has 2 columns"]),
        ("", &["lacks the column <code>name</code>", "lacks the column <code>slug</code>"]),
    ];
    for (file, wanted) in bad {
        for answer in [check(&stage, file.as_bytes()).await, create(&stage, file).await] {
            let html = answer.text();
            assert_eq!((answer.status.as_u16(), written(&stage)), (422, before), "{file}: {html}");
            for wanted in *wanted {
                assert!(html.contains(wanted), "{file}: {wanted}: {html}");
            }
        }
    }
    let latin = check(&stage, b"name,slug\nM\xfcller,mueller\n").await;
    assert!(latin.status == 422 && latin.text().contains("Save the file as UTF-8"), "{}", latin.text());
    let large = check(&stage, &vec![b'x'; 4 * 1024 * 1024 + 1]).await;
    assert!(large.status == 422 && large.text().contains("Import it in parts"), "{}", large.text());
    let many: String = (0..10_001).map(|n| format!("N,s{n}\n")).collect();
    let many = check(&stage, format!("name,slug\n{many}").as_bytes()).await;
    assert!(many.status == 422 && many.text().contains("10001 lines"), "{}", many.text());
    assert_eq!(written(&stage), before);
}

/// As many lines as are taken, each as long as it may be in a form: beyond every other form's bound, and held for a passkey.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_lines_wait_for_a_passkey_and_pass() {
    let stage = Stage::new().await;
    let (_, mut with) = stage.desk_passkey().await;
    let name = "\u{fc}".repeat(120);
    let lines: String = (0..10_000).map(|n| format!("{name},organization-number-{n}\n")).collect();
    let file = format!("name,slug\n{lines}");
    assert!(file.len() > 2 * 1024 * 1024, "{}", file.len());
    let fields = vec![("file", file), ("next", IMPORT.to_owned())];
    let before = written(&stage);
    let page = at_localhost(&stage, &stage.desk, IMPORT, Some(fields.clone())).await;
    let asks = page.text().contains("<h1>Show that it is you</h1>");
    assert!(page.status == 403 && asks && written(&stage) == before, "{}", page.status);
    let challenge = asked(&page);
    let answer = serde_urlencoded::to_string(used(&mut with, &challenge).unwrap()).unwrap();
    let fields = fields.into_iter().chain([("passkey", answer)]).collect();
    let done = at_localhost(&stage, &stage.desk, IMPORT, Some(fields)).await;
    assert!(done.text().contains("10000 organizations were created"), "{}", done.status);
    assert_eq!(stage.app.world().organizations.len(), before.1 + 10_000);
}
