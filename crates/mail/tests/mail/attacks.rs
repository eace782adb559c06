//! The rule, and every attack on it that is known: one row each, with what becomes of it and why.

use byleave_mail::envelope::{Envelope, Sender};
use byleave_mail::fields::Fields;
use byleave_mail::judge::{self, Arrival, Contact, Domains, Judgement, Known, Seen};
use jiff::SignedDuration;

use crate::checks::checked;
use crate::letter::{INTAKE, Letter, SIGNED, date, envelope, envelope_of, now};
use crate::zone;

/// What the application says; a row may change it.
#[derive(Clone)]
struct World {
    contact: Contact,
    seen: Seen,
    other_text_seen: Seen,
    body_seen: bool,
    deferrals: u32,
    /// How long after it was signed it comes.
    later: SignedDuration,
    named: &'static str,
}

fn world() -> World {
    let contact = Contact {
        address: "dana@acme.test".into(),
        organization_names: vec!["Acme Rockets Ltd".into(), "acme".into()],
        confirmed: true,
        changed_lately: false,
    };
    World {
        contact,
        seen: Seen::No,
        other_text_seen: Seen::No,
        body_seen: false,
        deferrals: 0,
        later: SignedDuration::ZERO,
        named: "Acme Rockets Ltd",
    }
}

async fn judged(letter: &Letter, envelope: &Envelope, world: &World) -> Judgement {
    let checks = checked(letter, envelope).await;
    let bytes = letter.bytes();
    let (fields, sound) = Fields::read(&bytes).unwrap();
    let domains = Domains::new(["acme.test".to_owned(), "globex.test".to_owned()]);
    let arrival = Arrival { intake: &[INTAKE.to_owned()], domains: &domains, now: now() + world.later };
    let examined = judge::examine(&fields, &sound, envelope, &checks, &arrival);
    let known = Known {
        contact: Some(&world.contact),
        for_several: false,
        seen: world.seen,
        other_text_seen: world.other_text_seen,
        body_seen: world.body_seen,
        deferrals: world.deferrals,
    };
    judge::decide(&examined, Some(world.named), &known)
}

/// `disposition: reasons; warnings`.
async fn check_in(what: &str, letter: Letter, envelope: &Envelope, world: &World, expected: &str) {
    let judgement = judged(&letter, envelope, world).await;
    let reasons: Vec<_> = judgement.reasons.iter().map(judge::Reason::code).collect();
    let warnings: Vec<_> = judgement.warnings.iter().map(judge::Warning::code).collect();
    let listed = |mark: &str, codes: Vec<&str>| {
        if codes.is_empty() { String::new() } else { format!("{mark} {}", codes.join(" ")) }
    };
    let found = [judgement.disposition.as_str(), &listed(":", reasons), &listed(";", warnings)].concat();
    assert_eq!(found, expected, "{what}: {judgement:#?}");
}

async fn check(what: &str, letter: Letter, envelope: &Envelope, expected: &str) {
    check_in(what, letter, envelope, &world(), expected).await;
}

fn genuine() -> Letter {
    Letter::genuine()
}

fn signed() -> Letter {
    genuine().sign("acme.test")
}

fn from_evil() -> Envelope {
    envelope_of("x@evil.test", "127.0.0.66")
}

#[tokio::test]
async fn the_contacts_own_word_is_taken() {
    check("genuine", signed(), &envelope(), "accepted").await;
    check("from elsewhere, signed", signed(), &from_evil(), "accepted").await;
    let cc = genuine().with("To", "boss@acme.test").with("Cc", INTAKE);
    check("in copy", cc.sign("acme.test"), &envelope(), "accepted").await;
    let shouted = genuine().with("To", "Support-Access@VENDOR.test");
    check("address in capitals", shouted.sign("acme.test"), &envelope(), "accepted").await;
    check("two signatures", signed().sign("evil.test"), &envelope(), "accepted").await;
    let other_case = World { named: "  ACME  rockets ltd. ", ..world() };
    check_in("name in capitals", signed(), &envelope(), &other_case, "accepted").await;
    let wide = World { named: "Ａcme Rockets Ltd", ..world() };
    check_in("name in full width", signed(), &envelope(), &wide, "accepted").await;
    let below = Contact { address: "dana@sec.acme.test".into(), ..world().contact };
    let below = World { contact: below, ..world() };
    let letter = || genuine().with("From", "dana@sec.acme.test");
    let by_parent = "held: not_signed; look_alike";
    check_in("SPF of the domain above", letter(), &envelope(), &below, by_parent).await;
    check_in("a signature of the domain above", letter().sign("acme.test"), &envelope(), &below, by_parent)
        .await;
    let fresh = Contact { confirmed: false, changed_lately: true, ..world().contact };
    let fresh = World { contact: fresh, ..world() };
    check_in(
        "fresh contact",
        signed(),
        &envelope(),
        &fresh,
        "accepted; contact_not_confirmed contacts_changed_lately",
    )
    .await;
    let squatted = World { seen: Seen::Unproven, body_seen: true, ..world() };
    check_in(
        "a stranger had its id",
        signed(),
        &envelope(),
        &squatted,
        "accepted; body_seen identifier_taken",
    )
    .await;
}

