//! Answers to the invitation to the meeting: they schedule, and prove nothing about anybody.

use byleave_app::letters::Written;
use byleave_domain::change_request::{Attendance, ChangeRequest};

use super::*;

const OUTLOOK: &str = include_str!("../../../mail/tests/calendar/outlook.ics");
const GOOGLE: &str = include_str!("../../../mail/tests/calendar/google.ics");
const APPLE: &str = include_str!("../../../mail/tests/calendar/apple.ics");
const THUNDERBIRD: &str = include_str!("../../../mail/tests/calendar/thunderbird.ics");

const TUESDAY: &str = "2027-01-26T10:00:00Z";

/// A request to disable of Sam's, with its form sent and its meeting set. Kim is a contact, too.
async fn invited() -> (Site, ChangeRequestId) {
    let site = Site::new().await;
    let kim = new_contact("Kim Example", "kim@acme.example", &[9; 32]);
    let (_, change) = site.app.contact_create(site.organization, kim).await.unwrap();
    site.agree(change.unwrap().id).await.unwrap();
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    let opened = receive(&site, &letter("opens")).await.unwrap();
    let id: ChangeRequestId = opened.record.change_request.unwrap().parse().unwrap();
    site.app.change_request_review(id, site.desk_person, ReviewAct::Proceed(None)).await.unwrap();
    (site, id)
}

fn request(site: &Site, id: ChangeRequestId) -> ChangeRequest {
    site.app.world().change_requests[&id].request.clone()
}

/// A calendar's answer about a request's meeting, made so many minutes from now.
fn object(site: &Site, style: &str, id: ChangeRequestId, sequence: u32, minutes: i64) -> String {
    let stamp = site.app.now() + jiff::SignedDuration::from_mins(minutes);
    style
        .replace("change_00000000000000000000000000000001", &id.to_string())
        .replace("20261201T", "20270126T")
        .replace("\nSEQUENCE:0", &format!("\nSEQUENCE:{sequence}"))
        .replace("DTSTAMP:20261128T120000Z", &stamp.strftime("DTSTAMP:%Y%m%dT%H%M%SZ").to_string())
}

fn counter(object: &str) -> String {
    object.replace("METHOD:REPLY", "METHOD:COUNTER")
}

fn refresh(object: &str) -> String {
    object.replace("METHOD:REPLY", "METHOD:REFRESH").replace("PARTSTAT=ACCEPTED;", "")
}

fn sent(id: &str, object: &str) -> Letter {
    let more = "Content-Type: text/calendar; method=REPLY; charset=UTF-8\r\n".into();
    Letter { more, body: object.replace('\n', "\r\n"), ..letter(id) }
}

/// What Sam says, and proposes.
fn said(site: &Site, id: ChangeRequestId) -> (Option<&'static str>, Option<String>) {
    let request = request(site, id);
    let attendance = request.attendance(site.contact).map(|(attendance, _)| attendance.as_str());
    (attendance, request.proposal(site.contact).map(|(start, _)| start.to_string()))
}

/// The letters since the `before` first ones: to whom, about what, and the method and number of the invitation with it.
async fn letters(site: &Site, before: usize) -> Vec<String> {
    let line = |letter: &Written| {
        let (to, _) = letter.to_email.split_once('@').unwrap();
        let object = letter.invitation.as_deref().unwrap_or_default().replace("\r\n ", "");
        let of =
            |name: &str| object.lines().find_map(|line| line.strip_prefix(name)).map(|v| format!(" {v}"));
        let answers = letter.answers.as_deref().map(|id| format!(" to {id}"));
        let with: String = [of("METHOD:"), of("SEQUENCE:"), answers].into_iter().flatten().collect();
        format!("{to} {}{with}", letter.facts["event"])
    };
    let mut all = site.app.letters_overview().await.unwrap().letters;
    all.reverse();
    all[before..].iter().map(|(_, written)| line(written)).collect()
}

async fn count(site: &Site) -> usize {
    letters(site, 0).await.len()
}

