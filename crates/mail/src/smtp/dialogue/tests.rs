//! Dialogues, as a peer would see them; a message that arrives is shown in brackets and taken.

use super::*;

fn terms(protocol: Protocol) -> Terms {
    Terms {
        protocol,
        hostname: "mx.vendor.test".into(),
        intake: vec!["support-access@vendor.test".into()],
        message_bytes_max: 1000,
    }
}

/// The codes of all replies to `sent`, cut every `step` bytes.
fn codes(protocol: Protocol, sent: &str, step: usize, receipt: &Receipt) -> String {
    let (mut dialogue, _) = Dialogue::new(&terms(protocol), "127.0.0.1".parse().unwrap(), true);
    let mut seen = Vec::new();
    let mut say = |text: &str| seen.extend(text.lines().map(|line| line[..3].to_owned()));
    for piece in sent.as_bytes().chunks(step) {
        dialogue.take(piece);
        while let Some(next) = dialogue.step() {
            match next {
                Step::Reply(text) => say(&text),
                Step::Close => say("end"),
                Step::StartTls => {
                    say("tls");
                    dialogue.encrypted("TLSv1_3".into());
                }
                Step::Deliver(delivery) => {
                    let text = String::from_utf8(delivery.message).unwrap();
                    say(&format!("[{}]", text.len()));
                    let Step::Reply(text) = dialogue.taken(receipt) else { panic!("a reply") };
                    say(&text);
                }
            }
        }
    }
    seen.join(" ")
}

#[track_caller]
fn check(sent: &str, expected: &str) {
    let sent = sent.replace('\n', "\r\n");
    for step in [1, 7, sent.len()] {
        assert_eq!(codes(Protocol::Smtp, &sent, step, &Receipt::Taken), expected, "{sent} by {step}");
    }
}

const HELLO: &str = "EHLO mx.acme.test\n";
const TO_US: &str =
    "MAIL FROM:<dana@acme.test> SIZE=10 BODY=8BITMIME\nRCPT TO:<Support-Access@vendor.test>\nDATA\n";

#[test]
fn a_message_is_taken() {
    check(&format!("{HELLO}{TO_US}a\n.\nQUIT\n"), "250 250 250 250 250 250 250 250 354 [3] 250 221 end");
    check("HELO x\nmail from:<>\nrcpt to:<postmaster>\ndata\n.\nquit\n", "250 250 250 354 [0] 250 221 end");
    check("HELO x\nMAIL FROM: <a@b>\nRCPT TO: <postmaster@vendor.test>\nRSET\nDATA\n", "250 250 250 250 503");
    check("NOOP\nHELP\nVRFY dana\nQUIT\nNOOP\n", "250 214 252 221 end");
}

#[test]
fn out_of_order_or_not_for_us() {
    check("MAIL FROM:<a@b.test>\n", "503");
    check("HELO x\nRCPT TO:<support-access@vendor.test>\nDATA\n", "250 503 503");
    check("HELO x\nMAIL FROM:<a@b.test>\nMAIL FROM:<a@b.test>\nDATA\n", "250 250 503 554");
    for recipient in [
        "dana@acme.test",
        "dana%acme.test@vendor.test",
        "support-access%acme.test@vendor.test",
        "acme.test!support-access@vendor.test",
        "support-access@vendor.test@acme.test",
        "support-access@vendor.test.acme.test",
        "x@vendor.test",
    ] {
        check(&format!("HELO x\nMAIL FROM:<a@b.test>\nRCPT TO:<{recipient}>\nDATA\n"), "250 250 550 554");
    }
    check("HELO x\nMAIL FROM:<a@b.test>\nRCPT TO:<@acme.test:support-access@vendor.test>\n", "250 250 553");
    check("LHLO x\nEHLO\nEHLO a b\nHELO \u{fc}\nFOO\nQUIT now\n", "500 501 501 500 500 501");
    check(
        "HELO x\nMAIL FROM:<a@b.test> SMTPUTF8\nMAIL FROM:a@b.test\nMAIL FROM:<a b@c.test>\nMAIL FROM:<a@b.test>x\n",
        "250 555 501 553 501",
    );
    check("HELO x\nMAIL FROM:<a@b.test> SIZE=1001\nMAIL FROM:<a@b.test> SIZE=many\n", "250 552 501");
}

