//! What DNS says about messages, and that it is told from what DNS does not say.

use byleave_mail::checks::{Checks, KEY_BYTES_MAX, Outcome};
use byleave_mail::envelope::{Envelope, Sender};
use byleave_mail::fields::Fields;
use byleave_mail::judge;

use crate::letter::{Letter, SIGNED, envelope, envelope_of};
use crate::zone;

pub async fn checked(letter: &Letter, envelope: &Envelope) -> Checks {
    let bytes = letter.bytes();
    let (fields, _) = Fields::read(&bytes).unwrap();
    let author = judge::author(&fields).ok();
    zone::resolver().check(envelope, &bytes, author.as_ref().map(|author| author.domain.as_str())).await
}

/// SPF, each signature, DMARC, DMARC by DKIM, ARC.
async fn check(what: &str, letter: Letter, envelope: &Envelope, expected: &str) {
    let checks = checked(&letter, envelope).await;
    let signatures: Vec<_> = checks.signatures.iter().map(|s| s.result.as_str()).collect();
    let words = |outcome: Outcome| outcome.as_str();
    let (spf, dmarc) = (words(checks.spf.result), words(checks.dmarc.result));
    let found = format!(
        "{spf} [{}] {dmarc} {} {}",
        signatures.join(" "),
        words(checks.dmarc.by_dkim),
        words(checks.arc.result)
    );
    assert_eq!(found, expected, "{what}: {checks:#?}");
}

#[tokio::test]
async fn results_are_those_of_the_standards() {
    let genuine = Letter::genuine;
    let ours = envelope();
    let theirs = envelope_of("x@evil.test", "127.0.0.66");
    check("signed", genuine().sign("acme.test"), &ours, "pass [pass] pass pass none").await;
    check("RSA", genuine().sign_as("acme.test", "rsa", SIGNED), &ours, "pass [pass] pass pass none").await;
    check("long key", genuine().sign_as("acme.test", "long", SIGNED), &ours, "pass [pass] pass pass none")
        .await;
    check("not signed", genuine(), &ours, "pass [] pass none none").await;
    check("elsewhere", genuine(), &envelope_of("dana@acme.test", "127.0.0.66"), "softfail [] fail none none")
        .await;
    check("another sender", genuine(), &theirs, "pass [] fail none none").await;
    check("another domain", genuine().sign("evil.test"), &theirs, "pass [pass] fail fail none").await;
    let subdomain = genuine().with("From", "dana@sec.acme.test").sign("acme.test");
    check("relaxed", subdomain, &ours, "pass [pass] pass pass none").await;
    check("body", genuine().sign("acme.test").body("changed"), &ours, "pass [neutral] pass none none").await;
    let subject = genuine().sign("acme.test").with("Subject", "other");
    check("subject", subject, &ours, "pass [fail] pass none none").await;
    let no_policy = genuine().with("From", "a@unproven.test").sign("unproven.test");
    check("no policy", no_policy, &ours, "pass [pass] none none none").await;
    let null = Envelope { sender: Sender::Null, helo: "evil.test".into(), ..theirs.clone() };
    check("bounce", genuine(), &null, "pass [] fail none none").await;
    let piped = Envelope { sender: Sender::Unknown, peer: None, helo: String::new(), ..ours.clone() };
    check("piped", genuine().sign("acme.test"), &piped, "none [pass] pass pass none").await;
    check(
        "SPF too deep",
        genuine(),
        &envelope_of("a@deep0.test", "127.0.0.10"),
        "permerror [] fail none none",
    )
    .await;
}

#[tokio::test]
async fn a_key_record_is_kept_up_to_a_bound_and_named_whole() {
    for (selector, cut) in [("s1", false), ("long", false), ("endless", true)] {
        let checks = checked(&Letter::genuine().sign_as("acme.test", selector, SIGNED), &envelope()).await;
        let [signature] = checks.signatures.as_slice() else { panic!("{checks:#?}") };
        assert_eq!(signature.result.as_str(), "pass", "{selector}");
        assert!(signature.key.as_ref().unwrap().len() <= KEY_BYTES_MAX, "{selector}");
        assert_eq!(signature.key_sha256.is_some(), cut, "{selector}");
    }
}

#[tokio::test]
async fn keys_that_do_not_count() {
    let by = |selector: &str| Letter::genuine().sign_as("acme.test", selector, SIGNED);
    let ours = envelope();
    check("no such key", by("nowhere"), &ours, "pass [permerror] pass none none").await;
    check("revoked", by("revoked"), &ours, "pass [permerror] pass none none").await;
    check("two records", by("twice"), &ours, "pass [permerror] pass none none").await;
    let weak = include_str!("weak-key.eml").split_once("\r\n").unwrap();
    let (signature, rest) = (format!("{}\r\n", weak.0), weak.1.split_once("\r\n\r\n").unwrap());
    let fields = rest.0.lines().filter_map(|line| line.split_once(": "));
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let weak = Letter { fields, body: rest.1.to_owned(), signed: signature.into_bytes() };
    check("512 bits", weak, &ours, "pass [fail] pass none none").await;
    let partial = Letter::genuine()
        .sign_by(zone::ed25519_key(), "acme.test", "s1", SIGNED, |signer| signer.body_length(true));
    check("l=", partial, &ours, "pass [neutral] pass none none").await;
}

#[tokio::test]
async fn no_answer_is_not_no_record() {
    let by = |selector: &str| Letter::genuine().sign_as("acme.test", selector, SIGNED);
    let forwarded = envelope_of("x@evil.test", "127.0.0.66");
    check("failure", by("failing"), &forwarded, "pass [temperror] temperror temperror none").await;
    check("silence", by("silent"), &forwarded, "pass [temperror] temperror temperror none").await;
    let policy = Letter::genuine().with("From", "a@failing.test").sign("failing.test");
    check("no policy", policy, &forwarded, "pass [pass] temperror temperror none").await;
}

#[tokio::test]
async fn the_key_is_kept_with_the_result() {
    let testing = checked(&Letter::genuine().sign_as("acme.test", "testing", SIGNED), &envelope()).await;
    let [signature] = testing.signatures.as_slice() else { panic!("{testing:?}") };
    assert!(signature.testing);
    assert!(signature.key.as_ref().unwrap().starts_with("v=DKIM1; t=s:y; k=rsa; p=MII"));
    assert_eq!((signature.domain.as_str(), signature.selector.as_str()), ("acme.test", "testing"));
    assert_eq!(signature.algorithm, "rsa-sha256");
    assert!(signature.signed_at.is_some() && signature.expires_at.is_none() && !signature.partial);
    let mut fields = signature.fields.clone();
    fields.sort();
    assert_eq!(fields, ["content-type", "date", "from", "message-id", "mime-version", "subject", "to"]);
}

#[tokio::test]
async fn many_signatures_cost_little_and_hide_nothing() {
    let mut letter = Letter::genuine().sign("acme.test");
    for _ in 0..300 {
        letter = Letter {
            signed: [
                b"DKIM-Signature: v=1; a=rsa-sha256; d=evil.test; s=s1; h=from; bh=AAAA; b=AAAA\r\n",
                &letter.signed[..],
            ]
            .concat(),
            ..letter
        };
    }
    let checks = checked(&letter, &envelope()).await;
    assert_eq!((checks.signatures.len(), checks.untried), (5, 296));
    assert_eq!(checks.signatures[0].result, Outcome::Pass);
    assert_eq!(checks.dkim("acme.test"), Outcome::Pass);
}