#[tokio::test]
async fn spoofed_names_and_look_alikes() {
    let spoofed = genuine().with("From", "\"dana@acme.test\" <dana@evil.test>").sign("evil.test");
    check("display name", spoofed, &from_evil(), "held: not_the_contact; address_as_name").await;
    let encoded = genuine().with("From", "=?utf-8?q?dana=40acme.test?= <dana@evil.test>").sign("evil.test");
    check("encoded name", encoded, &from_evil(), "held: not_the_contact; address_as_name").await;
    let like = |domain: &str| genuine().with("From", &format!("dana@{domain}")).sign(domain);
    check("rn for m", like("acrne.test"), &from_evil(), "held: not_the_contact; look_alike").await;
    let within = "held: not_the_contact; look_alike";
    check("acme.test within", like("acme.test.evil.test"), &from_evil(), within).await;
    let cyrillic = genuine().with("From", "dana@xn--cme-5cd.test");
    check("A-label", cyrillic, &from_evil(), "held: dmarc not_signed not_the_contact; look_alike").await;
    let subdomain = genuine().with("From", "dana@sec.acme.test").sign("sec.acme.test");
    check("subdomain", subdomain, &from_evil(), "held: not_the_contact; look_alike").await;
    let colleague = genuine().with("From", "intern@acme.test").sign("acme.test");
    check("same domain", colleague, &envelope(), "held: not_the_contact").await;
    let case = genuine().with("From", "Dana@acme.test").sign("acme.test");
    check("case of the local part", case, &envelope(), "held: not_the_contact").await;
}

#[tokio::test]
async fn more_than_one_from() {
    let evil = "Dana <dana@evil.test>";
    for letter in [
        signed().on_top("From", evil),
        genuine().on_top("From", evil).sign("acme.test"),
        signed().on_top("From", "dana@acme.test"),
    ] {
        let judgement = judged(&letter, &envelope(), &world()).await;
        assert_eq!(judgement.disposition.as_str(), "held");
        assert!(!judgement.proven);
        assert!(judgement.reasons.iter().any(|r| r.code() == "not_one_from"), "{judgement:?}");
    }
    for from in [
        "dana@acme.test, x@evil.test",
        "x@evil.test, dana@acme.test",
        "team: dana@acme.test;",
        "<>",
        "dana@acme.test, dana@acme.test",
    ] {
        let letter = genuine().with("From", from).sign("acme.test");
        check(from, letter, &envelope(), "held: not_one_address").await;
    }
    check("none", genuine().without("From"), &envelope(), "held: not_one_from").await;
}

#[tokio::test]
async fn what_is_not_signed_may_be_anybodys() {
    let by = |letter: Letter, names: &[&str]| letter.sign_as("acme.test", "s1", names);
    check("From alone", by(genuine(), &["From"]), &envelope(), "held: unsigned").await;
    for missing in ["To", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version"] {
        let names: Vec<_> = SIGNED.iter().filter(|name| **name != missing).copied().collect();
        check(missing, by(genuine(), &names), &envelope(), "held: unsigned").await;
    }
    let partial =
        genuine().sign_by(zone::ed25519_key(), "acme.test", "s1", SIGNED, |signer| signer.body_length(true));
    let longer = partial.clone();
    let longer = Letter { body: format!("{}more\r\n", longer.body), ..longer };
    let reasons = "part_of_body_signed";
    check("l=", partial.clone(), &envelope(), &format!("held: {reasons}")).await;
    check("l= with an addition", longer, &from_evil(), &format!("held: dmarc {reasons}")).await;
    check(
        "second subject",
        signed().on_top("Subject", "Enable support access"),
        &envelope(),
        "held: malformed",
    )
    .await;
    check("second type", signed().on_top("Content-Type", "text/html"), &envelope(), "held: malformed").await;
    check("replaced subject", signed().with("Subject", "Enable"), &envelope(), "held: signature_broken")
        .await;
    check("replaced body", signed().body("Enable it\r\n"), &from_evil(), "held: dmarc signature_broken")
        .await;
    let copied = genuine().with("To", "boss@acme.test").sign("acme.test").with("Cc", INTAKE);
    check("copy put in", copied, &from_evil(), "held: not_for_us").await;
}

