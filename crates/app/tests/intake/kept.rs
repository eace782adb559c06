//! What is kept of a mail beside its bytes: within bounds, and as a person may be shown it.

use byleave_store::SqliteStore;

use super::*;

#[tokio::test]
async fn what_is_kept_beside_the_bytes_has_bounds() {
    let site = Site::new().await;
    let names: String = (0..200).fold(String::new(), |all, n| format!("{all}; x=1; y{n}=2; y{n}=3"));
    let long = Letter {
        dns: "fail",
        more: format!(
            "Content-Type: text/plain{names}\r\nReply-To: {}a@evil.test\r\nX-Long: {}\r\n",
            (0..150).fold(String::new(), |all, n| format!("{all}a{n}@evil.test, ")),
            "x".repeat(100_000)
        ),
        body: format!("Customer name: {}\r\n", "Ä".repeat(100_000)),
        from: Box::leak(
            format!("\"{}@acme.example\" <sam@acme.example>", "a".repeat(50_000)).into_boxed_str(),
        ),
        ..letter("long")
    };
    let mail = receive(&site, &long).await.unwrap();
    let record = &mail.record;
    assert_eq!(record.disposition, "held");
    assert_eq!(
        (record.warnings.len(), record.warnings[49].code.as_str()),
        (50, "more"),
        "{:#?}",
        record.warnings
    );
    let texts = record.warnings.iter().chain(&record.reasons).map(|note| &note.text);
    let longest =
        texts.chain([&record.subject]).chain(&record.organization_name).map(|text| text.chars().count());
    assert!(longest.max().unwrap() <= 1_001);
    let (size, record) = (record.size, serde_json::to_vec(record).unwrap().len() as u64);
    let database = site.database();
    let _stopped = site.stop().await;
    let known = SqliteStore::open(&database, &keys()).unwrap().mail_known(None, &[0; 32]).unwrap();
    assert_eq!((known.held, known.held_bytes), (1, size + record), "the record counts, too");
}

#[tokio::test]
async fn what_cannot_be_seen_is_not_shown_and_what_misleads_is_named() {
    let site = Site::new().await;
    let turned = Letter {
        dns: "fail",
        from: "\"\u{202e}mas\"@acme.example",
        more: "Content-Type: text/plain; charset=utf-8\r\nReply-To: \u{202e}x@evil.test\r\n".into(),
        body: "Customer name: Ac\u{200b}me \u{202e}stekcoR\r\n".into(),
        ..letter("turned")
    };
    let mail = receive(&site, &turned).await.unwrap();
    assert_eq!(mail.record.from.as_deref(), Some("[U+202E]mas@acme.example"));
    assert_eq!(mail.record.organization_name.as_deref(), Some("Acme [U+202E]stekcoR"));
    assert!(
        mail.record.warnings.iter().any(|note| note.text.contains("direction of writing")),
        "{:#?}",
        mail.record
    );
    let shown = "Customer name: Acme [U+202E]stekcoR\n";
    assert_eq!(site.app.mail_text(mail.id).await.unwrap().1, shown);
    assert_eq!(
        site.app.world().messages[&mail.id].claimed,
        "[U+202E]mas@acme.example, for Acme [U+202E]stekcoR"
    );
    let words = turned.body.replace("\r\n", "\u{1b}\n").into_bytes();
    let held = site.app.message_receive("help_page", "a\u{202e}b\u{feff}", words).await.unwrap();
    assert_eq!(site.app.message_text(held).await.unwrap(), shown);
    assert_eq!(site.app.world().messages[&held].claimed, "a[U+202E]b");
}
