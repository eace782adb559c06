//! Messages as people write them, and what is understood.

use super::*;

const NAMES: &[&str] = &["Acme Rockets Ltd"];

fn read(subject: &str, text: &str) -> Understood {
    let view = View { subject: subject.into(), text: text.into(), ..View::default() };
    let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    interpret(&view, Some("dana@acme.test"), &[names])
}

/// `action | name | confirmation | contact | how much is unclear`, kinds other than a request named first.
#[track_caller]
fn check(subject: &str, text: &str, expected: &str) {
    let found = read(subject, text);
    let kind = match &found.kind {
        Kind::Request => "",
        Kind::FormWish => "form: ",
        Kind::Withdrawal => "withdrawal: ",
        Kind::Calendar(_) | Kind::Report(_) => "other kind: ",
    };
    let name = found.organization_name().unwrap_or("-");
    let contact = found.contact.as_deref().unwrap_or("-");
    let summary = format!(
        "{kind}{} | {name} | {} | {contact} | {}",
        found.action.as_str(),
        found.confirmation,
        found.unclear.len()
    );
    assert_eq!(summary, expected, "{text}\n{found:#?}");
}

#[test]
fn labelled_in_several_spellings() {
    let whole = "disable | Acme Rockets Ltd | true | dana@acme.test | 0";
    for text in [
        "Please disable support access.\nCustomer name: Acme Rockets Ltd\nConfirmation: we confirm\nContact: dana@acme.test",
        "Please block support access\n\n1. Company: Acme Rockets Ltd\n2. Confirmation: yes\n3. Contact person: Dana Secure <dana@acme.test>",
        "Please deactivate the access of your support.\n* ORGANISATION = \"Acme Rockets Ltd\"\n* Confirmed: Yes\n* Security contact (e-mail): dana@ACME.test",
        "Block access please.\nCustomer\tAcme Rockets Ltd\nConfirmation\tI confirm\nContact\tdana@acme.test",
        "Turn off support access.\n**Customer name:** Acme Rockets Ltd\n**Confirmation:** confirmed\n**Contact:** <mailto:dana@acme.test>",
        "Switch support access off.\nCustomer name:\nAcme Rockets Ltd\n\nWe confirm this.\n\nContact:\ndana@acme.test\n",
        "Bitte sperren Sie den Support-Zugang.\nKunde: Acme Rockets Ltd\nBestätigung: Ja, wir bestätigen das.\nAnsprechpartner: dana@acme.test",
        "Bitte den Zugriff deaktivieren.\nFirma: Acme Rockets Ltd\nHiermit bestätigen wir die Sperrung.\nAnsprechpartnerin: Dana Secure, dana@acme.test",
        "Support access to be disabled\nCustomer name - Acme Rockets Ltd\nConfirmation - yes\nContact - dana@acme.test",
    ] {
        check("", text, whole);
    }
    check(
        "Disable support access",
        "Customer: Acme Rockets Ltd\nConfirmation: yes\nContact: dana@acme.test",
        whole,
    );
    check(
        "",
        "Please re-enable support access.\nCustomer: Acme Rockets Ltd\nConfirmation: yes\nContact: Dana Secure",
        "enable | Acme Rockets Ltd | true | Dana Secure | 0",
    );
}

#[test]
fn in_sentences() {
    let whole = "disable | Acme Rockets Ltd | true | dana@acme.test | 0";
    for text in [
        "I am writing on behalf of Acme Rockets Ltd. Please block all support access to our data.\nWe confirm that we want this. You can reach me at dana@acme.test.",
        "We at Acme Rockets Ltd want support access to be disabled and confirm this. For questions contact dana@acme.test.",
        "Please disable support access for Acme Rockets Ltd. I hereby confirm this. Please contact me if needed.",
        "Im Namen der Acme Rockets Ltd bitte ich darum, den Zugriff durch den Support zu sperren. Ich bestätige das ausdrücklich. Sie erreichen mich unter dana@acme.test.",
        "Bitte sperren Sie für die Firma Acme Rockets Ltd den Zugang des Supports. Wir bestätigen dies. Bei Rückfragen wenden Sie sich an dana@acme.test.",
    ] {
        check("", text, whole);
    }
    check(
        "",
        "On behalf of Globex, please disable support access. We confirm. Contact: x@globex.test",
        "disable | Globex | true | x@globex.test | 0",
    );
}

