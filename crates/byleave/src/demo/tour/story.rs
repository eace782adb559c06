//! The story: somebody is inside, the security contact disables, it is over, and the log says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use byleave_api::v1::{
    Call, CallCreate, CallOutcome, ChangeRequest, FindingCreate, MatchCreate, SupportAccess,
};

use super::child::Child;
use super::mail::{Mail, letter};
use super::{copy, expect, held};
use crate::client::Server;
use crate::commands::access::{disable, request_enable};
use crate::commands::change_request::{approve, proceed};
use crate::commands::verify::verify;
use crate::failure::{Context as _, Failure};

const REASON: &str = "Sign-in fails for the night shift";
const WATCHER: &str = "Sasha Example";
/// How long a next event of the live tail may take; one comes about every 0.7 s.
const NEXT_EVENT_MAX: Duration = Duration::from_secs(10);

/// What a customer has kept from before the disable.
pub struct Kept {
    /// The receipt's checkpoint.
    pub checkpoint: String,
}

/// Plays it. A copy of Acme's log from before the disable is left in `data/acme-before`.
///
/// # Errors
/// The step that did not hold.
pub async fn play(demo: &Child, data: &Path) -> Result<Kept, Failure> {
    let acme = demo.organization("acme")?;
    expect(
        acme.support_access == "enabled",
        "support access is enabled for Acme Rockets, as for every organization at first",
    )?;
    let denied = demo.ask("acme", "", None).await?;
    let says = denied.body.contains("reason_required");
    expect(denied.status == 403 && says, "without a reason nobody enters, and is told so")?;
    let log = demo.ask("acme", "api/v1/logs?limit=5", Some(REASON)).await?;
    expect(
        log.status == 200 && log.body.contains("eventType"),
        "with a reason, a support person reads Acme's system log",
    )?;
    let mut tail = demo.tool("acme", "live", Some(REASON)).await?;
    for _ in 0..2 {
        next_event(&mut tail).await?;
    }
    held("and watches its live tail");
    copy::log(&acme.log.url, &acme.log.vkey, &data.join("acme-before")).await?;

    let contact = acme.contacts.first().ok_or_else(|| Failure::new("Acme has no security contact"))?;
    let inside = demo.page(&contact.sign_in_url, "/portal").await?;
    let sees = inside.status == 200 && inside.body.contains(WATCHER) && inside.body.contains(REASON);
    expect(sees, "Acme's security contact sees who is inside, and why")?;
    let receipt = disable(&demo.server_of("acme")?, "acme", &demo.key_of("acme")?).await?;
    let connections: usize = receipt.enforcement_points.iter().map(|point| point.connections).sum();
    expect(
        connections > 0,
        format_args!("the contact disables support access; open connections reset: {connections}"),
    )?;
    let died =
        tokio::time::timeout(Duration::from_secs(2), async { while let Ok(Some(_)) = tail.chunk().await {} })
            .await;
    expect(died.is_ok(), "the live tail is dead")?;
    let refused = demo.ask("acme", "", Some(REASON)).await?;
    let says = refused.body.contains("support_access_disabled");
    expect(
        refused.status == 403 && says,
        "the next request is refused: this organization disabled support access",
    )?;

    let report = verify(&acme.log.url, &acme.log.vkey, Some(receipt.checkpoint.clone().into_bytes())).await?;
    let sentence = report.sentence();
    let right = sentence.contains("disabled at")
        && sentence.contains("none after")
        && sentence.contains("nothing missing");
    expect(right, format_args!("a verifier that trusts nobody says: {sentence}"))?;
    confirm(demo).await?;
    enable_again(demo).await?;
    by_mail(demo).await?;
    Ok(Kept { checkpoint: receipt.checkpoint })
}