#[tokio::test]
async fn every_calendars_answer_is_taken_and_changes_nothing_else() {
    let (site, id) = invited().await;
    let before = request(&site, id);
    site.clock.forward(3600);
    let mut letter_count = count(&site).await;
    let parted = |object: &str, kind: &str| {
        format!(
            "--b\n\nSam accepts.\n--b\nContent-Type: {kind}\n\n{object}--b\nContent-Type: application/ics\n\n{object}--b--\n"
        )
    };
    let plain = object(&site, GOOGLE, id, 0, 5);
    let mixed = |id: &str, body: String| Letter {
        more: "Content-Type: multipart/mixed; boundary=b\r\n".into(),
        ..sent(id, &body)
    };
    for (letter, expected) in [
        (sent("outlook", &object(&site, OUTLOOK, id, 0, 1)), "accepted"),
        (sent("google", &object(&site, GOOGLE, id, 0, 2).replace("ACCEPTED", "DECLINED")), "declined"),
        (sent("apple", &object(&site, APPLE, id, 0, 3).replace("ACCEPTED", "tentative")), "tentative"),
        (sent("thunderbird", &object(&site, THUNDERBIRD, id, 0, 4)), "accepted"),
        (mixed("parts", parted(&plain.replace("ACCEPTED", "Declined"), "text/calendar")), "declined"),
        (
            Letter {
                more: "Content-Type: application/ics; name=invite.ics\r\n".into(),
                ..sent("no-method", &object(&site, GOOGLE, id, 0, 6).replace(":mailto:sam", ":MAILTO:sam"))
            },
            "accepted",
        ),
        (sent("older", &object(&site, GOOGLE, id, 0, 3).replace("ACCEPTED", "DECLINED")), "accepted"),
    ] {
        let mail = receive(&site, &letter).await.unwrap();
        assert!(told(&mail).starts_with("accepted:;"), "{}: {:#?}", letter.id, mail.record);
        assert_eq!(mail.record.change_request, Some(id.to_string()));
        assert_eq!(said(&site, id), (Some(expected), None), "{}", letter.id);
        let told = letters(&site, letter_count).await;
        assert_eq!(told, ["sam meeting_answered", "kim meeting_answered"], "{}", letter.id);
        letter_count += 2;
    }
    let after = request(&site, id);
    assert_eq!(after, ChangeRequest { answers: after.answers.clone(), ..before }, "nothing but the answers");
    assert!(enabled(&site));
    let site = site.restart(|_, _| {}).await;
    assert_eq!(request(&site, id), after, "the log has it");
    site.verify(None).unwrap();
}