#[test]
fn which_of_the_two() {
    let action = |text: &str| {
        let found = read(
            "",
            &format!("{text}\nCustomer: Acme Rockets Ltd\nConfirmation: yes\nContact: dana@acme.test"),
        );
        format!("{}{}", found.action.as_str(), if found.unclear.is_empty() { "" } else { " unclear" })
    };
    for (text, expected) in [
        ("Please unblock support access", "enable"),
        ("Please un-block support access", "enable"),
        ("Bitte den Zugang wieder freischalten", "enable"),
        ("Bitte den Supportzugriff entsperren", "enable"),
        ("Bitte den Zugriff deaktivieren", "disable"),
        ("We don't want support access any more, please disable it", "disable"),
        ("Block support access, do not unblock it before we say so", "disable"),
        ("Please block and later unblock support access", "other unclear"),
        ("Access was enabled; please disable support access", "other unclear"),
        ("Please do not disable support access", "other unclear"),
        ("Bitte sperren Sie den Zugriff nicht", "other unclear"),
        ("Please disable support access. Do not disable support access.", "other unclear"),
        ("Please help with support access", "other unclear"),
        ("Please disable my newsletter", "other unclear"),
        ("", "other unclear"),
    ] {
        assert_eq!(action(text), expected, "{text}");
    }
    let two = View {
        text: "Please disable support access".into(),
        alternative: Some("Please enable support access".into()),
        ..View::default()
    };
    assert!(interpret(&two, None, &[]).unclear.iter().any(|why| why.contains("different things")));
}

#[test]
fn what_is_missing_or_said_twice_is_named() {
    check("", "Please disable support access.", "disable | - | false | - | 3");
    check(
        "",
        "Please disable support access. Customer: Acme Rockets Ltd",
        "disable | Acme Rockets Ltd | false | - | 2",
    );
    check(
        "Disable support access",
        "Customer: Acme\nCustomer: Globex\nConfirmation: yes\nContact: a@b.test\nContact: c@d.test",
        "disable | - | true | - | 3",
    );
    check(
        "Disable support access",
        "Customer: Acme\nConfirmation: no\nContact: a@b.test",
        "disable | Acme | false | a@b.test | 1",
    );
    check(
        "",
        "Please disable support access. Please confirm receipt.\nCustomer: Acme\nContact: a@b.test",
        "disable | Acme | false | a@b.test | 1",
    );
    check(
        "",
        "Please disable support access. We cannot confirm this.\nCustomer: Acme\nContact: a@b.test",
        "disable | Acme | false | a@b.test | 1",
    );
}

#[test]
fn a_confirmation_that_is_denied_is_none() {
    let text = "Please disable support access. We confirm this.\nCustomer: Acme\nConfirmation: no\nContact: a@b.test";
    check("", text, "disable | Acme | false | a@b.test | 1");
}

#[test]
fn history_is_not_read_and_forwarded_text_is() {
    let old = "Please enable support access.\nCustomer: Globex\nConfirmation: yes\nContact: x@globex.test";
    let new = "Please disable support access.\nCustomer: Acme\nConfirmation: yes\nContact: a@b.test";
    let whole = "disable | Acme | true | a@b.test | 0";
    let quoted = old.replace('\n', "\n> ");
    for text in [
        format!("{new}\n\n> {quoted}"),
        format!("> {quoted}\n\n{new}"),
        format!("On Mon, 23 Nov 2026, Vendor <x@vendor.test> wrote:\n> {quoted}\n\n{new}"),
        format!("{new}\n\nOn Mon, 23 Nov 2026 at 10:00, Vendor\n<x@vendor.test> wrote:\n\n{old}"),
        format!("{new}\n\nAm 23.11.2026 um 10:00 schrieb Vendor:\n{old}"),
        format!("{new}\n\n-----Original Message-----\nFrom: Vendor\n{old}"),
        format!("{new}\n\n-----Ursprüngliche Nachricht-----\n{old}"),
        format!(
            "{new}\n\n________________________________\nFrom: Vendor <x@vendor.test>\nSent: Monday\nTo: Dana\nSubject: x\n\n{old}"
        ),
        format!("{new}\n\nVon: Vendor <x@vendor.test>\nGesendet: Montag\nAn: Dana\nBetreff: x\n\n{old}"),
        format!("{new}\n-- \n{old}"),
        format!(
            "See below.\n\n---------- Forwarded message ---------\nFrom: Boss <boss@acme.test>\nDate: Mon\nSubject: x\nTo: Dana\n\n{new}"
        ),
        format!(
            "Begin forwarded message:\n\n> From: Boss\n> Subject: x\n> \n> {}",
            new.replace('\n', "\n> ")
        ),
        format!("-------- Weitergeleitete Nachricht --------\nBetreff: x\nVon: Boss\n\n{new}"),
    ] {
        check("", &text, whole);
    }
    check("Re: Enable support access", new, whole);
}