async fn enable_again(demo: &Child) -> Result<(), Failure> {
    let request = request_enable(&demo.server_of("acme")?, "acme", &demo.key_of("acme")?).await?;
    let approval = format!("/v1/change-requests/{}/approve", request.id);
    let person = demo.ready.support_people.first().map(|p| p.token.clone()).unwrap_or_default();
    for (who, token) in [
        ("the administrator", demo.ready.admin_token.as_str()),
        ("a support person", person.as_str()),
        ("the organization itself", demo.organization("acme")?.api_token.as_str()),
    ] {
        let refused = demo.post(&approval, token).await?;
        expect(
            matches!(refused.status, 403 | 404),
            format_args!("{who} cannot approve the contact's request to enable"),
        )?;
    }
    expect(demo.ask("acme", "", Some(REASON)).await?.status == 403, "until it is approved, nobody is in")?;
    let [(first, first_key), (second, second_key)] = desks(demo)?;
    proceed(&first, &request.id).await?;
    let alone = approve(&first, &request.id, &first_key).await;
    expect(alone.is_err(), "the desk person who reviewed it cannot approve it alone")?;
    let approved = approve(&second, &request.id, &second_key).await?;
    expect(approved.state == "announced", "a second desk person approves, with a key of their own")?;
    expect(demo.ask("acme", "", Some(REASON)).await?.status == 200, "and support people can enter again")
}

/// The article's steps, which confirm what the contact did alone: review, form, meeting, form returned, approval.
async fn confirm(demo: &Child) -> Result<(), Failure> {
    let [(first, _), _] = desks(demo)?;
    let acme = demo.organization("acme")?;
    let all: Vec<ChangeRequest> = first.get("/v1/change-requests?state=received").await?;
    let found = all.iter().find(|request| request.organization == acme.id);
    let id = found.map(|request| request.id.clone()).ok_or_else(|| Failure::new("no request was opened"))?;
    disable_steps(demo, &id, None).await?;
    held("and with that the disable is confirmed");
    Ok(())
}

/// Both journeys without any signature of the contact's: a mail each, and for enabling the call-back.
async fn by_mail(demo: &Child) -> Result<(), Failure> {
    let [(first, first_key), (second, second_key)] = desks(demo)?;
    let acme = demo.organization("acme")?;
    let contact = acme.contacts.first().ok_or_else(|| Failure::new("Acme has no security contact"))?;
    let wanted = |id, wish| {
        let text =
            format!("Customer name: {}\r\nConfirmation: yes, we want support access {wish}.\r\n", acme.name);
        let text = format!("{text}Whom to contact: {}\r\n", contact.email);
        (id, format!("Please have support access {wish}"), text)
    };
    let (id, subject, text) = wanted("forged", "enabled");
    let mail = Mail { from: &contact.email, id, subject: &subject, text: &text, ..Mail::default() };
    let forged = mail.send_directly(demo).await?;
    expect(
        forged.disposition == "held" && forged.change_request.is_none(),
        "a mail with the contact's address that their domain has not signed waits for a person, and is not answered",
    )?;

    let (id, subject, text) = wanted("disable", "disabled");
    let mail = Mail { from: &contact.email, id, subject: &subject, text: &text, ..Mail::default() };
    let taken = mail.send(demo).await?;
    let open = demo.ask("acme", "", Some(REASON)).await?;
    expect(
        taken.disposition == "accepted" && open.status == 200,
        "the contact's own mail asks to disable: it opens a request, and changes nothing by itself",
    )?;
    let request = taken.change_request.ok_or_else(|| Failure::new("the mail has opened no request"))?;
    disable_steps(demo, &request, Some((&contact.email, &mail.message_id()))).await?;
    let closed = demo.ask("acme", "", Some(REASON)).await?;
    letter(demo, &contact.email, &["Support access for Acme Rockets is disabled"]).await?;
    expect(closed.status == 403, "and from then on nobody enters, which the contact is told by mail")?;

    let (id, subject, text) = wanted("enable", "enabled");
    let mail = Mail { from: &contact.email, id, subject: &subject, text: &text, ..Mail::default() };
    let request = mail.send(demo).await?.change_request;
    let id = request.ok_or_else(|| Failure::new("the mail has opened no request"))?;
    proceed(&first, &id).await?;
    expect(approve(&first, &id, &first_key).await.is_err(), "to enable, the number on file is called first")?;
    let path = format!("/v1/change-requests/{id}/calls");
    let call: Call = first.post(&path, &CallCreate { contact: contact.id.clone() }).await?;
    held(format_args!(
        "{}: “{}”; what they answer stands on their own page alone",
        call.phone, call.desk_words
    ));
    let said = CallOutcome {
        outcome: "confirmed".to_owned(),
        words: Some("not these words".to_owned()),
        without_words: None,
        note: "asked for it, and knew the request".to_owned(),
    };
    let path = format!("{path}/outcome");
    let wrong = first.post::<ChangeRequest>(&path, &said).await;
    expect(wrong.is_err(), "three words that are not the contact's confirm nothing")?;
    let said = CallOutcome { words: None, without_words: Some("no_screen".to_owned()), ..said };
    let called = first.post::<ChangeRequest>(&path, &said).await?;
    expect(
        called.call_words.as_deref() == Some("no_screen") && called.call_wrong_tries == 1,
        "a call without words says why, and how often other words were heard, to whoever approves",
    )?;
    let half = approve(&first, &id, &first_key).await?;
    expect(half.state == "called", "one desk person's approval is half of it")?;
    let done = approve(&second, &id, &second_key).await?;
    let open = demo.ask("acme", "", Some(REASON)).await?;
    letter(demo, &contact.email, &["Support access for Acme Rockets is enabled"]).await?;
    expect(done.state == "announced" && open.status == 200, "the second one's makes it whole")
}