#[tokio::test]
async fn what_is_not_the_invited_contacts_own_word_about_this_meeting_waits_for_a_person() {
    let (site, id) = invited().await;
    let of_sam = object(&site, GOOGLE, id, 0, 1);
    let globex =
        site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await.unwrap();
    site.app
        .contact_create(globex, new_contact("Lou Example", "lou@globex.example", &[8; 32]))
        .await
        .unwrap();
    let ended = site.message(Wish::Enabled, Source::Unauthenticated).await;
    site.app.withdraw(ended, site.contact).await.unwrap();
    let number = id.number();
    let ours = site.app.letters_overview().await.unwrap().letters[0].1.message_id.clone();
    let unknown = object(&site, GOOGLE, ended, 0, 1);
    let in_all = |method: &str| of_sam.replace("METHOD:REPLY", &format!("METHOD:{method}"));
    let to_kim = of_sam.replace("mailto:sam@", "mailto:kim@");
    let (before, letters_before) = (request(&site, id), count(&site).await);
    let unclear = "held: unclear;";
    for (what, letter, expected, why) in [
        ("forged", Letter { dns: "fail", ..sent("1", &of_sam) }, "held: dmarc signature_broken;", ""),
        (
            "a stranger's",
            Letter { from: "sam@evil.example", ..sent("2", &of_sam) },
            "held: not_the_contact;",
            "",
        ),
        (
            "an assistant's",
            Letter {
                from: "pa@acme.example",
                ..sent("3", &of_sam.replace(":mailto:sam", ";SENT-BY=\"mailto:pa@acme.example\":mailto:sam"))
            },
            "held: not_the_contact;",
            "",
        ),
        (
            "another organization's",
            Letter { from: "lou@globex.example", ..sent("4", &of_sam) },
            unclear,
            "meeting that is not known",
        ),
        (
            "another contact's for Sam",
            Letter { from: "kim@acme.example", ..sent("5", &of_sam) },
            unclear,
            "only the security contact who is invited",
        ),
        (
            "another contact's own",
            Letter { from: "kim@acme.example", ..sent("6", &to_kim) },
            unclear,
            "only the security contact who is invited",
        ),
        ("Sam's for another", sent("7", &to_kim), unclear, "only the security contact who is invited"),
        (
            "for two",
            sent("8", &counter(&of_sam).replace("SEQUENCE", "ATTENDEE:mailto:x@evil.example\nSEQUENCE")),
            unclear,
            "only the security contact who is invited",
        ),
        (
            "Sam's delegate",
            sent(
                "9",
                &of_sam.replace(
                    "PARTSTAT=ACCEPTED",
                    "PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:x@evil.example\"",
                ),
            ),
            unclear,
            "sends `x@evil.example` to the meeting",
        ),
        ("CANCEL", sent("10", &in_all("CANCEL")), unclear, "`CANCEL` is the organizer's word"),
        ("REQUEST", sent("11", &in_all("REQUEST")), unclear, "`REQUEST` is the organizer's word"),
        ("ADD", sent("12", &in_all("ADD")), unclear, "`ADD` is the organizer's word"),
        ("PUBLISH", sent("13", &in_all("PUBLISH")), unclear, "`PUBLISH` is the organizer's word"),
        ("over", sent("14", &unknown), unclear, "meeting that is not known"),
        (
            "over, and about this one otherwise",
            Letter {
                more: format!("In-Reply-To: <{ours}>\r\nContent-Type: text/calendar\r\n"),
                ..sent("15", &unknown.replace("R-0000-0000", &number))
            },
            unclear,
            "meeting that is not known",
        ),
        (
            "of some other meeting, under the request's number",
            Letter {
                more: "Content-Type: multipart/mixed; boundary=b\r\n".into(),
                ..sent(
                    "16",
                    &format!(
                        "--b\n\n{number}\n--b\nContent-Type: text/calendar\n\n{}--b--\n",
                        of_sam.replace("@byleave", "@evil")
                    ),
                )
            },
            unclear,
            "meeting that is not known",
        ),
        (
            "a version to come",
            sent("17", &object(&site, GOOGLE, id, 1, 1)),
            unclear,
            "version 1 of the invitation, which was not sent",
        ),
        (
            "made tomorrow",
            sent("18", &object(&site, GOOGLE, id, 0, 24 * 60)),
            unclear,
            "which is yet to come",
        ),
        (
            "repeating",
            sent("19", &of_sam.replace("\nSEQUENCE", "\nRRULE:FREQ=DAILY\nSEQUENCE")),
            unclear,
            "repeats",
        ),
        (
            "two events",
            sent("20", &of_sam.replace("END:VEVENT", "END:VEVENT\nBEGIN:VEVENT\nEND:VEVENT")),
            unclear,
            "exactly one event",
        ),
        (
            "long",
            sent(
                "21",
                &of_sam
                    .replace("\nSEQUENCE", &format!("{}\nSEQUENCE", "\nX-A:bcdefghijklmnop".repeat(4_000))),
            ),
            unclear,
            "longer than 64 kB",
        ),
        (
            "no word",
            sent("22", &of_sam.replace("PARTSTAT=ACCEPTED", "PARTSTAT=NEEDS-ACTION")),
            unclear,
            "`PARTSTAT`",
        ),
        (
            "a time nowhere",
            sent("23", &counter(&of_sam).replace("DTSTART:20270126T100000Z", "DTSTART:20270126T100000")),
            unclear,
            "`DTSTART`",
        ),
        (
            "a calendar's own",
            Letter {
                more: "Auto-Submitted: auto-generated\r\nContent-Type: text/calendar\r\n".into(),
                ..sent("24", &of_sam)
            },
            "held: automatic;",
            "",
        ),
    ] {
        let mail = receive(&site, &letter).await.unwrap();
        assert!(told(&mail).starts_with(expected), "{what}: {:#?}", mail.record);
        assert_eq!(mail.record.kind.as_deref(), Some("calendar"), "{what}");
        assert!(mail.record.reasons[0].text.contains(why), "{what}: {:?}", mail.record.reasons);
        assert_eq!(mail.record.change_request, None, "{what}");
        assert_eq!(request(&site, id), before, "{what} changes nothing");
    }
    assert_eq!(count(&site).await, letters_before, "and nobody is written to");
}