#[test]
fn forms_and_withdrawals() {
    check("", "Please send me the acknowledgement form.", "form: other | - | false | - | 4");
    check(
        "",
        "Bitte senden Sie uns das Formular zur Sperrung des Support-Zugriffs.",
        "form: disable | - | false | - | 3",
    );
    check(
        "",
        "Please disable support access and send the form.\nCustomer: Acme\nConfirmation: yes\nContact: a@b.test",
        "disable | Acme | true | a@b.test | 0",
    );
    check("", "We withdraw our request to disable support access.", "withdrawal: other | - | false | - | 0");
    check("", "Bitte stornieren Sie unseren Antrag.", "withdrawal: other | - | false | - | 0");
    check("", "Hiermit ziehen wir unsere Anfrage zurück.", "withdrawal: other | - | false | - | 0");
}

const DANA: &str = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:dana@acme.test";

fn object(method: &str, attendee: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:req-1@vendor.test\r\nSEQUENCE:2\r\nDTSTAMP:20261123T150000Z\r\n{attendee}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// `answer | uid | sequence | attendee | stamp`, or why it is not read.
fn answer(object: &str) -> String {
    match calendar::read(object) {
        Ok(read) => {
            let attendee = read.attendee.map_or_else(|| "-".to_owned(), |attendee| attendee.address());
            format!("{:?} | {} | {} | {attendee} | {}", read.answer, read.uid, read.sequence, read.stamp)
        }
        Err(why) => why.to_string(),
    }
}

#[test]
fn answers_to_invitations() {
    let known = "req-1@vendor.test | 2 | dana@acme.test | 2026-11-23T15:00:00Z";
    let lacks =
        |name: &str| format!("its calendar object does not have exactly one `{name}` that can be read");
    let twice = format!("{DANA}\r\n{DANA}");
    let at = |line: &str| object("COUNTER", DANA, &format!("{line}\r\n"));
    for (object, expected) in [
        (object("REPLY", DANA, ""), format!("Reply(Accepted) | {known}")),
        (
            object("reply", "ATTENDEE;CN=\"a:b;c\";partstat=declined:MAILTO:dana@ACME.test", "")
                .replace("\r\n", "\n"),
            format!("Reply(Declined) | {known}"),
        ),
        (
            object("REPLY", "ATTENDEE;PARTSTAT=TENTA\r\n TIVE:mailto:dana@acme.test", ""),
            format!("Reply(Tentative) | {known}"),
        ),
        (
            object("REPLY", DANA, "").replace("SEQUENCE:2\r\n", ""),
            format!("Reply(Accepted) | {}", known.replace("| 2 |", "| 0 |")),
        ),
        (
            object(
                "REPLY",
                "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:x@evil.test\":mailto:dana@acme.test",
                "",
            ),
            format!("Delegated(\"x@evil.test\") | {known}"),
        ),
        (object("REFRESH", "ATTENDEE:mailto:dana@acme.test", ""), format!("Refresh | {known}")),
        (object("CANCEL", DANA, ""), format!("NotTheirs(\"CANCEL\") | {known}")),
        (object("REPLY", "ATTENDEE:mailto:dana@acme.test", ""), lacks("PARTSTAT")),
        (object("REPLY", &twice, ""), lacks("PARTSTAT")),
        (object("REPLY", DANA, "").replace("UID:", "X-UID:"), lacks("UID")),
        (object("REPLY", DANA, "").replace("DTSTAMP:", "X-DTSTAMP:"), lacks("DTSTAMP")),
        (object("REPLY", DANA, "DTSTAMP:20261124T150000Z\r\n"), lacks("DTSTAMP")),
        (object("REPLY", DANA, "").replace("SEQUENCE:2", "SEQUENCE:two"), lacks("SEQUENCE")),
        (object("REPLY", DANA, "").replace("METHOD:REPLY", "X:Y"), lacks("METHOD")),
        (object("REPLY", DANA, "RRULE:FREQ=DAILY\r\n"), "its calendar object repeats".into()),
        (object("REPLY", DANA, "RECURRENCE-ID:20261123T150000Z\r\n"), "its calendar object repeats".into()),
        (
            object("REPLY", DANA, "END:VEVENT\r\nBEGIN:VEVENT\r\n"),
            "its calendar object does not have exactly one event".into(),
        ),
        (object("REPLY", DANA, "").repeat(2), "its calendar object does not have exactly one event".into()),
        (
            object("REPLY", DANA, "").replace("VEVENT", "VTODO"),
            "its calendar object does not have exactly one event".into(),
        ),
        (object("REPLY", DANA, "END:VALARM\r\n"), "its calendar object cannot be read".into()),
        (object("REPLY", DANA, "BEGIN:VALARM\r\n"), "its calendar object cannot be read".into()),
        (object("REPLY", DANA, &"BEGIN:X\r\n".repeat(1000)), "its calendar object cannot be read".into()),
        ("x".repeat(70_000), "its calendar object is longer than 64 kB".into()),
        (at("DTSTART:20261201T100000Z"), format!("Counter(Some(Accepted), 2026-12-01T10:00:00Z) | {known}")),
        (
            at("DTSTART;TZID=\"Europe/Berlin\":20261201T110000"),
            format!("Counter(Some(Accepted), 2026-12-01T10:00:00Z) | {known}"),
        ),
        (at("DTSTART;TZID=Elsewhere:20261201T110000"), lacks("DTSTART")),
        (at("DTSTART:20261201T110000"), lacks("DTSTART")),
        (at("DTSTART;VALUE=DATE:20261201"), lacks("DTSTART")),
        (at("X:Y"), lacks("DTSTART")),
        (
            object("COUNTER", "ATTENDEE:mailto:dana@acme.test", "DTSTART:20261201T100000Z\r\n"),
            format!("Counter(None, 2026-12-01T10:00:00Z) | {known}"),
        ),
    ] {
        assert_eq!(answer(&object), expected, "{object}");
    }
}

#[test]
fn only_what_an_attendee_says_for_themselves_belongs_to_a_request() {
    let somebody = "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:x@evil.test\":mailto:dana@acme.test";
    let theirs = |method| {
        format!("`{method}` is the organizer's word, and the vendor is the organizer: it changes nothing")
    };
    for (object, held) in [
        (object("REPLY", DANA, ""), None),
        (object("COUNTER", DANA, "DTSTART:20261201T100000Z\r\n"), None),
        (object("REFRESH", DANA, ""), None),
        (
            object("REPLY", somebody, ""),
            Some("it sends `x@evil.test` to the meeting in the contact's place".to_owned()),
        ),
        (object("CANCEL", DANA, ""), Some(theirs("CANCEL"))),
        (object("REQUEST", DANA, ""), Some(theirs("REQUEST"))),
        (object("ADD", DANA, ""), Some(theirs("ADD"))),
        (object("PUBLISH", DANA, ""), Some(theirs("PUBLISH"))),
        (object("REPLY", DANA, "RRULE:FREQ=DAILY\r\n"), Some("its calendar object repeats".to_owned())),
    ] {
        let understood = interpret(&View { calendar: Some(object.clone()), ..View::default() }, None, &[]);
        let accepted = Judgement {
            disposition: Disposition::Accepted,
            proven: true,
            reasons: Vec::new(),
            warnings: Vec::new(),
        };
        let judgement = weigh(accepted, &understood, true);
        let reasons: Vec<_> = held.into_iter().map(Reason::Unclear).collect();
        assert_eq!(judgement.disposition == Disposition::Accepted, reasons.is_empty(), "{object}");
        assert_eq!(judgement.reasons, reasons, "{object}");
    }
}

/// The styles of four mail clients.
#[test]
fn what_calendars_send() {
    let all = [
        include_str!("../../tests/calendar/outlook.ics"),
        include_str!("../../tests/calendar/google.ics"),
        include_str!("../../tests/calendar/apple.ics"),
        include_str!("../../tests/calendar/thunderbird.ics"),
    ];
    let known =
        "change_00000000000000000000000000000001@byleave | 0 | sam@acme.example | 2026-11-28T12:00:00Z";
    for object in all {
        assert_eq!(answer(object), format!("Reply(Accepted) | {known}"));
        let crlf = object.replace('\n', "\r\n").replace("PARTSTAT=ACCEPTED", "PARTSTAT=Tentative");
        assert_eq!(answer(&crlf), format!("Reply(Tentative) | {known}"));
        let counter = object.replace("METHOD:REPLY", "METHOD:COUNTER");
        assert_eq!(answer(&counter), format!("Counter(Some(Accepted), 2026-12-01T10:00:00Z) | {known}"));
    }
    // Summer and winter by the rule that came with it, south of the equator as well.
    let counter = all[0].replace("METHOD:REPLY", "METHOD:COUNTER");
    let at = |counter: &str, local: &str| {
        answer(&counter.replace("20261201T110000", local)).split(" | ").next().map(ToOwned::to_owned)
    };
    let start = |at: &str| Some(format!("Counter(Some(Accepted), {at})"));
    assert_eq!(at(&counter, "20260701T110000"), start("2026-07-01T09:00:00Z"));
    assert_eq!(at(&counter, "20261025T013000"), start("2026-10-24T23:30:00Z"));
    assert_eq!(at(&counter, "20261025T033000"), start("2026-10-25T02:30:00Z"));
    let south = counter.replace("+0200", "-0300").replace("+0100", "-0400");
    let south = south
        .replace("BYDAY=-1SU;BYMONTH=3", "BYDAY=1SU;BYMONTH=9")
        .replace("BYDAY=-1SU;BYMONTH=10", "BYDAY=1SU;BYMONTH=4");
    assert_eq!(at(&south, "20261201T110000"), start("2026-12-01T14:00:00Z"));
    assert_eq!(at(&south, "20260701T110000"), start("2026-07-01T15:00:00Z"));
    let without = counter.split("BEGIN:DAYLIGHT").next().unwrap().to_owned()
        + counter.split("END:DAYLIGHT\n").nth(1).unwrap();
    assert_eq!(at(&without, "20260701T110000"), start("2026-07-01T10:00:00Z"));
    for twice in ["STANDARD", "DAYLIGHT"] {
        let part = counter.split(&format!("BEGIN:{twice}\n")).nth(1).unwrap().split("END:").next().unwrap();
        let twice =
            counter.replace("END:VTIMEZONE", &format!("BEGIN:{twice}\n{part}END:{twice}\nEND:VTIMEZONE"));
        assert!(answer(&twice).contains("`DTSTART`"), "which of them holds is not known");
    }
}

#[test]
fn reports_about_our_own_messages() {
    let report = "Reporting-MTA: dns; mx.acme.test\n\nFinal-Recipient: rfc822; dana@ACME.test\nAction: Failed\nStatus: 5.1.1 (no such)\nDiagnostic-Code: smtp; 550\n 5.1.1 unknown\n\nFinal-Recipient: rfc822; nonsense\nAction: failed\n";
    let view = View {
        report: Some(report.into()),
        returned: Some("Subject: x\nMessage-ID:\n <ours@vendor.test>".into()),
        ..View::default()
    };
    let expected = DeliveryReport {
        recipient: "dana@acme.test".into(),
        action: "failed".into(),
        status: "5.1.1".into(),
        diagnostic: "550 5.1.1 unknown".into(),
        message_id: Some("<ours@vendor.test>".into()),
    };
    assert_eq!(interpret(&view, None, &[]).kind, Kind::Report(vec![expected]));
}

#[test]
fn of_many_different_items_a_few_are_kept() {
    let lines = |label: &str| (0..2_000).map(|n| format!("{label}: a{n}\n")).collect::<String>();
    let text = format!("Please disable support access.\n{}{}", lines("Firma"), lines("Contact"));
    let found = read("", &text);
    let several: Vec<_> = found.unclear.iter().filter(|why| why.starts_with("it has several")).collect();
    let kept: Vec<_> = several.iter().map(|why| why.split("; ").count()).collect();
    assert_eq!(kept, [8, 8], "each is compared with these alone");
}

#[test]
fn a_text_that_names_several_organizations_names_none() {
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let names = [of(&["Acme Rockets Ltd", "acme"]), of(&["Globex", "globex"])];
    for (text, expected, is_unclear) in [
        ("Block it for Acme Rockets Ltd (acme).", &["Acme Rockets Ltd"][..], false),
        ("Block it for acme.", &["acme"], false),
        ("Block it for Globex, as for Acme Rockets Ltd.", &["Acme Rockets Ltd", "Globex"], true),
        ("Block it for both of us.", &[], false),
        ("Customer: Globex\nBlock it, as for Acme Rockets Ltd.", &["Globex"], false),
        ("Customer: Globex\nCompany: Acme Rockets Ltd\nBlock it.", &["Globex", "Acme Rockets Ltd"], true),
    ] {
        let view = View { text: text.to_owned(), ..View::default() };
        let found = interpret(&view, Some("dana@acme.test"), &names);
        assert_eq!(found.organization_names, expected, "{text}");
        assert_eq!(found.unclear.iter().any(|why| why.starts_with("it has several")), is_unclear, "{text}");
        assert_eq!(found.organization_name().is_some(), expected.len() == 1);
    }
}