/// Review, form, meeting, form returned and matched, approval. Of whoever asked by mail: address and Message-ID; then the form
/// goes by mail, too.
async fn disable_steps(demo: &Child, id: &str, by_mail: Option<(&str, &str)>) -> Result<(), Failure> {
    let [(first, first_key), (second, second_key)] = desks(demo)?;
    let request = proceed(&first, id).await?;
    let sent = request.form.is_some() && request.meeting.is_some();
    expect(sent, "the desk reviews it: the acknowledgement form is made, and a meeting set")?;
    let early = approve(&second, id, &second_key).await;
    expect(early.is_err(), "before the meeting nobody can approve")?;
    for question in ["identity", "understanding"] {
        let note = "seen on video, passport, and asked about each point".to_owned();
        let finding = FindingCreate { question: question.to_owned(), holds: true, note };
        first.post::<ChangeRequest>(&format!("/v1/change-requests/{id}/findings"), &finding).await?;
    }
    let form = first.get_bytes(&format!("/v1/change-requests/{id}/form")).await?;
    let returned: ChangeRequest = if let Some((from, asked)) = by_mail {
        let says = [&format!("In-Reply-To: {asked}"), "text/calendar; method=REQUEST", "application/pdf"];
        let answer = letter(demo, from, &says).await?;
        held("the answer to their mail brings both, the form and the invitation");
        let text = "Here is the form, signed.";
        let mail = Mail {
            from,
            id: "form",
            subject: "The form",
            text,
            answers: Some(answer.message_id()),
            form: Some(&form),
        };
        let taken = mail.send(demo).await?;
        expect(taken.change_request.as_deref() == Some(id), "they return the form by mail")?;
        first.get(&format!("/v1/change-requests/{id}")).await?
    } else {
        first.post_bytes(&format!("/v1/change-requests/{id}/returns"), form).await?
    };
    expect(returned.state == "found", "the meeting's two findings are made, and the form comes back")?;
    let matched =
        MatchCreate { accepted: true, note: Some("signed on paper, seen in the meeting".to_owned()) };
    first.post::<ChangeRequest>(&format!("/v1/change-requests/{id}/match"), &matched).await?;
    expect(approve(&first, id, &first_key).await.is_err(), "whoever prepared it cannot approve it alone")?;
    let approved = approve(&second, id, &second_key).await?;
    let shown: SupportAccess = first.get("/v1/organizations/acme/support-access").await?;
    let confirmed = shown.confirmation.as_deref() == Some("confirmed");
    expect(
        approved.state == "announced" && confirmed,
        "a second desk person approves: it is in force, and confirmed",
    )
}

/// The two desk people, each with their key.
fn desks(demo: &Child) -> Result<[(Server, PathBuf); 2], Failure> {
    let desk = |number: usize| {
        let person = demo.ready.desk_people.get(number).ok_or_else(|| Failure::new("no desk person"))?;
        Ok((Server::new(&demo.ready.base_url, &person.token), PathBuf::from(&person.key_file)))
    };
    Ok([desk(0)?, desk(1)?])
}

/// Waits for the live tail's next bytes.
async fn next_event(tail: &mut reqwest::Response) -> Result<(), Failure> {
    let next = tokio::time::timeout(NEXT_EVENT_MAX, tail.chunk()).await.context("the live tail is silent")?;
    next.context("the live tail broke")?.map(drop).ok_or_else(|| Failure::new("the live tail ended"))
}