#[tokio::test]
async fn an_answer_to_an_earlier_version_is_kept_marked_and_answered_with_the_present_one() {
    let (site, id) = invited().await;
    let by = By::Desk(site.desk_person);
    receive(&site, &sent("in-time", &object(&site, APPLE, id, 0, 0))).await.unwrap();
    site.app.meeting_set(id, by, TUESDAY.parse().unwrap()).await.unwrap();
    let before = count(&site).await;
    let late = sent("late", &object(&site, APPLE, id, 0, 1).replace("ACCEPTED", "DECLINED"));
    let mail = receive(&site, &late).await.unwrap();
    assert!(told(&mail).ends_with(" content -> request"), "{}", told(&mail));
    assert!(mail.record.warnings.iter().any(|note| note.text.contains("an earlier version")));
    let again = "sam meeting_again REQUEST 1 to late@acme.example";
    assert_eq!(letters(&site, before).await, [again, "kim meeting_answered"]);
    receive(&site, &sent("now", &object(&site, APPLE, id, 1, 0))).await.unwrap();
    receive(&site, &sent("later-of-before", &counter(&object(&site, APPLE, id, 0, 9)))).await.unwrap();
    assert_eq!(said(&site, id), (Some("accepted"), None), "the present version goes before the later word");
    let (attendance, newest) = request(&site, id).attendance(site.contact).map(|(a, n)| (a, *n)).unwrap();
    assert_eq!((attendance, newest.answer.sequence), (Attendance::Accepted, 1));
    site.app.meeting_cancel(id, by).await.unwrap();
    let before = count(&site).await;
    receive(&site, &sent("too-late", &object(&site, APPLE, id, 1, 2))).await.unwrap();
    let off = "sam meeting_cancelled CANCEL 2 to too-late@";
    assert!(letters(&site, before).await[0].starts_with(off), "{:?}", letters(&site, before).await);
}

#[tokio::test]
async fn whoever_wants_the_invitation_again_gets_it_once_a_message() {
    let (site, id) = invited().await;
    let before = count(&site).await;
    let wanted = sent("again", &refresh(&object(&site, GOOGLE, id, 0, 1)));
    for disposition in ["accepted", "duplicate"] {
        assert_eq!(receive(&site, &wanted).await.unwrap().record.disposition, disposition);
        let told = letters(&site, before).await;
        assert_eq!(told, ["sam meeting_again REQUEST 0 to again@acme.example", "kim meeting_answered"]);
    }
    assert_eq!(said(&site, id), (None, None), "it is no answer");
    for number in 0..30 {
        let wanted = sent(&format!("n{number}"), &refresh(&object(&site, GOOGLE, id, 0, number)));
        receive(&site, &wanted).await.unwrap();
    }
    let to_sam = letters(&site, before).await.iter().filter(|line| line.starts_with("sam ")).count();
    assert_eq!(to_sam, 20, "a day");
}

#[tokio::test]
async fn another_time_is_proposed_and_a_person_moves_the_meeting_or_declines_it() {
    let (site, id) = invited().await;
    let (desk, by) = (site.desk_person, By::Desk(site.desk_person));
    let meeting = request(&site, id).meeting;
    let propose = async |name: &str, style: &str, sequence: u32, minutes: i64| {
        let object = counter(&object(&site, style, id, sequence, minutes)).replace("ACCEPTED", "DECLINED");
        receive(&site, &sent(name, &object)).await.unwrap().record.evidence.unwrap().parse().unwrap()
    };
    let first = propose("first", THUNDERBIRD, 0, 1).await;
    assert_eq!(said(&site, id), (Some("declined"), Some(TUESDAY.to_owned())));
    assert_eq!(request(&site, id).meeting, meeting, "it stays until somebody moves it");
    let second = propose("second", OUTLOOK, 0, 2).await;
    let refused = site.app.proposal_decline(id, desk, first).await;
    assert!(
        refused.unwrap_err().to_string().contains("look at the request anew"),
        "the newest is declined alone"
    );
    let before = count(&site).await;
    site.app.proposal_decline(id, desk, second).await.unwrap();
    let kept = "sam meeting_kept DECLINECOUNTER 0 to second@acme.example";
    assert_eq!(letters(&site, before).await, [kept, "kim meeting_kept"]);
    assert_eq!((said(&site, id), request(&site, id).meeting), ((Some("declined"), None), meeting));
    site.app.proposal_decline(id, desk, second).await.unwrap_err();
    let site = site.restart(|_, _| {}).await;
    assert_eq!(said(&site, id), (Some("declined"), None), "it stays declined");
    let object = counter(&object(&site, APPLE, id, 0, 3));
    receive(&site, &sent("third", &object)).await.unwrap();
    assert_eq!(said(&site, id).1.as_deref(), Some(TUESDAY));
    let before = count(&site).await;
    site.app.meeting_set(id, by, TUESDAY.parse().unwrap()).await.unwrap();
    assert_eq!(letters(&site, before).await, ["sam meeting_set REQUEST 1", "kim meeting_set"]);
    assert_eq!(said(&site, id).1, None, "it is settled");
    let meeting = request(&site, id).meeting.unwrap();
    assert_eq!((meeting.start.to_string().as_str(), meeting.sequence), (TUESDAY, 1));
    assert_eq!((request(&site, id).identity, request(&site, id).understanding), (None, None));
    site.verify(None).unwrap();
}
