//! Messages as the desk sees them, before a request is opened from one.

use crate::ask::{Carries, ask, get};
use crate::html;
use crate::stage::{Caller, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_mail_has_no_action_chosen_whatever_it_asks_for() {
    let stage = Stage::new().await;
    let form = ["customer", "contact", "text"].map(|name| (name, "Acme".to_owned()));
    for asked in ["enable", "disable"] {
        let form = [form.as_slice(), &[("action", asked.into())]].concat();
        let sent = ask(&stage, &Caller::default(), "POST", "/messages", Carries::Form(form)).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
    }
    for way in ["uploaded", "piped"] {
        stage.app.message_receive(way, "", b"Please disable support access.".to_vec()).await.unwrap();
    }
    let messages: Vec<_> = stage.app.world().messages.keys().copied().collect();
    assert_eq!(messages.len(), 4);
    for id in messages {
        let page = get(&stage, &stage.desk, &format!("/desk/messages/{id}?find=acme")).await.text();
        let (_, choice) = page.split_once("<select id=\"action\"").unwrap();
        let (choice, _) = choice.split_once("</select>").unwrap();
        assert!(
            choice.contains("<option value=\"\">choose one") && !choice.contains(" selected"),
            "{choice}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_comes_back_with_what_was_typed() {
    let stage = Stage::new().await;
    let rows = [
        (["", "Noor", ""], "Write the name of your organization."),
        (["Acme <b>", " ", ""], "Write whom we contact"),
        (["Acme <b>", "Noor", &"x".repeat(5_001)], "This has 5001 characters; at most 5000 are taken."),
    ];
    for ([customer, contact, text], why) in rows {
        let fields = [("customer", customer), ("contact", contact), ("text", text), ("action", "enable")];
        let form = fields.map(|(name, value)| (name, value.to_owned())).to_vec();
        let answer = ask(&stage, &Caller::default(), "POST", "/messages", Carries::Form(form)).await;
        assert_eq!(answer.status, 422, "{why}");
        let page = answer.text();
        html::check(&page, why);
        assert!(page.contains(why) && page.contains("aria-invalid=\"true\""), "{page}");
        assert!(page.contains("<option value=\"enable\" selected>"), "{page}");
        let shown = customer.replace('<', "&#60;").replace('>', "&#62;");
        assert!(page.contains(&format!("value=\"{shown}\"")), "{page}");
    }
    assert!(stage.app.world().messages.is_empty(), "nothing was taken");
}