#[test]
fn what_is_smuggled_arrives_nowhere() {
    let raw = |sent: &str| {
        let begin = format!("{HELLO}{TO_US}").replace('\n', "\r\n");
        codes(Protocol::Smtp, &format!("{begin}{sent}"), 1, &Receipt::Taken)
            .replace("250 250 250 250 250 250 250 250 354 ", "")
    };
    let second = "MAIL FROM:<x@evil.test>\r\nRCPT TO:<support-access@vendor.test>\r\nDATA\r\nb\r\n.\r\n";
    for end in ["\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\r.\r\n"] {
        assert_eq!(raw(&format!("a{end}{second}")), "554", "{end:?}");
    }
    assert_eq!(raw(&format!("a\r\n.\r\n{second}")), "[3] 250 250 250 354 [3] 250", "two that are two");
    assert_eq!(codes(Protocol::Smtp, "HELO x\nMAIL FROM:<a@b.test>\n", 1, &Receipt::Taken), "500 end");
    assert_eq!(codes(Protocol::Smtp, "HELO x\rMAIL FROM:<a@b.test>\r\n", 1, &Receipt::Taken), "500 end");
    let injected = "EHLO x\r\nSTARTTLS\r\nMAIL FROM:<x@evil.test>\r\n";
    assert_eq!(
        codes(Protocol::Smtp, injected, injected.len(), &Receipt::Taken),
        "250 250 250 250 250 250 554 end"
    );
}

#[test]
fn bounds_hold() {
    check(&format!("HELO {}\n", "x".repeat(3000)), "500 end");
    check(
        &format!("{HELLO}{TO_US}{}\n.\nNOOP\n", "a".repeat(1001)),
        "250 250 250 250 250 250 250 250 354 552 250",
    );
    check(&format!("{HELLO}{TO_US}{}", "a\n".repeat(1001)), "250 250 250 250 250 250 250 250 354 552 end");
    check(&"FOO\n".repeat(25), &format!("{}421 end", "500 ".repeat(19)));
    let many = "RCPT TO:<support-access@vendor.test>\n".repeat(101);
    check(&format!("HELO x\nMAIL FROM:<>\n{many}"), &format!("250 250 {}452", "250 ".repeat(100)));
}

#[test]
fn lmtp_answers_for_each_recipient() {
    let sent = "LHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<support-access@vendor.test>\r\nRCPT TO:<x@y.test>\r\nRCPT TO:<postmaster>\r\nDATA\r\na\r\n.\r\n";
    let begin = "250 250 250 250 250 250 250 250 550 250 354 [3]";
    for (receipt, code) in [
        (Receipt::Taken, "250"),
        (Receipt::NotNow("a\r\nb".into()), "451"),
        (Receipt::Refused("no".into()), "554"),
    ] {
        assert_eq!(codes(Protocol::Lmtp, sent, 1, &receipt), format!("{begin} {code} {code}"));
    }
    assert_eq!(codes(Protocol::Lmtp, "EHLO x\r\n", 1, &Receipt::Taken), "500");
}

#[test]
fn tls_begins_anew() {
    let sent = "EHLO x\r\nSTARTTLS\r\nMAIL FROM:<a@b.test>\r\nEHLO x\r\nSTARTTLS\r\n";
    assert_eq!(
        codes(Protocol::Smtp, sent, 1, &Receipt::Taken),
        "250 250 250 250 250 250 tls 503 250 250 250 250 250 503"
    );
}
