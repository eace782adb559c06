//! What holds for any bytes at all, for fuzzers and for the tests that replay what they found: the dialogue, the view of a
//! message, the items in a text, calendar objects and delivery reports.

use std::collections::HashSet;

use crate::envelope::{Envelope, wire_form};
use crate::fields::has_bare_line_end;
use crate::intake::Reading;
use crate::interpret::{Action, Kind, interpret};
use crate::message::{TEXT_BYTES_MAX, View};
use crate::smtp::{Delivery, Dialogue, Protocol, Receipt, Step, Terms};

const INTAKE: &str = "support-access@vendor.test";

/// What a session says and delivers does not depend on how it is cut; nothing goes to strangers, and no message has a line
/// that ends in two ways.
///
/// # Panics
/// When it does not hold.
pub fn dialogue(bytes: &[u8]) {
    let whole = session(bytes, bytes.len().max(1));
    for step in [1, 3, 17] {
        assert_eq!(session(bytes, step).1, whole.1, "by {step}");
    }
    for Delivery { envelope, message } in whole.1 {
        assert!(!has_bare_line_end(&message));
        assert!(message.is_empty() || message.ends_with(b"\r\n"));
        assert!(message.len() <= 4096 && !envelope.recipients.is_empty());
        let ours = ["postmaster", "postmaster@vendor.test", INTAKE];
        assert!(
            envelope.recipients.iter().all(|r| ours.contains(&r.to_lowercase().as_str())),
            "{envelope:?}"
        );
    }
    for reply in whole.0 {
        assert!(reply.ends_with("\r\n") && !has_bare_line_end(reply.as_bytes()) && reply.is_ascii());
        assert!(reply.lines().all(|line| line.get(..3).is_some_and(|code| code.parse::<u16>().is_ok())));
    }
}

/// Replies and deliveries of a session that is cut every `step` bytes.
fn session(bytes: &[u8], step: usize) -> (Vec<String>, Vec<Delivery>) {
    let terms = Terms {
        protocol: Protocol::Smtp,
        hostname: "mx.vendor.test".to_owned(),
        intake: vec![INTAKE.to_owned()],
        message_bytes_max: 4096,
    };
    // Bytes behind STARTTLS are refused if they are there by then, so where it is offered, cutting does matter.
    let (mut dialogue, greeting) = Dialogue::new(&terms, [192, 0, 2, 1].into(), false);
    let (mut replies, mut deliveries) = (vec![greeting], Vec::new());
    for piece in bytes.chunks(step) {
        dialogue.take(piece);
        while let Some(next) = dialogue.step() {
            match next {
                Step::Reply(reply) => replies.push(reply),
                Step::Deliver(delivery) => {
                    deliveries.push(delivery);
                    if let Step::Reply(reply) = dialogue.taken(&Receipt::Taken) {
                        replies.push(reply);
                    }
                }
                Step::StartTls | Step::Close => {}
            }
        }
    }
    (replies, deliveries)
}

/// A message is refused, or has a view within its bounds that is harmless to show; libraries read it without a panic.
///
/// # Panics
/// When it does not hold.
pub fn message(bytes: &[u8]) {
    let wire = wire_form(bytes);
    let _ = mail_auth::AuthenticatedMessage::parse(&wire);
    let Ok(reading) = Reading::of(&wire) else { return };
    let _ = Envelope::piped(&reading.fields);
    let view = &reading.view;
    let alternative = view.alternative.as_deref().unwrap_or_default();
    assert!(view.text.len() <= TEXT_BYTES_MAX && alternative.len() <= TEXT_BYTES_MAX);
    for shown in [view.subject.as_str(), &view.text, alternative] {
        assert!(!shown.contains(|c: char| c.is_control() && !"\n\t".contains(c)), "{shown:?}");
    }
    for attachment in &view.attachments {
        let name = &attachment.name;
        assert!(!name.is_empty() && name.chars().count() <= 101, "{name:?}");
        assert!(
            !name.contains(['/', '\\', ':']) && !name.contains(char::is_control) && !name.starts_with('.'),
            "{name:?}"
        );
        let claims = attachment.media_type == "application/pdf";
        assert_eq!(claims, attachment.bytes.starts_with(b"%PDF-"), "{name:?}");
    }
    if let Ok(author) = &crate::judge::author(&reading.fields) {
        assert!(
            author.is(&author.address()) && author.domain.is_ascii() && author.domain.contains('.'),
            "{author:?}"
        );
    }
    items(view.text.as_bytes());
}