/// Signers that leave out the fields by which a text is read are believed where it is a whole request; what else such a
/// field makes of a message is in the corpus.
#[tokio::test]
async fn what_a_text_is_read_by_need_not_be_signed_where_it_is_plain() {
    for (field, value) in [
        ("Content-Disposition", "inline"),
        ("Content-Transfer-Encoding", "8bit"),
        ("Content-Transfer-Encoding", " 7BIT"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    ] {
        check(value, signed().on_top(field, value), &envelope(), "accepted; unsigned").await;
        check(value, genuine().with(field, value).sign("acme.test"), &envelope(), "accepted").await;
    }
    let after = World { seen: Seen::Unproven, body_seen: true, ..world() };
    check_in("the genuine one", signed(), &envelope(), &after, "accepted; body_seen identifier_taken").await;
}

#[tokio::test]
async fn sent_again() {
    let again = World { seen: Seen::Proven, ..world() };
    check_in("replayed", signed(), &from_evil(), &again, "duplicate: repeated").await;
    let unproven = World { seen: Seen::Unproven, ..world() };
    check_in("forged again", genuine(), &from_evil(), &unproven, "duplicate: repeated; identifier_taken")
        .await;
    let reused = |other_text_seen| World { other_text_seen, ..world() };
    let reused_by = async |what: &str, letter: Letter, seen, expected: &str| {
        check_in(what, letter, &from_evil(), &reused(seen), expected).await;
    };
    let not_twice = "duplicate: identifier_reused; identifier_taken";
    reused_by("its identifier on another text", signed(), Seen::Proven, not_twice).await;
    assert!(!judged(&signed(), &envelope(), &reused(Seen::Proven)).await.proven, "nobody is answered");
    let squatted = "accepted; identifier_taken";
    reused_by("a stranger had its identifier", signed(), Seen::Unproven, squatted).await;
    let stranger = "held: dmarc not_signed; identifier_taken";
    reused_by("a stranger twice", genuine(), Seen::Unproven, stranger).await;
    let forged = "held: dmarc not_signed identifier_reused; identifier_taken";
    reused_by("a stranger who has read it", genuine(), Seen::Proven, forged).await;
    let other = genuine().with("To", "shop@vendor.test").sign("acme.test");
    check("to somebody else", other, &from_evil(), "held: not_for_us").await;
    let days = |days: i64| date(now() - SignedDuration::from_hours(24 * days));
    check("old", genuine().with("Date", &days(21)).sign("acme.test"), &envelope(), "held: stale").await;
    check("recent", genuine().with("Date", &days(4)).sign("acme.test"), &envelope(), "accepted").await;
    check("tomorrow", genuine().with("Date", &days(-1)).sign("acme.test"), &envelope(), "held: stale").await;
    check("undated", genuine().without("Date").sign("acme.test"), &envelope(), "held: no_date").await;
    check("some day", genuine().with("Date", "some day").sign("acme.test"), &envelope(), "held: no_date")
        .await;
    check("no id", genuine().without("Message-ID").sign("acme.test"), &envelope(), "held: no_message_id")
        .await;
    let ids = genuine().with("Message-ID", "<a@b> <c@d>").sign("acme.test");
    check("two ids", ids, &envelope(), "held: no_message_id").await;
}

#[tokio::test]
async fn signatures_that_have_ended() {
    let lasting = |seconds| {
        genuine().sign_by(zone::ed25519_key(), "acme.test", "s1", SIGNED, |signer| signer.expiration(seconds))
    };
    check("still good", lasting(3600), &envelope(), "accepted").await;
    let after = World { later: SignedDuration::from_secs(3600), ..world() };
    check_in("over", lasting(3600), &envelope(), &after, "held: signature_expired").await;
}

#[tokio::test]
async fn answers_that_are_to_go_elsewhere() {
    let reply = genuine().with("Reply-To", "mallory@evil.test").sign("acme.test");
    check("signed Reply-To", reply, &envelope(), "accepted; reply_elsewhere").await;
    let put_in = signed().with("Reply-To", "mallory@evil.test");
    check("Reply-To put in", put_in, &from_evil(), "accepted; reply_elsewhere unsigned").await;
    let sender = signed().with("Sender", "list@evil.test");
    check("Sender", sender, &from_evil(), "accepted; sent_by").await;

    let answers = async |letter: &Letter| {
        let checks = checked(letter, &envelope()).await;
        let bytes = letter.bytes();
        judge::answers(&Fields::read(&bytes).unwrap().0, &checks)
    };
    let threaded = genuine().with("In-Reply-To", "<ours@vendor.test>");
    assert_eq!(answers(&threaded.clone().sign("acme.test")).await, ["<ours@vendor.test>"]);
    assert!(answers(&signed().with("In-Reply-To", "<ours@vendor.test>")).await.is_empty(), "put in later");
    assert!(
        answers(&threaded.with("From", "x@evil.test").sign("acme.test")).await.is_empty(),
        "not the author's"
    );
}

#[tokio::test]
async fn claims_about_its_own_checks() {
    let forged =
        genuine().on_top("Authentication-Results", "vendor.test; dmarc=pass; dkim=pass header.d=acme.test");
    check("forged results", forged, &from_evil(), "held: dmarc not_signed").await;
    let footer = signed();
    let footer =
        Letter { body: format!("{}-- \r\nThis list is run by evil.test\r\n", footer.body), ..footer };
    check("footer", footer.clone(), &from_evil(), "held: dmarc signature_broken").await;
    let listed = footer.on_top("List-Id", "<list.evil.test>");
    check("list", listed, &from_evil(), "held: dmarc signature_broken list").await;
    let sealed = genuine()
        .on_top("ARC-Seal", "i=1; a=rsa-sha256; cv=none; d=evil.test; s=s1; t=1; b=AAAA")
        .on_top(
            "ARC-Message-Signature",
            "i=1; a=rsa-sha256; c=relaxed/relaxed; d=evil.test; s=s1; h=from; bh=AAAA; b=AAAA",
        )
        .on_top("ARC-Authentication-Results", "i=1; vendor.test; dmarc=pass");
    check("broken seal", sealed, &from_evil(), "held: dmarc not_signed").await;
}

#[tokio::test]
async fn proof_of_another_kind_is_none() {
    check("SPF alone", genuine(), &envelope(), "held: not_signed").await;
    check(
        "SPF by a shared host",
        genuine(),
        &envelope_of("dana@acme.test", "127.0.0.20"),
        "held: not_signed",
    )
    .await;
    check("a stranger's signature", genuine().sign("evil.test"), &from_evil(), "held: dmarc not_signed")
        .await;
    let parent = genuine().with("From", "dana@sec.acme.test").sign("acme.test");
    check("relaxed alignment", parent, &envelope(), "held: not_signed not_the_contact; look_alike").await;
    let by = |selector| genuine().sign_as("acme.test", selector, SIGNED);
    check("testing key", by("testing"), &envelope(), "held: testing_key").await;
    check("512 bits", by("weak"), &from_evil(), "held: dmarc signature_broken").await;
    check("no key", by("nowhere"), &envelope(), "held: signature_broken").await;
    let unproven = genuine().with("From", "dana@unproven.test").sign("unproven.test");
    check("no policy", unproven, &envelope(), "held: dmarc not_the_contact").await;
}

#[tokio::test]
async fn machines_are_not_people() {
    let with = |name: &str, value: &str| genuine().with(name, value).sign("acme.test");
    check("auto-reply", with("Auto-Submitted", "auto-replied"), &envelope(), "held: automatic").await;
    check(
        "auto-reply, with words",
        with("Auto-Submitted", "auto-generated; x=y"),
        &envelope(),
        "held: automatic",
    )
    .await;
    check("by hand", with("Auto-Submitted", "no"), &envelope(), "accepted").await;
    check("list", with("List-Id", "<l.acme.test>"), &envelope(), "held: list").await;
    check("bulk", with("Precedence", "bulk"), &envelope(), "held: list").await;
    let report = with("Content-Type", "multipart/report; report-type=delivery-status; boundary=x");
    check("report", report, &envelope(), "held: automatic").await;
    let null = Envelope { sender: Sender::Null, ..envelope() };
    check("bounce", signed(), &null, "held: automatic").await;
}

#[tokio::test]
async fn another_organization() {
    let other = World { named: "Globex", ..world() };
    check_in("other name", signed(), &envelope(), &other, "held: other_organization").await;
    assert!(judged(&signed(), &envelope(), &other).await.proven, "the contact may be told");
    let nearly = World { named: "Acme Rockets Ltd (Globex)", ..world() };
    check_in("nearly", signed(), &envelope(), &nearly, "held: other_organization").await;
}

#[tokio::test]
async fn dns_that_does_not_answer_puts_off_and_then_holds() {
    let failing = || genuine().sign_as("acme.test", "failing", SIGNED);
    let put_off = |deferrals| World { deferrals, ..world() };
    let reasons = "dns_silent";
    check_in("first", failing(), &from_evil(), &put_off(0), &format!("deferred: {reasons}")).await;
    check_in("second", failing(), &from_evil(), &put_off(1), &format!("deferred: {reasons}")).await;
    check_in("third", failing(), &from_evil(), &put_off(2), &format!("held: {reasons}")).await;
    let strangers = genuine().sign_as("evil.test", "s1", SIGNED).sign_as("acme.test", "s1", SIGNED);
    check("another signature holds", strangers, &from_evil(), "accepted").await;
}