/// A text asks for one thing or for nothing; what is quoted asks for nothing.
///
/// # Panics
/// When it does not hold.
pub fn items(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).replace('\r', "\n");
    let read = |text: &str| {
        let view = View { text: text.to_owned(), ..View::default() };
        interpret(&view, Some("dana@acme.test"), &[vec!["Acme Rockets Ltd".to_owned()]])
    };
    let understood = read(&text);
    if understood.kind == Kind::Request && understood.unclear.is_empty() {
        let whole = understood.organization_name().is_some()
            && understood.contact.is_some()
            && understood.confirmation;
        assert!(whole && understood.action != Action::Other, "{understood:?}");
    }
    let quoted: String = text.split('\n').map(|line| format!("> {line}\n")).collect::<Vec<_>>().concat();
    let quoted = read(&quoted);
    assert_eq!((quoted.action, quoted.confirmation), (Action::Other, false));
    assert!(quoted.organization_names.is_empty());
}

/// A calendar object says who answers what about which meeting, or nothing.
///
/// # Panics
/// When it does not hold.
pub fn calendar(bytes: &[u8]) {
    let view = View { calendar: Some(String::from_utf8_lossy(bytes).into_owned()), ..View::default() };
    let understood = interpret(&view, None, &[]);
    assert_eq!(understood.action, Action::Other);
    assert!(matches!(understood.kind, Kind::Calendar(_)), "it is no other kind");
    if let Kind::Calendar(Ok(answer)) = understood.kind {
        assert!(answer.attendee.is_none_or(|attendee| attendee.is(&attendee.address())));
    }
}

/// A report names recipients that are addresses.
///
/// # Panics
/// When it does not hold.
pub fn report(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let view = View { report: Some(text.clone()), returned: Some(text), ..View::default() };
    let Kind::Report(reports) = interpret(&view, None, &[]).kind else { return };
    let actions: HashSet<_> = reports.iter().map(|report| report.action.as_str()).collect();
    assert!(
        actions
            .iter()
            .all(|action| ["failed", "delayed", "delivered", "relayed", "expanded"].contains(action))
    );
    assert!(reports.iter().all(|report| report.recipient.contains('@')));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Property = fn(&[u8]);

    const ALL: [(&str, Property); 5] = [
        ("mail_dialogue", dialogue),
        ("mail_message", message),
        ("mail_items", items),
        ("mail_calendar", calendar),
        ("mail_report", report),
    ];

    /// What fuzzers begin with, and what they have found.
    #[test]
    fn the_corpora_hold() {
        for (name, holds) in ALL {
            let folder = format!("{}/../../fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
            let inputs: Vec<_> =
                std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
            assert!(inputs.len() > 2, "{name}");
            for input in inputs {
                holds(&std::fs::read(input).unwrap());
            }
        }
    }

    /// Pieces of which mail is made, so that what is drawn at random comes near to some.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let words: Vec<&[u8]> = vec![
            b"\r\n",
            b"\n",
            b"\r",
            b".",
            b"\r\n.\r\n",
            b"EHLO x\r\n",
            b"MAIL FROM:<a@b.test>\r\n",
            b"RCPT TO:<support-access@vendor.test>\r\n",
            b"DATA\r\n",
            b"RSET\r\n",
            b"From: ",
            b"a@b.test",
            b"<",
            b">",
            b"\"",
            b"Subject: ",
            b"Content-Type: multipart/mixed; boundary=b\r\n",
            b"--b",
            b"--b--",
            b"text/html",
            b"<b>",
            b"</p>",
            b"Content-Transfer-Encoding: base64\r\n",
            b"=?utf-8?q?x?=",
            b"filename*0*=utf-8''%2F",
            b"; ",
            b"=",
            b":",
            b"Customer: Acme\n",
            b"Confirmation: yes\n",
            b"Contact: a@b.test\n",
            b"please disable support access\n",
            b"unblock",
            b"not",
            b"> ",
            b"On x wrote:\n",
            b"BEGIN:VCALENDAR\n",
            b"BEGIN:VEVENT\n",
            b"BEGIN:VTIMEZONE\n",
            b"END:VEVENT\n",
            b"END:VCALENDAR\n",
            b"METHOD:REPLY\n",
            b"METHOD:COUNTER\n",
            b"DTSTART;TZID=Europe/Berlin:20261201T110000\n",
            b"DTSTAMP:20261123T150000Z\n",
            b"UID:x\n",
            b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.test\n",
            b"Final-Recipient: rfc822; a@b.test\n",
            b"Action: failed\n",
            b"\xff",
            b"\0",
            b"\xc3\xbc",
            b" ",
            b"\t",
        ];
        proptest::collection::vec(proptest::sample::select(words), 0..40).prop_map(|all| all.concat())
    }

    proptest! {
        #[test]
        fn all_hold_for_what_is_nearly_mail(bytes in pieces()) {
            for (_, holds) in ALL {
                holds(&bytes);
            }
        }
    }

    /// Otherwise the properties above hold of nothing.
    #[test]
    fn some_of_it_is_mail() {
        let sent = b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nDATA\r\na\r\n.\r\n";
        assert_eq!(session(sent, 1).1.len(), 1);
    }
}
